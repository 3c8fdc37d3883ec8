"""What a new session meets on its way to a code: one visit of a client, judged by many checks."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.model import Transcript
from conformance.protocol.answers import Landing, Place
from conformance.protocol.request import Change, Replace
from conformance.target.agent import Decision
from conformance.target.flow import Flow


@dataclass(frozen=True, slots=True)
class FirstVisit:
    """Where it ended, with the pages that were met, and every exchange of it as it was."""

    landing: Landing
    exchanges: Transcript


class FirstVisits:
    """Visits that were made, by client; whoever looks at one again gets it as evidence."""

    def __init__(self) -> None:
        self._made: dict[tuple[object, ...], FirstVisit] = {}

    def of(self, flow: Flow, decision: Decision = Decision.APPROVE, *changes: Change) -> FirstVisit:
        """The first visit of the flow's user and client, with consent asked for and decided."""
        key = (flow.client.client_id, decision, *changes)
        recorder = flow.server.wire.recorder
        if key in self._made:
            recorder.cite(self._made[key].exchanges)
            return self._made[key]
        mark = recorder.mark()
        landing = flow.authorize(
            Replace("prompt", "consent"), *changes, decision=decision, agent=flow.agent.fresh()
        )
        made = FirstVisit(landing, recorder.raw_since(mark))
        # One that led nowhere may be the fault of a moment: the next check looks for itself.
        if landing.at_callback or landing.place is Place.CONSENT:
            self._made[key] = made
        return made
