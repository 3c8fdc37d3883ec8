"""Revocation under load: no request makes the endpoint work long (RFC 7009, section 5)."""

from __future__ import annotations

import secrets
from statistics import median

import pytest

from conformance.check import check
from conformance.features import Feature
from conformance.protocol.request import Add, Change
from conformance.target.flow import Flow

FLAT = "Look tokens up by an index, whatever the hint says, and bound how often a client may ask."
FLOOR = 2.0
"""Seconds that an answer may take in any case."""
RATIO = 25.0
"""How much longer than a usual answer one may take."""
TRIES = 2
HINTS: dict[str, tuple[Change, ...]] = {
    "no-hint": (),
    "wrong-hint": (Add("token_type_hint", "refresh_token"),),
    "unknown-hint": (Add("token_type_hint", "conformance-unknown"),),
}


@check(
    "rfc7009-5-denial-of-service-countermeasures",
    remedy=FLAT,
    needs=[Feature.REVOCATION],
)
@pytest.mark.parametrize("changes", HINTS.values(), ids=HINTS)
def test_unknown_tokens_are_answered_in_the_usual_time(
    flow: Flow, changes: tuple[Change, ...]
) -> None:
    """Revoking a token that never was, whatever the hint, takes about as long as any revocation.

    Limits on how often it may be asked are not looked for: a load test is no one's business here.
    """
    usual = median(flow.revoke(flow.tokens().access_token or "").seconds for _ in range(TRIES))

    answers = [flow.revoke(secrets.token_urlsafe(32), *changes) for _ in range(TRIES)]

    # The quickest of them: one that is slow may have met a pause of the machine.
    quickest = min(answer.seconds for answer in answers)
    assert quickest <= max(FLOOR, RATIO * usual), (
        f"an unknown token takes {quickest:.1f} s, another one {usual:.1f} s"
    )
