"""How often probing accuses a sound server, and what a generated case costs beside its exchanges.

`python -m tests.proof.probing_alarms --cases 10000` draws so many cases for each check that
generates them, on the embedded server without defects; `--walks` are the cases of those that walk
through lives of grants, each of which is some ten steps.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

import click
import pytest

from conformance.model import Verdict
from conformance.plugin.probing import Probe
from conformance.target.wire import Wire
from tests.proof.harness import judge

TARGET = "embedded-standard"
WALKS = "probing_lifecycle."


@dataclass
class Clock:
    """Seconds of the search, and those of them that its exchanges took."""

    search: float = 0.0
    exchanges: float = 0.0
    searching: bool = False


@contextmanager
def timed() -> Iterator[Clock]:
    """Within it searches and their exchanges are timed."""
    clock = Clock()
    find, exchange = Probe._find, Wire._exchange

    def timed_find(self: Probe, *arguments: Any, **named: Any) -> Any:
        clock.searching, started = True, time.perf_counter()
        try:
            return find(self, *arguments, **named)
        finally:
            clock.searching, clock.search = False, time.perf_counter() - started

    def timed_exchange(self: Wire, *arguments: Any) -> Any:
        started = time.perf_counter()
        try:
            return exchange(self, *arguments)
        finally:
            clock.exchanges += (time.perf_counter() - started) * clock.searching

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Probe, "_find", timed_find)
        patch.setattr(Wire, "_exchange", timed_exchange)
        yield clock


def checks() -> list[str]:
    """The checks that generate their cases, as a run of them has them."""
    options = ("--in-process", "-k", "probing", "--check-timeout", "2s")
    return list(judge(TARGET, options=options).run.header.selected)


def probed(check: str, cases: int, seed: int) -> tuple[str, Verdict, str, int, float]:
    """One check: its verdict in words, how many cases it tried, and their own seconds each."""
    drawn = ("--probe", "--budget", str(cases), "--seed", str(seed))
    with timed() as clock:
        outcome = judge(TARGET, checks=[check], options=("--in-process", *drawn)).outcomes[check]
    tried = int(outcome.reason.split()[0]) if outcome.verdict is Verdict.PASSED else 1
    own = (clock.search - clock.exchanges) / max(tried, 1)
    return check, outcome.verdict, outcome.seen or outcome.reason, tried, own


def _of(arguments: tuple[str, int, int]) -> tuple[str, Verdict, str, int, float]:
    return probed(*arguments)


@click.command()
@click.option("--cases", default=10_000, show_default=True, help="of each check")
@click.option("--walks", default=500, show_default=True, help="of each check that walks")
@click.option("--seed", default=1, show_default=True)
@click.option("--workers", default=2, show_default=True)
@click.option("--only", default="", metavar="WORDS", help="checks whose ids have these words")
def main(cases: int, walks: int, seed: int, workers: int, only: str) -> None:
    """Counts false alarms; exits with 1 where there is one."""
    alarms = total = 0
    asked = [
        (one, walks if one.startswith(WALKS) else cases, seed) for one in checks() if only in one
    ]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for check, verdict, words, tried, own in pool.map(_of, asked):
            alarms += verdict is not Verdict.PASSED
            total += tried
            click.echo(
                f"{verdict.words}: {check}: {words} {own * 1000:.1f} ms each, without exchanges"
            )
    click.echo(f"{total} cases of {len(asked)} checks: {alarms} alarms")
    sys.exit(bool(alarms))


if __name__ == "__main__":
    main()
