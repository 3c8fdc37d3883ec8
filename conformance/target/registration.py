"""Clients that the suite registers with chosen properties, and takes away (RFC 7591, 7592)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from conformance.errors import ControlRefused, NotApplicable, NotRun
from conformance.model import Phase
from conformance.profile import AuthenticationMethod, ClientSettings, Role
from conformance.protocol.answers import json_object
from conformance.protocol.registration import RegistrationAnswer
from conformance.secret import Secret
from conformance.signing import SigningKey
from conformance.target import registration_endpoint
from conformance.target.client import Client
from conformance.target.flow import Flow
from conformance.target.raw import Answered, send
from conformance.target.registration_endpoint import RegisteredClients
from conformance.target.server import AuthorizationServer

CALLBACK = "https://registered.example/callback"
NAME = "Conformance Suite Client"
_METHODS = ("client_secret_basic", "client_secret_post", "none")
_LESS = ((), ("scope",), ("scope", "response_types", "grant_types"))
"""What is left out of the usual metadata, step by step, where a server refuses them."""

Flows = Callable[[Client], Flow]


class Registrar:
    """Registers clients at one server; `model` is the client of the profile that they follow.

    Like a flow it is a control: `open` and `prove` register a client with the usual metadata,
    which is known to be good, and take it away. `lasting` says that what cannot be deleted there
    stays: then no more than one client is registered on a server that deletes none.
    """

    def __init__(
        self, server: AuthorizationServer, model: ClientSettings, flows: Flows, *, lasting: bool
    ) -> None:
        self.server = server
        self.model = model
        self._flows = flows
        self._lasting = lasting
        self._recorder = server.wire.recorder
        self._less: tuple[str, ...] | None = None
        self._refusal = ""
        self._clients = RegisteredClients(server)
        self._used = self._authorized = False
        self._granted_at = -1

    @property
    def left(self) -> list[str]:
        """The identifiers of clients that could not be deleted."""
        return self._clients.left

    # Registering

    @property
    def usual(self) -> dict[str, Any]:
        """The metadata that are known to be good."""
        listed = ()
        if self.server.metadata is not None:
            listed = self.server.metadata.members.get("token_endpoint_auth_methods_supported", ())
        # The way in which the client of the profile authenticates is known to work.
        known = self.model.token_endpoint_auth_method
        ways = [*(one for one in _METHODS[:2] if one == known), *_METHODS]
        method = next((one for one in ways if one in (listed or ways)), ways[0])
        found: dict[str, Any] = {
            "client_name": NAME,
            "redirect_uris": [CALLBACK],
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "token_endpoint_auth_method": method,
        }
        if self.model.scope:
            found["scope"] = self.model.scope
        return {name: value for name, value in found.items() if name not in (self._less or ())}

    def attempt(self, **changes: Any) -> RegistrationAnswer:
        """A registration with the usual metadata but for the changes; None leaves a member out."""
        self._used = True
        answer = self._register({**self.usual, **changes}, _label(changes))
        self._granted_at = self._recorder.recorded if answer.granted else -1
        return answer

    def register(self, **changes: Any) -> RegistrationAnswer:
        """A client with these properties; NotApplicable where the server registers none such."""
        answer = self.attempt(**changes)
        if not answer.granted:
            raise NotApplicable(f"The server takes no such client: {answer}.")
        return answer

    def client(self, answer: RegistrationAnswer, key: SigningKey | None = None) -> Client:
        """The client that was registered, as a flow uses it; `key` is what it signs with."""
        secret = answer.client_secret if answer.method in _METHODS[:2] else None
        scopes = [one for one in self.model.scopes if one in (answer.scopes or self.model.scopes)]
        uris = answer.document.get("redirect_uris") or answer.sent.get("redirect_uris") or ()
        known = answer.method in set(AuthenticationMethod)
        method = AuthenticationMethod(answer.method) if known else AuthenticationMethod.BASIC
        settings = ClientSettings(
            role=Role.PUBLIC if answer.is_public else Role.CONFIDENTIAL,
            client_id=answer.client_id or "",
            client_secret=None if secret is None else Secret(secret, "secret of a client"),
            private_key=None if key is None else Secret(key.pem, "key of a client"),
            token_endpoint_auth_method=method,
            redirect_uris=tuple(map(str, uris)) or (CALLBACK,),
            scope=" ".join(scopes) or None,
            pkce=self.model.pkce,
            authorization_parameters=self.model.authorization_parameters,
            token_parameters=self.model.token_parameters,
        )
        issuer = None if key is None else self.server.identifier
        return Client(settings, issuer, self._recorder.clock.now, registered=True)

    def flow(self, answer: RegistrationAnswer, key: SigningKey | None = None) -> Flow:
        """A flow of a registered client, not proven; the control is then that such flows work."""
        self._authorized = True
        return self._flows(self.client(answer, key))

    # The control

    @property
    def used(self) -> bool:
        """Whether the check registered anything."""
        return self._used

    @property
    def granted_last(self) -> bool:
        """Whether the last exchange of all registered a client: proof by itself."""
        return self._granted_at == self._recorder.recorded

    def open(self) -> None:
        """Begins a check; NotRun where the server refuses the usual registration."""
        self._must_delete()
        self._used = self._authorized = False
        self._granted_at = -1
        with self._recorder.during(Phase.CONTROL_BEFORE):
            if self._less is None:
                self._find_the_usual()
            else:
                self._prove()
        self._must_delete()

    def prove(self, phase: Phase, *, passing: bool = False) -> None:
        """Registers a client as usual; ControlRefused where it is refused, or gets no tokens."""
        with self._recorder.during(phase):
            self._prove(with_flow=self._authorized and passing)

    def _prove(self, *, with_flow: bool = False) -> None:
        answer = self._register(self.usual, None)
        if not answer.granted:
            raise ControlRefused(f"The usual registration was refused: {answer}.")
        if with_flow:
            self._flows(self.client(answer)).tokens()
        self.clean_up(answer)

    def _find_the_usual(self) -> None:
        """Finds what the server takes; some refuse a scope or members that others need."""
        if self._refusal:
            raise NotRun(self._refusal)
        for less in _LESS:
            self._less = less
            answer = self._register(self.usual, None)
            if answer.granted:
                self.clean_up(answer)
                return
            if answer.status >= 500:
                break
        self._less = None
        if answer.status >= 500 or not answer.refused:
            raise ControlRefused(f"The usual registration was not answered as one: {answer}.")
        hint = registration_endpoint.hint(self.server, answer)
        self._refusal = f"The server registers no client for the suite: {answer}.{hint}"
        raise NotRun(self._refusal)

    def _must_delete(self) -> None:
        if self._lasting and self.left:
            raise NotRun(
                "The server deletes no registered client (RFC 7592), so that the suite registers no"
                f" more there; left behind is {', '.join(self.left)}."
            )

    # On the wire

    def _register(self, metadata: dict[str, Any], changed: str | None) -> RegistrationAnswer:
        with self._recorder.changing(changed):
            answer = registration_endpoint.register(self.server, metadata)
        if answer.granted:
            self._clients.add(answer)
        return answer

    def send(self, body: bytes, media_type: str, changed: str) -> Answered:
        """Sends any body byte by byte; a client that comes of it is deleted like every other."""
        self._used = True
        draft = registration_endpoint.request(self.server, body, media_type)
        answered = send(self.server.wire, draft, who=registration_endpoint.WHO, changed=changed)
        document = json_object(answered.text)
        if answered.reply is not None and document is not None and "client_id" in document:
            made = RegistrationAnswer(answered.reply.status, answered.reply.headers, {}, document)
            self._clients.add(made)
        return answered

    # Cleaning up

    def clean_up(self, *answers: RegistrationAnswer) -> None:
        """Deletes these clients, or all that are left; notes what the server does not delete."""
        self._clients.delete(*answers)


def _label(changes: dict[str, Any]) -> str | None:
    return "; ".join(_words(name, value) for name, value in changes.items()) or None


def _words(name: str, value: Any) -> str:
    return f"{name} left out" if value is None else f"{name} replaced by {json.dumps(value)!r}"
