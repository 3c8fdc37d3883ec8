"""Servers side by side, from their run files alone: by standard, by area, by check."""

from __future__ import annotations

import shlex
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from conformance.model import Outcome, Run, Verdict
from conformance.reporting.references import documents
from conformance.reporting.standing import Standing
from conformance.requirements import Catalogue

SIGNS = {
    Verdict.FAILED: "✗",
    Verdict.WARNED: "!",
    Verdict.INCONCLUSIVE: "?",
    Verdict.BROKEN: "?",
    Verdict.PASSED: "✓",
    Verdict.NOT_RUN: "·",
    Verdict.NOT_APPLICABLE: "–",
}
"""A sign for each verdict, the worst first: a check is what the worst of its variants is."""

ABSENT = "∅"
"""The sign of a check that is not in a run: never a pass."""


@dataclass(frozen=True, slots=True)
class Server:
    """One column: who was judged, by which suite, when, and how the run ended."""

    name: str
    profile: str
    suite: str
    started: str
    counts: Mapping[Verdict, int]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A check at one server: its worst verdict, None where the run did not have it.

    `told` says, variant by variant, what was seen where it is neither passed nor unjudged.
    """

    verdict: Verdict | None
    told: tuple[str, ...] = ()

    @property
    def sign(self) -> str:
        return ABSENT if self.verdict is None else SIGNS[self.verdict]

    @property
    def words(self) -> str:
        return "not in this run" if self.verdict is None else self.verdict.words


@dataclass(frozen=True, slots=True)
class Row:
    """A check at all servers."""

    check: str
    sentence: str
    level: str
    cells: tuple[Cell, ...]

    @property
    def differs(self) -> bool:
        """Whether servers that were judged by it were judged differently."""
        judged = {c.verdict for c in self.cells} - {None, Verdict.NOT_APPLICABLE, Verdict.NOT_RUN}
        return len(judged) > 1

    @property
    def clean(self) -> bool:
        """Whether nobody failed, or was warned or left unjudged."""
        good = {None, Verdict.PASSED, Verdict.NOT_APPLICABLE, Verdict.NOT_RUN}
        return {cell.verdict for cell in self.cells} <= good


@dataclass(frozen=True, slots=True)
class Area:
    """The checks of one area of the catalogue, and each server's worst verdicts counted."""

    name: str
    rows: tuple[Row, ...]
    counts: tuple[Mapping[Verdict, int], ...]


@dataclass(frozen=True, slots=True)
class Standard:
    """Where the requirements of one document stand at each server; None where not judged by it."""

    label: str
    title: str
    counts: tuple[Mapping[Standing, int] | None, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """What the page shows; `remarks` are about the runs as a whole."""

    servers: tuple[Server, ...]
    standards: tuple[Standard, ...]
    areas: tuple[Area, ...]
    remarks: tuple[str, ...]


def matrix(runs: Sequence[Run], catalogue: Catalogue) -> Matrix:
    """The matrix of these runs, one column each, in their order."""
    return Matrix(
        servers=tuple(map(_server, runs)),
        standards=_standards(runs, catalogue),
        areas=_areas(runs, catalogue),
        remarks=_remarks(runs),
    )


def reduced(run: Run) -> Run:
    """The run to be published: verdicts and what they say, without evidence and remedies."""
    outcomes = (
        Outcome(
            id=one.id,
            subject=one.subject,
            verdict=one.verdict,
            level=one.level,
            requirements=one.requirements,
            sentence=one.sentence,
            seen=one.seen,
            reason=one.reason,
            severity=one.severity,
            waiver=one.waiver,
            disputable=one.disputable,
        )
        for one in run.outcomes
    )
    header = replace(run.header, reduced=True, command=_without_output(run.header.command))
    return replace(run, header=header, outcomes=tuple(outcomes), observations=())


def _without_output(command: str) -> str:
    """A command without the folder that it wrote to, which is nobody's business."""
    try:
        words = shlex.split(command)
    except ValueError:
        return ""
    while "--output" in words:
        at = words.index("--output")
        del words[at : at + 2]
    return shlex.join(words)


def _server(run: Run) -> Server:
    header, selected = run.header, set(run.header.selected)
    remarks = ["The run was cut off: checks are missing."] if run.truncated else []
    return Server(
        name=header.target.get("name") or header.profile.get("name", "?"),
        profile=header.profile.get("name", "?"),
        suite=header.suite,
        started=header.started,
        counts=Counter(one.verdict for one in run.outcomes if one.id in selected),
        remarks=tuple(remarks),
    )


def _remarks(runs: Sequence[Run]) -> tuple[str, ...]:
    found: list[str] = []
    suites = sorted({run.header.suite for run in runs})
    if len(suites) > 1:
        found.append(f"The runs are of different versions of the suite: {', '.join(suites)}.")
    if len({run.header.selected for run in runs}) > 1:
        found.append(f"The runs had different checks: {ABSENT} is a check that a run did not have.")
    return tuple(found)


def _standards(runs: Sequence[Run], catalogue: Catalogue) -> tuple[Standard, ...]:
    found: dict[str, tuple[str, str]] = {}
    counts: dict[str, dict[int, Mapping[Standing, int]]] = defaultdict(dict)
    for column, run in enumerate(runs):
        for document in documents(run, catalogue):
            found.setdefault(document.name, (document.label, document.title))
            counts[document.name][column] = document.counts
    order = [spec for spec in _in_order(catalogue) if spec in found]
    order += [name for name in found if name not in order]
    return tuple(
        Standard(*found[name], tuple(counts[name].get(at) for at in range(len(runs))))
        for name in order
    )


def _in_order(catalogue: Catalogue) -> list[str]:
    return list(dict.fromkeys(catalogue[id].spec for id in catalogue))


def _areas(runs: Sequence[Run], catalogue: Catalogue) -> tuple[Area, ...]:
    by_check: dict[str, list[list[Outcome]]] = {}
    for column, run in enumerate(runs):
        selected = set(run.header.selected)
        for outcome in run.outcomes:
            if outcome.id in selected:
                name = outcome.id.partition("[")[0]
                by_check.setdefault(name, [[] for _ in runs])[column].append(outcome)
    grouped: dict[str, list[Row]] = defaultdict(list)
    for name, columns in sorted(by_check.items()):
        row = Row(
            name,
            next(one.sentence for column in columns for one in column),
            next(one.level for column in columns for one in column),
            tuple(map(_cell, columns)),
        )
        grouped[_area(columns, catalogue)].append(row)
    return tuple(Area(name, tuple(rows), _counts(rows)) for name, rows in sorted(grouped.items()))


def _area(columns: Iterable[Iterable[Outcome]], catalogue: Catalogue) -> str:
    for column in columns:
        for outcome in column:
            for requirement in outcome.requirements:
                if requirement in catalogue:
                    return catalogue[requirement].area
            return outcome.subject
    return "other"


def _cell(outcomes: Sequence[Outcome]) -> Cell:
    found = {outcome.verdict for outcome in outcomes}
    worst = next((verdict for verdict in SIGNS if verdict in found), None)
    quiet = (Verdict.PASSED, Verdict.NOT_APPLICABLE, Verdict.NOT_RUN)
    told = (
        f"{one.id}: {one.verdict.words}: {one.seen or one.reason}"
        for one in outcomes
        if one.verdict not in quiet
    )
    return Cell(worst, tuple(told))


def _counts(rows: Sequence[Row]) -> tuple[Mapping[Verdict, int], ...]:
    columns = zip(*(row.cells for row in rows), strict=True)
    return tuple(Counter(cell.verdict for cell in column if cell.verdict) for column in columns)
