"""What a page was taken for, and the steps that a human takes on it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from conformance.profile import Fill as What
from conformance.protocol.answers import Place


class Kind(StrEnum):
    """What a page is taken for."""

    LOGIN = "login page"
    CONSENT = "consent page"
    CONTINUE = "page that asks to go on as the user who is signed in"
    SECOND_FACTOR = "page that asks for a second factor"
    OBSTACLE = "page that only a human gets past"
    ERROR = "error page"
    LOGGED_OUT = "page that says that the user is signed out"
    UNKNOWN = "page that we do not know"

    @property
    def place(self) -> Place:
        return _PLACES.get(self, Place.OTHER)


_PLACES = {
    Kind.LOGIN: Place.LOGIN,
    Kind.SECOND_FACTOR: Place.LOGIN,
    Kind.CONSENT: Place.CONSENT,
    Kind.ERROR: Place.ERROR,
}


@dataclass(frozen=True, slots=True)
class Fill:
    """Put something into a field; `at` is the one character of it that goes there, if only one."""

    key: str
    what: What
    at: int | None = None

    def part(self, said: str) -> str:
        """What goes into this field of all that is said."""
        return said if self.at is None else said[self.at]


@dataclass(frozen=True, slots=True)
class Tick:
    """Choose a box or a radio button."""

    key: str


@dataclass(frozen=True, slots=True)
class Press:
    """Press a button; without a key: send the form with the Enter key."""

    key: str | None
    form: str = ""


Step = Fill | Tick | Press


@dataclass(frozen=True, slots=True)
class Page:
    """A recognised page: its kind, why it is taken for that, and the steps to do on it.

    `go_on` signs in, answers the second factor or goes on; `approve` and `deny` are empty where
    the page offers no such choice. `message` is what the page says went wrong.
    """

    kind: Kind
    why: str
    go_on: tuple[Step, ...] = ()
    approve: tuple[Step, ...] = ()
    deny: tuple[Step, ...] = ()
    message: str = ""
    choices: int = 0

    @property
    def asks_password(self) -> bool:
        return any(isinstance(step, Fill) and step.what is What.PASSWORD for step in self.go_on)


def key_of(step: Step) -> str:
    """The key of the control that a step is about, empty where there is none."""
    return step.key or ""
