"""What the pages of the server guard against: framing, leaks by referrer, foreign content."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from conformance.check import check
from conformance.errors import ControlRefused, NotApplicable
from conformance.plugin.visits import FirstVisits
from conformance.protocol import pkce
from conformance.protocol.answers import PageMet, Place, base
from conformance.protocol.request import Replace
from conformance.target import attacker
from conformance.target.browser import BrowserAgent
from conformance.target.flow import Flow
from conformance.target.forms import FormAgent
from conformance.target.submission import show

FRAMES = "Send Content-Security-Policy: frame-ancestors 'none' and X-Frame-Options: DENY."
REFERRER = "Send Referrer-Policy: no-referrer with every page of the authorization endpoint."
OWN = "Keep scripts, styles, fonts and images of others out of these pages."
LOADS = re.compile(
    r"""(?:(?:src|href)\s*=\s*["']?|url\(\s*["']?|@import\s+["'])((?:https?:)?//[^"'\s>)]+)""", re.I
)
"""What markup and the styles in it fetch or link to by a full URL."""
PAGES = pytest.mark.parametrize(
    "kind", [Place.LOGIN, Place.CONSENT, Place.ERROR], ids=lambda k: k.name.lower()
)
PEOPLE = pytest.mark.parametrize("kind", [Place.LOGIN, Place.CONSENT], ids=lambda k: k.name.lower())
MARKUP = ("text/html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml")
"""Media types that a browser reads markup in."""


def must_be_markup(media_type: str | None) -> None:
    """NotApplicable where a browser reads no markup in it; without a type it guesses."""
    kind = (media_type or MARKUP[0]).partition(";")[0].strip().lower()
    if kind not in MARKUP:
        raise NotApplicable(f"What came is no page: its media type is {kind}.")


Look = Callable[[Place], PageMet]


@pytest.fixture
def page(flow: Flow, first_visits: FirstVisits) -> Look:
    """Shows a page of the server as a new session meets it; NotApplicable where none comes."""

    def look(kind: Place) -> PageMet:
        if kind is Place.ERROR:
            landing = flow.authorize(Replace("redirect_uri", "https://attacker.example/"))
        else:
            landing = first_visits.of(flow).landing
        met = landing.met(kind)
        if met is None:
            raise NotApplicable(f"No {kind.value} came: the browser ended {landing.where}.")
        must_be_markup(met.header("content-type"))
        return met

    return look


def ancestors(met: PageMet) -> str | None:
    """The frame-ancestors of a page's policy, or None."""
    policy = met.header("content-security-policy") or ""
    found = re.search(r"frame-ancestors([^;]*)", policy)
    return None if found is None else found.group(1).strip()


@check("rfc9700-4.16-clickjacking-prevented", remedy=FRAMES)
@PEOPLE
def test_page_forbids_framing(page: Look, kind: Place) -> None:
    """Login and consent page forbid other sites to show them in a frame."""
    met = page(kind)

    limited = ancestors(met) not in (None, "*") or met.header("x-frame-options") is not None
    assert limited, f"the {kind.value} says nothing about frames"


@check("rfc9700-4.16-clickjacking-prevented", remedy=FRAMES)
def test_login_page_is_not_framed(flow: Flow, browser_agent: BrowserAgent) -> None:
    """A browser does not show the login page in a frame of another site."""
    request = flow.draft(verifier=pkce.verifier())

    framing = attacker.framed(browser_agent, request.full_url)

    if not framing.twin_framed:
        raise ControlRefused("The browser framed nothing, not even an unprotected page.")
    assert not framing.framed, "another site could frame the login page"


@check("rfc9700-4.16-csp-frame-ancestors", remedy=FRAMES)
@PEOPLE
def test_policy_limits_frame_ancestors(page: Look, kind: Place) -> None:
    """Login and consent page have a policy with frame-ancestors."""
    limits = ancestors(page(kind))

    assert limits is not None, f"the {kind.value} has no policy with frame-ancestors"
    assert limits != "*", "frame-ancestors allows every site"


@check("rfc9700-4.16-csp-on-all-authentication-pages", remedy=FRAMES)
@PAGES
def test_every_page_has_a_policy(page: Look, kind: Place) -> None:
    """Every page of the authorization endpoint has a Content-Security-Policy."""
    met = page(kind)

    assert met.header("content-security-policy"), f"the {kind.value} has no policy"


@check("rfc9700-4.16-framing-defence-combined", remedy=FRAMES)
@PEOPLE
def test_framing_is_forbidden_twice(page: Look, kind: Place) -> None:
    """Beside the policy there is X-Frame-Options."""
    met = page(kind)

    assert met.header("x-frame-options"), f"the {kind.value} has no X-Frame-Options"


@check("rfc9700-4.2.4-referrer-suppressed", remedy=REFERRER)
@PEOPLE
def test_referrer_is_suppressed(page: Look, kind: Place) -> None:
    """Login and consent page keep the authorization request out of the referrer."""
    policy = (page(kind).header("referrer-policy") or "").lower()

    good = {"no-referrer", "origin", "same-origin", "strict-origin"}
    assert good & set(re.split(r"[,\s]+", policy)), f"Referrer-Policy is {policy or 'missing'!r}"


@check("rfc9700-4.2.4-referrer-suppressed", remedy=REFERRER)
def test_other_sites_are_told_no_parameters(flow: Flow, browser_agent: BrowserAgent) -> None:
    """What a browser tells other sites of the server's pages has no parameters in it."""
    request = flow.draft(Replace("prompt", "consent"), verifier=pkce.verifier())

    sent = browser_agent.referrers(request, callback=flow.client.redirect_uri)

    if not sent:
        raise NotApplicable("The browser sent nothing to another site.")
    told = sorted({base(to.url) for to in sent if urlsplit(to.referer or "").query})
    assert not told, f"the Referer tells the parameters of a page to {', '.join(told)}"


@check("rfc9700-4.2.4-no-third-party-content-on-authorization-pages", remedy=OWN)
@pytest.mark.parametrize("kind", ["login", "consent"])
def test_page_has_no_foreign_content(flow: Flow, form_agent: FormAgent, kind: str) -> None:
    """Login and consent page load nothing from other hosts."""
    if kind == "consent":
        flow.authorize(agent=form_agent)
    request = flow.draft(Replace("prompt", "consent"), verifier=pkce.verifier())
    shown = show(form_agent, request)
    if shown.away is not None:
        raise NotApplicable(f"No {kind} page came.")

    loaded = LOADS.findall(shown.markup)

    foreign = sorted({url for url in loaded if not flow.server.owns(url)})
    assert not foreign, f"the {kind} page loads {', '.join(foreign)}"


@check("rfc6749-10.14-input-sanitized", remedy="Escape what comes from a request in every page.")
@pytest.mark.parametrize("field", ["state", "scope", "client_id", "redirect_uri", "response_type"])
def test_markup_of_a_request_is_escaped(flow: Flow, form_agent: FormAgent, field: str) -> None:
    """A page does not repeat a parameter of the request as markup."""
    injected = '"><script>conformance()</script>'
    request = flow.draft(Replace(field, injected), verifier=pkce.verifier())

    shown = show(form_agent, request)

    must_be_markup(shown.reply.header("content-type"))
    assert "<script>conformance()" not in shown.markup, f"{field} comes back as markup"
