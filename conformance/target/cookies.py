"""A human's cookies, kept and sent as a browser keeps and sends them (RFC 6265)."""

from __future__ import annotations

import base64
import ipaddress
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from conformance.errors import ProfileError
from conformance.model import Exchange

MOST_COOKIES = 150
"""Cookies of one session; browsers keep about as many for one domain."""

_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Cookie:
    """One cookie. `expires` is seconds since the epoch, None for the session; `host_only` means
    that it goes to `domain` itself and to no subdomain."""

    name: str
    value: str
    domain: str
    path: str = "/"
    secure: bool = False
    http_only: bool = False
    same_site: str = ""
    expires: float | None = None
    host_only: bool = True

    @classmethod
    def parse(cls, header: str, url: str, now: float | None = None) -> Self | None:
        """The cookie of a `Set-Cookie` header that came from a URL, None where it is ignored.

        Source: RFC 6265, 5.2 and 5.3.
        """
        first, *rest = header.split(";")
        name, equals, value = first.partition("=")
        if not equals or not name.strip():
            return None
        host = _host(url)
        given = {}
        for part in rest:
            key, _, text = part.partition("=")
            given[key.strip().lower()] = text.strip()
        domain = given.get("domain", "").lower().removeprefix(".")
        if domain and domain != host and (_is_address(host) or not host.endswith(f".{domain}")):
            return None
        path = given.get("path", "")
        return cls(
            name.strip(),
            value.strip(),
            domain=domain or host,
            path=path if path.startswith("/") else _default_path(url),
            secure="secure" in given,
            http_only="httponly" in given,
            same_site=given.get("samesite", "").capitalize(),
            expires=_expiry(given, time.time() if now is None else now),
            host_only=not domain or domain == host == _address(host),
        )

    @classmethod
    def from_browser(cls, data: Mapping[str, Any]) -> Self:
        """A cookie as browsers' storage states write it (name, value, domain, path, expires, …)."""
        domain = str(data.get("domain", ""))
        expires = float(data.get("expires", -1))
        return cls(
            str(data.get("name", "")),
            str(data.get("value", "")),
            domain=domain.lower().removeprefix("."),
            path=str(data.get("path") or "/"),
            secure=bool(data.get("secure")),
            http_only=bool(data.get("httpOnly")),
            same_site=str(data.get("sameSite") or ""),
            expires=expires if expires > 0 else None,
            host_only=not domain.startswith("."),
        )

    @property
    def key(self) -> _Key:
        """What tells it from others: domain, path and name."""
        return (self.domain, self.path, self.name)

    def to_browser(self) -> dict[str, Any]:
        """As browsers' storage states write it."""
        data: dict[str, Any] = {
            "name": self.name,
            "value": self.value,
            "domain": self.domain if self.host_only else f".{self.domain}",
            "path": self.path,
            "expires": -1 if self.expires is None else self.expires,
            "httpOnly": self.http_only,
            "secure": self.secure,
        }
        if self.same_site in ("Strict", "Lax", "None"):
            data["sameSite"] = self.same_site
        return data

    def goes_to(self, url: str, now: float) -> bool:
        """Whether a browser sends it with a request to this URL (RFC 6265, 5.4)."""
        parts = urlsplit(url)
        host = _host(url)
        fits = host == self.domain or (not self.host_only and host.endswith(f".{self.domain}"))
        path = parts.path or "/"
        under = path == self.path or path.startswith(self.path.rstrip("/") + "/")
        # Browsers trust loopback: a Secure cookie goes there over plain http too.
        safe = not self.secure or parts.scheme == "https" or _is_loopback(host)
        alive = self.expires is None or self.expires > now
        return fits and under and safe and alive


class CookieJar:
    """The cookies of one session, in the order in which they were made.

    Where there are too many, the one that was not sent for the longest time goes (RFC 6265, 5.3).
    """

    def __init__(self, cookies: Iterable[Cookie] = ()) -> None:
        self._cookies: dict[_Key, Cookie] = {}
        self._accessed: dict[_Key, None] = {}
        for cookie in cookies:
            self.put(cookie)

    def all(self) -> tuple[Cookie, ...]:
        return tuple(self._cookies.values())

    def put(self, cookie: Cookie) -> None:
        """Keeps a cookie, or drops the one that it ends."""
        if cookie.expires is not None and cookie.expires <= time.time():
            self._drop(cookie.key)
            return
        self._cookies[cookie.key] = cookie
        self._access(cookie.key)
        if len(self._cookies) > MOST_COOKIES:
            self._drop(next(iter(self._accessed)))

    def _access(self, key: _Key) -> None:
        self._accessed.pop(key, None)
        self._accessed[key] = None

    def _drop(self, key: _Key) -> None:
        self._cookies.pop(key, None)
        self._accessed.pop(key, None)

    def take(self, headers: Iterable[str], url: str) -> None:
        """Keeps what the `Set-Cookie` headers of an answer say."""
        for header in headers:
            cookie = Cookie.parse(header, url)
            if cookie is not None:
                self.put(cookie)

    def header(self, url: str) -> str:
        """The `Cookie` header for a request, longest paths first; empty where none goes there."""
        now = time.time()
        fitting = [cookie for cookie in self._cookies.values() if cookie.goes_to(url, now)]
        fitting.sort(key=lambda cookie: -len(cookie.path))
        for cookie in fitting:
            self._access(cookie.key)
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in fitting)

    def sent_from_other_sites(self, method: str = "POST") -> tuple[Cookie, ...]:
        """The cookies that a browser sends with a form, or (GET) a link, of another site.

        Where nothing is said, not all browsers take it for Lax: such cookies count as sent.
        """
        kept = ("Strict",) if method == "GET" else ("Lax", "Strict")
        return tuple(one for one in self.all() if one.same_site not in kept)

    def replace(self, cookies: Iterable[Cookie]) -> None:
        """Forgets all and keeps these."""
        self._cookies.clear()
        self._accessed.clear()
        for cookie in cookies:
            self.put(cookie)

    def by_name(self) -> dict[str, str]:
        return {cookie.name: cookie.value for cookie in self._cookies.values()}


def holding(token: str, exchanges: Iterable[Exchange]) -> Cookie | None:
    """The cookie that a token was put into, as it is, percent-encoded or in base64."""
    for exchange in exchanges:
        for name, value in exchange.answer_headers:
            cookie = Cookie.parse(value, exchange.url) if name.lower() == "set-cookie" else None
            if cookie is not None and token and any(token in one for one in _readings(cookie)):
                return cookie
    return None


def _readings(cookie: Cookie) -> Iterator[str]:
    plain = unquote(cookie.value)
    yield plain
    with suppress(ValueError):
        padded = plain.replace("-", "+").replace("_", "/") + "=" * (-len(plain) % 4)
        yield base64.b64decode(padded).decode("latin-1")


def saved_session(file: Path) -> tuple[Cookie, ...]:
    """The cookies of a browser session that was saved as a storage state (JSON).

    Raises ProfileError where the file cannot be read as one.
    """
    try:
        state = json.loads(file.read_text(encoding="utf-8"))
        return tuple(Cookie.from_browser(cookie) for cookie in state["cookies"])
    except OSError as error:
        raise ProfileError(
            f"pages.session: {file} cannot be read: {error.strerror or error}."
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProfileError(f"pages.session: {file} is not a saved browser session.") from error


def _expiry(given: Mapping[str, str], now: float) -> float | None:
    age = given.get("max-age", "")
    if age.removeprefix("-").isdigit():
        return now + min(int(age), 10**10) if int(age) > 0 else 0.0
    if given.get("expires"):
        try:
            return max(0.0, parsedate_to_datetime(given["expires"].replace("-", " ")).timestamp())
        except (ValueError, TypeError, OverflowError):
            return None
    return None


def _default_path(url: str) -> str:
    path = urlsplit(url).path
    return path[: path.rfind("/")] or "/" if path.startswith("/") else "/"


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()


def _address(host: str) -> str:
    return host if _is_address(host) else ""


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    return _is_address(host) and ipaddress.ip_address(host).is_loopback
