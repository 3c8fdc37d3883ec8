"""What a host and port offers below HTTP: protocol versions, cipher suites, its certificate."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar, cast
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.x509.oid import NameOID

from conformance.errors import ConformanceError, NotTheProtocol, ServerUnreachable
from conformance.model import Exchange, Transcript
from conformance.protocol.tls import ANY, Answer, Hello, read
from conformance.target.connection import address, trust, trust_in_anyone, tunnel, words
from conformance.target.scanner import Scan, scan
from conformance.target.wire import Wire

_LONGEST_ANSWER = 65_536
_Seen = TypeVar("_Seen")


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a server proves itself with; `problem` is why that does not verify for the host."""

    described: str
    problem: str | None

    @property
    def valid(self) -> bool:
        return self.problem is None


class Tls:
    """Looks at each host and port once; whoever asks again gets it as evidence again.

    Raises ServerUnreachable where nobody answers, NotTheProtocol where what answers is no TLS.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._seen: dict[tuple[object, ...], tuple[object, Transcript]] = {}

    def offered(self, url: str, hello: Hello) -> Answer:
        """What the server of a URL answers to an offer.

        That it takes any offer is seen before, and after one that it did not take.
        """

        def look() -> Answer:
            self._control(url)
            answer = self._ask(url, hello)
            if not answer.accepted:
                self._control(url)
            return answer

        return self._once((*address(url), hello), look)

    def certificate(self, url: str) -> Certificate:
        """The certificate of the server of a URL, and whether it verifies for that host."""
        return self._once((*address(url), "certificate"), lambda: self._verified(url))

    def scanned(self, url: str) -> Scan | None:
        """What a scanner that is installed says of the server of a URL; None without one."""

        def look() -> Scan | None:
            found = None if self._wire.proxy is not None else scan(*address(url))
            if found is not None:
                self._wire.recorder.record(
                    Exchange(found.program, "TLS", _place(url), answer_body=str(found))
                )
            return found

        return self._once((*address(url), "scan"), look)

    def _once(self, key: tuple[object, ...], look: Callable[[], _Seen]) -> _Seen:
        recorder = self._wire.recorder
        if key in self._seen:
            found, exchanges = self._seen[key]
            recorder.cite(exchanges)
            return cast(_Seen, found)
        mark = recorder.mark()
        new = look()
        self._seen[key] = (new, recorder.raw_since(mark))
        return new

    def _control(self, url: str) -> None:
        answer = self._ask(url, ANY)
        if not answer.accepted:
            raise ServerUnreachable(
                f"{_place(url)} takes no TLS that we know: it answers with {answer}."
            )

    def _ask(self, url: str, hello: Hello) -> Answer:
        with self._noting(url, f"ClientHello: {hello.words}") as noted:
            with self._connected(url) as connection:
                connection.sendall(hello.message(address(url)[0]))
                answer = _answer(connection)
            noted.append(f"ServerHello: {answer}" if answer.accepted else str(answer))
        return answer

    def _verified(self, url: str) -> Certificate:
        host, _ = address(url)
        unchecked = trust_in_anyone()
        with self._noting(url, "handshake, to see the certificate") as noted:
            with unchecked.wrap_socket(self._connected(url), server_hostname=host) as secure:
                described = _described(secure.getpeercert(binary_form=True) or b"")
            noted.append(described)
        problem = None
        with self._noting(url, f"handshake, with the certificate verified for {host}") as noted:
            connection = self._connected(url)
            try:
                trust(self._wire.ca).wrap_socket(connection, server_hostname=host).close()
            except ssl.SSLCertVerificationError as error:
                connection.close()
                problem = words(error)
            noted.append(problem or "the certificate verifies")
        return Certificate(described, problem)

    def _connected(self, url: str) -> socket.socket:
        return tunnel(url, timeout=self._wire.timeout, proxy=self._wire.proxy)

    @contextmanager
    def _noting(self, url: str, offer: str) -> Iterator[list[str]]:
        """Writes down an offer and what came of it; gives failures their own family of errors."""
        started = time.monotonic()
        noted: list[str] = []
        failure: ConformanceError | None = None
        try:
            yield noted
        except ConformanceError as error:
            failure = error
        except ValueError as error:
            failure = NotTheProtocol(f"{_place(url)} does not speak TLS: it sends {error}.")
        except OSError as error:
            failure = ServerUnreachable(f"{_place(url)} ends the handshake: {words(error)}.")
        self._wire.recorder.record(
            Exchange(
                who="client",
                method="TLS",
                url=_place(url),
                request_body=offer,
                answer_body="".join(noted),
                problem=None if failure is None else str(failure),
                note="below HTTP",
                seconds=time.monotonic() - started,
            )
        )
        if failure is not None:
            raise failure


def _answer(connection: socket.socket) -> Answer:
    """What comes back; that nothing does, or a reset, is a refusal too."""
    data = b""
    with suppress(ConnectionError):
        while len(data) < _LONGEST_ANSWER and (part := connection.recv(4096)):
            data += part
            if (answer := read(data)) is not None:
                return answer
    return Answer()


def _place(url: str) -> str:
    host, port = address(url)
    return f"{urlsplit(url).scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def _described(der: bytes) -> str:
    certificate = x509.load_der_x509_certificate(der)
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        hosts = ", ".join(str(name.value) for name in names)
    except x509.ExtensionNotFound:
        hosts = "nobody"
    by = certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    return (
        f"a certificate for {hosts}, of {by[0].value if by else 'an authority without a name'!r},"
        f" from {certificate.not_valid_before_utc:%Y-%m-%d}"
        f" to {certificate.not_valid_after_utc:%Y-%m-%d}"
    )
