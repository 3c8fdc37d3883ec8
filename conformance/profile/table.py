"""Reading one TOML table with types: what is wrong is noted as a sentence and stops nothing."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Set
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from conformance.durations import seconds
from conformance.profile.source import Key, Source, is_reference
from conformance.secret import Secret

_E = TypeVar("_E", bound=StrEnum)


class Table:
    """One table of a profile; what is asked for counts as known, `close()` reports the rest.

    Each method returns the value of a key, or its default where the key is missing or wrong; what
    is wrong is added to `problems`. A string may be `{ env = "NAME", default = "…" }` instead.
    """

    def __init__(
        self,
        content: object,
        key: Key,
        label: str,
        source: Source,
        environ: Mapping[str, str],
        problems: list[str],
    ) -> None:
        """`key` is where the table stands, `label` how a sentence names it."""
        self._key, self._label, self._source = key, label, source
        self._environ, self._problems = environ, problems
        self._known: list[str] = []
        self._missing: dict[str, str] = {}
        self._content: Mapping[str, Any] = content if isinstance(content, dict) else {}
        if not isinstance(content, dict):
            self._problems.append(f"{source.origin(key)}: {label} must be a table")
            self._problems = []  # nothing more can be said about it

    def __contains__(self, key: str) -> bool:
        return key in self._content

    def keys(self) -> Set[str]:
        """The keys that the file gives, known or not."""
        return self._content.keys()

    def problem(self, key: str, sentence: str) -> None:
        """Note something wrong with this table; `key` tells which file it came from."""
        origin = self._source.origin((*self._key, key))
        where = f"{origin}: {self._label} " if self._label else f"{origin}: "
        self._problems.append(where + sentence)

    def _get(self, key: str, required: bool = False) -> Any:
        self._known.append(key)
        if required and key not in self._content:
            self.problem(key, f"has no {key}")
            self._missing[key] = self._problems[-1]
        return self._content.get(key)

    def text(self, key: str, required: bool = False) -> str | None:
        """A string that is not empty."""
        return self._resolved(key, self._get(key, required))

    def secret(self, key: str, name: str, required: bool = False) -> Secret | None:
        """A string that nobody may see; `name` is what its mark says."""
        text = self.text(key, required)
        return None if text is None else Secret(text, name)

    def file_or_secret(self, key: str, name: str) -> Secret | None:
        """A secret text of several lines, itself or as the name of a file that holds it."""
        text = self.text(key)
        if text is None or "{" in text or "\n" in text.strip():
            return None if text is None else Secret(text, name)
        path = self.path(key)
        return Secret(path.read_text("utf-8"), name) if path and path.is_file() else None

    def path(self, key: str) -> Path | None:
        """A file that exists; relative names count from the file that names it."""
        text = self.text(key)
        if text is None:
            return None
        path = self._source.origin((*self._key, key)).parent.joinpath(text).resolve()
        if not path.is_file():
            self.problem(key, f'{key} = "{text}" names a file that does not exist: {path}')
        return path

    def flag(self, key: str, default: bool) -> bool:
        """true or false."""
        value = self._get(key)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        self.problem(key, f"{key} must be true or false")
        return default

    def number(self, key: str) -> float | None:
        """A number that is not negative."""
        value = self._get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0:
            self.problem(key, f"{key} must be a number, 0 or more")
            return None
        return float(value)

    def duration(self, key: str) -> float | None:
        """A duration such as "90s", "10m", "1h" or "365d", in seconds."""
        text = self._get(key)
        if text is None:
            return None
        length = seconds(text) if isinstance(text, str) else None
        if length is None:
            self.problem(key, f'{key} must be a duration such as "90s", "10m", "1h" or "365d"')
        return length

    def day(self, key: str) -> date | None:
        """A date such as 2027-03-31, written without quotes."""
        value = self._get(key)
        if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
            return value
        self.problem(key, f"{key} must be a date such as 2027-03-31, without quotes")
        return None

    def word(self, key: str, words: type[_E], required: bool = False) -> _E | None:
        """One word of a closed list."""
        text = self.text(key, required)
        return None if text is None else self._word(key, text, words)

    def words(self, key: str, words: type[_E]) -> tuple[_E, ...]:
        """Several words of a closed list, in order."""
        found = (self._word(key, text, words) for text in self.texts(key) or ())
        return tuple(word for word in found if word is not None)

    def texts(self, key: str, required: bool = False) -> tuple[str, ...] | None:
        """An array of strings; None where it is missing."""
        value = self._get(key, required)
        if value is None:
            return None
        if not isinstance(value, list):
            self.problem(key, f"{key} must be an array of strings")
            return None
        found = (self._resolved(key, item, "an array of strings") for item in value)
        return tuple(text for text in found if text is not None)

    def pairs(self, key: str) -> tuple[tuple[str, str], ...]:
        """A table of strings, as pairs in the order of the file."""
        value = self._get(key)
        if value is None:
            return ()
        if not isinstance(value, dict):
            self.problem(key, f"{key} must be a table of strings")
            return ()
        found = (
            (name, self._resolved(key, item, "a table of strings")) for name, item in value.items()
        )
        return tuple((name, text) for name, text in found if text is not None)

    def secret_pairs(self, key: str, name: str) -> tuple[tuple[str, Secret], ...]:
        """A table of strings that nobody may see; their marks say `name` and the key."""
        return tuple((each, Secret(text, f"{name} {each}")) for each, text in self.pairs(key))

    def table(self, key: str) -> Table:
        """A table within this one; an empty one where it is missing."""
        label = f"{self._label[:-1]}.{key}]" if self._label else f"[{key}]"
        value = self._get(key)
        return self._within({} if value is None else value, key, label)

    def tables(self, key: str) -> tuple[Table, ...]:
        """An array of tables; numbered from 1 in sentences."""
        value = self._get(key)
        if value is None:
            return ()
        name = f"{self._label} {key}" if self._label else f"[[{key}]]"
        if not isinstance(value, list):
            self.problem(key, f"{key} must be an array of tables, written as [[{key}]]")
            return ()
        return tuple(self._within(item, key, f"{name} {n}") for n, item in enumerate(value, 1))

    def raw(self, key: str) -> Any:
        """The value as it was parsed, where a key takes more than one form."""
        return self._get(key)

    def close(self) -> None:
        """Report every key that nobody asked for, with the closest known one.

        Where that one is required it is not missed as well: one mistake makes one sentence.
        """
        for key in self._content:
            if key not in self._known:
                hint = closest(key, self._known)
                self.problem(key, f'has no key "{key}"; {hint}')
                for missing, sentence in self._missing.items():
                    if hint == _meant(missing):
                        self._problems.remove(sentence)

    def _within(self, content: object, key: str, label: str) -> Table:
        return Table(content, (*self._key, key), label, self._source, self._environ, self._problems)

    def _word(self, key: str, text: str, words: type[_E]) -> _E | None:
        if text in list(words):
            return words(text)
        self.problem(key, f'{key} cannot be "{text}"; {closest(text, list(words))}')
        return None

    def _resolved(self, key: str, value: object, wanted: str = "a string") -> str | None:
        if is_reference(value):
            return self._from_environment(key, value)
        if value is None:
            return None
        if not isinstance(value, str):
            self.problem(key, f'{key} must be {wanted}, or {{ env = "NAME" }}')
            return None
        if not value:
            self.problem(key, f"{key} is empty; leave the key out instead")
            return None
        return value

    def _from_environment(self, key: str, reference: Mapping[str, object]) -> str | None:
        name, default = reference["env"], reference.get("default")
        if not isinstance(name, str) or not isinstance(default, str | None):
            self.problem(key, f'{key} must be a string, or {{ env = "NAME", default = "…" }}')
            return None
        value = self._environ.get(name) or default
        if value is None:
            self.problem(key, f"{key} needs the environment variable {name}, which is not set")
        return value


def closest(word: str, known: Iterable[str]) -> str:
    """The end of a sentence about a word that is not known: what was meant, or what there is."""
    known = sorted(set(known))
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return _meant(close[0]) if close else f"known: {', '.join(known)}"


def _meant(word: str) -> str:
    return f'did you mean "{word}"?'
