"""How long a whole run against the embedded server takes; a script, never a timed test.

    python tests/benchmarks/embedded.py [--runs 3] [--target embedded-standard]

Prints wall time, exchanges, and the time that each exchange and each check comes to. One worker,
the browser's start included, waits by the moved clock.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from conformance.model import Run


def measured(target: str, folder: Path) -> tuple[float, int, int, int]:
    """Seconds, checks, exchanges and exit code of one run."""
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "conformance.cli", "run", target, "--output", str(folder)],
        stdout=subprocess.DEVNULL,
        check=False,
    )
    seconds = time.monotonic() - started
    run = Run.read(folder)
    exchanges = sum(len(outcome.transcript) for outcome in run.outcomes)
    return seconds, len(run.outcomes), exchanges, done.returncode


def main() -> None:
    """Measures several runs and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--target", default="embedded-standard")
    told = parser.parse_args()
    walls: list[float] = []
    print(f"{'run':>4} {'seconds':>8} {'checks':>7} {'exchanges':>10} {'ms/check':>9} {'exit':>5}")
    for number in range(1, told.runs + 1):
        with tempfile.TemporaryDirectory() as folder:
            seconds, checks, exchanges, code = measured(told.target, Path(folder) / "out")
        walls.append(seconds)
        per_check = 1000 * seconds / max(checks, 1)
        print(
            f"{number:>4} {seconds:>8.1f} {checks:>7} {exchanges:>10} {per_check:>9.1f} {code:>5}"
        )
    print(f"median {statistics.median(walls):.1f} s, from {min(walls):.1f} to {max(walls):.1f}")


if __name__ == "__main__":
    main()
