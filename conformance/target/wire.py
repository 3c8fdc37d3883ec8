"""Requests over HTTP, each within an absolute deadline and a bound; the only importer of httpx."""

from __future__ import annotations

import math
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpcore
import httpx

from conformance.errors import DeadlineExceeded, RateLimited, ServerUnreachable, TlsFailed
from conformance.model import Exchange, Headers
from conformance.protocol.request import Draft
from conformance.target.connection import credentials, in_words, of_tls, trust, trust_in_anyone
from conformance.target.deadline import Deadline, DeadlineBackend
from conformance.target.recorder import LONGEST_BODY, Recorder

LARGEST_ANSWER = 4 * 1024 * 1024
"""Bytes of an answer that are read; the rest is not."""

WsgiApp = Callable[..., Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer as it came; `body` is inflated and cut at LARGEST_ANSWER (`truncated`)."""

    url: str
    status: int
    headers: Headers
    body: bytes
    seconds: float
    truncated: bool = False

    @property
    def text(self) -> str:
        """The body as UTF-8, with what is not UTF-8 made visible."""
        return self.body.decode("utf-8", "backslashreplace")

    def header(self, name: str) -> str | None:
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    def all(self, name: str) -> tuple[str, ...]:
        wanted = name.lower()
        return tuple(value for key, value in self.headers if key.lower() == wanted)

    @property
    def date(self) -> float | None:
        """The server's own clock (`Date`), as seconds since the epoch, or None."""
        value = self.header("date")
        if value is None:
            return None
        try:
            return parsedate_to_datetime(value).timestamp()
        except (ValueError, TypeError, OverflowError):
            return None


class Wire:
    """One server's line: requests go out, replies come in, the recorder writes both down.

    Follows no redirect, keeps no cookie, inflates no more than it must. Raises ServerUnreachable,
    DeadlineExceeded or RateLimited; never hangs.
    """

    def __init__(
        self,
        recorder: Recorder,
        *,
        timeout: float = 10.0,
        ca: Path | None = None,
        proxy: str | None = None,
        headers: Headers = (),
        user_agent: str = "oauth-conformance",
        max_requests_per_second: float | None = None,
        app: WsgiApp | None = None,
        verifies: bool = True,
    ) -> None:
        self.recorder = recorder
        self.timeout = timeout
        self.ca = ca
        self.proxy = proxy
        self.headers: Headers = (("User-Agent", user_agent), *headers)
        """What goes out with every request, whoever sends it."""
        self._pause = 0.0 if not max_requests_per_second else 1.0 / max_requests_per_second
        self._next = 0.0
        self._lock = threading.Lock()
        self.requests = 0
        self.until = math.inf
        """When everything that is being done must be over (monotonic seconds)."""
        self._deadline = Deadline()
        transport: httpx.BaseTransport
        if app is not None:
            transport = httpx.WSGITransport(app=app, raise_app_exceptions=False)
        else:
            transport = _DeadlineTransport(
                trust(ca) if verifies else trust_in_anyone(), proxy, self._deadline
            )
        self.in_process = app is not None
        self.app = app
        # A client of httpx would keep cookies, and refuse answers whose Location it cannot parse.
        self._transport = transport

    def close(self) -> None:
        self._transport.close()

    def unverified(self) -> Wire:
        """Another line, which takes any certificate: for what is public, and no secret on it."""
        return Wire(self.recorder, timeout=self.timeout, proxy=self.proxy, verifies=False)

    def send(
        self,
        draft: Draft,
        *,
        who: str,
        headers: Headers = (),
        tolerate: Sequence[int] = (),
        note: str | None = None,
    ) -> Reply:
        """Sends one settled request. `tolerate` names statuses that else raise RateLimited."""
        self._wait_for_pace()
        content = draft.content
        kind = draft.content_type
        sent: Headers = (
            *self.headers,
            ("Accept", "*/*"),
            ("Accept-Encoding", "identity"),
            *(() if kind is None else (("Content-Type", kind),)),
            *headers,
        )
        replaced = {name.lower() for name, _ in draft.headers}
        sent = (*((n, v) for n, v in sent if n.lower() not in replaced), *draft.headers)
        started = time.monotonic()
        try:
            reply = self._exchange(draft, sent, content, started)
        except httpx.LocalProtocolError:
            raise  # We tried to send what HTTP does not allow: no fault of the server.
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            self._fail(draft, sent, content, started, who, note, error)
        self.recorder.record(
            Exchange(
                who=who,
                method=draft.method,
                url=draft.full_url,
                request_headers=sent,
                request_body=_text(content),
                status=reply.status,
                answer_headers=reply.headers,
                answer_body=reply.text[:LONGEST_BODY],
                note=_noted(note, reply),
                seconds=reply.seconds,
            )
        )
        pause = reply.header("retry-after")
        asks_for_peace = reply.status == 429 or (reply.status == 503 and pause is not None)
        if asks_for_peace and reply.status not in tolerate:
            raise RateLimited(
                f"The server asks for fewer requests: it answered {reply.status}"
                f" (Retry-After: {pause or 'not said'}).",
                pause,
            )
        return reply

    def get(self, url: str, *, who: str, headers: Headers = ()) -> Reply:
        return self.send(Draft("GET", url), who=who, headers=headers)

    def _exchange(
        self, draft: Draft, headers: Headers, content: bytes | None, started: float
    ) -> Reply:
        if started >= self.until:
            raise httpx.ReadTimeout("the time of the check is over")
        self._deadline.at = min(started + self.timeout, self.until)
        self.requests += 1
        request = httpx.Request(
            draft.method,
            draft.full_url,
            content=content,
            headers=[(n.encode("latin-1", "replace"), _header_bytes(v)) for n, v in headers],
            extensions={"timeout": httpx.Timeout(self.timeout).as_dict()},
        )
        response = self._transport.handle_request(request)
        try:
            body, truncated = _read(response)
        finally:
            response.close()
        return Reply(
            url=draft.full_url,
            status=response.status_code,
            headers=tuple(
                (name.decode("latin-1"), value.decode("utf-8", "backslashreplace"))
                for name, value in response.headers.raw
            ),
            body=body,
            seconds=time.monotonic() - started,
            truncated=truncated,
        )

    def _fail(
        self,
        draft: Draft,
        headers: Headers,
        content: bytes | None,
        started: float,
        who: str,
        note: str | None,
        error: Exception,
    ) -> None:
        seconds = time.monotonic() - started
        late = isinstance(error, httpx.TimeoutException)
        where = "/".join(draft.url.split("/")[:3])
        if late:
            problem = f"{where} did not answer within {max(seconds, 0.1):.1f} s."
        else:
            problem = f"{where} cannot be reached: {in_words(error)}."
        self.recorder.record(
            Exchange(
                who=who,
                method=draft.method,
                url=draft.full_url,
                request_headers=headers,
                request_body=_text(content),
                problem=problem,
                note=note,
                seconds=seconds,
            )
        )
        family = DeadlineExceeded if late else TlsFailed if of_tls(error) else ServerUnreachable
        raise family(problem) from error

    def _wait_for_pace(self) -> None:
        if not self._pause:
            return
        with self._lock:
            now = time.monotonic()
            wait = self._next - now
            self._next = max(now, self._next) + self._pause
        if wait > 0:
            time.sleep(wait)


class _DeadlineTransport(httpx.BaseTransport):
    """httpx's own transport, on connections that know the deadline."""

    def __init__(self, context: ssl.SSLContext, proxy: str | None, deadline: Deadline) -> None:
        backend = DeadlineBackend(deadline)
        if proxy is None:
            self._pool = httpcore.ConnectionPool(
                ssl_context=context, max_connections=64, network_backend=backend
            )
        else:
            self._pool = httpcore.HTTPProxy(
                proxy,
                proxy_auth=credentials(proxy),
                ssl_context=context,
                max_connections=64,
                network_backend=backend,
            )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        body = b"".join(request.stream) if isinstance(request.stream, Iterable) else b""
        with _httpx_errors():
            answer = self._pool.handle_request(
                httpcore.Request(
                    request.method,
                    url,
                    headers=request.headers.raw,
                    content=body,
                    extensions=request.extensions,
                )
            )
        stream = answer.stream
        return httpx.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_ResponseStream(stream if isinstance(stream, Iterable) else (), answer.close),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        self._pool.close()


class _ResponseStream(httpx.SyncByteStream):
    def __init__(self, parts: Iterable[bytes], close: Callable[[], None]) -> None:
        self._parts = parts
        self._close = close

    def __iter__(self) -> Iterator[bytes]:
        with _httpx_errors():
            yield from self._parts

    def close(self) -> None:
        self._close()


class _httpx_errors:  # noqa: N801 - reads as a statement
    """Gives httpcore's errors their httpx names, so that one family is caught."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, httpcore.TimeoutException):
            raise httpx.ReadTimeout(str(error)) from error
        if isinstance(error, httpcore.ProtocolError):
            raise httpx.RemoteProtocolError(str(error)) from error
        if isinstance(error, httpcore.NetworkError | httpcore.ProxyError):
            raise httpx.ConnectError(str(error)) from error


def _read(response: httpx.Response) -> tuple[bytes, bool]:
    """The body, inflated, at most LARGEST_ANSWER bytes of it, and whether it was cut."""
    encoding = response.headers.get("content-encoding", "").strip().lower()
    inflate = None
    if encoding in ("gzip", "x-gzip"):
        inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
    elif encoding == "deflate":
        inflate = zlib.decompressobj()
    body = bytearray()
    for part in response.iter_raw():
        room = LARGEST_ANSWER - len(body)
        if inflate is None:
            body += part[:room]
            over = len(part) > room
        else:
            try:
                body += inflate.decompress(part, room or 1)
            except zlib.error:
                return bytes(body), True
            over = bool(inflate.unconsumed_tail)
        if over or len(body) >= LARGEST_ANSWER:
            return bytes(body[:LARGEST_ANSWER]), True
    return bytes(body), False


def _header_bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")


def _text(content: bytes | None) -> str:
    if content is None:
        return ""
    return content[:LONGEST_BODY].decode("utf-8", "backslashreplace")


def _noted(note: str | None, reply: Reply) -> str | None:
    cut = "the answer was cut" if reply.truncated or len(reply.body) > LONGEST_BODY else None
    return "; ".join(part for part in (note, cut) if part) or None
