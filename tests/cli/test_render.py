"""`oauth-conformance render`: documents of a run file."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.exits import Exit
from tests.cli.calling import call, sentence
from tests.reporting import sample

LINES = list(sample.run().lines())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a run in `run/`."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.jsonl").write_text("\n".join(LINES) + "\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("kind", "beginning"),
    [("html", "<!doctype html>"), ("markdown", "# "), ("json", '{"kind":"header"')],
)
def test_each_format(kind: str, beginning: str, folder: Path) -> None:
    printed = call("render", "run", "--format", kind, folder=folder)
    written = call("render", "run/run.jsonl", "--format", kind, "--to", "out", folder=folder)

    assert (printed.returncode, written.returncode) == (Exit.CONFORMS, Exit.CONFORMS)
    assert printed.stdout.startswith(beginning)
    assert (folder / "out").read_text(encoding="utf-8") == printed.stdout
    assert written.stdout == ""


def test_html_is_what_is_made_without_a_format(folder: Path) -> None:
    assert call("render", "run", folder=folder).stdout.startswith("<!doctype html>")


def test_a_run_that_was_cut_off_is_rendered_as_that(folder: Path) -> None:
    torn = "\n".join(LINES[:2]) + "\n" + LINES[2][:40]
    (folder / "run" / "run.jsonl").write_text(torn, encoding="utf-8")
    done = call("render", "run", "--format", "markdown", folder=folder)

    assert done.returncode == Exit.CONFORMS
    assert "This run was cut off after 1 of" in done.stdout


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "Cannot read the run file"),
        ("", "it has no header line"),
        ("<html>\n", "it has no header line"),
        ('{"kind":"header","format":9}', "has format 9; this version reads format 1"),
        ('{"kind":"header","format":1}', "Line 1 of this run file is no header"),
        (LINES[0] + '\n{"kind":"outcome","id":"a.b"}', "Line 2 of this run file is no outcome"),
        (
            LINES[0] + '\n{"kind":"outcome","id":"a.b","verdict":"fine"}',
            "Line 2 of this run file is no outcome",
        ),
        (LINES[0] + '\n{"kind":"footer","counts":[]}', "Line 2 of this run file is no footer"),
    ],
    ids=["missing", "empty", "html", "format", "header", "outcome", "verdict", "footer"],
)
def test_what_is_no_run_file_is_refused(content: str | None, words: str, folder: Path) -> None:
    if content is not None:
        (folder / "broken.jsonl").write_text(content, encoding="utf-8")
    done = call("render", "broken.jsonl", folder=folder)

    assert done.returncode == Exit.REFUSED
    assert words in sentence(done)


def test_a_place_that_cannot_be_written_is_refused(folder: Path) -> None:
    done = call("render", "run", "--to", "no/such/folder/out.html", folder=folder)

    assert done.returncode == Exit.REFUSED
    assert "no/such/folder/out.html cannot be written: No such file" in sentence(done)
