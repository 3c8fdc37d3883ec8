"""A server that answers with what a test wrote down: documents, pages, registrations."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RFC8414 = "/.well-known/oauth-authorization-server"


@contextmanager
def answering(documents: Mapping[str, object], *, status: int = 201) -> Iterator[str]:
    """A server with these JSON documents, or pages, by path; `{issuer}` is its own address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200)

        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer(status, sent)

        def _answer(self, status: int, sent: Mapping[str, object] | None = None) -> None:
            document = documents.get(self.path.partition("?")[0])
            is_page = isinstance(document, str)
            text = document if is_page else json.dumps(document).replace("{issuer}", address)
            if sent is not None and isinstance(document, dict):
                text = json.dumps({**sent, **document})
            body = text.encode() if document is not None else b"<h1>Nothing here</h1>"
            self.send_response(status if document is not None else 404)
            is_json = document is not None and not is_page
            self.send_header("Content-Type", "application/json" if is_json else "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield address
        server.shutdown()


def metadata(**more: object) -> dict[str, object]:
    found = {"issuer": "{issuer}", "authorization_endpoint": "{issuer}/authorize"}
    return {**found, "token_endpoint": "{issuer}/token", **more}
