"""One server: its rules, who is registered, its clock, name, keys and memory."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.server.clock import Clock
from conformance.server.keys import Keys
from conformance.server.registrations import Client, Registrations
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

    def client(self, client_id: str | None) -> Client | None:
        """The client of this identifier: of the installation, or one that registered itself."""
        registered = self.store.registered.get(client_id or "")
        return self.registrations.client(client_id) if registered is None else registered.client

    def url(self, path: str) -> str:
        """The address of one of our paths."""
        return self.issuer + path
