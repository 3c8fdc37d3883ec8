"""The workers of one run take turns at what no two may do at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from conformance.target.agent import UserAgent
from conformance.target.client import Client
from conformance.target.wire import Wire

LONGEST_TURN = 45.0
"""Seconds after which a worker goes on without its turn: whoever had it may hang."""


class Turns:
    """A user's first authorization of a client: in two workers, one after the other.

    Servers store what a user agreed to when they first agree. Two first times at once are what no
    user does, and not every server survives them: one stored the consent twice, and let the user
    in no more. Without a file there is nobody to take turns with.
    """

    def __init__(self, wire: Wire, file: Path | None = None) -> None:
        self._wire = wire
        self._lock = None if file is None else FileLock(file)
        self._met: set[tuple[str, str]] = set()

    @contextmanager
    def first(self, client: Client, agent: UserAgent) -> Iterator[None]:
        """Waits for the turn where this process sees the pair for the first time.

        To wait takes none of the time that a check has.
        """
        pair = (client.client_id, agent.username)
        if self._lock is None or pair in self._met:
            yield
            return
        self._met.add(pair)
        began = time.monotonic()
        try:
            self._lock.acquire(timeout=LONGEST_TURN)
        except Timeout:
            self._wire.until += LONGEST_TURN
            yield
            return
        self._wire.until += time.monotonic() - began
        try:
            yield
        finally:
            self._lock.release()
