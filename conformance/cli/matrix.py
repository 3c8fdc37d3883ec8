"""`oauth-conformance matrix`: servers side by side, from their run files."""

from __future__ import annotations

import gzip
from pathlib import Path

import click

from conformance.cli.screen import Screen
from conformance.errors import UsageError
from conformance.exits import Exit
from conformance.model import Run
from conformance.reporting import matrix_page
from conformance.reporting.matrix import matrix, reduced
from conformance.requirements import load


@click.command("matrix")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--to", type=click.Path(path_type=Path), metavar="DIR", help="publish there")
def command(runs: tuple[Path, ...], to: Path | None) -> Exit:
    """Shows servers side by side: by standard, by area, by check.

    Each RUN is a run file or the folder of a run. Without --to the table is printed as Markdown;
    with it DIR gets index.html, matrix.md, and the runs without their evidence (runs/*.jsonl.gz),
    from which the same page can be made again.
    """
    read = [Run.read(run) for run in runs]
    names = [run.header.profile.get("name", "run") for run in read]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"Two runs are of the same profile: {', '.join(twice)}; give one of each.")
    shown = matrix(read, load())
    if to is None:
        click.echo(matrix_page.as_markdown(shown), nl=False)
        return Exit.CONFORMS
    try:
        (to / "runs").mkdir(parents=True, exist_ok=True)
        (to / "index.html").write_text(matrix_page.as_html(shown), encoding="utf-8")
        (to / "matrix.md").write_text(matrix_page.as_markdown(shown), encoding="utf-8")
        for name, run in zip(names, read, strict=True):
            lines = "".join(f"{line}\n" for line in reduced(run).lines())
            packed = gzip.compress(lines.encode(), mtime=0)
            (to / "runs" / f"{Path(name).name}.jsonl.gz").write_bytes(packed)
    except OSError as error:
        raise UsageError(f"{to} cannot be written to: {error.strerror}.") from None
    Screen().print(f"Written: {to / 'index.html'}")
    return Exit.CONFORMS
