"""Every defect changes the verdicts that the record has, and its sound twin passes the checks."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from conformance.defects.catalogue import ALL
from conformance.defects.record import Defect
from conformance.model import Verdict
from tests.proof.harness import Judged
from tests.proof.matrix import (
    OTHERS,
    Differences,
    accuses,
    differences,
    has_own_twin,
    judge_faulty,
    judge_twin,
    recorded,
)

FOUND = (Verdict.FAILED, Verdict.WARNED)
PROVED = [defect for defect in ALL if defect.kills]


@pytest.fixture(scope="session")
def record() -> Mapping[str, Differences]:
    """What every defect changes, as it was read and found right."""
    return recorded()


@pytest.mark.parametrize("defect", PROVED, ids=lambda defect: defect.name)
def test_a_defect_changes_what_the_record_has(
    defect: Defect, sound: dict[str, Judged], record: Mapping[str, Differences]
) -> None:
    checks = [*defect.kills, *others(defect, record, sound[f"embedded-{defect.dialect}"])]
    faulty = judge_faulty(defect, checks)
    alone = has_own_twin(defect) or defect.over_tls
    twin = judge_twin(defect, checks) if alone else sound[defect.target]

    found = set(faulty.selected_with(*FOUND))
    passed = set(twin.selected_with(Verdict.PASSED))

    assert found, f"nothing finds it:\n{faulty.explain(*Verdict)}"
    assert found <= passed, f"its sound twin:\n{twin.explain(*Verdict)}"
    assert not faulty.selected_with(Verdict.BROKEN), faulty.explain(Verdict.BROKEN)
    assert told(differences(faulty, twin), record[defect.name]) == told(record[defect.name])
    for one in found:
        outcome = faulty.outcomes[one]
        assert all((outcome.gain, outcome.severity, outcome.remedy)), f"{one} tells too little"


def told(found: Differences, record: Differences | None = None) -> Differences:
    """What is compared: where many are not judged, what is found; else every difference."""
    many = OTHERS in (found if record is None else record)
    return {
        name: what for name, what in found.items() if name != OTHERS and (accuses(what) or not many)
    }


def others(defect: Defect, record: Mapping[str, Differences], sound: Judged) -> list[str]:
    """The checks that the record has besides those that were written for it: one variant each."""
    kills = {one.partition("[")[0] for one in defect.kills}
    first: dict[str, str] = {}
    for one in sound.outcomes:
        first.setdefault(one.partition("[")[0], one)
    return [first.get(name, name) for name in told(record[defect.name]) if name not in kills]


def test_the_record_has_all_defects_and_no_others(record: Mapping[str, Differences]) -> None:
    assert set(record) == {defect.name for defect in PROVED}
