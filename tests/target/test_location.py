"""Where a browser goes, by the WHATWG URL Standard."""

from __future__ import annotations

import pytest

from conformance.target.location import leaving, origin, resolve

BASE = "https://login.example/a/b?c=d#e"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("x", "https://login.example/a/x"),
        ("./x", "https://login.example/a/x"),
        ("../x", "https://login.example/x"),
        ("%2E%2e/x", "https://login.example/x"),
        ("../../../x", "https://login.example/x"),
        ("/x/.", "https://login.example/x/"),
        ("?x=y", "https://login.example/a/b?x=y"),
        ("#x", "https://login.example/a/b?c=d#x"),
        ("", "https://login.example/a/b?c=d"),
        ("//other.example", "https://other.example/"),
        ("///other.example/x", "https://other.example/x"),
        ("\\\\other.example/x", "https://other.example/x"),
        ("/\\other.example", "https://other.example/"),
        ("https:x", "https://login.example/a/x"),
        ("https:/x", "https://login.example/x"),
        ("http:/x", "http://x/"),
        ("http:x", "http://x/"),
        (" \x00https://other.example/ ", "https://other.example/"),
        ("htt\nps://other\t.example/", "https://other.example/"),
        ("HTTPS://OTHER.example:443/", "https://other.example/"),
        ("https://other.example:8443", "https://other.example:8443/"),
        ("https://login.example@other.example/", "https://login.example@other.example/"),
        ("https://login.example\\@other.example/", "https://login.example/@other.example/"),
        ("https://0x7f.1/", "https://127.0.0.1/"),
        ("https://2130706433/", "https://127.0.0.1/"),
        ("https://127.0.0.1./", "https://127.0.0.1/"),
        ("https://[::1]:443/x", "https://[::1]/x"),
        ("https://%6fther.example/", "https://other.example/"),
        ("https://bücher.example/ä b", "https://xn--bcher-kva.example/%C3%A4%20b"),
        ("com.example.App:/cb?x=1#y", "com.example.app:/cb?x=1#y".replace("app", "app")),
        ("mailto:alice@example.org", "mailto:alice@example.org"),
    ],
)
def test_targets(target: str, expected: str) -> None:
    assert resolve(BASE, target) == expected


@pytest.mark.parametrize(
    "target",
    ["https://", "https://[", "https://a:x/", "https://a b/", "https://1.2.3.4.5/", "http://%00/"],
)
def test_targets_that_no_browser_goes_to(target: str) -> None:
    assert resolve(BASE, target) is None


def is_server(url: str) -> bool:
    return origin(url) == "https://login.example"


@pytest.mark.parametrize(
    ("target", "callback", "expected"),
    [
        ("/next", None, None),
        ("https://login.example.evil.example/", None, "https://login.example.evil.example/"),
        ("https://login.example:444/", None, "https://login.example:444/"),
        ("http://login.example/", None, "http://login.example/"),
        ("/cb?code=1", "https://login.example/cb", "https://login.example/cb?code=1"),
        ("/cb?a=b&code=1", "https://login.example/cb?a=b", "https://login.example/cb?a=b&code=1"),
        ("/cb/next", "https://login.example/cb", None),
        ("/cbx", "https://login.example/cb", None),
        ("/cb#code=1", "https://login.example/cb#fragment", "https://login.example/cb#code=1"),
        ("cb?code=1", "cb", "https://login.example/a/cb?code=1"),
        ("/next", "", None),
        ("https://[", None, "https://["),
    ],
)
def test_leaving_the_server(target: str, callback: str | None, expected: str | None) -> None:
    assert leaving(BASE, target, callback, is_server) == expected
