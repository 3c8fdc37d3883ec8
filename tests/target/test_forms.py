"""The user agent that fills in plain forms over HTTP."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from conformance.errors import NotApplicable, PageNotRecognised, SignInRefused
from conformance.profile import PageSettings, Step, UserSettings
from conformance.protocol.answers import Place
from conformance.protocol.request import Draft
from conformance.secret import Secret
from conformance.target.agent import Decision
from conformance.target.forms import FormAgent, ScriptNeeded
from conformance.target.location import origin
from conformance.target.recorder import Recorder
from conformance.target.wire import Wire
from tests.target.sample_site import CALLBACK, KEY, PASSWORD, USERNAME, Site

SERVER = "http://127.0.0.1:8123"


def agent_for(
    site: Site,
    *,
    password: str = PASSWORD,
    username: str = USERNAME,
    pages: PageSettings | None = None,
    totp: str | None = None,
) -> FormAgent:
    return FormAgent(
        Wire(Recorder(), app=site.app()),
        UserSettings(username, Secret(password, "password"), totp and Secret(totp, "key")),
        lambda url: origin(url) == SERVER,
        pages or PageSettings(),
    )


def request(**parameters: str) -> Draft:
    query = {"client_id": "demo", "redirect_uri": CALLBACK, "state": "s1", **parameters}
    return Draft("GET", f"{SERVER}/authorize", query=tuple(query.items()))


def test_signs_in_ticks_the_scopes_and_approves() -> None:
    site = Site()

    visit = agent_for(site).open(request(), callback=CALLBACK)

    assert visit.place is Place.CALLBACK
    assert visit.url == f"{CALLBACK}?code=c0de-0123456789&state=s1"
    assert visit.redirect_status == 302
    assert visit.from_submission
    assert [page.kind for page in visit.pages] == [Place.LOGIN, Place.CONSENT]
    assert site.posted[2] == {
        "csrf": ["t0ken-of-the-form"],
        "username": [USERNAME],
        "password": [PASSWORD],
        "go": ["1"],
    }
    assert site.headers[2]["Origin"] == SERVER
    assert site.headers[2]["Referer"].startswith(f"{SERVER}/login?")


def test_a_second_visit_in_the_same_session_meets_no_page() -> None:
    agent = agent_for(Site())
    agent.open(request(), callback=CALLBACK)

    visit = agent.open(request(state="s2"), callback=CALLBACK)

    assert visit.url.endswith("state=s2")
    assert visit.pages == ()
    assert not visit.from_submission
    assert agent.cookies() == {"session": "signed-in", "agreed": "yes"}


def test_a_fresh_session_has_no_cookie() -> None:
    agent = agent_for(Site())
    agent.open(request(), callback=CALLBACK)

    visit = agent.fresh().open(request(), callback=CALLBACK)

    assert [page.kind for page in visit.pages] == [Place.LOGIN, Place.CONSENT]


def test_denies() -> None:
    visit = agent_for(Site()).open(request(), callback=CALLBACK, decision=Decision.DENY)

    assert parse_qs(urlsplit(visit.url).query) == {"error": ["access_denied"], "state": ["s1"]}


def test_looks_at_the_consent_page_and_leaves() -> None:
    site = Site()

    visit = agent_for(site).open(request(), callback=CALLBACK, decision=Decision.LOOK)

    assert visit.place is Place.CONSENT
    assert visit.from_submission
    assert "See your profile" in visit.text
    assert ("POST", "/consent") not in site.seen


def test_stays_out() -> None:
    visit = agent_for(Site()).open(request(), callback=CALLBACK, decision=Decision.STAY_OUT)

    assert visit.place is Place.LOGIN


def test_signs_in_by_two_steps() -> None:
    visit = agent_for(Site(two_steps=True)).open(request(), callback=CALLBACK)

    assert visit.place is Place.CALLBACK
    assert [page.kind for page in visit.pages] == [Place.LOGIN, Place.LOGIN, Place.CONSENT]


def test_an_unknown_name_in_two_steps_is_a_refused_sign_in() -> None:
    with pytest.raises(SignInRefused, match="does not know the user mallory"):
        agent_for(Site(two_steps=True), username="mallory").open(request(), callback=CALLBACK)


@pytest.mark.parametrize("two_steps", [False, True])
def test_a_wrong_password_is_a_refused_sign_in(two_steps: bool) -> None:
    site = Site(two_steps=two_steps)

    with pytest.raises(SignInRefused, match="did not let alice in") as caught:
        agent_for(site, password="wrong-password").open(request(), callback=CALLBACK)

    assert "Wrong user name or password" in str(caught.value)
    assert "wrong-password" not in str(caught.value)
    assert sum(method == "POST" for method, _ in site.seen) == (2 if two_steps else 1)


def test_an_error_page_ends_the_way() -> None:
    visit = agent_for(Site()).open(request(client_id="unknown"), callback=CALLBACK)

    assert visit.place is Place.ERROR
    assert visit.status == 400
    assert "Unknown client" in visit.text


def test_the_request_can_be_a_post() -> None:
    sent = request()
    draft = replace(sent, method="POST", form=sent.query, query=())

    visit = agent_for(Site()).open(draft, callback=CALLBACK)

    assert visit.place is Place.CALLBACK


@pytest.mark.parametrize(
    ("landing", "expected"),
    [
        ("fragment", f"{CALLBACK}#code=c0de-0123456789&state=s1"),
        ("form", f"{CALLBACK}?code=c0de-0123456789&state=s1"),
        ("refresh", f"{CALLBACK}?code=c0de-0123456789&state=s1"),
    ],
)
def test_every_way_to_the_callback_is_seen(landing: str, expected: str) -> None:
    visit = agent_for(Site(landing=landing)).open(request(), callback=CALLBACK)

    assert visit.place is Place.CALLBACK
    assert visit.url == expected
    assert visit.redirect_status == (302 if landing == "fragment" else None)


def test_a_script_that_redirects_needs_a_browser() -> None:
    with pytest.raises(ScriptNeeded) as caught:
        agent_for(Site(landing="script")).open(request(), callback=CALLBACK)

    assert caught.value.url is None
    assert [page.kind for page in caught.value.pages] == [
        Place.LOGIN,
        Place.CONSENT,
        Place.OTHER,
    ]


def test_a_page_made_by_script_names_the_url_to_go_on_from() -> None:
    with pytest.raises(ScriptNeeded) as caught:
        agent_for(Site(scripted=True)).open(request(), callback=CALLBACK)

    assert urlsplit(caught.value.url or "").path == "/consent"


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("https://attacker.example/x", "https://attacker.example/x"),
        ("//attacker.example/x?code=1", "http://attacker.example/x?code=1"),
        ("\\\\attacker.example\\x", "http://attacker.example/x"),
        ("/\\attacker.example/x", "http://attacker.example/x"),
        ("https:\\\\attacker.example", "https://attacker.example/"),
        ("ht\ttps://attacker.example/", "https://attacker.example/"),
        ("com.example.app:/cb?code=1", "com.example.app:/cb?code=1"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("http://127.0.0.1:8123@attacker.example/", "http://127.0.0.1:8123@attacker.example/"),
        ("http://[", "http://["),
    ],
)
def test_a_location_is_judged_by_where_a_browser_would_go(location: str, expected: str) -> None:
    draft = Draft("GET", f"{SERVER}/to", query=(("to", location),))

    visit = agent_for(Site()).open(draft, callback=CALLBACK)

    assert visit.place is Place.CALLBACK
    assert visit.url == expected


@pytest.mark.parametrize(
    "location",
    ["/page/empty", "page/empty", "HTTP://127.0.0.1:8123/x/../page/empty", "\\page\\empty"],
)
def test_a_location_at_the_server_is_followed(location: str) -> None:
    draft = Draft("GET", f"{SERVER}/to", query=(("to", location),))

    visit = agent_for(Site()).open(draft, callback=CALLBACK)

    assert visit.place is Place.OTHER
    assert visit.text == "Hello."


def test_a_callback_at_the_server_is_never_visited() -> None:
    site = Site()
    draft = Draft("GET", f"{SERVER}/to", query=(("to", "/cb?code=1"),))

    visit = agent_for(site).open(draft, callback=f"{SERVER}/cb")

    assert (visit.place, visit.url) == (Place.CALLBACK, f"{SERVER}/cb?code=1")
    assert site.seen == [("GET", "/to")]


def test_a_callback_that_is_the_start_of_the_servers_pages_is_not_taken_for_one() -> None:
    draft = Draft("GET", f"{SERVER}/to", query=(("to", "/page/empty"),))

    visit = agent_for(Site()).open(draft, callback=f"{SERVER}/")

    assert visit.place is Place.OTHER


@pytest.mark.parametrize(
    ("name", "place"),
    [("empty", Place.OTHER), ("words", Place.ERROR), ("signed-out", Place.OTHER)],
)
def test_pages_without_anything_to_do_end_the_way(name: str, place: Place) -> None:
    visit = agent_for(Site()).open(Draft("GET", f"{SERVER}/page/{name}"), callback=None)

    assert visit.place is place
    assert visit.status == 200


def test_a_second_factor_is_said_in_one_sentence() -> None:
    with pytest.raises(PageNotRecognised, match="second factor: switch it off"):
        agent_for(Site()).open(Draft("GET", f"{SERVER}/page/code"), callback=None)


def test_a_one_time_password_is_given_where_the_profile_has_its_key() -> None:
    visit = agent_for(Site(factor=KEY), totp=KEY).open(request(), callback=CALLBACK)

    assert visit.place is Place.CALLBACK
    assert [page.kind for page in visit.pages] == [Place.LOGIN, Place.LOGIN, Place.CONSENT]
    assert visit.pages[1].recognised.startswith("by a field for a one-time code: totp into")


def test_a_one_time_password_is_given_digit_by_digit() -> None:
    site = Site(factor=KEY, factor_page="digits")

    visit = agent_for(site, totp=KEY).open(request(), callback=CALLBACK)

    assert visit.place is Place.CALLBACK
    assert visit.pages[1].recognised.startswith("by a field for each digit of a code: totp into")
    (given,) = [form["otp"] for form in site.posted if "otp" in form]
    assert [len(digit) for digit in given] == [1] * 6


def test_a_one_time_password_of_another_key_is_a_refused_sign_in() -> None:
    other = "GEZDGNBVGY3TQOJQ"

    with pytest.raises(SignInRefused, match="did not accept the one-time code"):
        agent_for(Site(factor=KEY), totp=other).open(request(), callback=CALLBACK)


def test_a_captcha_is_said_in_one_sentence() -> None:
    with pytest.raises(PageNotRecognised, match="captcha: switch it off"):
        agent_for(Site()).open(Draft("GET", f"{SERVER}/page/captcha"), callback=None)


def test_redirects_without_end_are_bounded() -> None:
    to_itself = Draft("GET", f"{SERVER}/to", query=(("to", "?to=/to"),))
    loop = replace(to_itself, query=(("to", "/authorize"),))
    site = Site()
    site_app = site.app()
    site_app.view_functions["_authorize"] = lambda: ("", 302, {"Location": "/authorize"})
    agent = FormAgent(
        Wire(Recorder(), app=site_app),
        UserSettings(USERNAME, Secret(PASSWORD)),
        lambda url: origin(url) == SERVER,
    )

    with pytest.raises(PageNotRecognised, match="did not end within 40 requests"):
        agent.open(loop, callback=CALLBACK)


def test_the_password_is_a_secret_of_the_recorder() -> None:
    agent = agent_for(Site())
    mark = agent.wire.recorder.mark()

    agent.open(request(), callback=CALLBACK)

    told = str(agent.wire.recorder.since(mark))
    assert "horse" not in told
    assert "c0de-0123456789" not in told


def test_what_the_profile_says_of_the_pages_wins() -> None:
    pages = PageSettings(approve=(Step("button[value=deny]"),))

    visit = agent_for(Site(), pages=pages).open(request(), callback=CALLBACK)

    assert "error=access_denied" in visit.url


def test_a_consent_page_with_one_control_offers_no_way_to_deny() -> None:
    site = Site()
    app = site.app()
    app.view_functions["_authorize"] = lambda: (
        "<h1>Demo wants to access your account</h1><form method=post><button>Allow</button></form>"
    )
    agent = FormAgent(
        Wire(Recorder(), app=app),
        UserSettings(USERNAME, Secret(PASSWORD)),
        lambda url: origin(url) == SERVER,
    )

    with pytest.raises(NotApplicable, match="no way to deny"):
        agent.open(request(), callback=CALLBACK, decision=Decision.DENY)


def test_the_wire_itself_keeps_no_cookie() -> None:
    site = Site()
    sets_cookie = Draft("GET", f"{SERVER}/cookie")
    site_app = site.app()
    site_app.add_url_rule("/cookie", view_func=lambda: ("", 200, {"Set-Cookie": "a=b"}))
    wire = Wire(Recorder(), app=site_app)

    wire.send(sets_cookie, who="client")
    wire.send(sets_cookie, who="client")

    assert "Cookie" not in site.headers[1]
