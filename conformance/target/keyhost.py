"""Keys of an attacker, hosted by ourselves on loopback: what jku and x5u of a token point to."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class KeyHost:
    """Serves documents by path; `fetched` are the paths that were asked for."""

    def __init__(self) -> None:
        self.documents: dict[str, tuple[str, bytes]] = {}
        self.fetched: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self.documents, self.fetched))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def host(self, path: str, media_type: str, content: bytes) -> str:
        """Serves a document from now on; its URL."""
        self.documents[path] = (media_type, content)
        return self.origin + path

    @property
    def origin(self) -> str:
        """Where it serves: scheme, host and port."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def host_issuer(self, issuer: str, key_set: bytes) -> None:
        """Serves the metadata of an issuer and its keys (RFC 8414, 3; OpenID Connect Discovery)."""
        keys = self.host("/keys", "application/json", key_set)
        document = json.dumps({"issuer": issuer, "jwks_uri": keys}).encode()
        for name in ("oauth-authorization-server", "openid-configuration"):
            self.host(f"/.well-known/{name}", "application/json", document)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=2)


def _handler(
    documents: Mapping[str, tuple[str, bytes]], fetched: list[str]
) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 5

        def do_GET(self) -> None:
            fetched.append(self.path)
            media_type, body = documents.get(self.path, ("text/plain", b""))
            self.send_response(200 if self.path in documents else 404)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    return Handler
