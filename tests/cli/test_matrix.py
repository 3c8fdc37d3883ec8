"""`oauth-conformance matrix`: a page to publish, made from run files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.exits import Exit
from conformance.model import Run
from tests.cli.calling import call, sentence


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run, and the same as if it were of another profile."""
    made = tmp_path_factory.mktemp("matrix")
    call("run", "--output", "first", "-k", "pkce", "--without-browser", folder=made)
    run = Run.read(made / "first")
    other = replace(run, header=replace(run.header, profile={"name": "other"}))
    (made / "second.jsonl").write_text("".join(f"{line}\n" for line in other.lines()))
    return made


def test_it_prints_markdown(folder: Path) -> None:
    done = call("matrix", "first", "second.jsonl", folder=folder)

    assert done.returncode == Exit.CONFORMS
    assert "| RFC 7636 |" in done.stdout


def test_what_it_publishes_makes_the_same_page_again(folder: Path) -> None:
    call("matrix", "first", "second.jsonl", "--to", "published", folder=folder)
    published = folder / "published"
    runs = sorted(str(file) for file in (published / "runs").iterdir())

    done = call("matrix", *runs, "--to", "again", folder=folder)

    assert done.returncode == Exit.CONFORMS
    assert [Path(one).name for one in runs] == ["embedded-standard.jsonl.gz", "other.jsonl.gz"]
    for name in ("index.html", "matrix.md", "runs/other.jsonl.gz"):
        assert (folder / "again" / name).read_bytes() == (published / name).read_bytes()


@pytest.mark.parametrize(
    ("runs", "words"),
    [
        (("first", "first"), "Two runs are of the same profile: embedded-standard"),
        (("first", "no-such-run"), "Cannot read the run file"),
    ],
    ids=["twice", "missing"],
)
def test_what_cannot_be_shown_is_said(folder: Path, runs: tuple[str, ...], words: str) -> None:
    done = call("matrix", *runs, folder=folder)

    assert done.returncode == Exit.REFUSED
    assert words in sentence(done)
