"""For every requirement that a check names: a defect that violates it, which a check finds."""

from __future__ import annotations

import importlib
import pkgutil

from conformance import checks
from conformance.check import Check, check_id, header_of
from conformance.defects.catalogue import ALL
from conformance.plugin.gate import matches
from conformance.requirements import Testable, load


def headers() -> dict[str, Check]:
    """The headers of all checks, by id without variant."""
    found: dict[str, Check] = {}
    for module in pkgutil.iter_modules(checks.__path__):
        room = importlib.import_module(f"conformance.checks.{module.name}")
        for function in vars(room).values():
            header = header_of(function)
            if header is not None and function.__module__ == room.__name__:
                found[check_id(module.name, header.name, None)] = header
    return found


def unproven(known: dict[str, Check]) -> dict[str, str]:
    """Requirements that checks name, with what their proof lacks."""
    lacking: dict[str, str] = {}
    for requirement in sorted({one for header in known.values() for one in header.requirements}):
        violating = [defect for defect in ALL if requirement in defect.violates]
        naming = [one for one, header in known.items() if requirement in header.requirements]
        if not violating:
            lacking[requirement] = "no defect violates it"
        elif not any(
            matches(check, killer) or check == killer
            for defect in violating
            for killer in defect.kills
            for check in naming
        ):
            lacking[requirement] = "no check that names it is named by a defect that violates it"
    return lacking


def undecided(known: dict[str, Check]) -> list[str]:
    """Requirements that can be seen from outside, if in part, and that no check decides."""
    named = {requirement for header in known.values() for requirement in header.requirements}
    return [
        one.id for one in load().values() if one.testable is not Testable.NO and one.id not in named
    ]


def test_every_requirement_that_can_be_seen_is_decided() -> None:
    assert undecided(headers()) == []


def test_a_requirement_without_a_check_makes_the_proof_fail() -> None:
    known = headers()
    (one,) = known.pop("revocation_load.unknown_tokens_are_answered_in_the_usual_time").requirements

    assert undecided(known) == [one]


def test_what_cannot_be_seen_says_why() -> None:
    named = {one for header in headers().values() for one in header.requirements}

    for one in load().values():
        if one.testable is not Testable.YES:
            assert one.reason, f"{one.id} does not say why it is {one.testable.value} testable"
        if one.testable is Testable.NO:
            assert one.id not in named, f"{one.id} has a check, so that it can be seen"


def test_every_requirement_that_a_check_names_is_proved() -> None:
    lacking = unproven(headers())

    assert not lacking, "\n".join(f"{one}: {why}" for one, why in lacking.items())


def test_a_check_without_a_defect_makes_the_proof_fail() -> None:
    known = headers()
    known["example.never_fails"] = Check("never_fails", ("rfc6749-A.12-unproved",), "s", "r")

    assert "rfc6749-A.12-unproved" in unproven(known)


def test_defects_name_requirements_and_checks_that_exist() -> None:
    catalogue, known = load(), headers()

    assert [one for defect in ALL for one in defect.violates if one not in catalogue] == []
    assert [
        killer for defect in ALL for killer in defect.kills if killer.partition("[")[0] not in known
    ] == []


def test_names_of_defects_are_unique() -> None:
    assert len({defect.name for defect in ALL}) == len(ALL)
