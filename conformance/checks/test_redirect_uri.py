"""Where the browser may be sent: the registered redirect URI, and nowhere else."""

from __future__ import annotations

from operator import attrgetter

import pytest

from conformance.check import check
from conformance.features import Feature
from conformance.protocol import uris
from conformance.protocol.request import Replace
from conformance.protocol.uris import Alteration
from conformance.target.flow import Flow

EXACT = (
    "Compare the redirect_uri of the request with the registered ones as strings, character by"
    " character, before anything is done with it."
)
AT_HOME = (
    "Answer a request whose client or redirect URI is not valid with an error page of the"
    " server's own, and never redirect."
)


@check(
    "rfc6749-3.1.2.3-redirect-uri-simple-string-comparison",
    remedy=EXACT,
    needs=[Feature.AUTHORIZATION_CODE],
)
@pytest.mark.parametrize("alteration", uris.ALTERATIONS, ids=attrgetter("slug"))
def test_altered_redirect_uri_is_refused(flow: Flow, alteration: Alteration) -> None:
    """A redirect URI that is not exactly the registered one gets neither a code nor a redirect."""
    altered = uris.altered(flow.client.redirect_uri, alteration)

    landing = flow.authorize(Replace("redirect_uri", altered))

    assert landing.refused_at_server, f"with {alteration.words} the browser ended {landing.where}"


@check("rfc6749-3.1.2.3-redirect-uri-must-match-registered", remedy=EXACT)
def test_foreign_redirect_uri_is_refused(flow: Flow) -> None:
    """A redirect URI that has nothing in common with the registered ones is refused."""
    landing = flow.authorize(Replace("redirect_uri", "https://attacker.example/callback"))

    assert landing.refused_at_server, f"the browser ended {landing.where}"


@check("rfc6749-3.1.2.3-redirect-uri-must-match-registered", remedy=EXACT)
def test_redirect_uri_of_another_client_is_refused(flow: Flow, second_flow: Flow) -> None:
    """The registered redirect URI of one client is no redirect URI of another."""
    foreign = second_flow.client.redirect_uri

    landing = flow.authorize(Replace("redirect_uri", foreign))

    assert landing.refused_at_server, f"the browser ended {landing.where}"
