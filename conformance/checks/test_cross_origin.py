"""Access from other origins: what their scripts may read, and what they may not."""

from __future__ import annotations

import secrets

import pytest

from conformance.check import check
from conformance.checks.test_robustness_pages import consent_page
from conformance.errors import NotApplicable
from conformance.features import Feature
from conformance.protocol import pkce
from conformance.protocol.request import Draft, Header
from conformance.target.flow import Flow
from conformance.target.forms import FormAgent
from conformance.target.submission import show
from conformance.target.wire import Reply

CALLBACK = "Take no callback, or one of letters, digits and dots, and answer it as JavaScript."
SAME = "Apply the checks of every revocation to those of scripts on other origins, too."
ELSEWHERE = "https://attacker.example"
NOBODY = "Allow no credentials to other origins: no Access-Control-Allow-Credentials."
BY_GET = ("jwks_uri", "registration_endpoint", "userinfo_endpoint")
ENDPOINTS = (
    *("token_endpoint", "revocation_endpoint", "introspection_endpoint"),
    *("pushed_authorization_request_endpoint", *BY_GET),
)
JSONP = ("callback", "jsonp")


def lets_read(reply: Reply) -> bool:
    """Whether a browser lets a script of the other origin read it with the user's credentials."""
    allowed = reply.header("access-control-allow-origin")
    return (allowed, reply.header("access-control-allow-credentials")) == (ELSEWHERE, "true")


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


@check("rfc9700-2.6-cors-at-directly-used-endpoints", remedy=NOBODY)
@pytest.mark.parametrize("name", ENDPOINTS)
def test_endpoint_allows_no_credentials_to_any_origin(flow: Flow, name: str) -> None:
    """An endpoint that clients call lets no origin that asks read with the user's credentials."""
    url = flow.server.need(name)
    draft = Draft("GET" if name in BY_GET else "POST", url, headers=(("Origin", ELSEWHERE),))

    reply = flow.server.wire.send(draft, who="script of another site")

    assert not lets_read(reply), f"the {name} allows {ELSEWHERE} to read with credentials"


@check("robustness-login-page-no-cross-origin-reads", remedy=NOBODY)
def test_login_page_is_not_for_other_origins(flow: Flow, form_agent: FormAgent) -> None:
    """The login page lets no other origin read it in the user's session."""
    page = show(form_agent, flow.draft(verifier=pkce.verifier()))
    if page.away is not None:
        raise NotApplicable("No login page came.")

    reply = form_agent.send(Draft("GET", page.url, headers=(("Origin", ELSEWHERE),)))

    assert not lets_read(reply), f"the login page allows {ELSEWHERE} to read with credentials"


@check("robustness-consent-page-no-cross-origin-reads", remedy=NOBODY)
def test_consent_page_is_not_for_other_origins(flow: Flow, form_agent: FormAgent) -> None:
    """The consent page lets no other origin read it in the user's session."""
    page = consent_page(flow, form_agent)

    reply = form_agent.send(Draft("GET", page.url, headers=(("Origin", ELSEWHERE),)))

    assert not lets_read(reply), f"the consent page allows {ELSEWHERE} to read with credentials"
