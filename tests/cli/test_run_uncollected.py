"""`oauth-conformance run` where a module does not import: exit code 3, and nothing is kept."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import conformance
from conformance.exits import Exit
from tests.cli.calling import STANDARD, call, sentence


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A folder with a copy of everything that a run needs: it is what is run there."""
    bytecode = shutil.ignore_patterns("__pycache__")
    package = Path(conformance.__file__).parent
    shutil.copytree(package, tmp_path / "conformance", ignore=bytecode)
    shutil.copytree(STANDARD.parent.parent, tmp_path / "profiles", ignore=bytecode)
    return tmp_path


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "workers"])
@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("def test_x(:", "SyntaxError: invalid syntax"),
    ],
    ids=["import", "syntax"],
)
def test_a_run_without_one_of_its_modules_is_none(
    copied: Path, workers: list[str], source: str, problem: str
) -> None:
    broken = copied / "conformance" / "checks" / "test_broken.py"
    broken.write_text(f"{source}\n", encoding="utf-8")
    checks = ("--check", "pkce.wrong_verifier_is_refused", *workers)

    done = call("run", "--output", "out", *checks, folder=copied)

    assert done.returncode == Exit.OURS, done.stdout + done.stderr
    assert sentence(done) == f"ERROR: test_broken.py cannot be collected: {problem}"
    assert not (copied / "out").exists()
