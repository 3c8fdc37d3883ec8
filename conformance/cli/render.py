"""`oauth-conformance render`: a run file as a document."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.errors import UsageError
from conformance.exits import Exit
from conformance.model import Run
from conformance.reporting import html, markdown
from conformance.requirements import load


@click.command("render")
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "kind",
    type=click.Choice(["html", "markdown", "json"]),
    default="html",
    show_default=True,
)
@click.option("--to", type=click.Path(path_type=Path), help="the file to write [standard output]")
def command(run: Path, kind: str, to: Path | None) -> Exit:
    """Renders RUN, a run file or the folder of a run, as HTML, Markdown or JSON Lines."""
    read = Run.read(run)
    folder = run if run.is_dir() else run.parent

    def screenshot(name: str) -> bytes | None:
        file = folder / name
        return file.read_bytes() if file.is_file() else None

    match kind:
        case "html":
            text = html.render(read, load(), screenshot)
        case "markdown":
            text = markdown.render(read, load())
        case _:
            text = "\n".join(read.lines()) + "\n"
    if to is None:
        click.echo(text, nl=False)
        return Exit.CONFORMS
    try:
        to.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{to} cannot be written: {error.strerror}.") from None
    return Exit.CONFORMS
