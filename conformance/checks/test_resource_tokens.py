"""Which tokens open the protected resource: those that the server issued, as it issued them."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check import Aged, check
from conformance.checks.test_resource_decisions import with_id_token
from conformance.errors import NotApplicable
from conformance.features import Feature
from conformance.protocol import jwt
from conformance.protocol.answers import TokenAnswer
from conformance.protocol.forgery import KID, Forger
from conformance.target.flow import Flow
from conformance.target.planted import Planted
from conformance.target.resource import ResourceServer

VERIFY = (
    "Verify the signature with the server's published keys and a fixed list of asymmetric"
    " algorithms, and take nothing of the token's header for granted."
)
WHOLE = "Take an access token only exactly as it was issued, and as an access token."
AUDIENCE = "Refuse tokens whose aud does not name the resource itself."
AGE = "Refuse an access token from its expiry on."
NEEDS = [Feature.PROTECTED_RESOURCE]
JWT = [Feature.PROTECTED_RESOURCE, Feature.JWT_ACCESS_TOKEN]


def good_jwt(flow: Flow) -> str:
    """A JWT access token that opens the resource."""
    token = flow.tokens().access_token or ""
    if not jwt.looks_like(token):
        raise NotApplicable("The access token is no JWT.")
    flow.must_serve(token)
    return token


def altered(token: str, part: int) -> str:
    """The token with one bit of a part's first decoded bytes changed."""
    parts = token.split(".")
    data = bytearray(jwt.decode(parts[part]))
    data[len(data) // 2] ^= 1
    parts[part] = jwt.encode(bytes(data))
    return ".".join(parts)


@check("rfc6749-7-rs-validates-access-token", remedy=WHOLE, needs=NEEDS)
@pytest.mark.parametrize(
    "form", ["invented", "empty", "truncated", "longer", "refresh-token", "id-token"]
)
def test_what_is_no_access_token_is_refused(flow: Flow, form: str) -> None:
    """Only an access token that was issued, whole and unchanged, opens the resource."""
    tokens = flow.tokens()
    token = tokens.access_token or ""
    # With the scope openid an access token may be for the UserInfo endpoint alone.
    id_token = with_id_token(flow).text("id_token") if form == "id-token" else ""
    if id_token is None:
        raise NotApplicable("The token response has no ID token.")
    if form == "refresh-token" and tokens.refresh_token is None:
        raise NotApplicable("The token response has no refresh token.")
    other = {
        "invented": "invented-access-token",
        "empty": "",
        "truncated": token[: len(token) // 2],
        "longer": token + "AAAA",
        "refresh-token": tokens.refresh_token or "",
        "id-token": id_token,
    }[form]

    answer = flow.call_instead(token, other)

    assert answer.refused, f"to what is no access token {answer}"


@check("rfc9068-4-rs-verifies-signature", remedy=VERIFY, needs=JWT)
@pytest.mark.parametrize("part", ["payload", "signature"])
def test_tampered_jwt_is_refused(flow: Flow, part: str) -> None:
    """A JWT in which a claim or the signature was changed does not open the resource."""
    token = good_jwt(flow)
    if part == "payload":
        exp = (jwt.claims(token) or {}).get("exp", 0)
        other = jwt.with_claims(token, exp=int(exp) + 60)
    else:
        other = altered(token, 2)

    answer = flow.call_instead(token, other)

    assert answer.refused, f"to a tampered {part} {answer}"


@check("rfc9068-4-rs-rejects-alg-none", remedy=VERIFY, needs=JWT)
@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE"])
def test_unsigned_jwt_is_refused(flow: Flow, name: str) -> None:
    """A JWT with alg none, however it is spelled, does not open the resource."""
    token = good_jwt(flow)
    head = {**jwt.header(token), "alg": name}

    answer = flow.call_instead(token, jwt.assembled(head, jwt.claims(token) or {}, b""))

    assert answer.refused, f"to alg {name} {answer}"


@check("rfc9068-4-rs-uses-only-server-keys", remedy=VERIFY, needs=JWT)
@pytest.mark.parametrize("form", ["foreign", "embedded-jwk", "unknown-kid"])
def test_jwt_of_a_foreign_key_is_refused(flow: Flow, form: str) -> None:
    """A JWT that was signed with another key than the server's does not open the resource."""
    token = good_jwt(flow)
    forger = Forger.of(token)
    heads: dict[str, dict[str, Any]] = {
        "foreign": {},
        "embedded-jwk": {"jwk": forger.jwk},
        "unknown-kid": {"kid": KID},
    }

    answer = flow.call_instead(token, forger.signed(**heads[form]))

    assert answer.refused, f"to a foreign key ({form}) {answer}"


@check("rfc7519-7.2-rs-rejects-unacceptable-algorithms", remedy=VERIFY, needs=JWT)
def test_mac_with_an_empty_secret_is_refused(flow: Flow) -> None:
    """A JWT whose MAC was made with an empty secret does not open the resource."""
    token = good_jwt(flow)
    head = {k: v for k, v in jwt.header(token).items() if k != "alg"}

    answer = flow.call_instead(token, jwt.maced(head, jwt.claims(token) or {}, b""))

    assert answer.refused, f"to a MAC with an empty secret {answer}"


MALFORMED = (
    "two-parts",
    "four-parts",
    "stray-character",
    "padding-inside",
    "padding-at-the-end",
    "stray-character-at-the-end",
)


@check("rfc7519-7.2-rs-rejects-malformed-jwt", remedy=WHOLE, needs=JWT)
@pytest.mark.parametrize("form", MALFORMED)
def test_malformed_jwt_is_refused(flow: Flow, form: str) -> None:
    """A JWT that is not three parts of base64url does not open the resource."""
    token = good_jwt(flow)
    head, body, signature = token.split(".")
    other = {
        "two-parts": f"{head}.{body}",
        "four-parts": f"{token}.{signature}",
        "stray-character": f"{head}.{body[:4]}!{body[4:]}.{signature}",
        "padding-inside": f"{head}.{body}=.{signature}",
        "padding-at-the-end": f"{token}==",
        "stray-character-at-the-end": f"{token}~",
    }[form]

    answer = flow.call_instead(token, other)

    assert answer.refused, f"to a malformed JWT {answer}"


@check("rfc9700-2.3-rs-rejects-wrong-audience", remedy=AUDIENCE, needs=NEEDS)
def test_token_of_another_audience_is_refused(flow: Flow, foreign_resource: ResourceServer) -> None:
    """A resource does not open for a good token of its scope that is meant for another audience."""
    token = flow.tokens().access_token or ""
    flow.must_serve(token)

    answer = foreign_resource.call(token)

    assert answer.refused, f"to a token that is meant for another resource {answer}"


@check("rfc6749-10.3-access-token-unforgeable", remedy=VERIFY, needs=NEEDS)
def test_altered_token_is_refused(flow: Flow) -> None:
    """An access token in which one character in the middle is another one is refused."""
    token = flow.tokens().access_token or ""
    flow.must_serve(token)
    middle = len(token) // 2
    letter = "A" if token[middle] not in "A." else "B"

    answer = flow.call(token[:middle] + letter + token[middle + 1 :])

    assert answer.refused, f"to an altered token {answer}"


@check(
    "rfc6749-7-rs-rejects-expired-token",
    remedy=AGE,
    needs=NEEDS,
    ages=Aged.ACCESS_TOKEN,
)
def test_expired_token_is_refused(
    flow: Flow, planted_tokens: Planted[TokenAnswer], bench: Any
) -> None:
    """An access token that is older than its lifetime does not open the resource."""
    tokens = planted_tokens.after_its_end(bench.planting.lifetime(Aged.ACCESS_TOKEN))
    flow.must_serve(flow.tokens().access_token or "")

    answer = flow.call(tokens.access_token)

    assert answer.refused, f"to a token of {planted_tokens.age:.0f} s {answer}"


@check("rfc9068-4-rs-checks-exp", remedy=AGE, needs=JWT, ages=Aged.ACCESS_TOKEN)
def test_exp_is_checked(flow: Flow, planted_tokens: Planted[TokenAnswer], bench: Any) -> None:
    """A JWT access token whose exp is over does not open the resource."""
    tokens = planted_tokens.after_its_end(bench.planting.lifetime(Aged.ACCESS_TOKEN))
    flow.must_serve(flow.tokens().access_token or "")

    answer = flow.call(tokens.access_token)

    assert answer.refused, f"to a JWT of {planted_tokens.age:.0f} s {answer}"
