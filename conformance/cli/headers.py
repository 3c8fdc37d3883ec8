"""The checks as the command line tells about them: read from their headers, nothing is run."""

from __future__ import annotations

import importlib
import math
import pkgutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import conformance.checks
from conformance.check import Check, check_id, header_of, subject_of
from conformance.requirements import Catalogue, Level


@dataclass(frozen=True, slots=True)
class Known:
    """One check function: its id, its subject, its header, and in how many variants it runs."""

    id: str
    subject: str
    header: Check
    variants: int

    def claimed(self, claims: Iterable[str]) -> tuple[str, ...]:
        """Those of its requirements that are among the claims."""
        among = set(claims)
        return tuple(name for name in self.header.requirements if name in among)


def all_checks() -> tuple[Known, ...]:
    """Every check, by subject, in the order in which its module has them."""
    names = sorted(
        module.name
        for module in pkgutil.iter_modules(conformance.checks.__path__)
        if module.name.startswith("test_")
    )
    found: list[Known] = []
    for name in names:
        module = importlib.import_module(f"{conformance.checks.__name__}.{name}")
        for value in vars(module).values():
            header = header_of(value)
            if header is not None and value.__module__ == module.__name__:
                id = check_id(name, header.name, None)
                found.append(Known(id, subject_of(name), header, _variants(value)))
    return tuple(found)


def level(names: Sequence[str], catalogue: Catalogue, standards: Iterable[str] | None) -> str:
    """At which level a check of these requirements judges, in words; all of them without a run.

    A duty that is disputable warns at most, unless one of them is not.
    """
    firm = [name for name in names if not catalogue[name].disputable]
    levels = [
        catalogue[name].level if standards is None else catalogue.level_of(name, standards)
        for name in firm or names
    ]
    strictest: Level = max(levels, key=lambda one: (one.binding, one.rank))
    return strictest.words + ("" if firm else ", disputable")


def _variants(function: Any) -> int:
    marks = [mark for mark in getattr(function, "pytestmark", ()) if mark.name == "parametrize"]
    return math.prod(len(list(mark.args[1])) for mark in marks)
