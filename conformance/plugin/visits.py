"""What a new session meets on its way to a code: one visit of a client, judged by many checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.errors import NotRun
from conformance.model import Transcript
from conformance.protocol.answers import Landing, Place
from conformance.protocol.request import Change, Replace
from conformance.target.agent import Decision, UserAgent
from conformance.target.flow import Flow

ASKED_ONCE = (
    "No user was asked for consent. Where the server asks each of them once, add a third of"
    " [[users]], who has not been asked; where it asks nobody, deny_consent is a feature it lacks."
)


@dataclass(frozen=True, slots=True)
class FirstVisit:
    """Where it ended, with the pages that were met, and every exchange of it as it was."""

    landing: Landing
    exchanges: Transcript


class FirstVisits:
    """Visits that were made, by client; whoever looks at one again gets it as evidence.

    A server may ask a user for consent once, and remember the answer (RFC 6749 leaves it open).
    Where the flow's user is not asked again, another one looks or refuses, who never approves:
    `unasked` makes their new session, None where the profile has no such user.
    """

    def __init__(self, unasked: Callable[[], UserAgent | None]) -> None:
        self._unasked = unasked
        self._made: dict[tuple[object, ...], FirstVisit] = {}

    def of(self, flow: Flow, decision: Decision = Decision.APPROVE, *changes: Change) -> FirstVisit:
        """The first visit of the flow's user and client, with consent asked for and decided."""
        key = (flow.client.client_id, decision, *changes)
        recorder = flow.server.wire.recorder
        if key in self._made:
            recorder.cite(self._made[key].exchanges)
            return self._made[key]
        mark = recorder.mark()
        landing = self._visit(flow, decision, changes, flow.agent.fresh())
        if decision is not Decision.APPROVE and _unasked(landing):
            other = self._unasked()
            if other is not None:
                landing = self._visit(flow, decision, changes, other)
        made = FirstVisit(landing, recorder.raw_since(mark))
        # One that led nowhere may be the fault of a moment: the next check looks for itself.
        if landing.at_callback or landing.place is Place.CONSENT:
            self._made[key] = made
        return made

    def refusal(self, flow: Flow, *changes: Change) -> Landing:
        """Where a user who refuses ends; NotRun where none is asked."""
        landing = self.of(flow, Decision.DENY, *changes).landing
        if _unasked(landing):
            raise NotRun(ASKED_ONCE)
        return landing

    def _visit(
        self, flow: Flow, decision: Decision, changes: tuple[Change, ...], agent: UserAgent
    ) -> Landing:
        asking = (Replace("prompt", "consent"), *changes)
        return flow.authorize(*asking, decision=decision, agent=agent)


def _unasked(landing: Landing) -> bool:
    return landing.granted and landing.met(Place.CONSENT) is None
