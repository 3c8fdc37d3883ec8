"""ilert's contract: how long things live, and how many refresh tokens there may be."""

from __future__ import annotations

import secrets

import pytest

from conformance.check import Aged, check
from conformance.errors import ControlRefused, NotTheProtocol
from conformance.features import Feature
from conformance.protocol import jwt
from conformance.protocol.answers import TokenAnswer
from conformance.target.flow import Flow, Grant
from conformance.target.planted import Planted

CODE = "Let a code live for two minutes, and refuse it from then on."
ACCESS = "Let an access token live for the hour of its expires_in, and refuse it from then on."
REFRESH = "Let a refresh token live for the year of its refresh_token_expires_in, and not longer."
COUNT = "Keep at most ten refresh tokens of an app and user; revoke the oldest for the eleventh."
STATUS = "Answer a request with an invalid or expired token with 401."

TWO_MINUTES = 120
AN_HOUR = 3600
A_YEAR = 31_536_000
MOST = 10

_L = "contract-ilert-lifetimes-and-numbers-"


def refresh_tokens(flow: Flow, number: int) -> list[str]:
    """So many refresh tokens of one app and user, the oldest first."""
    found = [flow.tokens().refresh_token for _ in range(number)]
    if not all(found):
        raise ControlRefused("The control was answered without a refresh token.")
    return [token for token in found if token]


@check(f"{_L}code-lives-two-minutes", remedy=CODE, ages=Aged.CODE, alive=True)
def test_code_lives_two_minutes(flow: Flow, planted_grant: Planted[Grant]) -> None:
    """A code is redeemed when its two minutes are nearly over."""
    old = planted_grant.before_its_end(TWO_MINUTES)

    answer = flow.redeem(old)

    assert answer.access_token is not None, f"to a code of {planted_grant.age:.0f} s {answer}"


@check(f"{_L}code-dies-after-two-minutes", remedy=CODE, ages=Aged.CODE)
def test_code_dies_after_two_minutes(flow: Flow, planted_grant: Planted[Grant]) -> None:
    """A code that is a little older than two minutes is refused."""
    old = planted_grant.after_its_end(TWO_MINUTES)
    flow.must_grant(flow.redeem(flow.grant()), "The redemption of a younger code")

    answer = flow.redeem(old)

    assert answer.refused, f"to a code of {planted_grant.age:.0f} s {answer}"


@check(
    f"{_L}access-token-lives-an-hour",
    remedy=ACCESS,
    needs=[Feature.PROTECTED_RESOURCE],
    ages=Aged.ACCESS_TOKEN,
    alive=True,
)
def test_access_token_lives_an_hour(flow: Flow, planted_tokens: Planted[TokenAnswer]) -> None:
    """An access token is served when its hour is nearly over."""
    old = planted_tokens.before_its_end(AN_HOUR)

    answer = flow.call(old.access_token)

    assert answer.granted, f"to an access token of {planted_tokens.age:.0f} s {answer}"


@check(
    f"{_L}access-token-dies-after-an-hour",
    remedy=ACCESS,
    needs=[Feature.PROTECTED_RESOURCE],
    ages=Aged.ACCESS_TOKEN,
)
def test_access_token_dies_after_an_hour(flow: Flow, planted_tokens: Planted[TokenAnswer]) -> None:
    """An access token that is a little older than an hour is not served."""
    old = planted_tokens.after_its_end(AN_HOUR)
    flow.must_serve(flow.tokens().access_token or "")

    answer = flow.call(old.access_token)

    assert not answer.granted, f"to an access token of {planted_tokens.age:.0f} s {answer}"


@check(
    f"{_L}expired-token-401",
    remedy=STATUS,
    needs=[Feature.PROTECTED_RESOURCE],
    ages=Aged.ACCESS_TOKEN,
)
def test_expired_token_is_answered_with_401(
    flow: Flow, planted_tokens: Planted[TokenAnswer]
) -> None:
    """A request with an expired access token is answered with 401."""
    old = planted_tokens.after_its_end(AN_HOUR)

    answer = flow.call(old.access_token)

    if answer.granted:
        raise NotTheProtocol(f"The token does not expire: {answer}.")
    assert answer.status == 401, f"to an expired access token {answer}"


@check(
    f"{_L}refresh-after-expiry",
    remedy="Let the refresh token outlive the access token that came with it.",
    needs=[Feature.PROTECTED_RESOURCE, Feature.REFRESH_TOKEN],
    ages=Aged.ACCESS_TOKEN,
)
def test_client_goes_on_after_the_access_token_expired(
    confidential_flow: Flow, planted_tokens: Planted[TokenAnswer]
) -> None:
    """After the access token has expired, a refresh brings one that is served."""
    old = planted_tokens.after_its_end(AN_HOUR)

    answer = confidential_flow.refresh(old.refresh_token or "")

    assert answer.access_token is not None, f"to the refresh {answer}"
    served = confidential_flow.call(answer.access_token)
    assert served.granted, f"to the new access token {served}"


@check(
    f"{_L}refresh-token-dies-after-a-year",
    remedy=REFRESH,
    needs=[Feature.REFRESH_TOKEN],
    ages=Aged.REFRESH_TOKEN,
)
def test_refresh_token_dies_after_a_year(
    confidential_flow: Flow, planted_tokens: Planted[TokenAnswer]
) -> None:
    """A refresh token that is a little older than a year is refused."""
    flow = confidential_flow
    old = planted_tokens.after_its_end(A_YEAR)
    younger = refresh_tokens(flow, 1)[0]
    flow.must_grant(flow.refresh(younger), "The use of a younger refresh token")

    answer = flow.refresh(old.refresh_token or "")

    assert answer.refused, f"to a refresh token of more than a year {answer}"


@check(f"{_L}ten-refresh-tokens-live", remedy=COUNT, needs=[Feature.REFRESH_TOKEN])
def test_ten_refresh_tokens_live_side_by_side(confidential_flow: Flow) -> None:
    """Of ten refresh tokens of an app and a user the oldest still works."""
    oldest = refresh_tokens(confidential_flow, MOST)[0]

    answer = confidential_flow.refresh(oldest)

    assert answer.access_token is not None, f"to the first of {MOST} refresh tokens {answer}"


@check(
    f"{_L}eleventh-refresh-token-revokes-the-oldest",
    remedy=COUNT,
    needs=[Feature.REFRESH_TOKEN],
)
def test_eleventh_refresh_token_revokes_the_oldest(confidential_flow: Flow) -> None:
    """With the eleventh refresh token of an app and a user the oldest dies, and it alone."""
    flow = confidential_flow
    oldest, second, *_ = refresh_tokens(flow, MOST + 1)
    flow.must_grant(flow.refresh(second), f"The use of the second of {MOST + 1} refresh tokens")

    answer = flow.refresh(oldest)

    assert answer.refused, f"to the first of {MOST + 1} refresh tokens {answer}"


@check(f"{_L}invalid-token-401", remedy=STATUS, needs=[Feature.PROTECTED_RESOURCE])
@pytest.mark.parametrize("kind", ["random", "altered"])
def test_invalid_token_is_answered_with_401(flow: Flow, kind: str) -> None:
    """A request with an invalid access token is answered with 401."""
    good = flow.tokens().access_token or ""
    bad = {
        "random": secrets.token_urlsafe(32),
        "altered": jwt.with_claims(good, il_s="alert:d") if jwt.looks_like(good) else good + "A",
    }[kind]

    answer = flow.call(bad)

    assert answer.status == 401, f"to an invalid access token {answer}"
