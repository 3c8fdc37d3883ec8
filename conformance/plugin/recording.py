"""Writes the run file as the run happens: header, one line an outcome, footer."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from conformance.model import Footer, Header, Observation, Outcome, Run, dump


class RunFile:
    """The run file of one run; every line is flushed, so that a crash loses nothing written.

    An id is written once: the first outcome of a check counts.
    """

    def __init__(self, path: Path, header: Header) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.header = header
        self._outcomes: dict[str, Outcome] = {}
        self._observations: list[Observation] = []
        self._lock = threading.Lock()
        self._file: TextIO = path.open("w", encoding="utf-8", errors="backslashreplace")
        self._write(header)

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        return tuple(self._outcomes.values())

    def add(self, outcome: Outcome) -> None:
        if outcome.id not in self._outcomes:
            self._outcomes[outcome.id] = outcome
            self._write(outcome)

    def observe(self, observations: Iterable[Observation]) -> None:
        for observation in observations:
            self._observations.append(observation)
            self._write(observation)

    def close(self, footer: Footer) -> Run:
        """Writes the footer; returns the whole run."""
        self._write(footer)
        self._file.close()
        return Run(self.header, self.outcomes, tuple(self._observations), footer)

    def _write(self, part: Header | Outcome | Observation | Footer) -> None:
        with self._lock:
            self._file.write(dump(part) + "\n")
            self._file.flush()
