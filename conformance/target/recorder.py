"""The one place where exchanges are written down, by whoever made them, and secrets are learnt."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

from conformance.model import Exchange, Headers, Phase, Screenshot, Transcript
from conformance.protocol.answers import json_object
from conformance.redaction import SHORTEST, Redactor
from conformance.secret import Secret
from conformance.target.server_clock import ServerClock

LONGEST_BODY = 16_384
"""Characters of a body that are kept as evidence."""

_SECRETS = {
    "code": "code",
    "access_token": "access token",
    "refresh_token": "refresh token",
    "id_token": "ID token",
    "token": "token",
    "assertion": "assertion",
    "client_secret": "client secret",
    "client_assertion": "client assertion",
    "registration_access_token": "registration access token",
    "password": "password",
    "code_verifier": "code verifier",
    "device_code": "device code",
    "user_code": "user code",
    "otp": "one-time password",
    "totp": "one-time password",
}
_ANTI_FORGERY = re.compile(r"csrf|xsrf|authenticity|verification.?token|secret|passw", re.I)
_HIDDEN = re.compile(r"<input\b[^>]*\btype=[\"']?hidden\b[^>]*>", re.I)
_ATTRIBUTE = re.compile(r"\b(name|value)=[\"']([^\"']*)[\"']", re.I)
_SENSITIVE_HEADERS = {"authorization", "cookie", "set-cookie", "proxy-authorization", "dpop"}


@dataclass(frozen=True, slots=True)
class Context:
    """What is being done while exchanges come in: their phase, and what was changed."""

    phase: Phase = Phase.SETUP
    changed: str | None = None


class Recorder:
    """Keeps the exchanges of one process in order; gives them out redacted."""

    def __init__(self, redactor: Redactor | None = None) -> None:
        self.redactor = redactor or Redactor()
        self._lock = threading.Lock()
        self._exchanges: list[Exchange] = []
        self._screenshots: list[Screenshot] = []
        self._context = Context()
        self.clock = ServerClock()
        self.recorded = 0
        """How many exchanges were really made; cited ones do not count."""

    @property
    def context(self) -> Context:
        return self._context

    @property
    def phase(self) -> Phase:
        """What is being done at this moment."""
        return self._context.phase

    @contextmanager
    def during(self, phase: Phase, changed: str | None = None) -> Iterator[None]:
        """Names the phase of every exchange recorded inside; nested phases return to the outer."""
        outer = self._context
        self._context = Context(phase, changed)
        try:
            yield
        finally:
            self._context = outer

    @contextmanager
    def changing(self, changed: str | None) -> Iterator[None]:
        """Names what is changed in the exchanges recorded inside."""
        outer = self._context
        self._context = Context(outer.phase, changed or outer.changed)
        try:
            yield
        finally:
            self._context = outer

    def record(self, exchange: Exchange) -> Exchange:
        """Writes one exchange down in the present phase, and learns the secrets in it."""
        self._learn_from(exchange)
        self.clock.heard(exchange.answer_headers)
        written = replace(
            exchange,
            phase=self._context.phase,
            changed=self._context.changed,
            at=exchange.at or datetime.now(UTC).isoformat(timespec="milliseconds"),
        )
        with self._lock:
            self._exchanges.append(written)
            self.recorded += 1
        return written

    def cite(self, exchanges: Iterable[Exchange]) -> None:
        """Puts earlier exchanges into the story as evidence, as they were written down."""
        with self._lock:
            self._exchanges.extend(exchanges)

    def abridge(self, mark: int, keep: int = 6) -> None:
        """Keeps the first and the last exchanges since a mark: of many alike, these tell all."""
        with self._lock:
            del self._exchanges[mark + keep : max(mark + keep, len(self._exchanges) - keep)]

    def picture(self, screenshot: Screenshot) -> None:
        with self._lock:
            self._screenshots.append(screenshot)

    def mark(self) -> int:
        """A place in the story, for `since`."""
        return len(self._exchanges)

    def mark_pictures(self) -> int:
        return len(self._screenshots)

    def since(self, mark: int) -> Transcript:
        """The exchanges from a mark on, redacted."""
        return tuple(map(self.redacted, self._exchanges[mark:]))

    def raw_since(self, mark: int) -> Transcript:
        """The exchanges from a mark on as they were: never to leave the process."""
        return tuple(self._exchanges[mark:])

    def pictures_since(self, mark: int) -> tuple[Screenshot, ...]:
        return tuple(self._screenshots[mark:])

    def redacted(self, exchange: Exchange) -> Exchange:
        """The exchange as it may leave the process."""
        redact = self.redactor.redact

        def headers(pairs: Headers) -> Headers:
            return tuple((visible_name(name), self._header(name, value)) for name, value in pairs)

        def visible_name(name: str) -> str:
            return redact(name)

        return replace(
            exchange,
            who=redact(exchange.who),
            url=self._parameters(redact(exchange.url)),
            changed=None if exchange.changed is None else redact(exchange.changed),
            request_headers=headers(exchange.request_headers),
            request_body=self._parameters(redact(exchange.request_body)),
            answer_headers=headers(exchange.answer_headers),
            answer_body=redact(exchange.answer_body),
            problem=None if exchange.problem is None else redact(exchange.problem),
            note=None if exchange.note is None else redact(exchange.note),
        )

    def learn_all(self, values: Iterable[Secret]) -> None:
        """Makes each of these a secret under its own name."""
        for secret in values:
            self.learn(secret.name, secret.reveal())

    def learn(self, kind: str, value: str | None) -> None:
        """Makes a value a secret from now on, wherever it turns up."""
        if value:
            self.redactor.learn(kind, value)

    def _learn_from(self, exchange: Exchange) -> None:
        for name, value in (*exchange.request_headers, *exchange.answer_headers):
            lowered = name.lower()
            if lowered == "set-cookie":
                self.learn("cookie", value.split(";")[0].partition("=")[2])
            elif lowered == "cookie":
                for part in value.split(";"):
                    self.learn("cookie", part.partition("=")[2].strip())
            elif lowered == "authorization":
                scheme, _, credentials = value.partition(" ")
                kind = "token" if scheme.lower() == "bearer" else "credentials"
                self.learn(kind, credentials.strip())
            elif lowered == "location":
                self._learn_url(value)
        self._learn_url(exchange.url)
        self._learn_pairs(exchange.request_body)
        document = json_object(exchange.answer_body)
        for name, value in (document or {}).items():
            if name in _SECRETS and isinstance(value, str) and len(value) >= SHORTEST:
                # A member `code` of an error body is an error code, not an authorization code.
                if name == "code" and "access_token" not in (document or {}):
                    continue
                self.learn(_SECRETS[name], value)
        for field in _HIDDEN.findall(exchange.answer_body):
            parts = {key.lower(): value for key, value in _ATTRIBUTE.findall(field)}
            if _ANTI_FORGERY.search(parts.get("name", "")):
                self.learn("form token", parts.get("value"))

    def _learn_url(self, url: str) -> None:
        try:
            parts = urlsplit(url)
        except ValueError:
            return
        self._learn_pairs(parts.query)
        self._learn_pairs(parts.fragment)

    def _learn_pairs(self, text: str) -> None:
        if "=" not in text:
            return
        for name, value in parse_qsl(text, keep_blank_values=True):
            if name in _SECRETS:
                self.learn(_SECRETS[name], value)
            elif _ANTI_FORGERY.search(name):
                self.learn("form token", value)

    def _parameters(self, text: str) -> str:
        """Short secrets, replaced where the parameter is known."""

        def mark(match: re.Match[str]) -> str:
            known = self.redactor.mark(match.group(3))
            return match.group() if known is None else f"{match.group(1)}{match.group(2)}={known}"

        return _SHORT_PARAMETER.sub(mark, text)

    def _header(self, name: str, value: str) -> str:
        text = self.redactor.redact(value)
        if name.lower() in _SENSITIVE_HEADERS:
            text = _SHORT_COOKIE.sub(
                lambda match: match.group(1) + (self.redactor.mark(match.group(2)) or match[2]),
                text,
            )
        return self._parameters(text) if name.lower() == "location" else text


_SHORT_PARAMETER = re.compile(
    r"(^|[?&#])(" + "|".join(map(re.escape, _SECRETS)) + r")=([^&#\s«]{1," + str(SHORTEST) + "})"
)
_SHORT_COOKIE = re.compile(r"(=)([^;=\s«]{1," + str(SHORTEST) + r"})(?=;|$)")
