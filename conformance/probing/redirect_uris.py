"""Spellings of a redirect URI that are not it: by the grammar (RFC 3986), and by lax parsers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, urlsplit

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.probing.texts import encoded, wide

ATTACKER = "attacker.example"

_CONTROLS = ("\n", "\t", "\r", "\v", "\f", "\0", " ", "\x1f", "\x7f")
_INVISIBLE = ("\u00ad", "\u200b", "\u200d", "\u2060", "\ufeff")
_STOPS = ("\u3002", "\uff0e", "\uff61", "%2e", "%252e", "x")
_SLASHES = ("\\", "/", "\u2215", "\uff0f", "%2f", "%5c", "\u29f8")
_LONG = (300, 1100, 2100, 5000)


@dataclass(frozen=True, slots=True)
class _Parts:
    """A URI, cut where RFC 3986 cuts it; joined again it is the same text."""

    scheme: str
    mark: str
    user: str
    host: str
    port: str
    path: str
    rest: str

    @classmethod
    def of(cls, uri: str) -> _Parts:
        """The parts of a URI; one without an authority is all path."""
        scheme, colon, behind = uri.partition(":")
        parts = urlsplit(uri)
        if not parts.netloc:
            return cls(scheme, colon, "", "", "", behind, "")
        authority, rest = parts.netloc, behind.removeprefix("//")[len(parts.netloc) :]
        user, at, place = authority.rpartition("@")
        end = place.rfind(":") if ":" in place and not place.endswith("]") else len(place)
        path = rest.partition("?")[0].partition("#")[0]
        return cls(scheme, "://", user + at, place[:end], place[end:], path, rest[len(path) :])

    def __str__(self) -> str:
        return "".join(
            (self.scheme, self.mark, self.user, self.host, self.port, self.path, self.rest)
        )


def _with(parts: _Parts, **changed: str) -> str:
    return str(replace(parts, **changed))


def spellings(registered: str) -> SearchStrategy[str]:
    """Other URIs than this one, each one or two steps away from it."""
    parts = _Parts.of(registered)
    paths, edits = _paths(parts), _edits()
    characters = edits.map(lambda edit: edit.of(registered))
    once = [_ends(parts), _ends(parts), paths, characters, characters]
    if parts.host:
        once += [paths, _marks(parts), _users(parts), _hosts(parts), _hosts(parts), _ports(parts)]
    twice = st.tuples(_any_of(once), edits).map(lambda drawn: drawn[1].of(drawn[0]))
    return _any_of([*once, twice]).filter(lambda uri: uri != registered)


def _any_of(branches: Sequence[SearchStrategy[str]]) -> SearchStrategy[str]:
    """One of the branches, each as likely as the next; a union would count what they consist of."""
    return st.integers(0, len(branches) - 1).flatmap(branches.__getitem__)


def _marks(parts: _Parts) -> SearchStrategy[str]:
    """What stands before the host."""
    marks = (":\\\\", ":/\\", ":\\/", ":/", ":", ":///", ":\\\\\\", "://\\", ":\t//", ":/\n/")
    schemes = (parts.scheme.upper(), f" {parts.scheme}", f"{parts.scheme}\t", "", "javascript")
    return st.one_of(
        st.sampled_from(marks).map(lambda mark: _with(parts, mark=mark)),
        st.sampled_from(schemes).map(lambda scheme: _with(parts, scheme=scheme)),
    )


def _users(parts: _Parts) -> SearchStrategy[str]:
    """User information, of which the host of another URI can be made."""
    users = ("@", ":@", "a@", "a:b@", "%40@", "@@")
    ends = ("@", "\\@", "/@", "#@", "?@", ":443@", "%2f@", "%23@", "\t@", "\\\\@", ";@")
    return st.one_of(
        st.sampled_from(users).map(lambda user: _with(parts, user=user)),
        st.sampled_from(ends).map(lambda end: _with(parts, user=ATTACKER + end)),
        st.sampled_from(ends).map(lambda end: _with(parts, user=parts.host + end, host=ATTACKER)),
    )


def _hosts(parts: _Parts) -> SearchStrategy[str]:
    """The host in other letters, other numbers, or as a part of another one."""
    host = parts.host
    all_wide = "".join(map(wide, host))
    tails = (".", f".{ATTACKER}", f"%2e{ATTACKER}", f"%00.{ATTACKER}", f"\\.{ATTACKER}", "\u3002")
    places = [at for at, char in enumerate(host) if char == "."] or [0]
    return st.one_of(
        st.sampled_from(
            (all_wide, host.upper(), quote(host, safe=""), f"[{host}]", encoded(host))
        ).map(lambda other: _with(parts, host=other)),
        st.tuples(st.sampled_from(places), st.sampled_from(_STOPS)).map(
            lambda drawn: _with(parts, host=_replaced(host, *drawn))
        ),
        st.tuples(_place(host), st.sampled_from((wide, encoded, _encoded_small))).map(
            lambda drawn: _with(parts, host=_changed(host, *drawn))
        ),
        st.sampled_from(tails).map(lambda tail: _with(parts, host=host + tail)),
        st.sampled_from((f"{ATTACKER}#", f"{ATTACKER}\\", f"{ATTACKER}/", "x", "x.")).map(
            lambda head: _with(parts, host=head + host)
        ),
        st.sampled_from(_addresses(host)).map(lambda other: _with(parts, host=other)),
    )


def _ports(parts: _Parts) -> SearchStrategy[str]:
    ports = (":", ":443", ":80", ":0443", ":00", ":65536", f":443@{ATTACKER}", ":443.", ":+443")
    return st.one_of(st.sampled_from(ports), st.sampled_from(ports[:3])).map(
        lambda port: _with(parts, port=port)
    )


def _paths(parts: _Parts) -> SearchStrategy[str]:
    """Segments that vanish or lead away, and slashes of other kinds."""
    path = parts.path
    vanishing = ("/./", "//", "/x/../", "/%2e/", "/\n")
    leading = ("/../", "/%2e%2e/", "/;/", "/.;/", "/\\", "/%2f")
    slashes = [at for at, char in enumerate(path) if char == "/"] or [0]
    return st.one_of(
        st.tuples(st.sampled_from(slashes), st.sampled_from(vanishing)).map(
            lambda drawn: _with(parts, path=_replaced(path, *drawn))
        ),
        st.tuples(st.sampled_from(slashes), st.sampled_from(leading)).map(
            lambda drawn: _with(parts, path=_replaced(path, *drawn))
        ),
        st.tuples(st.sampled_from(slashes), st.sampled_from(_SLASHES)).map(
            lambda drawn: _with(parts, path=_replaced(path, *drawn))
        ),
        st.tuples(_place(path), st.sampled_from((encoded, _encoded_small, _encoded_twice))).map(
            lambda drawn: _with(parts, path=_changed(path, *drawn))
        ),
    )


def _ends(parts: _Parts) -> SearchStrategy[str]:
    """What stands before the whole and behind it."""
    uri = str(parts)
    around = (*_INVISIBLE, "%00", "%20", "%0a")
    tails = (
        "?",
        "#",
        "&",
        ";",
        "/",
        "\\",
        "?x",
        "&x=y",
        "#@x",
        "%23",
        "%3f",
        "/.",
        "/..",
        "*",
        ".",
    )
    pollution = (f"&redirect_uri=https://{ATTACKER}", "?code=x&state=y", f",https://{ATTACKER}")
    return st.one_of(
        st.sampled_from(_CONTROLS).map(lambda end: uri + end),
        st.sampled_from(_CONTROLS).map(lambda head: head + uri),
        st.sampled_from(around).map(lambda end: uri + end),
        st.sampled_from(around).map(lambda head: head + uri),
        st.sampled_from((*tails, *pollution)).map(lambda tail: uri + tail),
        st.tuples(st.sampled_from(("a", "/a", "?", ".", "%41")), st.sampled_from(_LONG)).map(
            lambda drawn: uri + (drawn[0] * drawn[1])[: drawn[1]]
        ),
    )


@dataclass(frozen=True, slots=True)
class _Edit:
    """One character more, less, or another one; `at` counts the marks of the grammar, or all."""

    change: Callable[[str], str] | str
    at: int
    at_mark: bool

    def of(self, uri: str) -> str:
        places = [0, *(at for at, char in enumerate(uri) if not char.isalnum()), len(uri)]
        at = places[self.at % len(places)] if self.at_mark else self.at % (len(uri) + 1)
        if isinstance(self.change, str):
            return uri[:at] + self.change + uri[at:]
        return _changed(uri, at, self.change)


def _edits() -> SearchStrategy[_Edit]:
    others = (wide, encoded, _encoded_twice, str.swapcase, _any_letter, _removed, _doubled)
    added = st.sampled_from((*_CONTROLS, *_INVISIBLE, "\u0301"))
    return st.builds(
        _Edit, st.one_of(added, st.sampled_from(others)), st.integers(0, 60), st.booleans()
    )


def _place(text: str) -> SearchStrategy[int]:
    return st.integers(0, max(len(text) - 1, 0))


def _replaced(text: str, at: int, other: str) -> str:
    return text[:at] + other + text[at + 1 :]


def _changed(text: str, at: int, change: Callable[[str], str]) -> str:
    at = min(at, max(len(text) - 1, 0))
    return text[:at] + (change(text[at]) if text else "") + text[at + 1 :]


def _encoded_small(text: str) -> str:
    return encoded(text).lower()


def _encoded_twice(text: str) -> str:
    return encoded(text).replace("%", "%25")


def _any_letter(char: str) -> str:
    return "x" if char != "x" else "y"


def _removed(_: str) -> str:
    return ""


def _doubled(char: str) -> str:
    return char * 2


def _addresses(host: str) -> Sequence[str]:
    """IP addresses in spellings that parsers take for the same; of loopback, or of nobody."""
    of_loopback = (
        "127.1",
        "127.0.1",
        "0x7f.1",
        "0x7f000001",
        "017700000001",
        "2130706433",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[0:0:0:0:0:ffff:7f00:1]",
        "[::127.0.0.1]",
        "localhost",
        "localhost.",
        "127.0.0.1.",
        "\u0661\u0662\u0667.0.0.1",
    )
    return tuple(one for one in of_loopback if one != host)
