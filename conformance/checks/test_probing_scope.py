"""However a scope is written: never more is granted than was asked for."""

from __future__ import annotations

from conformance.check import check
from conformance.checks.test_scope import known_scope
from conformance.errors import NotRun
from conformance.plugin.bench import Bench
from conformance.plugin.probing import Probe
from conformance.probing import texts
from conformance.protocol.request import Replace
from conformance.target.flow import Flow

LIMITED = (
    "Take a scope apart at blanks alone, compare its words as they are, and grant those that were"
    " asked for, are known, and may be had by this client."
)


@check("rfc9700-2.3-minimum-privileges", remedy=LIMITED)
def test_no_more_is_granted_than_asked_for(flow: Flow, bench: Bench, probe: Probe) -> None:
    """However a scope is written, nothing is granted that is not one of its words."""
    if not flow.client.scopes:
        raise NotRun("The client needs a scope in the profile for it.")

    def exceeded(scope: str) -> str | None:
        grant = flow.grant_of(flow.authorize(Replace("scope", scope)))
        answer = None if grant is None else flow.redeem(grant)
        if answer is None or not answer.granted:
            return None
        # White space of other kinds separates nothing (3.3), but who lets it gains nothing.
        more = known_scope(flow, bench, answer) - frozenset(scope.split())
        return f"asked for {scope!r} the server granted {sorted(more)}" if more else None

    found = probe(texts.scopes(flow.client.scopes), exceeded)

    assert found is None, str(found)
