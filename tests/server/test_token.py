"""The token endpoint: grants, client authentication, the form of the answers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import jwt
import pytest

from conformance.server.dialects import standard
from conformance.server.registrations import SECRETS
from tests.server.browsing import ISSUER, VERIFIER, Site, credentials


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


def test_the_token_response(site: Site) -> None:
    answer = site.redeem(site.land()["code"])

    content = answer.json()
    assert content["token_type"] == "Bearer"
    assert content["expires_in"] == 300
    assert content["scope"] == "profile source:w offline_access"
    assert content["refresh_token"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Pragma"] == "no-cache"
    assert answer.headers["Content-Type"] == "application/json"


def test_the_access_token_is_of_rfc_9068(site: Site) -> None:
    token = site.tokens()["access_token"]

    key = jwt.PyJWKSet.from_dict(site.api.get("/jwks").json()).keys[0]
    claims = jwt.decode(token, key, ["RS256"], audience="https://api.example", issuer=ISSUER)
    header = jwt.get_unverified_header(token)
    assert header == {"typ": "at+jwt", "alg": "RS256", "kid": key.key_id}
    assert claims.keys() >= {"iss", "sub", "aud", "client_id", "iat", "exp", "jti", "scope"}
    assert claims["exp"] - claims["iat"] == 300


def test_no_refresh_token_without_offline_access(site: Site) -> None:
    assert "refresh_token" not in site.tokens(scope="profile")


@pytest.mark.parametrize("client_id", ["web", "web-2", "web-post", "spa", "native"])
def test_every_client_is_served(site: Site, client_id: str) -> None:
    tokens = site.tokens(client_id)

    assert site.call(tokens["access_token"]).json()["username"] == "alice"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"code": "x"}, (400, "invalid_grant")),
        ({"code": None}, (400, "invalid_request")),
        ({"code": ""}, (400, "invalid_request")),
        ({"grant_type": None}, (400, "invalid_request")),
        ({"grant_type": "password"}, (400, "unsupported_grant_type")),
        ({"grant_type": "client_credentials"}, (400, "unsupported_grant_type")),
        ({"code_verifier": None}, (400, "invalid_request")),
        ({"code_verifier": VERIFIER + "x"}, (400, "invalid_grant")),
        ({"code_verifier": "x"}, (400, "invalid_grant")),
        ({"redirect_uri": "https://attacker.example/"}, (400, "invalid_grant")),
        ({"code_verifier": [VERIFIER, VERIFIER]}, (400, "invalid_request")),
    ],
    ids=str,
)
def test_a_wrong_request_is_refused_and_spends_nothing(
    site: Site, changes: dict[str, str | None], expected: tuple[int, str]
) -> None:
    code = site.land()["code"]

    answer = site.redeem(code, **changes) if "code" not in changes else site.redeem(**changes)

    assert error_of(answer) == expected
    assert site.redeem(code).status_code == 200


def test_redirect_uri_may_be_sent_again(site: Site) -> None:
    answer = site.redeem(site.land()["code"], redirect_uri="https://client.example/callback")

    assert answer.status_code == 200


def test_a_code_is_bound_to_its_client(site: Site) -> None:
    code = site.land()["code"]

    assert error_of(site.redeem(code, "web-2")) == (400, "invalid_grant")
    assert error_of(site.redeem(code, "spa")) == (400, "invalid_grant")
    assert site.redeem(code).status_code == 200


def test_a_code_expires(site: Site) -> None:
    early, late = site.land()["code"], site.land()["code"]
    site.clock.advance(58)
    assert site.redeem(early).status_code == 200
    site.clock.advance(3)

    assert error_of(site.redeem(late)) == (400, "invalid_grant")


def test_a_replayed_code_ends_its_tokens(site: Site) -> None:
    code = site.land()["code"]
    tokens = site.redeem(code).json()

    replay = site.redeem(code)

    assert error_of(replay) == (400, "invalid_grant")
    assert site.call(tokens["access_token"]).status_code == 401
    assert error_of(site.refresh(tokens["refresh_token"])) == (400, "invalid_grant")


@pytest.mark.parametrize("how", [{"code_verifier": "x" * 43}, {"client_id": "web-2"}], ids=str)
def test_an_invalid_replay_ends_nothing(site: Site, how: dict[str, str]) -> None:
    code = site.land()["code"]
    tokens = site.redeem(code).json()

    site.redeem(code, **how)

    assert site.call(tokens["access_token"]).status_code == 200


def race(site: Site, count: int, act: str, value: str) -> list[int]:
    with ThreadPoolExecutor(count) as pool:
        answers = list(pool.map(lambda _: getattr(site, act)(value), range(count)))
    return sorted(answer.status_code for answer in answers)


def test_of_many_redemptions_at_once_one_is_served(site: Site) -> None:
    assert race(site, 8, "redeem", site.land()["code"]) == [200] + [400] * 7


def test_of_many_refreshes_at_once_one_is_served(site: Site) -> None:
    assert race(site, 8, "refresh", site.tokens()["refresh_token"]) == [200] + [400] * 7


def test_a_race_is_won_by_many_where_nothing_is_locked() -> None:
    site = Site(
        replace(standard(), code_redemption_is_atomic=False, refresh_rotation_is_atomic=False)
    )
    refresh_token = site.tokens()["refresh_token"]

    assert race(site, 8, "redeem", site.land()["code"]).count(200) > 1
    assert race(site, 8, "refresh", refresh_token).count(200) > 1


def test_refresh_tokens_are_rotated(site: Site) -> None:
    first = site.tokens()

    second = site.refresh(first["refresh_token"]).json()

    assert second["refresh_token"] != first["refresh_token"]
    assert second["scope"] == first["scope"]
    assert site.call(second["access_token"]).status_code == 200
    assert site.refresh(second["refresh_token"]).status_code == 200


def test_reuse_of_a_refresh_token_ends_the_family(site: Site) -> None:
    first = site.tokens()
    second = site.refresh(first["refresh_token"]).json()

    assert error_of(site.refresh(first["refresh_token"])) == (400, "invalid_grant")
    assert error_of(site.refresh(second["refresh_token"])) == (400, "invalid_grant")
    assert site.call(second["access_token"]).status_code == 401


def test_a_refresh_narrows_the_access_token_only(site: Site) -> None:
    narrow = site.refresh(site.tokens()["refresh_token"], scope="profile").json()

    assert narrow["scope"] == "profile"
    assert site.call(narrow["access_token"], "/api/alert-sources").status_code == 403
    wide = site.refresh(narrow["refresh_token"]).json()
    assert wide["scope"] == "profile source:w offline_access"


def test_a_refresh_does_not_widen(site: Site) -> None:
    token = site.tokens(scope="profile offline_access")["refresh_token"]

    assert error_of(site.refresh(token, scope="profile source:w")) == (400, "invalid_scope")
    assert site.refresh(token).status_code == 200


def test_a_refresh_token_is_bound_to_its_client(site: Site) -> None:
    token, public = site.tokens()["refresh_token"], site.tokens("spa")["refresh_token"]

    assert error_of(site.refresh(token, "web-2")) == (400, "invalid_grant")
    assert error_of(site.refresh(public, "native")) == (400, "invalid_grant")
    assert site.refresh(token).status_code == 200
    assert site.refresh(public, "spa").status_code == 200


def test_a_refresh_token_expires(site: Site) -> None:
    token = site.tokens()["refresh_token"]
    site.clock.advance(30 * 86400 + 1)

    assert error_of(site.refresh(token)) == (400, "invalid_grant")


@pytest.mark.parametrize("token", ["x", "a.b.c", "\u00e9", "%00"])
def test_an_unknown_refresh_token_is_refused(site: Site, token: str) -> None:
    assert error_of(site.refresh(token)) == (400, "invalid_grant")


def attempt(site: Site, **request: object) -> httpx.Response:
    form = {"grant_type": "authorization_code", "code": "x", "code_verifier": VERIFIER}
    sent = {**form, **dict(request.pop("form", {}))}  # type: ignore[call-overload]
    return site.api.post("/token", data=sent, **request)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"auth": ("web", "wrong")},
        {"auth": ("web", "")},
        {"auth": ("nobody", "x")},
        {"auth": ("spa", "x")},
        {"auth": ("web", SECRETS["web-post"])},
        {"auth": ("web", SECRETS["web"][:-1])},
        {"auth": ("web-2", SECRETS["web-2"])},
        {"form": {"client_id": "web"}},
        {"form": {"client_id": "web", "client_secret": ""}},
        {"form": {"client_id": "spa", "client_secret": "x"}},
        {"form": {"client_id": "nobody"}},
        {"headers": {"Authorization": "Basic"}},
        {"headers": {"Authorization": "Basic !!!"}},
        {"headers": {"Authorization": "Basic d2Vi"}},
        {"headers": {"Authorization": "Basic /////w=="}},
    ],
    ids=str,
)
def test_a_client_that_does_not_prove_itself_is_refused(
    site: Site, request_: dict[str, object]
) -> None:
    answer = attempt(site, **request_)

    assert error_of(answer) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


def test_the_secret_is_form_decoded(site: Site) -> None:
    answer = attempt(site, auth=credentials("web-2"))

    assert error_of(answer) == (400, "invalid_grant")


def test_two_ways_at_once_are_refused(site: Site) -> None:
    both = {"client_id": "web", "client_secret": SECRETS["web"]}

    assert error_of(attempt(site, auth=credentials("web"), form=both)) == (400, "invalid_request")
    other = attempt(site, auth=credentials("web"), form={"client_id": "web-2"})
    assert error_of(other) == (400, "invalid_request")
    same = attempt(site, auth=credentials("web"), form={"client_id": "web"})
    assert error_of(same) == (400, "invalid_grant")


def test_credentials_in_the_query_do_not_count(site: Site) -> None:
    answer = site.api.post(
        "/token",
        params={"client_id": "web", "client_secret": SECRETS["web"]},
        data={"grant_type": "authorization_code", "code": "x"},
    )

    assert error_of(answer) == (401, "invalid_client")


def test_guessing_a_secret_locks_for_a_while(site: Site) -> None:
    for _ in range(10):
        attempt(site, auth=("sacrificial", "guess"))

    right = credentials("sacrificial")
    assert error_of(attempt(site, auth=right)) == (401, "invalid_client")
    assert error_of(attempt(site, auth=credentials("web"))) == (400, "invalid_grant")
    site.clock.advance(301)
    assert error_of(attempt(site, auth=right)) == (400, "invalid_grant")


def test_only_a_form_that_is_posted_is_read(site: Site) -> None:
    get = site.api.get("/token", params={"grant_type": "authorization_code"})
    as_json = site.api.post("/token", json={"grant_type": "authorization_code"})
    odd = site.api.post(
        "/token",
        content=b"grant_type=%ff",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    huge = site.api.post("/token", data={"code": "x" * 300_000})

    assert error_of(get) == (405, "invalid_request")
    assert get.headers["Allow"] == "POST"
    assert error_of(as_json) == (400, "invalid_request")
    assert error_of(odd) == (400, "invalid_request")
    assert error_of(huge) == (413, "invalid_request")


def test_cors_at_the_token_endpoint(site: Site) -> None:
    headers = {"Origin": "https://spa.example", "Access-Control-Request-Method": "POST"}

    answer = site.api.options("/token", headers=headers)

    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
