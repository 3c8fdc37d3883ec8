"""Workers take turns at a user's first authorization of a client, and at nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from conformance.profile import ClientSettings, Role, UserSettings
from conformance.target import turns
from conformance.target.client import Client
from conformance.target.forms import FormAgent
from conformance.target.recorder import Recorder
from conformance.target.turns import Turns
from conformance.target.wire import Wire

SETTINGS = ClientSettings(Role("confidential"), "client")
CLIENT = Client(SETTINGS)


@pytest.fixture
def wire() -> Iterator[Wire]:
    with closing(Wire(Recorder())) as opened:
        opened.until = 100.0
        yield opened


def human(wire: Wire) -> FormAgent:
    return FormAgent(wire, UserSettings("alice"), bool)


def test_the_first_time_is_one_workers_alone(wire: Wire, tmp_path: Path) -> None:
    file = tmp_path / "turns"

    with Turns(wire, file).first(CLIENT, human(wire)), pytest.raises(Timeout):
        FileLock(file).acquire(timeout=0)

    FileLock(file).acquire(timeout=0)


def test_later_times_and_a_lone_process_wait_for_nobody(wire: Wire, tmp_path: Path) -> None:
    file = tmp_path / "turns"
    alice = human(wire)
    mine = Turns(wire, file)
    with mine.first(CLIENT, alice):
        pass
    until = wire.until

    with FileLock(file), mine.first(CLIENT, alice), Turns(wire).first(CLIENT, alice):
        assert wire.until == until


def test_a_turn_that_never_comes_is_not_waited_for(
    wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LONGEST_TURN", 0.01)
    file = tmp_path / "turns"

    with FileLock(file), Turns(wire, file).first(CLIENT, human(wire)):
        assert wire.until == 100.01


def test_the_wait_takes_no_time_of_the_check(wire: Wire, tmp_path: Path) -> None:
    with Turns(wire, tmp_path / "turns").first(CLIENT, human(wire)):
        assert 100 <= wire.until < 100 + turns.LONGEST_TURN
