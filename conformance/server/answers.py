"""What comes in and what goes out: messages, answers, and refusals on the way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Headers = tuple[tuple[str, str], ...]

NO_STORE: Headers = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))
"""For everything that holds tokens or other sensitive information (RFC 6749, section 5.1)."""


@dataclass(frozen=True, slots=True)
class Message:
    """A request as the endpoints see it; `query` and `body` are not decoded yet."""

    method: str
    url: str
    path: str
    query: str
    body: bytes
    headers: Mapping[str, str]
    cookies: Mapping[str, str]

    @property
    def media_type(self) -> str:
        """The media type of the body, without parameters."""
        return self.headers.get("Content-Type", "").split(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: status, body and header fields in order."""

    status: int
    body: str = ""
    headers: Headers = ()

    def having(self, *headers: tuple[str, str]) -> Answer:
        """The same answer with further header fields."""
        return Answer(self.status, self.body, (*self.headers, *headers))


class Refusal(Exception):
    """An OAuth error on its way to the client: code, sentence, and what the answer needs."""

    def __init__(
        self, code: str, description: str, *, status: int = 400, headers: Headers = ()
    ) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description
        self.status = status
        self.headers = headers


def as_json(
    content: object, status: int = 200, headers: Headers = (), media_type: str = "application/json"
) -> Answer:
    """A JSON document."""
    return Answer(status, json.dumps(content), (("Content-Type", media_type), *headers))


def redirect(location: str, status: int = 303) -> Answer:
    """A redirect; 303, so that no form is ever sent on (RFC 9700, section 4.12)."""
    return Answer(status, "", (("Location", location), ("Cache-Control", "no-store")))


Members = dict[str, Any]
"""The members of a JSON object."""
