"""How often sound servers are accused: fresh runs of all dialects, each in another order.

`python -m tests.proof.false_alarms --runs 20` starts the embedded server anew for every run,
shuffles the checks (those that wait stay last), runs them with two workers, and counts what is
neither passed nor not applicable. In this process a check of the browser is not run, which is no
alarm; nor is what the profile has as a known deviation.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import click

from conformance.model import Run, Verdict
from conformance.reporting.standing import waived
from tests.proof.conftest import TARGETS
from tests.proof.harness import INI

SOUND = {Verdict.PASSED, Verdict.NOT_APPLICABLE}


def run(target: str, seed: int, workers: int, *, browser: bool) -> tuple[Counter[Verdict], str]:
    """One run: its verdicts, and in words what accuses the server or cannot be judged."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "pytest.ini").write_text(INI)
        arguments = [
            *(sys.executable, "-m", "pytest", "--pyargs", "conformance.checks"),
            *("-c", str(home / "pytest.ini"), f"--rootdir={home}", "--noconftest", "-q"),
            *("-p", "tests.proof.shuffled", "--shuffle", str(seed), "-n", str(workers)),
            *("--target", target, "--output", str(home / "out")),
            *(() if browser else ("--in-process",)),
        ]
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=900, check=False)
        if not (home / "out" / "run.jsonl").exists():
            return Counter(), done.stdout + done.stderr
        judged = Run.read(home / "out")
    selected = set(judged.header.selected)
    outcomes = [one for one in judged.outcomes if one.id in selected]
    quiet = SOUND if browser else SOUND | {Verdict.NOT_RUN}
    alarms = [one for one in outcomes if one.verdict not in quiet and not waived(one)]
    words = [f"{one.verdict.value}: {one.id}: {one.seen or one.reason}" for one in alarms]
    if judged.footer is None or done.returncode != 0:
        words.append(f"exit {done.returncode}: {done.stdout[-500:]}")
    return Counter(one.verdict for one in outcomes), "\n".join(words)


@click.command()
@click.option("--runs", default=20, show_default=True, help="of each dialect")
@click.option("--workers", default=2, show_default=True)
@click.option("--browser", is_flag=True, help="over sockets and through the browser")
@click.option("--first", default=1, show_default=True, help="the seed of the first run")
def main(runs: int, workers: int, browser: bool, first: int) -> None:
    """Counts false alarms; exits with 1 where there is one."""
    total: Counter[Verdict] = Counter()
    alarmed = 0
    for target in TARGETS:
        for seed in range(first, first + runs):
            verdicts, words = run(target, seed, workers, browser=browser)
            total += verdicts
            alarmed += bool(words)
            click.echo(f"{target} {seed}: {dict(verdicts)}" + (f"\n{words}" if words else ""))
    told = ", ".join(f"{number} {verdict.words}" for verdict, number in total.items())
    click.echo(
        f"{total.total()} verdicts in {runs * len(TARGETS)} runs: {told}; {alarmed} with alarms"
    )
    sys.exit(bool(alarmed))


if __name__ == "__main__":
    main()
