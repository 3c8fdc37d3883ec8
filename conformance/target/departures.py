"""Where a server sends the browser away, read with the eyes of a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from conformance.model import Exchange
from conformance.protocol.answers import base
from conformance.target.location import IsServer

ReadsUrl = Callable[[str, str], str | None]
"""Where a browser goes from a URL by a target, or None where it goes nowhere."""


@dataclass(frozen=True, slots=True)
class Departure:
    """A redirect to another origin: what the header says, and where a browser goes by it."""

    location: str
    goes_to: str

    def __str__(self) -> str:
        said, place = base(self.location), base(self.goes_to)
        return f"to {said!r}" if said == place else f"to {said!r}, which it reads as {place!r}"


def departures(
    exchanges: Iterable[Exchange], reads: ReadsUrl, is_server: IsServer
) -> Iterator[Departure]:
    """The redirects by which a browser leaves the server."""
    for exchange in exchanges:
        for name, value in exchange.answer_headers:
            if name.lower() != "location" or not 300 <= (exchange.status or 0) < 400:
                continue
            target = reads(exchange.url, value)
            if target is not None and not is_server(target):
                yield Departure(value, target)
