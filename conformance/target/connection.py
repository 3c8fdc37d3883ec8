"""Connections to a host and port: as they are, through a proxy, and with TLS on them."""

from __future__ import annotations

import base64
import socket
import ssl
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from conformance.errors import ServerUnreachable, TlsFailed

PORTS = {"http": 80, "https": 443}
_LONGEST_HEAD = 16_384


@cache
def trust(ca: Path | None) -> ssl.SSLContext:
    """What verifies certificates: against that authority, else those that the system knows."""
    return ssl.create_default_context(cafile=None if ca is None else str(ca))


def trust_in_anyone() -> ssl.SSLContext:
    """What verifies nothing: to see what there is, never to send a secret."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def address(url: str) -> tuple[str, int]:
    """The host and the port that a URL is reached at."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or PORTS.get(parts.scheme, 443)


def connect(url: str, *, timeout: float, ca: Path | None, proxy: str | None) -> socket.socket:
    """A connection to the host of a URL, with TLS where it is https; ServerUnreachable without.

    Through a proxy it is a tunnel (CONNECT, RFC 9110, 9.3.6) for https, else a connection to the
    proxy itself, which wants the whole URL in the request.
    """
    secure = urlsplit(url).scheme == "https"
    host, _ = address(url)
    if proxy is not None and not secure:
        return _opened(proxy, timeout)
    connection = tunnel(url, timeout=timeout, proxy=proxy)
    if not secure:
        return connection
    try:
        return trust(ca).wrap_socket(connection, server_hostname=host)
    except OSError as error:
        connection.close()
        family = TlsFailed if of_tls(error) else ServerUnreachable
        raise family(f"{host} cannot be reached over TLS: {words(error)}.") from error


def tunnel(url: str, *, timeout: float, proxy: str | None) -> socket.socket:
    """A connection to the host and port of a URL, through the proxy where there is one."""
    host, port = address(url)
    if proxy is None:
        return _opened(f"//{_netloc(host, port)}", timeout)
    connection = _opened(proxy, timeout)
    target = _netloc(host, port)
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}", *authorization(proxy)]
    try:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        head = _head(connection)
    except OSError as error:
        connection.close()
        raise ServerUnreachable(f"The proxy opens no tunnel: {words(error)}.") from error
    status = head.partition(b"\r\n")[0].decode("latin-1")
    if status.split(" ")[1:2] != ["200"]:
        connection.close()
        raise ServerUnreachable(f"The proxy opens no tunnel to {target}: it says {status!r}.")
    return connection


def authorization(proxy: str) -> tuple[str, ...]:
    """The header that signs in at a proxy whose URL carries a user (RFC 7617)."""
    known = credentials(proxy)
    if known is None:
        return ()
    return (f"Proxy-Authorization: Basic {base64.b64encode(':'.join(known).encode()).decode()}",)


def credentials(proxy: str) -> tuple[str, str] | None:
    """User and password that the URL of a proxy carries."""
    parts = urlsplit(proxy)
    return (
        None if parts.username is None else (unquote(parts.username), unquote(parts.password or ""))
    )


def _opened(url: str, timeout: float) -> socket.socket:
    parts = urlsplit(url)
    host, port = address(url)
    try:
        connection = socket.create_connection((host, port), timeout)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if parts.scheme == "https":
            return trust(None).wrap_socket(connection, server_hostname=host)
    except OSError as error:
        raise ServerUnreachable(f"{host}:{port} cannot be reached: {words(error)}.") from error
    return connection


def _head(connection: socket.socket) -> bytes:
    """The head of an answer, read byte by byte: what follows it is no longer the proxy's."""
    head = b""
    while not head.endswith(b"\r\n\r\n") and len(head) < _LONGEST_HEAD:
        byte = connection.recv(1)
        if not byte:
            raise ConnectionError("it closes the connection")
        head += byte
    return head


def _netloc(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def words(error: OSError) -> str:
    """What went wrong, without the class and the number of it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate verify failed: {error.verify_message.rstrip('.')}"
    return error.strerror or str(error) or type(error).__name__


def of_tls(error: BaseException | None) -> bool:
    """Whether it, or what led to it, is a failure of TLS: then somebody has answered."""
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error is not None


def in_words(error: BaseException) -> str:
    """The innermost cause in words: `Connection refused`, not a class name."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error).strip().rstrip(".") or type(error).__name__
