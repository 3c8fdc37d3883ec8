"""What the `start` scripts share: the pinned server goes into the cache once, then we become it."""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

INSTALL_SECONDS = 280
"""How long one command of an installation may take."""

_INSTALLED = "installed"
"""The file that says that an installation is whole, and from which pins it was made."""


class CannotStart(Exception):
    """The server cannot be started here; the text is one sentence that says what to do."""


def run(main: Callable[[int], None], about: str) -> NoReturn:
    """Call `main` with the port that `--port` names, 0 for a free one.

    A CannotStart becomes its sentence on stderr and exit status 1. A SIGTERM or SIGINT that
    arrives before the server runs ends what we started and exits with 128 plus its number.
    """
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0: a free one")
    port = parser.parse_args().port
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    try:
        main(port)
    except CannotStart as problem:
        sys.exit(f"start: {problem}")
    sys.exit(0)


def _leave(number: int, _frame: object) -> NoReturn:
    sys.exit(128 + number)


def profile(folder: Path) -> Mapping[str, Any]:
    """The profile.toml of a folder, as it stands: what is registered is what the suite reads."""
    return tomllib.loads((folder / "profile.toml").read_text(encoding="utf-8"))


def seconds(durations: Mapping[str, str]) -> Mapping[str, int]:
    """The durations of a profile (`90s`, `10m`, `1h`, `365d`) in seconds."""
    unit = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    return {name: int(text[:-1]) * unit[text[-1]] for name, text in durations.items()}


def find(program: str, remedy: str) -> str:
    """The path of a program on the PATH; without it, CannotStart with the remedy."""
    found = shutil.which(program)
    if found is None:
        raise CannotStart(f"{program} was not found on the PATH; {remedy}")
    return found


def installed(name: str, pins: Sequence[Path], install: Callable[[Path], None]) -> Path:
    """The folder in the cache that holds the server `name`; `install` fills it where it is not.

    `pins` are the files that say what is installed: when one of them changes, it is done anew.
    Several may ask at once, one of them installs.
    """
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(home) / "oauth-conformance" / name
    digest = hashlib.sha256(b"\0".join(pin.read_bytes() for pin in pins)).hexdigest()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _locked(folder.with_name(f"{name}.lock")):
            if _marked(folder) != digest:
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                print(f"start: installing {name} into {folder}", file=sys.stderr, flush=True)
                install(folder)
                (folder / _INSTALLED).write_text(digest, encoding="ascii")
    except OSError as error:
        raise CannotStart(f"{folder} cannot be written: {error.strerror}") from error
    return folder


def _marked(folder: Path) -> str | None:
    mark = folder / _INSTALLED
    return mark.read_text(encoding="ascii") if mark.is_file() else None


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def call(command: Sequence[str | Path], cwd: Path) -> None:
    """Run a command of an installation to its end, with its output on stderr.

    It and its children are gone when this returns. Raises CannotStart when it fails or takes
    longer than INSTALL_SECONDS.
    """
    words = [str(word) for word in command]
    shown = " ".join([Path(words[0]).name, *words[1:]])
    process = subprocess.Popen(
        words, cwd=cwd, stdin=subprocess.DEVNULL, stdout=sys.stderr, start_new_session=True
    )
    try:
        status = process.wait(INSTALL_SECONDS)
    except subprocess.TimeoutExpired:
        raise CannotStart(f"`{shown}` took longer than {INSTALL_SECONDS} s") from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if status:
        raise CannotStart(f"`{shown}` failed with exit status {status}; its output is above")


def become(command: Sequence[str | Path], settings: Mapping[str, str]) -> NoReturn:
    """Replace this process by the server: signals reach it directly, no parent stays behind."""
    words = [str(word) for word in command]
    sys.stderr.flush()
    os.execve(words[0], words, {**os.environ, **settings})
