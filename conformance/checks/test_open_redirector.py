"""Open redirectors: no page of the server sends the browser where a parameter says."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from conformance.check import check
from conformance.errors import NotApplicable
from conformance.protocol import pkce
from conformance.protocol.answers import Place
from conformance.protocol.request import Draft
from conformance.target.flow import Flow
from conformance.target.forms import FormAgent
from conformance.target.location import origin
from conformance.target.submission import show

OWN = "After a sign-in, go on only to pages of the server itself, and never to a full URL."
ATTACKER = "attacker.example"
TARGETS = {
    "absolute": f"https://{ATTACKER}/page",
    "without-scheme": f"//{ATTACKER}/page",
    "backslash": f"/\\{ATTACKER}/page",
    "without-slashes": f"https:{ATTACKER}/page",
    "user-part": f"https://login.example@{ATTACKER}/page",
    "tab": f"/\t/{ATTACKER}/page",
}
RETURNS = re.compile(
    r"next|return|redirect|continue|goto|go_to|target|dest|back|forward|from|url|uri|rd|service",
    re.IGNORECASE,
)
"""What the name of a parameter says that tells a page where to go on."""
USUAL = (
    *("next", "return", "return_to", "returnTo", "return_url", "returnUrl", "ReturnUrl"),
    *("redirect", "redirect_to", "redirectTo", "redirect_url", "redirectUrl", "continue"),
    *("goto", "target", "dest", "destination", "back", "backUrl", "forward", "from", "url", "rd"),
)
"""Names that login pages usually have for it."""
_OF_OAUTH = frozenset({"redirect_uri"})
"""Judged by the checks of redirect URIs."""


def login_page(flow: Flow, agent: FormAgent) -> str:
    """The address of the login page that a request is sent to."""
    shown = show(agent, flow.draft(verifier=pkce.verifier()))
    if shown.away is not None:
        raise NotApplicable("No login page came.")
    return shown.url


def pointing(url: str, target: str, names: str) -> Draft:
    """The page with a return address: in its own parameters for one, or in the usual ones."""
    parts = urlsplit(url)
    page = parts._replace(query="", fragment="").geturl()
    query = tuple(parse_qsl(parts.query, keep_blank_values=True))
    if names == "usual":
        there = {name for name, _ in query}
        added = tuple((name, target) for name in USUAL if name not in there)
        return Draft("GET", page, query=(*query, *added))
    changed = tuple(
        (name, target if RETURNS.search(name) and name not in _OF_OAUTH else value)
        for name, value in query
    )
    if changed == query:
        raise NotApplicable("No parameter of the login page is named like a return address.")
    return Draft("GET", page, query=changed)


@check("rfc9700-2.1-no-open-redirector", remedy=OWN)
@pytest.mark.parametrize("names", ["usual", "its-own"])
@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_login_page_goes_on_to_no_foreign_site(
    flow: Flow, form_agent: FormAgent, target: str, names: str
) -> None:
    """The login page does not send the browser to a foreign address in one of its parameters.

    Tried are the parameters that the page has, and the usual names; others are not seen.
    """
    request = pointing(login_page(flow, form_agent), target, names)

    signing_in = form_agent.open(request, callback=flow.client.redirect_uri)
    signed_in = show(form_agent, request)

    if not any(page.kind is Place.LOGIN for page in signing_in.pages):
        raise NotApplicable("With such a parameter no login page came.")
    ends = [url for url in (signing_in.url, signed_in.away) if url is not None]
    foreign = [url for url in ends if origin(url).endswith(f"//{ATTACKER}")]
    assert not foreign, f"the login page sent the browser to {foreign[0]}"
