"""Runs the suite inside this process against the embedded server, with and without defects."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.model import Outcome, Run, Verdict

INI = "[pytest]\n"


@dataclass(frozen=True, slots=True)
class Judged:
    """One run: its exit code and its outcomes by check id."""

    exit_code: int
    outcomes: dict[str, Outcome]
    run: Run

    def selected_with(self, *verdicts: Verdict) -> list[str]:
        """The selected checks that have one of these verdicts."""
        selected = set(self.run.header.selected)
        return [
            one
            for one, outcome in self.outcomes.items()
            if outcome.verdict in verdicts and one in selected
        ]

    def explain(self, *verdicts: Verdict) -> str:
        """The outcomes of some verdicts in words, for a failing test's message."""
        return "\n".join(
            f"{outcome.verdict.value}: {outcome.id}: {outcome.seen or outcome.reason}"
            for outcome in self.outcomes.values()
            if outcome.verdict in verdicts and outcome.id in self.run.header.selected
        )


def judge(
    target: str,
    *,
    defects: Sequence[str] = (),
    checks: Sequence[str] = (),
    options: Sequence[str] = ("--in-process",),
    plugins: Sequence[object] = (),
    standards: Sequence[str] = (),
    paths: Sequence[str] = (),
    output: Path | None = None,
) -> Judged:
    """Judges a target; the embedded server runs in this process, without a socket.

    Without `paths` it collects the modules of the checks, or all of them. What it writes is kept
    in the folder `output`, if that is given.
    """
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        ini = home / "pytest.ini"
        ini.write_text(INI)
        arguments = [
            *(paths or _modules(checks)),
            "-c",
            str(ini),
            f"--rootdir={home}",
            "--noconftest",
            "--target",
            target,
            *("--output", str(output or home / "out")),
            *("-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:html", "-p", "no:metadata"),
            *("-p", "no:xdist", "-p", "no:xdist.looponfail", "-p", "no:faulthandler"),
            *("-p", "no:unraisableexception"),  # The session around it looks for them.
            *("--capture", "no"),
            *options,
            *(part for name in defects for part in ("--defect", name)),
            *(part for one in checks for part in ("--check", one)),
            *(("--standards", ",".join(standards)) if standards else ()),
        ]
        code = pytest.main(arguments, plugins=list(plugins))
        return judged(int(code), Run.read(output or home / "out"))


def judged(code: int, run: Run) -> Judged:
    """A run that ended with an exit code."""
    return Judged(code, {outcome.id: outcome for outcome in run.outcomes}, run)


def _modules(checks: Sequence[str]) -> list[str]:
    names = sorted({f"conformance.checks.test_{one.partition('.')[0]}" for one in checks})
    return ["--pyargs", *(names or ["conformance.checks"])]
