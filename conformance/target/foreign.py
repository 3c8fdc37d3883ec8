"""A foreign site, served by ourselves on a loopback port of its own: what an attacker would host.

On loopback, because browsers keep pages of public origins away from loopback servers whatever
the server says (Local Network Access): from elsewhere every server would look protected.
"""

from __future__ import annotations

import html
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

TARGET_FRAME: Final = "target"
TWIN_FRAME: Final = "twin"

_FRAMES: Final = """<!doctype html><title>A foreign page</title>
<p>The page under test, and a page of ours that allows it, each in a frame.</p>
<iframe name="{target}" src="{url}" width="600" height="400"></iframe>
<iframe name="{twin}" src="/plain" width="600" height="400"></iframe>"""
_PLAIN: Final = "<!doctype html><title>Plain</title><p>This page may be framed.</p>"
_LANDING: Final = """<!doctype html><title>A client</title><p>The client's callback.</p>
<img src="{elsewhere}/pixel" alt=""><a href="{elsewhere}/next">Next</a>"""


class ForeignSite:
    """Serves pages that frame, may be read, and repeat what they are sent; and a callback."""

    def __init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def authority(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.authority}"

    @property
    def plain(self) -> str:
        """A page of this site that anybody may frame."""
        return f"{self.url}/plain"

    @property
    def namesake(self) -> str:
        """The same site by another name, and so another origin."""
        return f"localhost:{self._server.server_port}"

    @property
    def readable(self) -> str:
        """A page at another origin that every site may read, with the user's credentials."""
        return f"http://{self.namesake}/readable"

    def framing(self, url: str) -> str:
        """The URL of a page that frames `url`, and beside it a page that may be framed."""
        return f"{self.url}/frames?{urlencode({'of': url})}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=2)


class _Handler(BaseHTTPRequestHandler):
    timeout = 5

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/frames":
            url = parse_qs(parts.query).get("of", [""])[0]
            page = _FRAMES.format(target=TARGET_FRAME, twin=TWIN_FRAME, url=html.escape(url))
        elif parts.path == "/reflecting":
            page = f"<!doctype html><p title='{parse_qs(parts.query).get('of', [''])[0]}'>Hello</p>"
        elif parts.path in ("/plain", "/readable"):
            page = _PLAIN
        else:
            page = _LANDING.format(elsewhere="https://elsewhere.example")
        body = page.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        if parts.path == "/readable":
            self.send_header("Access-Control-Allow-Origin", self.headers.get("Origin", "null"))
            self.send_header("Access-Control-Allow-Credentials", "true")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""
