"""Starts the server that a profile brings a script for, and ends it with the run."""

from __future__ import annotations

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conformance.errors import ServerUnreachable

ISSUER = pytest.StashKey[str]()
"""The issuer of a server that this run has started."""

UNSTARTED = pytest.StashKey[str]()
"""Why the server could not be started: then nothing can be judged, and every check says so."""

WORKER_ISSUER = "conformance_issuer"
"""The key under which the controller tells its workers that issuer."""

WORKER_UNSTARTED = "conformance_unstarted"
"""The key under which the controller tells its workers that reason."""

_START = 1200.0
_STOP = 20.0


@contextmanager
def started(script: Path, log: Path) -> Iterator[str]:
    """Runs `script --port N` until the block ends; yields the issuer that it says is ready.

    What the script writes to standard error goes to `log`. Raises ServerUnreachable where it
    ends or stays silent. The script and all that it started end with the block.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [str(script), "--port", str(_free_port())],
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PATH": _path()},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
        try:
            yield _ready(process, script, log)
        finally:
            _stop(process)


def _path() -> str:
    # Scripts that begin with `env python3` run with the Python of this run.
    here = str(Path(sys.executable).parent)
    return os.pathsep.join(part for part in (here, os.environ.get("PATH")) if part)


def _ready(process: subprocess.Popen[str], script: Path, log: Path) -> str:
    lines: queue.Queue[str] = queue.Queue()

    def read() -> None:
        for line in process.stdout or ():
            lines.put(line)
        lines.put("")

    threading.Thread(target=read, daemon=True).start()
    deadline = time.monotonic() + _START
    while (left := deadline - time.monotonic()) > 0:
        try:
            line = lines.get(timeout=left)
        except queue.Empty:
            break
        if line.startswith("ready "):
            return line.split()[1]
        if not line:
            said = log.read_text(errors="replace").strip().splitlines()[-1:]
            words = f": {said[0]}" if said else "."
            raise ServerUnreachable(f"{script} ended before it was ready{words}")
    raise ServerUnreachable(f"{script} did not say that it is ready within {_START:.0f} s.")


def _stop(process: subprocess.Popen[str]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        try:
            process.wait(_STOP)
        except subprocess.TimeoutExpired:
            continue
        break
    process.wait(_STOP)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
