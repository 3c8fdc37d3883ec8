"""The registration endpoint as requests: registering a client, and deleting it (RFC 7591, 7592)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from conformance.errors import Inconclusive
from conformance.protocol.answers import error_code, json_object
from conformance.protocol.registration import RegistrationAnswer
from conformance.protocol.request import Draft
from conformance.target.server import AuthorizationServer

WHO = "registering client"


def request(
    server: AuthorizationServer, body: bytes, media_type: str = "application/json"
) -> Draft:
    """A registration with any body, and the initial access token that the profile has."""
    url = server.need("registration_endpoint")
    token = server.profile.server.initial_access_token
    bearer = () if token is None else (("Authorization", f"Bearer {token.reveal()}"),)
    return Draft("POST", url, headers=bearer, body=(media_type, body))


def register(server: AuthorizationServer, metadata: Mapping[str, Any]) -> RegistrationAnswer:
    """Asks for a client with these metadata (RFC 7591, 3.1); members of None are left out."""
    sent = {name: value for name, value in metadata.items() if value is not None}
    reply = server.wire.send(request(server, json.dumps(sent).encode()), who=WHO)
    document = json_object(reply.text) or {}
    error = error_code(dict(document))
    return RegistrationAnswer(reply.status, reply.headers, sent, document, error)


def _deregister(server: AuthorizationServer, answer: RegistrationAnswer) -> bool:
    """Deletes a registered client (RFC 7592, 2.3); whether the server says that it did."""
    if answer.management is None:
        return False
    uri, token = answer.management
    if not server.owns(uri):
        return False
    draft = Draft("DELETE", uri, headers=(("Authorization", f"Bearer {token}"),))
    return server.wire.send(draft, who=WHO).status in (200, 202, 204)


class RegisteredClients:
    """The clients that were registered at a server, until they are deleted.

    `left` are the identifiers of those that the server did not delete.
    """

    def __init__(self, server: AuthorizationServer) -> None:
        self._server = server
        self._alive: list[RegistrationAnswer] = []
        self.left: list[str] = []

    def add(self, answer: RegistrationAnswer) -> None:
        """Takes down a client that is to be deleted."""
        self._alive.append(answer)

    def delete(self, *answers: RegistrationAnswer) -> None:
        """Deletes these clients, or all that are there."""
        for answer in answers or tuple(self._alive):
            self._alive.remove(answer)
            deleted = False
            with suppress(Inconclusive):
                deleted = _deregister(self._server, answer)
            if not deleted and answer.client_id:
                self.left.append(answer.client_id)


def hint(server: AuthorizationServer, answer: RegistrationAnswer) -> str:
    """What to do where a registration was refused for want of a token; else nothing."""
    if answer.status not in (401, 403):
        return ""
    if server.profile.server.initial_access_token is not None:
        return " It does not take the initial_access_token of the profile."
    return " Give initial_access_token in [server] of the profile."


def algorithm_for(server: AuthorizationServer) -> str:
    """RS256 (RFC 8414, 2, says that it is there), unless ES256 alone is listed."""
    name = "token_endpoint_auth_signing_alg_values_supported"
    listed = [] if server.metadata is None else server.metadata.members.get(name)
    return "ES256" if listed and "RS256" not in listed and "ES256" in listed else "RS256"
