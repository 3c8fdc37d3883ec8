"""What the protected resource looks at in a JWT, and how it says no (RFC 9068, 4; RFC 7519, 4)."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check import Aged, check
from conformance.checks.test_resource import STATUS, bearer
from conformance.errors import ControlRefused, NotApplicable
from conformance.features import Feature
from conformance.plugin.bench import Bench
from conformance.protocol import jwt
from conformance.protocol.answers import ResourceAnswer, TokenAnswer
from conformance.protocol.forgery import Forger
from conformance.protocol.request import Replace
from conformance.target.flow import Flow
from conformance.target.planted import Planted
from conformance.target.resource import ResourceServer

TYPE = "Refuse every JWT whose typ is not at+jwt."
CLAIMS = "Decide by the claims of the token that came, at every operation."
TIME = "Refuse a token before its nbf."
NEEDS = [Feature.PROTECTED_RESOURCE, Feature.RFC9068_ACCESS_TOKEN]
LEEWAY = 300.0
"""Seconds: RFC 7519, 4.1.5, allows a leeway of no more than a few minutes."""


def of_another_type(flow: Flow, kind: str) -> str:
    """Another JWT that the server signs; NotApplicable where none comes."""
    tokens = with_id_token(flow) if kind == "id_token" else flow.tokens()
    token = tokens.text(kind) or ""
    if not jwt.looks_like(token):
        raise NotApplicable(f"The token response has no {kind} that is a JWT.")
    if str(jwt.header(token).get("typ")).lower().removeprefix("application/") == "at+jwt":
        raise NotApplicable(f"The {kind} has the type of access tokens.")
    if not jwt.verifies(token, flow.server.keys):
        raise NotApplicable(f"The {kind} is signed with no published key.")
    return token


def with_id_token(flow: Flow) -> TokenAnswer:
    """Tokens of the scope openid; NotApplicable where it is not granted."""
    if "openid" in flow.client.scopes:
        return flow.tokens()
    flow.server.require(Feature.OPENID)
    grant = flow.grant_of(flow.authorize(Replace("scope", f"{flow.client.scope} openid".strip())))
    if grant is None:
        raise NotApplicable("The scope openid is not granted.")
    return flow.must_grant(flow.redeem(grant), "The unchanged token request")


@check("rfc9068-4-rs-checks-typ", remedy=TYPE, needs=NEEDS)
@pytest.mark.parametrize("kind", ["refresh_token", "id_token"])
def test_jwt_of_another_type_is_refused(flow: Flow, kind: str) -> None:
    """Another JWT of the same keys, whose typ is another one, does not open the resource.

    Where it is refused, that may be for its other claims: nobody outside can sign one that
    differs in typ alone.
    """
    good = flow.tokens().access_token or ""
    other = of_another_type(flow, kind)

    answer = flow.call_instead(good, other)

    assert answer.refused, f"to a JWT of the type {jwt.header(other).get('typ')!r} {answer}"


def error_of(answer: ResourceAnswer) -> str | None:
    """The error code of the challenge; None where there is none."""
    try:
        return dict(bearer(answer)).get("error")
    except NotApplicable:
        return None


@check("rfc9068-4-rs-errors-invalid-token", remedy=STATUS, needs=NEEDS)
@pytest.mark.parametrize("form", ["altered", "unsigned", "foreign-key", "undecodable"])
def test_bad_jwt_is_an_invalid_token(flow: Flow, form: str) -> None:
    """A JWT that does not hold is answered with the error invalid_token."""
    good = flow.tokens().access_token or ""
    if not jwt.looks_like(good):
        raise NotApplicable("The access token is no JWT.")
    forger = Forger.of(good)
    bad = {
        "altered": jwt.with_claims(good, scope="everything"),
        "unsigned": forger.assembled(b"", alg="none"),
        "foreign-key": forger.signed(),
        "undecodable": f"{good.partition('.')[0]}.e30x.{good.rpartition('.')[2]}",
    }[form]

    answer = flow.call_instead(good, bad)

    assert error_of(answer) == "invalid_token", f"to a JWT that does not hold ({form}) {answer}"


@check("rfc9068-4-rs-errors-invalid-token", remedy=STATUS, needs=NEEDS)
def test_jwt_of_another_audience_is_an_invalid_token(
    flow: Flow, foreign_resource: ResourceServer
) -> None:
    """A JWT for another resource is answered with the error invalid_token."""
    token = flow.tokens().access_token or ""
    flow.must_serve(token)

    answer = foreign_resource.call(token)

    assert error_of(answer) == "invalid_token", f"to a JWT for another resource {answer}"


@check("rfc9068-4-rs-errors-invalid-token", remedy=STATUS, needs=NEEDS, ages=Aged.ACCESS_TOKEN)
def test_expired_jwt_is_an_invalid_token(
    flow: Flow, planted_tokens: Planted[TokenAnswer], bench: Any
) -> None:
    """A JWT that has expired is answered with the error invalid_token."""
    tokens = planted_tokens.after_its_end(bench.planting.lifetime(Aged.ACCESS_TOKEN))
    flow.must_serve(flow.tokens().access_token or "")

    answer = flow.call(tokens.access_token)

    assert error_of(answer) == "invalid_token", f"to an expired JWT {answer}"


def with_scope(flow: Flow, scope: str, *, among: frozenset[str]) -> tuple[str, bool]:
    """An access token of a scope, and whether its claim scope names one of those values."""
    token = flow.tokens(Replace("scope", scope)).access_token or ""
    claim = (jwt.claims(token) or {}).get("scope")
    if not isinstance(claim, str):
        raise NotApplicable("The access token has no claim scope.")
    return token, bool(among & frozenset(claim.split()))


@check("rfc9068-4-rs-uses-authorization-claims", remedy=CLAIMS, needs=NEEDS)
@pytest.mark.parametrize("index", [0, 1, 2], ids=["first", "second", "third"])
def test_claim_scope_decides(flow: Flow, resources: tuple[ResourceServer, ...], index: int) -> None:
    """Of two tokens that differ in their claim scope, a resource serves the one that names its own.

    What roles, groups and entitlements mean cannot be seen from outside.
    """
    if len(resources) <= index:
        raise NotApplicable(f"The profile names no more than {index} resources.")
    resource = resources[index]
    others = [one for one in flow.client.scopes if one not in resource.scope]
    others = [one for one in others if one not in ("offline_access", "openid")]
    if not resource.scope or not others:
        raise NotApplicable("The profile names no scope for it, or no other one of the client.")
    good, names_it = with_scope(flow, resource.settings.scope or "", among=resource.scope)
    other, names_it_too = with_scope(flow, others[0], among=resource.scope)
    if not names_it or names_it_too:
        raise NotApplicable("The claim scope does not follow the scope that was asked for.")
    if not resource.call(good).granted:
        raise ControlRefused("The resource does not serve a token whose claim names its scope.")

    answer = resource.call(other)

    assert answer.refused, f"to a token whose claim scope is {others[0]!r} {answer}"


def seconds_ahead(answer: TokenAnswer) -> float:
    """How far ahead nbf of a fresh token is; NotApplicable where that is within the leeway."""
    nbf = (jwt.claims(answer.access_token or "") or {}).get("nbf")
    if not isinstance(nbf, int | float) or answer.date is None:
        raise NotApplicable("The access token has no nbf, or its answer no Date.")
    if nbf - answer.date <= LEEWAY:
        raise NotApplicable("The time of the access token has come when it is issued.")
    return nbf - answer.date


@check(
    "rfc7519-4.1.5-nbf-enforced",
    remedy=TIME,
    needs=[Feature.PROTECTED_RESOURCE, Feature.JWT_ACCESS_TOKEN],
)
def test_token_is_refused_before_its_time(flow: Flow, bench: Bench) -> None:
    """An access token with an nbf that is minutes ahead is refused before it, and served then."""
    tokens = flow.tokens()
    ahead = seconds_ahead(tokens)

    early = flow.need_resource.call(tokens.access_token)

    assert early.refused, f"{ahead:.0f} s before nbf {early}"
    later = flow.need_resource.call(bench.older(tokens, ahead + 1).access_token)
    if not later.granted:
        raise ControlRefused(f"The token does not work after its nbf either: {later}.")
