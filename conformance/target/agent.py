"""One human at one user agent, as the flow sees them; the browser is the real one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from conformance.protocol.answers import PageMet, Place
from conformance.protocol.request import Draft


class Decision(StrEnum):
    """What the human does on the pages that come."""

    APPROVE = "approve"
    DENY = "deny"
    LOOK = "look at the consent page and leave"
    STAY_OUT = "look at the login page and leave"


@dataclass(frozen=True, slots=True)
class Visit:
    """Where one authorization request ended, and the pages on the way.

    `url` is the callback (fragment included) where `place` is CALLBACK, else the page's.
    `redirect_status` is the status of the redirect that led to the callback, None where it was
    made by script or form. `from_submission` says whether that redirect answered a form that
    was filled in on the way. `message_target` is the origin that a page sent the response to in a
    message between windows; `url` is then made of the redirect URI, and the message. `links` is
    where the links of the page lead to that ended the way.
    """

    place: Place
    url: str
    status: int | None = None
    redirect_status: int | None = None
    from_submission: bool = False
    text: str = ""
    pages: tuple[PageMet, ...] = ()
    message_target: str | None = None
    links: tuple[str, ...] = ()

    def gone_on(self, callback: str) -> Visit:
        """The user follows the link of an error page that takes the error to this redirect URI.

        Nobody vouches for a client that registered itself, so that a server may leave it to the
        user whether an error is sent there (RFC 9700, 4.11.2).
        """
        for link in self.links if self.place is Place.ERROR else ():
            if link.startswith(callback) and "error=" in link.removeprefix(callback):
                return replace(self, place=Place.CALLBACK, url=link)
        return self


class UserAgent(Protocol):
    """One human with one session at the server.

    `open` sends an authorization request (a GET, or a POST with a form) and goes through
    whatever pages come, signing in and deciding as told, until the browser is sent away from
    the server or a page ends the way. Raises PageNotRecognised, SignInRefused and the wire's
    errors. `callback` is the redirect URI that was asked for: a target that begins with it is a
    callback wherever it points. A callback is never visited.
    """

    @property
    def username(self) -> str: ...

    def open(
        self, request: Draft, *, callback: str | None, decision: Decision = Decision.APPROVE
    ) -> Visit: ...

    def fresh(self) -> UserAgent:
        """The same human in a new session: no cookie of the old one."""

    def cookies(self) -> dict[str, str]:
        """The cookies of the session at the server, by name."""
