"""On the embedded server without defects nothing is found, and everything is judged."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from conformance.model import Verdict
from tests.proof.conftest import TARGETS
from tests.proof.harness import Judged

ACCEPTED = (Verdict.PASSED, Verdict.NOT_APPLICABLE, Verdict.NOT_RUN)


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_is_found_on_the_sound_server(sound: Mapping[str, Judged], target: str) -> None:
    judged = sound[target]

    unexpected = [
        f"{one.verdict.value}: {one.id}: {one.seen or one.reason}"
        for one in judged.outcomes.values()
        if one.verdict not in ACCEPTED and one.waiver is None
    ]

    assert not unexpected, "\n".join(unexpected)
    assert judged.exit_code == 0


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_not_run_needs_a_browser(sound: Mapping[str, Judged], target: str) -> None:
    reasons = {
        one.reason for one in sound[target].outcomes.values() if one.verdict is Verdict.NOT_RUN
    }

    assert all("browser" in reason for reason in reasons), reasons
