"""The run as Markdown, for a merge request or a step's summary: verdict, table, findings."""

from __future__ import annotations

import re

from conformance.model import Outcome, Run, Verdict
from conformance.reporting.headline import Tone, gate, headline
from conformance.reporting.page import moment
from conformance.reporting.references import Document, documents, refer
from conformance.reporting.standing import Findings, Standing
from conformance.reporting.summary import Told, reasons, to_do, together
from conformance.reporting.text import count, one_line, visible
from conformance.requirements import SPECS, Catalogue

LARGEST = 60_000
"""Characters; what comes after is left out, with a sentence that says so."""

_SIGNS = {Tone.CONFORMS: "✅", Tone.VIOLATES: "❌", Tone.UNDECIDED: "❔"}
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$&=:])")
_MOST_IDS = 20


def render(run: Run, catalogue: Catalogue) -> str:
    """The run in Markdown as code hosts show it (CommonMark with tables).

    Texts of the server stand in code blocks, so that none of it is a link, a mention or a tag.
    """
    found = Findings.of(run)
    blocks = [*_head(run), *_standards(documents(run, catalogue))]
    failed, warned = together(found.failed), together(found.warned)
    if failed:
        blocks += ["## Violations", *(b for told in failed for b in _told(told, catalogue))]
    if found.unjudged:
        blocks += ["## Could not be judged", *_unjudged(found.unjudged)]
    if warned:
        blocks += ["## Warnings", *(b for told in warned for b in _told(told, catalogue))]
    if found.waived or found.outdated:
        blocks += ["## Known deviations", _deviations(found)]
    todo = to_do(run, found)
    if todo:
        blocks += ["## To do", "\n".join(f"- {plain(words)}" for words in todo)]
    return _bounded(blocks)


def plain(text: str) -> str:
    """A text as one line of Markdown that means nothing but itself."""
    escaped = _SPECIAL.sub(r"\\\1", one_line(text))
    return escaped.replace("@", "@<!-- -->")


def code(text: str) -> str:
    """A text as a code span; backticks in it do not end it."""
    line = one_line(text) or " "
    fence = "`" * (_longest_run(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def block(text: str) -> str:
    """A text as a fenced code block; fences in it do not end it."""
    shown = visible(text)
    fence = "`" * max(3, _longest_run(shown) + 1)
    return f"{fence}text\n{shown}\n{fence}"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall(r"`+", text)), default=0)


def _head(run: Run) -> list[str]:
    said = headline(run)
    header = run.header
    standards = ", ".join(SPECS[s].label if s in SPECS else s for s in header.standards)
    facts = [
        ("Target", code(header.target.get("issuer", ""))),
        ("Profile", code(header.profile.get("name", ""))),
        ("Judged by", plain(standards)),
        ("Started", plain(moment(header.started))),
        ("Gate", plain(f"{header.gate}; {gate(run)}")),
        ("Suite", plain(f"oauth-conformance {header.suite}")),
        ("Command", code(header.command)),
    ]
    counts = [f"{number:,} {verdict.words}" for verdict, number in run.counts().items() if number]
    blocks = [f"# {_SIGNS[said.tone]} {plain(said.sentence)}"]
    if said.alarm is not None:
        blocks.append(f"> **{plain(said.alarm)}**")
    more = " ".join(filter(None, (*said.particulars, said.idle)))
    if more:
        blocks.append(plain(more))
    if run.footer is not None and run.footer.problems:
        blocks.append("\n".join(f"- {plain(problem)}" for problem in run.footer.problems))
    rows = [f"| {name} | {_cell(value)} |" for name, value in facts]
    blocks.append("\n".join(["| | |", "|---|---|", *rows]))
    if counts:
        blocks.append(f"{count(len(run.outcomes), 'check')}: {', '.join(counts)}.")
    return blocks


def _cell(value: str) -> str:
    return value.replace("|", "\\|") if value.startswith("`") else value


def _standards(pages: tuple[Document, ...]) -> list[str]:
    head = ["Document", *(standing.value for standing in Standing), "all"]
    rows = [f"| {' | '.join(head)} |", f"|---|{'--:|' * (len(head) - 1)}"]
    for page in pages:
        numbers = [str(page.counts[standing] or "") for standing in Standing]
        rows.append(f"| {plain(page.label)} | {' | '.join(numbers)} | {page.total} |")
    return ["## By standard", "\n".join(rows)] if pages else []


def _told(told: Told, catalogue: Catalogue) -> list[str]:
    first = told.first
    severity = f"**{plain(first.severity)}** · " if first.severity else ""
    variants = f" · {count(len(told.outcomes), 'variant')}" if len(told.outcomes) > 1 else ""
    seen = "\n".join(f"{names}: {words}" if names else words for names, words in told.seen)
    blocks = [f"### {plain(told.sentence)}", f"{severity}{code(told.name)}{variants}"]
    if seen.strip():
        blocks += ["Seen:", block(seen)]
    points = [f"- At stake: {plain(first.gain)}"] if first.gain else []
    points += [f"- Seen in: {plain(', '.join(first.advisories))}"] if first.advisories else []
    points += [f"- To do: {plain(first.remedy)}"] if first.remedy else []
    points += [f"- Requirement: {_requirement(id, catalogue)}" for id in first.requirements]
    points += [f"- Repeat: {code(told.repeat)}"] if told.repeat else []
    return [*blocks, "\n".join(points)] if points else blocks


def _requirement(id: str, catalogue: Catalogue) -> str:
    reference = refer(id, catalogue)
    place = plain(reference.place)
    cited = f"[{place}]({reference.link})" if reference.link else place
    return f"{cited} {plain(reference.level)}: {plain(reference.summary)}".rstrip(": ")


def _unjudged(outcomes: tuple[Outcome, ...]) -> list[str]:
    blocks: list[str] = []
    for reason in reasons(outcomes):
        kind = "a fault of the suite" if reason.verdict is Verdict.BROKEN else reason.verdict.words
        blocks += [
            f"{count(len(reason.outcomes), 'check')} ({kind}):",
            block(reason.words),
            "\n".join(f"- {code(outcome.id)}" for outcome in reason.outcomes[:_MOST_IDS]),
        ]
        if len(reason.outcomes) > _MOST_IDS:
            blocks.append(f"and {len(reason.outcomes) - _MOST_IDS} more.")
    return blocks


def _deviations(found: Findings) -> str:
    rows = ["| Check | State | Until | Reason |", "|---|---|---|---|"]
    told = [(t.name, t.first) for t in together(found.waived)]
    told += [(outcome.id, outcome) for outcome in found.outdated]
    for id, outcome in told:
        waiver = outcome.waiver
        if waiver is not None:
            state, until = waiver.state.value, plain(waiver.until or "")
            rows.append(f"| {_cell(code(id))} | {state} | {until} | {plain(waiver.reason)} |")
    return "\n".join(rows)


def _bounded(blocks: list[str]) -> str:
    text = ""
    for written in blocks:
        if len(text) + len(written) > LARGEST:
            return text + "The rest is left out here; the HTML report has it all.\n"
        text += written + "\n\n"
    return text.rstrip("\n") + "\n"
