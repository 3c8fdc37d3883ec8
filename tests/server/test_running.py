"""The server behind a socket, the rules as they are watched, and the shipped profiles."""

from __future__ import annotations

import socket
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from pathlib import Path
from threading import Barrier
from urllib.parse import urlsplit

import httpx
import pytest

from conformance.server.clock import Clock
from conformance.server.dialects import DIALECTS, standard
from conformance.server.registrations import PASSWORDS, SECRETS, Registrations, demonstration
from conformance.server.rules import Rules
from conformance.server.running import IN_PROCESS, RunningServer, embedded
from conformance.server.watching import differing, watched
from tests.server.browsing import Site

PROFILES = Path(__file__).parent.parent.parent / "profiles"


def test_the_clock_only_moves_forwards() -> None:
    clock = Clock(offset=-3600)
    before = clock.now()

    clock.advance(60)

    assert 60 <= clock.now() - before < 62
    assert abs(before + 3600 - time.time()) < 2
    with pytest.raises(ValueError, match="forwards"):
        clock.advance(-1)


def test_the_server_behind_a_socket() -> None:
    with RunningServer(standard()) as server:
        document = httpx.get(f"{server.issuer}/.well-known/oauth-authorization-server")
        server.clock.advance(3600)
        later = httpx.get(f"{server.issuer}/jwks")

    assert document.json()["issuer"] == server.issuer
    assert len(later.headers.get_list("Date")) == 1
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.issuer)


def test_twelve_requests_are_answered_at_once() -> None:
    arrived = Barrier(12, timeout=5)

    def held(_: str) -> str:
        arrived.wait()
        return "client"

    rules = replace(standard(), token_grant_type=held)
    with RunningServer(rules) as server, ThreadPoolExecutor(12) as pool:
        url = f"{server.issuer}/token"
        answers = list(pool.map(lambda _: httpx.post(url, data={"grant_type": "x"}), range(12)))

    assert {answer.status_code for answer in answers} == {401}


def test_an_answer_does_not_wait_for_more() -> None:
    with RunningServer(standard()) as server:
        host = urlsplit(server.issuer)
        with socket.create_connection((host.hostname or "", host.port or 0), timeout=5) as line:
            started = time.monotonic()
            for _ in range(20):
                line.sendall(b"GET /jwks HTTP/1.1\r\nHost: x\r\n\r\n")
                line.recv(65536)
            seconds = time.monotonic() - started

    assert seconds < 0.04 * 20


def test_the_server_in_this_process() -> None:
    with embedded("standard", in_process=True) as server:
        browser = httpx.Client(transport=httpx.WSGITransport(app=server.app))
        document = browser.get(f"{IN_PROCESS}/.well-known/oauth-authorization-server").json()

    assert document["issuer"] == server.issuer == IN_PROCESS
    assert "metadata_status" in server.reads


def test_what_is_read_is_taken_down() -> None:
    rules, reads = watched(standard())
    site = Site(rules)
    reads.clear()

    site.api.get("/jwks")

    assert reads == {
        "jwks",
        "cors",
        "falls_over",
        "answer_to",
        "seconds_to_think",
        "strict_transport",
        "own_origin",
        "dated",
    }


def test_every_rule_is_read_somewhere() -> None:
    source = "".join(
        path.read_text("utf-8")
        for path in (PROFILES.parent / "conformance" / "server").glob("*.py")
        if path.name not in ("rules.py", "dialects.py")
    )

    assert [field.name for field in fields(Rules) if f".{field.name}" not in source] == []


def test_rules_that_differ_are_named() -> None:
    changed = replace(standard(), code_lifetime=None, jwks=lambda document, _: document)

    assert differing(standard(), changed) == {"code_lifetime", "jwks"}
    assert differing(standard(), standard()) == frozenset()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_profile_agrees_with_the_registrations(dialect: str) -> None:
    profile = tomllib.loads((PROFILES / f"embedded-{dialect}" / "profile.toml").read_text("utf-8"))
    registrations: Registrations = demonstration()
    rules = DIALECTS[dialect]()

    for told in profile["clients"]:
        client = registrations.client(told["client_id"])
        assert client is not None
        assert told.get("client_secret") == SECRETS.get(client.client_id)
        assert tuple(told.get("redirect_uris", ())) == client.redirect_uris
        assert set(told.get("scope", "").split()) <= client.scopes
        if client.redirect_uris:
            required = told.get("pkce", "required") == "required"
            assert rules.challenge_required(client) == required
    assert {one["username"]: one["password"] for one in profile["users"]} == PASSWORDS
    assert profile["server"]["embedded"] == dialect


@pytest.mark.parametrize(
    ("folder", "dialect"),
    [("embedded-standard", "standard"), ("ilert", "ilert"), ("embedded-legacy", "legacy")],
)
def test_the_profile_promises_the_lifetimes_of_the_rules(folder: str, dialect: str) -> None:
    promised = tomllib.loads((PROFILES / folder / "profile.toml").read_text("utf-8"))["lifetimes"]
    rules = DIALECTS[dialect]()
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400}

    seconds = {name: int(text[:-1]) * units[text[-1]] for name, text in promised.items()}

    assert seconds == {
        "code": rules.code_lifetime,
        "access_token": rules.access_token_lifetime,
        "refresh_token": rules.refresh_lifetime,
    }
