"""Every defect is found by the check that was written for it, which its sound twin passes."""

from __future__ import annotations

import pytest

from conformance.defects.catalogue import ALL
from conformance.defects.record import Defect, same
from conformance.model import Verdict
from tests.proof.harness import Judged, judge

FOUND = (Verdict.FAILED, Verdict.WARNED)
PROVED = [defect for defect in ALL if defect.kills]


@pytest.mark.parametrize("defect", PROVED, ids=lambda defect: defect.name)
def test_a_defect_is_found_and_its_twin_is_not(defect: Defect, sound: dict[str, Judged]) -> None:
    target = f"embedded-{defect.dialect}"
    faulty = judge(target, defects=[defect.name], checks=defect.kills, standards=defect.standards)
    twin = sound[target] if is_the_dialect(defect) else judge_twin(defect)

    found = set(faulty.selected_with(*FOUND))
    passed = set(twin.selected_with(Verdict.PASSED))

    assert found, f"nothing finds it:\n{faulty.explain(*Verdict)}"
    assert found <= passed, f"its sound twin:\n{twin.explain(*Verdict)}"
    assert not faulty.selected_with(Verdict.BROKEN), faulty.explain(Verdict.BROKEN)
    for one in found:
        outcome = faulty.outcomes[one]
        assert outcome.gain and outcome.severity and outcome.remedy, f"{one} tells too little"


def is_the_dialect(defect: Defect) -> bool:
    """Whether the sound twin of a defect is what the sound run has judged."""
    return defect.base is same and not defect.standards


def judge_twin(defect: Defect) -> Judged:
    """The checks of a defect, on its sound twin."""
    return judge(
        f"embedded-{defect.dialect}",
        checks=defect.kills,
        standards=defect.standards,
        options=("--in-process", "--twin-of", defect.name),
    )
