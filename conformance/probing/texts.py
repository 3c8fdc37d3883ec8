"""Texts of which requests are made: state, verifiers, secrets, scopes, names of parameters."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable, Sequence

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.protocol import pkce

VSCHAR = "".join(map(chr, range(0x20, 0x7F)))
"""The characters of state, client_id and client_secret (RFC 6749, appendix A)."""

_QUOTING = ('\\"', "\\'", "\\\\", "%22", "%2B", "&amp;", "&#39;", "{}", "${x}", "{{x}}", "''", '""')
_ENDS = (" ", "+", "=", "&", "%", "\\", ".", "/", "#", "?", ";", "%00", "==", "  ")
_BEYOND = (
    "e\u0301",
    "A\u030a",
    "\u212b",
    "\ufb01",
    "\u0130",
    "\U0001f511",
    "\U00010348",
    "\u202e",
    "\u200b",
    "\ufeff",
    "\0",
    "\x01",
    "\t",
    "\n",
    "\r\n",
    "\x7f",
    "\x85",
    "\u2028",
    "\udcff",
    "\udcc0\udcaf",
    "ß",
    "\u0660",
)
_MIDDLE = "conformance-0123456789"
"""No state is so short that a server could hold it for guessable."""
_LENGTHS = (1, 2, 200, 300, 600, 1100, 2100)


def _joined(pieces: Iterable[SearchStrategy[str]], most: int) -> SearchStrategy[str]:
    return st.lists(st.one_of(*pieces), max_size=most).map("".join)


def _repeated(chars: Sequence[str]) -> SearchStrategy[str]:
    return st.tuples(st.sampled_from(chars), st.sampled_from(_LENGTHS)).map(
        lambda drawn: drawn[0] * drawn[1]
    )


def printable_states() -> SearchStrategy[str]:
    """States of printable ASCII characters (RFC 6749, A.5): at their ends, and by their length."""
    chars = st.sampled_from(VSCHAR)
    head = _joined((chars, st.sampled_from(_QUOTING), st.sampled_from(_ENDS)), 3)
    tail = st.one_of(head, st.sampled_from(_ENDS), st.sampled_from(_QUOTING), _repeated("sA0%~"))
    return st.tuples(head, tail).map(lambda drawn: f"{drawn[0]}{_MIDDLE}{drawn[1]}")


def other_states() -> SearchStrategy[str]:
    """States with characters beyond those, and bytes that are not UTF-8 (as PEP 383 has them)."""
    beyond = st.sampled_from(_BEYOND)
    around = _joined((beyond, st.sampled_from(VSCHAR)), 2)
    return st.tuples(around, beyond, around).map(
        lambda drawn: f"{drawn[0]}{_MIDDLE}{drawn[1]}{drawn[2]}"
    )


def verifiers() -> SearchStrategy[str]:
    """Legal verifiers (RFC 7636, 4.1): every length at the borders, every class at the ends."""
    char = st.sampled_from(pkce.UNRESERVED)
    edge = st.one_of(st.sampled_from("-._~"), char)
    length = st.one_of(st.sampled_from((43, 44, 63, 64, 65, 127, 128)), st.integers(43, 128))
    filling = st.one_of(
        st.sampled_from(("A", "~", "-", ".", "_", "0", "aZ9", pkce.UNRESERVED)),
        st.lists(char, min_size=43, max_size=43).map("".join),
    )
    return st.tuples(edge, filling, length, edge).map(
        lambda drawn: drawn[0] + (drawn[1] * 128)[: drawn[2] - 2] + drawn[3]
    )


def altered_verifiers() -> SearchStrategy[tuple[str, str]]:
    """A legal verifier, and one that is one step away from it."""
    more = st.one_of(
        st.sampled_from((" ", "\n", "\t", "\0", "=", "%20", "+", "\r\n")),
        st.sampled_from("-._~"),
        st.sampled_from(pkce.UNRESERVED),
    )
    return verifiers().flatmap(lambda one: st.tuples(st.just(one), _altered(one, more)))


def altered_secrets(secret: str) -> SearchStrategy[str]:
    """Texts that are one step away from a secret."""
    more = st.sampled_from(
        (
            " ",
            "\n",
            "\t",
            "\0",
            "\0x",
            "\r\n",
            "a",
            "0",
            "=",
            "%00",
            "%",
            "+",
            ";",
            "'",
            '"',
            "\x7f",
        )
    )
    return _altered(secret, more)


def _altered(text: str, more: SearchStrategy[str]) -> SearchStrategy[str]:
    ends = st.sampled_from((0, len(text)))
    place = st.integers(0, len(text) - 1)
    changes: tuple[Callable[[str], str], ...] = (_wide, str.swapcase, _encoded, _next, _nothing)
    return st.one_of(
        st.tuples(st.one_of(ends, place), more).map(
            lambda drawn: text[: drawn[0]] + drawn[1] + text[drawn[0] :]
        ),
        st.tuples(place, st.sampled_from(changes)).map(
            lambda drawn: text[: drawn[0]] + drawn[1](text[drawn[0]]) + text[drawn[0] + 1 :]
        ),
        place.map(lambda at: text[:at] + text[at : at + 2][::-1] + text[at + 2 :]),
        st.sampled_from((text * 2, text[::-1], text.strip("-"), text.upper(), text.lower())),
    ).filter(lambda other: other != text)


def secrets() -> SearchStrategy[str]:
    """Secrets of the characters that RFC 6749, A.2, allows."""
    chars = st.sampled_from(VSCHAR)
    special = st.sampled_from((" ", "+", "%", ":", "&", "=", "%2B", "%20", "%zz", "\\", '"', "::"))
    around = _joined((chars, special), 3)
    return st.tuples(around, around, around).map(
        lambda drawn: f"{drawn[0]}Conformance{drawn[1]}0123456789{drawn[2]}"
    )


def encodings(text: str) -> SearchStrategy[str]:
    """The same text in any form encoding: each character as it is, where it may be, or as bytes."""
    kept = frozenset(string.ascii_letters + string.digits + "-._*")

    def written(choices: Sequence[int]) -> str:
        return "".join(
            _spelt(char, choice, kept) for char, choice in zip(text, choices, strict=True)
        )

    drawn = st.one_of(
        st.sampled_from((0, 1, 2)).map(lambda choice: [choice] * len(text)),
        st.lists(st.sampled_from((0, 1, 2)), min_size=len(text), max_size=len(text)),
    )
    return drawn.map(written)


def _spelt(char: str, choice: int, kept: frozenset[str]) -> str:
    if choice == 0 and char in kept:
        return char
    if choice == 0 and char == " ":
        return "+"
    return _encoded(char) if choice != 2 else _encoded(char).lower()


def scopes(known: Sequence[str]) -> SearchStrategy[str]:
    """Scopes of known words: in any order, more than once, altered, and joined in odd ways."""
    word = st.sampled_from(sorted(known))
    stem = word.map(lambda one: one.partition(":")[0])
    odd = st.one_of(
        st.tuples(
            st.one_of(word, stem), st.sampled_from(("*", ":*", ".*", "%", "?", "/", ":", "."))
        ).map("".join),
        st.sampled_from(("*", "all", ".*", "%", "admin", "openid*", "**")),
        word.map(str.upper),
        word.map(lambda one: one[:-1]),
        st.tuples(
            word, st.sampled_from((",", "\t", "\n", ";", "|", "\u00a0", "+", ",", "%20")), word
        ).map("".join),
    )
    joint = st.sampled_from((" ", " ", " ", "  "))
    return st.tuples(st.lists(st.one_of(word, odd, odd), min_size=1, max_size=4), joint).map(
        lambda drawn: drawn[1].join(drawn[0])
    )


def difference(right: str, other: str) -> str:
    """Where a text differs from the right one, without showing what they have in common."""
    pairs = zip(f"{right}\0", other, strict=False)
    at = next((at for at, (one, two) in enumerate(pairs) if one != two), len(other))
    shown = repr(other[at : at + 4]) if other[at:] else "nothing"
    return f"{len(other)} characters instead of {len(right)}, from the {at + 1}. on {shown}"


def _wide(char: str) -> str:
    return chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char


def _encoded(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode())


def _next(char: str) -> str:
    return chr(ord(char) ^ 1)


def _nothing(_: str) -> str:
    return ""
