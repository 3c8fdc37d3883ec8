"""Every defect is found by the check that was written for it, which its sound twin passes."""

from __future__ import annotations

import pytest

from conformance.defects.catalogue import ALL
from conformance.defects.record import Defect
from conformance.model import Verdict
from tests.proof.harness import judge

FOUND = (Verdict.FAILED, Verdict.WARNED)
PROVED = [defect for defect in ALL if defect.kills]


@pytest.mark.parametrize("defect", PROVED, ids=lambda defect: defect.name)
def test_a_defect_is_found_and_its_twin_is_not(defect: Defect) -> None:
    target = f"embedded-{defect.dialect}"
    by = {"checks": defect.kills, "standards": defect.standards}
    faulty = judge(target, defects=[defect.name], **by)
    sound = judge(target, options=("--in-process", "--twin-of", defect.name), **by)

    found = set(faulty.selected_with(*FOUND))
    passed = set(sound.selected_with(Verdict.PASSED))

    assert found, f"nothing finds it:\n{faulty.explain(*Verdict)}"
    assert found <= passed, f"its sound twin:\n{sound.explain(*Verdict)}"
    assert not faulty.selected_with(Verdict.BROKEN), faulty.explain(Verdict.BROKEN)
