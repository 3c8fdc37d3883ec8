"""Requests that no HTTP library sends: many at the same instant, and bytes as they are."""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote_to_bytes, urljoin, urlsplit

from conformance.errors import ConformanceError, ServerUnreachable
from conformance.model import Exchange, Headers
from conformance.protocol.answers import json_object
from conformance.protocol.request import Draft
from conformance.target.connection import authorization, connect
from conformance.target.recorder import LONGEST_BODY
from conformance.target.wire import LARGEST_ANSWER, Reply, Wire, WsgiApp


def race(wire: Wire, drafts: Sequence[Draft], *, who: str) -> tuple[Reply, ...]:
    """Sends settled requests so that the server completes them in the same instant.

    Each goes over a connection of its own; the last byte of all is withheld until every other
    byte has been sent. Raises ServerUnreachable where one gets no answer.
    """
    if wire.in_process:
        return _race_in_threads(wire, drafts, who)
    drafts = [_with_general_headers(wire, draft) for draft in drafts]
    with ExitStack() as stack:
        connections = [stack.enter_context(_connect(wire, draft.full_url)) for draft in drafts]
        messages = [_message(draft, wire.proxy) for draft in drafts]
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


_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 5


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of one request that was sent as it is; `reply` is None where no answer came.

    `late` says that none came in time, else the connection was closed without one.
    """

    reply: Reply | None
    seconds: float
    late: bool = False

    @property
    def status(self) -> int | None:
        return None if self.reply is None else self.reply.status

    @property
    def text(self) -> str:
        return "" if self.reply is None else self.reply.text

    @property
    def survived(self) -> bool:
        """The server answered, and not with an error of its own; 501 is about the request."""
        return self.status is not None and (self.status < 500 or self.status == 501)

    def header(self, name: str) -> str | None:
        return None if self.reply is None else self.reply.header(name)

    @property
    def members(self) -> dict[str, Any]:
        """The members of a JSON object; none where the answer is not one."""
        return json_object(self.text) or {}

    def __str__(self) -> str:
        if self.status is not None:
            return f"the server answered {self.status}"
        if self.late:
            return f"the server gave no answer within {self.seconds:.1f} s"
        return "the server closed the connection without an answer"


def send(wire: Wire, draft: Draft, *, who: str, changed: str | None = None) -> Answered:
    """Sends one settled request byte by byte as it stands: nothing is encoded, nothing refused.

    Surrogates stand for bytes (PEP 383). Raises ServerUnreachable only where there is no
    connection at all; that an answer is missing is told by the result.
    """
    draft = _with_general_headers(wire, draft)
    started = time.monotonic()
    reply: Reply | None = None
    late = False
    problem = None
    if wire.app is not None:
        reply = _answer_of(wire.app, draft, started)
    else:
        try:
            with _connect(wire, draft.full_url) as connection:
                # A server may answer and close before it has read all of it.
                with suppress(ConnectionError, ssl.SSLError):
                    connection.sendall(_message(draft, wire.proxy))
                reply = _answer(connection, draft, started)
        except TimeoutError:
            late, problem = True, "no answer in time"
        except (OSError, http.client.HTTPException):
            problem = "the connection was closed without an answer"
    seconds = time.monotonic() - started
    body = _visible((draft.content or b"").decode("utf-8", "surrogateescape"))
    note = "sent byte by byte over a connection of its own"
    if len(body) > LONGEST_BODY:
        note += f"; of its {len(body)} characters the first {LONGEST_BODY} are shown"
    with wire.recorder.changing(changed):
        wire.recorder.record(
            Exchange(
                who=who,
                method=draft.method,
                url=draft.full_url.encode("utf-8", "replace").decode(),
                request_headers=tuple((n, _visible(v)) for n, v in draft.headers),
                request_body=body[:LONGEST_BODY],
                status=None if reply is None else reply.status,
                answer_headers=() if reply is None else reply.headers,
                answer_body="" if reply is None else reply.text[:LONGEST_BODY],
                problem=problem,
                note=note,
                seconds=seconds,
            )
        )
    return Answered(reply, seconds, late)


def follow(
    wire: Wire, draft: Draft, *, who: str, owns: Callable[[str], bool], changed: str | None = None
) -> Answered:
    """Sends a request as it is, and goes where the server redirects to within itself."""
    answered = send(wire, draft, who=who, changed=changed)
    url = draft.full_url
    for _ in range(_MOST_REDIRECTS):
        location = answered.header("location")
        if not answered.survived or location is None or answered.status not in _REDIRECTS:
            break
        url = urljoin(url, location)
        if not owns(url):
            break
        answered = send(wire, Draft("GET", url, headers=draft.headers), who=who, changed=changed)
    return answered


def _with_general_headers(wire: Wire, draft: Draft) -> Draft:
    """What every request carries: where a gateway asks for a header, it would answer for all."""
    replaced = {name.lower() for name, _ in draft.headers}
    general = tuple(pair for pair in wire.headers if pair[0].lower() not in replaced)
    return replace(draft, headers=(*general, *draft.headers))


def _visible(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _answer_of(app: WsgiApp, draft: Draft, started: float) -> Reply:
    """Calls an application of this process with the bytes that a server would hand it."""
    parts = urlsplit(draft.full_url)
    content = draft.content or b""
    query = parts.query.encode("utf-8", "surrogateescape").decode("latin-1")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": draft.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(parts.path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": parts.hostname or "",
        "SERVER_PORT": str(parts.port or (443 if parts.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": parts.netloc,
        "CONTENT_LENGTH": str(len(content)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": io.BytesIO(content),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if draft.content_type is not None:
        environ["CONTENT_TYPE"] = draft.content_type
    for name, value in draft.headers:
        key = "HTTP_" + name.upper().replace("-", "_")
        wire_text = value.encode("utf-8", "surrogateescape").decode("latin-1")
        environ[key] = f"{environ[key]},{wire_text}" if key in environ else wire_text
    begun: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> Any:
        begun.append((status, headers))
        return lambda _: None

    try:
        body = b"".join(app(environ, start_response))
    except Exception:
        # A server in front of the application answers 500.
        return Reply(draft.full_url, 500, (), b"", time.monotonic() - started)
    status, headers = begun[-1]
    return Reply(
        url=draft.full_url,
        status=int(status.split(" ")[0]),
        headers=tuple((name, value) for name, value in headers),
        body=body[:LARGEST_ANSWER],
        seconds=time.monotonic() - started,
    )


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


def _connect(wire: Wire, url: str) -> socket.socket:
    return connect(url, timeout=wire.timeout, ca=wire.ca, proxy=wire.proxy)


def _message(draft: Draft, proxy: str | None) -> bytes:
    parts = urlsplit(draft.full_url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    # Without a tunnel the proxy has to be told where to go, and is told who asks.
    proxied = proxy if proxy is not None and parts.scheme == "http" else None
    if proxied is not None:
        target = f"http://{parts.netloc}{target}"
    content = draft.content or b""
    lines = [
        f"{draft.method} {target} HTTP/1.1",
        f"Host: {parts.netloc}",
        "Connection: close",
        "Accept-Encoding: identity",
        *(() if proxied is None else authorization(proxied)),
        *(f"{name}: {value}" for name, value in draft.headers),
    ]
    if draft.content_type is not None:
        lines += [f"Content-Type: {draft.content_type}", f"Content-Length: {len(content)}"]
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + content


def _body(response: http.client.HTTPResponse) -> bytes:
    try:
        return response.read(LARGEST_ANSWER)
    except (ConnectionError, ssl.SSLError):
        # Who closes with bytes of ours unread resets the connection after the answer.
        if response.length is not None:
            raise
        return b""


def _answer(connection: socket.socket, draft: Draft, started: float) -> Reply:
    response = http.client.HTTPResponse(connection, method=draft.method)
    headers: Headers = ()
    body = b""
    try:
        response.begin()
        headers = tuple(response.getheaders())
        body = _body(response)
    except http.client.LineTooLong:
        # A redirect that carries a very long parameter: the status came before the long line.
        if not isinstance(response.status, int):
            raise
    return Reply(
        url=draft.full_url,
        status=response.status,
        headers=headers,
        body=body,
        seconds=time.monotonic() - started,
    )
