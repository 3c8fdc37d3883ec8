"""One line that says how far the run is; nothing where nobody watches."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from conformance.model import Outcome, Verdict

_WATCHED = (Verdict.FAILED, Verdict.WARNED, Verdict.INCONCLUSIVE, Verdict.BROKEN)


class Progress:
    """A progress line on a terminal's standard error; elsewhere one line at the beginning."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._closing = ExitStack()
        self._bar: Bar | None = None
        self._counts = dict.fromkeys(_WATCHED, 0)

    def begin(self, checks: int, server: str) -> None:
        """Starts the line for that many checks against a server."""
        if self._quiet:
            return
        console = Console(file=self._beyond_capture(), highlight=False)
        if not console.is_terminal:
            console.print(f"Judging {server}: {checks} checks", markup=False)
            return
        self._bar = Bar(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[found]}"),
            console=console,
            transient=True,
        )
        self._bar.add_task(f"Judging {server}", total=checks, found="")
        self._bar.start()

    def advance(self, outcome: Outcome) -> None:
        """One check more is done."""
        if self._bar is None:
            return
        if outcome.verdict in self._counts:
            self._counts[outcome.verdict] += 1
        found = ", ".join(f"{n} {verdict.words}" for verdict, n in self._counts.items() if n)
        self._bar.update(self._bar.task_ids[0], advance=1, found=found)

    def end(self) -> None:
        """Takes the line away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
        self._closing.close()

    def _beyond_capture(self) -> TextIO:
        """Standard error as it is now: pytest captures it while a check runs, the line goes on."""
        try:
            number = os.dup(sys.stderr.fileno())
        except (OSError, ValueError):
            return sys.stderr
        return self._closing.enter_context(
            os.fdopen(number, "w", encoding="utf-8", errors="replace")
        )
