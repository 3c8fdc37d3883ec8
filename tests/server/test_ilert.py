"""The dialect ilert: what the contract says."""

from __future__ import annotations

import httpx
import jwt
import pytest

from conformance.server.keys import generated
from conformance.server.registrations import SCOPES
from tests.server.browsing import FORM, Site

OAUTH2 = "/api/developers/oauth2"
NO_PKCE = {"code_challenge": None, "code_challenge_method": None}


def code_of(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    assert body.keys() == {"code", "error"}
    assert " " in body["error"], "error is a sentence"
    return answer.status_code, body["code"]


def information(site: Site, token: str) -> dict[str, object]:
    content: dict[str, object] = site.api.post(f"{OAUTH2}/token_info", data={"token": token}).json()
    return content


def test_the_code_arrives_with_the_state_alone(ilert_site: Site) -> None:
    assert ilert_site.land().keys() == {"code", "state"}


def test_the_token_response(ilert_site: Site) -> None:
    content = ilert_site.tokens()

    assert content["token_type"] == "Bearer"
    assert content["expires_in"] == 3600
    assert content["scope"] == "profile source:w offline_access"
    assert content["refresh_token_expires_in"] == 31536000


def test_the_tokens(ilert_site: Site) -> None:
    content = ilert_site.tokens()
    now = ilert_site.clock.now()

    key = generated().private.public_key()
    claims = jwt.decode(content["access_token"], key, ["RS256"])
    refresh = jwt.decode(content["refresh_token"], options={"verify_signature": False})
    assert jwt.get_unverified_header(content["access_token"]) == {"typ": "JWT", "alg": "RS256"}
    assert jwt.get_unverified_header(content["refresh_token"]) == {"typ": "JWT", "alg": "HS256"}
    assert abs(claims.pop("exp") - now - 3600) < 5
    assert claims == {
        "iss": "ilert",
        "il_t": "ACCESS",
        "il_s": "profile source:w offline_access",
        "il_u": "alice",
        "il_n": "2407",
        "il_a": "web",
        "il_v": 1,
    }
    assert abs(refresh.pop("exp") - now - 31536000) < 5
    assert refresh.pop("il_k")
    assert refresh == {"iss": "ilert", "il_t": "OAUTH", "il_v": 1}


def test_pkce_is_for_clients_without_a_secret(ilert_site: Site) -> None:
    code = ilert_site.land(**NO_PKCE)["code"]

    assert ilert_site.redeem(code, code_verifier=None).status_code == 200
    assert ilert_site.land("spa", **NO_PKCE)["error"] == "invalid_request"
    assert "access_token" in ilert_site.tokens("spa")
    late = ilert_site.redeem(ilert_site.land(**NO_PKCE)["code"])
    assert code_of(late) == (400, "invalid_request")


def test_refresh_tokens_are_given_when_due(ilert_site: Site) -> None:
    assert "refresh_token" in ilert_site.tokens(scope="profile")
    assert "refresh_token" not in ilert_site.tokens("spa", scope="profile")
    assert "refresh_token" in ilert_site.tokens("spa")


def test_a_refresh_returns_the_same_refresh_token(ilert_site: Site) -> None:
    first = ilert_site.tokens()
    ilert_site.clock.advance(3601)
    assert ilert_site.call(first["access_token"]).status_code == 401

    second = ilert_site.refresh(first["refresh_token"]).json()

    assert second.keys() == first.keys()
    assert second["refresh_token"] == first["refresh_token"]
    assert ilert_site.call(second["access_token"]).status_code == 200


def test_the_eleventh_refresh_token_ends_the_oldest(ilert_site: Site) -> None:
    tokens = [ilert_site.tokens()["refresh_token"] for _ in range(10)]
    assert [ilert_site.refresh(token).status_code for token in tokens] == [200] * 10

    ilert_site.tokens()

    assert code_of(ilert_site.refresh(tokens[0])) == (401, "invalid_grant")
    assert ilert_site.refresh(tokens[1]).status_code == 200


def test_lifetimes(ilert_site: Site) -> None:
    early, late = ilert_site.land()["code"], ilert_site.land()["code"]
    ilert_site.clock.advance(117)
    refresh_token = ilert_site.redeem(early).json()["refresh_token"]
    ilert_site.clock.advance(5)

    assert code_of(ilert_site.redeem(late)) == (401, "invalid_grant")
    ilert_site.clock.advance(365 * 86400)
    assert code_of(ilert_site.refresh(refresh_token)) == (401, "invalid_grant")


def test_errors(ilert_site: Site) -> None:
    def post(client_id: str | None = "web", **form: str) -> tuple[int, str]:
        return code_of(ilert_site.post(f"{OAUTH2}/token", client_id, **form))

    assert post() == (400, "invalid_request")
    assert post(grant_type="password") == (400, "unsupported_grant_type")
    assert post(grant_type="authorization_code", code="x") == (401, "invalid_grant")
    wrong = {"grant_type": "authorization_code", "client_id": "web", "client_secret": "wrong"}
    answer = ilert_site.api.post(f"{OAUTH2}/token", data={**wrong, "code": "x"})
    assert code_of(answer) == (401, "invalid_client")
    wide = ilert_site.refresh(ilert_site.tokens(scope="profile")["refresh_token"], scope="source")
    assert code_of(wide) == (400, "invalid_scope")


@pytest.mark.parametrize(
    "changes", [{"response_type": "token"}, {"scope": "nonsense"}, {"response_type": None}], ids=str
)
def test_errors_are_redirected(ilert_site: Site, changes: dict[str, str | None]) -> None:
    landed = ilert_site.land(**changes)

    assert landed.keys() == {"error", "error_description", "state"}


def test_token_information(ilert_site: Site) -> None:
    tokens = ilert_site.tokens()

    assert information(ilert_site, tokens["access_token"]) == {
        "active": True,
        "tenant_id": "2407",
        "username": "alice",
        "scope": "profile source:w offline_access",
        "app_id": "web",
    }
    for token in (tokens["refresh_token"], "x", tokens["access_token"][:-4] + "AAAA"):
        assert information(ilert_site, token) == {"active": False}
    ilert_site.clock.advance(3601)
    assert information(ilert_site, tokens["access_token"]) == {"active": False}


def test_the_access_token_outlives_its_refresh_token(ilert_site: Site) -> None:
    tokens = ilert_site.tokens()

    answer = ilert_site.api.post(f"{OAUTH2}/revoke", data={"token": tokens["refresh_token"]})

    assert answer.status_code == 200
    assert code_of(ilert_site.refresh(tokens["refresh_token"])) == (401, "invalid_grant")
    assert ilert_site.call(tokens["access_token"]).status_code == 200


def test_the_user_manages_applications(ilert_site: Site) -> None:
    tokens = ilert_site.tokens()
    page = ilert_site.browser.get("/account/applications")
    form = {**dict(FORM.findall(page.text)), "client_id": "web"}

    ilert_site.browser.post("/account/applications", data=form)

    assert code_of(ilert_site.refresh(tokens["refresh_token"])) == (401, "invalid_grant")
    assert ilert_site.call(tokens["access_token"]).status_code == 200


def test_all_scopes_can_be_asked_for(ilert_site: Site) -> None:
    scope = " ".join(sorted(SCOPES))

    assert ilert_site.tokens(scope=scope)["scope"] == scope


def test_there_is_no_metadata(ilert_site: Site) -> None:
    assert ilert_site.api.get("/.well-known/oauth-authorization-server").status_code == 404
