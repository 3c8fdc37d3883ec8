"""What the `start` scripts share: the pinned server goes into the cache once, then we become it."""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

INSTALL_SECONDS = 900
"""How long one command of an installation may take."""

READY_SECONDS = 240
"""How long a server that does not say by itself when it is ready may take."""

NODE_REMEDY = "install Node.js 20 or newer, which brings it"

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


def settings(folder: Path, port: int) -> Mapping[str, str]:
    """What a server of ours reads from its environment: the port, and the parts of the profile."""
    told = profile(folder)
    return {
        "SERVER_PORT": str(port),
        "SERVER_CLIENTS": json.dumps(told["clients"]),
        "SERVER_USERS": json.dumps(told["users"]),
        "SERVER_RESOURCES": json.dumps(told["resources"]),
        "SERVER_LIFETIMES": json.dumps(seconds(told.get("lifetimes", {}))),
    }


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


def npm_packages(name: str, pins: Sequence[Path]) -> Path:
    """The folder with the packages of a package.json and its lock file, installed with npm.

    The server is the package `name`, whose version the package.json pins.
    """
    version = json.loads(pins[0].read_text(encoding="utf-8"))["dependencies"][name]
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")

    def install(folder: Path) -> None:
        npm = find("npm", NODE_REMEDY)
        for pin in pins:
            shutil.copy(pin, folder)
        call([npm, "ci", *quiet], cwd=folder)

    return installed(f"{name.rpartition('/')[2]}-{version}", pins, install)


def node(major: int, minor: int = 0) -> str:
    """The path of a Node.js that is new enough."""
    path = find("node", NODE_REMEDY)
    return _new_enough("Node.js", (path, "--version"), r"v(\d+)\.(\d+)", (major, minor))


def java(major: int) -> str:
    """The path of a Java that is new enough."""
    path = find("java", f"install a JDK, version {major} or newer")
    return _new_enough("Java", (path, "-version"), r'version "(\d+)', (major,))


def _new_enough(name: str, ask: Sequence[str], pattern: str, needed: tuple[int, ...]) -> str:
    asked = subprocess.run(ask, capture_output=True, text=True, timeout=30)
    said = (asked.stdout + asked.stderr).strip()
    version = re.search(pattern, said)
    if version is None or tuple(map(int, version.groups())) < needed:
        words = ".".join(map(str, needed))
        raise CannotStart(f"{name} {words} or newer is needed, this is {said!r}")
    return ask[0]


def pip_packages(name: str, pins: Path) -> Path:
    """The folder of a virtual environment with the packages of a requirements.txt.

    The server is the package `name`, whose version the file pins.
    """
    pinned = re.search(rf"^{re.escape(name)}==(\S+)", pins.read_text(), re.MULTILINE)
    if pinned is None:
        raise CannotStart(f"{pins} does not pin {name}")
    python = "py{}.{}".format(*sys.version_info)

    def install(folder: Path) -> None:
        if importlib.util.find_spec("ensurepip") is None:
            raise CannotStart("this Python cannot make virtual environments; add python3-venv")
        call([sys.executable, "-m", "venv", "--clear", folder], cwd=folder)
        pip = [folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "--no-input"]
        call([*pip, "install", "--quiet", "--require-hashes", "-r", pins], cwd=folder)

    return installed(f"{name}-{pinned[1]}-{python}", [pins], install)


def go_program(module: str, sources: Sequence[Path], tags: str = "") -> Path:
    """The program that Go builds of sources, their go.mod and their go.sum.

    The server is the module `module`, whose version the go.mod pins.
    """
    pins = next(one for one in sources if one.name == "go.mod").read_text(encoding="utf-8")
    pinned = re.search(rf"^(?:require)?\s*{re.escape(module)} (\S+)", pins, re.MULTILINE)
    if pinned is None:
        raise CannotStart(f"the go.mod does not pin {module}")
    name = "-".join(re.sub(r"/v\d+$", "", module).split("/")[1:])

    def install(folder: Path) -> None:
        go = find("go", "install Go, version 1.26 or newer")
        for one in sources:
            shutil.copy(one, folder)
        call([go, "build", "-trimpath", "-tags", tags, "-o", "server", "."], cwd=folder)

    return installed(f"{name}-{pinned[1]}", sources, install) / "server"


def supervise(
    command: Sequence[str | Path],
    settings: Mapping[str, str],
    issuer: str,
    url: str,
    prepare: Callable[[], object] = lambda: None,
) -> None:
    """Run the server as a child until a signal comes; say that it is ready once `url` answers 200.

    For servers that do not say it themselves, or have to be prepared first. What they print goes
    to stderr. The child is gone when this returns. Raises CannotStart when it ends by itself, or
    does not get ready.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    process = subprocess.Popen(
        [str(word) for word in command],
        env={**os.environ, **settings},
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
    )
    try:
        _wait_for(url, process)
        prepare()
        print(f"ready {issuer}", flush=True)
        process.wait()
        raise CannotStart("the server ended; its output is above")
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _end(_number: int, _frame: object) -> NoReturn:
    sys.exit(0)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise CannotStart("the server ended before it was ready; its output is above")
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (OSError, urllib.error.URLError):
            pass
        time.sleep(0.2)
    raise CannotStart(f"the server was not ready after {READY_SECONDS} s")


def free_port() -> int:
    """A port on 127.0.0.1 that is free now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def become(command: Sequence[str | Path], settings: Mapping[str, str]) -> NoReturn:
    """Replace this process by the server: signals reach it directly, no parent stays behind."""
    words = [str(word) for word in command]
    sys.stderr.flush()
    os.execve(words[0], words, {**os.environ, **settings})
