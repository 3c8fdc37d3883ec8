"""Introspection of tokens that ended with others, and against what the token says (RFC 7662)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.check import check
from conformance.checks.test_introspection_callers import is_active, told_of
from conformance.errors import ControlRefused, NotApplicable
from conformance.features import Feature
from conformance.protocol import jwt
from conformance.protocol.answers import TokenAnswer
from conformance.target.flow import Flow

TRUE = "Say of a token what it says itself, and call it active only as long as it works."
NEEDS = [Feature.INTROSPECTION]
Ask = Callable[..., TokenAnswer]


@check("rfc7662-2.2-optional-members-correct", remedy=TRUE, needs=NEEDS)
@pytest.mark.parametrize("member", ["aud", "iat", "jti", "nbf", "token_type"])
def test_member_agrees_with_the_token(flow: Flow, introspected: Ask, member: str) -> None:
    """A member of the answer says the same as the claim of the token, or as the token response."""
    tokens = flow.tokens()
    told = told_of(introspected, tokens.access_token or "").get(member)
    own = (jwt.claims(tokens.access_token or "") or {}).get(member)
    if member == "token_type":
        own, told = str(tokens.get(member)).lower(), told and str(told).lower()
    if own is None or told is None:
        raise NotApplicable(f"There are no two values of {member} to compare.")

    same = told == own or told == [own] or own == [told]

    assert same, f"of the access token {member} is {own!r}, introspection says {told!r}"


@check(
    "rfc7662-4-revocation-checked",
    remedy=TRUE,
    needs=[*NEEDS, Feature.REVOCATION, Feature.REFRESH_TOKEN, Feature.PROTECTED_RESOURCE],
)
def test_access_token_of_a_revoked_grant_is_inactive(flow: Flow, introspected: Ask) -> None:
    """An access token that ended with its refresh token is not active."""
    tokens = flow.tokens()
    told_of(introspected, tokens.access_token or "")
    flow.must_serve(tokens.access_token or "")
    flow.revoke(tokens.refresh_token or "")
    if flow.call(tokens.access_token).granted:
        raise NotApplicable("The access token outlives its refresh token.")

    answer = introspected(tokens.access_token or "")

    assert answer.get("active") is False, f"active is {answer.get('active')!r}"


@check(
    "rfc7662-4-revocation-checked",
    remedy=TRUE,
    needs=[*NEEDS, Feature.REFRESH_TOKEN, Feature.REFRESH_TOKEN_ROTATION],
)
def test_rotated_refresh_token_is_inactive(flow: Flow, introspected: Ask) -> None:
    """A refresh token that was replaced by its successor is not active."""
    first = flow.tokens().refresh_token or ""
    if not is_active(introspected(first)):
        raise NotApplicable("Live refresh tokens are not introspected here.")
    second = flow.must_grant(flow.refresh(first), "The refresh").refresh_token
    if second in (None, first):
        raise NotApplicable("A refresh gives no new refresh token.")
    if not is_active(introspected(second or "")):
        raise ControlRefused("The successor of the refresh token is not active.")

    answer = introspected(first)

    assert answer.get("active") is False, f"active is {answer.get('active')!r}"
