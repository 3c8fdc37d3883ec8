"""Where a browser landed: what came in the query, and what in the fragment."""

from __future__ import annotations

import pytest

from conformance.protocol.answers import Landing, Place, parameters
from conformance.protocol.request import Draft

SENT = Draft("GET", "https://as.example/authorize")


def landed(url: str, place: Place = Place.CALLBACK) -> Landing:
    pairs, in_fragment = parameters(url)
    return Landing(place, url, SENT, parameters=pairs, in_fragment=in_fragment)


@pytest.mark.parametrize(
    ("url", "query", "fragment"),
    [
        ("https://c.example/cb?a=1#access_token=t", {"a": "1"}, {"access_token": "t"}),
        ("https://c.example/cb?access_token=t", {"access_token": "t"}, {}),
        ("https://c.example/cb", {}, {}),
    ],
)
def test_query_and_fragment_are_told_apart(
    url: str, query: dict[str, str], fragment: dict[str, str]
) -> None:
    landing = landed(url)

    assert landing.in_query == query
    assert landing.fragment == fragment


def test_a_page_of_the_server_has_no_response() -> None:
    landing = landed("https://as.example/login?request=1#top", Place.LOGIN)

    assert landing.in_query == {}
    assert landing.fragment == {}
