"""Requests that no HTTP library sends: many at the same instant, and bytes as they are."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from urllib.parse import urlsplit

from conformance.errors import ConformanceError, ServerUnreachable
from conformance.model import Exchange
from conformance.protocol.request import Draft
from conformance.target.wire import LARGEST_ANSWER, Reply, Wire


def race(wire: Wire, drafts: Sequence[Draft], *, who: str) -> tuple[Reply, ...]:
    """Sends settled requests so that the server completes them in the same instant.

    Each goes over a connection of its own; the last byte of all is withheld until every other
    byte has been sent. Raises ServerUnreachable where one gets no answer.
    """
    if wire.in_process:
        return _race_in_threads(wire, drafts, who)
    with ExitStack() as stack:
        connections = [
            stack.enter_context(_connect(draft.full_url, wire.timeout)) for draft in drafts
        ]
        messages = [_message(draft) for draft in drafts]
        started = time.monotonic()
        try:
            for connection, message in zip(connections, messages, strict=True):
                connection.sendall(message[:-1])
            for connection, message in zip(connections, messages, strict=True):
                connection.sendall(message[-1:])
            replies = tuple(
                _answer(connection, draft, started)
                for connection, draft in zip(connections, drafts, strict=True)
            )
        except (OSError, http.client.HTTPException) as error:
            raise ServerUnreachable(f"A request of a race got no answer: {error}.") from error
    for draft, reply in zip(drafts, replies, strict=True):
        wire.recorder.record(
            Exchange(
                who=who,
                method=draft.method,
                url=draft.full_url,
                request_headers=draft.headers,
                request_body=(draft.content or b"").decode("utf-8", "backslashreplace"),
                status=reply.status,
                answer_headers=reply.headers,
                answer_body=reply.text,
                note="its last byte was sent together with those of the others",
                seconds=reply.seconds,
            )
        )
    return replies


def _race_in_threads(wire: Wire, drafts: Sequence[Draft], who: str) -> tuple[Reply, ...]:
    replies: list[Reply | None] = [None] * len(drafts)
    failures: list[ConformanceError] = []
    barrier = threading.Barrier(len(drafts))

    def run(index: int, draft: Draft) -> None:
        barrier.wait(timeout=wire.timeout)
        try:
            replies[index] = wire.send(draft, who=who)
        except ConformanceError as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=item, daemon=True) for item in enumerate(drafts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=2 * wire.timeout)
    if failures:
        raise failures[0]
    answered = tuple(reply for reply in replies if reply is not None)
    if len(answered) != len(drafts):
        raise ServerUnreachable("A request of a race got no answer.")
    return answered


def _connect(url: str, timeout: float) -> socket.socket:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    host = parts.hostname or ""
    try:
        connection = socket.create_connection(
            (host, parts.port or (443 if secure else 80)), timeout
        )
    except OSError as error:
        raise ServerUnreachable(f"{parts.netloc} cannot be reached: {error.strerror}.") from error
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if secure:
        return ssl.create_default_context().wrap_socket(connection, server_hostname=host)
    return connection


def _message(draft: Draft) -> bytes:
    parts = urlsplit(draft.full_url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    content = draft.content or b""
    lines = [
        f"{draft.method} {target} HTTP/1.1",
        f"Host: {parts.netloc}",
        "Connection: close",
        "Accept-Encoding: identity",
        *(f"{name}: {value}" for name, value in draft.headers),
    ]
    if draft.content_type is not None:
        lines += [f"Content-Type: {draft.content_type}", f"Content-Length: {len(content)}"]
    return "\r\n".join([*lines, "", ""]).encode("utf-8") + content


def _answer(connection: socket.socket, draft: Draft, started: float) -> Reply:
    response = http.client.HTTPResponse(connection, method=draft.method)
    response.begin()
    body = response.read(LARGEST_ANSWER)
    return Reply(
        url=draft.full_url,
        status=response.status,
        headers=tuple(response.getheaders()),
        body=body,
        seconds=time.monotonic() - started,
    )
