"""The wire never hangs, never swallows more than it must, and writes everything down."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from conformance.errors import DeadlineExceeded, RateLimited, ServerUnreachable
from conformance.protocol.request import Draft
from conformance.target.raw import race
from conformance.target.recorder import Recorder
from conformance.target.wire import LARGEST_ANSWER, Wire

Talk = Callable[[socket.socket, bytes], None]


@contextmanager
def server(talk: Talk) -> Iterator[str]:
    """A server on a free port that reads one request per connection and then talks."""
    listener = socket.create_server(("127.0.0.1", 0))
    stopping = threading.Event()

    def handle(connection: socket.socket) -> None:
        with connection:
            connection.settimeout(5)
            data = b""
            try:
                while b"\r\n\r\n" not in data:
                    part = connection.recv(65536)
                    if not part:
                        return
                    data += part
                head, _, body = data.partition(b"\r\n\r\n")
                length = next(
                    (
                        int(line.split(b":")[1])
                        for line in head.split(b"\r\n")
                        if line.lower().startswith(b"content-length")
                    ),
                    0,
                )
                while len(body) < length:
                    body += connection.recv(65536)
                talk(connection, head + b"\r\n\r\n" + body)
            except OSError:
                return

    def serve() -> None:
        listener.settimeout(0.1)
        while not stopping.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            threading.Thread(target=handle, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        stopping.set()
        thread.join(5)
        listener.close()


@contextmanager
def wire(timeout: float = 2.0) -> Iterator[Wire]:
    line = Wire(Recorder(), timeout=timeout)
    try:
        yield line
    finally:
        line.close()


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def test_an_answer_is_read_and_written_down() -> None:
    def talk(connection: socket.socket, request: bytes) -> None:
        connection.sendall(answer(b"hello", "X-Seen: yes"))

    with server(talk) as url, wire() as line:
        reply = line.send(
            Draft("POST", f"{url}/token", form=(("code", "secret-code-value"),)), who="client"
        )
        written = line.recorder.since(0)

    assert (reply.status, reply.text, reply.header("x-seen")) == (200, "hello", "yes")
    assert written[0].request_body == "code=«code 1»"
    assert "secret-code-value" not in str(written)


def test_an_answer_that_drips_ends_at_the_deadline() -> None:
    def talk(connection: socket.socket, request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.sendall(b"X-Drip: 1\r\n")
            time.sleep(0.05)

    started = time.monotonic()
    with server(talk) as url, wire(timeout=0.5) as line, pytest.raises(DeadlineExceeded):
        line.get(url, who="client")

    assert time.monotonic() - started < 3


def test_silence_ends_at_the_deadline_and_is_written_down() -> None:
    def talk(connection: socket.socket, request: bytes) -> None:
        time.sleep(1.5)

    with server(talk) as url, wire(timeout=0.3) as line:
        with pytest.raises(DeadlineExceeded):
            line.get(url, who="client")
        (written,) = line.recorder.since(0)

    assert written.status is None
    assert "did not answer" in (written.problem or "")


def test_no_server_is_unreachable_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with wire() as line, pytest.raises(ServerUnreachable, match="Connection refused"):
        line.get(f"http://127.0.0.1:{port}/", who="client")


def test_no_protocol_at_all_is_unreachable() -> None:
    def talk(connection: socket.socket, request: bytes) -> None:
        connection.sendall(b"SSH-2.0-OpenSSH\r\n")

    with server(talk) as url, wire() as line, pytest.raises(ServerUnreachable):
        line.get(url, who="client")


def test_a_bomb_is_inflated_to_the_bound_only() -> None:
    bomb = gzip.compress(b"0" * (3 * LARGEST_ANSWER))

    def talk(connection: socket.socket, request: bytes) -> None:
        connection.sendall(answer(bomb, "Content-Encoding: gzip"))

    with server(talk) as url, wire(timeout=10) as line:
        reply = line.get(url, who="client")

    assert len(reply.body) == LARGEST_ANSWER
    assert reply.truncated


def test_a_small_inflated_answer_is_whole() -> None:
    def talk(connection: socket.socket, request: bytes) -> None:
        connection.sendall(answer(gzip.compress(b"hello"), "Content-Encoding: gzip"))

    with server(talk) as url, wire() as line:
        reply = line.get(url, who="client")

    assert (reply.text, reply.truncated) == ("hello", False)


def test_an_endless_answer_is_cut() -> None:
    def talk(connection: socket.socket, request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with server(talk) as url, wire(timeout=20) as line:
        reply = line.get(url, who="client")

    assert reply.truncated


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_a_server_that_asks_for_peace_is_rate_limiting(status: str) -> None:
    def talk(connection: socket.socket, request: bytes) -> None:
        connection.sendall(answer(b"", "Retry-After: 7", status=status))

    with server(talk) as url, wire() as line, pytest.raises(RateLimited, match="7"):
        line.get(url, who="client")


def test_the_time_of_a_check_bounds_its_requests() -> None:
    def talk(connection: socket.socket, request: bytes) -> None:
        time.sleep(1.5)

    with server(talk) as url, wire(timeout=10) as line:
        line.until = time.monotonic() + 0.3
        with pytest.raises(DeadlineExceeded):
            line.get(url, who="client")
        with pytest.raises(DeadlineExceeded):
            line.get(url, who="client")


def test_a_race_completes_all_requests_at_once() -> None:
    arrived: list[float] = []

    def talk(connection: socket.socket, request: bytes) -> None:
        arrived.append(time.monotonic())
        connection.sendall(answer(b"{}"))

    with server(talk) as url, wire() as line:
        drafts = [Draft("POST", f"{url}/token", form=(("n", str(n)),)) for n in range(6)]
        replies = race(line, drafts, who="client")

    assert [reply.status for reply in replies] == [200] * 6
    assert max(arrived) - min(arrived) < 0.5
