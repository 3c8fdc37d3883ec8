"""Clients that the suite registers: what a server takes is found out, and nothing is left."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from conformance import signing
from conformance.errors import ControlRefused, NotApplicable, NotRun
from conformance.model import Phase
from conformance.profile import UserSettings, load
from conformance.secret import Secret
from conformance.server.answers import Message, Refusal
from conformance.server.app import create_app
from conformance.server.client_metadata import Metadata
from conformance.server.dialects import standard
from conformance.server.registrations import PASSWORDS
from conformance.server.rules import Rules
from conformance.target.client import Client
from conformance.target.flow import Flow
from conformance.target.forms import FormAgent
from conformance.target.recorder import Recorder
from conformance.target.registration import Registrar
from conformance.target.server import AuthorizationServer
from conformance.target.wire import Wire, WsgiApp

ISSUER = "https://embedded.test"
TOKEN = "let-me-register-a-client"
Make = Callable[..., Registrar]


@pytest.fixture
def registrar_of() -> Iterator[Make]:
    """Makes a registrar for a server with these rules."""
    opened: list[Wire] = []

    def make(
        rules: Rules, *, token: str | None = None, lasting: bool = True, managed: bool = True
    ) -> Registrar:
        app: WsgiApp = create_app(rules)
        wire = Wire(Recorder(), app=app if managed else unmanaged(app))
        opened.append(wire)
        profile = load("embedded-standard")
        secret = None if token is None else Secret(token, "initial access token")
        profile = replace(profile, server=replace(profile.server, initial_access_token=secret))
        server = AuthorizationServer(profile, wire, ISSUER)
        user = UserSettings("alice", Secret(PASSWORDS["alice"], "password"))

        def flow(client: Client) -> Flow:
            return Flow(server, client, FormAgent(wire, user, server.owns))

        return Registrar(server, profile.clients[0], flow, lasting=lasting)

    yield make
    for wire in opened:
        with closing(wire):
            pass


def unmanaged(app: WsgiApp) -> WsgiApp:
    """The same server, which tells nobody how to delete a client."""

    def without(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/register":
            return app(environ, start)
        kept: list[tuple[str, list[tuple[str, str]]]] = []
        body = b"".join(app(environ, lambda status, headers, *_: kept.append((status, headers))))
        document = {k: v for k, v in json.loads(body).items() if not k.startswith("registration_")}
        text = json.dumps(document).encode()
        headers = [pair for pair in kept[0][1] if pair[0].lower() != "content-length"]
        start(kept[0][0], [*headers, ("Content-Length", str(len(text)))])
        return [text]

    return without


def statuses(registrar: Registrar) -> list[tuple[str, int | None]]:
    exchanges = registrar.server.wire.recorder.raw_since(0)
    return [(one.method, one.status) for one in exchanges if "/register" in one.url]


def test_what_was_registered_is_deleted(registrar_of: Make) -> None:
    registrar = registrar_of(standard())
    registrar.open()
    registrar.register()
    registrar.register(client_name="Another")

    registrar.clean_up()

    assert [one for one in statuses(registrar) if one[0] == "DELETE"] == [("DELETE", 204)] * 3
    assert registrar.left == []


def test_a_registered_client_gets_tokens(registrar_of: Make) -> None:
    registrar = registrar_of(standard())
    registrar.open()

    answer = registrar.flow(registrar.register()).tokens()

    assert answer.scope == {"profile", "source:w", "offline_access"}


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_a_registered_client_signs(registrar_of: Make, algorithm: str) -> None:
    registrar = registrar_of(standard())
    registrar.open()
    key = signing.generated(algorithm)
    answer = registrar.register(
        token_endpoint_auth_method="private_key_jwt", jwks={"keys": [key.public_jwk]}
    )
    flow = registrar.flow(answer, key)
    grant = flow.grant()

    tokens = flow.redeem(grant)

    assert tokens.granted
    assert "client_secret" not in answer.document


def test_the_secrets_of_a_registration_are_redacted(registrar_of: Make) -> None:
    registrar = registrar_of(replace(standard(), initial_access_token=TOKEN), token=TOKEN)
    registrar.open()

    answer = registrar.register()

    story = str(registrar.server.wire.recorder.since(0))
    management = answer.management
    assert management is not None
    assert TOKEN not in story
    assert str(answer.client_secret) not in story
    assert management[1] not in story


def test_a_server_that_demands_a_token_is_not_run(registrar_of: Make) -> None:
    registrar = registrar_of(replace(standard(), initial_access_token=TOKEN))

    with pytest.raises(NotRun, match="initial_access_token"):
        registrar.open()
    asked = len(statuses(registrar))
    with pytest.raises(NotRun, match="registers no client"):
        registrar.open()

    assert len(statuses(registrar)) == asked


def picky(metadata: Metadata) -> str:
    if metadata.scope is not None:
        raise Refusal("invalid_client_metadata", "The scope of a client cannot be chosen.")
    return metadata.authentication


def test_what_a_server_refuses_is_left_out(registrar_of: Make) -> None:
    registrar = registrar_of(replace(standard(), registered_method=picky))

    registrar.open()

    assert "scope" not in registrar.usual
    assert "redirect_uris" in registrar.usual


def test_a_server_that_falls_over_is_no_refusal(registrar_of: Make) -> None:
    def falls_over(message: Message) -> bool:
        return message.path == "/register"

    registrar = registrar_of(replace(standard(), falls_over=falls_over))

    with pytest.raises(ControlRefused, match="not answered as one"):
        registrar.open()


def test_a_server_that_gives_up_is_found_by_the_control(registrar_of: Make) -> None:
    count = iter(range(100))

    def gives_up(metadata: Metadata) -> str:
        if next(count) > 0:
            raise Refusal("invalid_client_metadata", "No more.")
        return metadata.authentication

    registrar = registrar_of(replace(standard(), registered_method=gives_up))
    registrar.open()

    with pytest.raises(ControlRefused, match="refused"):
        registrar.prove(Phase.CONTROL_AFTER)


def test_a_client_that_is_not_taken_is_not_applicable(registrar_of: Make) -> None:
    registrar = registrar_of(standard())
    registrar.open()

    with pytest.raises(NotApplicable, match="takes no such client"):
        registrar.register(redirect_uris=["http://registered.example/callback"])


def test_one_client_is_left_where_none_is_deleted(registrar_of: Make) -> None:
    registrar = registrar_of(standard(), managed=False)

    with pytest.raises(NotRun, match="deletes no registered client"):
        registrar.open()
    with pytest.raises(NotRun, match="deletes no registered client"):
        registrar.open()

    assert statuses(registrar) == [("POST", 201)]
    assert len(registrar.left) == 1


def test_on_this_machine_clients_may_stay(registrar_of: Make) -> None:
    registrar = registrar_of(standard(), managed=False, lasting=False)

    registrar.open()
    registrar.open()

    assert statuses(registrar) == [("POST", 201)] * 2
