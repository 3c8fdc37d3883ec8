"""Redirect URIs and the one-field alterations that no server may take for them (RFC 3986)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit


@dataclass(frozen=True, slots=True)
class Alteration:
    """One way to make another URI out of a registered one; None where it does not apply."""

    slug: str
    words: str
    make: Callable[[str], str | None]

    def apply(self, uri: str) -> str | None:
        """The altered URI, or None where this URI has nothing to alter in this way."""
        altered = self.make(uri)
        return None if altered == uri else altered


ATTACKER = "attacker.example"


def _host(uri: str, change: Callable[[str], str]) -> str | None:
    parts = urlsplit(uri)
    if not parts.hostname or parts.scheme not in ("http", "https"):
        return None
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit(parts._replace(netloc=change(parts.hostname) + port))


def _path(uri: str, change: Callable[[str], str]) -> str | None:
    parts = urlsplit(uri)
    if parts.path in ("", "/"):
        return None
    return urlunsplit(parts._replace(path=change(parts.path)))


def _query(uri: str, addition: str) -> str:
    return f"{uri}{'&' if urlsplit(uri).query else '?'}{addition}"


def _last(path: str) -> tuple[str, str]:
    head, _, tail = path.rpartition("/")
    return head, tail


def _encoded_letter(path: str) -> str:
    head, tail = _last(path)
    return f"{head}/%{ord(tail[0]):02x}{tail[1:]}" if tail else path


def _port(uri: str) -> str | None:
    parts = urlsplit(uri)
    if not parts.hostname or parts.hostname in LOOPBACK:
        return None
    return urlunsplit(parts._replace(netloc=f"{parts.hostname}:{(parts.port or 443) + 1}"))


def _default_port(uri: str) -> str | None:
    parts = urlsplit(uri)
    if not parts.hostname or parts.port or parts.scheme not in ("http", "https"):
        return None
    port = 443 if parts.scheme == "https" else 80
    return urlunsplit(parts._replace(netloc=f"{parts.hostname}:{port}"))


def _scheme(uri: str) -> str | None:
    parts = urlsplit(uri)
    other = {"https": "http", "http": "https"}.get(parts.scheme)
    return None if other is None else urlunsplit(parts._replace(scheme=other))


LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

ALTERATIONS: tuple[Alteration, ...] = (
    Alteration(
        "path-suffix",
        "a path segment appended",
        lambda uri: _path(uri, lambda path: path.rstrip("/") + "/evil"),
    ),
    Alteration(
        "name-suffix",
        "characters appended to the last segment",
        lambda uri: _path(uri, lambda path: path + "evil"),
    ),
    Alteration("path-removed", "the path left out", lambda uri: _path(uri, lambda _: "")),
    Alteration(
        "other-path", "another path", lambda uri: _path(uri, lambda path: _last(path)[0] + "/evil")
    ),
    Alteration(
        "trailing-slash",
        "a slash at the end of the path",
        lambda uri: _path(uri, lambda path: path + "/"),
    ),
    Alteration(
        "path-case",
        "the path in capitals",
        lambda uri: _path(uri, lambda path: path.upper()),
    ),
    Alteration(
        "host-case",
        "the host in capitals",
        lambda uri: (
            uri.replace(urlsplit(uri).hostname or "\0", (urlsplit(uri).hostname or "").upper(), 1)
            if urlsplit(uri).hostname and urlsplit(uri).hostname not in LOOPBACK
            else None
        ),
    ),
    Alteration("extra-query", "a query parameter added", lambda uri: _query(uri, "evil=1")),
    Alteration("empty-query", "an empty query added", lambda uri: _query(uri, "")),
    Alteration(
        "code-in-query",
        "a parameter named code added",
        lambda uri: _query(uri, "code=attacker"),
    ),
    Alteration("fragment", "a fragment added", lambda uri: uri + "#evil"),
    Alteration("empty-fragment", "an empty fragment added", lambda uri: uri + "#"),
    Alteration(
        "userinfo",
        "the registered host as user information before another host",
        lambda uri: _host(uri, lambda host: f"{host}@{ATTACKER}"),
    ),
    Alteration(
        "userinfo-with-password",
        "the registered host as user name and password before another host",
        lambda uri: _host(uri, lambda host: f"{host}:443@{ATTACKER}"),
    ),
    Alteration(
        "userinfo-added",
        "user information added",
        lambda uri: _host(uri, lambda host: f"evil@{host}"),
    ),
    Alteration("other-port", "another port", _port),
    Alteration("default-port", "the default port spelled out", _default_port),
    Alteration(
        "host-suffix",
        "the host as a prefix of another one",
        lambda uri: _host(uri, lambda host: f"{host}.{ATTACKER}"),
    ),
    Alteration(
        "host-prefix",
        "characters before the host",
        lambda uri: _host(uri, lambda host: f"evil{host}"),
    ),
    Alteration(
        "subdomain", "a subdomain of the host", lambda uri: _host(uri, lambda host: f"evil.{host}")
    ),
    Alteration(
        "trailing-dot", "a dot after the host", lambda uri: _host(uri, lambda host: f"{host}.")
    ),
    Alteration("other-host", "another host", lambda uri: _host(uri, lambda _: ATTACKER)),
    Alteration("other-scheme", "the other one of http and https", _scheme),
    Alteration(
        "scheme-case",
        "the scheme in capitals",
        lambda uri: uri.replace(uri.partition(":")[0], uri.partition(":")[0].upper(), 1),
    ),
    Alteration(
        "script-scheme",
        "a script scheme",
        lambda uri: "javascript:alert(1)//" + uri.partition("://")[2],
    ),
    Alteration("data-scheme", "a data URI", lambda _: "data:text/html,evil"),
    Alteration(
        "network-path",
        "the scheme left out",
        lambda uri: "//" + uri.partition("://")[2] if "://" in uri else None,
    ),
    Alteration(
        "dot-segments",
        "dot segments that lead to another path",
        lambda uri: _path(uri, lambda path: path + "/../evil"),
    ),
    Alteration(
        "dot-segments-back",
        "dot segments that lead back to the same path",
        lambda uri: _path(uri, lambda path: path + "/../" + _last(path)[1]),
    ),
    Alteration(
        "encoded-dot-segments",
        "percent-encoded dot segments",
        lambda uri: _path(uri, lambda path: path + "/%2e%2e/evil"),
    ),
    Alteration(
        "encoded-slash",
        "a percent-encoded slash",
        lambda uri: _path(uri, lambda path: path + "%2fevil"),
    ),
    Alteration(
        "encoded-letter",
        "one letter of the path percent-encoded",
        lambda uri: _path(uri, _encoded_letter),
    ),
    Alteration(
        "encoded-twice",
        "the whole URI percent-encoded once more",
        lambda uri: quote(uri, safe=""),
    ),
    Alteration(
        "backslash-host",
        "a backslash between another host and the registered one",
        lambda uri: _host(uri, lambda host: f"{ATTACKER}\\@{host}"),
    ),
    Alteration(
        "backslash-path",
        "a backslash instead of the path's first slash",
        lambda uri: _path(uri, lambda path: "\\" + path[1:]),
    ),
    Alteration("space-after", "a space at the end", lambda uri: uri + " "),
    Alteration("space-before", "a space at the beginning", lambda uri: " " + uri),
    Alteration(
        "tab",
        "a tab inside the path",
        lambda uri: _path(uri, lambda path: path[:2] + "\t" + path[2:]),
    ),
    Alteration("newline", "a line end at the end", lambda uri: uri + "\r\nX-Evil: 1"),
    Alteration("nul", "a NUL at the end", lambda uri: uri + "\0"),
    Alteration(
        "semicolon", "a path parameter added", lambda uri: _path(uri, lambda path: path + ";evil=1")
    ),
    Alteration("comma", "a second URI after a comma", lambda uri: f"{uri},https://{ATTACKER}/"),
    Alteration(
        "ip-decimal",
        "the loopback address as one number",
        lambda uri: _host(uri, lambda _: "2130706433"),
    ),
    Alteration(
        "ip-octal",
        "the loopback address in octal",
        lambda uri: _host(uri, lambda _: "0177.0.0.1"),
    ),
    Alteration(
        "ip-mapped",
        "the loopback address as an IPv6 address",
        lambda uri: _host(uri, lambda _: "[::ffff:127.0.0.1]"),
    ),
    Alteration(
        "unicode-host",
        "a look-alike letter in the host",
        lambda uri: (
            _host(uri, lambda host: host.replace("e", "\u0435", 1))
            if "e" in (urlsplit(uri).hostname or "")
            else None
        ),
    ),
)
"""Alterations that make a URI which a simple string comparison tells apart (RFC 3986, 6.2.1)."""


def altered(uri: str, alteration: Alteration) -> str:
    """The altered URI; ValueError where it does not apply (see `applies`)."""
    result = alteration.apply(uri)
    if result is None:
        raise ValueError(f"{alteration.slug} does not apply to this URI")
    return result


def is_one_of(uri: str, registered: Sequence[str]) -> bool:
    """Whether this is a registered URI; the port of one on loopback is free (RFC 8252, 7.3)."""
    return any(uri == one or _differs_in_port(one, uri) for one in registered)


def answers(target: str, registered: Sequence[str]) -> bool:
    """Whether a target is a registered URI with the parameters of a response behind it."""
    return any(is_one_of(target[: at.start()], registered) for at in _JOINTS.finditer(target))


def _differs_in_port(registered: str, uri: str) -> bool:
    host = urlsplit(registered).hostname
    if host not in LOOPBACK or not registered.startswith("http:"):
        return False
    return _PORT.sub("", registered, count=1) == _PORT.sub("", uri, count=1)


_JOINTS = re.compile(r"[?#&]|$")
_PORT = re.compile(r"(?<=[^:/]):\d{1,5}(?=/|$)")


def with_port(uri: str, port: int) -> str:
    """The URI with that port; IPv6 addresses keep their brackets."""
    parts = urlsplit(uri)
    host = parts.netloc.rpartition("@")[2]
    name = host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
    return urlunsplit(parts._replace(netloc=f"{name}:{port}"))
