"""Every defect is found by the check that was written for it, which its sound twin passes."""

from __future__ import annotations

from functools import cache

import pytest

from conformance.defects.catalogue import ALL
from conformance.defects.record import Defect, same
from conformance.model import Verdict
from tests.proof.harness import Judged, judge

FOUND = (Verdict.FAILED, Verdict.WARNED)
PROVED = [defect for defect in ALL if defect.kills]


@pytest.mark.parametrize("defect", PROVED, ids=lambda defect: defect.name)
def test_a_defect_is_found_and_its_twin_is_not(defect: Defect, sound: dict[str, Judged]) -> None:
    faulty = judge(
        defect.target,
        defects=[defect.name],
        checks=defect.kills,
        standards=defect.standards,
        options=how(defect),
    )
    twin = twin_of(defect, sound)

    found = set(faulty.selected_with(*FOUND))
    passed = set(twin.selected_with(Verdict.PASSED))

    assert found, f"nothing finds it:\n{faulty.explain(*Verdict)}"
    assert found <= passed, f"its sound twin:\n{twin.explain(*Verdict)}"
    assert not faulty.selected_with(Verdict.BROKEN), faulty.explain(Verdict.BROKEN)
    for one in found:
        outcome = faulty.outcomes[one]
        told = (outcome.gain, outcome.severity, outcome.remedy)
        assert all(told), f"{one} tells too little"


def how(defect: Defect) -> tuple[str, ...]:
    """A server in this process, or one with a socket where the fault is one of TLS."""
    return ("--without-browser",) if defect.over_tls else ("--in-process",)


def twin_of(defect: Defect, sound: dict[str, Judged]) -> Judged:
    """What the sound twin of a defect is judged to be."""
    if not is_the_dialect(defect):
        return judge_twin(defect)
    return sound_over_tls() if defect.over_tls else sound[defect.target]


@cache
def sound_over_tls() -> Judged:
    """The checks that defects of TLS are found by, on the server without defects."""
    checks = sorted({check for one in PROVED if one.over_tls for check in one.kills})
    return judge("embedded-tls", checks=checks, options=("--without-browser",))


def is_the_dialect(defect: Defect) -> bool:
    """Whether the sound twin of a defect is what the sound run has judged."""
    return defect.base is same and not defect.standards


def judge_twin(defect: Defect) -> Judged:
    """The checks of a defect, on its sound twin."""
    return judge(
        defect.target,
        checks=defect.kills,
        standards=defect.standards,
        options=(*how(defect), "--twin-of", defect.name),
    )
