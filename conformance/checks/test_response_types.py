"""Response types of several values, and ID tokens in redirects (RFC 6749, 3.1.1; RFC 9207)."""

from __future__ import annotations

import secrets
from itertools import permutations

from conformance.check import check
from conformance.errors import NotApplicable
from conformance.plugin.granting import Granting
from conformance.protocol import jwt
from conformance.protocol.answers import Landing
from conformance.protocol.request import Add, Change, Replace
from conformance.target.flow import Flow
from conformance.target.server import AuthorizationServer

USUAL = ("code token", "code id_token", "id_token token", "id_token")
"""Response types that are tried where no metadata tells (OAuth 2.0 Multiple Response Types)."""


def announced(server: AuthorizationServer) -> list[str]:
    """The response types that the server announces, or the usual ones where nothing tells."""
    if server.metadata is None:
        return list(USUAL)
    server.wire.recorder.cite(server.metadata.transcript)
    told = server.metadata.members.get("response_types_supported")
    return [one for one in told or () if isinstance(one, str)]


def ask(flow: Flow, response_type: str) -> Landing:
    """A request with another response type, and with what an ID token needs where one is due."""
    changes: list[Change] = [Replace("response_type", response_type)]
    if "id_token" in response_type.split():
        scope = dict.fromkeys(("openid", *flow.client.scopes))
        changes += [Replace("scope", " ".join(scope)), Add("nonce", secrets.token_urlsafe(16))]
    return flow.authorize(*changes)


def brought(landing: Landing) -> frozenset[str]:
    """What a response brings."""
    names = ("code", "access_token", "id_token")
    return frozenset(name for name in names if landing.get(name))


@check(
    "rfc6749-3.1.1-composite-response-type-order",
    remedy="Compare response types as sets of values.",
)
def test_order_of_the_values_makes_no_difference(
    granting: Granting, server: AuthorizationServer
) -> None:
    """A response type of several values brings the same in whatever order they are sent."""
    flow, several = granting.implicit.flow, [one for one in announced(server) if " " in one]
    if not several:
        raise NotApplicable("The metadata announces no response type of more than one value.")
    served = {one: found for one in several if (found := brought(ask(flow, one)))}
    if not served:
        raise NotApplicable(f"No response type of more than one value is served: {several}.")
    orders = {
        " ".join(order): found
        for one, found in served.items()
        for order in permutations(one.split())
        if " ".join(order) != one
    }

    different = [order for order, found in orders.items() if brought(ask(flow, order)) != found]

    assert not different, f"in another order these bring something else: {different}"


@check(
    "rfc9207-2.4-iss-identical-to-id-token-iss",
    remedy="Take iss of the response and iss of the ID token from the same place.",
)
def test_iss_is_that_of_the_id_token(granting: Granting, server: AuthorizationServer) -> None:
    """iss of a response that carries an ID token is the iss of that ID token."""
    flow, types = granting.implicit.flow, announced(server)
    landings = (ask(flow, one) for one in types if "id_token" in one.split())
    landing = next((one for one in landings if one.get("id_token")), None)
    if landing is None:
        raise NotApplicable("No response with an ID token is served to this client.")
    if landing.get("iss") is None:
        raise NotApplicable("The response with an ID token has no iss.")

    claimed = (jwt.claims(landing.get("id_token") or "") or {}).get("iss")

    assert landing.get("iss") == claimed, (
        f"iss of the response is {landing.get('iss')!r}, that of the ID token {claimed!r}"
    )
