"""What people meet is met over TLS: pages, their forms, and the cookie of the session."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from conformance.check import check
from conformance.errors import NotApplicable
from conformance.features import Feature
from conformance.plugin.visits import FirstVisits
from conformance.protocol import pkce
from conformance.protocol.answers import Place, base
from conformance.protocol.request import Draft
from conformance.target.flow import Flow
from conformance.target.forms import FormAgent
from conformance.target.server import AuthorizationServer
from conformance.target.submission import show
from conformance.target.transport import Transport

TLS = "Serve every page that people meet over TLS only, and let its forms go to https URLs."
SECURE = "Set the session cookie Secure."
NEEDS = [Feature.HTTPS]
PEOPLE = pytest.mark.parametrize("kind", [Place.LOGIN, Place.CONSENT], ids=lambda k: k.name.lower())


@check("rfc6749-10.11-user-facing-endpoints-tls", remedy=TLS, needs=NEEDS)
def test_login_form_is_sent_over_tls(bare_flow: Flow, form_agent: FormAgent) -> None:
    """The form that takes the password goes to an https URL."""
    flow = bare_flow
    draft = flow.draft(verifier=pkce.verifier() if flow.client.sends_challenge else None)
    shown = show(form_agent, draft)

    target = shown.submission(shown.form_with("password")).url

    assert urlsplit(target).scheme == "https", f"the form of the login page goes to {target}"


@check("rfc6749-10.11-user-facing-endpoints-tls", remedy=TLS, needs=NEEDS)
def test_pages_are_met_over_tls(
    flow: Flow, server: AuthorizationServer, first_visits: FirstVisits
) -> None:
    """A browser that signs in and consents is never led to a page without TLS."""
    visit = first_visits.of(flow)

    urls = [one.url for one in visit.exchanges if one.who == "browser"]
    if not visit.landing.granted:
        urls.append(visit.landing.url)
    plain = [base(url) for url in urls if urlsplit(url).scheme == "http"]
    plain = [url for url in plain if urlsplit(url).hostname in server.hosts]
    assert urls, "the browser met no page"
    assert not plain, f"the browser was led to {plain[0]}"


@check("rfc6749-10.11-user-facing-endpoints-tls", remedy=TLS, needs=NEEDS)
@PEOPLE
def test_page_is_not_served_without_tls(
    flow: Flow, first_visits: FirstVisits, transport: Transport, kind: Place
) -> None:
    """Login and consent page are not served to those who come without TLS."""
    landing = first_visits.of(flow).landing
    met = landing.met(kind)
    if met is None:
        raise NotApplicable(f"No {kind.value} came: the browser ended {landing.where}.")

    answers = transport.without_tls(Draft("GET", met.url))

    served = next((str(one) for one in answers if one.served), "")
    assert not served, served


@check(
    "robustness-transport-session-cookie-secure",
    remedy=SECURE,
    needs=[Feature.HTTPS, Feature.SESSION_COOKIE],
)
def test_session_cookie_is_sent_over_tls_only(flow: Flow, form_agent: FormAgent) -> None:
    """The session cookie is Secure: no request without TLS carries it."""
    flow.authorize(agent=form_agent)
    cookies = form_agent.jar.all()
    if not cookies:
        raise NotApplicable("Signing in leaves no cookie.")

    assert any(cookie.secure for cookie in cookies), "no cookie of the session is Secure"
