"""Finding a browser, on machines that are made up."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pytest

from conformance.errors import BrowserMissing
from conformance.target.chromium import Machine, find_browser

OWN = "/home/alice/.cache/ms-playwright/chromium-1/chrome-linux/chrome"
DEBIAN = "/etc/debian_version"
PLAYWRIGHT = [sys.executable, "-m", "playwright"]


class Shop:
    """A machine: files that are there, commands on its path, and what running one does."""

    def __init__(
        self,
        *files: str,
        path: dict[str, str] | None = None,
        system: str = "Linux",
        is_root: bool = False,
        gives: dict[str, list[str]] | None = None,
        works: bool = True,
    ) -> None:
        self.files = set(files)
        self.path = path or {}
        self.gives = gives or {}
        self.works = works
        self.ran: list[list[str]] = []
        self.machine = Machine(
            system=system,
            environment={
                "PROGRAMFILES": r"C:\Program Files",
                "LOCALAPPDATA": r"C:\Users\a\AppData\Local",
            },
            home="/home/alice",
            is_root=is_root,
            is_file=lambda path: path in self.files,
            which=self.path.get,
            run=self.run,
        )

    def run(self, command: Sequence[str]) -> bool:
        self.ran.append(list(command))
        if command[-1] == "--version":
            return self.works
        for part, files in self.gives.items():
            if part in command:
                self.files.update(files)
                self.path.update({file.rpartition("/")[2]: file for file in files})
                return True
        return command[-1] == "update"


def test_playwrights_own_comes_first() -> None:
    shop = Shop(OWN, path={"chromium": "/usr/bin/chromium"})

    binary = find_browser(OWN, machine=shop.machine)

    assert str(binary.path) == OWN
    assert shop.ran == []


@pytest.mark.parametrize("command", ["google-chrome", "chromium", "microsoft-edge"])
def test_else_one_on_the_path(command: str) -> None:
    shop = Shop(path={command: f"/usr/bin/{command}"})

    assert str(find_browser(OWN, machine=shop.machine).path) == f"/usr/bin/{command}"


@pytest.mark.parametrize(
    ("system", "place"),
    [
        ("Linux", "/opt/google/chrome/chrome"),
        ("Darwin", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
        ("Darwin", "/home/alice/Applications/Chromium.app/Contents/MacOS/Chromium"),
        ("Windows", r"C:\Program Files\Microsoft\Edge\Application\msedge.exe"),
        ("Windows", r"C:\Users\a\AppData\Local\Google\Chrome\Application\chrome.exe"),
    ],
)
def test_else_one_at_a_well_known_place(system: str, place: str) -> None:
    shop = Shop(place, system=system)

    assert str(find_browser(None, machine=shop.machine).path) == place


def test_nothing_is_installed_without_being_asked_to() -> None:
    shop = Shop(DEBIAN, is_root=True, gives={"playwright": [OWN]})

    with pytest.raises(BrowserMissing, match="--install-browser"):
        find_browser(OWN, machine=shop.machine)

    assert shop.ran == []


def test_playwrights_download_is_tried_first() -> None:
    shop = Shop(gives={"playwright": [OWN]})

    binary = find_browser(OWN, install=True, machine=shop.machine)

    assert str(binary.path) == OWN
    assert shop.ran == [[*PLAYWRIGHT, "install", "chromium"], [OWN, "--version"]]


def test_the_distributions_package_is_what_is_left() -> None:
    shop = Shop(DEBIAN, is_root=True, gives={"apt-get": ["/usr/bin/chromium"]})

    binary = find_browser(OWN, install=True, machine=shop.machine)

    assert str(binary.path) == "/usr/bin/chromium"
    assert [shop.ran[-2][0], shop.ran[-2][4]] == ["apt-get", "install"]


@pytest.mark.parametrize(
    "shop",
    [
        Shop(DEBIAN, is_root=False, gives={"apt-get": ["/usr/bin/chromium"]}),
        Shop(is_root=True, gives={"apt-get": ["/usr/bin/chromium"]}),
        Shop(DEBIAN, is_root=True, gives={"apt-get": ["/usr/bin/chromium"]}, works=False),
        Shop(system="Darwin"),
    ],
    ids=["no root", "no Debian", "package that does not run", "macOS"],
)
def test_else_it_is_said_what_to_do(shop: Shop) -> None:
    with pytest.raises(BrowserMissing, match="by hand"):
        find_browser(OWN, install=True, machine=shop.machine)


def test_libraries_are_installed_where_the_download_does_not_start() -> None:
    shop = Shop(DEBIAN, is_root=True, gives={"playwright": [OWN]}, works=False)

    with pytest.raises(BrowserMissing):
        find_browser(OWN, install=True, machine=shop.machine)

    assert [*PLAYWRIGHT, "install-deps", "chromium"] in shop.ran
