"""The dialect legacy: what RFC 6749 has, and later documents took away."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest

from conformance.server.dialects import legacy
from conformance.server.keys import generated
from conformance.server.registrations import PASSWORDS
from tests.server.browsing import Site

NO_PKCE = {"code_challenge": None, "code_challenge_method": None}


@pytest.fixture
def site() -> Site:
    return Site(legacy())


def fragment(site: Site, client_id: str = "web", **changes: str | None) -> dict[str, str]:
    """What arrives in the fragment; nothing may arrive in the query."""
    answer = site.open(client_id, **changes)
    if urlsplit(answer.headers["Location"]).path == "/login":
        answer = site.sign_in(answer)
    if urlsplit(answer.headers["Location"]).path == "/consent":
        answer = site.decide(answer)
    parts = urlsplit(answer.headers["Location"])
    assert not parts.query
    return dict(parse_qsl(parts.fragment))


def claims(site: Site, id_token: str) -> dict[str, object]:
    key = generated().private.public_key()
    found: dict[str, object] = jwt.decode(id_token, key, ["RS256"], audience="web")
    return found


def half_hash(value: str) -> str:
    half = hashlib.sha256(value.encode()).digest()[:16]
    return base64.urlsafe_b64encode(half).rstrip(b"=").decode()


def test_a_code_comes_without_pkce_and_iss(site: Site) -> None:
    landed = site.land(**NO_PKCE)

    assert landed.keys() == {"code", "state"}
    redirect_uri = site.request()["redirect_uri"]
    answer = site.redeem(landed["code"], code_verifier=None, redirect_uri=redirect_uri)
    assert answer.status_code == 200
    assert answer.json().keys() == {
        *("access_token", "token_type", "expires_in", "scope", "refresh_token")
    }


def test_the_redirect_uri_has_to_come_again(site: Site) -> None:
    answer = site.redeem(site.land()["code"])

    assert answer.json()["error"] == "invalid_grant"


def test_access_tokens_are_opaque_and_introspected(site: Site) -> None:
    redirect_uri = site.request()["redirect_uri"]
    token = site.redeem(site.land()["code"], redirect_uri=redirect_uri).json()["access_token"]

    assert "." not in token
    assert site.call(token).json()["username"] == "alice"
    about = site.post("/introspect", "resource-server", token=token).json()
    assert (about["active"], about["username"], about["client_id"]) == (True, "alice", "web")
    assert site.call("invented").status_code == 401


def test_an_opaque_token_dies_and_is_revoked(site: Site) -> None:
    first, second = (
        fragment(site, response_type="token")["access_token"] for _ in ("first", "second")
    )

    assert site.post("/revoke", "web", token=first).status_code == 200
    assert site.call(first).status_code == 401
    assert site.call(second).status_code == 200
    site.clock.advance(3601)
    assert site.call(second).status_code == 401


def test_refresh_tokens_stay_the_same(site: Site) -> None:
    redirect_uri = site.request()["redirect_uri"]
    token = site.redeem(site.land()["code"], redirect_uri=redirect_uri).json()["refresh_token"]

    assert site.refresh(token).json()["refresh_token"] == token
    assert site.refresh(token).status_code == 200


def test_public_clients_get_no_refresh_token(site: Site) -> None:
    redirect_uri = site.request("spa")["redirect_uri"]

    answer = site.redeem(site.land("spa")["code"], "spa", redirect_uri=redirect_uri)

    assert "refresh_token" not in answer.json()


@pytest.mark.parametrize(
    ("response_type", "scope", "brings"),
    [
        ("token", "profile", {"access_token", "token_type", "expires_in", "scope"}),
        ("code token", "profile", {"code", "access_token", "token_type", "expires_in", "scope"}),
        ("token code", "profile", {"code", "access_token", "token_type", "expires_in", "scope"}),
        ("id_token", "openid", {"id_token"}),
        ("code id_token", "openid", {"code", "id_token"}),
    ],
)
def test_response_types_bring_what_they_name(
    site: Site, response_type: str, scope: str, brings: set[str]
) -> None:
    landed = fragment(site, response_type=response_type, scope=scope, nonce="a nonce")

    assert landed.keys() == {*brings, "state"}


def test_an_id_token_tells_who_signed_in(site: Site) -> None:
    sent = {"scope": "openid profile", "nonce": "a nonce"}
    hybrid = fragment(site, response_type="code id_token", **sent)
    redirect_uri = site.request()["redirect_uri"]

    told = claims(site, hybrid["id_token"])
    again = claims(site, site.redeem(hybrid["code"], redirect_uri=redirect_uri).json()["id_token"])

    assert told.pop("c_hash") == half_hash(hybrid["code"])
    assert told["nonce"] == "a nonce"
    assert told["iss"] == "https://embedded.test"
    assert {name: again[name] for name in ("sub", "nonce", "iss", "aud", "auth_time")} == {
        name: told[name] for name in ("sub", "nonce", "iss", "aud", "auth_time")
    }


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "no-such-scope"}, "invalid_scope"),
        ({"response_type": "id_token", "scope": "profile"}, "invalid_scope"),
        ({"response_type": "id_token", "scope": "openid"}, "invalid_request"),
        ({"response_mode": "query"}, "invalid_request"),
    ],
)
def test_errors_of_the_other_response_types_come_in_the_fragment(
    site: Site, changes: dict[str, str], error: str
) -> None:
    landed = fragment(site, **{"response_type": "token", **changes})

    assert landed["error"] == error
    assert landed["error_uri"].startswith("https://")


def test_a_client_gets_only_what_it_is_registered_for(site: Site) -> None:
    landed = fragment(site, "native", response_type="token")
    answer = site.post("/token", "web-2", grant_type="client_credentials")

    assert landed["error"] == "unauthorized_client"
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")
    assert site.land("service", scope="profile")["error"] == "unauthorized_client"


def test_a_client_gets_tokens_for_itself(site: Site) -> None:
    answer = site.post("/token", "service", grant_type="client_credentials", scope="profile")

    content = answer.json()
    about = site.post("/introspect", "resource-server", token=content["access_token"]).json()
    assert "refresh_token" not in content
    assert about["sub"] == "service"
    assert "username" not in about


def test_the_password_grant_shares_the_limit_of_the_login_page(site: Site) -> None:
    def ask(password: str) -> int:
        form = {"grant_type": "password", "username": "alice", "password": password}
        return site.post("/token", "web", **form).status_code

    assert ask(PASSWORDS["alice"]) == 200
    assert {ask("wrong") for _ in range(10)} == {400}
    assert ask(PASSWORDS["alice"]) == 400


def test_the_metadata_announces_it(site: Site) -> None:
    document = site.api.get("/.well-known/oauth-authorization-server").json()

    assert {"implicit", "password", "client_credentials"} <= set(document["grant_types_supported"])
    assert {"token", "code token", "id_token"} <= set(document["response_types_supported"])
    assert document["code_challenge_methods_supported"] == ["S256", "plain"]
    assert "openid" in document["scopes_supported"]
    assert document["authorization_response_iss_parameter_supported"] is False
