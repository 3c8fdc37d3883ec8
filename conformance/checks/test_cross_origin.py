"""Access from other origins: what their scripts may read, and what they may not."""

from __future__ import annotations

import secrets

import pytest

from conformance.check import check
from conformance.errors import NotApplicable
from conformance.features import Feature
from conformance.protocol.request import Draft, Header
from conformance.target.flow import Flow
from conformance.target.wire import Reply

CALLBACK = "Take no callback, or one of letters, digits and dots, and answer it as JavaScript."
SAME = "Apply the checks of every revocation to those of scripts on other origins, too."
ELSEWHERE = "https://attacker.example"
JSONP = ("callback", "jsonp")


def asked_with_callback(flow: Flow, name: str, callback: str) -> Reply:
    """What the revocation endpoint answers to a JSONP request (RFC 7009, section 2.3)."""
    url = flow.server.need("revocation_endpoint")
    token, client = secrets.token_urlsafe(32), flow.client.client_id
    draft = Draft("GET", url, query=(("token", token), ("client_id", client), (name, callback)))
    return flow.server.wire.send(draft, who="script of another site")


@check("rfc7009-2.3-cors-or-jsonp", remedy=CALLBACK, needs=[Feature.REVOCATION])
@pytest.mark.parametrize("name", JSONP)
def test_callback_is_no_place_for_scripts(public_flow: Flow, name: str) -> None:
    """A callback of JSONP is not repeated as script or markup of the caller's choice."""
    injected = f"conformance<{secrets.token_hex(4)}>;alert(1)//"

    reply = asked_with_callback(public_flow, name, injected)

    assert injected not in reply.text, f"the answer ({reply.status}) repeats {name} as it came"


@check(
    "rfc7009-2.3-cors-or-jsonp",
    remedy=SAME,
    needs=[Feature.REVOCATION, Feature.REFRESH_TOKEN],
)
def test_foreign_token_stays_alive_when_revoked_from_another_origin(
    confidential_flow: Flow, second_flow: Flow
) -> None:
    """A script on another origin cannot revoke the token of a client other than its own."""
    token = confidential_flow.tokens().refresh_token
    if token is None:
        raise NotApplicable("The token response has no refresh token.")
    second_flow.revoke(token, Header("Origin", ELSEWHERE))

    answer = confidential_flow.refresh(token)

    assert answer.granted, f"after another client had revoked it from another origin {answer}"


@check(
    "rfc7009-2.3-cors-or-jsonp",
    remedy=SAME,
    needs=[Feature.REVOCATION, Feature.REFRESH_TOKEN],
)
@pytest.mark.parametrize("name", JSONP)
def test_callback_does_not_revoke_for_nobody(confidential_flow: Flow, name: str) -> None:
    """A request by JSONP, which proves no client, does not revoke a confidential client's token."""
    flow = confidential_flow
    token = flow.tokens().refresh_token
    if token is None:
        raise NotApplicable("The token response has no refresh token.")
    url = flow.server.need("revocation_endpoint")
    query = (("token", token), ("client_id", flow.client.client_id), (name, "conformance"))
    flow.server.wire.send(Draft("GET", url, query=query), who="script of another site")

    answer = flow.refresh(token)

    assert answer.granted, f"after a request with {name} and without the secret {answer}"
