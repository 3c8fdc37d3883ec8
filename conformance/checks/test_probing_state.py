"""Whatever state consists of: how it comes back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.check import check
from conformance.checks.test_state_and_issuer import VERBATIM
from conformance.plugin.probing import Probe
from conformance.probing import texts
from conformance.protocol.request import Replace
from conformance.target.flow import Flow


@check("rfc6749-4.1.2-state-returned-unchanged", remedy=VERBATIM)
def test_printable_state_comes_back(
    probe: Probe, returned: Callable[[str], tuple[str, ...] | None]
) -> None:
    """Every state of printable ASCII characters comes back exactly, with a code or an error."""

    def differs(state: str) -> str | None:
        came = returned(state)
        return None if came == (state,) else told(state, came)

    found = probe(texts.printable_states(), differs)

    assert found is None, str(found)


@check("rfc6749-4.1.2-state-returned-unchanged", remedy=VERBATIM, disputable=True)
def test_other_state_comes_back_or_is_refused(
    probe: Probe, returned: Callable[[str], tuple[str, ...] | None]
) -> None:
    """A state of other characters or bytes comes back exactly, or the request is refused."""

    def differs(state: str) -> str | None:
        came = returned(state)
        return None if came in (None, (), (state,)) else told(state, came)

    found = probe(texts.other_states(), differs)

    assert found is None, str(found)


def told(state: str, came: tuple[str, ...] | None) -> str:
    """What came back instead of a state, in words."""
    if came is None:
        return f"a request with the state {state!r} was refused"
    return f"instead of the state {state!r} came back {', '.join(map(repr, came)) or 'none'}"


@pytest.fixture
def returned(flow: Flow) -> Callable[[str], tuple[str, ...] | None]:
    """The values of state in the response to a request with this one; None where none came."""

    def ask(state: str) -> tuple[str, ...] | None:
        landing = flow.authorize(Replace("state", state))
        return landing.all("state") if landing.at_callback else None

    return ask
