"""The human at a real Chromium, against a site of ours on a real port."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance.errors import DeadlineExceeded, ServerUnreachable, SignInRefused
from conformance.profile import PageSettings, UserSettings
from conformance.protocol.answers import Place
from conformance.protocol.request import Draft
from conformance.secret import Secret
from conformance.target import attacker
from conformance.target import browser as browser_module
from conformance.target.agent import Decision
from conformance.target.browser import Browser, BrowserAgent
from conformance.target.chromium import BrowserBinary, Search
from conformance.target.location import origin
from conformance.target.recorder import Recorder
from conformance.target.wire import Wire
from tests.target.conftest import Serve
from tests.target.sample_site import CALLBACK, KEY, PASSWORD, USERNAME, Site


@pytest.fixture
def agent_at(browser: Browser, recorder: Recorder) -> Iterator[Callable[..., BrowserAgent]]:
    wires: list[Wire] = []

    def make(
        url: str,
        *,
        password: str = PASSWORD,
        totp: str | None = None,
        always_browser: bool = False,
    ) -> BrowserAgent:
        wires.append(Wire(recorder))
        user = UserSettings(USERNAME, Secret(password, "password"), totp and Secret(totp, "key"))
        return BrowserAgent(
            browser,
            wires[-1],
            user,
            lambda there: origin(there) == url,
            PageSettings(),
            always_browser=always_browser,
        )

    yield make
    for wire in wires:
        wire.close()


def request(url: str, **parameters: str) -> Draft:
    query = {"client_id": "demo", "redirect_uri": CALLBACK, "state": "s1", **parameters}
    return Draft("GET", f"{url}/authorize", query=tuple(query.items()))


AgentAt = Callable[..., BrowserAgent]


@pytest.mark.parametrize("scripted", [False, True])
def test_signs_in_and_approves(serve: Serve, agent_at: AgentAt, scripted: bool) -> None:
    url = serve(Site(scripted=scripted))

    visit = agent_at(url).open(request(url), callback=CALLBACK)

    assert visit.place is Place.CALLBACK
    assert visit.url == f"{CALLBACK}?code=c0de-0123456789&state=s1"
    assert visit.redirect_status == 302
    assert visit.from_submission
    assert [page.kind for page in visit.pages] == [Place.LOGIN, Place.CONSENT]


@pytest.mark.parametrize("page", ["code", "digits"])
def test_a_one_time_password_is_given(serve: Serve, agent_at: AgentAt, page: str) -> None:
    url = serve(Site(factor=KEY, factor_page=page))

    visit = agent_at(url, totp=KEY).open(request(url), callback=CALLBACK)

    assert visit.place is Place.CALLBACK
    assert [page.kind for page in visit.pages] == [Place.LOGIN, Place.LOGIN, Place.CONSENT]


def test_every_exchange_is_recorded_and_the_password_is_not(
    serve: Serve, agent_at: AgentAt, recorder: Recorder
) -> None:
    url = serve(Site())
    mark = recorder.mark()

    agent_at(url).open(request(url), callback=CALLBACK)

    story = recorder.since(mark)
    told = [(e.method, e.url.split("?")[0].removeprefix(url), e.status) for e in story]
    assert told == [
        ("GET", "/authorize", 302),
        ("GET", "/login", 200),
        ("POST", "/login", 303),
        ("GET", "/authorize", 303),
        ("GET", "/consent", 200),
        ("POST", "/consent", 302),
    ]
    assert "horse" not in str(story)
    assert "c0de-0123456789" not in str(story)
    assert "password=«password" in story[2].request_body
    assert "See your profile" in story[4].answer_body
    assert any(name.lower() == "cookie" for name, _ in story[3].request_headers)
    assert (story[5].header("location") or "").startswith(f"{CALLBACK}?code=«code")


def test_after_the_sign_in_it_goes_over_http(
    serve: Serve, agent_at: AgentAt, recorder: Recorder
) -> None:
    site = Site()
    url = serve(site)
    agent = agent_at(url)
    agent.open(request(url), callback=CALLBACK)
    sent_before = agent.wire.requests

    visit = agent.open(request(url, state="s2"), callback=CALLBACK)

    assert visit.url.endswith("state=s2")
    assert agent.wire.requests == sent_before + 1
    assert site.headers[-1]["User-Agent"] == site.headers[0]["User-Agent"]
    assert "Headless" not in site.headers[0]["User-Agent"]


def test_a_page_made_by_script_is_left_to_the_browser(serve: Serve, agent_at: AgentAt) -> None:
    url = serve(Site(scripted=True))
    agent = agent_at(url)
    agent.open(request(url), callback=CALLBACK, decision=Decision.LOOK)

    visit = agent.open(request(url), callback=CALLBACK, decision=Decision.DENY)

    assert "error=access_denied" in visit.url
    assert [page.kind for page in visit.pages] == [Place.CONSENT]


@pytest.mark.parametrize(
    ("landing", "callback"),
    [
        *((way, CALLBACK) for way in ("redirect", "fragment", "form", "script", "refresh")),
        *((way, "com.example.app:/cb") for way in ("fragment", "script")),
        *((way, "http://127.0.0.1:9/callback") for way in ("redirect", "form")),
    ],
)
def test_every_way_to_every_callback_is_seen(
    serve: Serve, agent_at: AgentAt, landing: str, callback: str
) -> None:
    url = serve(Site(landing=landing))
    agent = agent_at(url, always_browser=True)

    visit = agent.open(request(url, redirect_uri=callback), callback=callback)

    mark = "#" if landing == "fragment" else "?"
    assert visit.place is Place.CALLBACK
    assert visit.url == f"{callback}{mark}code=c0de-0123456789&state=s1"
    assert visit.redirect_status == (302 if landing in ("redirect", "fragment") else None)


def test_a_wrong_password_is_a_refused_sign_in(serve: Serve, agent_at: AgentAt) -> None:
    site = Site()
    url = serve(site)

    with pytest.raises(SignInRefused, match="Wrong user name or password"):
        agent_at(url, password="wrong-password").open(request(url), callback=CALLBACK)

    assert site.seen.count(("POST", "/login")) == 1


def test_a_form_that_the_browser_holds_back_is_said(serve: Serve, agent_at: AgentAt) -> None:
    site = Site()
    url = serve(site)

    with pytest.raises(SignInRefused, match=r'The browser did not send the form: ".*@.*"'):
        agent_at(url).open(Draft("GET", f"{url}/page/mail"), callback=CALLBACK)

    assert ("POST", "/login") not in site.seen


def test_signs_in_by_two_steps(serve: Serve, agent_at: AgentAt) -> None:
    url = serve(Site(two_steps=True))

    visit = agent_at(url).open(request(url), callback=CALLBACK)

    assert [page.kind for page in visit.pages] == [Place.LOGIN, Place.LOGIN, Place.CONSENT]


def test_an_error_page_ends_the_way(serve: Serve, agent_at: AgentAt) -> None:
    url = serve(Site())

    visit = agent_at(url).open(request(url, client_id="unknown"), callback=CALLBACK)

    assert (visit.place, visit.status) == (Place.ERROR, 400)
    assert "Unknown client" in visit.text


def test_the_request_can_be_a_post(serve: Serve, agent_at: AgentAt) -> None:
    url = serve(Site())
    sent = request(url)
    draft = Draft("POST", sent.url, form=sent.query)

    visit = agent_at(url).open(draft, callback=CALLBACK, decision=Decision.STAY_OUT)

    assert visit.place is Place.LOGIN


def test_a_fresh_human_has_no_session(serve: Serve, agent_at: AgentAt) -> None:
    url = serve(Site())
    agent = agent_at(url)
    agent.open(request(url), callback=CALLBACK)

    visit = agent.fresh().open(request(url), callback=CALLBACK, decision=Decision.STAY_OUT)

    assert visit.place is Place.LOGIN
    assert agent.cookies() == {"session": "signed-in", "agreed": "yes"}


def test_the_flags_of_cookies_are_kept(serve: Serve, agent_at: AgentAt) -> None:
    url = serve(Site())
    agent = agent_at(url)
    agent.open(request(url), callback=CALLBACK)

    session = next(cookie for cookie in agent.jar.all() if cookie.name == "session")

    assert (session.secure, session.http_only, session.same_site) == (True, True, "Lax")
    assert (session.domain, session.path) == ("127.0.0.1", "/")


def test_a_server_that_is_not_there_is_unreachable(agent_at: AgentAt) -> None:
    with pytest.raises(ServerUnreachable, match="cannot be opened"):
        agent_at("http://127.0.0.1:9").open(request("http://127.0.0.1:9"), callback=CALLBACK)


def test_a_page_that_hangs_costs_the_browser_and_not_the_run(
    serve: Serve, agent_at: AgentAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser_module, "LONGEST_VISIT", 2.0)
    monkeypatch.setattr(browser_module, "LONGEST_ACTION", 0.5)
    url = serve(Site())
    started = time.monotonic()

    with pytest.raises(DeadlineExceeded, match="hung"):
        agent_at(url).open(Draft("GET", f"{url}/page/busy"), callback=None)

    assert time.monotonic() - started < 8
    monkeypatch.undo()
    assert agent_at(url).open(request(url), callback=CALLBACK).place is Place.CALLBACK


def test_a_browser_that_is_slow_to_come_takes_no_time_from_the_server(
    serve: Serve, agent_at: AgentAt, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = Search.find

    def slowly(search: Search, own: str | None) -> BrowserBinary:
        time.sleep(9.0)
        return find(search, own)

    monkeypatch.setattr(Search, "find", slowly)
    monkeypatch.setattr(browser_module, "LONGEST_VISIT", 8.0)
    url = serve(Site())
    agent = agent_at(url)
    agent.wire.until = time.monotonic() + 8.0
    browser.close()

    visit = agent.open(request(url), callback=CALLBACK)

    assert visit.place is Place.CALLBACK


def test_pictures_are_taken_once_of_each_page(
    serve: Serve, agent_at: AgentAt, browser: Browser, recorder: Recorder
) -> None:
    url = serve(Site())
    folder = browser.pictures or Path()
    agent_at(url).open(request(url), callback=CALLBACK)

    taken = recorder.pictures_since(0)

    assert {picture.name for picture in taken} >= {
        "login page at /login",
        "consent page at /consent",
    }
    assert len({picture.name for picture in taken}) == len(taken)
    assert all((folder / picture.file).is_file() for picture in taken)


def test_a_single_page_application_is_driven(
    serve: Serve, agent_at: AgentAt, recorder: Recorder
) -> None:
    url = serve(Site())
    mark = recorder.mark()

    visit = agent_at(url).open(Draft("GET", f"{url}/spa"), callback=CALLBACK)

    assert visit.place is Place.CALLBACK
    assert [page.kind for page in visit.pages] == [Place.LOGIN, Place.LOGIN, Place.CONSENT]
    story = recorder.since(mark)
    assert "requested by the page (fetch)" in {exchange.note for exchange in story}
    assert "horse" not in str(story)


def test_a_single_page_application_that_refuses_is_a_refused_sign_in(
    serve: Serve, agent_at: AgentAt
) -> None:
    url = serve(Site())

    with pytest.raises(SignInRefused, match="That password is not right"):
        agent_at(url, password="wrong-password").open(Draft("GET", f"{url}/spa"), callback=CALLBACK)


@pytest.mark.parametrize("name", ["scroll", "covered"])
def test_what_stands_before_the_button_is_overcome(
    serve: Serve, agent_at: AgentAt, name: str
) -> None:
    url = serve(Site())
    agent = agent_at(url, always_browser=True)
    agent.open(request(url), callback=CALLBACK)

    visit = agent.open(Draft("GET", f"{url}/page/{name}"), callback=CALLBACK)

    assert "code=" in visit.url


@pytest.mark.parametrize(("name", "framed"), [("protected", False), ("empty", True)])
def test_framing_by_a_foreign_page(
    serve: Serve, agent_at: AgentAt, name: str, framed: bool
) -> None:
    url = serve(Site())

    framing = attacker.framed(agent_at(url), f"{url}/page/{name}")

    assert framing.framed is framed
    assert framing.twin_framed
    assert framing.status == 200
    policy = dict(framing.headers).get("Content-Security-Policy")
    assert policy == (None if framed else "frame-ancestors 'none'")


def test_the_referrers_of_requests_that_leave_the_server_are_told(
    serve: Serve, agent_at: AgentAt
) -> None:
    url = serve(Site())

    referrers = agent_at(url).referrers(request(url), callback=CALLBACK)

    assert [(there.url.split("?")[0], there.referer) for there in referrers] == [
        (CALLBACK, f"{url}/")
    ]
