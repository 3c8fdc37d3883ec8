"""One table decides what an exception in a check means."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.errors import (
    BrowserMissing,
    ControlRefused,
    NotApplicable,
    NotRun,
    PageNotRecognised,
    RateLimited,
    ServerUnreachable,
)
from conformance.model import Verdict
from conformance.plugin.selection import CHECKS, Judged
from conformance.plugin.verdicts import judge, message

MUST = Judged("a.b", "a", None, claimed=("x",), level="MUST")
SHOULD = Judged("a.b", "a", None, claimed=("x",), level="SHOULD")
DISPUTABLE = Judged("a.b", "a", None, claimed=("x",), level="MUST", disputable=True)


def raised(source: str, file: Path) -> BaseException:
    """The exception of some source as if it stood in that file."""
    try:
        exec(compile(source, str(file), "exec"), {"fail": _fail_elsewhere})
    except BaseException as error:
        return error
    raise AssertionError("the source raised nothing")


def _fail_elsewhere() -> None:
    assert False, "an assert of a library"  # noqa: B011, PT015


IN_CHECKS = CHECKS / "test_example.py"
OUTSIDE = CHECKS.parent / "target" / "wire.py"


@pytest.mark.parametrize(
    ("check", "verdict"),
    [(MUST, Verdict.FAILED), (SHOULD, Verdict.WARNED), (DISPUTABLE, Verdict.WARNED)],
)
def test_an_assertion_of_a_check_is_a_violation(check: Judged, verdict: Verdict) -> None:
    judgement = judge(check, "call", raised("assert False, 'it said yes'", IN_CHECKS))

    assert (judgement.verdict, judgement.seen) == (verdict, "it said yes")


@pytest.mark.parametrize(
    ("source", "file"),
    [
        ("assert False", OUTSIDE),
        ("fail()", IN_CHECKS),
        ("1 / 0", IN_CHECKS),
        ("{}['x']", IN_CHECKS),
    ],
)
def test_anything_else_is_a_bug_of_ours(source: str, file: Path) -> None:
    assert judge(MUST, "call", raised(source, file)).verdict is Verdict.BROKEN


@pytest.mark.parametrize("when", ["setup", "teardown"])
def test_an_assertion_outside_of_the_call_is_a_bug_of_ours(when: str) -> None:
    judgement = judge(MUST, when, raised("assert False", IN_CHECKS))

    assert judgement.verdict is Verdict.BROKEN


@pytest.mark.parametrize("when", ["setup", "call"])
@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (ControlRefused("x"), Verdict.INCONCLUSIVE),
        (ServerUnreachable("x"), Verdict.INCONCLUSIVE),
        (RateLimited("x"), Verdict.INCONCLUSIVE),
        (BrowserMissing("x"), Verdict.INCONCLUSIVE),
        (PageNotRecognised("x"), Verdict.INCONCLUSIVE),
        (NotApplicable("x"), Verdict.NOT_APPLICABLE),
        (NotRun("x"), Verdict.NOT_RUN),
        (RuntimeError("x"), Verdict.BROKEN),
        (pytest.skip.Exception("x"), Verdict.BROKEN),
    ],
    ids=lambda part: type(part).__name__ if isinstance(part, BaseException) else "",
)
def test_errors_have_their_verdict(when: str, error: BaseException, verdict: Verdict) -> None:
    assert judge(MUST, when, error).verdict is verdict


def test_nothing_raised_is_passed() -> None:
    assert judge(MUST, "call", None).verdict is Verdict.PASSED


def test_what_introspection_adds_is_left_out() -> None:
    assert message(AssertionError("it said yes\nassert False\n +  where …")) == "it said yes"
