"""Cookies, kept and sent as a browser does."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from conformance.errors import ProfileError
from conformance.target.cookies import MOST_COOKIES, Cookie, CookieJar, saved_session

URL = "https://login.example/a/b"


@pytest.mark.parametrize(
    ("header", "url", "sent"),
    [
        ("a=1", "https://login.example/a/c", True),
        ("a=1", "https://login.example/other", False),
        ("a=1; Path=/", "https://login.example/other", True),
        ("a=1; Path=/x", "https://login.example/xy", False),
        ("a=1; Path=/x", "https://login.example/x/y", True),
        ("a=1; Path=/", "https://sub.login.example/", False),
        ("a=1; Path=/; Domain=login.example", "https://sub.login.example/", True),
        ("a=1; Path=/; Domain=.example", "https://other.example/", True),
        ("a=1; Path=/; Domain=other.example", "https://other.example/", False),
        ("a=1; Path=/; Secure", "http://login.example/", False),
        ("a=1; Path=/; Max-Age=0", "https://login.example/", False),
        ("a=1; Path=/; Max-Age=-1", "https://login.example/", False),
        ("a=1; Path=/; Max-Age=60", "https://login.example/", True),
        ("a=1; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "https://login.example/", False),
        ("a=1; Path=/; Expires=Thu, 01-Jan-2099 00:00:00 GMT", "https://login.example/", True),
        ("a=1; Path=/; Expires=soon", "https://login.example/", True),
        ("a", "https://login.example/a/c", False),
        ("=1", "https://login.example/a/c", False),
    ],
)
def test_where_a_cookie_goes(header: str, url: str, sent: bool) -> None:
    jar = CookieJar()

    jar.take([header], URL)

    assert jar.header(url) == ("a=1" if sent else "")


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:9", "idp.localhost"])
def test_a_secure_cookie_goes_to_loopback_over_http(host: str) -> None:
    jar = CookieJar()

    jar.take(["a=1; Secure; Path=/"], f"http://{host}/")

    assert jar.header(f"http://{host}/x") == "a=1"


def test_a_cookie_replaces_the_one_of_its_name_and_path() -> None:
    jar = CookieJar()

    jar.take(["a=1; Path=/", "a=2; Path=/a", "a=3; Path=/"], URL)

    assert jar.header(URL) == "a=2; a=3"


def test_the_cookie_that_was_not_sent_for_the_longest_time_goes_first() -> None:
    """A server that leaves a cookie behind at every sign-in must not end the session."""
    jar = CookieJar()
    jar.take(["session=1; path=/"], "https://login.acme.test/")
    for visit in range(2 * MOST_COOKIES):
        jar.take([f"visit=1; path=/visit/{visit}"], "https://login.acme.test/")
        sent = jar.header(f"https://login.acme.test/visit/{visit}")
        assert sent == "visit=1; session=1"

    assert len(jar.all()) == MOST_COOKIES
    assert jar.header("https://login.acme.test/visit/0") == "session=1"


def test_a_cookie_goes_through_a_browsers_storage_and_back() -> None:
    for header in ("a=1; Secure; HttpOnly; SameSite=Lax", "b=2; Domain=login.example; Max-Age=60"):
        cookie = Cookie.parse(header, URL, now=time.time())
        assert cookie is not None
        assert Cookie.from_browser(cookie.to_browser()) == cookie


def test_a_saved_session_is_read(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    cookie = {"name": "s", "value": "1", "domain": "login.example", "path": "/", "expires": -1}
    file.write_text(json.dumps({"cookies": [cookie], "origins": []}))

    jar = CookieJar(saved_session(file))

    assert jar.header("https://login.example/x") == "s=1"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cookies": [1]}'])
def test_what_is_no_saved_session_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "state.json"
    file.write_text(text)

    with pytest.raises(ProfileError, match="not a saved browser session"):
        saved_session(file)


def test_a_saved_session_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="cannot be read"):
        saved_session(tmp_path / "none.json")
