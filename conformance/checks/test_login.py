"""Signing in: nothing is granted before it, and nobody gets in with a wrong password."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from conformance.check import check
from conformance.checks.test_robustness_pages import login_page
from conformance.errors import ControlRefused, NotApplicable, SignInRefused
from conformance.features import Feature
from conformance.plugin.visits import FirstVisits
from conformance.profile import UserSettings
from conformance.protocol import pkce
from conformance.protocol.answers import Place
from conformance.protocol.request import Draft
from conformance.secret import Secret
from conformance.target.agent import Decision, UserAgent
from conformance.target.flow import Flow
from conformance.target.forgery import ELSEWHERE, Forgery, forged, secrets_of
from conformance.target.forms import FormAgent
from conformance.target.pageview import Form
from conformance.target.submission import show, with_value

SIGN_IN = "Sign the user in before anything is granted, and verify the password in full."
SEE_OTHER = "Redirect after a form with credentials with status 303."
COOKIE = "Set the session cookie HttpOnly."
NEW = "Give the browser a new session at every sign-in."
FORGERY = "Tie the login form to the session with an anti-forgery value, and check it."
MANAGERS = "Say autocomplete=current-password, and let people paste."
SESSION = [Feature.SESSION_COOKIE]


def filled_in(flow: Flow, agent: FormAgent, username: str, password: str) -> tuple[Form, Draft]:
    """The form of the login page, and what it sends with these credentials."""
    page, sent, name, secret = login_page(flow, agent)
    form = page.form_with("password")
    return form, with_value(with_value(sent, name, username), secret, password)


def is_signed_in(flow: Flow, agent: FormAgent) -> bool:
    """Whether a session gets further than to the login page."""
    landing = flow.authorize(agent=agent, decision=Decision.STAY_OUT)
    return landing.granted or landing.place is Place.CONSENT


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


@check("robustness-login-page-session-renewed", remedy=NEW, needs=SESSION)
def test_session_of_before_the_sign_in_stays_signed_out(flow: Flow, form_agent: FormAgent) -> None:
    """Whoever has the cookies of before the sign-in is not signed in by it."""
    show(form_agent, flow.draft(verifier=pkce.verifier()))
    planted = form_agent.fresh()
    planted.jar.replace(form_agent.jar.all())
    if not planted.cookies():
        raise NotApplicable("There is no session before the sign-in.")
    flow.authorize(agent=form_agent)

    signed_in = is_signed_in(flow, planted)

    assert not signed_in, "the cookies of before the sign-in are those of a signed-in user"


@check("robustness-login-page-csrf-protected", remedy=FORGERY)
@pytest.mark.parametrize("how", Forgery, ids=lambda how: how.value)
def test_forged_sign_in_is_refused(
    flow: Flow, user: UserSettings, form_agent: FormAgent, how: Forgery
) -> None:
    """A login form of another site, without the values of the session's own, signs nobody in."""
    if user.password is None:
        raise NotApplicable("The profile has no password of this user.")
    password = user.password.reveal()
    form, genuine = filled_in(flow, form_agent, user.username, password)
    theirs = secrets_of(filled_in(flow, form_agent.fresh(), user.username, password)[0])

    foreign = forged(genuine, secrets_of(form), how, theirs)
    victim = form_agent.at_another_site()
    show(victim, foreign, referer=ELSEWHERE)

    assert not is_signed_in(flow, victim), f"a login form with the value {how} signed the user in"
    show(form_agent, filled_in(flow, form_agent, user.username, password)[1], referer=genuine.url)
    if not is_signed_in(flow, form_agent):
        raise ControlRefused("The login form of the session itself signs nobody in either.")


@check("robustness-login-page-password-managers-allowed", remedy=MANAGERS)
def test_password_managers_are_let_in(flow: Flow, form_agent: FormAgent) -> None:
    """The password can be filled in by a password manager, and pasted."""
    page = show(form_agent, flow.draft(verifier=pkce.verifier()))
    fields = page.form_with("password").fields

    kept_out = [f.name for f in fields if f.type == "password" and f.autocomplete == "off"]
    assert not kept_out, f"the field {kept_out[0]} says autocomplete=off"
    no_pasting = re.search(
        r"""onpaste\s*=\s*["'][^"']*(return\s+false|preventDefault)""", page.markup
    )
    assert no_pasting is None, "the page stops whoever pastes a password"


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
