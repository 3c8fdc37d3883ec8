"""TLS under the server."""

from __future__ import annotations

import socket
import ssl
import tempfile
import warnings

from cheroot import errors
from cheroot.ssl.builtin import BuiltinSSLAdapter

from conformance.server.certificates import Authority
from conformance.server.rules import Rules

_LONGEST_HANDSHAKE = 5.0
_HANDSHAKE = b"\x16"
"""The first byte of a TLS connection (RFC 8446, 5.1); no HTTP request begins with it."""


class TlsAdapter(BuiltinSSLAdapter):
    """TLS by the rules; a connection that begins without it is handed on as it is."""

    def __init__(self, rules: Rules, authority: Authority) -> None:
        # Not that of the class above: it reads files, which are here only for a moment.
        self.context = _context(rules, authority)

    def wrap(self, sock: socket.socket) -> tuple[socket.socket, dict[str, str]]:
        """The connection after its handshake, and what the application is told of it."""
        sock.settimeout(_LONGEST_HANDSHAKE)
        try:
            if sock.recv(1, socket.MSG_PEEK) != _HANDSHAKE:
                return sock, {"wsgi.url_scheme": "http"}
            return self.context.wrap_socket(sock, server_side=True), {"wsgi.url_scheme": "https"}
        except OSError as error:
            raise errors.FatalSSLAlert(*error.args) from error


def _context(rules: Rules, authority: Authority) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with warnings.catch_warnings():
        # Versions that nobody should offer any more are offered where that is the fault.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = rules.tls_oldest
        context.maximum_version = rules.tls_newest
    context.set_ciphers(rules.tls_ciphers)
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(rules.tls_certificate(authority))
        file.flush()
        context.load_cert_chain(file.name)
    return context
