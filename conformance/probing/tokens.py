"""Changes of a token that its issuer never made."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.protocol import jwt


@dataclass(frozen=True, slots=True)
class Flip:
    """One bit of the decoded bytes of one part of a JWT; `at` counts from the end if negative."""

    part: int
    at: int
    bit: int

    def of(self, token: str) -> str:
        """The token with this bit changed; for one that is no JWT, one character of it."""
        parts = token.split(".")
        if len(parts) != 3:
            return _other_character(token, self.at, self.bit)
        data = bytearray(decoded(parts[self.part]))
        data[self.at % len(data)] ^= 1 << self.bit
        parts[self.part] = jwt.encode(bytes(data))
        return ".".join(parts)

    def __str__(self) -> str:
        part = ("header", "payload", "signature")[self.part]
        return f"bit {self.bit} of byte {self.at} of its {part}"


@dataclass(frozen=True, slots=True)
class Cut:
    """Characters of a token left out, at its end or at its beginning."""

    characters: int
    at_end: bool

    def of(self, token: str) -> str:
        number = 1 + (self.characters - 1) % (len(token) - 1)
        return token[:-number] if self.at_end else token[number:]

    def __str__(self) -> str:
        return f"{self.characters} characters at its {'end' if self.at_end else 'beginning'}"


def flips() -> SearchStrategy[Flip]:
    """Bits anywhere; the first and the last bytes of each part above all."""
    place = st.one_of(st.integers(0, 8), st.integers(-16, -1), st.integers(0, 400))
    return st.builds(Flip, st.sampled_from((2, 1, 0)), place, st.integers(0, 7))


def cuts() -> SearchStrategy[Cut]:
    """Any number of characters from one on; few above all."""
    number = st.one_of(st.integers(1, 8), st.integers(1, 300))
    return st.builds(Cut, number, st.sampled_from((True, True, False)))


def re_encodings(token: str) -> tuple[str, ...]:
    """Other spellings of the signature's bytes: bits that no byte has, and padding."""
    data, _, signature = token.rpartition(".")
    bytes_of = decoded(signature)
    found = [f"{data}.{signature}{'=' * (-len(signature) % 4)}"]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    found += [f"{data}.{signature[:-1]}{char}" for char in alphabet]
    return tuple(
        one
        for one in dict.fromkeys(found)
        if one != token and decoded(one.rpartition(".")[2]) == bytes_of
    )


def decoded(text: str) -> bytes:
    """The bytes of base64url, with padding or without."""
    return jwt.decode(text.rstrip("="))


def _other_character(token: str, at: int, bit: int) -> str:
    at %= len(token)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    others = [char for char in alphabet if char != token[at]]
    return token[:at] + others[bit] + token[at + 1 :]
