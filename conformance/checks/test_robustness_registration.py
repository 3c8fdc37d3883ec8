"""Robustness of the registration endpoint: JSON that is none, and members of any form."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.check import check
from conformance.features import Feature
from conformance.protocol.request import FORM
from conformance.target.registration import CALLBACK, Registrar

SURVIVE = (
    "Read the body as bytes that may be anything, look at the type and the length of every member"
    " before it is used, and answer an error that was not foreseen in one place."
)

JSON = "application/json"
NEEDS = [Feature.DYNAMIC_REGISTRATION]
HUGE = "a" * 100_000
BODIES = {
    "empty": (JSON, b""),
    "cut-off": (JSON, b'{"redirect_uris": ["https://regis'),
    "no-json": (JSON, b"redirect_uris"),
    "list": (JSON, b"[]"),
    "null": (JSON, b"null"),
    "number": (JSON, b"1e999"),
    "deep": (JSON, b'{"a":' * 20_000),
    "not-utf8": (JSON, b'{"client_name": "\xff\xfe"}'),
    "raw-nul": (JSON, b'{"client_name": "a\x00b"}'),
    "twice": (JSON, b'{"redirect_uris": [], "redirect_uris": 5}'),
    "form": (FORM, b"redirect_uris=https%3A%2F%2Fregistered.example%2Fcallback"),
    "plain-text": ("text/plain", b"{}"),
    "no-media-type": ("", b"{}"),
    "odd-charset": (f"{JSON}; charset=no-such-charset", b"{}"),
}
MEMBERS: dict[str, tuple[str, Any]] = {
    "redirect-uris-a-text": ("redirect_uris", CALLBACK),
    "redirect-uris-an-object": ("redirect_uris", {"0": CALLBACK}),
    "redirect-uris-of-numbers": ("redirect_uris", [5, None, []]),
    "redirect-uri-empty": ("redirect_uris", [""]),
    "redirect-uri-with-nul": ("redirect_uris", [f"{CALLBACK}\x00"]),
    "redirect-uri-with-a-bad-port": ("redirect_uris", ["https://registered.example:no-port/a"]),
    "redirect-uri-with-a-bad-host": ("redirect_uris", ["https://[::1/callback"]),
    "redirect-uri-huge": ("redirect_uris", [f"{CALLBACK}/{HUGE}"]),
    "redirect-uris-many": ("redirect_uris", [f"{CALLBACK}/{n}" for n in range(1000)]),
    "name-an-object": ("client_name", {}),
    "name-with-nul": ("client_name", "a\x00b"),
    "name-with-a-lone-surrogate": ("client_name", "a\ud800b"),
    "name-huge": ("client_name", HUGE),
    "method-a-list": ("token_endpoint_auth_method", ["none"]),
    "grant-types-a-text": ("grant_types", "authorization_code"),
    "grant-types-of-objects": ("grant_types", [{}]),
    "response-types-a-number": ("response_types", 5),
    "scope-a-list": ("scope", ["profile"]),
    "scope-huge": ("scope", HUGE),
    "keys-a-text": ("jwks", "no keys"),
    "keys-of-nothing": ("jwks", {"keys": [{}, None, 5]}),
    "contacts-an-object": ("contacts", {}),
    "member-unknown-and-deep": ("x", json.loads("[" * 500 + "]" * 500)),
}


@check(
    "robustness-registration-endpoint-malformed-body-no-server-error", remedy=SURVIVE, needs=NEEDS
)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_malformed_body_is_answered(registration: Registrar, body: tuple[str, bytes]) -> None:
    """The registration endpoint answers a body that is no JSON object without a server error."""
    media_type, content = body

    answered = registration.send(content, media_type, "body malformed")

    assert answered.survived, f"to a malformed body {answered}"


@check(
    "robustness-registration-endpoint-malformed-metadata-no-server-error",
    remedy=SURVIVE,
    needs=NEEDS,
)
@pytest.mark.parametrize("member", MEMBERS.values(), ids=MEMBERS)
def test_malformed_member_is_answered(registration: Registrar, member: tuple[str, Any]) -> None:
    """The registration endpoint answers a member of unexpected form without a server error."""
    name, value = member
    content = json.dumps({**registration.usual, name: value}).encode()

    answered = registration.send(content, JSON, f"{name} malformed")

    assert answered.survived, f"to a malformed {name} {answered}"
