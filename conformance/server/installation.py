"""One server: its rules, who is registered, its clock, name, keys and memory."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.server.clock import Clock
from conformance.server.keys import Keys
from conformance.server.registrations import Registrations
from conformance.server.rules import Rules
from conformance.server.store import Store


@dataclass(frozen=True, slots=True)
class Installation:
    """What every endpoint works with."""

    rules: Rules
    registrations: Registrations
    clock: Clock
    issuer: str
    keys: Keys
    store: Store

    def url(self, path: str) -> str:
        """The address of one of our paths."""
        return self.issuer + path
