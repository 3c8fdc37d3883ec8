"""Things made before the first check, so that they are old when the last ones read them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from conformance.model import Transcript

_Value = TypeVar("_Value")


class Time(Protocol):
    """The passing of time at the server: waited for, or moved where the clock is ours."""

    @property
    def costs_nothing(self) -> bool:
        """Whether waiting is free, so that no `--max-wait` stands in the way."""

    def now(self) -> float:
        """Seconds on a clock that only runs forward."""

    def wait(self, seconds: float) -> None: ...


class RealTime:
    """Time that passes by itself."""

    costs_nothing = False

    def now(self) -> float:
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        if seconds > 0:
            time.sleep(seconds)


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

    @property
    def age(self) -> float:
        """Seconds since it was made."""
        return self.time.now() - self.made_at
