"""Every defect changes what the reviewed record says, and nothing else."""

from __future__ import annotations

import pytest
from conformance.defects.catalogue import ALL
from conformance.defects.record import Defect

from conformance.model import Verdict
from conformance.plugin.gate import matches
from tests.proof.harness import Judged
from tests.proof.record import changes, judged_with, read, target_of

RECORD = read()


def test_the_record_names_every_defect_and_no_other() -> None:
    assert sorted(RECORD) == sorted(defect.name for defect in ALL)


@pytest.mark.parametrize("defect", ALL, ids=lambda defect: defect.name)
def test_a_defect_changes_what_the_record_says(defect: Defect, sound: dict[str, Judged]) -> None:
    faulty = judged_with(defect)

    assert not faulty.with_verdict(Verdict.BROKEN), faulty.explain(Verdict.BROKEN)
    assert changes(sound[target_of(defect)], faulty) == RECORD.get(defect.name)


@pytest.mark.parametrize("defect", ALL, ids=lambda defect: defect.name)
def test_the_check_written_for_a_defect_fails_on_it(defect: Defect) -> None:
    changed = RECORD[defect.name]
    found = [*changed.get("failed", ()), *changed.get("warned", ())]

    assert defect.kills, "no check is named for it"
    for wanted in defect.kills:
        assert any(matches(wanted, one) for one in found), f"{wanted} does not find it: {found}"
