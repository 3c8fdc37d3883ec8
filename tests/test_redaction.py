"""No secret leaves the process, in whatever spelling it turns up."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest

from conformance.redaction import Redactor, visible

SECRET = "p+w/ö d:%&=\"'<12345"
TOKEN = "kXo2-_9Zq1LmN0aBcDeF"


@pytest.mark.parametrize(
    "spell",
    [
        str,
        quote,
        lambda s: quote(s, safe=""),
        quote_plus,
        lambda s: json.dumps(s)[1:-1],
        lambda s: json.dumps(s, ensure_ascii=False)[1:-1],
        lambda s: base64.b64encode(s.encode()).decode(),
        lambda s: base64.urlsafe_b64encode(s.encode()).decode().rstrip("="),
    ],
)
@pytest.mark.parametrize("secret", [SECRET, TOKEN])
@pytest.mark.parametrize("around", ["{}", "x={}&y=1", '{{"a": "{}"}}', "before{}after", "<{}>"])
def test_a_secret_is_replaced_in_every_spelling(secret: str, spell: object, around: str) -> None:
    redactor = Redactor()
    mark = redactor.learn("password", secret)
    text = around.format(spell(secret))  # type: ignore[operator]

    clean = redactor.redact(text)

    assert secret not in clean
    assert spell(secret) not in clean  # type: ignore[operator]
    assert mark in clean


def test_marks_are_numbered_and_stable() -> None:
    redactor = Redactor()

    assert redactor.learn("code", "first-code-value") == "«code 1»"
    assert redactor.learn("code", "second-code-value") == "«code 2»"
    assert redactor.learn("access token", "first-code-value") == "«code 1»"
    assert redactor.redact("a second-code-value b first-code-value") == "a «code 2» b «code 1»"


def test_the_longer_of_two_secrets_wins() -> None:
    redactor = Redactor()
    redactor.learn("a", "abcdefghij")
    redactor.learn("b", "abcdefghijklmnop")

    assert redactor.redact("=abcdefghijklmnop=") == "=«b 1»="


def test_claims_of_a_jwt_stay_and_its_signature_goes() -> None:
    redactor = Redactor()
    token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJleGFtcGxlIn0.c2lnbmF0dXJlLWJ5dGVz"
    redactor.learn("access token", token)

    clean = redactor.redact(f"Bearer {token}")

    assert clean == (
        "Bearer eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJleGFtcGxlIn0.«signature of access token 1»"
    )


def test_short_secrets_stay_where_no_parameter_names_them() -> None:
    redactor = Redactor()
    redactor.learn("password", "abc")

    assert redactor.redact("abc") == "abc"
    assert redactor.mark("abc") == "«password 1»"


def test_invisible_characters_are_made_visible() -> None:
    assert visible("a\x00b\u202ec\x1b[31m\nd\t") == "a\\u0000b\\u202ec\\u001b[31m\nd\t"
