"""What a server that speaks TLS says to those who come without."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class PlainHttp(Enum):
    """What a request without TLS gets."""

    REFUSED = "an error"
    REDIRECTED = "a redirect to the same over TLS"
    SERVED = "what it asks for"


def refused(_: str) -> PlainHttp:
    """Nothing, whatever the path."""
    return PlainHttp.REFUSED


def answering(app: WsgiApp, told: Callable[[str], PlainHttp], issuer: str) -> WsgiApp:
    """The application for requests over TLS; those without get what `told` says of their path."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        gets = PlainHttp.SERVED if environ["wsgi.url_scheme"] == "https" else told(path)
        if gets is PlainHttp.SERVED:
            return app(environ, start_response)
        if gets is PlainHttp.REDIRECTED:
            query = environ.get("QUERY_STRING")
            target = f"{issuer}{path}?{query}" if query else f"{issuer}{path}"
            return _said(start_response, "308 Permanent Redirect", ("Location", target))
        return _said(start_response, "400 Bad Request", ("Connection", "close"))

    return answer


def _said(
    start_response: Callable[..., Any], status: str, header: tuple[str, str]
) -> Iterable[bytes]:
    text = b"This port speaks TLS."
    length = ("Content-Length", str(len(text)))
    start_response(status, [("Content-Type", "text/plain"), length, header])
    return [text]
