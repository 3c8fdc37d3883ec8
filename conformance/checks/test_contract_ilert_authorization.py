"""ilert's contract: login and consent, and where the browser is sent with what."""

from __future__ import annotations

import re
from collections.abc import Callable
from operator import attrgetter

import pytest

from conformance.check import check
from conformance.errors import ControlRefused
from conformance.features import Feature
from conformance.protocol import uris
from conformance.protocol.answers import Place, base
from conformance.protocol.request import Change, Replace, Without
from conformance.protocol.uris import Alteration
from conformance.target.agent import Decision
from conformance.target.flow import Flow

ASK = "Let the user sign in, then ask for consent to each scope by its name, then redirect."
TELL = "Send every error but those of client and redirect URI to the redirect URI, with a text."
EXACT = "Compare redirect_uri with the registered one, character by character."

STATE = "b4N-~.x y+z/=&?"
ATTACKER = "https://attacker.example/callback"
ERRORS: dict[str, Change] = {
    "response-type": Replace("response_type", "bogus"),
    "scope": Replace("scope", "no-such-scope"),
    "response-type-missing": Without("response_type"),
}
SLUGS = [
    "path-suffix",
    "name-suffix",
    "other-path",
    "trailing-slash",
    "extra-query",
    "fragment",
    "userinfo",
    "other-port",
    "host-suffix",
    "subdomain",
    "other-host",
    "other-scheme",
    "dot-segments",
]
ALTERATIONS = [one for one in uris.ALTERATIONS if one.slug in SLUGS]


@check("contract-ilert-roles-and-flows-login-asked", remedy=ASK)
def test_user_without_session_is_asked_to_sign_in(flow: Flow) -> None:
    """A user who is not signed in gets the login page first."""
    landing = flow.authorize(decision=Decision.STAY_OUT, agent=flow.agent.fresh())

    assert landing.place is Place.LOGIN, f"the browser ended {landing.where}"


@check("contract-ilert-roles-and-flows-consent-asked", remedy=ASK)
def test_user_is_asked_for_consent(flow: Flow, withdraw: Callable[[Flow], None]) -> None:
    """A user who has taken the consent back is asked again before a code is given."""
    withdraw(flow)

    landing = flow.authorize(decision=Decision.LOOK, agent=flow.agent.fresh())

    assert landing.place is Place.CONSENT, f"the browser ended {landing.where}"


@check("contract-ilert-roles-and-flows-consent-names-scopes", remedy=ASK)
@pytest.mark.parametrize("scope", ["profile", "source", "schedule"])
def test_consent_page_names_the_scope(
    flow: Flow, withdraw: Callable[[Flow], None], scope: str
) -> None:
    """The consent page names each scope that the client asks for."""
    withdraw(flow)

    landing = flow.authorize(Replace("scope", "profile source schedule"), decision=Decision.LOOK)

    if landing.place is not Place.CONSENT:
        raise ControlRefused(f"No consent page came: the browser ended {landing.where}.")
    named = re.search(rf"\b{scope}\b", landing.text, re.IGNORECASE)
    assert named, f"the consent page does not name {scope!r}"


@check("contract-ilert-roles-and-flows-approval-redirects-with-code", remedy=ASK)
def test_approval_leads_to_the_redirect_uri_with_a_code(bare: Callable[..., Flow]) -> None:
    """After the approval the browser is at the redirect URI with a code in the query."""
    flow = bare("confidential", "confidential-post", "public", "native")

    landing = flow.authorize()

    if not landing.granted:
        raise ControlRefused(f"No code came: the browser ended {landing.where}.")
    assert base(landing.url) == base(flow.client.redirect_uri), f"it ended {landing.where}"
    assert not landing.in_fragment, "the code is in the fragment"


@check(
    "contract-ilert-roles-and-flows-approval-returns-state",
    remedy="Return state as it was sent, form encoded.",
)
def test_state_comes_back(flow: Flow) -> None:
    """The redirect carries exactly the state that was sent."""
    landing = flow.authorize(Replace("state", STATE))

    assert landing.all("state") == (STATE,), f"the state that came back is {landing.get('state')!r}"


@check(
    "contract-ilert-roles-and-flows-denial-redirects-with-access-denied",
    remedy="Redirect with error=access_denied when the user refuses.",
    needs=[Feature.DENY_CONSENT],
)
def test_denial_leads_to_the_redirect_uri(flow: Flow, withdraw: Callable[[Flow], None]) -> None:
    """A user who refuses is sent to the redirect URI with error=access_denied."""
    withdraw(flow)

    landing = flow.authorize(decision=Decision.DENY)

    assert landing.at_callback, f"the browser ended {landing.where}"
    assert landing.error == "access_denied", f"the browser ended {landing.where}"
    assert landing.code is None, f"the browser ended {landing.where}"


@check("contract-ilert-roles-and-flows-errors-redirected", remedy=TELL)
@pytest.mark.parametrize("change", ERRORS.values(), ids=ERRORS)
def test_error_is_sent_to_the_redirect_uri(flow: Flow, change: Change) -> None:
    """An error of the request is sent to the redirect URI in the parameter error."""
    landing = flow.authorize(change)

    assert landing.at_callback, f"the browser ended {landing.where}"
    assert landing.error is not None, f"the browser ended {landing.where}"
    assert landing.code is None, f"the browser ended {landing.where}"


@check("contract-ilert-roles-and-flows-errors-described", remedy=TELL)
@pytest.mark.parametrize("change", ERRORS.values(), ids=ERRORS)
def test_error_is_described(flow: Flow, change: Change) -> None:
    """An error at the redirect URI comes with a text in error_description."""
    landing = flow.must_tell(flow.authorize(change))

    assert landing.get("error_description"), f"with error={landing.error!r} came no description"


@check(
    "contract-ilert-roles-and-flows-errors-not-redirected-when-client-or-uri-is-bad",
    remedy="Answer an unknown client or a foreign redirect URI with a page, without a redirect.",
)
@pytest.mark.parametrize(
    "change",
    [Replace("client_id", "no-such-client"), Replace("redirect_uri", ATTACKER)],
    ids=["client", "redirect-uri"],
)
def test_bad_client_or_redirect_uri_is_not_redirected(flow: Flow, change: Change) -> None:
    """An unknown client or a foreign redirect URI ends on a page of the server."""
    landing = flow.authorize(change)

    assert not landing.at_callback, f"the browser ended {landing.where}"
    assert landing.refused, f"the browser ended {landing.where}"


@check("contract-ilert-roles-and-flows-redirect-uri-exact", remedy=EXACT)
@pytest.mark.parametrize("alteration", ALTERATIONS, ids=attrgetter("slug"))
def test_altered_redirect_uri_fails(flow: Flow, alteration: Alteration) -> None:
    """With another redirect URI than the registered one the authorization fails."""
    altered = uris.altered(flow.client.redirect_uri, alteration)

    landing = flow.authorize(Replace("redirect_uri", altered))

    assert landing.refused_at_server, f"with {alteration.words} the browser ended {landing.where}"


@check(
    "contract-ilert-endpoints-of-the-live-service-authorization-endpoint-answers-get",
    remedy="Answer GET at the authorization endpoint.",
)
def test_authorization_endpoint_answers_get(bare: Callable[..., Flow]) -> None:
    """A valid authorization request by GET leads to a page or a redirect, not to an error."""
    flow = bare("confidential", "confidential-post", "public", "native")

    landing = flow.authorize(decision=Decision.STAY_OUT, agent=flow.agent.fresh())

    assert landing.place in (Place.LOGIN, Place.CONSENT, Place.CALLBACK), (
        f"the browser ended {landing.where}"
    )
    assert not landing.refused, f"the browser ended {landing.where}"


@check(
    "contract-ilert-endpoints-of-the-live-service-token-endpoint-answers-post",
    remedy="Answer POST at the token endpoint.",
)
def test_token_endpoint_answers_post(bare: Callable[..., Flow]) -> None:
    """A valid token request by POST is answered with tokens."""
    flow = bare("confidential", "confidential-post", "public", "native")
    grant = flow.grant()

    answer = flow.redeem(grant)

    assert answer.access_token is not None, f"to the POST {answer}"


@check(
    "contract-ilert-token-response-no-iss-parameter",
    remedy="Send no iss: the contract's clients do not know it.",
)
def test_response_has_no_iss(flow: Flow) -> None:
    """The authorization response has no iss parameter."""
    landing = flow.authorize()

    assert landing.get("iss") is None, "the authorization response carries iss"
