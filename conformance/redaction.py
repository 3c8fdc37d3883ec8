"""Keeps secrets of a run out of everything that leaves the process, and leaves the story readable.

A secret is replaced by a numbered mark («code 1», «access token 2»): a reader sees that the code
in step 3 is the one from step 2, and nobody can use it. The claims of a JWT stay readable, its
signature goes.
"""

from __future__ import annotations

import base64
import html
import json
import re
import threading
from urllib.parse import quote, quote_plus

SHORTEST = 8
"""From this many characters on a secret is replaced wherever it stands."""

_RUN = re.compile(rf"[^\s\"'<>]{{{SHORTEST},}}")
_JWT = re.compile(r"[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*\.([A-Za-z0-9_-]{8,})")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


class Redactor:
    """Knows the secrets of one process; `redact` takes them out of any text.

    Thread-safe. Grows only: what was once a secret stays one until the process ends.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._marks: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self._by_prefix: dict[str, list[tuple[str, str]]] = {}
        self._with_blanks: dict[str, str] = {}

    def learn(self, kind: str, value: str) -> str:
        """Makes `value` a secret of a kind (`code`, `password`, …); returns its mark.

        A JWT is known by its signature alone. Values under 8 characters get a mark, but are only
        replaced where the recorder knows the parameter (see `mark`).
        """
        with self._lock:
            known = self._marks.get(value)
            if known is not None:
                return known
            number = self._numbers.get(kind, 0) + 1
            self._numbers[kind] = number
            mark = f"«{kind} {number}»"
            self._marks[value] = mark
            jwt = _JWT.fullmatch(value)
            if jwt is not None:
                self._add(jwt.group(1), f"«signature of {kind} {number}»")
            elif len(value) >= SHORTEST:
                for spelling in _spellings(value):
                    self._add(spelling, mark)
            return mark

    def mark(self, value: str) -> str | None:
        """The mark of exactly this value, or None where it is no secret."""
        return self._marks.get(value)

    def redact(self, text: str) -> str:
        """The text without secrets of 8 or more characters; invisible characters made visible."""
        for value, mark in list(self._with_blanks.items()):
            if value in text:
                text = text.replace(value, mark)
        if self._by_prefix:
            text = _RUN.sub(lambda run: self._redact_run(run.group()), text)
        return visible(text)

    def _redact_run(self, run: str) -> str:
        known = self._by_prefix
        parts: list[str] = []
        start = at = 0
        last = len(run) - SHORTEST
        while at <= last:
            for value, mark in known.get(run[at : at + SHORTEST], ()):
                if run.startswith(value, at):
                    parts += (run[start:at], mark)
                    at += len(value)
                    start = at
                    break
            else:
                at += 1
        if not parts:
            return run
        return "".join([*parts, run[start:]])

    def _add(self, value: str, mark: str) -> None:
        if _RUN.fullmatch(value) is None:
            self._with_blanks = {**self._with_blanks, value: mark}
            return
        entries = self._by_prefix.get(value[:SHORTEST], [])
        if all(value != other for other, _ in entries):
            longest_first = sorted([*entries, (value, mark)], key=lambda entry: -len(entry[0]))
            self._by_prefix[value[:SHORTEST]] = longest_first


def visible(text: str) -> str:
    """Control and bidirectional characters as escapes (`\\u202e`); line ends and tabs stay."""
    return _INVISIBLE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def _spellings(value: str) -> set[str]:
    raw = value.encode("utf-8", "surrogatepass")
    encoded = base64.b64encode(raw).decode()
    percent = quote(raw, safe="")
    return {
        value,
        percent,
        re.sub(r"%[0-9A-F]{2}", lambda match: match.group().lower(), percent),
        quote(raw),
        quote_plus(raw),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        json.dumps(value)[1:-1].replace("/", "\\/"),
        html.escape(value),
        encoded,
        encoded.rstrip("="),
        encoded.rstrip("=").replace("+", "-").replace("/", "_"),
    }
