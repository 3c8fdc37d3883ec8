"""The user agents at the embedded server, in process and behind a real port."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from conformance.errors import SignInRefused
from conformance.profile import UserSettings
from conformance.protocol.answers import Place
from conformance.protocol.request import Draft
from conformance.secret import Secret
from conformance.server.dialects import DIALECTS
from conformance.server.registrations import PASSWORDS, demonstration
from conformance.server.running import embedded
from conformance.target import attacker
from conformance.target.agent import Decision, UserAgent
from conformance.target.browser import Browser, BrowserAgent
from conformance.target.forms import FormAgent
from conformance.target.location import origin
from conformance.target.recorder import Recorder
from conformance.target.wire import Wire

CLIENT = next(c for c in demonstration().clients if c.confidential and c.redirect_uris)
CALLBACK = CLIENT.redirect_uris[0]
ALICE = UserSettings("alice", Secret(PASSWORDS["alice"], "password of alice"))


def endpoint(issuer: str, dialect: str) -> str:
    """Where the dialect's authorization endpoint is."""
    return f"{issuer}{DIALECTS[dialect]().paths.authorization}"


@pytest.fixture(params=["standard", "ilert"])
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def url_and_forms(dialect: str) -> Iterator[tuple[str, FormAgent]]:
    with embedded(dialect, in_process=True) as server:
        wire = Wire(Recorder(), app=server.app)
        yield (
            endpoint(server.issuer, dialect),
            FormAgent(wire, ALICE, lambda url: origin(url) == server.issuer),
        )


@pytest.fixture
def url_and_browser(dialect: str, browser: Browser) -> Iterator[tuple[str, BrowserAgent]]:
    with embedded(dialect) as server:
        wire = Wire(browser.recorder)
        yield (
            endpoint(server.issuer, dialect),
            BrowserAgent(browser, wire, ALICE, lambda url: origin(url) == server.issuer),
        )
        wire.close()


def request(endpoint_url: str, **parameters: str) -> Draft:
    query = {
        "response_type": "code",
        "client_id": CLIENT.client_id,
        "redirect_uri": CALLBACK,
        "scope": "profile",
        "state": "s1",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
        **parameters,
    }
    return Draft("GET", endpoint_url, query=tuple(query.items()))


def goes_through_everything(url: str, agent: UserAgent) -> None:
    """Approves, comes again, denies, looks, and is refused, each in one session."""
    asked = request(url)

    first = agent.open(asked, callback=CALLBACK)
    again = agent.open(asked, callback=CALLBACK)
    fresh = agent.fresh()
    denied = fresh.open(request(url, prompt="consent"), callback=CALLBACK, decision=Decision.DENY)
    outside = agent.fresh().open(asked, callback=CALLBACK, decision=Decision.STAY_OUT)
    refused = agent.open(
        request(url, redirect_uri="https://attacker.example/"),
        callback="https://attacker.example/",
    )

    assert [page.kind for page in first.pages] == [Place.LOGIN, Place.CONSENT]
    assert "code" in parse_qs(urlsplit(first.url).query)
    assert "code" in parse_qs(urlsplit(again.url).query)
    assert Place.LOGIN not in [page.kind for page in again.pages]
    assert parse_qs(urlsplit(denied.url).query)["error"] == ["access_denied"]
    assert outside.place is Place.LOGIN
    assert refused.place is Place.ERROR


def test_the_form_agent(url_and_forms: tuple[str, FormAgent]) -> None:
    url, agent = url_and_forms

    goes_through_everything(url, agent)


def test_the_browser(url_and_browser: tuple[str, BrowserAgent]) -> None:
    url, agent = url_and_browser

    goes_through_everything(url, agent)


def test_the_pages_cannot_be_framed(url_and_browser: tuple[str, BrowserAgent]) -> None:
    url, agent = url_and_browser

    framing = attacker.framed(agent, request(url).full_url)

    assert (framing.framed, framing.twin_framed) == (False, True)


def test_a_wrong_password_is_refused(url_and_forms: tuple[str, FormAgent]) -> None:
    url, agent = url_and_forms
    agent.user = replace(ALICE, password=Secret("not her password"))

    with pytest.raises(SignInRefused, match="did not let alice in"):
        agent.open(request(url), callback=CALLBACK)
