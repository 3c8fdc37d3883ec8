"""Texts of which requests are made: state, verifiers, secrets, scopes, names of parameters."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from uuid import uuid4

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
    edge = st.sampled_from(_EDGES)
    length = st.one_of(st.sampled_from((43, 44, 63, 64, 65, 127, 128)), st.integers(43, 128))
    filling = st.one_of(
        st.sampled_from(("A", "~", "-", ".", "_", "0", "aZ9", pkce.UNRESERVED)),
        st.integers(0, 2**32).map(lambda number: pkce.s256(str(number))),
    )
    return st.tuples(edge, filling, length, edge).map(
        lambda drawn: drawn[0] + (drawn[1] * 128)[: drawn[2] - 2] + drawn[3]
    )


def freshened(verifier: str) -> str:
    """The verifier with other characters in its middle: servers may notice one that comes again.

    They are hexadecimal digits: what is drawn alone says where marks stand, whenever it is tried.
    """
    return verifier[:10] + uuid4().hex[:22] + verifier[32:]


def altered_verifiers() -> SearchStrategy[tuple[str, Alteration]]:
    """A legal verifier, and a step away from it."""
    more = (" ", "\n", "\t", "\0", "=", "%20", "+", "\r\n", *"-._~" * 3, "A", "0", "$", "é")
    return st.tuples(verifiers(), _alterations(more))


def altered_secrets(secret: str) -> SearchStrategy[str]:
    """Texts that are one step away from a secret."""
    more = (
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
    return (
        _alterations(more)
        .map(lambda alteration: alteration.of(secret))
        .filter(lambda other: other != secret)
    )


@dataclass(frozen=True, slots=True)
class Alteration:
    """One step away from a text: at its place something is put in, changed, or swapped."""

    change: Callable[[str], str] | str
    at: int

    def __repr__(self) -> str:
        # Two that do the same are one case; the default would name a function by its address.
        name = self.change if isinstance(self.change, str) else self.change.__name__
        return f"{name!r} at {self.at}"

    def of(self, text: str) -> str:
        """The text, altered; it may be the same again, where there is nothing to alter."""
        at = self.at % (len(text) + 1)
        if isinstance(self.change, str):
            return text[:at] + self.change + text[at:]
        at = min(at, len(text) - 1)
        return text[:at] + self.change(text[at : at + 2]) + text[at + 2 :]


def _alterations(more: Sequence[str]) -> SearchStrategy[Alteration]:
    ends = st.sampled_from((0, -1))
    place = st.integers(0, 128)
    changes = st.sampled_from(
        (_wide_first, _other_case, _encoded_first, _next, _first_gone, _swapped)
    )
    return st.one_of(
        st.builds(Alteration, st.sampled_from(more), ends),
        st.builds(Alteration, st.sampled_from(more), place),
        st.builds(Alteration, changes, place),
    )


_EDGES = ("-", ".", "_", "~", "A", "z", "0", "9")


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

    def written(choices: int) -> str:
        digits = (choices // 3**place % 3 for place in range(len(text)))
        return "".join(_spelt(char, one, kept) for char, one in zip(text, digits, strict=True))

    most = 3 ** len(text) - 1
    return st.one_of(st.sampled_from((0, most // 2, most)), st.integers(0, most)).map(written)


def _spelt(char: str, choice: int, kept: frozenset[str]) -> str:
    if choice == 0 and char in kept:
        return char
    if choice == 0 and char == " ":
        return "+"
    return encoded(char) if choice != 2 else encoded(char).lower()


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


def wide(char: str) -> str:
    """The full-width form of a printable ASCII character."""
    return chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char


def encoded(text: str) -> str:
    """Every byte of a text percent-encoded."""
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))


def _wide_first(pair: str) -> str:
    return wide(pair[0]) + pair[1:]


def _other_case(pair: str) -> str:
    return pair[0].swapcase() + pair[1:]


def _encoded_first(pair: str) -> str:
    return encoded(pair[0]) + pair[1:]


def _next(pair: str) -> str:
    return chr(ord(pair[0]) ^ 1) + pair[1:]


def _first_gone(pair: str) -> str:
    return pair[1:]


def _swapped(pair: str) -> str:
    return pair[::-1]
