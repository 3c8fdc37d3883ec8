"""In whatever order grants are made, used, refreshed and ended: what lives, and what does not."""

from __future__ import annotations

from collections.abc import Callable

from conformance.check import check
from conformance.features import Feature
from conformance.plugin.probing import Finding
from conformance.probing.life import Duty

REMEMBER = (
    "Keep one record for each grant, mark it as ended once and for all, and look at it whenever a"
    " code or a token of it comes."
)
SEPARATE = "Let no event end more than the grant that it is about."
NEEDS = [Feature.REFRESH_TOKEN]
Lives = Callable[[Duty], Finding | None]


@check("rfc6749-6-refresh-token-validated", remedy=REMEMBER, needs=NEEDS)
def test_dead_stays_dead(lives: Lives) -> None:
    """A code that was used and a refresh token that has ended do not come to life again."""
    found = lives(Duty.DEAD)

    assert found is None, str(found)


@check(
    "oauth-2.1-4.3.1-refresh-checks-grant-still-active",
    remedy=SEPARATE,
    needs=NEEDS,
    disputable=True,
)
def test_alive_stays_alive(lives: Lives) -> None:
    """A code and a refresh token work until something ends the grant that they belong to."""
    found = lives(Duty.ALIVE)

    assert found is None, str(found)


@check("rfc9700-4.14.2-refresh-token-reuse-revokes-active-token", remedy=REMEMBER, needs=NEEDS)
def test_reuse_ends_the_family_in_any_order(lives: Lives) -> None:
    """Where the reuse of a refresh token ends its family, it does so whatever happened before."""
    found = lives(Duty.REUSE)

    assert found is None, str(found)


@check("rfc6749-4.1.2-code-reuse-revokes-tokens", remedy=REMEMBER, needs=NEEDS)
def test_replay_ends_the_tokens_in_any_order(lives: Lives) -> None:
    """Where the replay of a code ends its tokens, it does so whatever happened before."""
    found = lives(Duty.REPLAY)

    assert found is None, str(found)
