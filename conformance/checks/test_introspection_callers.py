"""Introspection by several resource servers, and of tokens at other times (RFC 7662, 2.2 and 4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from conformance.check import Aged, check
from conformance.checks.test_resource_decisions import seconds_ahead
from conformance.checks.test_resource_indicators import scoped, tokens_at
from conformance.errors import ControlRefused, NotApplicable
from conformance.features import Feature
from conformance.plugin.bench import Bench
from conformance.protocol import jwt
from conformance.protocol.answers import TokenAnswer
from conformance.protocol.request import As
from conformance.target.client import Client
from conformance.target.flow import Flow
from conformance.target.planted import Planted
from conformance.target.resource import TwoResources

MEANT = "Call a token active only to a resource server that its audience names."
GRANTED = "Take scope and aud of the answer from the token, never from who asks."
TIME = "Call a token active only once its time has come, and as long as it has not passed."
NEEDS = [Feature.INTROSPECTION]
Ask = Callable[..., TokenAnswer]


@pytest.fixture
def foreign_caller(bench: Bench) -> Client:
    """A resource server that the tokens of the profile's clients are not meant for."""
    return bench.client("foreign-resource-server")


def is_active(answer: TokenAnswer) -> bool:
    return answer.get("active") in (True, "true")


def told_of(introspected: Ask, token: str) -> Mapping[str, Any]:
    """What the resource server that a token is meant for is told.

    NotApplicable where this kind of token cannot be introspected, ControlRefused if nothing comes.
    """
    answer = introspected(token)
    if answer.error == "unsupported_token_type":
        raise NotApplicable(f"Access tokens cannot be introspected here: {answer}.")
    if not is_active(answer):
        raise ControlRefused(f"The token is not active for whom it is meant: {answer}.")
    return answer.document or {}


def audiences(members: Mapping[str, Any]) -> frozenset[str]:
    value = members.get("aud")
    return frozenset(map(str, value if isinstance(value, list) else [value] if value else []))


@check(
    "rfc7662-4-resource-restriction-checked",
    remedy=MEANT,
    needs=[Feature.INTROSPECTION, Feature.AUDIENCE_RESTRICTION],
)
def test_token_is_inactive_for_a_foreign_resource_server(
    flow: Flow, introspected: Ask, foreign_caller: Client, two_resources: TwoResources
) -> None:
    """A token for one resource is not active for the resource server of another one."""
    own = tokens_at(flow, scoped(flow, two_resources.foreign_scope)).access_token or ""
    token = flow.tokens().access_token or ""
    claims = jwt.claims(token) or told_of(introspected, token)
    if not audiences(claims) or two_resources.foreign.settings.audience in audiences(claims):
        raise NotApplicable("The token is not limited to other resources than the caller's.")
    if not is_active(introspected(own, As(foreign_caller.credentials))):
        raise NotApplicable("The foreign resource server is told nothing of tokens for itself.")

    answer = introspected(token, As(foreign_caller.credentials))

    assert not is_active(answer), f"{answer}, and a token for another resource is active"
    told_of(introspected, token)


@check("rfc7662-2.2-response-differs-per-protected-resource", remedy=GRANTED, needs=NEEDS)
def test_no_resource_server_is_told_more_than_was_granted(
    flow: Flow, introspected: Ask, foreign_caller: Client
) -> None:
    """Whoever asks about a token, its scope and aud are no more than what was granted."""
    tokens = flow.tokens()
    token = tokens.access_token or ""
    granted = tokens.scope or frozenset(flow.client.scopes)
    told = told_of(introspected, token)
    named = audiences(jwt.claims(token) or told)

    answer = introspected(token, As(foreign_caller.credentials))

    if not is_active(answer):
        raise NotApplicable("The foreign resource server is told nothing about the token.")
    both = (told, answer.document or {})
    scopes = frozenset[str]().union(*(str(one.get("scope", "")).split() for one in both))
    named_now = frozenset[str]().union(*map(audiences, both))
    assert scopes <= granted, f"a resource server is told of the scope {sorted(scopes - granted)}"
    assert named_now <= named, f"a resource server is told of the aud {sorted(named_now - named)}"


@check("rfc7662-4-not-before-checked", remedy=TIME, needs=NEEDS)
def test_token_is_inactive_before_its_time(flow: Flow, introspected: Ask, bench: Bench) -> None:
    """An access token with an nbf that is minutes ahead is not active before it, and is then."""
    tokens = flow.tokens()
    ahead = seconds_ahead(tokens)

    early = introspected(tokens.access_token or "")

    assert early.get("active") is False, f"{ahead:.0f} s before nbf active is {early.get('active')}"
    told_of(introspected, bench.older(tokens, ahead + 1).access_token or "")


@check(
    "rfc7662-4-cached-response-not-used-after-exp",
    remedy="Keep an introspection answer no longer than the exp in it.",
    needs=[Feature.INTROSPECTION, Feature.PROTECTED_RESOURCE],
    ages=Aged.USED_ACCESS_TOKEN,
)
def test_token_that_was_served_is_refused_after_its_end(
    flow: Flow, planted_tokens: Planted[TokenAnswer], bench: Bench
) -> None:
    """A resource refuses an expired access token that it has served before.

    Whether it had kept an introspection answer shows in that alone.
    """
    lifetime = bench.planting.lifetime(Aged.USED_ACCESS_TOKEN)
    tokens = planted_tokens.after_its_end(lifetime)
    flow.must_serve(flow.tokens().access_token or "")

    answer = flow.call(tokens.access_token)

    assert answer.refused, f"to a token of {planted_tokens.age:.0f} s, served before, {answer}"
