"""What pytest-html's report shows of an outcome: columns, and the evidence; all of it escaped."""

from __future__ import annotations

from markupsafe import Markup, escape

from conformance.model import Exchange, Outcome
from conformance.reporting.story import TITLES, duration, status_words
from conformance.reporting.text import cut, visible

LONGEST_BODY = 2_000
"""Characters of a body that are shown here; report.html and the run file have more."""


def header_cells() -> list[str]:
    """The heads of the columns that `row_cells` fills, as HTML."""
    return [
        '<th class="sortable" data-column-type="verdict">Verdict</th>',
        '<th class="sortable" data-column-type="level">Level</th>',
        '<th class="sortable" data-column-type="requirements">Requirements</th>',
    ]


def row_cells(outcome: Outcome | None) -> list[str]:
    """The cells of one row, as HTML; empty cells for a test that is no check."""
    if outcome is None:
        return ["<td></td>", "<td></td>", "<td></td>"]
    requirements = Markup("<br>").join(map(visible, outcome.requirements))
    return [
        _html('<td class="col-verdict">{}</td>', outcome.verdict.words),
        _html('<td class="col-level">{}</td>', outcome.level),
        _html('<td class="col-requirements">{}</td>', requirements),
    ]


def extras(outcome: Outcome) -> str:
    """Sentence, what was seen, remedy, command and exchanges of an outcome, as HTML."""
    rows = [
        ("A conforming server", outcome.sentence),
        ("Expected", outcome.expected if outcome.expected != outcome.sentence else ""),
        ("Seen", outcome.seen),
        ("Reason", outcome.reason),
        ("Severity", outcome.severity),
        ("At stake", outcome.gain),
        ("Seen in", ", ".join(outcome.advisories)),
        ("To do", outcome.remedy),
        ("Known deviation", _waiver(outcome)),
        ("Repeat", outcome.repeat),
    ]
    shown = [_html("<tr><th>{}</th><td>{}</td></tr>", name, value) for name, value in rows if value]
    steps = [_step(number, exchange) for number, exchange in enumerate(outcome.transcript, 1)]
    table = _html('<table class="conformance">{}</table>', Markup("").join(map(Markup, shown)))
    return table + "".join(steps)


def _step(number: int, exchange: Exchange) -> str:
    title = TITLES[exchange.phase][0]
    line = (
        f"{number}. {title}: {exchange.who}: {exchange.method} {exchange.url.partition('?')[0]}, "
        f"{status_words(exchange)} {duration(exchange.seconds)}"
    )
    sent = [f"{exchange.method} {exchange.url}"]
    sent += [f"{name}: {value}" for name, value in exchange.request_headers]
    received = [status_words(exchange)]
    received += [f"{name}: {value}" for name, value in exchange.answer_headers]
    parts = ["\n".join(sent), _body(exchange.request_body)]
    parts += ["\n".join(received), _body(exchange.answer_body), exchange.problem or ""]
    changed = _html("<p>Changed: <b>{}</b></p>", exchange.changed) if exchange.changed else ""
    return _html(
        "<details><summary>{}</summary>{}<pre>{}</pre></details>",
        line.strip(),
        Markup(changed),
        "\n\n".join(filter(None, parts)),
    )


def _body(text: str) -> str:
    shown, left_out = cut(text, LONGEST_BODY)
    return f"{shown}\n[and {left_out:,} more characters]" if left_out else shown


def _waiver(outcome: Outcome) -> str:
    waiver = outcome.waiver
    return "" if waiver is None else f"{waiver.state.value}: {waiver.reason}"


def _html(template: str, *values: str) -> str:
    """The template with the values in it, escaped unless they are Markup already."""
    shown = [v if isinstance(v, Markup) else escape(visible(v)) for v in values]
    return str(Markup(template).format(*shown))
