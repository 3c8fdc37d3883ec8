"""The verdict on a run in one sentence: never greener than what the run holds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.model import Outcome, Run, Verdict, Waiver, WaiverState
from conformance.reporting.headline import Tone, gate, headline
from tests.reporting import sample

IDS = ("rfc6749-4.1.2-code-single-use", "rfc6749-4.1.2-state-returned-unchanged")


def check(verdict: Verdict, number: int = 0, **more: object) -> Outcome:
    return sample.outcome(f"code.check_{number}", verdict, IDS[number], "It does.", **more)


PASSED = check(Verdict.PASSED)
FAILED = check(Verdict.FAILED, 1)
WARNED = check(Verdict.WARNED, 1)
NO_ANSWER = check(Verdict.INCONCLUSIVE, 1, reason="The server cannot be reached")
BROKEN = check(Verdict.BROKEN, 1, reason="KeyError")
NOT_APPLICABLE = check(Verdict.NOT_APPLICABLE)
NOT_RUN = check(Verdict.NOT_RUN, 1)


def waiver(state: WaiverState) -> Waiver:
    return Waiver("known", None, None, state)


@pytest.mark.parametrize(
    ("run", "tone", "sentence"),
    [
        (
            sample.only(PASSED),
            Tone.CONFORMS,
            "Conforms: the one requirement that was judged is kept.",
        ),
        (
            sample.only(PASSED, check(Verdict.PASSED, 1)),
            Tone.CONFORMS,
            "Conforms: all 2 requirements that were judged are kept.",
        ),
        (
            sample.only(PASSED, WARNED),
            Tone.CONFORMS,
            "Conforms: none of the 2 requirements that were judged is violated.",
        ),
        (
            sample.only(PASSED, WARNED, gate="should", exit_code=1),
            Tone.VIOLATES,
            "Does not pass this gate: 1 of 2 requirements judged is recommended and not followed.",
        ),
        (
            sample.only(PASSED, FAILED, exit_code=1),
            Tone.VIOLATES,
            "Does not conform: 1 of 2 requirements judged is violated.",
        ),
        (
            sample.only(PASSED, FAILED, gate="none"),
            Tone.VIOLATES,
            "Does not conform: 1 of 2 requirements judged is violated.",
        ),
        (
            sample.only(PASSED, replace(FAILED, waiver=waiver(WaiverState.APPLIED))),
            Tone.CONFORMS,
            "Conforms, with known deviations: 1 of 2 requirements judged is not kept, "
            "as documented.",
        ),
        (
            sample.only(replace(PASSED, waiver=waiver(WaiverState.STALE)), exit_code=1),
            Tone.VIOLATES,
            "The gate stays closed: no new violation, but 1 known deviation is out of date.",
        ),
        (
            sample.assemble([PASSED], problems=("The waiver for code is stale.",)),
            Tone.VIOLATES,
            "The gate stays closed: no new violation, but 1 known deviation is out of date.",
        ),
        (
            sample.only(replace(FAILED, waiver=waiver(WaiverState.EXPIRED)), exit_code=1),
            Tone.VIOLATES,
            "Does not conform: 1 of 1 requirement judged is violated.",
        ),
        (
            sample.only(PASSED, NO_ANSWER, exit_code=6),
            Tone.UNDECIDED,
            "No violation seen, but not everything: 1 check could not be judged.",
        ),
        (
            sample.only(PASSED, BROKEN, exit_code=6),
            Tone.UNDECIDED,
            "No violation seen, but not everything: 1 check could not be judged.",
        ),
        (
            sample.only(NO_ANSWER, exit_code=7),
            Tone.UNDECIDED,
            "Nothing could be judged: The server cannot be reached.",
        ),
        (
            sample.only(NOT_APPLICABLE, NOT_RUN, exit_code=7),
            Tone.UNDECIDED,
            "Nothing was judged: every check was not applicable or not run.",
        ),
        (
            sample.only(exit_code=5),
            Tone.UNDECIDED,
            "Nothing was tested: no check was selected.",
        ),
    ],
)
def test_the_sentence(run: Run, tone: Tone, sentence: str) -> None:
    said = headline(run)
    assert (said.tone, said.sentence) == (tone, sentence)


@pytest.mark.parametrize(
    "run",
    [
        replace(sample.only(PASSED), footer=None),
        sample.only(PASSED, exit_code=2),
        sample.only(PASSED, exit_code=3),
    ],
    ids=["cut off", "interrupted", "our fault"],
)
def test_a_run_that_did_not_end_well_never_conforms(run: Run) -> None:
    said = headline(run)
    assert said.tone is Tone.UNDECIDED
    assert said.alarm
    assert said.word == "Not finished"


def test_a_violation_in_a_run_that_was_cut_off_is_said() -> None:
    said = headline(replace(sample.only(PASSED, FAILED), footer=None))
    assert said.tone is Tone.VIOLATES
    assert said.alarm is not None
    assert "cut off" in said.alarm


def test_a_file_with_fewer_outcomes_than_it_counts_is_damaged() -> None:
    run = sample.only(PASSED, FAILED)
    said = headline(replace(run, outcomes=(PASSED,)))
    assert said.tone is Tone.UNDECIDED
    assert said.alarm is not None
    assert "damaged" in said.alarm


def test_a_deviation_that_one_variant_needs_is_not_called_unneeded() -> None:
    needed = replace(FAILED, waiver=waiver(WaiverState.APPLIED))
    unneeded = replace(PASSED, waiver=waiver(WaiverState.UNUSED))
    assert "not needed" not in " ".join(headline(sample.only(needed, unneeded)).particulars)
    assert "1 known deviation not needed." in headline(sample.only(unneeded)).particulars


def test_the_gate_is_told_with_its_exit_code() -> None:
    assert gate(sample.only(PASSED)) == "exit code 0: conforms"
    assert gate(replace(sample.only(PASSED), footer=None)) == "no exit code: the run was cut off"
