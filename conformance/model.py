"""What a run consists of: exchanges, verdicts, outcomes, the run file; frozen, to and from JSON."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from conformance.errors import UsageError

FORMAT = 1
"""Version of the run file's format; additions do not raise it, renames do."""


class Verdict(StrEnum):
    """The seven words of the verdict table (one check, one word)."""

    PASSED = "passed"
    FAILED = "failed"
    WARNED = "warned"
    INCONCLUSIVE = "inconclusive"
    BROKEN = "broken"
    NOT_APPLICABLE = "not_applicable"
    NOT_RUN = "not_run"

    @property
    def letter(self) -> str:
        """One character for progress lines."""
        return _LETTERS[self]

    @property
    def words(self) -> str:
        """As a reader sees it: `not applicable`, not `not_applicable`."""
        return self.value.replace("_", " ")


_LETTERS = {
    Verdict.PASSED: ".",
    Verdict.FAILED: "F",
    Verdict.WARNED: "W",
    Verdict.INCONCLUSIVE: "I",
    Verdict.BROKEN: "B",
    Verdict.NOT_APPLICABLE: "-",
    Verdict.NOT_RUN: "n",
}


class Phase(StrEnum):
    """Where in the story of a check an exchange stands."""

    SETUP = "setup"
    CONTROL_BEFORE = "control before"
    ACT = "act"
    CONTROL_AFTER = "control after"
    PLANTED = "planted"


Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request with its answer.

    `status` is None where no answer came; `problem` then says why. Below HTTP there is no status:
    an answer in words is the body. Bodies are text, cut at a
    length that `note` mentions. `seconds` is the time until the answer was read; `at` is the
    server's `Date` where it sent one, else ours, as an ISO 8601 string.
    """

    who: str
    method: str
    url: str
    phase: Phase = Phase.ACT
    changed: str | None = None
    request_headers: Headers = ()
    request_body: str = ""
    status: int | None = None
    answer_headers: Headers = ()
    answer_body: str = ""
    problem: str | None = None
    note: str | None = None
    seconds: float = 0.0
    at: str = ""

    @property
    def answered(self) -> bool:
        """Whether anything came back."""
        return self.status is not None or bool(self.answer_body)

    def header(self, name: str) -> str | None:
        """The first answer header of that name (case-insensitive), or None."""
        wanted = name.lower()
        return next((value for key, value in self.answer_headers if key.lower() == wanted), None)

    def to_json(self) -> dict[str, Any]:
        return {
            **_plain(self),
            "request_headers": [list(pair) for pair in self.request_headers],
            "answer_headers": [list(pair) for pair in self.answer_headers],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        known = _known(cls, data)
        known["phase"] = Phase(known.get("phase", Phase.ACT))
        for name in ("request_headers", "answer_headers"):
            known[name] = tuple((str(key), str(value)) for key, value in known.get(name, ()))
        return cls(**known)


Transcript = tuple[Exchange, ...]
"""The ordered, redacted story of one check: its evidence."""


@dataclass(frozen=True, slots=True)
class Screenshot:
    """A picture of a page that was met; `file` is relative to the run file."""

    name: str
    file: str
    sha256: str


class WaiverState(StrEnum):
    """What became of a waiver by the end of the run."""

    APPLIED = "applied"
    STALE = "stale"
    EXPIRED = "expired"
    UNUSED = "unused"


@dataclass(frozen=True, slots=True)
class Waiver:
    """A documented deviation and what became of it."""

    reason: str
    link: str | None = None
    until: str | None = None
    state: WaiverState = WaiverState.APPLIED


@dataclass(frozen=True, slots=True)
class Outcome:
    """One check's verdict with everything that a reader needs to believe it."""

    id: str
    subject: str
    verdict: Verdict
    level: str = ""
    requirements: tuple[str, ...] = ()
    sentence: str = ""
    expected: str = ""
    seen: str = ""
    reason: str = ""
    severity: str = ""
    gain: str = ""
    """What an attacker gains, in words; empty where the server does as it must."""
    advisories: tuple[str, ...] = ()
    """Published advisories (CVE ids) about faults of the same class, as examples."""
    remedy: str = ""
    seconds: float = 0.0
    transcript: Transcript = ()
    screenshots: tuple[Screenshot, ...] = ()
    repeat: str = ""
    waiver: Waiver | None = None
    disputable: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": "outcome",
            **_plain(self),
            "requirements": list(self.requirements),
            "advisories": list(self.advisories),
            "transcript": [exchange.to_json() for exchange in self.transcript],
            "screenshots": [_plain(shot) for shot in self.screenshots],
            "waiver": None if self.waiver is None else _plain(self.waiver),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        known = _known(cls, data)
        known["verdict"] = Verdict(known["verdict"])
        known["requirements"] = tuple(known.get("requirements", ()))
        known["advisories"] = tuple(known.get("advisories", ()))
        known["transcript"] = tuple(map(Exchange.from_json, known.get("transcript", ())))
        known["screenshots"] = tuple(
            Screenshot(**_known(Screenshot, shot)) for shot in known.get("screenshots", ())
        )
        waiver = known.get("waiver")
        if waiver is not None:
            parts = _known(Waiver, waiver)
            known["waiver"] = Waiver(**{**parts, "state": WaiverState(parts["state"])})
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Observation:
    """Something seen and worth knowing, judged neither way."""

    id: str
    sentence: str
    requirements: tuple[str, ...] = ()
    transcript: Transcript = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": "observation",
            **_plain(self),
            "requirements": list(self.requirements),
            "transcript": [exchange.to_json() for exchange in self.transcript],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        known = _known(cls, data)
        known["requirements"] = tuple(known.get("requirements", ()))
        known["transcript"] = tuple(map(Exchange.from_json, known.get("transcript", ())))
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of a run file: what was run against what."""

    suite: str
    profile: Mapping[str, str]
    target: Mapping[str, str]
    standards: tuple[str, ...]
    selected: tuple[str, ...]
    started: str
    command: str
    gate: str = "must"
    format: int = FORMAT
    reduced: bool = False
    """Whether the evidence was taken out, to publish the verdicts alone."""

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": "header",
            **_plain(self),
            "profile": dict(self.profile),
            "target": dict(self.target),
            "standards": list(self.standards),
            "selected": list(self.selected),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        known = _known(cls, data)
        known["standards"] = tuple(known.get("standards", ()))
        known["selected"] = tuple(known.get("selected", ()))
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Footer:
    """The last line of a run file: how the run ended. A file without it is a truncated run."""

    finished: str
    exit_code: int
    counts: Mapping[str, int]
    problems: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": "footer",
            **_plain(self),
            "counts": dict(self.counts),
            "problems": list(self.problems),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        known = _known(cls, data)
        known["problems"] = tuple(known.get("problems", ()))
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Run:
    """A whole run, as read from its file."""

    header: Header
    outcomes: tuple[Outcome, ...] = ()
    observations: tuple[Observation, ...] = ()
    footer: Footer | None = None

    @property
    def truncated(self) -> bool:
        return self.footer is None

    def counts(self) -> dict[Verdict, int]:
        """How many outcomes there are of each verdict, in the order of the table."""
        found = dict.fromkeys(Verdict, 0)
        for outcome in self.outcomes:
            found[outcome.verdict] += 1
        return found

    def lines(self) -> Iterator[str]:
        """The run as JSON Lines, one object a line, without line ends."""
        parts: list[Header | Outcome | Observation | Footer] = [
            self.header,
            *self.outcomes,
            *self.observations,
        ]
        if self.footer is not None:
            parts.append(self.footer)
        return (dump(part) for part in parts)

    @classmethod
    def parse(cls, lines: Iterable[str]) -> Self:
        """Reads JSON Lines; skips a torn line and kinds it does not know.

        Raises UsageError where there is no header that this version can read.
        """
        header: Header | None = None
        footer: Footer | None = None
        outcomes: list[Outcome] = []
        observations: list[Observation] = []
        for number, line in enumerate(lines, 1):
            try:
                data = json.loads(line)
            except ValueError:
                continue
            kind = data.get("kind") if isinstance(data, dict) else None
            if kind == "header" and data.get("format") != FORMAT:
                raise UsageError(
                    f"This run file has format {data.get('format')}; "
                    f"this version reads format {FORMAT}."
                )
            try:
                match kind:
                    case "header":
                        header = Header.from_json(data)
                    case "outcome":
                        outcomes.append(Outcome.from_json(data))
                    case "observation":
                        observations.append(Observation.from_json(data))
                    case "footer":
                        footer = Footer.from_json(data)
            except (AttributeError, KeyError, TypeError, ValueError):
                raise UsageError(f"Line {number} of this run file is no {kind}.") from None
        if header is None:
            raise UsageError("This is not a run file: it has no header line.")
        return cls(header, tuple(outcomes), tuple(observations), footer)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Reads a run file, plain or compressed (`.gz`), or the `run.jsonl` of a run's folder."""
        file = path / "run.jsonl" if path.is_dir() else path
        try:
            data = file.read_bytes()
            if file.suffix == ".gz":
                data = gzip.decompress(data)
        except (EOFError, zlib.error, OSError) as error:
            why = getattr(error, "strerror", None) or "it is no whole gzip file"
            raise UsageError(f"Cannot read the run file {file}: {why}.") from error
        return cls.parse(data.decode(errors="replace").split("\n"))


def dump(part: Header | Outcome | Observation | Footer) -> str:
    """One line of a run file, without its line end; never more than one line."""
    return json.dumps(part.to_json(), ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> dict[str, Any]:
    return {part.name: getattr(value, part.name) for part in fields(value)}


def _known(cls: Any, data: Mapping[str, Any]) -> dict[str, Any]:
    names = {part.name for part in fields(cls)}
    return {name: value for name, value in data.items() if name in names}
