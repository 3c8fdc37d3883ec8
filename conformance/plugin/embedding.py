"""What a run with the embedded server has beside it: a clock to move, and sound twins."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.defects.record import Defect
from conformance.server.clock import Clock
from conformance.server.rules import Rules


class EmbeddedTime:
    """The embedded server's clock: waiting moves it."""

    costs_nothing = True

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock.now()

    def wait(self, seconds: float) -> None:
        if seconds > 0:
            self._clock.advance(seconds)


@dataclass(frozen=True, slots=True)
class Twin:
    """The sound twin of a defect: its rules before they are made worse."""

    defect: Defect

    def broken(self, rules: Rules) -> Rules:
        return self.defect.sound(rules)
