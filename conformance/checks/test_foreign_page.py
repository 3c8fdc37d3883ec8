"""What pages of other sites can do to those of the server, tried in the real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.check import check
from conformance.errors import ControlRefused, NotApplicable
from conformance.features import Feature
from conformance.protocol import pkce
from conformance.protocol.answers import Place, base
from conformance.protocol.request import Change, Draft, Replace
from conformance.target import attacker
from conformance.target.agent import Decision
from conformance.target.browser import BrowserAgent
from conformance.target.flow import Flow

FRAMES = "Send Content-Security-Policy: frame-ancestors 'none' and X-Frame-Options: DENY."
NOBODY = "Allow no credentials to other origins: no Access-Control-Allow-Credentials."
ESCAPE = "Escape what comes from a request in every page, and allow no scripts in its policy."
OWN = "Keep scripts, styles, fonts and images of others out of these pages."
CLIENT = (
    "Name the registered origin of the client as the target of postMessage, never anything else."
)
CONSENT = Replace("prompt", "consent")

SignedIn = Callable[[Place], BrowserAgent]


def request(flow: Flow, *changes: Change) -> Draft:
    """A fresh authorization request."""
    return flow.draft(*changes, verifier=pkce.verifier() if flow.client.sends_challenge else None)


@pytest.fixture
def signed_in(flow: Flow, browser_agent: BrowserAgent) -> SignedIn:
    """A user in a real browser whom a request takes to a page of that kind."""

    def agent(place: Place) -> BrowserAgent:
        decision = Decision.LOOK if place is Place.CONSENT else Decision.APPROVE
        sent = request(flow, CONSENT)
        visit = browser_agent.open(sent, callback=flow.client.redirect_uri, decision=decision)
        if visit.place is not place:
            raise NotApplicable(
                f"No {place.value} came: the browser ended on a {visit.place.value}."
            )
        return browser_agent

    return agent


def judged(seen: attacker.Seen, what: str) -> bool:
    """Whether it was done; ControlRefused where the browser stops it for every page."""
    if not seen.twin_done:
        raise ControlRefused(f"The browser {what} nothing, not even what is made for it.")
    return seen.done


@check("rfc9700-4.16-clickjacking-prevented", remedy=FRAMES)
def test_consent_page_is_not_framed(flow: Flow, signed_in: SignedIn) -> None:
    """A browser does not show the consent page in a frame of another site."""
    agent = signed_in(Place.CONSENT)

    framing = attacker.framed(agent, request(flow, CONSENT).full_url)

    if not framing.twin_framed:
        raise ControlRefused("The browser framed nothing, not even an unprotected page.")
    assert not framing.framed, f"another site could frame {base(framing.url)}"


@check("rfc9700-2.6-no-cors-at-authorization-endpoint", remedy=NOBODY)
def test_authorization_request_is_not_read(flow: Flow, signed_in: SignedIn) -> None:
    """A script of another site cannot read what an authorization request is answered."""
    agent = signed_in(Place.CONSENT)

    seen = attacker.read(agent, request(flow, CONSENT))

    assert not judged(seen, "read"), "another site could read the page that came"


@check("robustness-consent-page-no-cross-origin-reads", remedy=NOBODY)
def test_consent_page_is_not_read(flow: Flow, signed_in: SignedIn) -> None:
    """A script of another site cannot read the consent page."""
    agent = signed_in(Place.CONSENT)
    page = agent.open(
        request(flow, CONSENT), callback=flow.client.redirect_uri, decision=Decision.LOOK
    )

    seen = attacker.read(agent, Draft("GET", page.url))

    assert not judged(seen, "read"), f"another site could read {base(page.url)}"


@check("robustness-login-page-no-cross-origin-reads", remedy=NOBODY)
def test_login_page_is_not_read(flow: Flow, browser_agent: BrowserAgent) -> None:
    """A script of another site cannot read the login page."""
    page = browser_agent.open(
        request(flow), callback=flow.client.redirect_uri, decision=Decision.STAY_OUT
    )
    if page.place is not Place.LOGIN:
        raise NotApplicable(f"No login page came: the browser ended on a {page.place.value}.")

    seen = attacker.read(browser_agent, Draft("GET", page.url))

    assert not judged(seen, "read"), f"another site could read {base(page.url)}"


@check("rfc9700-2.6-cors-at-directly-used-endpoints", remedy=NOBODY)
@pytest.mark.parametrize("name", ["token", "revocation", "introspection"])
def test_endpoint_is_not_read_with_credentials(flow: Flow, signed_in: SignedIn, name: str) -> None:
    """A script of any site cannot read an endpoint with the credentials of the browser."""
    url = flow.server.need(f"{name}_endpoint")
    agent = signed_in(Place.CALLBACK)

    # By GET: to a challenge for a password, which a POST may bring, browsers ask the user.
    seen = attacker.read(agent, Draft("GET", url))

    assert not judged(seen, "read"), f"another site could read the {name} endpoint with cookies"


@check("rfc6749-10.14-input-sanitized", remedy=ESCAPE)
@pytest.mark.parametrize("field", ["state", "scope", "client_id", "redirect_uri", "response_type"])
def test_script_in_a_request_does_not_run(
    flow: Flow, browser_agent: BrowserAgent, field: str
) -> None:
    """A script in a parameter of the request does not run in the page that comes."""
    seen = attacker.ran(browser_agent, request(flow, Replace(field, attacker.INJECTED)))

    assert not judged(seen, "ran"), f"the script in {field} ran in the page of the server"


@check("robustness-consent-page-no-unescaped-reflection", remedy=ESCAPE)
def test_script_in_state_does_not_run_at_consent(flow: Flow, signed_in: SignedIn) -> None:
    """A script in state does not run in the consent page."""
    agent = signed_in(Place.CONSENT)

    seen = attacker.ran(agent, request(flow, CONSENT, Replace("state", attacker.INJECTED)))

    assert not judged(seen, "ran"), "the script in state ran in the consent page"


@check("rfc9700-4.2.4-no-third-party-content-on-authorization-pages", remedy=OWN)
def test_pages_ask_no_other_site(flow: Flow, browser_agent: BrowserAgent) -> None:
    """On the way to the code the browser asks no other site for anything, by script or markup."""
    sent = browser_agent.referrers(request(flow, CONSENT), callback=flow.client.redirect_uri)

    client = base(flow.client.redirect_uri)
    others = sorted({base(one.url) for one in sent if base(one.url) != client})
    assert not others, f"the pages asked {', '.join(others)}"


@check("rfc9700-4.17.2-message-sent-to-trusted-origin", remedy=CLIENT, needs=[Feature.WEB_MESSAGE])
def test_message_is_not_heard_by_another_site(by_message: Flow, signed_in: SignedIn) -> None:
    """A page of another site that opens the request hears no response, the client's own does."""
    agent = signed_in(Place.CALLBACK)

    sent = request(by_message, Replace("response_mode", "web_message"))
    seen = attacker.heard(agent, sent, by_message.client.redirect_uri)

    if not seen.done and not seen.twin_done:
        raise ControlRefused("Not even the client's own page heard the response.")
    assert not seen.done, "a page of another site heard the response"
