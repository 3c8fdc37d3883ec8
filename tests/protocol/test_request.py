"""Requests as values, and the changes that make one field different."""

from __future__ import annotations

import base64
from urllib.parse import parse_qsl

import pytest

from conformance.protocol.request import (
    BASIC,
    NONE,
    POST,
    Add,
    As,
    Authenticate,
    Body,
    Change,
    Credentials,
    Draft,
    Header,
    InQuery,
    Method,
    Replace,
    Spelt,
    Twice,
    Without,
    changed,
    label,
)

URL = "https://as.example/token"


def draft(method: str = BASIC, secret: str | None = "s:e c+ret") -> Draft:
    return Draft(
        "POST",
        URL,
        form=(("grant_type", "authorization_code"), ("code", "abc")),
        credentials=Credentials("web", secret, method),
    )


def sent(result: Draft) -> list[tuple[str, str]]:
    return parse_qsl((result.content or b"").decode(), keep_blank_values=True)


def test_basic_credentials_are_form_encoded_before_base64() -> None:
    result = changed(draft(), ())

    scheme, _, value = dict(result.headers)["Authorization"].partition(" ")
    assert scheme == "Basic"
    assert base64.b64decode(value) == b"web:s%3Ae+c%2Bret"
    assert "client_id" not in dict(sent(result))


def test_post_credentials_are_form_parameters() -> None:
    result = changed(draft(POST), ())

    assert dict(sent(result))["client_secret"] == "s:e c+ret"
    assert dict(sent(result))["client_id"] == "web"


def test_a_public_client_sends_its_id_alone() -> None:
    result = changed(draft(NONE, None), ())

    assert ("client_id", "web") in sent(result)
    assert "client_secret" not in dict(sent(result))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (Replace("code", "xyz"), [("grant_type", "authorization_code"), ("code", "xyz")]),
        (Without("code"), [("grant_type", "authorization_code")]),
        (
            Twice("code"),
            [("grant_type", "authorization_code"), ("code", "abc"), ("code", "abc")],
        ),
        (
            Twice("code", "other"),
            [("grant_type", "authorization_code"), ("code", "abc"), ("code", "other")],
        ),
        (
            Add("extra", "1"),
            [("grant_type", "authorization_code"), ("code", "abc"), ("extra", "1")],
        ),
        (InQuery("code"), [("grant_type", "authorization_code")]),
    ],
    ids=str,
)
def test_a_change_touches_its_field_alone(change: Change, expected: list[tuple[str, str]]) -> None:
    plain = changed(draft(), ())

    result = changed(draft(), [change])

    assert sent(result) == expected
    assert result.headers == plain.headers


def test_a_moved_parameter_is_in_the_query() -> None:
    assert changed(draft(), [InQuery("code")]).full_url == f"{URL}?code=abc"


def test_a_replaced_secret_keeps_the_method() -> None:
    result = changed(draft(), [Replace("client_secret", "wrong")])

    assert base64.b64decode(dict(result.headers)["Authorization"][6:]) == b"web:wrong"


def test_a_secret_left_out_leaves_the_client_id() -> None:
    result = changed(draft(), [Without("client_secret")])

    assert "Authorization" not in dict(result.headers)
    assert ("client_id", "web") in sent(result)


def test_both_methods_at_once() -> None:
    result = changed(draft(), [Authenticate("both")])

    assert "Authorization" in dict(result.headers)
    assert ("client_secret", "s:e c+ret") in sent(result)


def test_another_clients_credentials() -> None:
    result = changed(draft(), [As(Credentials("other", "pw", POST))])

    assert ("client_id", "other") in sent(result)


def test_a_get_carries_the_form_in_its_query() -> None:
    result = changed(draft(NONE, None), [Method("GET")])

    assert result.content is None
    assert "code=abc" in result.full_url


def test_another_body_and_header() -> None:
    result = changed(draft(), [Body("application/json", lambda _: b"{}"), Header("Accept", "x")])

    assert result.content == b"{}"
    assert result.content_type == "application/json"
    assert ("Accept", "x") in result.headers


def test_a_query_of_the_endpoint_is_kept() -> None:
    request = Draft("GET", "https://as.example/authorize?tenant=1", query=(("a", "ä b"),))

    assert request.full_url == "https://as.example/authorize?tenant=1&a=%C3%A4+b"


def test_labels_name_the_field() -> None:
    assert label(()) is None
    assert label([Without("state"), Add("x", "1")]) == "state left out; x='1' added"


def test_a_value_of_the_query_can_be_spelt_otherwise() -> None:
    asked = Draft("GET", "https://as.example/authorize", query=(("scope", "a b"), ("state", "s")))

    result = changed(asked, [Spelt("scope", "a%20b")])

    assert asked.full_url.endswith("?scope=a+b&state=s")
    assert result.full_url == "https://as.example/authorize?scope=a%20b&state=s"
