"""Clients that are registered for a run: as the profile wishes them, and gone afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from conformance.errors import NotApplicable
from conformance.profile import (
    AuthenticationMethod,
    ClientSettings,
    GrantType,
    Role,
    UserSettings,
    load,
)
from conformance.protocol.request import Draft
from conformance.secret import Secret
from conformance.server.app import create_app
from conformance.server.dialects import standard
from conformance.server.registrations import PASSWORDS
from conformance.target import wishes
from conformance.target.client import Client
from conformance.target.enrolment import Enrolment
from conformance.target.flow import Flow
from conformance.target.forms import FormAgent
from conformance.target.recorder import Recorder
from conformance.target.server import AuthorizationServer
from conformance.target.wire import Wire, WsgiApp

ISSUER = "https://embedded.test"
CALLBACK = "https://client.example/callback"


def wish(
    role: Role = Role.CONFIDENTIAL,
    method: AuthenticationMethod = AuthenticationMethod.BASIC,
    **more: Any,
) -> ClientSettings:
    wished = ClientSettings(role, "", None, None, method, (CALLBACK,), register=True)
    return replace(wished, **more)


@pytest.fixture
def opened() -> Iterator[Callable[[WsgiApp], AuthorizationServer]]:
    """Makes a server under test of a WSGI application."""
    wires: list[Wire] = []

    def open_server(app: WsgiApp) -> AuthorizationServer:
        wires.append(Wire(Recorder(), app=app))
        return AuthorizationServer(load("embedded-standard"), wires[-1], ISSUER)

    yield open_server
    for wire in wires:
        wire.close()


@pytest.fixture
def server(opened: Callable[[WsgiApp], AuthorizationServer]) -> AuthorizationServer:
    return opened(create_app(standard()))


def flow(server: AuthorizationServer, settings: ClientSettings) -> Flow:
    user = UserSettings("alice", Secret(PASSWORDS["alice"], "password"))
    issuer = None if settings.private_key is None else server.identifier
    client = Client(settings, issuer)
    return Flow(server, client, FormAgent(server.wire, user, server.owns))


def answering(
    status: int, answer: Callable[[dict[str, Any]], dict[str, Any]], asked: list[dict[str, Any]]
) -> WsgiApp:
    """A server that has metadata, and answers every registration by itself."""

    def app(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        if environ["REQUEST_METHOD"] == "POST":
            length = int(environ["CONTENT_LENGTH"] or 0)
            asked.append(json.loads(environ["wsgi.input"].read(length)))
            code, document = status, answer(asked[-1])
        else:
            code = 200
            document = {
                "issuer": ISSUER,
                "authorization_endpoint": f"{ISSUER}/authorize",
                "token_endpoint": f"{ISSUER}/token",
                "registration_endpoint": f"{ISSUER}/register",
            }
        start(f"{code} X", [("Content-Type", "application/json")])
        return [json.dumps(document).encode()]

    return app


@pytest.mark.parametrize(
    "wished",
    [
        wish(),
        wish(Role.CONFIDENTIAL_POST, AuthenticationMethod.POST),
        wish(Role.PUBLIC, AuthenticationMethod.NONE),
        wish(Role.NATIVE, AuthenticationMethod.NONE, redirect_uris=("http://127.0.0.1/callback",)),
        wish(Role.CONFIDENTIAL_KEY, AuthenticationMethod.PRIVATE_KEY_JWT),
    ],
    ids=lambda wished: wished.role.value,
)
def test_an_enrolled_client_gets_tokens_until_it_is_deleted(
    server: AuthorizationServer, wished: ClientSettings
) -> None:
    enrolment = Enrolment(server)

    made = enrolment.enrol(wished)
    tokens = flow(server, made).tokens()
    left = enrolment.delete()
    afterwards = flow(server, made).authorize()

    assert tokens.granted
    assert left == ()
    assert not afterwards.granted


def test_it_has_the_scope_that_was_granted_of_what_was_wished(server: AuthorizationServer) -> None:
    made = Enrolment(server).enrol(wish(scope="profile no-such-scope"))

    assert made.scope == "profile"


def test_what_is_refused_with_a_scope_is_asked_for_without(
    opened: Callable[[WsgiApp], AuthorizationServer],
) -> None:
    asked: list[dict[str, Any]] = []

    def answer(metadata: dict[str, Any]) -> dict[str, Any]:
        if "scope" in metadata:
            return {"error": "invalid_client_metadata"}
        return {"client_id": "c", "client_secret": "secret-of-c", **metadata}

    server = opened(answering(400, answer, asked))

    made = Enrolment(server).enrol(wish(scope="profile"))

    assert made.client_id == "c"
    assert ["scope" in one for one in asked] == [True, False]


def test_of_several_redirect_uris_the_first_is_enough(
    opened: Callable[[WsgiApp], AuthorizationServer],
) -> None:
    def answer(metadata: dict[str, Any]) -> dict[str, Any]:
        if len(metadata["redirect_uris"]) > 1:
            return {"error": "invalid_redirect_uri"}
        return {"client_id": "c", "client_secret": "secret-of-c", **metadata}

    server = opened(answering(400, answer, []))

    made = Enrolment(server).enrol(wish(redirect_uris=(CALLBACK, f"{CALLBACK}?a=1")))

    assert made.redirect_uris == (CALLBACK,)


@pytest.mark.parametrize(
    ("status", "answered", "words"),
    [
        (401, {"error": "invalid_token"}, "initial_access_token"),
        (400, {"error": "invalid_client_metadata"}, "400 'invalid_client_metadata'"),
        (500, {}, "500"),
        (201, {"client_id": "c"}, "without a client_secret"),
        (
            201,
            {"client_id": "c", "client_secret": "s", "token_endpoint_auth_method": "none"},
            "'none' instead of 'client_secret_basic'",
        ),
    ],
    ids=["token-demanded", "refused", "server-error", "no-secret", "other-method"],
)
def test_what_is_no_such_client_is_said_in_words(
    opened: Callable[[WsgiApp], AuthorizationServer],
    status: int,
    answered: dict[str, Any],
    words: str,
) -> None:
    server = opened(answering(status, lambda _: answered, []))

    with pytest.raises(NotApplicable, match=words):
        Enrolment(server).enrol(wish())


def test_what_cannot_be_deleted_is_named(
    opened: Callable[[WsgiApp], AuthorizationServer],
) -> None:
    secret = {"client_id": "c", "client_secret": "secret-of-c"}
    server = opened(answering(201, lambda metadata: {**metadata, **secret}, []))
    enrolment = Enrolment(server)

    enrolment.enrol(wish())
    left = enrolment.delete()

    assert left == ("c",)


def test_wishes_follow_the_metadata() -> None:
    members = {
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "scopes_supported": ["openid", "read", "offline_access"],
    }

    found = {one.role: one for one in wishes.clients(members)}

    assert list(found) == [
        Role.CONFIDENTIAL,
        Role.CONFIDENTIAL_2,
        Role.CONFIDENTIAL_POST,
        Role.CONFIDENTIAL_KEY,
        Role.SACRIFICIAL,
        Role.SERVICE,
    ]
    main = found[Role.CONFIDENTIAL]
    assert main.token_endpoint_auth_method is AuthenticationMethod.POST
    assert main.scope == "openid offline_access"
    assert main.authorization_parameters == (("prompt", "consent"),)
    assert found[Role.SERVICE].grant_types == (GrantType.CLIENT_CREDENTIALS,)


@pytest.mark.parametrize(
    "members",
    [{}, {"grant_types_supported": "x", "scopes_supported": [1], "response_types_supported": None}],
    ids=["none", "wrong"],
)
def test_metadata_that_say_nothing_give_the_usual_clients(members: dict[str, Any]) -> None:
    found = {one.role for one in wishes.clients(members)}

    assert found == {
        Role.CONFIDENTIAL,
        Role.CONFIDENTIAL_2,
        Role.PUBLIC,
        Role.NATIVE,
        Role.SACRIFICIAL,
    }


def test_metadata_behind_the_path_of_the_issuer_are_found() -> None:
    def app(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        found = environ["PATH_INFO"] == "/tenant/.well-known/oauth-authorization-server"
        start("200 OK" if found else "404 Not Found", [("Content-Type", "application/json")])
        return [b'{"issuer": "https://embedded.test/tenant", "token_endpoint": "/t"}']

    wire = Wire(Recorder(), app=app)
    server = AuthorizationServer(load("embedded-standard"), wire, f"{ISSUER}/tenant")

    assert server.oauth_metadata is None
    assert server.endpoint("token_endpoint") == "/t"
    assert server.wire.send(Draft("GET", f"{ISSUER}/tenant"), who="client").status == 404
    wire.close()
