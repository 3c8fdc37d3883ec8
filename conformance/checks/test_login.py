"""Signing in: nothing is granted before it, and nobody gets in with a wrong password."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.check import check
from conformance.errors import NotApplicable, SignInRefused
from conformance.features import Feature
from conformance.plugin.visits import FirstVisits
from conformance.profile import UserSettings
from conformance.protocol import pkce
from conformance.protocol.answers import Place
from conformance.protocol.request import Draft
from conformance.secret import Secret
from conformance.target.agent import Decision, UserAgent
from conformance.target.flow import Flow
from conformance.target.forms import FormAgent
from conformance.target.submission import show

SIGN_IN = "Sign the user in before anything is granted, and verify the password in full."
SEE_OTHER = "Redirect after a form with credentials with status 303."
COOKIE = "Set the session cookie HttpOnly."
NEW = "Give the browser a new session at every sign-in."
SESSION = [Feature.SESSION_COOKIE]


@check("rfc6749-3.1-resource-owner-authenticated", remedy=SIGN_IN)
def test_nothing_is_granted_without_sign_in(flow: Flow, stranger: UserAgent) -> None:
    """A browser without a session gets a login page, and no code."""
    landing = flow.authorize(agent=stranger, decision=Decision.STAY_OUT)

    assert not landing.granted, f"without a sign-in the browser ended {landing.where}"


@check("rfc6749-3.1-resource-owner-authenticated", remedy=SIGN_IN)
@pytest.mark.parametrize("password", ["wrong", "empty", "case", "prefix"])
def test_wrong_password_does_not_sign_in(
    flow: Flow,
    user: UserSettings,
    problem_of_sign_in: Callable[[UserSettings, Draft], str | None],
    password: str,
) -> None:
    """A password that is not exactly the user's signs nobody in."""
    if user.password is None:
        raise NotApplicable("The profile has no password of this user.")
    right = user.password.reveal()
    wrong = {
        "wrong": "wrong-password-of-nobody",
        "empty": " ",
        "case": right.swapcase(),
        "prefix": right[:-1],
    }[password]
    other = UserSettings(user.username, Secret(wrong, "wrong password"))
    draft = flow.draft(verifier=pkce.verifier() if flow.client.sends_challenge else None)

    problem = problem_of_sign_in(other, draft)

    assert problem is not None, "the user was signed in with a wrong password"


@check("robustness-login-page-session-renewed", remedy=NEW, needs=SESSION)
def test_session_is_a_new_one_after_sign_in(flow: Flow, form_agent: FormAgent) -> None:
    """The session of a browser changes when the user signs in."""
    show(form_agent, flow.draft(verifier=pkce.verifier()))
    before = form_agent.cookies()
    if not before:
        raise NotApplicable("There is no session before the sign-in.")
    flow.authorize(agent=form_agent)

    changed = [name for name, value in form_agent.cookies().items() if before.get(name) != value]
    assert changed, f"the cookies {', '.join(sorted(before))} stayed as they were"


@check("rfc9700-4.12-no-307-redirect", remedy=SEE_OTHER)
def test_credentials_are_not_redirected_with_307(
    bare_flow: Flow, first_visits: FirstVisits
) -> None:
    """A redirect that answers a form with credentials has not the status 307."""
    statuses = _after_forms(bare_flow, first_visits)

    assert 307 not in statuses, f"the redirects have the status {sorted(statuses)}"


@check("rfc9700-2.1-user-credentials-not-forwarded", remedy=SEE_OTHER)
def test_credentials_are_not_forwarded(bare_flow: Flow, first_visits: FirstVisits) -> None:
    """A redirect that answers a form does not make the browser send the form again."""
    statuses = _after_forms(bare_flow, first_visits)

    assert not statuses & {307, 308}, f"the redirects have the status {sorted(statuses)}"


@check("rfc9700-4.12-use-303-redirect", remedy=SEE_OTHER)
def test_forms_are_answered_with_303(flow: Flow, first_visits: FirstVisits) -> None:
    """A redirect that answers a form with credentials has the status 303."""
    statuses = _after_forms(flow, first_visits)

    assert statuses <= {303}, f"the redirects have the status {sorted(statuses)}"


@check("robustness-login-page-session-cookie-http-only", remedy=COOKIE, needs=SESSION)
def test_session_cookie_is_not_for_scripts(flow: Flow, form_agent: FormAgent) -> None:
    """The session cookie is out of the reach of scripts (HttpOnly)."""
    flow.authorize(agent=form_agent)
    cookies = form_agent.jar.all()
    if not cookies:
        raise NotApplicable("Signing in leaves no cookie.")

    assert any(cookie.http_only for cookie in cookies), "no cookie of the session is HttpOnly"


def _after_forms(flow: Flow, first_visits: FirstVisits) -> set[int]:
    """The statuses of the redirects that answered a POST of a new session."""
    visit = first_visits.of(flow)
    if visit.landing.met(Place.LOGIN) is None:
        raise SignInRefused("No login page came in a new session.")
    return {
        exchange.status
        for exchange in visit.exchanges
        if exchange.method == "POST"
        and exchange.status is not None
        and 300 <= exchange.status < 400
    }
