"""Form encoding: spaces, plus signs and other characters (RFC 6749, appendix B)."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest

from conformance.check import check
from conformance.errors import ControlRefused, NotApplicable, NotRun
from conformance.features import Feature
from conformance.protocol.request import FORM, Body, Pairs, Replace, Spelt
from conformance.target.flow import Flow

REMEDY = (
    "Decode forms as application/x-www-form-urlencoded: + and %20 are spaces, the rest is UTF-8;"
    " encode what is added to redirect URIs in the same way."
)
STATES = {"multi-byte": "größe €", "plus": "1+1", "percent": "%21"}


def with_percent(form: Pairs) -> bytes:
    """A form whose spaces are written %20."""
    return urlencode(form, quote_via=quote).encode()


def words(flow: Flow) -> str:
    """Two scope values with a space between them; NotRun where the client has none."""
    if len(flow.client.scopes) < 2:
        raise NotRun("The client needs at least two scope values in the profile for it.")
    return " ".join(flow.client.scopes[:2])


@check("rfc6749-B-form-encoding-utf8", remedy=REMEDY)
def test_space_is_read_in_both_ways(bare_flow: Flow) -> None:
    """Scope values with + between them bring the same as with %20, in authorization requests."""
    words(bare_flow)
    spelt = Spelt("scope", quote(bare_flow.client.scope))

    plus, percent = bare_flow.authorize(), bare_flow.authorize(spelt)

    if not plus.granted and not percent.granted:
        raise ControlRefused(f"In neither way there is a code: the browser ended {plus.where}.")
    assert plus.granted, f"with + between scope values the browser ended {plus.where}"
    assert percent.granted, f"with %20 between scope values the browser ended {percent.where}"
    scopes = [
        bare_flow.redeem(grant).scope for grant in map(bare_flow.grant_of, (plus, percent)) if grant
    ]
    assert scopes[0] == scopes[1], f"with + and with %20 the scopes granted are {scopes}"


@check("rfc6749-B-form-encoding-utf8", remedy=REMEDY, needs=[Feature.REFRESH_TOKEN])
def test_space_is_read_in_both_ways_at_the_token_endpoint(flow: Flow) -> None:
    """Scope values with + between them bring the same as with %20, in token requests."""
    token = flow.tokens().refresh_token
    if token is None:
        raise NotApplicable("The token response has no refresh token.")
    scope = Replace("scope", words(flow))
    percent = flow.refresh(token, scope, Body(FORM, with_percent))
    if percent.access_token is None:
        raise NotApplicable(f"With %20 between scope values {percent}.")

    plus = flow.refresh(percent.refresh_token or token, scope)

    assert plus.granted, f"with + between scope values {plus}, with %20 {percent}"
    assert plus.scope == percent.scope, f"with + and %20 came {plus.scope} and {percent.scope}"


@check("rfc6749-B-form-encoding-utf8", remedy=REMEDY)
@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_characters_survive_the_way_to_the_client(flow: Flow, state: str) -> None:
    """What a client sends form-encoded comes back form-encoded in UTF-8, in redirects."""
    landing = flow.authorize(Replace("state", state))
    if not landing.granted:
        raise NotApplicable(f"Such a state is not served: the browser ended {landing.where}.")

    assert landing.get("state") == state, f"it came back as {landing.get('state')!r}"
