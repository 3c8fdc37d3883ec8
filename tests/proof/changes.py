"""What two requests differ in, and what a change in words lets them differ in."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from conformance.model import Exchange, Outcome, Phase, Transcript
from conformance.protocol.answers import json_object

FRESH = {"state", "nonce", "code", "code_challenge", "code_verifier", "refresh_token", "token"}
"""Parameters that are made anew for every request."""

AUTHORIZATION = "Authorization header"
BODY = "body"
METHOD = "HTTP method"
IDENTITY = {"client_id", "client_secret", AUTHORIZATION}
_OF_NO_MEANING = {"cookie", "content-type", "content-length", "referer", "host"}
"""Headers that follow from the session and the body."""

_NEGOTIATION = {"Accept header", "Accept-Encoding header", "Accept-Language header"}
"""They are left out of what is sent byte by byte, which says in its note that it was."""

_FORM = "application/x-www-form-urlencoded"
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_WORDS: tuple[tuple[str, set[str]], ...] = (
    (r"sent by the client Q|client authentication by \w+", IDENTITY),
    (r"sent by [A-Z]+", {METHOD}),
    (r"body sent as .+|a body that is no form", {BODY}),
    (r"a malformed Authorization header", {AUTHORIZATION}),
)
_FIELD = re.compile(
    r"(?:another )?(?P<name>[\w.-]+?(?: header)?)"
    r"(?: replaced by Q| left out| set to Q|=Q added| sent in the query| not in UTF-8| malformed"
    r"| sent a second time with (?:the same value|Q)| with a (?:control character|line break|tag)"
    r"| of \d+ characters| short| hard to parse)?"
)
Values = dict[str, list[str]]


@dataclass(frozen=True)
class Compared:
    """A request of an act beside the one that it is a change of; None where there is none.

    `other` are the fields that differ without being named, `idle` the changes that change nothing.
    """

    changed: str
    base: Exchange | None
    other: frozenset[str] = frozenset()
    idle: frozenset[str] = frozenset()

    @property
    def holds(self) -> bool:
        return self.base is not None and not self.other and not self.idle

    def __str__(self) -> str:
        if self.base is None:
            return f"{self.changed}: there is nothing to compare it with"
        return f"{self.changed}: differs in {sorted(self.other)} too; idle: {sorted(self.idle)}"


def named(change: str) -> set[str]:
    """The fields that a change in words may differ in, and has to differ in one of."""
    text = _QUOTED.sub("Q", change)
    for words, names in _WORDS:
        if re.fullmatch(words, text):
            return names
    found = _FIELD.fullmatch(text)
    if found is None:
        return set()
    name = found["name"]
    if name.endswith(" header"):
        name = name.removesuffix(" header").title() + " header"
    return IDENTITY if name in IDENTITY else {name}


def changes_in(words: str | None) -> frozenset[str]:
    """The single changes of a label; a semicolon within a value is none between changes."""
    masked = _QUOTED.sub(lambda match: match.group().replace("; ", "\0"), words or "")
    return frozenset(one.replace("\0", "; ") for one in masked.split("; ") if one)


def compared(outcome: Outcome) -> Iterator[Compared]:
    """Every changed request of an act, beside what it is a change of."""
    began, root = None, ""
    for index, one in enumerate(outcome.transcript):
        step = (one.phase, one.who, one.changed)
        if step != began:
            began, root = step, _endpoint(one)
        # Where the server leads the browser to is no request that a check has changed.
        led = one.who == "browser" and _endpoint(one) != root
        if one.phase is Phase.ACT and one.changed and not led:
            yield _beside_its_base(outcome.transcript, index)


def _beside_its_base(transcript: Transcript, index: int) -> Compared:
    """The request beside the one before it that is most like it; else the one after it."""
    request = transcript[index]
    before = [_between(request, one) for one in transcript[:index] if _comparable(request, one)]
    behind = [_between(request, one) for one in transcript[index:] if _comparable(request, one)]
    best = min([*before[::-1], *behind], key=lambda one: len(one.other), default=None)
    return best or Compared(request.changed or "", None)


def _comparable(request: Exchange, one: Exchange) -> bool:
    """Whether one is the other without some of its changes."""
    left = changes_in(request.changed) - changes_in(one.changed)
    names = {name for change in left for name in named(change)}
    return (
        bool(left)
        and changes_in(one.changed) < changes_in(request.changed)
        and (one.who, _endpoint(one)) == (request.who, _endpoint(request))
        and (one.method == request.method or METHOD in names)
    )


def _between(request: Exchange, base: Exchange) -> Compared:
    changes = changes_in(request.changed) - changes_in(base.changed)
    allowed = {name for change in changes for name in named(change)}
    now, then = fields(request), fields(base)
    names = {*now, *then}
    if "byte by byte" in (request.note or ""):
        names -= _NEGOTIATION
    if "are shown" in (request.note or ""):
        names &= set(now)
    if BODY in allowed:
        now[BODY], then[BODY] = [request.request_body], [base.request_body]
        names -= {name for name in names if "form: " in "".join(now[name] + then[name])}
    anywhere = METHOD in allowed
    other = {n for n in names - allowed if _kept(n, now, anywhere) != _kept(n, then, anywhere)}
    idle = {one for one in changes if all(now[name] == then[name] for name in named(one))}
    return Compared(request.changed or "", base, frozenset(other), frozenset(idle))


def fields(request: Exchange) -> Values:
    """The decomposed request: method, parameters with their places, other bodies, headers."""
    values: Values = defaultdict(list)
    values[METHOD].append(request.method)
    headers = [(name.lower(), value) for name, value in request.request_headers]
    kind = dict(headers).get("content-type", _FORM)
    pairs = [("query", *one) for one in parse_qsl(urlsplit(request.url).query, True)]
    if kind.partition(";")[0].strip() == _FORM:
        pairs += [("form", *one) for one in parse_qsl(request.request_body, True)]
    elif (document := json_object(request.request_body)) is not None:
        pairs += [("form", name, json.dumps(value)) for name, value in document.items()]
    else:
        values[BODY] += [kind, request.request_body]
    for place, name, value in pairs:
        values[name].append(f"{place}: {value}")
    for name, value in headers:
        if name not in _OF_NO_MEANING:
            values[f"{name.title()} header"].append(value)
    return values


def _kept(name: str, values: Values, anywhere: bool) -> list[str]:
    """The values of a field, without what is fresh by nature, and without the place if told."""
    if name in FRESH:
        found = [value.partition(": ")[0] + ": " for value in values[name]]
    elif name == AUTHORIZATION:
        found = [v if v.startswith("Basic ") else v.partition(" ")[0] for v in values[name]]
    else:
        found = values[name]
    return [value.partition(": ")[2] for value in found] if anywhere else found


def _endpoint(one: Exchange) -> str:
    return one.url.partition("?")[0].partition("#")[0]
