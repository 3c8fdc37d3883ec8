"""What a run prints at its end: the verdict in one sentence, then the findings in words."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from conformance.model import Outcome, Run, Verdict
from conformance.reporting.headline import Tone, headline, idle
from conformance.reporting.references import refer
from conformance.reporting.standing import Findings
from conformance.reporting.summary import Reason, Told, reasons, to_do, together
from conformance.reporting.text import count, one_line, visible
from conformance.requirements import Catalogue

_TONES = {Tone.CONFORMS: "bold green", Tone.VIOLATES: "bold red", Tone.UNDECIDED: "bold magenta"}

_COLOURS = {
    Verdict.PASSED: "green",
    Verdict.FAILED: "red",
    Verdict.WARNED: "yellow",
    Verdict.INCONCLUSIVE: "magenta",
    Verdict.BROKEN: "bright_magenta",
    Verdict.NOT_APPLICABLE: "dim",
    Verdict.NOT_RUN: "dim",
}

_MOST_IDS = 12
"""Ids listed for one reason; the report has them all."""

_MOST_VARIANTS = 6
"""Things seen that are listed for one check."""


@dataclass(frozen=True, slots=True)
class Command:
    """A shell command; where it does not fit, it is broken so that a shell still reads it."""

    text: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = [""]
        for word in _words(visible(self.text)):
            if lines[-1] and cell_len(f"{lines[-1]} {word}") > options.max_width - 2:
                lines[-1] += " \\"
                lines.append(f"  {word}")
            else:
                lines[-1] += f" {word}" if lines[-1] else word
        yield Text("\n".join(lines), style="cyan", overflow="fold")


def _words(command: str) -> list[str]:
    """The words of a command as a shell reads them, still quoted; a quoted one is never broken."""
    try:
        return [shlex.quote(word) for word in shlex.split(command)]
    except ValueError:
        return [command]


def findings(run: Run, catalogue: Catalogue | None = None) -> list[RenderableType]:
    """The end of a run as things that a rich console prints, in order.

    With a catalogue requirements are cited with their address, without one by their id. Nothing
    of a server's text is read as markup; control characters are shown, not sent.
    """
    found = Findings.of(run)
    parts: list[RenderableType] = [Text(), *_verdict(run)]
    parts += _section("Violations", "red", (_told(t, catalogue) for t in together(found.failed)))
    parts += _section("Could not be judged", "magenta", map(_reason, reasons(found.unjudged)))
    parts += _section("Warnings", "yellow", (_told(t, catalogue) for t in together(found.warned)))
    parts += _section("Known deviations", "cyan", _deviations(found))
    parts += _section("To do", "bold", (Text(f"- {words}") for words in to_do(run, found)), gap=0)
    return parts


def _verdict(run: Run) -> Iterator[RenderableType]:
    said = headline(run)
    if said.alarm is not None:
        yield Text(visible(said.alarm), style="bold bright_magenta")
    yield Text.assemble((f"{said.word}: ", _TONES[said.tone]), (visible(said.rest), "bold"))
    if said.particulars:
        yield Text(" ".join(said.particulars))
    if run.footer is not None:
        for problem in run.footer.problems:
            yield Text(one_line(problem))
    words = [
        Text(f"{number:,} {verdict.words}", style=_COLOURS[verdict])
        for verdict, number in run.counts().items()
        if number and verdict not in {Verdict.NOT_APPLICABLE, Verdict.NOT_RUN}
    ]
    words += [Text(f"{number:,} {what}", style="dim") for what, number in idle(run).items()]
    if words:
        yield Text(" · ", style="dim").join(words)


def _section(
    title: str, colour: str, members: Iterable[RenderableType], gap: int = 1
) -> Iterator[RenderableType]:
    shown = list(members)
    if not shown:
        return
    yield Text()
    yield Text(title, style=f"bold {colour}" if colour != "bold" else colour)
    for number, member in enumerate(shown):
        yield Padding(member, (gap if number else 0, 0, 0, 2))


def _told(told: Told, catalogue: Catalogue | None) -> RenderableType:
    first = told.first
    severity = (f"{one_line(first.severity)}  ", "bold") if first.severity else ""
    variants = f"  ({count(len(told.outcomes), 'variant')})" if len(told.outcomes) > 1 else ""
    rows: list[tuple[str, RenderableType]] = []
    if first.expected and first.expected != first.sentence:
        rows.append(("expected", Text(one_line(first.expected))))
    for names, words in told.seen[:_MOST_VARIANTS]:
        label = "" if not names or len(told.outcomes) == 1 else f"{names}: "
        rows.append(("seen", Text.assemble((visible(label), "dim"), words)))
    if len(told.seen) > _MOST_VARIANTS:
        rows.append(("", Text(f"and {len(told.seen) - _MOST_VARIANTS} more", style="dim")))
    if first.gain:
        rows.append(("at stake", Text(one_line(first.gain))))
    if first.advisories:
        rows.append(("seen in", Text(one_line(", ".join(first.advisories)), style="dim")))
    if first.remedy:
        rows.append(("to do", Text(one_line(first.remedy))))
    rows += [("states", _requirement(id, catalogue)) for id in first.requirements]
    if told.repeat:
        rows.append(("repeat", Command(told.repeat)))
    return Group(
        Text(told.sentence, style="bold"),
        Text.assemble(severity, (visible(told.name), "dim"), (variants, "dim")),
        _rows(rows),
    )


def _requirement(id: str, catalogue: Catalogue | None) -> Text:
    if catalogue is None:
        return Text(visible(id), overflow="fold")
    reference = refer(id, catalogue)
    words = f"{reference.place}, {reference.level}" if reference.level else reference.place
    text = Text(visible(words), overflow="fold")
    if reference.link:
        text.append(f"  {reference.link}", style=f"dim link {reference.link}")
    return text


def _reason(reason: Reason) -> RenderableType:
    kind = reason.verdict.words
    if reason.verdict is Verdict.BROKEN:
        kind += ", a fault of the suite, not of the server"
    number = len(reason.outcomes)
    ids = [visible(outcome.id) for outcome in reason.outcomes[:_MOST_IDS]]
    if number > _MOST_IDS:
        ids.append(f"and {number - _MOST_IDS} more")
    rows: list[tuple[str, RenderableType]] = [
        ("checks", Text("\n".join(ids), style="dim", overflow="fold"))
    ]
    first = reason.outcomes[0]
    if first.repeat:
        rows.append(("repeat", Command(first.repeat)))
    return Group(
        Text(reason.words, style="bold"),
        Text(f"{kind}  ({count(number, 'check')})", style="dim"),
        _rows(rows),
    )


def _deviations(found: Findings) -> Iterator[RenderableType]:
    def line(outcome: Outcome, number: int, id: str) -> RenderableType:
        waiver = outcome.waiver
        state = "" if waiver is None else waiver.state.value
        reason = "" if waiver is None else one_line(waiver.reason)
        until = f", until {one_line(waiver.until)}" if waiver and waiver.until else ""
        many = f" ({count(number, 'variant')})" if number > 1 else ""
        style = "red" if state in {"stale", "expired"} else "cyan"
        return Text.assemble(
            (f"{state}  ", style), (visible(id) + many, ""), (f"  {reason}{until}", "dim")
        )

    for told in together(found.waived):
        yield line(told.first, len(told.outcomes), told.name)
    for outcome in found.outdated:
        yield line(outcome, 1, outcome.id)


def _rows(rows: list[tuple[str, RenderableType]]) -> RenderableType:
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(width=8, style="dim", no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    before = ""
    for label, content in rows:
        table.add_row("" if label == before else label, content)
        before = label
    return table
