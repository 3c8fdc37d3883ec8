"""What a new session meets on its way to a code: one visit of a client, judged by many checks."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.model import Transcript
from conformance.protocol.answers import Landing
from conformance.protocol.request import Replace
from conformance.target.flow import Flow


@dataclass(frozen=True, slots=True)
class FirstVisit:
    """Where it ended, with the pages that were met, and every exchange of it as it was."""

    landing: Landing
    exchanges: Transcript


class FirstVisits:
    """Visits that were made, by client; whoever looks at one again gets it as evidence."""

    def __init__(self) -> None:
        self._made: dict[str, FirstVisit] = {}

    def of(self, flow: Flow) -> FirstVisit:
        """The first visit of the flow's user and client, with consent asked for and given."""
        recorder = flow.server.wire.recorder
        made = self._made.get(flow.client.client_id)
        if made is not None:
            recorder.cite(made.exchanges)
            return made
        mark = recorder.mark()
        landing = flow.authorize(Replace("prompt", "consent"), agent=flow.agent.fresh())
        made = FirstVisit(landing, recorder.raw_since(mark))
        self._made[flow.client.client_id] = made
        return made
