"""Robustness of the login page and the consent page: forms as no human fills them in."""

from __future__ import annotations

import secrets
from dataclasses import replace

import pytest

from conformance.check import check
from conformance.errors import ControlRefused, NotRun, PageNotRecognised
from conformance.features import Feature
from conformance.protocol import pkce
from conformance.protocol.answers import parameters
from conformance.protocol.request import Add, Change, Draft, Replace
from conformance.target.agent import Decision
from conformance.target.flow import Flow
from conformance.target.forms import FormAgent
from conformance.target.submission import Shown, show, with_value

SURVIVE = "Read every field as bytes that may be anything, and show the page again."
ESCAPE = "Escape whatever comes from a request where it is written into a page."

NOBODY = "conformance-nobody"
HUGE = 100_000
VALUES = {
    "empty": "",
    "nul": "a\x00b",
    "line-break": "a\r\nb",
    "not-utf8": "a\udcff\udcfeb",
    "huge": "a" * HUGE,
}
_USERNAME = ("text", "email", "tel")


def login_page(flow: Flow, agent: FormAgent) -> tuple[Shown, Draft, str, str]:
    """The login page, what its form sends, and the names of its two fields."""
    page = show(agent, flow.draft(verifier=pkce.verifier()))
    form = page.form_with("password")
    names = [f.name for f in form.fields if f.visible and f.type in _USERNAME and f.name]
    secret = next(f.name for f in form.fields if f.visible and f.type == "password")
    if not names:
        raise PageNotRecognised("The login page has no field for a user name beside the password.")
    button = form.buttons[0] if form.buttons else None
    sent = with_value(page.submission(form, button), names[0], NOBODY)
    return page, with_value(sent, secret, secrets.token_urlsafe(8)), names[0], secret


def consent_page(flow: Flow, agent: FormAgent, *changes: Change) -> Shown:
    """The consent page of a request; NotRun where the server asks only once, or signs in anew."""
    flow.server.require(Feature.CONSENT)
    asking = (Replace("prompt", "consent"), *changes)
    first = flow.draft(verifier=pkce.verifier())
    agent.open(first, callback=flow.client.redirect_uri, decision=Decision.LOOK)
    page = show(agent, flow.draft(*asking, verifier=pkce.verifier()))
    if "code=" in (page.away or ""):
        raise NotRun("The server asks for consent only once: prompt=consent brings no page again.")
    if any(field.type == "password" for form in page.view.forms for field in form.fields):
        raise NotRun("The server keeps no session: a request brings the login page each time.")
    if page.away is not None or not page.view.forms:
        raise ControlRefused("No consent page came that could be filled in.")
    return page


@check("robustness-login-page-malformed-credentials-no-server-error", remedy=SURVIVE)
@pytest.mark.parametrize("field", ["username", "password"])
@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_malformed_credentials_are_answered(
    flow: Flow, form_agent: FormAgent, field: str, value: str
) -> None:
    """Malformed user names and passwords are answered without a server error."""
    page, sent, username, password = login_page(flow, form_agent)
    malformed = with_value(sent, {"username": username, "password": password}[field], value)

    dressed = form_agent.dressed(malformed, referer=page.url)
    answered = flow.visit(dressed, f"{field} malformed", in_session=False)

    assert answered.survived, f"to a malformed {field} {answered}"


@check("robustness-login-page-no-unescaped-reflection", remedy=ESCAPE)
def test_login_page_does_not_repeat_the_user_name_as_markup(
    flow: Flow, form_agent: FormAgent
) -> None:
    """The login page does not repeat a wrong user name as markup."""
    page, sent, username, _ = login_page(flow, form_agent)
    tag = f"<conformance-{secrets.token_hex(4)}>"

    dressed = form_agent.dressed(with_value(sent, username, f"\"'>{tag}"), referer=page.url)
    answered = flow.visit(dressed, "a tag as user name", in_session=False)

    if answered.status is None:
        raise ControlRefused(f"There is no page to read: {answered}.")
    assert tag not in answered.text, "the page repeats the user name as markup"


@check("robustness-consent-page-no-unescaped-reflection", remedy=ESCAPE)
@pytest.mark.parametrize("field", ["state", "x-unknown"])
def test_consent_page_does_not_repeat_parameters_as_markup(
    flow: Flow, form_agent: FormAgent, field: str
) -> None:
    """The consent page does not repeat a parameter of the request as markup."""
    tag = f"<conformance-{secrets.token_hex(4)}>"
    value = f"\"'>{tag}"
    change = Replace(field, value) if field == "state" else Add(field, value)

    page = consent_page(flow, form_agent, change)

    assert tag not in page.markup, f"the consent page repeats {field} as markup"


@check("robustness-consent-page-malformed-form-no-server-error", remedy=SURVIVE)
@pytest.mark.parametrize(
    "form", ["empty", "without-first", "without-second", "without-last", "altered", "huge"]
)
def test_malformed_consent_form_is_answered(flow: Flow, form_agent: FormAgent, form: str) -> None:
    """A consent form with missing or altered fields is answered without a server error."""
    page = consent_page(flow, form_agent)
    decide = page.form_to_decide()
    sent = page.submission(decide, decide.buttons[-1])
    fields = sent.form
    forms = {
        "empty": (),
        "without-first": fields[1:],
        "without-second": (*fields[:1], *fields[2:]),
        "without-last": fields[:-1],
        "altered": tuple((name, f"{value}\udcff\x00") for name, value in fields),
        "huge": tuple((name, value + "a" * HUGE) for name, value in fields),
    }

    dressed = form_agent.dressed(replace(sent, form=forms[form]), referer=page.url)
    answered = flow.visit(dressed, f"the consent form {form}", in_session=False)

    assert answered.survived, f"to a malformed consent form {answered}"


@check("robustness-consent-page-malformed-form-no-server-error", remedy=SURVIVE)
def test_empty_consent_form_is_no_approval(flow: Flow, form_agent: FormAgent) -> None:
    """A consent form without any field is not taken for an approval."""
    page = consent_page(flow, form_agent)
    decide = page.form_to_decide()
    sent = replace(page.submission(decide), form=())

    dressed = form_agent.dressed(sent, referer=page.url)
    answered = flow.visit(dressed, "the consent form empty", in_session=False)

    pairs, _ = parameters(answered.header("location") or "")
    assert "code" not in dict(pairs), "an empty consent form brought a code"
