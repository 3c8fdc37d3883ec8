"""How many cases a run draws, from which seed, and where it keeps what it found."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import pytest

from conformance.durations import seconds
from conformance.errors import UsageError
from conformance.probing.search import Limits, Memory

SEED = "conformance_seed"
"""The key under which the controller tells its workers the seed of the run."""

DEFAULT_BUDGET = "200"
_FEW, _FEW_WALKS = 20, 6
"""So many cases, and walks of several steps, has a run that does not probe."""
_LONGEST = 3600.0
"""Seconds of a search that is bounded by its number of cases alone."""


def pytest_addoption(group: pytest.OptionGroup) -> None:
    add = group.addoption
    add("--probe", action="store_true", help="draw many cases anew where checks generate them")
    add(
        "--budget",
        metavar="N|D",
        help=f"with --probe: cases of each such check, or the time [{DEFAULT_BUDGET}]",
    )
    add("--seed", metavar="N", help="with --probe: draw the same cases again")
    add(
        "--probe-database",
        metavar="DIR",
        help="with --probe: where inputs that broke a rule are kept [OUTPUT/probing]",
    )


@dataclass(frozen=True, slots=True)
class Drawing:
    """How a run draws. Without `probes` its cases are few, and the same in every run."""

    probes: bool = False
    budget: str = DEFAULT_BUDGET
    seed: int = 0
    memory: Path | None = None

    def number(self, check_id: str) -> int:
        """The seed of one check: no two checks draw alike."""
        return crc32(f"{self.seed} {check_id}".encode())

    def limits(self, check_timeout: float, *, walks: bool) -> Limits:
        """What one search may use up."""
        if not self.probes:
            return Limits(_FEW_WALKS if walks else _FEW, check_timeout / 2)
        length = seconds(self.budget)
        if length is not None:
            return Limits(1_000_000, length)
        return Limits(int(self.budget), _LONGEST)

    def remembered(self, check_id: str) -> Memory | None:
        """Where what this check finds is kept; a seed of the user's own asks for no memory."""
        return None if self.memory is None else Memory(self.memory, check_id)

    def words(self, *, by_seed: bool = True) -> list[str]:
        """The options that draw the same again."""
        if not self.probes:
            return []
        seed = ["--seed", str(self.seed)] if by_seed else []
        return ["--probe", "--budget", self.budget, *seed]


def drawing_of(config: pytest.Config, output: Path) -> Drawing:
    """The options about drawing; UsageError with one sentence where one does not hold."""
    get = config.getoption
    told = {name: get(f"--{name}") for name in ("budget", "seed", "probe-database")}
    if not get("--probe"):
        for name, value in told.items():
            if value is not None:
                raise UsageError(f"--{name} goes with --probe: without it a run draws few cases.")
        return Drawing()
    budget = told["budget"] or DEFAULT_BUDGET
    if not _is_count(budget) and not seconds(budget):
        raise UsageError(
            f'--budget is "{budget}", which is neither a number of cases nor a time such as 5m.'
        )
    if told["seed"] is not None and told["probe-database"] is not None:
        raise UsageError("--probe-database does not go with --seed: it draws from the seed alone.")
    if told["seed"] is None:
        seed = getattr(config, "workerinput", {}).get(SEED)
        memory = Path(told["probe-database"] or output / "probing").absolute()
        return Drawing(True, budget, secrets.randbelow(10**9) if seed is None else seed, memory)
    if not (told["seed"].isascii() and told["seed"].isdigit()):
        raise UsageError(f'--seed is "{told["seed"]}", which is no number.')
    return Drawing(True, budget, int(told["seed"]))


def _is_count(budget: str) -> bool:
    return budget.isascii() and budget.isdigit() and int(budget) > 0
