"""The authorization endpoint and its pages."""

from __future__ import annotations

import pytest

from conformance.server.registrations import PASSWORDS
from tests.server.browsing import FORM, ISSUER, Site

CALLBACK = "https://client.example/callback"


def test_code_state_and_issuer_arrive_at_the_client(site: Site) -> None:
    landed = site.land(state="x y+ü&=/")

    assert landed.keys() == {"code", "state", "iss"}
    assert landed["state"] == "x y+ü&=/"
    assert landed["iss"] == ISSUER


def test_post_is_taken_too(site: Site) -> None:
    answer = site.browser.post("/authorize", data=site.request())

    assert answer.headers["Location"].startswith("/login?request=")


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "nobody"},
        {"client_id": None},
        {"redirect_uri": CALLBACK + "/"},
        {"redirect_uri": CALLBACK + "?x=1"},
        {"redirect_uri": CALLBACK + "#x"},
        {"redirect_uri": "https://client.example:444/callback"},
        {"redirect_uri": "http://client.example/callback"},
        {"redirect_uri": "https://client.example\\@attacker.example/callback"},
        {"redirect_uri": "//client.example/callback"},
        {"redirect_uri": "https://[client.example/callback"},
        {"redirect_uri": "https://client.example:99999999/callback"},
        {"redirect_uri": "javascript:alert(1)"},
    ],
    ids=str,
)
def test_an_invalid_client_or_redirect_uri_gets_a_page(
    site: Site, changes: dict[str, str | None]
) -> None:
    site.land()

    sent = {**site.request(), **changes}
    pairs = {name: value for name, value in sent.items() if value is not None}
    answer = site.browser.get("/authorize", params=pairs)

    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert "Error" in answer.text


def test_a_page_escapes_what_it_repeats(site: Site) -> None:
    answer = site.browser.get("/authorize", params={"client_id": "<script>alert(1)</script>"})

    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_any_loopback_port_will_do_for_the_native_client(site: Site) -> None:
    answer = site.open("native", redirect_uri="http://127.0.0.1:51004/callback")
    other = site.open("native", redirect_uri="http://127.0.0.1:51004/callback/x")
    name = site.open("native", redirect_uri="http://localhost:51004/callback")

    assert answer.status_code == 303
    assert [other.status_code, name.status_code] == [400, 400]


def test_redirect_uri_may_only_be_left_out_if_there_is_one(site: Site) -> None:
    assert site.open("web", redirect_uri=None).status_code == 303
    assert site.open("web-2", redirect_uri=None).status_code == 400


def test_the_query_of_a_redirect_uri_is_kept(site: Site) -> None:
    landed = site.land("web-2", redirect_uri="https://second.example/other?tenant=7")

    assert landed["tenant"] == "7"
    assert "code" in landed


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "CODE"}, "unsupported_response_type"),
        ({"scope": "profile nonsense"}, "invalid_scope"),
        ({"scope": "PROFILE"}, "invalid_scope"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"response_mode": "form_post"}, "invalid_request"),
    ],
    ids=str,
)
def test_an_error_is_told_to_the_client_after_the_login(
    site: Site, changes: dict[str, str | None], error: str
) -> None:
    before = site.open(**changes)

    landed = site.land(**changes)

    assert before.headers["Location"].startswith("/login")
    assert landed["error"] == error
    assert landed["error_description"]
    assert landed["state"] == "a state"
    assert landed["iss"] == ISSUER


def test_a_repeated_parameter_is_an_error(site: Site) -> None:
    site.land()
    pairs = [*site.request().items(), ("scope", "profile")]

    answer = site.browser.get("/authorize", params=pairs)

    assert "error=invalid_request" in answer.headers["Location"]


def test_a_repeated_redirect_uri_gets_a_page(site: Site) -> None:
    pairs = [*site.request().items(), ("redirect_uri", CALLBACK)]

    assert site.browser.get("/authorize", params=pairs).status_code == 400


def test_an_unknown_or_empty_parameter_does_not_matter(site: Site) -> None:
    landed = site.land(nonsense="1", state="", prompt="")

    assert landed.keys() == {"code", "iss"}


def test_bytes_that_are_not_utf8_get_a_page(site: Site) -> None:
    answer = site.browser.get("/authorize?client_id=%ff%00")

    assert answer.status_code == 400


def test_denying_is_told_to_the_client(site: Site) -> None:
    assert site.land(decision="deny")["error"] == "access_denied"


def test_consent_names_client_developer_and_scopes(site: Site) -> None:
    answer = site.sign_in(site.open())

    page = site.browser.get(answer.headers["Location"]).text

    assert "Example Web" in page
    assert "Example Software" in page
    for scope in ("profile", "source:w", "offline_access"):
        assert f"<code>{scope}</code>" in page


def test_consent_is_remembered_for_what_was_allowed(site: Site) -> None:
    site.land(scope="profile")

    assert site.open(scope="profile").headers["Location"].startswith(CALLBACK)
    assert site.open(scope="profile source").headers["Location"].startswith("/consent")
    assert site.open(scope="profile", prompt="consent").headers["Location"].startswith("/consent")


@pytest.mark.parametrize("client_id", ["spa", "native"])
def test_consent_to_a_public_client_is_not_remembered(site: Site, client_id: str) -> None:
    site.land(client_id)

    assert site.open(client_id).headers["Location"].startswith("/consent")


def test_prompts(site: Site) -> None:
    silent = site.open(prompt="none")
    site.land()
    site.clock.advance(1)

    assert "error=login_required" in silent.headers["Location"]
    assert "error=consent_required" in site.open("spa", prompt="none").headers["Location"]
    assert "code=" in site.open(prompt="none").headers["Location"]
    assert site.open(prompt="login").headers["Location"].startswith("/login")
    assert "error=invalid_request" in site.open(prompt="none login").headers["Location"]


def test_login_on_demand_leads_to_the_code(site: Site) -> None:
    site.land()
    site.clock.advance(1)

    assert "code" in site.land(prompt="login")


def test_a_wrong_password_signs_nobody_in(site: Site) -> None:
    login = site.browser.get(site.open().headers["Location"])
    fields = dict(FORM.findall(login.text))

    answer = site.browser.post("/login", data={**fields, "username": "alice", "password": "no"})

    assert answer.status_code == 403
    assert 'name="password"' in answer.text
    assert site.open().headers["Location"].startswith("/login")


def test_guessing_a_password_locks_for_a_while(site: Site) -> None:
    def attempt(password: str) -> int:
        login = site.browser.get(site.open().headers["Location"])
        form = {**dict(FORM.findall(login.text)), "username": "carol", "password": password}
        return site.browser.post("/login", data=form).status_code

    guesses = [attempt("guess") for _ in range(10)]
    locked = attempt(PASSWORDS["carol"])
    site.clock.advance(301)

    assert guesses == [403] * 10
    assert locked == 403
    assert attempt(PASSWORDS["carol"]) == 303


@pytest.mark.parametrize("page", ["/login", "/consent", "/account/applications", "/logout"])
def test_a_form_of_another_site_is_refused(site: Site, page: str) -> None:
    site.land()
    request = site.open("spa").headers["Location"].partition("=")[2]
    form = {"request": request, "decision": "approve", "client_id": "web", "csrf": "guessed"}

    answer = site.browser.post(page, data={**form, "username": "bob", "password": "x"})

    assert answer.status_code == 400
    assert site.open().headers["Location"].startswith(CALLBACK), "consent was withdrawn"


def test_a_login_gives_a_new_session(site: Site) -> None:
    page = site.open()
    before = site.browser.cookies["session"]

    site.sign_in(page)

    assert site.browser.cookies["session"] != before
    fixed = site.new_browser()
    fixed.cookies.set("session", before, domain="embedded.test")
    answer = fixed.get("/authorize", params=site.request())
    assert answer.headers["Location"].startswith("/login")


def test_pages_are_protected(site: Site) -> None:
    login = site.browser.get("/login")

    policy = login.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy
    assert login.headers["X-Frame-Options"] == "DENY"
    assert login.headers["Referrer-Policy"] == "no-referrer"
    assert "<script" not in login.text
    cookie = login.headers["Set-Cookie"]
    assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=Lax"))


def test_a_session_ends(site: Site) -> None:
    site.land()
    site.clock.advance(8 * 3600 + 1)

    assert site.open().headers["Location"].startswith("/login")


def test_signing_out(site: Site) -> None:
    site.land()
    page = site.browser.get("/account/applications")

    site.browser.post("/logout", data={"csrf": dict(FORM.findall(page.text))["csrf"]})

    assert site.open().headers["Location"].startswith("/login")


def test_no_cors_at_the_authorization_endpoint(site: Site) -> None:
    answer = site.browser.get(
        "/authorize", params=site.request(), headers={"Origin": "https://spa.example"}
    )

    assert "Access-Control-Allow-Origin" not in answer.headers
