"""The matrix as a page and as Markdown; what is shown is made in `matrix`."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from conformance.model import Verdict
from conformance.reporting.html import TEMPLATES, content_security_policy, environment
from conformance.reporting.markdown import plain
from conformance.reporting.matrix import SIGNS, Matrix
from conformance.reporting.standing import Standing

_SHOWN = ((Standing.VIOLATED, "✗"), (Standing.WARNED, "!"), (Standing.NOT_JUDGED, "?"))
_KEY = "✗ violated · ! warned · ? could not be judged · ✓ kept; requirements, not checks."


def as_html(shown: Matrix) -> str:
    """One file (UTF-8) that asks for nothing and has no script."""
    style = "\n".join(
        (TEMPLATES / name).read_text(encoding="utf-8") for name in ("report.css", "matrix.css")
    )
    template = environment().get_template("matrix.html.j2")
    return template.render(
        matrix=shown,
        signs=[(verdict.words, sign) for verdict, sign in SIGNS.items()],
        summary=summary,
        style=Markup(style),
        policy=content_security_policy(style, ""),
    )


def as_markdown(shown: Matrix) -> str:
    """A table by standard, and one of the checks that somebody fails; for code hosts."""
    blocks = [*map(plain, shown.remarks), _who(shown), _by_standard(shown), _KEY, _by_check(shown)]
    return "\n\n".join(filter(None, blocks)) + "\n"


def by_standard(shown: Matrix) -> str:
    """The small table alone, as it stands in a README, with its key."""
    return f"{_by_standard(shown)}\n\n{_KEY}"


def summary(counts: Mapping[Standing, int] | None) -> str:
    """The requirements of one document at one server in a few characters, such as `✗ 2 ✓ 41`."""
    if counts is None:
        return "not judged by it"
    loud = [f"{sign} {counts[standing]}" for standing, sign in _SHOWN if counts[standing]]
    return " ".join([*loud, f"✓ {counts[Standing.HELD]}"])


def _who(shown: Matrix) -> str:
    rows = [
        "| server | judged | suite | checks failed | warned | passed |",
        "|---|---|---|--:|--:|--:|",
    ]
    for server in shown.servers:
        counts = server.counts
        failed, warned, passed = (
            counts[verdict] for verdict in (Verdict.FAILED, Verdict.WARNED, Verdict.PASSED)
        )
        when = f"{server.started[:10]}{' (cut off)' if server.remarks else ''}"
        name = plain(server.name)
        rows.append(f"| {name} | {when} | {plain(server.suite)} | {failed} | {warned} | {passed} |")
    return "\n".join(rows)


def _by_standard(shown: Matrix) -> str:
    names = " | ".join(plain(server.name) for server in shown.servers)
    rows = [f"| | {names} |", f"|---|{'---|' * len(shown.servers)}"]
    for standard in shown.standards:
        cells = " | ".join(map(summary, standard.counts))
        rows.append(f"| {plain(standard.label)} | {cells} |")
    return "\n".join(rows)


def _by_check(shown: Matrix) -> str:
    blocks: list[str] = []
    for area in shown.areas:
        failed = [
            row for row in area.rows if Verdict.FAILED in {cell.verdict for cell in row.cells}
        ]
        if not failed:
            continue
        names = " | ".join(plain(server.profile) for server in shown.servers)
        rows = [f"| check | {names} |", f"|---|{'---|' * len(shown.servers)}"]
        for row in failed:
            cells = " | ".join(cell.sign for cell in row.cells)
            rows.append(f"| `{row.check}` | {cells} |")
        blocks.append(f"### {plain(area.name)}\n\n" + "\n".join(rows))
    return "\n\n".join(["## Checks that a server fails", *blocks]) if blocks else ""
