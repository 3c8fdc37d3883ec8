"""What the `start` scripts of the profiles share, without any real server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PROFILES = Path(__file__).parents[2] / "profiles"
SERVERS = sorted(start.parent.name for start in PROFILES.glob("*/start"))

PROGRAM = f"""
import sys
from pathlib import Path

sys.path.insert(0, {str(PROFILES)!r})
sys.dont_write_bytecode = True
import starting

PINS = [Path(name) for name in sys.argv[1].split(":")]
COMMAND = sys.argv[2]
del sys.argv[1:]

def install(folder):
    (folder / "made").touch(exist_ok=False)
    starting.call(["sh", "-c", COMMAND], cwd=folder)

def main(port):
    folder = starting.installed("example-1.0", PINS, install)
    starting.become(["/bin/echo", "ready", folder.name], {{}})

starting.run(main, "an example")
"""


def command(pins: Path, install: str) -> list[str]:
    return [sys.executable, "-c", PROGRAM, str(pins), install]


@pytest.fixture
def pins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of pins, and a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "pins.txt"
    path.write_text("example==1.0")
    return path


def run(pins: Path, install: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(pins, install), capture_output=True, text=True, timeout=30)


def test_installs_once_and_says_so_on_standard_error(pins: Path) -> None:
    first = run(pins, "echo hello")
    second = run(pins, "echo hello")

    assert first.stdout == second.stdout == "ready example-1.0\n"
    assert "installing example-1.0" in first.stderr
    assert "hello" in first.stderr
    assert second.stderr == ""


def test_installs_anew_when_a_pin_changes(pins: Path) -> None:
    run(pins, "echo one")
    pins.write_text("example==1.0.1")

    again = run(pins, "echo two")

    assert "two" in again.stderr


def test_failed_installation_is_one_sentence_and_is_tried_again(pins: Path) -> None:
    failed = run(pins, "exit 3")
    again = run(pins, "echo well")

    assert failed.returncode == 1
    assert failed.stdout == ""
    assert failed.stderr.splitlines()[-1] == (
        "start: `sh -c exit 3` failed with exit status 3; its output is above"
    )
    assert again.returncode == 0


def test_two_at_once_install_once(pins: Path) -> None:
    both = [
        subprocess.Popen(
            command(pins, "sleep 1; echo hello"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]

    answers = [process.communicate(timeout=30) for process in both]

    assert [out for out, _ in answers] == ["ready example-1.0\n"] * 2
    assert sorted("hello" in err for _, err in answers) == [False, True]


def test_ended_while_installing_leaves_no_child(pins: Path, tmp_path: Path) -> None:
    held = tmp_path / "held"
    os.mkfifo(held)
    install = f"exec 3>{held}; echo begun >&3; sleep 60; exit 1"
    with subprocess.Popen(command(pins, install)) as process, held.open() as reader:
        begun = reader.readline()
        process.send_signal(signal.SIGTERM)
        status = process.wait(20)
        rest = reader.read()  # ends when nobody holds it any more

    assert (begun, rest) == ("begun\n", "")
    assert status == 128 + signal.SIGTERM


def test_missing_program_is_one_sentence(tmp_path: Path) -> None:
    start = PROFILES / "node-oidc-provider" / "start"

    failed = subprocess.run(
        [sys.executable, start],
        capture_output=True,
        text=True,
        timeout=30,
        env={"PATH": str(tmp_path), "HOME": str(tmp_path)},
    )

    assert failed.returncode == 1
    assert failed.stdout == ""
    assert failed.stderr == (
        "start: node was not found on the PATH; install Node.js 20 or newer, which brings it\n"
    )


@pytest.mark.parametrize("name", SERVERS)
def test_start_can_be_run_as_it_is(name: str) -> None:
    assert os.access(PROFILES / name / "start", os.X_OK)
