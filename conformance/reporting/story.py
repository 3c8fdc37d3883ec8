"""The exchanges of a check as a reader follows them: phases, lines, folded messages, tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from itertools import groupby

from conformance.model import Exchange, Headers, Phase, Transcript
from conformance.reporting.text import Token, cut, decoded, one_line, place, tokens

TITLES = {
    Phase.SETUP: ("Setting up", "what had to be there first"),
    Phase.PLANTED: ("Planted earlier", "made at the start, so that it could age"),
    Phase.CONTROL_BEFORE: ("Control before", "the unchanged flow, to show that it works"),
    Phase.ACT: ("The act", "what this check does"),
    Phase.CONTROL_AFTER: ("Control after", "the unchanged flow again"),
}


@dataclass(frozen=True, slots=True)
class Detail:
    """How much of the evidence is written out: characters of a body, and whether controls are."""

    body: int
    controls: bool
    message: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a message; `marked` where it holds the changed field, `note` in plain words."""

    text: str
    marked: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A request or an answer as it looks on the wire; `left_out` characters of its body."""

    lines: tuple[Line, ...]
    body: str = ""
    body_lines: tuple[Line, ...] = ()
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One exchange: a line, and folded behind it the messages, or where they are shown."""

    number: int
    who: str
    method: str
    place: str
    query: bool
    status: str
    kind: str
    leads_to: str
    changed: str
    problem: str
    note: str
    took: str
    at: str
    anchor: str = ""
    shown_at: str = ""
    request: Message | None = None
    answer: Message | None = None
    tokens: tuple[Token, ...] = ()


@dataclass(frozen=True, slots=True)
class Chapter:
    """Consecutive exchanges of one phase."""

    title: str
    words: str
    phase: str
    steps: tuple[Step, ...]
    is_control: bool


class Storyteller:
    """Turns transcripts into chapters for one document; writes no exchange out twice."""

    def __init__(self, prefix: str = "exchange") -> None:
        self._prefix = prefix
        self._anchors: dict[Exchange, str] = {}
        self._tokens: set[Token] = set()

    def tell(self, transcript: Transcript, detail: Detail) -> tuple[Chapter, ...]:
        """The transcript by phases, in its order."""
        self._tokens.clear()
        chapters: list[Chapter] = []
        number = 0
        for phase, exchanges in groupby(transcript, key=lambda exchange: exchange.phase):
            is_control = phase in {Phase.CONTROL_BEFORE, Phase.CONTROL_AFTER, Phase.SETUP}
            open_up = detail.message and (detail.controls or not is_control)
            steps = []
            for exchange in exchanges:
                number += 1
                steps.append(self._step(number, exchange, detail if open_up else None))
            title, words = TITLES[phase]
            slug = phase.value.replace(" ", "-")
            chapters.append(Chapter(title, words, slug, tuple(steps), is_control))
        return tuple(chapters)

    def _step(self, number: int, exchange: Exchange, detail: Detail | None) -> Step:
        location = exchange.header("location") or ""
        anchor = shown_at = ""
        request = answer = None
        found: tuple[Token, ...] = ()
        if exchange in self._anchors:
            shown_at = self._anchors[exchange]
        elif detail is not None:
            anchor = self._anchors[exchange] = f"{self._prefix}-{len(self._anchors) + 1}"
            request, answer = _request(exchange, detail), _answer(exchange, detail)
            found = tuple(t for t in tokens(_all_text(exchange)) if t not in self._tokens)
            self._tokens.update(found)
        return Step(
            number=number,
            who=exchange.who,
            method=exchange.method,
            place=place(exchange.url),
            query="?" in exchange.url or "#" in exchange.url,
            status=status_words(exchange),
            kind=_kind(exchange.status),
            leads_to=one_line(location, 200),
            changed=exchange.changed or "",
            problem=exchange.problem or "",
            note=exchange.note or "",
            took=duration(exchange.seconds),
            at=exchange.at,
            anchor=anchor,
            shown_at=shown_at,
            request=request,
            answer=answer,
            tokens=found,
        )


def duration(seconds: float) -> str:
    """Seconds for readers: `41 ms`, `2.4 s`, `12 min 5 s`; empty for nothing."""
    if seconds <= 0:
        return ""
    if seconds < 0.9995:
        return f"{max(round(seconds * 1000), 1)} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _request(exchange: Exchange, detail: Detail) -> Message:
    names = _changed_names(exchange)
    start, *parts = _split_parameters(exchange.url)
    lines = [Line(f"{exchange.method} {start}")]
    lines += [_parameter(f"    {part}", names) for part in parts]
    lines += _headers(exchange.request_headers, names)
    body, left_out = cut(exchange.request_body, detail.body)
    kinds = (value for name, value in exchange.request_headers if name.lower() == "content-type")
    if "x-www-form-urlencoded" in next(kinds, "") and body:
        first, *others = re.split(r"(?=&)", body)
        body_lines = [_parameter(first, names), *(_parameter(o, names) for o in others)]
        return Message(tuple(lines), "", tuple(body_lines), left_out)
    return Message(tuple(lines), body, (), left_out)


def _answer(exchange: Exchange, detail: Detail) -> Message | None:
    if not exchange.answered:
        return None
    body, left_out = cut(exchange.answer_body, detail.body)
    lines = [Line(status_words(exchange)), *_headers(exchange.answer_headers, ())]
    return Message(tuple(lines), body, (), left_out)


def _headers(headers: Headers, names: tuple[str, ...]) -> list[Line]:
    return [Line(f"{name}: {value}", name.lower() in names) for name, value in headers]


def _split_parameters(url: str) -> list[str]:
    """The address, then each parameter with the delimiter before it."""
    return [part for part in re.split(r"(?=[?&#])", url) if part] or [""]


def _parameter(part: str, names: tuple[str, ...]) -> Line:
    name, _, value = part.strip().lstrip("?&#").partition("=")
    marked = decoded(name).lower() in names
    plain = decoded(value)
    return Line(part, marked, plain if marked and plain != value else "")


def _changed_names(exchange: Exchange) -> tuple[str, ...]:
    """The names that the changes begin with (`state left out; scope replaced by …`), lower case."""
    names = re.findall(r"(?:^|; )([A-Za-z][A-Za-z0-9_.-]*)", exchange.changed or "")
    return tuple(name.lower() for name in names)


def status_words(exchange: Exchange) -> str:
    """The status with its phrase: `302 Found`, or `no answer`; `an answer` below HTTP."""
    if exchange.status is None:
        return "an answer" if exchange.answered else "no answer"
    try:
        return f"{exchange.status} {HTTPStatus(exchange.status).phrase}"
    except ValueError:
        return str(exchange.status)


def _kind(status: int | None) -> str:
    if status is None:
        return "none"
    return {2: "success", 3: "redirect", 4: "refusal", 5: "error"}.get(status // 100, "other")


def _all_text(exchange: Exchange) -> str:
    headers = (f"{n}: {v}" for n, v in (*exchange.request_headers, *exchange.answer_headers))
    return "\n".join((exchange.url, exchange.request_body, *headers, exchange.answer_body))
