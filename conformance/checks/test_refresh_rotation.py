"""Rotation of refresh tokens: used once, and a second use ends the family (RFC 9700, 4.14.2)."""

from __future__ import annotations

from typing import Any

from conformance.check import check
from conformance.errors import ControlRefused, NotApplicable, NotRun
from conformance.features import Feature
from conformance.protocol.answers import TokenAnswer
from conformance.target.flow import Flow

BOUND = "Look at the grant of a refresh token, not at the token alone."
ROTATE = (
    "Give a new refresh token with every refresh, end the old one in the same step, and end the"
    " whole family when an ended one comes back."
)
NEEDS = [Feature.REFRESH_TOKEN]
RACERS = 8
ROUNDS = 3
YEAR = 365 * 86400.0


def refreshable(flow: Flow) -> TokenAnswer:
    """Fresh tokens with a refresh token; NotApplicable where none comes."""
    tokens = flow.tokens()
    if tokens.refresh_token is None:
        raise NotApplicable("The token response has no refresh token.")
    return tokens


def end_of(flow: Flow, token: str, bench: Any) -> TokenAnswer:
    """What a refresh token is answered when it should be over; NotRun where that is far away."""
    lifetime = bench.profile.lifetimes.refresh_token
    if lifetime is None and bench.time.costs_nothing:
        lifetime = YEAR
    if lifetime is None or not (bench.time.costs_nothing or lifetime <= bench.options.max_wait):
        raise NotRun(
            "A public client's refresh token is not replaced at its use, and whether it ends would"
            " take too long to see: give lifetimes.refresh_token in the profile, and --max-wait."
        )
    bench.time.wait(lifetime)
    return flow.refresh(token)


def token_of(answer: TokenAnswer) -> str:
    return answer.refresh_token or ""


@check("rfc9700-2.2.2-public-client-refresh-tokens-rotated-or-bound", remedy=ROTATE)
def test_refresh_token_of_a_public_client_is_rotated(public_flow: Flow) -> None:
    """A public client gets a new refresh token with every refresh."""
    tokens = refreshable(public_flow)

    answer = public_flow.must_grant(public_flow.refresh(token_of(tokens)), "The refresh")

    rotated = answer.refresh_token not in (None, tokens.refresh_token)
    assert rotated, "the refresh gave no new refresh token"


@check("rfc6749-10.4-refresh-token-abuse-detection", remedy=ROTATE)
def test_second_use_by_a_public_client_is_noticed(public_flow: Flow) -> None:
    """A public client's refresh token is refused when it is used a second time."""
    tokens = refreshable(public_flow)
    public_flow.must_grant(public_flow.refresh(token_of(tokens)), "The refresh")

    answer = public_flow.refresh(token_of(tokens))

    assert answer.refused, f"to the second use {answer}"


@check(
    "oauth-2.1-2.4-exposure-to-unauthenticated-clients-limited",
    remedy=ROTATE,
    needs=[Feature.REFRESH_TOKEN],
    exhausts=True,
)
def test_refresh_token_of_an_unauthenticated_client_does_not_last(
    public_flow: Flow, bench: Any
) -> None:
    """A public client's refresh token ends: it is replaced at its use, or dies after a while.

    Other measures that limit what an impersonated client can do are not seen.
    """
    flow = public_flow
    tokens = refreshable(flow)
    token = token_of(tokens)
    refreshed = flow.must_grant(flow.refresh(token), "The first refresh")
    replaced = refreshed.refresh_token not in (None, token)

    ends = replaced or end_of(flow, token, bench).refused

    assert ends, "the refresh token is not replaced at its use, and does not end"


def rotated(flow: Flow) -> tuple[TokenAnswer, TokenAnswer]:
    """Tokens and what a refresh made of them; NotApplicable where nothing is rotated."""
    first = refreshable(flow)
    second = flow.must_grant(flow.refresh(token_of(first)), "The refresh")
    if second.refresh_token in (None, first.refresh_token):
        raise NotApplicable("A refresh gives no new refresh token: there is no rotation.")
    return first, second


@check("rfc9700-4.14.2-rotated-refresh-token-invalidated", remedy=ROTATE)
def test_rotated_refresh_token_is_dead(public_flow: Flow) -> None:
    """After a refresh the old refresh token is refused."""
    flow = public_flow
    first, _ = rotated(flow)

    answer = flow.refresh(token_of(first))

    assert answer.refused, f"to the old refresh token {answer}"


@check("rfc9700-4.14.2-refresh-token-reuse-revokes-active-token", remedy=ROTATE)
def test_reuse_ends_the_family(public_flow: Flow) -> None:
    """When an old refresh token comes back, the newest one of its family is refused too."""
    flow = public_flow
    first, second = rotated(flow)
    flow.refresh(token_of(first))

    answer = flow.refresh(token_of(second))

    assert answer.refused, f"after a reuse, to the newest refresh token {answer}"


@check("oauth-2.1-4.3.1-refresh-token-reuse-revokes-grant", remedy=ROTATE, needs=NEEDS)
def test_reuse_ends_the_grant(flow: Flow) -> None:
    """When an old refresh token comes back, its grant is over."""
    first, second = rotated(flow)
    flow.refresh(token_of(first))

    answer = flow.refresh(token_of(second))

    assert answer.refused, f"after a reuse, to the newest refresh token {answer}"


@check("rfc9700-4.14.2-rotated-refresh-token-invalidated", remedy=ROTATE)
def test_refresh_token_is_used_once_by_simultaneous_requests(public_flow: Flow) -> None:
    """Several refreshes with one token at the same instant do not get several new tokens."""
    flow = public_flow
    rotated(flow)
    tokens = [token_of(refreshable(flow)) for _ in range(ROUNDS)]

    made = [
        len({token_of(answer) for answer in flow.race(*[flow.refreshing(token)] * RACERS)} - {""})
        for token in tokens
    ]

    if not any(made):
        raise ControlRefused(f"None of {RACERS} simultaneous refreshes got a refresh token.")
    most = max(made)
    assert most <= 1, f"{RACERS} simultaneous refreshes got {most} different refresh tokens"


@check("oauth-2.1-4.3.1-refresh-checks-grant-still-active", remedy=BOUND, needs=NEEDS)
def test_refresh_checks_the_grant(flow: Flow) -> None:
    """When a grant is over because its code was replayed, its refresh token is refused."""
    grant = flow.grant()
    tokens = flow.must_grant(flow.redeem(grant), "The first redemption")
    flow.redeem(grant)

    answer = flow.refresh(token_of(tokens))

    assert answer.refused, f"to the refresh token of a grant that is over {answer}"
