"""Pages of many shapes, driven to their end by forms and in a browser: approved and denied."""

from __future__ import annotations

import itertools
from contextlib import closing
from dataclasses import dataclass

import pytest
from flask import Flask, Response, redirect, request

from conformance.profile import UserSettings
from conformance.protocol.answers import Place
from conformance.protocol.request import Draft
from conformance.secret import Secret
from conformance.target.agent import Decision, Visit
from conformance.target.browser import Browser, BrowserAgent
from conformance.target.forms import FormAgent
from conformance.target.location import origin
from conformance.target.recorder import Recorder
from conformance.target.wire import Wire
from tests.target.conftest import Serve
from tests.target.page_variants import CONSENTS, DECIDE, LOGINS, SIGN_IN, Login
from tests.target.sample_site import CALLBACK, PASSWORD

SERVER = "http://127.0.0.1:8123"
USERNAME = "alice@example.com"
"""A browser sends no other name from a field for an e-mail address."""
USER = UserSettings(USERNAME, Secret(PASSWORD, "password"), None)

APPROVING = {
    "two buttons": ("d", "1"),
    "inputs": ("allow", None),
    "two forms": ("path", "/a"),
}
"""By what the site knows an approval: a field and its value (None: any), or the path."""


@dataclass(frozen=True)
class Site:
    """Two pages of a login page's and a consent page's shape, in two languages."""

    login: Login
    language: str
    consent: str
    words: str

    def app(self) -> Flask:
        app = Flask(__name__)
        app.add_url_rule("/authorize", view_func=self._begin)
        app.add_url_rule("/", "any", view_func=self._any, methods=["GET", "POST"])
        app.add_url_rule("/<path:_>", "any", view_func=self._any, methods=["GET", "POST"])
        return app

    def _begin(self) -> Response:
        return redirect("/interaction")  # type: ignore[return-value]

    def _any(self, _: str = "") -> Response:
        signed_in = request.cookies.get("session") == "signed-in"
        if request.method == "POST":
            return self._decided() if signed_in else self._sign_in()
        return Response(self._consent() if signed_in else self._login())

    def _login(self) -> str:
        words = SIGN_IN[self.language]
        return f"<title>{words[2]}</title>{self.login.html.format(*words)}"

    def _consent(self) -> str:
        words = DECIDE[self.words]
        return f"<h1>{words[0]}</h1>{CONSENTS[self.consent].format(*words)}"

    def _sign_in(self) -> Response:
        form = request.form
        right = (USERNAME, PASSWORD)
        if (form.get(self.login.user_field), form.get(self.login.password_field)) != right:
            return Response(self._login(), 401)
        answer = redirect("/interaction", 303)
        answer.set_cookie("session", "signed-in")
        return answer  # type: ignore[return-value]

    def _decided(self) -> Response:
        name, value = APPROVING[self.consent]
        given = {"path": request.path, **request.form}
        approved = name in given if value is None else given.get(name) == value
        outcome = "code=c0de-0123456789" if approved else "error=access_denied"
        return redirect(f"{CALLBACK}?{outcome}&state=s1", 303)  # type: ignore[return-value]


VARIANTS = [
    Site(login, language, consent, words)
    for (login, language), consent, words in zip(
        itertools.product(LOGINS, SIGN_IN),
        itertools.cycle(APPROVING),
        itertools.cycle(DECIDE),
        strict=False,
    )
]


def test_there_are_enough_of_them() -> None:
    assert len(VARIANTS) >= 40
    assert {site.words for site in VARIANTS} == set(DECIDE)


PARAMETERS = pytest.mark.parametrize(
    "site", VARIANTS, ids=lambda s: f"{s.login.name}-{s.language}-{s.consent}-{s.words}"
)


def asked(at: str) -> Draft:
    query = (("client_id", "demo"), ("redirect_uri", CALLBACK), ("state", "s1"))
    return Draft("GET", f"{at}/authorize", query=query)


def assert_driven(visit: Visit, decision: Decision) -> None:
    outcome = "code=c0de-0123456789" if decision is Decision.APPROVE else "error=access_denied"
    assert visit.place is Place.CALLBACK
    assert visit.url == f"{CALLBACK}?{outcome}&state=s1"
    assert [page.kind for page in visit.pages] == [Place.LOGIN, Place.CONSENT]


@pytest.mark.parametrize("decision", [Decision.APPROVE, Decision.DENY], ids=lambda one: one.name)
@PARAMETERS
def test_a_page_is_driven_to_its_end(site: Site, decision: Decision) -> None:
    agent = FormAgent(Wire(Recorder(), app=site.app()), USER, lambda url: origin(url) == SERVER)

    visit = agent.open(asked(SERVER), callback=CALLBACK, decision=decision)

    assert_driven(visit, decision)


@PARAMETERS
def test_a_page_is_driven_in_the_browser(
    site: Site, serve: Serve, browser: Browser, recorder: Recorder
) -> None:
    decision = (Decision.APPROVE, Decision.DENY)[VARIANTS.index(site) % 2]
    at = serve(site)
    with closing(Wire(recorder)) as wire:
        agent = BrowserAgent(
            browser, wire, USER, lambda url: origin(url) == at, always_browser=True
        )

        visit = agent.open(asked(at), callback=CALLBACK, decision=decision)

    assert_driven(visit, decision)
