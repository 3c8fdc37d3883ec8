"""Looks for an input that breaks a property: draws, shrinks, keeps what it found, stops in time."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar
from unittest import SkipTest

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.database import DirectoryBasedExampleDatabase, ExampleDatabase
from hypothesis.errors import Flaky
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from hypothesis.strategies import SearchStrategy

from conformance.probing import drawing

_Case = TypeVar("_Case")

Cases = SearchStrategy
"""What cases are drawn from."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a search goes: cases, seconds of drawing, and cases to make a finding smaller."""

    cases: int
    seconds: float
    shrinks: int = 100
    steps: int = 10


@dataclass(frozen=True, slots=True)
class Memory:
    """Where the inputs that broke a property are kept, and under which name."""

    folder: Path
    name: str

    @property
    def database(self) -> ExampleDatabase:
        """A database of its own: Hypothesis' keys do not tell one property from another."""
        return DirectoryBasedExampleDatabase(self._place)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is kept under this name."""
        return not any(one.is_file() for one in self._place.rglob("*"))

    @property
    def _place(self) -> Path:
        return self.folder / re.sub(r"[^\w.-]+", "_", self.name)


@dataclass(frozen=True, slots=True)
class Breach(Generic[_Case]):
    """The smallest input that was seen to break the property, and what the server did then.

    `remembered`: it was kept from an earlier run, and not drawn in this one.
    """

    case: _Case
    told: str
    remembered: bool


@dataclass(frozen=True, slots=True)
class Searched(Generic[_Case]):
    """What a search came to: how many different cases were tried, and the breach, if any."""

    cases: int
    breach: Breach[_Case] | None


_DRAWS = 4
"""So many draws for a case: one that was drawn before costs no request, and counts for none."""


class _Halt(BaseException):
    """Ends a search at once: what stood in the way must not be taken for a breach and shrunk."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


class _Enough(BaseException):
    """Ends a search that has used up what it was given."""


class Broken(Exception):
    """A walk has come to a breach."""


class Trial(Generic[_Case]):
    """The cases of one search as they are tried, each once."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._until = time.monotonic() + limits.seconds
        self._seen: dict[str, str | None] = {}
        self._shrinks = 0
        self.cases = 0
        self.best: tuple[_Case, str] | None = None

    def admit(self) -> None:
        """Counts one more case; ends the search where no more may be tried."""
        if self.best is not None:
            self._shrinks += 1
        over = self.cases >= self._limits.cases or time.monotonic() > self._until
        if over if self.best is None else self._shrinks > self._limits.shrinks:
            raise _Enough
        self.cases += 1

    def judge(self, case: _Case, holds: Callable[[_Case], str | None]) -> bool:
        """Whether this case breaks the property; one that was tried before is not sent again."""
        key = repr(case)
        if key not in self._seen:
            self.admit()
            with halting():
                self._seen[key] = holds(case)
        return self.found(case, self._seen[key])

    def found(self, case: _Case, told: str | None) -> bool:
        """Takes down what a case has come to; whether that is a breach."""
        if told is not None:
            self.best = (case, told)
        return told is not None

    def breach(self, *, remembered: bool) -> Breach[_Case] | None:
        return None if self.best is None else Breach(*self.best, remembered)


@contextmanager
def halting() -> Iterator[None]:
    """Within it any error ends the search at once."""
    try:
        yield
    except (_Enough, _Halt, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise _Halt(error) from error


def search(
    cases: SearchStrategy[_Case],
    holds: Callable[[_Case], str | None],
    limits: Limits,
    number: int,
    memory: Memory | None = None,
) -> Searched[_Case]:
    """Tries generated cases; `holds` gives None, or what the server did, where it broke the rule.

    `number` is the seed. What stands in the way of judging, and what is a bug of ours, is raised
    as it came, by the case that met it.
    """
    trial: Trial[_Case] = Trial(limits)

    def run(phases: list[Phase]) -> None:
        @seed(number)
        @given(cases)
        def tried(case: _Case) -> None:
            if trial.judge(case, holds):
                raise Broken

        # A seed takes the database away; settings that come behind it give it back.
        _settings(limits, phases, memory)(tried)()

    return _searched(trial, run, memory)


def walk(
    machine: Callable[[Trial[_Case]], type[RuleBasedStateMachine]],
    limits: Limits,
    number: int,
    memory: Memory | None = None,
) -> Searched[_Case]:
    """The same for walks of a state machine, which judges each of its walks by the trial."""
    trial: Trial[_Case] = Trial(limits)

    def run(phases: list[Phase]) -> None:
        made = seed(number)(machine(trial))
        run_state_machine_as_test(made, settings=_settings(limits, phases, memory))

    return _searched(trial, run, memory)


def _searched(
    trial: Trial[Any], run: Callable[[list[Phase]], None], memory: Memory | None
) -> Searched[Any]:
    rounds = [[Phase.generate, Phase.shrink]]
    if memory is not None and not memory.is_empty:
        rounds.insert(0, [Phase.reuse, Phase.shrink])
    for phases in rounds:
        try:
            run(phases)
        except (_Enough, Broken, Flaky):
            # What is smallest so far stands, and is tried once more outside of the search.
            pass
        except SkipTest:
            continue  # What is kept there is none of Hypothesis' test cases any more.
        except _Halt as halt:
            raise halt.error from None
        if trial.best is not None:
            return Searched(trial.cases, trial.breach(remembered=Phase.reuse in phases))
    return Searched(trial.cases, None)


def _settings(limits: Limits, phases: list[Phase], memory: Memory | None) -> settings:
    drawing.register()
    # What Hypothesis keeps of itself, too, has no place in the user's folder.
    set_hypothesis_home_dir(Path(tempfile.gettempdir()) / drawing.NAME)
    return settings(
        backend=drawing.NAME,
        max_examples=limits.cases * _DRAWS,
        phases=phases,
        database=None if memory is None else memory.database,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        stateful_step_count=limits.steps,
        verbosity=Verbosity.quiet,
        print_blob=False,
    )
