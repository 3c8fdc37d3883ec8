"""Which checks there are, which of them are judged, and in which order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from conformance.check import Check, check_id, header_of, subject_of
from conformance.features import Feature
from conformance.model import Verdict
from conformance.requirements import Catalogue, Level, severity

CHECKS = Path(__file__).parent.parent / "checks"
"""The room of checks; pytest imports it, this room never does."""

_SHOULD = frozenset({Level.SHOULD, Level.SHOULD_NOT, Level.RECOMMENDED})


@dataclass(frozen=True, slots=True)
class Judged:
    """One check (or one variant of it) and what it is judged by.

    `claimed` are its requirements in the run's standards; `disputable` says that a strict
    reader may deny all of them, or what it looks at, so that it warns at most; `needs` are the
    features without which it says nothing, by its header and by the catalogue; `gain` is what an
    attacker gains from a breach, `advisories` published examples. `problem` is a fault of the
    header.
    """

    id: str
    subject: str
    header: Check | None
    claimed: tuple[str, ...] = ()
    level: str = ""
    severity: str = ""
    gain: str = ""
    advisories: tuple[str, ...] = ()
    needs: tuple[Feature, ...] = ()
    disputable: bool = False
    problem: str | None = None

    @property
    def violation(self) -> Verdict:
        """The verdict when the check's assertion does not hold."""
        if self.disputable or self.level in _SHOULD:
            return Verdict.WARNED
        return Verdict.FAILED


JUDGED = pytest.StashKey[Judged]()


def is_check(item: pytest.Item) -> bool:
    """Whether an item lives in the room of checks."""
    return item.path.is_relative_to(CHECKS)


def was_a_choice(item: pytest.Item) -> bool:
    """Whether a check was left out by choice; one of other standards is none of this run."""
    one = item.stash.get(JUDGED, None)
    return one is None or bool(one.claimed)


def identity(item: pytest.Item) -> str:
    """The id of a check's item: words, not a position."""
    header = header_of(getattr(item, "function", None))
    name = item.nodeid.partition("::")[2]
    if header is None:
        return check_id(item.path.stem, name.removeprefix("test_"), None)
    return check_id(item.path.stem, header.name, _variant(name))


def identity_of(nodeid: str) -> str:
    """The same from a node id alone, as a worker tells it to the controller."""
    path, _, name = nodeid.partition("::")
    function = name.partition("[")[0].removeprefix("test_")
    return check_id(Path(path).stem, function, _variant(name))


def _variant(name: str) -> str | None:
    return name.partition("[")[2].removesuffix("]") or None


def judged(item: pytest.Item, catalogue: Catalogue, standards: Iterable[str]) -> Judged:
    """What an item of the room of checks is judged by."""
    header = header_of(getattr(item, "function", None))
    one = Judged(identity(item), subject_of(item.path.stem), header)
    if header is None:
        return replace(one, problem="It has no header: a function in checks/ needs @check.")
    unknown = [name for name in header.requirements if name not in catalogue]
    if unknown or not header.requirements:
        what = ", ".join(unknown) or "nothing"
        return replace(one, problem=f"It decides {what}, which is not in the catalogue.")
    if not header.sentence:
        return replace(one, problem="It has no docstring.")
    if not header.remedy:
        return replace(one, problem="It names no remedy.")
    claims = catalogue.claimed(standards)
    claimed = tuple(name for name in header.requirements if name in claims)
    if not claimed:
        return one
    firm = [name for name in claimed if not catalogue[name].disputable]
    levels = {name: catalogue.level_of(name, standards) for name in firm or claimed}
    strictest = min(levels, key=lambda name: levels[name] in _SHOULD)
    return replace(
        one,
        claimed=claimed,
        level=levels[strictest].value,
        severity=severity(catalogue[strictest]).value,
        gain=catalogue[strictest].gain,
        advisories=catalogue.examples(claimed),
        needs=tuple(dict.fromkeys((*header.needs, *catalogue.conditions(claimed)))),
        disputable=header.disputable or not firm,
    )


def in_order(items: list[pytest.Item], waits: dict[str, float]) -> list[pytest.Item]:
    """Those that gather at the end, then those that wait, shortest first, then those that exhaust.

    `waits`: seconds by check id. The order of the others stays.
    """

    def place(item: pytest.Item) -> tuple[int, float]:
        one = item.stash.get(JUDGED, None)
        if one is None or one.header is None:
            return (0, 0.0)
        if one.header.exhausts:
            return (3, 0.0)
        if one.header.ages is not None:
            return (2, waits.get(one.id, 0.0))
        return (1 if one.header.gathers else 0, 0.0)

    return sorted(items, key=place)
