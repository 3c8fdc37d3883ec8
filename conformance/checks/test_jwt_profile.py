"""JWT access tokens by their profile: header and claims (RFC 9068)."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check import Aged, check
from conformance.errors import ControlRefused, NotApplicable
from conformance.features import Feature
from conformance.plugin.bench import Bench
from conformance.protocol import jwt
from conformance.protocol.answers import TokenAnswer
from conformance.target.flow import Flow
from conformance.target.planted import Planted
from conformance.target.server import AuthorizationServer

NEEDS = [Feature.RFC9068_ACCESS_TOKEN]
CLAIM = "Put the claims of RFC 9068, section 2.2, into every access token, from every grant."
TYPE = "Set typ to at+jwt in the header of every access token."
SIGN = "Sign access tokens with an asymmetric key of the published key set."
SUBJECT = "Set sub to an identifier of the user that never changes and is nobody else's."
SLACK = 10
"""Seconds between the making of a token and the Date of its answer."""
MISNOMERS = {
    "mail": "email",
    "e_mail": "email",
    "first_name": "given_name",
    "firstname": "given_name",
    "last_name": "family_name",
    "lastname": "family_name",
    "surname": "family_name",
    "phone": "phone_number",
    "birth_date": "birthdate",
}
"""Names of identity attributes in use for which a registered claim exists (RFC 9068, 2.2.2)."""
RIGHTS = ("groups", "roles", "entitlements")
"""The claims of RFC 9068, 2.2.3.1."""
OTHER_RIGHTS = ("group", "role", "authorities", "realm_access", "memberOf", "permissions")


def refreshed(flow: Flow, tokens: TokenAnswer) -> TokenAnswer:
    """The answer to a refresh; NotApplicable where there is no refresh token."""
    if tokens.refresh_token is None:
        raise NotApplicable("The server gave no refresh token.")
    return flow.must_grant(flow.refresh(tokens.refresh_token), "The refresh")


def claims_of(answer: TokenAnswer) -> dict[str, Any]:
    """The claims of the access token; ControlRefused where they cannot be read."""
    claims = jwt.claims(answer.access_token or "")
    if claims is None:
        raise ControlRefused("The claims of the access token cannot be read.")
    return claims


@pytest.fixture(params=["code", "refresh"])
def issued(request: pytest.FixtureRequest, flow: Flow) -> TokenAnswer:
    """Fresh tokens from a code, and from a refresh."""
    tokens = flow.tokens()
    return tokens if request.param == "code" else refreshed(flow, tokens)


@pytest.fixture
def claims(flow: Flow) -> dict[str, Any]:
    """The claims of a fresh access token."""
    return claims_of(flow.tokens())


def is_text(value: Any) -> bool:
    """Whether it is a string that is not empty."""
    return isinstance(value, str) and bool(value)


@check("rfc9068-2.1-token-signed", remedy=SIGN, needs=NEEDS)
def test_access_token_is_signed(flow: Flow, server: AuthorizationServer) -> None:
    """An access token has a signature that a published key verifies."""
    answer = flow.tokens()
    token = answer.access_token or ""
    if jwt.header(token).get("alg") in ("HS256", "HS384", "HS512"):
        raise NotApplicable("The signature is symmetric: only who has the key can verify it.")

    assert token.count(".") == 2, f"the access token has {token.count('.') + 1} parts"
    assert token.rpartition(".")[2], "the access token has an empty signature"
    assert jwt.verifies(token, server.keys), "no published key verifies the access token"


@check("rfc9068-2.1-asymmetric-signature", remedy=SIGN, needs=NEEDS)
def test_signature_is_asymmetric(tokens: TokenAnswer) -> None:
    """The algorithm of an access token is not symmetric, so that resource servers cannot mint."""
    algorithm = jwt.header(tokens.access_token or "").get("alg")

    assert algorithm in jwt.ASYMMETRIC, f"alg is {algorithm!r}"


@check("rfc9068-2.1-alg-not-none", remedy=SIGN, needs=NEEDS)
def test_algorithm_is_not_none(tokens: TokenAnswer) -> None:
    """The algorithm of an access token is not none, however it is written."""
    algorithm = jwt.header(tokens.access_token or "").get("alg")

    assert str(algorithm).lower() != "none", f"alg is {algorithm!r}"


@check("rfc9068-2.1-typ-at-jwt", remedy=TYPE, needs=NEEDS)
def test_type_is_that_of_access_tokens(issued: TokenAnswer) -> None:
    """typ in the header says that it is an access token."""
    kind = jwt.header(issued.access_token or "").get("typ")

    assert str(kind).lower() in ("at+jwt", "application/at+jwt"), f"typ is {kind!r}"


@check("rfc9068-2.1-typ-short-form", remedy=TYPE, needs=NEEDS)
def test_type_is_in_its_short_form(tokens: TokenAnswer) -> None:
    """typ is written without the prefix application/."""
    kind = str(jwt.header(tokens.access_token or "").get("typ"))

    assert not kind.lower().startswith("application/"), f"typ is {kind!r}"


@check("rfc9068-2.2-claim-iss", remedy=CLAIM, needs=NEEDS)
def test_issuer_is_that_of_the_server(claims: dict[str, Any], server: AuthorizationServer) -> None:
    """iss is the issuer identifier of the server."""
    metadata = server.metadata
    issuer = server.issuer if metadata is None else metadata.members.get("issuer")

    assert claims.get("iss") == issuer, f"iss is {claims.get('iss')!r}, the issuer {issuer!r}"


@check("rfc9068-2.2-claim-exp", remedy=CLAIM, needs=NEEDS)
def test_expiry_is_there_and_in_the_future(tokens: TokenAnswer) -> None:
    """exp is there, and not over when the token is given out, by the server's own clock."""
    expires = claims_of(tokens).get("exp")
    if tokens.date is None:
        raise NotApplicable("The answer has no Date to compare with.")

    assert isinstance(expires, int | float), f"exp is {expires!r}"
    assert expires > tokens.date, f"exp was over {tokens.date - expires:.0f} s before the answer"


@check("rfc9068-2.2-claim-aud", remedy=CLAIM, needs=NEEDS)
def test_audience_is_there(claims: dict[str, Any]) -> None:
    """aud is a string that is not empty, or an array of such strings."""
    value = claims.get("aud")

    values = value if isinstance(value, list) else [value]
    assert values, f"aud is {value!r}"
    assert all(map(is_text, values)), f"aud is {value!r}"


@check("rfc9068-2.2-claim-sub", remedy=CLAIM, needs=NEEDS)
def test_subject_is_there(issued: TokenAnswer) -> None:
    """sub is a string that is not empty."""
    value = claims_of(issued).get("sub")

    assert is_text(value), f"sub is {value!r}"


@check("rfc9068-2.2-claim-client-id", remedy=CLAIM, needs=NEEDS)
@pytest.mark.parametrize("role", ["confidential", "confidential-2", "public"])
def test_client_is_the_one_that_asked(proven: Any, role: str) -> None:
    """client_id is the client that asked for the token."""
    flow: Flow = proven(role)

    value = claims_of(flow.tokens()).get("client_id")

    assert value == flow.client.client_id, f"to {flow.client.client_id!r} client_id was {value!r}"


@check("rfc9068-2.2-claim-iat", remedy=CLAIM, needs=NEEDS)
def test_time_of_issue_is_that_of_the_answer(tokens: TokenAnswer) -> None:
    """iat is the time at which the token was made, by the server's own clock."""
    value = claims_of(tokens).get("iat")
    if tokens.date is None:
        raise NotApplicable("The answer has no Date to compare with.")

    assert isinstance(value, int | float), f"iat is {value!r}"
    off = tokens.date - value
    assert abs(off) <= SLACK, f"iat is {off:.0f} s off the Date of the answer"


@check("rfc9068-2.2-claim-jti", remedy=CLAIM, needs=NEEDS)
def test_token_has_an_identifier(issued: TokenAnswer) -> None:
    """jti is a string that is not empty."""
    value = claims_of(issued).get("jti")

    assert is_text(value), f"jti is {value!r}"


@check("rfc9068-2.2-sub-is-resource-owner", remedy=SUBJECT, needs=NEEDS)
def test_subject_is_the_user(flow: Flow, bench: Bench, proven: Any) -> None:
    """sub is the same whenever one user is asked, and another one for another user."""
    first = flow.tokens()
    again = flow.tokens()
    other: Flow = proven(flow.client.role, user=bench.other_user().username)

    foreign = other.tokens()

    same = {claims_of(one).get("sub") for one in (first, again)}
    assert len(same) == 1, "sub of one user is not the same twice"
    assert claims_of(foreign).get("sub") not in same, "two users have the same sub"


@check("rfc9068-2.2-sub-is-resource-owner", remedy=SUBJECT, needs=NEEDS)
def test_subject_stays_when_refreshed(flow: Flow) -> None:
    """A refreshed token has the sub of the first one."""
    first = flow.tokens()

    second = refreshed(flow, first)

    before, after = claims_of(first).get("sub"), claims_of(second).get("sub")
    assert before == after, "the refreshed token has another sub"


@check(
    "rfc9068-2.2.1-authentication-claims-constant-across-refresh",
    remedy="Keep auth_time, acr and amr with the grant, and never set them anew on a refresh.",
    needs=[Feature.RFC9068_ACCESS_TOKEN, Feature.REFRESH_TOKEN],
    ages=Aged.ACCESS_TOKEN,
)
def test_sign_in_does_not_get_younger(
    planted_tokens: Planted[TokenAnswer], bench: Bench, proven: Any
) -> None:
    """auth_time, acr and amr are the same in a token that is refreshed later."""
    flow: Flow = proven(*bench.planted_roles)
    first = planted_tokens.aged(bench.planting.lifetime(Aged.ACCESS_TOKEN))
    before = {name: claims_of(first).get(name) for name in ("auth_time", "acr", "amr")}
    if set(before.values()) == {None}:
        raise NotApplicable("The access token says nothing about the sign-in.")

    later = claims_of(refreshed(flow, first))

    after = {name: later.get(name) for name in before}
    assert after == before, f"before the refresh {before}, after it {after}"


@check(
    "rfc9068-2.2.2-identity-claims-use-registered-names",
    remedy="Name identity attributes as the registry of JWT claims names them.",
    needs=NEEDS,
)
def test_identity_claims_have_registered_names(claims: dict[str, Any]) -> None:
    """Attributes of the user have the registered claim name where there is one."""
    wrong = [f"{name} for {MISNOMERS[name]}" for name in claims if name in MISNOMERS]

    assert not wrong, f"the token says {', '.join(wrong)}"


@check(
    "rfc9068-2.2.3-scope-claim-present",
    remedy="Put the granted scope into the claim scope, as a string separated by spaces.",
    needs=[Feature.RFC9068_ACCESS_TOKEN, Feature.SCOPE_PARAMETER],
)
def test_scope_claim_is_what_was_granted(flow: Flow) -> None:
    """The claim scope is the granted scope, a string separated by spaces."""
    answer = flow.tokens()
    asked = frozenset(flow.client.scopes)
    if not asked:
        raise NotApplicable("The client asks for no scope.")

    value = claims_of(answer).get("scope")

    granted = asked if answer.scope is None else answer.scope
    assert isinstance(value, str), f"the claim scope is {value!r}"
    assert frozenset(value.split()) == granted, f"granted {sorted(granted)}, the claim is {value!r}"


@check(
    "rfc9068-2.2.3.1-groups-roles-entitlements-names",
    remedy="Use the claims groups, roles and entitlements.",
    needs=NEEDS,
)
def test_rights_have_their_names(claims: dict[str, Any]) -> None:
    """Groups, roles and entitlements are in the claims of these names."""
    others = [name for name in claims if name in OTHER_RIGHTS]
    if not others and not any(name in claims for name in RIGHTS):
        raise NotApplicable("The token names no groups, roles or entitlements.")

    assert not others, f"the token has {', '.join(others)}"


@check(
    "rfc9068-2.2.3.1-groups-roles-entitlements-encoding",
    remedy="Make groups, roles and entitlements arrays (RFC 7643, section 4.1.2).",
    needs=NEEDS,
)
def test_rights_are_arrays(claims: dict[str, Any]) -> None:
    """groups, roles and entitlements are arrays."""
    found = {name: claims[name] for name in RIGHTS if name in claims}
    if not found:
        raise NotApplicable("The token names no groups, roles or entitlements.")

    wrong = [name for name, value in found.items() if not isinstance(value, list)]
    assert not wrong, f"no array is {', '.join(wrong)}"


@check(
    "rfc9068-3-default-resource-in-aud",
    remedy="Where no resource is asked for, name the default one in aud.",
    needs=[Feature.RFC9068_ACCESS_TOKEN, Feature.PROTECTED_RESOURCE],
)
def test_default_audience_is_a_resource(flow: Flow) -> None:
    """Without a resource parameter aud is a resource that takes the token, not the client."""
    answer = flow.tokens()
    served = flow.call(answer.access_token)

    value = claims_of(answer).get("aud")

    values = value if isinstance(value, list) else [value]
    assert values, f"aud is {value!r}"
    assert all(map(is_text, values)), f"aud is {value!r}"
    assert values != [flow.client.client_id], "aud is the client itself"
    assert served.granted, f"to a token with aud {value!r} {served}"
