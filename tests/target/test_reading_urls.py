"""Where a browser goes: what Chromium says, and what is said without one."""

from __future__ import annotations

from conformance.model import Exchange
from conformance.probing import redirect_uris
from conformance.probing.search import Limits, search
from conformance.target.browser import Browser
from conformance.target.departures import Departure, departures
from conformance.target.location import origin, resolve

BASE = "https://server.example/authorize"
REGISTERED = ("https://client.example/callback", "http://127.0.0.1:8765/cb")


def test_the_browser_reads_urls_by_its_own_parser(browser: Browser) -> None:
    read = browser.read_url

    assert read(BASE, "/\\attacker.example/x") == "https://attacker.example/x"
    assert read(BASE, "https:\\\\cli\tent.example/") == "https://client.example/"
    assert read(BASE, "callback?x") == "https://server.example/callback?x"
    assert read(BASE, "https://[::/") is None


def test_it_reads_on_after_it_was_killed(browser: Browser) -> None:
    assert browser.read_url(BASE, "/a") == "https://server.example/a"
    browser.close()

    assert browser.read_url(BASE, "/b") == "https://server.example/b"


def test_no_spelling_leads_elsewhere_without_a_browser(browser: Browser) -> None:
    drawn: list[str] = []
    for registered in REGISTERED:
        search(redirect_uris.spellings(registered), drawn.append, Limits(150, 60), 5)

    apart = [
        (uri, ours, its)
        for uri in drawn
        if (ours := resolve(BASE, uri)) is not None
        and (its := browser.read_url(BASE, uri)) is not None
        and origin(ours) != origin(its)
    ]

    assert len(drawn) == 300
    assert apart == []


def test_a_departure_is_a_redirect_that_leaves_the_server() -> None:
    def answered(status: int, location: str) -> Exchange:
        return Exchange(
            who="browser",
            method="GET",
            url=BASE,
            status=status,
            answer_headers=(("Location", location),),
        )

    found = departures(
        [
            answered(303, "/login"),
            answered(303, "/\\attacker.example/x?code=1"),
            answered(200, "https://attacker.example/"),
            answered(302, "https://[::/"),
        ],
        resolve,
        lambda url: url.startswith("https://server.example/"),
    )

    assert list(found) == [
        Departure("/\\attacker.example/x?code=1", "https://attacker.example/x?code=1")
    ]
    assert str(Departure("/\\a.example/x?code=1", "https://a.example/x?code=1")) == (
        "to '/\\\\a.example/x', which it reads as 'https://a.example/x'"
    )
