"""Texts of a hostile server made fit to be read: invisible characters, tokens, addresses."""

from __future__ import annotations

import base64
import binascii
import json
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote_plus, urlsplit

_SUSPECT = re.compile(r"[^\t\n\x20-\x7e]")
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})
_JWT = re.compile(
    r"\b(eyJ[A-Za-z0-9_-]{5,4000})\.([A-Za-z0-9_-]{4,16000})\.(«[^»]{1,80}»|[A-Za-z0-9_-]*)"
)


def visible(text: str) -> str:
    """The text with control, formatting and bidirectional characters as escapes (`\\u202e`).

    Line feeds and tabs stay. What comes out can be encoded as UTF-8.
    """
    return _SUSPECT.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    if unicodedata.category(character) not in _HIDDEN_CATEGORIES:
        return character
    number = ord(character)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def one_line(text: str, longest: int = 0) -> str:
    """The text on one line, with single spaces; cut at `longest` characters where that is not 0."""
    line = visible(" ".join(text.split()))
    return line if not longest or len(line) <= longest else line[: longest - 1].rstrip() + "…"


def cut(text: str, longest: int) -> tuple[str, int]:
    """The beginning of a text, and how many characters were left out."""
    return (text, 0) if len(text) <= longest else (text[:longest], len(text) - longest)


def web_link(address: str | None) -> str | None:
    """The address where it is one that a reader may be sent to (http or https), else None."""
    if not address or visible(address) != address or any(c.isspace() for c in address):
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return address if parts.scheme in {"http", "https"} and parts.netloc else None


def place(url: str) -> str:
    """An address without its query and fragment."""
    return re.split(r"[?#]", url, maxsplit=1)[0]


def decoded(value: str) -> str:
    """A form-encoded value as its reader sees it."""
    return unquote_plus(value, errors="backslashreplace")


@dataclass(frozen=True, slots=True)
class Token:
    """A JWT met in an exchange: its header and claims as indented JSON; never its signature."""

    header: str
    claims: str
    signature: str


def tokens(text: str) -> tuple[Token, ...]:
    """The JWTs in a text whose header and payload are JSON objects (RFC 7519, section 7.2)."""
    found: dict[str, Token] = {}
    for match in _JWT.finditer(text):
        header, claims = _json(match.group(1)), _json(match.group(2))
        if header is None or claims is None:
            continue
        mark = match.group(3)
        signature = mark if mark.startswith("«") else ("not shown" if mark else "none")
        found.setdefault(match.group(), Token(header, claims, signature))
    return tuple(found.values())


@lru_cache(maxsize=4_000)  # One token stands in many exchanges.
def _json(segment: str) -> str | None:
    try:
        raw = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
        value = json.loads(raw)
    except (binascii.Error, ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    return json.dumps(value, indent=2, ensure_ascii=False)


def count(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: `1 check`, `1,204 checks`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listing(words: list[str]) -> str:
    """Words in a sentence: `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
