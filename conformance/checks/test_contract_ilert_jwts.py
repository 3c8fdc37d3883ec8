"""ilert's contract: the two JWTs, header by header and claim by claim."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check import check
from conformance.errors import ControlRefused
from conformance.features import Feature
from conformance.protocol import jwt
from conformance.protocol.answers import TokenAnswer
from conformance.protocol.request import Replace
from conformance.target.flow import Flow

ACCESS = "Make access tokens as JWTs, signed with RS256, with exactly the claims of the contract."
REFRESH = "Make refresh tokens as JWTs, signed with HS256, with exactly the claims of the contract."

AROUND = 5.0
"""Seconds by which exp may differ from Date plus lifetime: the answer took its time."""

_A = "contract-ilert-token-response-access-token-"
_R = "contract-ilert-token-response-refresh-token-"


def access_claims(answer: TokenAnswer) -> dict[str, Any]:
    """The claims of the access token; empty where it is no JWT."""
    return jwt.claims(answer.access_token or "") or {}


def refresh_token(flow: Flow) -> tuple[str, TokenAnswer]:
    """A fresh refresh token, and the answer that it came in."""
    answer = flow.tokens()
    if answer.refresh_token is None:
        raise ControlRefused("The control was answered without a refresh token.")
    return answer.refresh_token, answer


def dated(answer: TokenAnswer) -> float:
    """The server's own time at the answer, in seconds since the epoch."""
    if answer.date is None:
        raise ControlRefused("The answer has no Date that exp could be compared with.")
    return answer.date


@check(f"{_A}header", remedy=ACCESS)
@pytest.mark.parametrize(("name", "value"), [("typ", "JWT"), ("alg", "RS256")], ids=["typ", "alg"])
def test_access_token_header_is_as_documented(tokens: TokenAnswer, name: str, value: str) -> None:
    """The header of an access token has typ JWT and alg RS256."""
    header = jwt.header(tokens.access_token or "")

    assert header.get(name) == value, f"{name} of the access token is {header.get(name)!r}"


@check(f"{_A}iss", remedy=ACCESS)
def test_access_token_iss_is_ilert(tokens: TokenAnswer) -> None:
    """The access token has iss ilert."""
    claims = access_claims(tokens)

    assert claims.get("iss") == "ilert", f"iss of the access token is {claims.get('iss')!r}"


@check(f"{_A}exp", remedy=ACCESS)
def test_access_token_exp_agrees_with_expires_in(tokens: TokenAnswer) -> None:
    """The access token has exp, which is the time of the answer plus expires_in."""
    now, lifetime = dated(tokens), tokens.expires_in
    if lifetime is None:
        raise ControlRefused("The answer has no expires_in that exp could be compared with.")

    exp = access_claims(tokens).get("exp")

    assert isinstance(exp, int | float), f"exp of the access token is {exp!r}"
    assert abs(exp - now - lifetime) <= AROUND, (
        f"exp lies {exp - now:.0f} s ahead, and expires_in is {lifetime:.0f}"
    )


@check(f"{_A}il-t", remedy=ACCESS)
def test_access_token_il_t_is_access(tokens: TokenAnswer) -> None:
    """The access token has il_t ACCESS."""
    claims = access_claims(tokens)

    assert claims.get("il_t") == "ACCESS", f"il_t of the access token is {claims.get('il_t')!r}"


@check(f"{_A}il-s", remedy=ACCESS)
def test_access_token_il_s_is_the_scope(flow: Flow) -> None:
    """The access token has il_s, the scope of the token response."""
    answer = flow.tokens(Replace("scope", "profile source"))
    if answer.scope is None:
        raise ControlRefused("The answer has no scope that il_s could be compared with.")

    value = access_claims(answer).get("il_s")

    assert isinstance(value, str), f"il_s of the access token is {value!r}"
    assert frozenset(value.split()) == answer.scope, (
        f"il_s is {value!r}, and scope is {answer.get('scope')!r}"
    )


@check(f"{_A}il-u", remedy=ACCESS)
def test_access_token_il_u_is_the_user(flow: Flow) -> None:
    """The access token has il_u, the name of the user who signed in."""
    claims = access_claims(flow.tokens())

    assert claims.get("il_u") == flow.agent.username, (
        "il_u of the access token is not the name of the user who signed in"
    )


@check(f"{_A}il-n", remedy=ACCESS)
def test_access_token_has_il_n(tokens: TokenAnswer) -> None:
    """The access token has il_n, the tenant."""
    assert access_claims(tokens).get("il_n"), "the access token has no il_n"


@check(f"{_A}il-a", remedy=ACCESS)
def test_access_token_has_il_a(tokens: TokenAnswer) -> None:
    """The access token has il_a, the app id."""
    assert access_claims(tokens).get("il_a"), "the access token has no il_a"


@check(f"{_A}il-a", remedy=ACCESS)
def test_access_token_il_a_tells_apps_apart(tokens: TokenAnswer, public_flow: Flow) -> None:
    """The access tokens of two apps differ in il_a."""
    one = access_claims(tokens).get("il_a")

    other = access_claims(public_flow.tokens()).get("il_a")

    assert one != other, "the access tokens of two apps have the same il_a"


@check(f"{_A}il-v", remedy=ACCESS)
def test_access_token_il_v_is_one(tokens: TokenAnswer) -> None:
    """The access token has il_v, the number 1."""
    value = access_claims(tokens).get("il_v")

    assert type(value) is int, f"il_v of the access token is {value!r}"
    assert value == 1, f"il_v of the access token is {value!r}"


@check(f"{_R}header", remedy=REFRESH, needs=[Feature.REFRESH_TOKEN])
@pytest.mark.parametrize(("name", "value"), [("typ", "JWT"), ("alg", "HS256")], ids=["typ", "alg"])
def test_refresh_token_header_is_as_documented(
    confidential_flow: Flow, name: str, value: str
) -> None:
    """The header of a refresh token has typ JWT and alg HS256."""
    token, _ = refresh_token(confidential_flow)

    found = jwt.header(token).get(name)

    assert found == value, f"{name} of the refresh token is {found!r}"


@check(f"{_R}exp", remedy=REFRESH, needs=[Feature.REFRESH_TOKEN])
def test_refresh_token_exp_agrees_with_its_lifetime(confidential_flow: Flow) -> None:
    """The refresh token has exp, the time of the answer plus refresh_token_expires_in."""
    token, answer = refresh_token(confidential_flow)
    now, lifetime = dated(answer), answer.get("refresh_token_expires_in")
    if not isinstance(lifetime, int):
        raise ControlRefused("The answer has no refresh_token_expires_in to compare exp with.")

    exp = (jwt.claims(token) or {}).get("exp")

    assert isinstance(exp, int | float), f"exp of the refresh token is {exp!r}"
    assert abs(exp - now - lifetime) <= AROUND, (
        f"exp lies {exp - now:.0f} s ahead, and refresh_token_expires_in is {lifetime}"
    )


@check(f"{_R}iss", remedy=REFRESH, needs=[Feature.REFRESH_TOKEN])
def test_refresh_token_iss_is_ilert(confidential_flow: Flow) -> None:
    """The refresh token has iss ilert."""
    token, _ = refresh_token(confidential_flow)

    value = (jwt.claims(token) or {}).get("iss")

    assert value == "ilert", f"iss of the refresh token is {value!r}"


@check(f"{_R}il-t", remedy=REFRESH, needs=[Feature.REFRESH_TOKEN])
def test_refresh_token_il_t_is_oauth(confidential_flow: Flow) -> None:
    """The refresh token has il_t OAUTH."""
    token, _ = refresh_token(confidential_flow)

    value = (jwt.claims(token) or {}).get("il_t")

    assert value == "OAUTH", f"il_t of the refresh token is {value!r}"


@check(f"{_R}il-k", remedy=REFRESH, needs=[Feature.REFRESH_TOKEN])
def test_refresh_token_il_k_tells_grants_apart(confidential_flow: Flow) -> None:
    """The refresh tokens of two grants have il_k, each another one."""
    one, _ = refresh_token(confidential_flow)
    other, _ = refresh_token(confidential_flow)

    keys = [(jwt.claims(token) or {}).get("il_k") for token in (one, other)]

    assert all(keys), "a refresh token has no il_k"
    assert keys[0] != keys[1], "the refresh tokens of two grants have the same il_k"


@check(f"{_R}il-v", remedy=REFRESH, needs=[Feature.REFRESH_TOKEN])
def test_refresh_token_il_v_is_one(confidential_flow: Flow) -> None:
    """The refresh token has il_v, the number 1."""
    token, _ = refresh_token(confidential_flow)

    value = (jwt.claims(token) or {}).get("il_v")

    assert type(value) is int, f"il_v of the refresh token is {value!r}"
    assert value == 1, f"il_v of the refresh token is {value!r}"
