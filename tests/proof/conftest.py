"""The sound runs, made once."""

from __future__ import annotations

import pytest

from tests.proof.harness import Judged, judge

TARGETS = ("embedded-standard", "embedded-ilert", "embedded-legacy")


@pytest.fixture(scope="session")
def sound() -> dict[str, Judged]:
    """What each dialect is judged to be without defects, by target."""
    return {target: judge(target) for target in TARGETS}
