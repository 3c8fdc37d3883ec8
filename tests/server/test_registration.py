"""Clients that register themselves, and the metadata that is not taken (RFC 7591, RFC 7592)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from conformance.server.dialects import standard
from tests.server.browsing import VERIFIER, Site, credentials

CALLBACK = "https://registered.example/callback"
WEB = {"client_name": "New Application", "redirect_uris": [CALLBACK]}
BY_KEY = {"token_endpoint_auth_method": "private_key_jwt"}


def register(site: Site, headers: dict[str, str] | None = None, **changes: Any) -> httpx.Response:
    return site.api.post("/register", json={**WEB, **changes}, headers=headers)


def own(registered: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {registered['registration_access_token']}"}


def land(site: Site, client_id: str, **changes: str) -> dict[str, str]:
    return site.land(client_id, redirect_uri=CALLBACK, **changes)


def test_a_registered_client_is_served(site: Site) -> None:
    answer = register(site, scope="profile offline_access")
    client = answer.json()

    code = land(site, client["client_id"], scope="profile")["code"]
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}
    secret = credentials(client["client_id"], client["client_secret"])
    tokens = site.api.post("/token", data=form, auth=secret)

    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    assert client["client_secret_expires_at"] == 0
    assert client["token_endpoint_auth_method"] == "client_secret_basic"
    assert tokens.json()["scope"] == "profile"


def test_a_public_client_gets_no_secret(site: Site) -> None:
    client = register(site, token_endpoint_auth_method="none").json()

    assert "client_secret" not in client
    assert client["token_endpoint_auth_method"] == "none"


@pytest.mark.parametrize(
    "uri",
    [
        "https://registered.example",
        "https://registered.example/callback#part",
        "https://*.registered.example/callback",
        "https://registered.example/*",
        "http://registered.example/callback",
        "http://127.0.0.1/callback",
        "com.example.app:/callback",
        "/callback",
        "https://[::1",
        "https://user@registered.example/callback",
    ],
)
def test_a_redirect_uri_that_is_not_complete_is_refused(site: Site, uri: str) -> None:
    answer = register(site, redirect_uris=[uri], application_type="web")

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_redirect_uri")


@pytest.mark.parametrize(
    ("uri", "status"),
    [
        ("http://127.0.0.1/callback", 201),
        ("http://[::1]/callback", 201),
        ("http://localhost/callback", 400),
        ("com.example.app:/callback", 201),
        ("example:/callback", 400),
    ],
)
def test_redirect_uris_of_native_clients(site: Site, uri: str, status: int) -> None:
    answer = register(site, redirect_uris=[uri], application_type="native")

    assert answer.status_code == status


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uris": "https://registered.example/callback"},
        {"redirect_uris": [5]},
        {"redirect_uris": [None]},
        {"client_name": {}},
        {"client_name": "a\x00b"},
        {"client_name": "a" * 10_000},
        {"grant_types": ["password"]},
        {"grant_types": ["authorization_code"], "response_types": ["token"]},
        {"token_endpoint_auth_method": "client_secret_jwt"},
        {"token_endpoint_auth_method": []},
        BY_KEY,
        {**BY_KEY, "jwks": {"keys": []}},
        {**BY_KEY, "jwks": {"keys": "x"}},
        {**BY_KEY, "jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}},
        {"scope": 7},
    ],
)
def test_metadata_that_do_not_hold_are_refused(site: Site, changes: dict[str, Any]) -> None:
    answer = register(site, **changes)

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_client_metadata"


@pytest.mark.parametrize("body", [b"", b"[", b"[]", b"\xff", b"[" * 10_000, b"null"])
def test_a_body_that_is_no_object_is_refused(site: Site, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}

    answer = site.api.post("/register", content=body, headers=headers)

    assert answer.status_code == 400


def test_a_form_is_refused(site: Site) -> None:
    assert site.api.post("/register", data=WEB).status_code == 400


def test_a_client_without_a_redirect_uri_is_refused(site: Site) -> None:
    assert register(site, redirect_uris=[]).status_code == 400


def test_a_scope_that_is_not_for_everybody_is_not_registered(site: Site) -> None:
    client = register(site, scope="profile user:d").json()

    land(site, client["client_id"], scope="profile")
    refused = site.open(client["client_id"], redirect_uri=CALLBACK, scope="user:d")

    assert client["scope"] == "profile"
    assert "error=invalid_scope" in refused.text


def test_errors_of_a_client_that_nobody_knows_wait_for_the_user(site: Site) -> None:
    client = register(site).json()
    land(site, client["client_id"], scope="profile")

    page = site.open(client["client_id"], redirect_uri=CALLBACK, response_type="x")
    known = site.open("web", response_type="x")

    assert (page.status_code, known.status_code) == (200, 303)
    assert "registered.example" in page.text
    assert "Nobody here has looked" not in page.text


def test_the_consent_page_tells_who_registered_itself(site: Site) -> None:
    client = register(site).json()

    strange = site.browser.get(consent_of(site, client["client_id"]))
    known = site.browser.get(site.open("spa").headers["Location"])

    assert "it registered itself" in strange.text
    assert "it registered itself" not in known.text


def consent_of(site: Site, client_id: str) -> str:
    login = site.open(client_id, redirect_uri=CALLBACK, scope="profile")
    return str(site.sign_in(login).headers["Location"])


def test_a_client_is_read_and_deleted_with_its_token(site: Site) -> None:
    client = register(site).json()
    path = f"/register/{client['client_id']}"

    read = site.api.get(path, headers=own(client))
    foreign = site.api.delete(path, headers=own(register(site).json()))
    deleted = site.api.delete(path, headers=own(client))
    gone = site.api.get(path, headers=own(client))

    assert read.json() == client
    assert (foreign.status_code, deleted.status_code, gone.status_code) == (401, 204, 401)
    assert site.open(client["client_id"], redirect_uri=CALLBACK).status_code == 400


def test_what_a_deleted_client_was_given_is_dead(site: Site) -> None:
    client = register(site, scope="profile", token_endpoint_auth_method="none").json()
    code = land(site, client["client_id"], scope="profile")["code"]
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}
    sent = {**form, "client_id": client["client_id"]}
    token = site.api.post("/token", data=sent).json()["access_token"]
    before = site.call(token).status_code

    site.api.delete(f"/register/{client['client_id']}", headers=own(client))

    assert (before, site.call(token).status_code) == (200, 401)


def test_an_initial_access_token_is_demanded_where_there_is_one() -> None:
    site = Site(replace(standard(), initial_access_token="let-me-register"))

    without = register(site)
    wrong = register(site, {"Authorization": "Bearer let-me-in"})
    right = register(site, {"Authorization": "Bearer let-me-register"})

    assert [one.status_code for one in (without, wrong, right)] == [401, 401, 201]


def test_the_contract_of_ilert_offers_no_registration(ilert_site: Site) -> None:
    assert ilert_site.api.post("/register", json=WEB).status_code == 404


def test_registered_clients_belong_to_one_installation(site: Site) -> None:
    client = register(site).json()

    elsewhere = Site(standard()).open(client["client_id"], redirect_uri=CALLBACK)

    assert elsewhere.status_code == 400
