"""Clients that registered themselves: shown as such, kept to what they registered (OAuth 2.1)."""

from __future__ import annotations

import re

import pytest

from conformance.check import check
from conformance.errors import NotApplicable, NotRun
from conformance.features import Feature
from conformance.plugin.visits import FirstVisits
from conformance.protocol.answers import Landing, Place
from conformance.protocol.request import Replace
from conformance.target.agent import Decision
from conformance.target.flow import Flow
from conformance.target.registration import CALLBACK, NAME, Registrar

MARKED = "Say on the consent page that the client registered itself and that nobody has checked it."
WARNED = "Warn the user, or register no http redirect URI but for loopback."
ASKED = "Show where an error would be sent, and let the user decide, unless you trust the client."
LIMITED = "Grant a client only scope values that it was registered for, whatever it asks for."
CONTROLLED = "Decide which scope values a client may get that nobody has looked at."

NEEDS = [Feature.DYNAMIC_REGISTRATION]
INSECURE = CALLBACK.replace("https://", "http://", 1)
ERRORS = {
    "scope": Replace("scope", "no-such-scope"),
    "response-type": Replace("response_type", "bogus"),
}


def words(landing: Landing, *own: str) -> frozenset[str]:
    """The words of a consent page, without a client's own; NotApplicable where none came."""
    if landing.place is not Place.CONSENT:
        raise NotApplicable(f"No consent page came: the browser ended {landing.where}.")
    own_words = {word for text in own for word in _split(text)}
    return frozenset(_split(landing.text)) - own_words


def _split(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


@check("oauth-2.1-7.9-extra-measures-for-unregistered-clients", remedy=MARKED, needs=NEEDS)
def test_user_is_told_that_a_client_registered_itself(
    flow: Flow, registration: Registrar, first_visits: FirstVisits
) -> None:
    """The consent page says more of a client that registered itself than of a known one.

    Whether the words are good ones, a person has to judge.
    """
    stranger = registration.flow(registration.register())
    of_known = words(first_visits.of(flow, Decision.LOOK).landing)

    landing = stranger.authorize(decision=Decision.LOOK)

    own = (NAME, stranger.client.client_id, CALLBACK)
    assert words(landing, *own) - of_known, (
        "the consent page of a client that registered itself says nothing that it does not say"
        " of the client of the profile"
    )


@check("rfc6749-3.1.2.1-warn-about-insecure-redirect", remedy=WARNED, needs=NEEDS)
def test_user_is_warned_of_an_insecure_redirect(registration: Registrar) -> None:
    """The consent page says more where the response is to be sent over plain http.

    Whether the words are a warning, a person has to judge.
    """
    secure = registration.flow(registration.register())
    insecure = registration.flow(registration.register(redirect_uris=[INSECURE]))
    before = words(secure.authorize(decision=Decision.LOOK))

    landing = insecure.authorize(decision=Decision.LOOK)

    own = (INSECURE, insecure.client.client_id)
    assert words(landing, *own) - before, (
        "the consent page says nothing more before the browser is sent to http"
    )


@check("rfc9700-4.11.2-automatic-redirect-only-if-trusted", remedy=ASKED, needs=NEEDS)
@pytest.mark.parametrize("fault", ERRORS.values(), ids=ERRORS)
def test_error_is_not_sent_to_a_stranger_unasked(registration: Registrar, fault: Replace) -> None:
    """An error of a client that anybody could register is not sent there without a page before.

    Which clients a server trusts is its own decision: one that looked at them may redirect.
    """
    if registration.server.profile.server.initial_access_token is not None:
        raise NotApplicable("Only who has an initial access token can register a client.")
    stranger = registration.flow(registration.register())
    stranger.tokens()

    landing = stranger.authorize(fault)

    host = CALLBACK.split("/")[2]
    named = any(host in page.text for page in landing.pages)
    assert named or not landing.at_callback, f"without any page before, it ended {landing.where}"


@check("rfc6749-10.3-client-identity-considered-for-scope", remedy=LIMITED, needs=NEEDS)
def test_scope_outside_of_the_registration_is_not_granted(registration: Registrar) -> None:
    """A client that registered for one scope value is not granted another one."""
    known = [one for one in registration.model.scopes if one not in ("openid", "offline_access")]
    if len(known) < 2:
        raise NotRun("The client needs at least two scope values in the profile for it.")
    answer = registration.register(scope=known[0])
    if answer.scopes is None or known[1] in answer.scopes:
        raise NotApplicable("The server does not say that it registers the scope of a client.")
    limited = registration.flow(answer)

    got = granted(limited, Replace("scope", " ".join(known[:2])))

    assert known[1] not in got, f"registered for {known[0]!r}, it was granted {known[1]!r} too"


@check("oauth-2.1-7.9-client-controls-enforced", remedy=CONTROLLED, needs=NEEDS)
def test_privileged_scope_is_not_for_everybody(registration: Registrar) -> None:
    """A client that registered itself is not granted a scope that not every client may have."""
    privileged = registration.server.profile.server.privileged_scope
    if privileged is None:
        raise NotRun("It needs a scope that not every client may have: [server] privileged_scope.")
    wanted = f"{registration.model.scope or ''} {privileged}".strip()
    answer = registration.attempt(scope=wanted)

    got = granted(registration.flow(answer), Replace("scope", wanted)) if answer.granted else ()

    assert privileged not in got, f"a client that registered itself was granted {privileged!r}"


def granted(flow: Flow, change: Replace) -> frozenset[str]:
    """The scope that a changed request is granted; empty where it gets no token."""
    grant = flow.grant_of(flow.authorize(change))
    if grant is None:
        return frozenset()
    answer = flow.redeem(grant)
    if not answer.granted:
        return frozenset()
    # Without a scope in the answer what was asked for was granted (RFC 6749, 5.1).
    return frozenset(change.value.split()) if answer.scope is None else answer.scope
