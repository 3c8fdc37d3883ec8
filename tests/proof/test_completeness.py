"""For every requirement that a check names: a defect on which it fails, and a sound twin."""

from __future__ import annotations

from tests.proof.record import read, target_of

from conformance.defects.catalogue import ALL
from conformance.model import Verdict
from conformance.requirements import load
from tests.proof.harness import Judged


def unproven(sound: dict[str, Judged]) -> dict[str, str]:
    """Requirements that checks name, with what their proof lacks."""
    record = read()
    named: dict[str, set[str]] = {}
    for judged in sound.values():
        for outcome in judged.outcomes.values():
            for requirement in outcome.requirements:
                named.setdefault(requirement, set()).add(outcome.id)
    lacking: dict[str, str] = {}
    for requirement, checks in named.items():
        violating = [defect for defect in ALL if requirement in defect.violates]
        if not violating:
            lacking[requirement] = "no defect violates it"
            continue
        seen = any(
            one in checks and sound[target_of(defect)].outcomes[one].verdict is Verdict.PASSED
            for defect in violating
            for verdict in ("failed", "warned")
            for one in record.get(defect.name, {}).get(verdict, ())
        )
        if not seen:
            lacking[requirement] = "no check that names it fails on its defect and passes without"
    return lacking


def test_every_requirement_is_seen_failing_and_seen_passing(sound: dict[str, Judged]) -> None:
    lacking = unproven(sound)

    assert not lacking, "\n".join(f"{one}: {why}" for one, why in sorted(lacking.items()))


def test_defects_violate_requirements_that_exist() -> None:
    catalogue = load()

    assert [one for defect in ALL for one in defect.violates if one not in catalogue] == []
