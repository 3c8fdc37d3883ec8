"""The wheel: what is in it, and that it works where nothing but its dependencies is installed."""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from conformance.exits import Exit
from tests.cli.calling import environment, verdicts, whole

ROOT = Path(__file__).parent.parent.parent
NAME = "oauth-conformance"
CHECK = "pkce.wrong_verifier_is_refused"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, env=environment(), check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts of an environment with the wheel and, linked, its declared dependencies alone."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=True)
    scripts = home / "bin"
    install = ["install", "--no-deps", "--no-index", "--quiet", str(wheel)]
    subprocess.run(
        [str(scripts / "python"), "-m", "pip", *install],
        env=environment({"PIP_DISABLE_PIP_VERSION_CHECK": "1"}),
        check=True,
        capture_output=True,
    )
    (packages,) = home.glob("lib/python*/site-packages")
    (data,) = packages.glob("oauth_conformance-*.dist-info/METADATA")
    needed = Distribution.at(data.parent).requires or []
    for place in sorted({part for one in _closure(needed) for part in _places(one)}):
        (packages / place.name).symlink_to(place)
    return scripts


def _closure(lines: Iterable[str]) -> Iterator[Distribution]:
    """The distributions that these requirements need, and those that they need."""
    waiting = [(line, frozenset({""})) for line in lines]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        line, extras = waiting.pop()
        wanted = Requirement(line)
        if wanted.marker and not any(wanted.marker.evaluate({"extra": e}) for e in extras):
            continue
        key = (canonicalize_name(wanted.name), frozenset({"", *wanted.extras}))
        if key not in seen:
            seen.add(key)
            found = distribution(wanted.name)
            yield found
            waiting += [(line, key[1]) for line in found.requires or []]


def _places(one: Distribution) -> Iterator[Path]:
    """What a distribution has put into the folder of packages: folders and modules."""
    for name in {file.parts[0] for file in one.files or [] if file.parts[0] != ".."}:
        place = Path(str(one.locate_file(name)))
        if place.exists() and name not in {"__pycache__", "bin"}:
            yield place


def run(*command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_everything_that_a_run_needs_is_in_it(wheel: Path) -> None:
    here = {
        path.relative_to(ROOT).as_posix()
        for pattern in (
            "conformance/**/*.py",
            "conformance/requirements/data/**/*.toml",
            "conformance/**/templates/*",
            "conformance/**/*.json",
            "conformance/target/*.js",
            "conformance/py.typed",
        )
        for path in ROOT.glob(pattern)
    }
    profiles = {
        f"conformance/{path.relative_to(ROOT).as_posix()}"
        for pattern in ("*/profile.toml", "*/start", "*/README.md", "starting.py", "README.md")
        for path in (ROOT / "profiles").glob(pattern)
    }
    with ZipFile(wheel) as archive:
        inside = {entry.filename: entry for entry in archive.infolist()}
        text = archive.read(next(n for n in inside if n.endswith("entry_points.txt"))).decode()

    assert len(here) > 150
    assert {name for name in profiles if name.endswith("/start")}
    assert (here | profiles) - set(inside) == set()
    starts = [entry for name, entry in inside.items() if name.endswith("/start")]
    assert all(entry.external_attr >> 16 & 0o111 for entry in starts)
    assert "conformance.plugin = conformance.plugin" in text
    assert f"{NAME} = conformance.cli:main" in text


def test_nothing_else_is_in_it(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = archive.namelist()

    assert {name.split("/")[0].partition("-")[0] for name in names} == {
        "conformance",
        "oauth_conformance",
    }
    assert [n for n in names if "node_modules" in n or n.endswith((".pyc", ".jsonl", ".log"))] == []


def test_command_line_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    options = ("--without-browser", "--check", CHECK, "--output", "out")
    done = run(str(installed / NAME), "run", *options, folder=tmp_path)

    assert done.returncode == Exit.CONFORMS, done.stdout + done.stderr
    assert len(verdicts(whole(tmp_path / "out"))) == 7


def test_pytest_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    options = ("--target", "embedded-standard", "--without-browser", "--check", CHECK)
    python = str(installed / "python")
    arguments = ("-m", "pytest", "--pyargs", "conformance.checks", *options, "--output", "out")
    done = run(python, *arguments, folder=tmp_path)

    assert done.returncode == Exit.CONFORMS, done.stdout + done.stderr
    assert "7 passed" in done.stdout
    assert len(verdicts(whole(tmp_path / "out"))) == 7


def test_a_project_that_has_it_installed_notices_nothing(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text("def test_own() -> None:\n    pass\n", encoding="utf-8")
    done = run(str(installed / "python"), "-m", "pytest", "-q", folder=tmp_path)

    assert done.returncode == Exit.CONFORMS
    assert done.stdout.splitlines()[-1].startswith("1 passed")
