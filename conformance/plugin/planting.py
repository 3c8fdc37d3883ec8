"""What is made before the first check, so that the checks that run last find it old."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from conformance.check import Aged
from conformance.errors import ConformanceError, NotRun
from conformance.plugin.selection import Judged
from conformance.profile import Lifetimes
from conformance.protocol.answers import TokenAnswer
from conformance.target.flow import Grant
from conformance.target.planted import NEARLY, Planted

_MARGIN = 5.0
"""Seconds past a lifetime after which a thing is certainly over."""


class Planting:
    """Planted things by check.

    `lifetimes` are what the profile promises, `longest` tells the longest wait in seconds, `make`
    plants one thing of a kind.
    """

    def __init__(
        self,
        lifetimes: Lifetimes,
        longest: Callable[[], float],
        make: Callable[[Aged | None], Planted[Any]],
    ) -> None:
        self._lifetimes = lifetimes
        self._longest = longest
        self._make = make
        self._planted: dict[str, Planted[Any] | ConformanceError] = {}
        self._due_alive: dict[str, Aged] = {}
        self._shared: Planted[Any] | ConformanceError | None = None

    @property
    def is_begun(self) -> bool:
        """Whether anything was planted."""
        return bool(self._planted)

    def wait_of(self, check: Judged) -> float:
        """How long a check wants its planted thing to age, in seconds; 0 for the others."""
        if check.header is None or check.header.ages is None:
            return 0.0
        lifetime = self.lifetime(check.header.ages)
        if check.header.alive:
            return NEARLY * lifetime
        return max(lifetime + _MARGIN, check.header.at_least)

    def lifetime(self, aged: Aged) -> float:
        """How long such a thing lives at most: as promised, else as the standards want it."""
        told = self._lifetimes
        match aged:
            case Aged.CODE:
                return told.code or 600.0
            case Aged.ACCESS_TOKEN | Aged.USED_ACCESS_TOKEN:
                return told.access_token or 3600.0
            case Aged.REFRESH_TOKEN:
                return told.refresh_token or float("inf")

    def admit(self, check: Judged) -> None:
        """NotRun for a check that would wait for too long."""
        wait = self.wait_of(check)
        if wait == float("inf"):
            raise NotRun("Nothing says how long it takes to age: see [lifetimes] of the profile.")
        longest = self._longest()
        if wait > longest:
            raise NotRun(
                f"It would wait for {wait:.0f} s, longer than --max-wait ({longest:.0f} s)."
            )

    def plant(self, check: Judged) -> None:
        """Makes what a check wants aged; what goes wrong is told when the check runs.

        Access tokens are used by reading them, so that one will do for all checks: a server
        that allows so many refresh tokens must not end those that are planted.
        """
        try:
            self.admit(check)
            aged = None if check.header is None else check.header.ages
            shared = self._shared if aged is Aged.ACCESS_TOKEN else None
            self._planted[check.id] = shared or self._make(aged)
            if aged is not None and check.header is not None and check.header.alive:
                self._due_alive[check.id] = aged
            if aged is Aged.ACCESS_TOKEN:
                self._shared = self._planted[check.id]
        except ConformanceError as error:
            self._planted[check.id] = error

    def grant(self, check_id: str) -> Planted[Grant]:
        return cast("Planted[Grant]", self._planted_for(check_id))

    def tokens(self, check_id: str) -> Planted[TokenAnswer]:
        return cast("Planted[TokenAnswer]", self._planted_for(check_id))

    def _planted_for(self, check_id: str) -> Planted[Any]:
        planted = self._planted[check_id]
        if isinstance(planted, ConformanceError):
            raise planted
        aged = self._due_alive.get(check_id)
        if aged is not None and not planted.is_still_due(self.lifetime(aged)):
            # The checks before it took longer than what was planted lives.
            planted = self._planted[check_id] = self._make(aged)
        return planted
