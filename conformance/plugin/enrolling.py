"""Registers what the profile wants registered for a run, and deletes it however the run ends."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.plugin.bench import Bench
from conformance.plugin.selection import is_check
from conformance.target.enrolment import Enrolment

LEFT = "conformance_left"
"""The key under which a worker tells the controller which clients it could not delete."""

LEFT_BEHIND = pytest.StashKey[tuple[str, ...]]()
"""The identifiers of the clients that were registered for the run and could not be deleted."""


class Enrolling:
    """The hooks of one process: each has clients of its own, so that none ends another's tokens."""

    def __init__(self, config: pytest.Config, bench: Bench) -> None:
        self.bench = bench
        self._config = config
        self._enrolment: Enrolment | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Before anything is planted: what is planted belongs to a client."""
        wished = any(client.register for client in self.bench.profile.clients)
        if wished and not session.config.option.collectonly and any(map(is_check, session.items)):
            self._enrolment = enrol(self.bench)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        if self._enrolment is None:
            return
        left = disenrol(self.bench, self._enrolment)
        output = getattr(self._config, "workeroutput", None)
        if output is None:
            self._config.stash[LEFT_BEHIND] = left
        else:
            output[LEFT] = left


def enrol(bench: Bench) -> Enrolment:
    """Registers the clients that the profile wants registered.

    One that is refused is a client that is not there: what asks for it is told why.
    """
    enrolment = Enrolment(bench.server)
    bench.begin(bench.options.check_timeout)
    found, refusals = enrolment.enrol_all(bench.profile.clients)
    bench.use(replace(bench.profile, clients=found), refusals)
    return enrolment


def disenrol(bench: Bench, enrolment: Enrolment) -> tuple[str, ...]:
    """Deletes these clients; the identifiers of those that the server did not delete."""
    bench.begin(bench.options.check_timeout)
    return enrolment.delete()
