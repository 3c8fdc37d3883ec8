"""Hostile texts made fit to be read."""

from __future__ import annotations

import pytest

from conformance.reporting.story import duration
from conformance.reporting.text import cut, one_line, tokens, visible, web_link
from tests.reporting import sample


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\ttext\n", "plain\ttext\n"),
        ("Grüße, 東京, «code 1»", "Grüße, 東京, «code 1»"),
        ("\x00\x1b[31m", "\\u0000\\u001b[31m"),
        ("a\u202eb\u2066c", "a\\u202eb\\u2066c"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("\r\n", "\\u000d\n"),
    ],
)
def test_invisible_characters_are_shown(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_one_line_is_one_and_no_longer_than_asked() -> None:
    assert one_line(" a\n\n b\tc ") == "a b c"
    assert one_line("abcdefgh", 5) == "abcd…"


def test_cut_counts_what_is_left_out() -> None:
    assert cut("abcdef", 4) == ("abcd", 2)
    assert cut("abc", 4) == ("abc", 0)


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "data:text/html,x", "//a.example", "", None, "http://", "https://a b"],
)
def test_only_web_addresses_are_links(address: str | None) -> None:
    assert web_link(address) is None


def test_web_addresses_are_links() -> None:
    assert web_link("https://a.example/x?y#z") == "https://a.example/x?y#z"


def test_claims_are_read_from_a_token_without_its_signature() -> None:
    token = sample.jwt({"alg": "RS256"}, {"sub": "alice", "x": "ü"}, "access token 1")
    (found,) = tokens(f"Bearer {token} and once more {token}")
    assert '"alg": "RS256"' in found.header
    assert '"x": "ü"' in found.claims
    assert found.signature == "«signature of access token 1»"


@pytest.mark.parametrize("text", ["eyJhb.eyJ.x", "eyJub3RqIHNvbg.eyJub3RqIHNvbg.", "a.b.c"])
def test_what_only_looks_like_a_token_is_none(text: str) -> None:
    assert tokens(text) == ()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, ""),
        (0.0004, "1 ms"),
        (0.041, "41 ms"),
        (2.44, "2.4 s"),
        (125, "2 min 5 s"),
        (3720, "1 h 2 min"),
    ],
)
def test_durations_are_readable(seconds: float, words: str) -> None:
    assert duration(seconds) == words
