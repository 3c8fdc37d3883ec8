"""Client authentication that is left out for one purpose: a grant type, or an endpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from conformance.server.behaviours import of_confidential_clients, secret_matches
from conformance.server.registrations import Client


def secret_optional_for(exempt: str) -> Callable[[Client, str, Mapping[str, str]], bool]:
    """The rule `secret_required` that asks for no secret where it is about this purpose."""

    def required(client: Client, purpose: str, sent: Mapping[str, str]) -> bool:
        return purpose != exempt and of_confidential_clients(client, purpose, sent)

    return required


def secret_ignored_for(exempt: str) -> Callable[[Client, str, str], bool]:
    """The rule `secret_matches` that takes any secret where it is about this purpose."""

    def matches(client: Client, secret: str, purpose: str) -> bool:
        return purpose == exempt or secret_matches(client, secret, purpose)

    return matches
