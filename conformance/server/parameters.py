"""Form-encoded parameters, read strictly (RFC 6749, section 3.1, 3.2 and appendix B)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

Pairs = tuple[tuple[str, str], ...]

RESOURCE = "resource"
"""The parameter that names a protected resource (RFC 8707)."""


def form_decode(text: str) -> str:
    """One name or value; ValueError where the bytes are not UTF-8."""
    return unquote_to_bytes(text.replace("+", " ")).decode("utf-8")


def read(raw: str, decode: Callable[[str], str] = form_decode) -> Pairs:
    """The pairs of a query or a form body, in order; ValueError where it is not UTF-8."""
    found = (part.partition("=") for part in raw.split("&") if part)
    return tuple((decode(name), decode(value)) for name, _, value in found)


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of a request; each known one occurs once, or is listed as `repeated`.

    `resources` are the values of `resource`, which may come more than once (RFC 8707, section 2);
    `proven_key` is the thumbprint of the key that came with a proof (RFC 9449).
    """

    values: dict[str, str]
    repeated: frozenset[str]
    resources: tuple[str, ...] = ()
    proven_key: str = ""

    def get(self, name: str) -> str | None:
        """The value of a parameter; None where it was not sent."""
        return self.values.get(name)


def collect(
    pairs: Pairs,
    known: Iterable[str],
    *,
    chosen: Callable[[list[str]], str | None],
    empty_is_omitted: bool,
) -> Parameters:
    """The known parameters among the pairs.

    `chosen` picks the value of a repeated one; None says that it is an error. A parameter without
    a value counts as not sent (RFC 6749, section 3.1).
    """
    values: dict[str, str] = {}
    repeated: set[str] = set()
    for name in known:
        sent = [value for key, value in pairs if key == name]
        if len(sent) > 1:
            picked = chosen(sent)
            if picked is None:
                repeated.add(name)
                continue
            sent = [picked]
        if sent and (sent[0] or not empty_is_omitted):
            values[name] = sent[0]
    resources = tuple(value for key, value in pairs if key == RESOURCE and value)
    return Parameters(values, frozenset(repeated), resources)
