"""Authorization responses that a page sends to another window, read from its scripts."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from conformance.protocol.request import Pairs, form_encoded

_CALL = re.compile(
    r"""postMessage\(\s*[^;]{0,4000}?,\s*(?:(["'])(?P<text>[^"'\s]*)\1|(?P<name>[\w$.]+))\s*\)"""
)
_ASSIGNED = r"""(?:^|[\s,;{{(])(?:var|let|const)?\s*{name}\s*[=:]\s*("(?:[^"\\]|\\.)*"|'[^']*')"""
_MEMBER = re.compile(
    r"""["']?\b(code|state|iss|error|error_description|access_token|id_token)\b["']?"""
    r"""\s*:\s*("(?:[^"\\]|\\.)*")"""
)
LONGEST = 200_000
"""Characters of a page that are searched."""


@dataclass(frozen=True, slots=True)
class Message:
    """A response in a message, and the origin that it is meant for (`*` for whoever is there)."""

    parameters: Pairs
    target: str

    def carried_to(self, callback: str | None) -> str:
        """The URL that says the same as a redirect to the callback would."""
        to = callback or self.target
        return f"{to}{'&' if '?' in to else '?'}{form_encoded(self.parameters)}"


def read(markup: str) -> Message | None:
    """The response that the scripts of a page post; None where there is none that can be read.

    Read are members of objects and targets that stand in the script as strings: what a script
    puts together from parts, only a browser can tell.
    """
    text = markup[:LONGEST]
    call = _CALL.search(text)
    parameters = tuple((name, _string(value)) for name, value in _MEMBER.findall(text))
    if call is None or not any(name in ("code", "error", "access_token") for name, _ in parameters):
        return None
    target = call["text"]
    if target is None:
        found = re.search(_ASSIGNED.format(name=re.escape(call["name"])), text)
        if found is None:
            return None
        target = _string(found.group(1))
    return Message(parameters, target)


def _string(literal: str) -> str:
    """The value of a string in a script."""
    if literal.startswith("'"):
        return literal[1:-1]
    try:
        return str(json.loads(literal))
    except ValueError:
        return literal[1:-1]
