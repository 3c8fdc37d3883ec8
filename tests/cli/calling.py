"""Calls the command line as a user does: in a process of its own, in a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from conformance.model import Run, Verdict
from conformance.profile.source import shipped

PROGRAM = (sys.executable, "-m", "conformance.cli")
STANDARD = shipped()["embedded-standard"]


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """A user's: without what steers this test run; the interpreter may keep its bytecode."""
    ours = ("PYTEST", "COV_", "PYTHONDONTWRITEBYTECODE")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**inherited, "COLUMNS": "200", **(more or {})}


def call(
    *arguments: str,
    folder: Path,
    python: Sequence[str] = (),
    variables: Mapping[str, str] | None = None,
    timeout: float = 120,
) -> subprocess.CompletedProcess[str]:
    """One command, to its end; `python` are options of the interpreter."""
    return subprocess.run(
        [PROGRAM[0], *python, *PROGRAM[1:], *arguments],
        cwd=folder,
        env=environment(variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def sentence(done: subprocess.CompletedProcess[str]) -> str:
    """What a command that refused said: exactly one line on standard error."""
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr + done.stdout
    assert "Traceback" not in done.stdout
    return lines[0]


@contextmanager
def served(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`serve` in a process, and what it printed until it was ready."""
    command = [*PROGRAM, "serve", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as process:
        try:
            assert process.stdout is not None
            lines = []
            for line in process.stdout:
                lines.append(line)
                if line.startswith("Ctrl-C"):
                    break
            yield process, "".join(lines)
        finally:
            process.kill()


def issuer(printed: str) -> str:
    """The issuer in what `serve` printed."""
    return printed.splitlines()[0].split()[1]


def profile(file: Path, **replacements: str) -> str:
    """The profile of the embedded server, with some lines said otherwise; by their key."""
    lines = STANDARD.read_text(encoding="utf-8").splitlines()
    for key, line in replacements.items():
        at = next(n for n, old in enumerate(lines) if old.startswith(f"{key} = "))
        lines[at] = line
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file.name


def whole(folder: Path) -> Run:
    """The run in a folder: every selected check has a verdict, and the end was written."""
    run = Run.read(folder)
    assert run.footer is not None
    assert set(run.header.selected) <= {outcome.id for outcome in run.outcomes}
    return run


def verdicts(run: Run) -> dict[str, Verdict]:
    """The verdicts of the selected checks, by id."""
    return {o.id: o.verdict for o in run.outcomes if o.id in run.header.selected}


def lines_of(folder: Path) -> list[dict[str, Any]]:
    """The run file's lines as JSON."""
    text = (folder / "run.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]
