"""Every fault that no fixed case meets is found by generated ones, from three seeds each."""

from __future__ import annotations

import pytest

from conformance.defects.catalogue import ALL
from conformance.defects.record import Defect
from conformance.model import Verdict
from tests.proof.harness import Judged, judge

PROBED = [defect for defect in ALL if defect.probed]
SEEDS = (1, 2, 3)
BUDGET = 200
FOUND = (Verdict.FAILED, Verdict.WARNED)


def probed(defect: Defect, seed: int, budget: int = BUDGET) -> Judged:
    """The checks that were written for a defect, on the server that has it, with a seed."""
    drawn = ("--probe", "--budget", str(budget), "--seed", str(seed))
    return judge(
        defect.target,
        defects=[defect.name],
        checks=defect.kills,
        options=("--in-process", *drawn),
    )


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("defect", PROBED, ids=lambda defect: defect.name)
def test_a_fault_that_nobody_listed_is_found(defect: Defect, seed: int) -> None:
    judged = probed(defect, seed)

    found = judged.selected_with(*FOUND)

    assert found, judged.explain(*Verdict)
    for one in found:
        outcome = judged.outcomes[one]
        assert "of what" in outcome.seen, "it does not say among how many cases"
        assert f"--probe --budget {BUDGET} --seed {seed}" in outcome.repeat
        assert all((outcome.gain, outcome.severity, outcome.remedy)), f"{one} tells too little"


def test_there_are_enough_of_them() -> None:
    assert len(PROBED) >= 20
    assert all(len(defect.kills) == 1 for defect in PROBED)
