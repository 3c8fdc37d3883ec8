"""Requests byte by byte: what goes out, and what becomes of an answer that does not come."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from conformance.errors import ServerUnreachable
from conformance.protocol.request import Draft
from conformance.target.raw import follow, send
from conformance.target.recorder import Recorder
from conformance.target.wire import Wire

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


class Server:
    """Answers each connection with the next of its answers, and keeps what came."""

    def __init__(self, answers: list[bytes]) -> None:
        self.received: list[bytes] = []
        self._answers = answers
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        for answer in self._answers:
            connection, _ = self._socket.accept()
            with connection:
                connection.settimeout(5)
                self.received.append(connection.recv(200_000))
                connection.sendall(answer)

    def close(self) -> None:
        self._socket.close()
        self._thread.join(timeout=5)


@pytest.fixture
def serving() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(*answers: bytes) -> Server:
        servers.append(Server(list(answers)))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def wire() -> Iterator[Wire]:
    with closing(Wire(Recorder(), timeout=2.0)) as made:
        yield made


def test_an_answer_that_comes_before_all_was_sent_counts(
    serving: Callable[..., Server], wire: Wire
) -> None:
    """Who refuses what is too long need not read it: the connection is then reset."""
    server = serving(b"HTTP/1.1 431 Too Large\r\nConnection: close\r\n\r\n")

    answered = send(wire, Draft("GET", f"{server.url}/?state={'a' * 5_000_000}"), who="client")

    assert answered.status == 431


def test_bytes_go_out_as_they_are(serving: Callable[..., Server], wire: Wire) -> None:
    server = serving(OK)
    draft = Draft("GET", f"{server.url}/x?state=%zz", headers=(("Authorization", "\udcff"),))

    answered = send(wire, draft, who="client")

    assert answered.status == 200
    assert server.received[0].startswith(b"GET /x?state=%zz HTTP/1.1\r\n")
    assert b"Authorization: \xff\r\n" in server.received[0]


def test_what_every_request_carries_goes_out_too(serving: Callable[..., Server]) -> None:
    """A gateway that asks for a header would else answer in the place of the server."""
    server = serving(OK)

    with closing(Wire(Recorder(), headers=(("X-Gate", "open"),))) as wire:
        send(wire, Draft("GET", server.url, headers=(("User-Agent", "other"),)), who="client")

    assert b"X-Gate: open\r\n" in server.received[0]
    assert server.received[0].count(b"User-Agent: ") == 1
    assert b"User-Agent: other\r\n" in server.received[0]


def test_connection_that_is_closed_is_told_and_not_raised(
    serving: Callable[..., Server], wire: Wire
) -> None:
    server = serving(b"")

    answered = send(wire, Draft("GET", server.url), who="client")

    assert answered.reply is None
    assert not answered.survived
    assert "closed the connection" in str(answered)


def test_status_is_kept_where_a_header_is_too_long_to_read(
    serving: Callable[..., Server], wire: Wire
) -> None:
    server = serving(b"HTTP/1.1 303 See Other\r\nLocation: /" + b"a" * 100_000 + b"\r\n\r\n")

    answered = send(wire, Draft("GET", server.url), who="client")

    assert answered.status == 303


def test_server_error_is_not_survived(serving: Callable[..., Server], wire: Wire) -> None:
    server = serving(b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n")

    assert not send(wire, Draft("GET", server.url), who="client").survived


def test_nobody_there_is_unreachable(wire: Wire) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(ServerUnreachable):
        send(wire, Draft("GET", f"http://127.0.0.1:{port}/"), who="client")


def test_redirects_are_followed_within_the_server_only(
    serving: Callable[..., Server], wire: Wire
) -> None:
    inside = b"HTTP/1.1 303 See Other\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n"
    away = (
        b"HTTP/1.1 303 See Other\r\nLocation: https://client.example/\r\nContent-Length: 0\r\n\r\n"
    )
    server = serving(inside, away)

    answered = follow(
        wire,
        Draft("GET", f"{server.url}/first"),
        who="browser",
        owns=lambda url: url.startswith(server.url),
    )

    assert answered.header("location") == "https://client.example/"
    assert server.received[1].startswith(b"GET /next ")
