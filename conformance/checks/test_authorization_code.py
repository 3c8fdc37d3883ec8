"""The authorization code: used once, by whom it was given to, and before it is old."""

from __future__ import annotations

from conformance.check import check
from conformance.features import Feature
from conformance.target.flow import Flow

ONCE = "Mark the code as used in the same step that reads it, and refuse it from then on."
BOUND = (
    "Keep with each code the client, the redirect URI and the challenge it was issued for, and"
    " compare all of them at the token endpoint."
)
ATOMIC = (
    "Read and spend the code in one atomic step (a transaction, a compare-and-set), so that of two"
    " requests only one can win."
)

RACERS = 8
"""Requests of one race; several rounds are run, because one can miss it."""
ROUNDS = 3


@check("rfc6749-4.1.2-code-single-use", remedy=ONCE)
def test_code_is_refused_when_used_twice(flow: Flow) -> None:
    """A code that has been redeemed is refused when it is redeemed again."""
    grant = flow.grant()
    flow.must_grant(flow.redeem(grant), "The first redemption")

    again = flow.redeem(grant)

    assert again.refused, f"at the second redemption {again}"


@check(
    "rfc6749-4.1.2-code-reuse-revokes-tokens",
    remedy="When a code comes a second time, revoke every token that was issued for it.",
    needs=[Feature.PROTECTED_RESOURCE],
)
def test_replayed_code_revokes_the_access_token(flow: Flow) -> None:
    """When a code is redeemed a second time, the access token of the first time stops working."""
    grant = flow.grant()
    first = flow.must_grant(flow.redeem(grant), "The first redemption")
    token = first.access_token or ""
    flow.must_serve(token)
    flow.redeem(grant)

    after = flow.call(token)

    assert after.refused, f"after the code was replayed {after}"


@check(
    "rfc6749-4.1.2-code-reuse-revokes-tokens",
    remedy="When a code comes a second time, revoke every token that was issued for it.",
    needs=[Feature.REFRESH_TOKEN],
)
def test_replayed_code_revokes_the_refresh_token(confidential_flow: Flow) -> None:
    """When a code is redeemed a second time, the refresh token of the first time stops working."""
    flow = confidential_flow
    grant = flow.grant()
    first = flow.must_grant(flow.redeem(grant), "The first redemption")
    flow.redeem(grant)

    answer = flow.refresh(first.refresh_token or "")

    assert answer.refused, f"to the refresh token of the replayed code {answer}"


@check("oauth-2.1-4.1.3-one-access-token-per-code", remedy=ATOMIC)
def test_code_is_redeemed_once_by_simultaneous_requests(flow: Flow) -> None:
    """Of several redemptions of one code at the same instant, exactly one gets a token."""
    winners = [
        sum(answer.granted for answer in flow.race(*[flow.redemption(grant)] * RACERS))
        for grant in (flow.grant() for _ in range(ROUNDS))
    ]

    assert max(winners) <= 1, f"{max(winners)} of {RACERS} simultaneous redemptions got a token"
