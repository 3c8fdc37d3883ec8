"""Consent: asked for, named, refused when the user refuses, and given by nobody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from conformance.check import check
from conformance.checks.test_robustness_pages import consent_page
from conformance.errors import ControlRefused, NotApplicable, NotRun
from conformance.features import Feature
from conformance.plugin.evidence import stopped_without_scripts
from conformance.plugin.visits import FirstVisits
from conformance.profile import Profile
from conformance.protocol.answers import Landing, Place
from conformance.protocol.request import Change, Replace
from conformance.target.agent import Decision
from conformance.target.flow import Flow
from conformance.target.forgery import ELSEWHERE, Forgery, approval, forged, secrets_of
from conformance.target.forms import FormAgent
from conformance.target.submission import show

NAMED = "Name the client, who stands behind it, and every scope on the consent page."
ASKED = "Remember consent by client and scope, and ask again for anything else."
AGAIN = "Ask every time where the client cannot prove who it is."
FORGERY = "Tie the consent form to the session with an anti-forgery value, and check it."
BACK = "Give users a page that lists the clients they let in, and ends what a click takes back."
PLAIN = "Let the consent page be a form with buttons that work as they come."
REFUSED = "Answer a refusal with error=access_denied and the state, and no code."


Ask = Callable[..., Landing]


@pytest.fixture
def asked(first_visits: FirstVisits) -> Ask:
    """Looks at the consent page of a request in a new session: later ones may say less."""

    def look(flow: Flow, *changes: Change) -> Landing:
        landing = first_visits.of(flow, Decision.LOOK, *changes).landing
        if landing.place is not Place.CONSENT:
            raise NotApplicable(f"No consent page came: the browser ended {landing.where}.")
        return landing

    return look


def must_get_a_code(flow: Flow, agent: FormAgent) -> None:
    """Approves on a consent page of the session itself; ControlRefused where that gets no code."""
    page = consent_page(flow, agent)
    genuine = show(agent, approval(page, agent)[1], referer=page.url)
    if "code=" not in (genuine.away or ""):
        raise ControlRefused("The consent form of the session itself gets no code either.")


@check("rfc6749-4.1.2.1-access-denied-on-refusal", remedy=REFUSED, needs=[Feature.DENY_CONSENT])
def test_refusal_is_access_denied(flow: Flow, first_visits: FirstVisits) -> None:
    """When the user refuses, the client gets access_denied and no code."""
    landing = first_visits.refusal(flow)

    assert not landing.granted, f"after a refusal the browser ended {landing.where}"
    assert landing.error == "access_denied", f"after a refusal the browser ended {landing.where}"


@check("rfc6749-10.2-consent-shows-client-and-scope", remedy=NAMED)
def test_consent_page_shows_scopes(flow: Flow, asked: Ask) -> None:
    """The consent page says something else where something else is asked for."""
    scopes = [one for one in flow.client.scopes if one != "offline_access"]
    if len(scopes) < 2:
        raise NotRun("The client needs at least two scope values in the profile for it.")
    narrow = asked(flow, Replace("scope", scopes[0]))
    wide = asked(flow)

    assert narrow.text.split() != wide.text.split(), "the page is the same for another scope"


@check("rfc6749-10.2-consent-shows-client-and-scope", remedy=NAMED)
def test_consent_page_shows_the_client(flow: Flow, second_flow: Flow, asked: Ask) -> None:
    """The consent page of another client is another one, for the same scope."""
    common = [one for one in flow.client.scopes if one in second_flow.client.scopes]
    if not common:
        raise NotRun("The clients need a common scope value in the profile for it.")
    scope = Replace("scope", common[0])

    first, second = asked(flow, scope), asked(second_flow, scope)

    assert first.text.split() != second.text.split(), "the page is the same for another client"


@check("oauth-2.1-7.9-consent-names-client-developer-and-scopes", remedy=NAMED)
def test_consent_page_names_every_scope(flow: Flow, asked: Ask) -> None:
    """The consent page names the scopes that are asked for."""
    text = asked(flow).text.lower()

    missing = [one for one in flow.client.scopes if one.lower() not in text]
    assert len(missing) < max(1, len(flow.client.scopes)), f"not named: {', '.join(missing)}"


@check("rfc6749-10.12-explicit-consent-before-grant", remedy=ASKED)
def test_larger_scope_is_asked_for(flow: Flow, withdraw: Callable[[Flow], None]) -> None:
    """A request for more than the user agreed to before is asked for again."""
    scopes = [one for one in flow.client.scopes if one != "offline_access"]
    if len(scopes) < 2:
        raise NotRun("The client needs at least two scope values in the profile for it.")
    withdraw(flow)
    flow.tokens(Replace("scope", scopes[0]))

    landing = flow.authorize(Replace("scope", " ".join(scopes)), decision=Decision.LOOK)

    assert not landing.granted, f"for a larger scope the browser ended {landing.where}"


@check("rfc6749-10.12-explicit-consent-before-grant", remedy=ASKED)
def test_new_client_is_asked_for(
    flow: Flow, second_flow: Flow, withdraw: Callable[[Flow], None]
) -> None:
    """A client that the user has not agreed to is asked for, whatever others got."""
    withdraw(second_flow)

    landing = second_flow.authorize(decision=Decision.LOOK)

    assert not landing.granted, f"unasked the browser ended {landing.where}"
    assert flow.tokens().granted, "the first client was not served"


@check("oauth-2.1-7.3.1-native-request-processed-as-first-time", remedy=AGAIN)
def test_native_client_is_asked_for_every_time(native_flow: Flow) -> None:
    """A native client gets no code without the user, even when it got one before."""
    native_flow.tokens()

    landing = native_flow.authorize(decision=Decision.LOOK)

    assert not landing.granted, f"unasked the browser ended {landing.where}"


@check("rfc6749-10.2-no-automatic-repeat-authorization", remedy=AGAIN)
def test_public_client_is_not_served_silently(public_flow: Flow) -> None:
    """A public client gets no code without the user, even when it got one before."""
    public_flow.tokens()

    landing = public_flow.authorize(decision=Decision.LOOK)

    assert not landing.granted, f"unasked the browser ended {landing.where}"


@check("oauth-2.1-7.9-grants-viewable-and-revocable", remedy=BACK, needs=[Feature.REFRESH_TOKEN])
def test_user_can_take_a_grant_back(
    confidential_flow: Flow, profile: Profile, withdraw: Callable[[Flow], None]
) -> None:
    """The user finds a client that was let in on a page of the server, and can shut it out."""
    if profile.pages.withdraw is None:
        raise NotRun(
            "Name the page where users see the clients that they let in: pages.withdraw of the"
            " profile."
        )
    flow = confidential_flow
    token = flow.tokens().refresh_token
    if token is None:
        raise NotApplicable("The token response has no refresh token.")
    withdraw(flow)

    answer = flow.refresh(token)

    assert answer.refused, f"to a refresh token of a grant that was taken back {answer}"


@check("robustness-consent-page-decided-as-it-comes", remedy=PLAIN)
def test_consent_needs_no_scripts(bare_flow: Flow, form_agent: FormAgent) -> None:
    """The consent page can be decided as it comes, without scripts that enable its buttons."""
    problem = stopped_without_scripts(bare_flow, form_agent, Replace("prompt", "consent"))

    assert problem is None, f"without scripts nobody can agree: {problem}"


@check("rfc6749-10.12-authorization-endpoint-csrf-protection", remedy=FORGERY)
@pytest.mark.parametrize("how", Forgery, ids=lambda how: how.value)
def test_forged_consent_is_refused(flow: Flow, form_agent: FormAgent, how: Forgery) -> None:
    """A consent form of another site, without the values of the session's own, gets no code."""
    form, approving = approval(consent_page(flow, form_agent), form_agent)
    own = secrets_of(form)
    stranger = form_agent.fresh()
    theirs = secrets_of(approval(consent_page(flow, stranger), stranger)[0])

    foreign = forged(approving, own, how, theirs)
    after = show(form_agent.at_another_site(), foreign, referer=ELSEWHERE)

    assert "code=" not in (after.away or ""), f"a consent form with the value {how} got a code"
    must_get_a_code(flow, form_agent)


@check("rfc6749-10.12-authorization-endpoint-csrf-protection", remedy=FORGERY)
def test_consent_by_a_link_is_refused(flow: Flow, form_agent: FormAgent) -> None:
    """A link of another site that says what the consent form says gets no code.

    It has all but the form's anti-forgery values, and goes with the cookies that links go with.
    """
    form, approving = approval(consent_page(flow, form_agent), form_agent)
    own = secrets_of(form)
    link = forged(approving, own, Forgery.LEFT_OUT, {})

    by_get = replace(link, method="GET", query=(*link.query, *link.form), form=())
    after = show(form_agent.at_another_site("GET"), by_get, referer=ELSEWHERE)

    assert "code=" not in (after.away or ""), "a link to the consent page got a code"
    must_get_a_code(flow, form_agent)
