"""Whole runs against real servers: they end, all is judged, and the READMEs tell what came out."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.exits import Exit
from conformance.model import Run, Verdict

PROFILES = Path(__file__).parents[2] / "profiles"
SERVERS = sorted(start.parent.name for start in PROFILES.glob("*/start"))

RUN_SECONDS = 1800

pytestmark = pytest.mark.real


@pytest.fixture(scope="module", params=SERVERS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def folder(name: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one whole run, which all tests of a server look at."""
    made = tmp_path_factory.mktemp(name)
    command = [sys.executable, "-m", "conformance.cli", "run", name, "--output", str(made)]
    ended = subprocess.run(
        command, cwd=made, capture_output=True, text=True, timeout=RUN_SECONDS, check=False
    )
    assert ended.returncode == Exit.VIOLATION, ended.stdout[-4000:] + ended.stderr[-4000:]
    return made


@pytest.fixture(scope="module")
def run(folder: Path) -> Run:
    return Run.read(folder)


def with_verdict(run: Run, *verdicts: Verdict) -> set[str]:
    return {outcome.id for outcome in run.outcomes if outcome.verdict in verdicts}


def listed(name: str, heading: str) -> set[str]:
    """The ids in the table under a heading of a profile's README."""
    return listed_in((PROFILES / name / "README.md").read_text(encoding="utf-8"), heading)


def listed_in(text: str, heading: str) -> set[str]:
    """The ids in the table under a heading; `a.b[x, y]` is two of them."""
    section = text.partition(f"### {heading}\n")[2].partition("\n#")[0]
    ids = set[str]()
    for check, variants in re.findall(r"`([a-z_0-9]+\.[a-z_0-9]+)(?:\[([^\]]+)\])?`", section):
        ids |= {f"{check}[{one.strip()}]" for one in variants.split(",")} if variants else {check}
    return ids


def test_a_run_judges_every_check(run: Run) -> None:
    assert run.footer is not None
    assert run.footer.exit_code == Exit.VIOLATION
    assert {outcome.id for outcome in run.outcomes} == set(run.header.selected)
    assert with_verdict(run, Verdict.BROKEN, Verdict.INCONCLUSIVE) == set()


def test_the_readme_lists_what_is_failed_and_warned(name: str, run: Run) -> None:
    found = with_verdict(run, Verdict.FAILED, Verdict.WARNED)

    assert listed(name, "Failed and warned") == found


def test_the_readme_lists_what_is_not_judged(name: str, run: Run) -> None:
    found = with_verdict(run, Verdict.NOT_APPLICABLE, Verdict.NOT_RUN)

    checks = {check.partition("[")[0] for check in found}
    assert listed(name, "Not applicable and not run") == checks


def test_nothing_of_a_session_reaches_the_outputs(run: Run) -> None:
    """What is a cookie on the wire is a mark in the run file, in headers and in pages."""
    exchanges = [exchange for outcome in run.outcomes for exchange in outcome.transcript]
    cookies = [
        pair.partition("=")[2]
        for exchange in exchanges
        for header, value in exchange.request_headers
        if header.lower() == "cookie"
        for pair in value.split("; ")
    ]
    printed = [
        shown
        for exchange in exchanges
        for shown in re.findall(r"<strong>cookie</strong>: &#39;(.*?)&#39;", exchange.answer_body)
    ]

    assert cookies
    assert [value for value in (*cookies, *printed) if not value.startswith("«")] == []


def test_the_pictures_lie_where_the_run_file_says(folder: Path, run: Run) -> None:
    pictures = [shot.file for outcome in run.outcomes for shot in outcome.screenshots]

    assert pictures
    assert [file for file in pictures if not (folder / file).is_file()] == []
