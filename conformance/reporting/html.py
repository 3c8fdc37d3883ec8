"""The run as `report.html`: one file, no request to anywhere, readable without scripts."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from conformance.model import Run, Verdict
from conformance.reporting.evidence import LEVELS, ReadScreenshot
from conformance.reporting.page import moment, page
from conformance.reporting.standing import Standing
from conformance.reporting.story import Line
from conformance.reporting.text import count, one_line, visible, web_link
from conformance.requirements import Catalogue

TEMPLATES = Path(__file__).parent / "templates"

LARGEST = 4_800_000
"""Bytes that a report should stay under; evidence is cut, step by step, until it does."""

_ESCAPES = re.compile(r"\\u[0-9a-f]{4}|\\U[0-9a-f]{8}")


def render(run: Run, catalogue: Catalogue, read_screenshot: ReadScreenshot) -> str:
    """The report as an HTML document (UTF-8).

    `read_screenshot` gives the bytes of a picture of the run, or None where there is none. A
    large run is shown with less of its bodies; the verdicts and lines are always all there.
    """
    style = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    script = (TEMPLATES / "report.js").read_text(encoding="utf-8")
    template = environment().get_template("report.html.j2")
    text = ""
    for thoroughness in LEVELS:
        text = template.render(
            page=page(run, catalogue, read_screenshot, thoroughness),
            style=Markup(style),
            script=Markup(script),
            policy=content_security_policy(style, script),
            body_limit=thoroughness.loud.body,
        )
        if len(text.encode()) <= LARGEST:
            break
    return text


def content_security_policy(style: str, script: str) -> str:
    """The policy of the document: nothing but its own style, its own script and its pictures."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(content: str) -> str:
    digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
    return f"sha256-{digest}"


@cache  # Compiling the templates takes longer than rendering a small run.
def environment() -> Environment:
    """Where templates are rendered: everything is escaped, and nothing invisible gets out."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    made.filters |= {
        "wire": wire,
        "lines": lines,
        "one_line": one_line,
        "web_link": web_link,
        "moment": moment,
        "bars": bars,
        "slug": lambda words: words.replace(" ", "-").replace("_", "-"),
    }
    made.globals |= {"count": count, "Verdict": Verdict, "Standing": Standing}
    return made


def _finalize(value: object) -> object:
    """Everything that a template prints: no invisible character gets into the document."""
    if value is None:
        return ""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@lru_cache(maxsize=20_000)  # The same headers stand in every answer.
def wire(text: str) -> Markup:
    """A text from the server, escaped, with escapes of invisible characters set apart."""
    shown = str(escape(visible(text)))
    marked = _ESCAPES.sub(lambda m: f'<span class="invisible">{m.group()}</span>', shown)
    return Markup(marked)


def lines(written: Sequence[Line]) -> Markup:
    """The lines of a message; the one that was changed is marked."""
    return Markup("").join(map(_line, written))


def _line(line: Line) -> Markup:
    text = wire(line.text)
    if line.marked:
        note = Markup(" <i>reads {}</i>").format(wire(line.note)) if line.note else ""
        text = Markup("<mark>{}</mark>{}").format(text, note)
    return text + "\n"


def bars(counts: Mapping[Standing | Verdict, int]) -> list[tuple[str, float, float]]:
    """Shares of 100 for a stacked bar: class name, start, width; what is zero is left out."""
    total = sum(counts.values())
    shares: list[tuple[str, float, float]] = []
    start = 0.0
    for word, number in counts.items():
        if number:
            width = 100 * number / total
            shares.append((word.value.replace("_", "-").replace(" ", "-"), start, width))
            start += width
    return [(name, round(x, 2), round(width, 2)) for name, x, width in shares]
