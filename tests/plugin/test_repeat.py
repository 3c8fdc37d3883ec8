"""The command that a finding is repeated with judges as the run did."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.proof.harness import judge


def test_it_has_what_the_run_was_told() -> None:
    options = ("--in-process", "--standards", "rfc6749,rfc7636", "--max-wait", "90s")
    done = judge(
        "embedded-standard",
        defects=["verifier ignored"],
        checks=["pkce.wrong_verifier_is_refused[random]"],
        options=options,
    )
    words = shlex.split(done.outcomes["pkce.wrong_verifier_is_refused[random]"].repeat)

    assert words == [
        *("oauth-conformance", "run", "embedded-standard"),
        *("--check", "pkce.wrong_verifier_is_refused[random]"),
        *("--defect", "verifier ignored", "--standards", "rfc6749,rfc7636"),
        *("--max-wait", "90s", "--in-process"),
    ]


@pytest.mark.parametrize("told", ["embedded-standard", "a folder/profile.toml"])
def test_it_names_the_profile_as_it_was_named(told: str, tmp_path: Path) -> None:
    target = told
    if "/" in told:
        file = tmp_path / told
        file.parent.mkdir()
        file.write_text('extends = "embedded-standard"\n', encoding="utf-8")
        target = str(file)
    done = judge(target, checks=["metadata.metadata_is_json"])

    assert shlex.split(done.outcomes["metadata.metadata_is_json"].repeat)[2] == target
