"""From what happened in a check to its verdict: the one table, in code."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import pytest

from conformance.errors import BrowserMissing, Inconclusive, NotApplicable, NotRun
from conformance.model import Verdict
from conformance.plugin.selection import CHECKS, Judged


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, and the words for it: `seen` for what the server did, else the `reason`."""

    verdict: Verdict
    seen: str = ""
    reason: str = ""


PASSED = Judgement(Verdict.PASSED)


def judge(
    check: Judged,
    when: str,
    error: BaseException | None,
) -> Judgement:
    """The verdict of one phase of one check.

    An AssertionError is a violation only in the call phase, and only where its innermost frame
    lies in the room of checks; from anywhere else it is a bug of ours.
    """
    match error:
        case None:
            return PASSED
        case AssertionError() if when == "call" and raised_by_check(error.__traceback__):
            return Judgement(check.violation, seen=message(error))
        case NotApplicable():
            return Judgement(Verdict.NOT_APPLICABLE, reason=str(error))
        case NotRun():
            return Judgement(Verdict.NOT_RUN, reason=str(error))
        case Inconclusive() | BrowserMissing():
            return Judgement(Verdict.INCONCLUSIVE, reason=str(error))
        case pytest.skip.Exception():
            return Judgement(Verdict.BROKEN, reason=f"The check skipped itself: {error}")
        case _:
            return Judgement(Verdict.BROKEN, reason=_words(error))


def raised_by_check(trace: TracebackType | None) -> bool:
    """Whether the innermost frame of a traceback lies in the room of checks."""
    innermost = None
    while trace is not None:
        innermost = trace
        trace = trace.tb_next
    if innermost is None:
        return False
    return Path(innermost.tb_frame.f_code.co_filename).is_relative_to(CHECKS)


def message(error: BaseException) -> str:
    """The message that the check gave, without what pytest's introspection adds below it."""
    return str(error).partition("\nassert ")[0].strip() or "the assertion did not hold"


def _words(error: BaseException) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1:]
    where = f" at {Path(frame[0].filename).name}:{frame[0].lineno}" if frame else ""
    return f"A bug of this suite: {type(error).__name__}: {error}{where}"
