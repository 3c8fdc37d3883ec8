"""What is published in `reports/` is what its runs say, and the README shows it."""

from __future__ import annotations

from pathlib import Path

from conformance.model import Run, Verdict
from conformance.reporting.matrix import matrix
from conformance.reporting.matrix_page import as_html, as_markdown, by_standard
from conformance.requirements import load

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "reports" / "servers"
FILES = sorted((PUBLISHED / "runs").glob("*.jsonl.gz"))
LARGEST = 100_000
"""Bytes of one published run."""


def published() -> tuple[Run, ...]:
    return tuple(map(Run.read, FILES))


def test_every_server_that_can_be_started_is_published() -> None:
    startable = {file.parent.name for file in (ROOT / "profiles").glob("*/start")}

    assert {run.header.profile["name"] for run in published()} == startable


def test_published_runs_are_whole_small_and_without_evidence() -> None:
    for file, run in zip(FILES, published(), strict=True):
        assert not run.truncated
        assert run.header.reduced
        assert {one.id for one in run.outcomes} >= set(run.header.selected)
        assert not any(one.transcript or one.screenshots for one in run.outcomes)
        assert run.counts()[Verdict.BROKEN] == run.counts()[Verdict.INCONCLUSIVE] == 0
        assert file.stat().st_size < LARGEST


def test_the_pages_are_made_from_the_runs() -> None:
    shown = matrix(published(), load())

    assert (PUBLISHED / "matrix.md").read_text(encoding="utf-8") == as_markdown(shown)
    assert (PUBLISHED / "index.html").read_text(encoding="utf-8") == as_html(shown)


def test_the_readme_shows_the_table() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert by_standard(matrix(published(), load())) in readme
