"""Requirements as a reader meets them: by document and section, each with its checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from conformance.errors import UsageError
from conformance.model import Run
from conformance.reporting.standing import Standing, standings, tally
from conformance.reporting.text import web_link
from conformance.requirements import SPECS, Catalogue, Requirement, Testable

NO_BLAME = frozenset({Standing.NO_CHECK, Standing.NOT_APPLICABLE, Standing.NOT_RUN})


@dataclass(frozen=True, slots=True)
class Reference:
    """A requirement as it is cited: where it stands, its sentence, its address."""

    id: str
    place: str
    summary: str = ""
    link: str | None = None
    level: str = ""

    @property
    def anchor(self) -> str:
        return f"requirement-{self.id}"


@dataclass(frozen=True, slots=True)
class Row:
    """A requirement with what the run found, and why nothing decides it where nothing does."""

    reference: Reference
    standing: Standing
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """The requirements of one section of a document."""

    number: str
    link: str | None
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """One specification: its requirements by section, and how many stand where."""

    name: str
    label: str
    title: str
    counts: Mapping[Standing, int]
    sections: tuple[Section, ...]

    @property
    def anchor(self) -> str:
        return f"document-{self.name}"

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def judged(self) -> int:
        return sum(number for standing, number in self.counts.items() if standing.judged)


def refer(id: str, catalogue: Catalogue) -> Reference:
    """The requirement with this id; its id alone where this version does not know it."""
    if id not in catalogue:
        return Reference(id, id)
    requirement = catalogue[id]
    return Reference(
        id,
        requirement.place,
        requirement.summary,
        web_link(requirement.link),
        requirement.level.words,
    )


def documents(run: Run, catalogue: Catalogue) -> tuple[Document, ...]:
    """All requirements that the run was about, by document and section.

    Those that the run's standards claim, and those that a check named besides.
    """
    found = standings(run)
    wanted = _claimed(run, catalogue) | found.keys()
    requirements = [catalogue[id] for id in catalogue if id in wanted]
    pages = []
    for spec, members in groupby(requirements, key=lambda r: r.spec):
        rows = [_row(r, found.get(r.id, Standing.NO_CHECK), catalogue) for r in members]
        specification = SPECS[spec]
        pages.append(
            Document(
                spec,
                specification.label,
                specification.title,
                tally(row.standing for _, row in rows),
                tuple(_sections(rows)),
            )
        )
    strangers = sorted(id for id in found if id not in catalogue)
    if strangers:
        others = tuple(Row(Reference(id, id), found[id]) for id in strangers)
        counts = tally(row.standing for row in others)
        title = "Requirements that this version does not know"
        pages.append(Document("other", "Other", title, counts, (Section("", None, others),)))
    return tuple(pages)


def _claimed(run: Run, catalogue: Catalogue) -> frozenset[str]:
    known = [standard for standard in run.header.standards if standard in SPECS]
    try:
        return catalogue.claimed(known)
    except UsageError:
        return frozenset()


def _row(
    requirement: Requirement, standing: Standing, catalogue: Catalogue
) -> tuple[Requirement, Row]:
    remark = ""
    if standing is Standing.NO_CHECK and requirement.testable is Testable.NO:
        remark = f"Cannot be seen from outside: {requirement.reason}"
    elif standing is Standing.NO_CHECK and requirement.testable is Testable.PARTLY:
        remark = f"Can be seen in part only: {requirement.reason}"
    elif requirement.applies_when and standing in NO_BLAME:
        remark = f"Applies where this is so: {requirement.condition}"
    if remark and not remark.endswith("."):
        remark += "."
    return requirement, Row(refer(requirement.id, catalogue), standing, remark)


def _sections(rows: Iterable[tuple[Requirement, Row]]) -> Iterable[Section]:
    for number, members in groupby(rows, key=lambda pair: pair[0].section):
        pairs = list(members)
        yield Section(number, web_link(pairs[0][0].link), tuple(row for _, row in pairs))
