"""Every defect changes the verdicts that the record has, and its sound twin passes the checks."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from conformance.defects.catalogue import ALL
from conformance.defects.record import Defect
from conformance.model import Verdict
from tests.proof.harness import Judged
from tests.proof.matrix import Differences, alone, differences, recorded, told

FOUND = (Verdict.FAILED, Verdict.WARNED)
PROVED = [defect for defect in ALL if defect.kills and not defect.probed]


@pytest.fixture(scope="session")
def record() -> Mapping[str, Differences]:
    """What every defect changes, as it was read and found right."""
    return recorded()


@pytest.mark.parametrize("defect", PROVED, ids=lambda defect: defect.name)
def test_a_defect_changes_what_the_record_has(
    defect: Defect, sound: Mapping[str, Judged], record: Mapping[str, Differences]
) -> None:
    faulty, twin = alone(defect, record[defect.name], sound[f"embedded-{defect.dialect}"])
    kills = {one.partition("[")[0] for one in defect.kills}

    found = {one for one in faulty.selected_with(*FOUND) if one.partition("[")[0] in kills}
    passed = set(twin.selected_with(Verdict.PASSED))

    assert found, f"nothing finds it:\n{faulty.explain(*Verdict)}"
    assert found <= passed, f"its sound twin:\n{twin.explain(*Verdict)}"
    assert not faulty.selected_with(Verdict.BROKEN), faulty.explain(Verdict.BROKEN)
    assert told(differences(faulty, twin), record[defect.name]) == told(record[defect.name])
    for one in found:
        outcome = faulty.outcomes[one]
        assert all((outcome.gain, outcome.severity, outcome.remedy)), f"{one} tells too little"


def test_the_record_has_all_defects_and_no_others(record: Mapping[str, Differences]) -> None:
    assert set(record) == {defect.name for defect in PROVED}
