"""The protected API, introspection, revocation, metadata and the account page."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from email.utils import parsedate_to_datetime

import httpx
import pytest

from conformance.server.keys import decode, encode, generated, signed_rs256
from tests.server.browsing import FORM, ISSUER, Site


def altered(token: str, header: dict[str, object], claims: dict[str, object]) -> str:
    """The token with other members and the old signature."""
    parts = token.split(".")
    read = [json.loads(decode(part)) for part in parts[:2]]
    made = [
        encode(json.dumps(old | new).encode())
        for old, new in zip(read, (header, claims), strict=True)
    ]
    return ".".join([*made, parts[2]])


def resigned(token: str, header: dict[str, object], claims: dict[str, object]) -> str:
    parts = [json.loads(decode(part)) for part in token.split(".")[:2]]
    return signed_rs256(parts[0] | header, parts[1] | claims, generated())


def with_public_key_as_secret(token: str) -> str:
    header, claims, _ = altered(token, {"alg": "HS256"}, {}).split(".")
    text = f"{header}.{claims}"
    mac = hmac.new(generated().public_pem, text.encode(), hashlib.sha256).digest()
    return f"{text}.{encode(mac)}"


def test_a_good_token_is_served(site: Site) -> None:
    answer = site.call(site.tokens()["access_token"])

    assert answer.json() == {"username": "alice", "name": "Alice Adams"}


def test_the_scheme_has_no_case(site: Site) -> None:
    token = site.tokens()["access_token"]

    answer = site.api.get("/api/users/current", headers={"Authorization": f"bEARER {token}"})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "forged",
    [
        lambda token: token[:-4] + "AAAA",
        lambda token: altered(token, {}, {"scope": "source:d"}),
        lambda token: altered(token, {"alg": "none"}, {}).rpartition(".")[0] + ".",
        with_public_key_as_secret,
        lambda token: resigned(token, {}, {"aud": "https://other.example"}),
        lambda token: resigned(token, {}, {"iss": ISSUER + ".attacker.example"}),
        lambda token: resigned(token, {}, {"exp": 1}),
        lambda token: resigned(token, {}, {"exp": "never"}),
        lambda token: resigned(token, {"typ": "JWT"}, {}),
        lambda _: "x",
        lambda _: "a.b.c",
        lambda token: token + ".x",
    ],
)
def test_a_forged_token_is_refused(site: Site, forged: object) -> None:
    token = forged(site.tokens()["access_token"])  # type: ignore[operator]

    answer = site.call(token)

    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_without_a_token_nothing_is_said_about_errors(site: Site) -> None:
    for answer in (
        site.call(None),
        site.api.get("/api/users/current", params={"access_token": site.tokens()["access_token"]}),
        site.api.get("/api/users/current", auth=("web", "x")),
    ):
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer a b", 'Bearer "'])
def test_a_malformed_header_is_refused(site: Site, header: str) -> None:
    answer = site.api.get("/api/users/current", headers={"Authorization": header})

    assert answer.status_code == 400
    assert 'error="invalid_request"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("source", {"GET"}),
        ("source:r", {"GET"}),
        ("source:w", {"GET", "POST", "PUT"}),
        ("source:d", {"GET", "POST", "PUT", "DELETE"}),
        ("profile", set()),
    ],
)
def test_scopes_and_methods(site: Site, scope: str, allowed: set[str]) -> None:
    token = site.tokens(scope=scope)["access_token"]

    statuses = {
        method: site.call(token, "/api/alert-sources", method).status_code
        for method in ("GET", "POST", "PUT", "DELETE")
    }

    assert {method for method, status in statuses.items() if status < 300} == allowed
    assert {status for status in statuses.values() if status >= 300} <= {403}


def test_an_expired_token_is_refused(site: Site) -> None:
    token = site.tokens()["access_token"]
    site.clock.advance(298)
    assert site.call(token).status_code == 200
    site.clock.advance(3)

    assert site.call(token).status_code == 401


def test_the_date_is_that_of_the_clock(site: Site) -> None:
    site.clock.advance(86400)

    date = parsedate_to_datetime(site.call(None).headers["Date"]).timestamp()

    assert abs(date - site.clock.now()) < 2


def introspect(site: Site, token: str, client_id: str = "resource-server") -> httpx.Response:
    return site.post("/introspect", client_id, token=token)


def test_introspection_tells_a_resource_server(site: Site) -> None:
    tokens = site.tokens()

    about = introspect(site, tokens["access_token"]).json()

    assert about["active"] is True
    assert about["client_id"] == "web"
    assert about["scope"] == "profile source:w offline_access"
    assert introspect(site, tokens["refresh_token"]).json()["active"] is True


@pytest.mark.parametrize("token", ["x", "a.b.c", "\u00e9"])
def test_introspection_of_nonsense(site: Site, token: str) -> None:
    assert introspect(site, token).json() == {"active": False}


def test_introspection_is_for_resource_servers(site: Site) -> None:
    token = site.tokens()["access_token"]

    assert introspect(site, token, "web").json() == {"active": False}
    assert introspect(site, token, "spa").status_code == 401
    assert site.api.post("/introspect", data={"token": token}).status_code == 401
    wrong = site.api.post("/introspect", data={"token": token}, auth=("resource-server", "no"))
    assert wrong.status_code == 401


def test_introspection_sees_the_end_of_a_token(site: Site) -> None:
    revoked, expired = site.tokens()["access_token"], site.tokens()["access_token"]
    site.post("/revoke", "web", token=revoked)
    assert introspect(site, revoked).json() == {"active": False}
    site.clock.advance(301)

    assert introspect(site, expired).json() == {"active": False}


@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token", "nonsense"])
def test_revocation_of_a_refresh_token_ends_all(site: Site, hint: str | None) -> None:
    tokens = site.tokens()

    answer = site.post("/revoke", "web", token=tokens["refresh_token"], token_type_hint=hint)

    assert answer.status_code == 200
    assert site.refresh(tokens["refresh_token"]).status_code == 400
    assert site.call(tokens["access_token"]).status_code == 401


@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token"])
def test_revocation_of_an_access_token(site: Site, hint: str | None) -> None:
    tokens = site.tokens("spa")

    answer = site.post("/revoke", "spa", token=tokens["access_token"], token_type_hint=hint)

    assert answer.status_code == 200
    assert site.call(tokens["access_token"]).status_code == 401
    assert site.refresh(tokens["refresh_token"], "spa").status_code == 200


def test_revocation_is_for_the_owner(site: Site) -> None:
    tokens = site.tokens()

    foreign = site.post("/revoke", "web-2", token=tokens["refresh_token"])
    form = {"token": tokens["refresh_token"], "client_id": "web"}
    unproved = site.api.post("/revoke", data=form)

    assert (foreign.status_code, foreign.json()["error"]) == (400, "unauthorized_client")
    assert unproved.status_code == 401
    assert site.post("/revoke", "web", token="x").status_code == 200
    assert site.post("/revoke", "web").json()["error"] == "invalid_request"
    assert site.refresh(tokens["refresh_token"]).status_code == 200


def test_metadata_names_what_is_there(site: Site) -> None:
    document = site.api.get("/.well-known/oauth-authorization-server").json()

    assert document["issuer"] == ISSUER
    assert site.api.get("/.well-known/openid-configuration").status_code == 404
    for name, url in document.items():
        if name.endswith(("_endpoint", "_uri")):
            assert site.api.get(url).status_code in (200, 400, 405), name


def test_the_key_set_holds_no_private_part(site: Site) -> None:
    key = site.api.get("/jwks").json()["keys"][0]

    assert key.keys() == {"kty", "use", "alg", "kid", "n", "e"}
    assert len(base64.urlsafe_b64decode(key["n"] + "==")) == 256


def test_the_user_withdraws(site: Site) -> None:
    tokens = site.tokens()
    page = site.browser.get("/account/applications")
    assert "Example Web" in page.text
    csrf = dict(FORM.findall(page.text))["csrf"]

    site.browser.post("/account/applications", data={"csrf": csrf, "client_id": "web"})

    assert "Example Web" not in site.browser.get("/account/applications").text
    assert site.call(tokens["access_token"]).status_code == 401
    assert site.refresh(tokens["refresh_token"]).status_code == 400
    assert site.open().headers["Location"].startswith("/consent")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "OPTIONS"])
@pytest.mark.parametrize(
    "path", ["/authorize", "/token", "/login", "/consent", "/jwks", "/api/users/current", "/x"]
)
def test_an_odd_method_is_no_trouble(site: Site, path: str, method: str) -> None:
    assert site.api.request(method, path).status_code < 500
