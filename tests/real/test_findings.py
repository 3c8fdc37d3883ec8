"""Findings about real servers: each has a reproduction with curl, and it shows what it says."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.real.test_real_servers import PROFILES, SERVERS, started
from tests.real.test_whole_runs import listed_in

HEADING = "Failed and warned"

FINDINGS_SECONDS = 600


def judged_findings(name: str) -> list[set[str]]:
    """The checks of each row whose judgement, its last cell, speaks of a finding."""
    text = (PROFILES / name / "README.md").read_text(encoding="utf-8")
    section = text.partition(f"### {HEADING}\n")[2].partition("\n#")[0]
    rows = [row for row in section.splitlines() if row.startswith("| `")]
    return [
        {check.partition("[")[0] for check in listed_in(f"### {HEADING}\n{row}", HEADING)}
        for row in rows
        if re.search(r"\bfinding\b", row.rsplit(" | ", 1)[1])
    ]


def shown(name: str) -> set[str]:
    """The checks that the script of a server shows."""
    script = PROFILES / name / "findings"
    listed = subprocess.run([script, "--list"], capture_output=True, text=True, check=True)
    return set(listed.stdout.split())


@pytest.mark.parametrize("name", SERVERS)
def test_every_finding_is_shown_with_curl(name: str) -> None:
    """A row with several checks says one thing, so one of them is enough."""
    available = shown(name)

    assert [sorted(row) for row in judged_findings(name) if not row & available] == []


@pytest.mark.parametrize("name", SERVERS)
def test_what_is_shown_is_a_finding(name: str) -> None:
    rows = judged_findings(name)

    assert rows
    assert shown(name) - set().union(*rows) == set()


@pytest.mark.real
@pytest.mark.parametrize("name", SERVERS)
def test_findings_are_there(name: str, tmp_path: Path) -> None:
    with started(name, tmp_path) as (_, issuer):
        ended = subprocess.run(
            [PROFILES / name / "findings", issuer],
            capture_output=True,
            text=True,
            timeout=FINDINGS_SECONDS,
            check=False,
        )

    assert ended.returncode == 0, ended.stdout[-6000:] + ended.stderr[-2000:]
    assert ended.stdout.splitlines().count("shown") == len(shown(name))
    assert ended.stderr == ""
