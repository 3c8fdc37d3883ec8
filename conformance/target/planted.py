"""Things made before the first check, so that they are old when the last ones read them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from conformance.errors import Inconclusive
from conformance.model import Transcript

_Value = TypeVar("_Value")

NEARLY = 0.9
"""The part of a lifetime after which a thing is old, and still due to live."""
CERTAINLY = 3.0
"""Seconds past a lifetime after which a thing is due to be dead."""


class Time(Protocol):
    """The passing of time at the server: waited for, or moved where the clock is ours."""

    @property
    def costs_nothing(self) -> bool:
        """Whether waiting is free, so that no `--max-wait` stands in the way."""

    def now(self) -> float:
        """Seconds on a clock that only runs forward."""

    def wait(self, seconds: float) -> None: ...


class RealTime:
    """Time that passes by itself; `waited` is told of seconds that were slept."""

    costs_nothing = False

    def __init__(self, waited: Callable[[float], None]) -> None:
        self._waited = waited

    def now(self) -> float:
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        if seconds > 0:
            time.sleep(seconds)
            self._waited(seconds)


@dataclass(frozen=True, slots=True)
class Planted(Generic[_Value]):
    """A value and when it was made; `aged` gives it once it is old enough."""

    value: _Value
    made_at: float
    time: Time
    transcript: Transcript

    def aged(self, seconds: float) -> _Value:
        """The value, once it is that many seconds old at the server: sleeps only what is left."""
        self.time.wait(self.made_at + seconds - self.time.now())
        return self.value

    def before_its_end(self, lifetime: float) -> _Value:
        """The value at nine tenths of its lifetime (seconds); Inconclusive where it is older."""
        value = self.aged(NEARLY * lifetime)
        if self.age > 0.98 * lifetime:
            raise Inconclusive(
                f"It was read {self.age:.0f} s after it was made: too late to be due to live."
            )
        return value

    def after_its_end(self, lifetime: float) -> _Value:
        """The value a little after its lifetime (seconds)."""
        return self.aged(lifetime + CERTAINLY)

    def is_still_due(self, lifetime: float) -> bool:
        """Whether `before_its_end` would not come too late."""
        return self.age <= NEARLY * lifetime

    @property
    def age(self) -> float:
        """Seconds since it was made."""
        return self.time.now() - self.made_at
