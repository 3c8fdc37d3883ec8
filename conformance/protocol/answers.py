"""What a server answered, parsed: where a browser landed, what the token endpoint said."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl

from conformance.protocol.request import Draft, Pairs


class Place(StrEnum):
    """Where the browser ended after an authorization request."""

    CALLBACK = "callback"
    """Sent away from the server, to a client's redirect URI or elsewhere."""
    LOGIN = "login page"
    CONSENT = "consent page"
    ERROR = "error page"
    """A page of the server that says no: status 4xx, or recognised by its words."""
    SERVER_ERROR = "server error"
    """Status 5xx."""
    OTHER = "page that we do not know"


@dataclass(frozen=True, slots=True)
class PageMet:
    """A page on the way: what it is taken for and by what (`recognised`), and what it said."""

    kind: Place
    url: str
    status: int | None
    headers: tuple[tuple[str, str], ...]
    title: str
    text: str
    recognised: str = ""

    def header(self, name: str) -> str | None:
        """The first header of that name, or None."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


@dataclass(frozen=True, slots=True)
class Landing:
    """The end of one authorization request.

    `url` is where the browser was, or was being sent; `parameters` are those of its query and
    fragment, in order, only where it left the server. `sent` is the request that led here, and
    `verifier` the one whose challenge it carried. `message_target` is the origin that the response
    was meant for, where a page sent it in a message between windows.
    """

    place: Place
    url: str
    sent: Draft
    status: int | None = None
    redirect_status: int | None = None
    from_submission: bool = False
    parameters: Pairs = ()
    in_fragment: bool = False
    verifier: str | None = None
    text: str = ""
    pages: tuple[PageMet, ...] = ()
    message_target: str | None = None

    def met(self, kind: Place) -> PageMet | None:
        """The first page of that kind on the way, or None."""
        return next((page for page in self.pages if page.kind is kind), None)

    def get(self, name: str) -> str | None:
        """The first value of a response parameter, or None."""
        return next((value for key, value in self.parameters if key == name), None)

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a response parameter."""
        return tuple(value for key, value in self.parameters if key == name)

    @property
    def in_query(self) -> dict[str, str]:
        """The parameters of the query alone, of the client's URI and of the response."""
        return dict(self._part(_query_of(self.url)))

    @property
    def fragment(self) -> dict[str, str]:
        """The parameters of the fragment alone."""
        return dict(self._part(self.url.partition("#")[2]))

    def _part(self, text: str) -> Pairs:
        return tuple(parse_qsl(text, keep_blank_values=True)) if self.at_callback else ()

    @property
    def code(self) -> str | None:
        return self.get("code")

    @property
    def error(self) -> str | None:
        return self.get("error")

    @property
    def at_callback(self) -> bool:
        return self.place is Place.CALLBACK

    @property
    def granted(self) -> bool:
        """A code or a token left the server."""
        return self.at_callback and any(
            self.get(name) for name in ("code", "access_token", "id_token")
        )

    @property
    def refused_at_server(self) -> bool:
        """The server said no on a page of its own and sent the browser nowhere."""
        return self.place is Place.ERROR

    @property
    def refused(self) -> bool:
        """A positive sign of refusal: an error page, or an OAuth error at the callback."""
        return self.refused_at_server or (
            self.at_callback and self.error is not None and not self.granted
        )

    @property
    def where(self) -> str:
        """The end of the browser's way, in words for a message, without any secret."""
        if self.place is Place.CALLBACK:
            if self.granted:
                return f"at {base(self.url)} with {self._carried}"
            if self.error is not None:
                return f"at {base(self.url)} with error={self.error!r}"
            return f"at {base(self.url)} without code or error"
        status = "" if self.status is None else f" (status {self.status})"
        return f"on the server's {self.place.value}{status}"

    @property
    def _carried(self) -> str:
        names = [n for n in ("code", "access_token", "id_token") if self.get(n)]
        return "a code" if names == ["code"] else " and ".join(names)


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """What the token endpoint answered, and to which request.

    `error` is the error code, read where the contract keeps it; `document` the JSON object, or
    None where the body is no JSON object. Times are seconds since the epoch; `date` is the
    server's own clock.
    """

    status: int
    headers: Pairs
    body: str
    sent: Draft
    document: dict[str, Any] | None = None
    error: str | None = None
    date: float | None = None
    seconds: float = 0.0

    def header(self, name: str) -> str | None:
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    def all(self, name: str) -> tuple[str, ...]:
        wanted = name.lower()
        return tuple(value for key, value in self.headers if key.lower() == wanted)

    def get(self, name: str) -> Any:
        return None if self.document is None else self.document.get(name)

    def text(self, name: str) -> str | None:
        """A member of the document, where it is a string that is not empty."""
        value = self.get(name)
        return value if isinstance(value, str) and value else None

    @property
    def access_token(self) -> str | None:
        return self.text("access_token")

    @property
    def refresh_token(self) -> str | None:
        return self.text("refresh_token")

    @property
    def scope(self) -> frozenset[str] | None:
        """The scope values of the answer, or None where it names none."""
        value = self.get("scope")
        return frozenset(value.split()) if isinstance(value, str) else None

    @property
    def expires_in(self) -> float | None:
        value = self.get("expires_in")
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return float(value) if is_number else None

    @property
    def granted(self) -> bool:
        """A token came, whatever the status."""
        return self.access_token is not None or self.refresh_token is not None

    @property
    def refused(self) -> bool:
        """A positive sign of refusal: an OAuth error, or a status 4xx; and no token.

        A server that broke (5xx) has refused nothing, whatever its body calls an error.
        """
        if self.granted or self.status >= 500:
            return False
        return self.error is not None or self.status >= 400

    @property
    def content_type(self) -> str:
        """The media type, lower case, without parameters; empty where there is none."""
        return (self.header("content-type") or "").split(";")[0].strip().lower()

    def __str__(self) -> str:
        """What the server did, in words for a message, without any secret."""
        if self.granted:
            what = "an access token" if self.access_token else "a refresh token"
            return f"the server answered {self.status} with {what}"
        if self.error is not None:
            return f"the server answered {self.status} {self.error!r}"
        kind = self.content_type or "no media type"
        return f"the server answered {self.status} ({kind}) without an OAuth error"


@dataclass(frozen=True, slots=True)
class ResourceAnswer:
    """What a protected resource answered to a request."""

    status: int
    headers: Pairs
    body: str
    date: float | None = None

    def header(self, name: str) -> str | None:
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    def all(self, name: str) -> tuple[str, ...]:
        wanted = name.lower()
        return tuple(value for key, value in self.headers if key.lower() == wanted)

    @property
    def granted(self) -> bool:
        return 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """Nothing was served: a 4xx, or a redirect, as to a login page."""
        return 300 <= self.status < 500

    def __str__(self) -> str:
        challenge = self.header("www-authenticate")
        words = f" with WWW-Authenticate {challenge!r}" if challenge else ""
        return f"the resource answered {self.status}{words}"


def _query_of(url: str) -> str:
    """The query, of whatever a server calls a URL: taking it apart in full may fail."""
    return url.partition("#")[0].partition("?")[2]


def parameters(url: str) -> tuple[Pairs, bool]:
    """The parameters of a redirect's query and fragment, and whether a response is in the fragment.

    Source: RFC 6749, 4.1.2 (query) and 4.2.2 (fragment).
    """
    query = parse_qsl(_query_of(url), keep_blank_values=True)
    fragment = parse_qsl(url.partition("#")[2], keep_blank_values=True)
    response = {"code", "access_token", "id_token", "error", "state"}
    return (*query, *fragment), any(name in response for name, _ in fragment)


def base(url: str) -> str:
    """A URL without its query and fragment: what can be shown."""
    return url.split("#")[0].split("?")[0]


def json_object(body: str) -> dict[str, Any] | None:
    """The body as a JSON object, or None where it is anything else."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def error_code(document: dict[str, Any] | None, member: str = "error") -> str | None:
    """The error code of an answer; `member` is where the contract keeps it (RFC 6749, 5.2)."""
    value = None if document is None else document.get(member)
    return value if isinstance(value, str) and value else None
