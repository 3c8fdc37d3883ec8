"""`oauth-conformance explain`: one check or one requirement in words."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence

import click
from rich.table import Table
from rich.text import Text

from conformance.cli.headers import Known, all_checks, level
from conformance.cli.screen import Screen, hint
from conformance.defects.catalogue import ALL
from conformance.defects.record import Defect
from conformance.errors import UsageError
from conformance.exits import Exit
from conformance.requirements import SPECS, Catalogue, Requirement, Testable, load, severity

Rows = list[tuple[str, Text | str]]


@click.command("explain")
@click.argument("id")
def command(id: str) -> Exit:
    """Explains a check or a requirement: what, why, how strictly, where it stands, what mends it.

    ID is that of a check, with or without its variant, or of a requirement.
    """
    catalogue = load()
    checks = {check.id: check for check in all_checks()}
    name = id.partition("[")[0]
    if name in checks:
        _show(checks[name].id, checks[name].header.sentence, _check(checks[name], catalogue))
    elif id in catalogue:
        one = catalogue[id]
        _show(one.id, one.summary, _requirement(one, catalogue, list(checks.values())))
    else:
        close = hint(name, [*checks, *catalogue])
        raise UsageError(f'there is no check and no requirement "{id}"{close}')
    return Exit.CONFORMS


def _show(id: str, sentence: str, rows: Rows) -> None:
    screen = Screen()
    screen.print(Text(id, style="bold"))
    screen.print(Text(sentence))
    screen.print()
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    last = ""
    for label, content in rows:
        table.add_row("" if label == last else label, content)
        last = label
    screen.print(table)


def _check(check: Known, catalogue: Catalogue) -> Rows:
    header = check.header
    rows: Rows = [("level", level(header.requirements, catalogue, None))]
    if check.variants > 1:
        rows.append(("variants", str(check.variants)))
    for name in header.requirements:
        one = catalogue[name]
        rows += [("decides", Text(one.id, style="bold")), ("decides", _place(one))]
        rows += [("decides", one.summary)]
        rows.append(("at stake", one.gain))
        rows.append(("how it is tested", one.method))
    rows.append(("what mends it", header.remedy))
    shared = catalogue.conditions(header.requirements)
    needed = dict.fromkeys((*header.needs, *shared))
    rows += [("needs", f"{feature.value}: {feature.sentence}") for feature in needed]
    if header.ages is not None:
        rows.append(("waits for", f"an {header.ages.value} to grow old"))
    if header.exhausts:
        rows.append(("exhausts", "it runs last, with a client and user of the role sacrificial"))
    killers = [defect for defect in ALL if _kills(defect, check)]
    rows += _defects(killers or _violating(header.requirements))
    rows.append(("run it", f"oauth-conformance run PROFILE --check {check.id}"))
    return rows


def _requirement(one: Requirement, catalogue: Catalogue, checks: Sequence[Known]) -> Rows:
    deciding = [check for check in checks if one.id in check.header.requirements]
    rows: Rows = [
        ("level", one.level.words + (", disputable" if one.disputable else "")),
        ("severity", severity(one).value),
        ("stated in", _place(one)),
    ]
    rows += [("stated in", _other(place)) for place in one.also]
    rows.append(("area", one.area))
    rows += [("applies when", f"{it.value}: {it.sentence}") for it in one.applies_when]
    rows.append(("at stake", one.gain))
    if examples := catalogue.examples([one.id]):
        rows.append(("seen in", ", ".join(examples)))
    if one.testable is Testable.NO:
        rows.append(("how it is tested", f"not visible from outside: {one.reason}"))
    else:
        rows.append(("how it is tested", one.method))
        if one.reason:
            rows.append(("only in part", one.reason))
    if one.note:
        rows.append(("note", one.note))
    for other in one.strengthens:
        rows.append(("makes stricter", f"{other} ({catalogue[other].level.words})"))
    rows += [("decided by", check.id) for check in deciding] or [("decided by", "no check")]
    mends = dict.fromkeys(check.header.remedy for check in deciding)
    rows += [("what mends it", remedy) for remedy in mends]
    return rows + _defects(_violating([one.id]))


def _place(one: Requirement) -> Text:
    text = Text(one.place)
    if one.link:
        text.append(f"  {one.link}", style=f"dim link {one.link}")
    return text


def _other(place: str) -> str:
    spec, _, section = place.partition(" ")
    return SPECS[spec].place(section) if spec in SPECS else place


def _kills(defect: Defect, check: Known) -> bool:
    return any(name.partition("[")[0] == check.id for name in defect.kills)


def _violating(requirements: Iterable[str]) -> list[Defect]:
    wanted = set(requirements)
    return [defect for defect in ALL if wanted & set(defect.violates)]


def _defects(defects: Iterable[Defect]) -> Rows:
    """The defects, each with the command that shows it."""
    rows: Rows = []
    for defect in defects:
        run = f"oauth-conformance run {defect.target} --defect {shlex.quote(defect.name)}"
        rows.append(("seen to fail on", Text(defect.name, style="bold")))
        rows.append(("seen to fail on", Text(f"  {run}", style="dim")))
    return rows
