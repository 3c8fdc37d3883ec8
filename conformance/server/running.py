"""The embedded server at work: behind a real HTTP server, or in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from types import TracebackType
from typing import Protocol, Self

from cheroot.wsgi import Server
from flask import Flask

from conformance.server.app import INSTALLATION, create_app
from conformance.server.certificates import authority
from conformance.server.clock import Clock
from conformance.server.dialects import DIALECTS
from conformance.server.installation import Installation
from conformance.server.plain_http import WsgiApp, answering
from conformance.server.registrations import Registrations, demonstration, secret_hash
from conformance.server.rules import Rules
from conformance.server.store import Registered
from conformance.server.transport import TlsAdapter
from conformance.server.watching import watched

_THREADS = 24
IN_PROCESS = "https://embedded.test"
"""The issuer of a server without a socket."""


class RunningServer:
    """The server on a port of 127.0.0.1, from `with` to its end; port 0 asks the system for one.

    With `tls` it is at localhost, with a certificate of an authority of its own: `ca`.
    """

    def __init__(
        self,
        rules: Rules,
        registrations: Registrations | None = None,
        clock: Clock | None = None,
        port: int = 0,
        tls: bool = False,
    ) -> None:
        self.rules = rules
        self.registrations = registrations or demonstration()
        self.clock = clock or Clock()
        self._server = (_QuietServer if tls else Server)(
            ("127.0.0.1", port),
            _nothing_yet,
            numthreads=_THREADS,
            request_queue_size=128,
            shutdown_timeout=2,
        )
        self._server.keep_alive_conn_limit = 128
        self._server.max_request_header_size = 512 * 1024
        self._thread: Thread | None = None
        self._folder: TemporaryDirectory[str] | None = None
        self.tls = tls
        self.app: Flask | None = None
        self.ca: Path | None = None

    @property
    def issuer(self) -> str:
        """The origin of the server, once it is started."""
        port = self._server.bind_addr[1]
        return f"https://localhost:{port}" if self.tls else f"http://127.0.0.1:{port}"

    def start(self) -> None:
        """Listen, and answer in threads of its own."""
        self._server.prepare()
        self.app = create_app(self.rules, self.registrations, self.clock, self.issuer)
        self._server.wsgi_app = self._guarded(self.app)
        self._thread = Thread(target=self._server.serve, name="embedded server", daemon=True)
        self._thread.start()

    def _guarded(self, app: Flask) -> WsgiApp:
        """The application, which with TLS answers only those who come with it."""
        if not self.tls:
            return app
        self._folder = TemporaryDirectory()
        self.ca = Path(self._folder.name) / "authority.pem"
        self.ca.write_bytes(authority().pem)
        self._server.ssl_adapter = TlsAdapter(self.rules, authority())
        return answering(app, self.rules.plain_http, self.issuer)

    def stop(self) -> None:
        """Answer what has come in, and end."""
        self._server.stop()
        if self._thread is not None:
            self._thread.join(timeout=10)
        if self._folder is not None:
            self._folder.cleanup()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _nothing_yet(_: object, start_response: Callable[..., object]) -> list[bytes]:
    start_response("503 Service Unavailable", [("Content-Length", "0")])
    return []


class _QuietServer(Server):
    """Handshakes that end early are nothing to write about: versions are tried that way."""

    def error_log(self, *_: object, **__: object) -> None:
        """Nowhere to write to."""


class Fault(Protocol):
    """Something that changes the rules for the worse."""

    def broken(self, rules: Rules) -> Rules:
        """The rules with the fault in them."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """An embedded server that is ready: its name, its clock, and the application itself.

    `ca` is the file of the authority of its certificate, None where it serves without TLS.
    `reads` grows by the name of each rule that is read: clear it before a check, and copy it after,
    to learn which defects (`watching.differing`) can concern the check.
    """

    issuer: str
    clock: Clock
    app: Flask
    rules: Rules
    reads: set[str]
    installation: Installation
    ca: Path | None = None

    def give_secret(self, like: str, secret: str) -> str:
        """Makes a client like this one, but with a secret of ours; gives its identifier."""
        at = self.installation
        model = at.registrations.client(like)
        if model is None:
            raise KeyError(like)
        named = replace(model, client_id=f"{like}-of-our-secret", secret_hash=secret_hash(secret))
        with at.store.lock:
            at.store.registered[named.client_id] = Registered(named, "", {})
        return named.client_id


@contextmanager
def embedded(
    dialect: str, faults: Iterable[Fault] = (), *, in_process: bool = False, tls: bool = False
) -> Iterator[Embedded]:
    """The embedded server of a dialect with these faults; KeyError for an unknown dialect."""
    rules = DIALECTS[dialect]()
    for fault in faults:
        rules = fault.broken(rules)
    clock = Clock()
    seen, reads = watched(rules)
    if in_process:
        app = create_app(seen, clock=clock, issuer=IN_PROCESS)
        yield Embedded(IN_PROCESS, clock, app, rules, reads, app.extensions[INSTALLATION])
        return
    with RunningServer(seen, clock=clock, tls=tls) as server:
        if server.app is None:
            raise RuntimeError("The server did not start.")
        at = server.app.extensions[INSTALLATION]
        yield Embedded(server.issuer, clock, server.app, rules, reads, at, server.ca)
