"""`run --html FILE`: pytest-html's report tells what a check found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from conformance.exits import Exit
from conformance.model import Run
from conformance.server.registrations import PASSWORDS, SECRETS
from tests.cli.calling import call

CHECKS = (
    *("--check", "pkce.wrong_verifier_is_refused"),
    *("--check", "token_response.access_token_is_there"),
    *("--check", "lifetimes.refresh_token_lives_as_promised"),
)


def rows(document: str) -> dict[str, dict[str, Any]]:
    """The tests of the report by node id: it keeps them as JSON, which a script lays out."""
    blob = BeautifulSoup(document, "html.parser").select_one("#data-container")
    assert blob is not None
    tests = json.loads(str(blob["data-jsonblob"]))["tests"]
    return {name: row for name, (row, *_) in tests.items()}


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "workers"])
def test_rows_have_verdict_and_evidence(tmp_path: Path, workers: list[str]) -> None:
    ignored = ("--defect", "verifier ignored", "--without-browser", *workers)
    done = call("run", "--output", "out", "--html", "a.html", *ignored, *CHECKS, folder=tmp_path)
    document = (tmp_path / "a.html").read_text(encoding="utf-8")
    run = Run.read(tmp_path / "out")
    found = {
        name.partition("::test_")[2].partition("::")[0]: r for name, r in rows(document).items()
    }

    assert done.returncode == Exit.VIOLATION
    assert len(found) == len(run.header.selected)
    for outcome in (o for o in run.outcomes if o.id in run.header.selected):
        row = found[outcome.id.partition(".")[2]]
        cells = [
            BeautifulSoup(cell, "html.parser").get_text("|") for cell in row["resultsTableRow"]
        ]
        assert cells[1:4] == [
            outcome.verdict.words,
            outcome.level,
            "|".join(outcome.requirements),
        ]
        text = BeautifulSoup(row["extras"][0]["content"], "html.parser").get_text("\n")
        assert outcome.sentence in text
        assert (outcome.seen or outcome.reason) in text
        assert len(row["extras"]) == 1
    heads = BeautifulSoup(document, "html.parser").select("#results-table-head th")
    assert [head.get_text() for head in heads][:5] == [
        *("Result", "Verdict", "Level", "Requirements", "Test"),
    ]
    secrets = [*SECRETS.values(), *PASSWORDS.values()]
    assert [secret for secret in secrets if secret in document] == []
