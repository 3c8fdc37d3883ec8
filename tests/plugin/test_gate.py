"""What a run comes to, and what waivers make of it."""

from __future__ import annotations

import datetime

import pytest

from conformance.errors import WaiverError
from conformance.exits import Exit
from conformance.model import Outcome, Verdict, WaiverState
from conformance.plugin.gate import Gate, matches, refuse_unknown
from conformance.profile import KnownDeviation

TODAY = datetime.date(2026, 11, 24)


def outcome(verdict: Verdict, id: str = "pkce.a[x]") -> Outcome:
    return Outcome(id, "pkce", verdict, requirements=("rfc-1",))


def waiver(check: str | None = "pkce.a", until: str | None = None, **more: str) -> KnownDeviation:
    day = None if until is None else datetime.date.fromisoformat(until)
    return KnownDeviation("known", check=check, until=day, **more)


def gate(strictness: str = "must", *waivers: KnownDeviation) -> Gate:
    return Gate(strictness, waivers, TODAY)


V = Verdict


@pytest.mark.parametrize(
    ("verdicts", "strictness", "expected"),
    [
        ([], "must", Exit.NOTHING_SELECTED),
        ([V.PASSED], "must", Exit.CONFORMS),
        ([V.PASSED, V.WARNED, V.NOT_APPLICABLE, V.NOT_RUN], "must", Exit.CONFORMS),
        ([V.PASSED, V.WARNED], "should", Exit.VIOLATION),
        ([V.PASSED, V.FAILED], "must", Exit.VIOLATION),
        ([V.FAILED, V.INCONCLUSIVE], "must", Exit.VIOLATION),
        ([V.FAILED, V.PASSED], "none", Exit.CONFORMS),
        ([V.FAILED, V.INCONCLUSIVE], "none", Exit.NOT_ALL_JUDGED),
        ([V.PASSED, V.INCONCLUSIVE], "must", Exit.NOT_ALL_JUDGED),
        ([V.PASSED, V.BROKEN], "must", Exit.NOT_ALL_JUDGED),
        ([V.INCONCLUSIVE], "must", Exit.NOTHING_JUDGED),
        ([V.INCONCLUSIVE], "none", Exit.NOTHING_JUDGED),
        ([V.NOT_APPLICABLE, V.NOT_RUN], "must", Exit.NOTHING_JUDGED),
    ],
)
def test_exit_code(verdicts: list[Verdict], strictness: str, expected: Exit) -> None:
    outcomes = [outcome(verdict, f"pkce.c{n}") for n, verdict in enumerate(verdicts)]

    assert gate(strictness).exit_code(outcomes) == expected


def test_a_waived_failure_does_not_close_the_gate() -> None:
    judge = gate("must", waiver())
    failed = judge.waived(outcome(V.FAILED))

    assert failed.verdict is V.FAILED
    assert failed.waiver is not None
    assert failed.waiver.state is WaiverState.APPLIED
    assert judge.exit_code([failed, judge.waived(outcome(V.PASSED, "pkce.b"))]) == Exit.CONFORMS


def test_a_waiver_is_stale_when_everything_that_it_names_passed() -> None:
    judge = gate("must", waiver())
    outcomes = [judge.waived(outcome(V.PASSED)), judge.waived(outcome(V.PASSED, "pkce.a[y]"))]

    assert outcomes[0].waiver is not None
    assert outcomes[0].waiver.state is WaiverState.UNUSED
    assert "stale" in judge.problems(outcomes)[0]
    assert judge.exit_code(outcomes) == Exit.VIOLATION


def test_a_waiver_for_a_check_with_one_failing_variant_is_not_stale() -> None:
    judge = gate("must", waiver())
    outcomes = [judge.waived(outcome(V.PASSED)), judge.waived(outcome(V.FAILED, "pkce.a[y]"))]

    assert judge.problems(outcomes) == ()
    assert judge.exit_code(outcomes) == Exit.CONFORMS


def test_a_waiver_of_what_was_not_judged_is_neither_stale_nor_applied() -> None:
    judge = gate("must", waiver())

    assert judge.problems([outcome(V.INCONCLUSIVE)]) == ()
    assert judge.problems([outcome(V.PASSED, "pkce.other")]) == ()


def test_an_expired_waiver_closes_the_gate() -> None:
    judge = gate("must", waiver(until="2026-11-23"))
    failed = judge.waived(outcome(V.FAILED))

    assert failed.waiver is not None
    assert failed.waiver.state is WaiverState.EXPIRED
    assert "expired" in judge.problems([failed])[0]
    assert judge.exit_code([failed]) == Exit.VIOLATION


def test_a_waiver_holds_through_its_last_day() -> None:
    judge = gate("must", waiver(until="2026-11-24"))

    assert judge.problems([judge.waived(outcome(V.FAILED))]) == ()


def test_a_waiver_may_name_a_requirement() -> None:
    judge = gate("must", waiver(check=None, requirement="rfc-1"))

    assert judge.waived(outcome(V.FAILED)).waiver is not None


def test_ids_match_the_check_and_one_variant() -> None:
    assert matches("pkce.a", "pkce.a[x]")
    assert matches("pkce.a[x]", "pkce.a[x]")
    assert not matches("pkce.a[y]", "pkce.a[x]")
    assert not matches("pkce", "pkce.a[x]")


def test_an_unknown_id_is_refused_with_the_closest_one() -> None:
    with pytest.raises(WaiverError, match=r'did you mean "pkce\.wrong_verifier"'):
        refuse_unknown(["pkce.wrong_verifer"], ["pkce.wrong_verifier[a]"], "check", "p.toml")
