"""Finds a Chromium to drive: Playwright's own, else one of the machine, else one to install."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import Final

from conformance.errors import BrowserMissing

LONGEST_INSTALLATION: Final = 900.0
"""Seconds that one command of an installation may take."""

_COMMANDS: Final = (
    "google-chrome",
    "google-chrome-stable",
    "chromium",
    "chromium-browser",
    "microsoft-edge",
    "microsoft-edge-stable",
    "chrome",
    "msedge",
)
_LINUX: Final = (
    "/opt/google/chrome/chrome",
    "/usr/lib/chromium/chromium",
    "/usr/lib64/chromium-browser/chromium-browser",
    "/snap/bin/chromium",
    "/opt/microsoft/msedge/msedge",
)
_MACOS: Final = (
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Chromium.app/Contents/MacOS/Chromium",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
_WINDOWS: Final = (
    r"Google\Chrome\Application\chrome.exe",
    r"Chromium\Application\chrome.exe",
    r"Microsoft\Edge\Application\msedge.exe",
)
_WINDOWS_ROOTS: Final = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")


@dataclass(frozen=True, slots=True)
class BrowserBinary:
    """A browser that can be started, and where it came from, in words."""

    path: Path
    source: str


def _run(command: Sequence[str]) -> bool:
    """Runs a command, its output on our standard error; whether it ended well."""
    try:
        done = subprocess.run(command, check=False, stdout=sys.stderr, timeout=LONGEST_INSTALLATION)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


@dataclass(frozen=True, slots=True)
class Machine:
    """What the search asks of the machine; tests give another one."""

    system: str = field(default_factory=platform.system)
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    home: str = field(default_factory=lambda: str(Path.home()))
    is_root: bool = field(default_factory=_is_root)
    is_file: Callable[[str], bool] = lambda path: Path(path).is_file()
    which: Callable[[str], str | None] = shutil.which
    run: Callable[[Sequence[str]], bool] = _run

    @property
    def is_debian(self) -> bool:
        """Debian, or one of its children, Ubuntu among them."""
        return self.system == "Linux" and self.is_file("/etc/debian_version")


def find_browser(
    own: str | None, *, install: bool = False, machine: Machine | None = None
) -> BrowserBinary:
    """The browser to drive. `own` is where Playwright keeps its own, there or not.

    With `install` one is installed where none is found: Playwright's download, or, on Debian and
    Ubuntu as root, the distribution's package. Raises BrowserMissing with what to do.
    """
    machine = machine or Machine()
    if own is not None and machine.is_file(own):
        return BrowserBinary(Path(own), "Playwright's own Chromium")
    found = _on_machine(machine)
    if found is not None:
        return BrowserBinary(Path(found), "found on this machine")
    if not install:
        raise BrowserMissing(
            "No browser was found: neither Playwright's Chromium nor a Chrome, Chromium or Edge."
            " Install one, or let this command do it with --install-browser."
        )
    installed = _download(own, machine) or _package(machine)
    may_use_apt = machine.is_debian and machine.is_root
    if installed is None:
        raise BrowserMissing(
            "No browser was found and none could be installed: Playwright's download failed"
            + (", and so did the distribution's package" if may_use_apt else "")
            + ". Install Chrome, Chromium or Edge by hand"
            + (", for example with: sudo apt-get install chromium." if machine.is_debian else ".")
        )
    return installed


@dataclass(slots=True)
class Search:
    """Looks for a browser once: what is missing, or cannot be installed, is not tried again."""

    install: bool
    _failed: BrowserMissing | None = None

    def find(self, own: str | None) -> BrowserBinary:
        """As `find_browser`."""
        if self._failed is not None:
            raise self._failed
        try:
            return find_browser(own, install=self.install)
        except BrowserMissing as error:
            self._failed = error
            raise


def _on_machine(machine: Machine) -> str | None:
    commands = (machine.which(command) for command in _COMMANDS)
    places = (str(place) for place in _places(machine) if machine.is_file(str(place)))
    return next(filter(None, commands), None) or next(places, None)


def _places(machine: Machine) -> Iterator[PurePath]:
    if machine.system == "Linux":
        yield from map(PurePosixPath, _LINUX)
    elif machine.system == "Darwin":
        for folder in ("/Applications", f"{machine.home}/Applications"):
            yield from (PurePosixPath(folder, place) for place in _MACOS)
    elif machine.system == "Windows":
        for folder in filter(None, map(machine.environment.get, _WINDOWS_ROOTS)):
            yield from (PureWindowsPath(folder, place) for place in _WINDOWS)


def _download(own: str | None, machine: Machine) -> BrowserBinary | None:
    """Playwright's download; as root on Debian also the libraries that it needs."""
    playwright = (sys.executable, "-m", "playwright")
    if own is None or not machine.run([*playwright, "install", "chromium"]):
        return None
    if not machine.is_file(own):
        return None
    if not machine.run([own, "--version"]):
        may_help = machine.is_debian and machine.is_root
        if not (may_help and machine.run([*playwright, "install-deps", "chromium"])):
            return None
        if not machine.run([own, "--version"]):
            return None
    return BrowserBinary(Path(own), "Playwright's own Chromium, just installed")


def _package(machine: Machine) -> BrowserBinary | None:
    """The distribution's Chromium, on Debian and Ubuntu as root."""
    if not (machine.is_debian and machine.is_root):
        return None
    apt = ("apt-get", "-o", "DPkg::Lock::Timeout=60", "-y")
    machine.run([*apt, "update"])
    if not machine.run([*apt, "install", "--no-install-recommends", "chromium"]):
        return None
    found = _on_machine(machine)
    # A package may be nothing but a pointer to another installer: only one that runs counts.
    if found is None or not machine.run([found, "--version"]):
        return None
    return BrowserBinary(Path(found), "the distribution's package, just installed")
