"""`oauth-conformance list`: the checks; or the requirements with the checks that decide them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from itertools import groupby

import click
from rich.table import Table
from rich.text import Text

from conformance.cli.headers import Known, all_checks, level
from conformance.cli.screen import Screen, hint
from conformance.errors import UsageError
from conformance.exits import Exit
from conformance.requirements import SPECS, Catalogue, Requirement, Testable, load


class Coverage(Enum):
    """Whether a requirement is decided, and why not."""

    DECIDED = "decided"
    OPEN = "no check"
    UNSEEN = "not visible from outside"


_TITLE = 24
"""Columns of the first column of the totals, so that the tables stand in line."""

_STYLES = {Coverage.DECIDED: "green", Coverage.OPEN: "yellow", Coverage.UNSEEN: "dim"}


@click.command("list")
@click.option("--standards", metavar="A,B", help="only what a server of these standards must do")
@click.option("--subject", metavar="A", help="only the checks of this subject")
@click.option(
    "--coverage",
    is_flag=True,
    help="the requirements, with the checks that decide them and those that none decides",
)
def command(standards: str | None, subject: str | None, coverage: bool) -> Exit:
    """Lists the checks: id, level, and what a conforming server does."""
    catalogue = load()
    wanted = None if standards is None else [one for one in standards.split(",") if one]
    checks = all_checks()
    if subject is not None:
        subjects = {check.subject for check in checks}
        if subject not in subjects:
            raise UsageError(f'there is no subject "{subject}"{hint(subject, subjects)}')
        checks = tuple(check for check in checks if check.subject == subject)
    if coverage:
        return _coverage(checks, catalogue, wanted, whole=subject is None)
    return _checks(checks, catalogue, wanted)


def _checks(checks: Sequence[Known], catalogue: Catalogue, standards: Sequence[str] | None) -> Exit:
    claims = frozenset(catalogue) if standards is None else catalogue.claimed(standards)
    chosen = [(check, check.claimed(claims)) for check in checks]
    chosen = [(check, names) for check, names in chosen if names]
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("check", no_wrap=True)
    table.add_column("variants", justify="right")
    table.add_column("level")
    table.add_column("a conforming server", overflow="fold")
    for check, names in chosen:
        times = str(check.variants) if check.variants > 1 else ""
        words = level(names, catalogue, standards)
        table.add_row(check.id, times, words, check.header.sentence)
    screen = Screen()
    screen.print(table)
    subjects = {check.subject for check, _ in chosen}
    variants = sum(check.variants for check, _ in chosen)
    screen.print(f"\n{len(chosen)} checks, {variants} with variants, in {len(subjects)} subjects")
    return Exit.CONFORMS if chosen else Exit.NOTHING_SELECTED


def _coverage(
    checks: Sequence[Known],
    catalogue: Catalogue,
    standards: Sequence[str] | None,
    *,
    whole: bool,
) -> Exit:
    """With `whole` off only what these checks decide: the others say nothing about a subject."""
    deciding: dict[str, list[str]] = {}
    for check in checks:
        for name in check.header.requirements:
            deciding.setdefault(name, []).append(check.id)
    claims = frozenset(catalogue) if standards is None else catalogue.claimed(standards)
    wanted = [catalogue[name] for name in catalogue if name in claims]
    if not whole:
        wanted = [one for one in wanted if one.id in deciding]
    screen = Screen()
    by_spec = {spec: list(them) for spec, them in groupby(wanted, key=lambda one: one.spec)}
    for spec, requirements in by_spec.items():
        screen.print(Text(f"{SPECS[spec].label}: {SPECS[spec].title}", style="bold"))
        screen.print(_document(requirements, deciding))
        screen.print()
    in_areas = sorted(wanted, key=lambda one: one.area)
    sums = {
        "document": {SPECS[spec].label: members for spec, members in by_spec.items()},
        "area": {area: list(them) for area, them in groupby(in_areas, key=lambda one: one.area)},
        "visible from outside": {
            word.value: [one for one in wanted if one.testable is word] for word in Testable
        },
    }
    for title, groups in sums.items():
        screen.print(_totals(title, {**groups, "all": wanted}, deciding))
        screen.print()
    return Exit.CONFORMS if wanted else Exit.NOTHING_SELECTED


def _totals(
    title: str,
    groups: Mapping[str, Sequence[Requirement]],
    deciding: Mapping[str, Sequence[str]],
) -> Table:
    """How many requirements of each group are decided, and how many are not."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(title, min_width=_TITLE)
    table.add_column("requirements", justify="right")
    for state in Coverage:
        table.add_column(state.value, justify="right")
    for name, members in groups.items():
        states = [_state(one, deciding) for one in members]
        counts = [str(states.count(state)) for state in Coverage]
        table.add_row(name, str(len(members)), *counts)
    return table


def _document(requirements: Sequence[Requirement], deciding: Mapping[str, Sequence[str]]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(overflow="fold")
    table.add_column()
    table.add_column(overflow="fold")
    in_areas = sorted(requirements, key=lambda one: one.area)
    for area, members in groupby(in_areas, key=lambda one: one.area):
        table.add_row(Text(f"  {area}", style="cyan"))
        for one in members:
            state = _state(one, deciding)
            words = Text(state.value, style=_STYLES[state])
            if state is Coverage.DECIDED:
                words = Text(", ".join(deciding[one.id]), style=_STYLES[state])
            elif state is Coverage.UNSEEN:
                words = Text(f"{state.value}: {one.reason}", style=_STYLES[state])
            table.add_row(f"    {one.id}", one.level.words, words)
    return table


def _state(one: Requirement, deciding: Mapping[str, Sequence[str]]) -> Coverage:
    if one.id in deciding:
        return Coverage.DECIDED
    return Coverage.UNSEEN if one.testable is Testable.NO else Coverage.OPEN
