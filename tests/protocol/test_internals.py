"""What counts as the inside of a server, and what is just text."""

from __future__ import annotations

import pytest

from conformance.protocol.internals import internals

SHOWN = {
    "a Python stack trace": 'Traceback (most recent call last):\n  File "app.py", line 3, in f',
    "a Java stack trace": "at com.example.Token.read(Token.java:42)",
    "a JavaScript stack trace": "at Object.read (/app/server/token.js:10:5)",
    "a PHP trace": "Undefined index in token.php on line 12",
    "a Go trace": "goroutine 1 [running]:",
    "the name of an exception": "ValueError: not enough values to unpack",
    "a file of the server": "no such file: /var/www/auth/config.yml",
    "a query of the server": "error near SELECT id, name FROM clients",
    "a setting of the server": "DATABASE_URL is not set",
}
HARMLESS = [
    "",
    '{"error": "invalid_grant", "error_description": "The code is not known."}',
    "<h1>Error: this request cannot be answered</h1><p>Please select a client from the list.</p>",
    "An error occurred. See https://docs.example/errors/invalid_request.",
]


@pytest.mark.parametrize("what", SHOWN)
def test_what_shows_the_inside_is_named(what: str) -> None:
    assert internals(SHOWN[what]) == what


@pytest.mark.parametrize("text", HARMLESS, ids=["empty", "json", "page", "link"])
def test_an_ordinary_error_shows_nothing(text: str) -> None:
    assert internals(text) is None
