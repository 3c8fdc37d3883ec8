"""How often a real server is judged the same: fresh runs, each in another order.

`python -m tests.real.stability SERVER… --runs 5` starts each server anew for every run: the first
in file order, the next in random order, every second of those with two workers. Then it
compares the verdicts of all runs in the folder, check by check.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

import click

from conformance.model import Run, Verdict
from tests.real.test_whole_runs import PROFILES, SERVERS

ROOT = PROFILES.parent

RUN_SECONDS = 1800

NEEDED = 0.998
"""The share of verdicts that have to be those of most runs."""


def order(number: int) -> list[str]:
    """The options of one run: file order for the first, then other orders, also with workers."""
    shuffled = ["-p", "tests.proof.shuffled", "--shuffle", str(number)]
    workers = ["-n", "2"] if number % 2 else []
    return [*shuffled, *workers] if number else []


def made(server: str, number: int, folder: Path) -> Path:
    """The folder of one run, which is made where it is not there, or not whole."""
    output = folder / server / str(number)
    if not (output / "run.jsonl").is_file() or Run.read(output).truncated:
        subprocess.run(
            [
                *(sys.executable, "-m", "conformance.cli", "run", server),
                *("--output", str(output), *order(number)),
            ],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            timeout=RUN_SECONDS,
            check=False,
        )
    return output


def verdicts(runs: Iterable[Run]) -> dict[str, Counter[Verdict | None]]:
    """What each check of any run was judged in all of them; None where it is missing."""
    by_run = [{outcome.id: outcome.verdict for outcome in run.outcomes} for run in runs]
    found: dict[str, Counter[Verdict | None]] = defaultdict(Counter)
    for check in sorted(set().union(*by_run)):
        found[check].update(one.get(check) for one in by_run)
    return found


def same(found: dict[str, Counter[Verdict | None]]) -> tuple[int, int]:
    """How many verdicts are those of most runs, and how many there are."""
    return (
        sum(counted.most_common(1)[0][1] for counted in found.values()),
        sum(counted.total() for counted in found.values()),
    )


@click.command()
@click.argument("servers", nargs=-1, type=click.Choice(SERVERS))
@click.option("--runs", default=5, show_default=True, help="of each server")
@click.option("--first", default=0, show_default=True, help="the number of the first run")
@click.option("--keep", type=click.Path(path_type=Path), required=True, help="where the runs go")
def main(servers: tuple[str, ...], runs: int, first: int, keep: Path) -> None:
    """Compares runs of SERVERS (all by default); exits with 1 where too few are the same."""
    worst = 1.0
    for server in servers or SERVERS:
        folders = [made(server, number, keep) for number in range(first, first + runs)]
        judged = [Run.read(folder) for folder in folders]
        found = verdicts(judged)
        alike, total = same(found)
        share = alike / total
        worst = min(worst, share)
        unjudged = sum(
            counted[Verdict.INCONCLUSIVE] + counted[Verdict.BROKEN] for counted in found.values()
        )
        click.echo(
            f"{server}: {len(judged)} runs, {share:.3%} of {total} verdicts the same, "
            f"{unjudged} inconclusive or broken"
        )
        for check, counted in found.items():
            if len(counted) > 1:
                told = (
                    f"{number}x {'missing' if verdict is None else verdict.words}"
                    for verdict, number in counted.most_common()
                )
                click.echo(f"  {check}: {', '.join(told)}")
    sys.exit(worst < NEEDED)


if __name__ == "__main__":
    main()
