"""What ilert's contract says about tokens and the server of its dialect does not do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.defects.record import Change, Defect, rule
from conformance.server.answers import Members
from conformance.server.behaviours import Issue, always, random_refresh_token
from conformance.server.dialects import ilert
from conformance.server.keys import Keys, encode, signed_hs256, signing_input
from conformance.server.registrations import Client

ANSWER = "contract-ilert-token-response"
ACCESS = f"{ANSWER}-access-token"
REFRESH = f"{ANSWER}-refresh-token"
INFORMATION = ilert().information_members


def _defect(name: str, change: Change, *violates: str, kills: tuple[str, ...] = ()) -> Defect:
    return Defect(name, violates, change, dialect="ilert", kills=kills)


def _answers(change: Callable[[Members, Issue], Members]) -> Change:
    """The change of token responses."""
    before = ilert().token_members
    return rule(token_members=lambda members, issue: change(before(members, issue), issue))


def _without(name: str) -> Callable[[Members, Issue], Members]:
    return lambda members, _: {key: value for key, value in members.items() if key != name}


def _renamed(members: Members, _: Issue) -> Members:
    return {"token" if key == "access_token" else key: value for key, value in members.items()}


def _all_scopes(members: Members, issue: Issue) -> Members:
    return {**members, "scope": " ".join(sorted(issue.client.scopes))}


def _only_access(members: Members, _: Issue) -> Members:
    kept = ("access_token", "token_type", "expires_in")
    return {key: value for key, value in members.items() if key in kept}


def _access(change: Callable[[Members, Issue], Members], **further: Any) -> Change:
    """The change of an access token's claims, on an API that does not mind."""
    before = ilert().access_token_claims
    return rule(
        access_token_claims=lambda issue: change(before(issue), issue),
        access_token_needs=lambda _: None,
        **further,
    )


def _with(**members: Any) -> Callable[[Members, Issue], Members]:
    return lambda claims, _: {**claims, **members}


def _hs256(header: Members, claims: Members, keys: Keys) -> str:
    text = signing_input({**header, "alg": "HS256"}, claims)
    return f"{text}.{encode(keys.hs256(text.encode()))}"


def _refresh(change: Callable[[Members, Issue], Members]) -> Change:
    """The change of a refresh token's claims."""

    def made(issue: Issue, keys: Keys) -> str:
        claims: Members = {
            "iss": "ilert",
            "exp": int(issue.now) + int(issue.lifetime),
            "il_t": "OAUTH",
            "il_k": issue.grant,
            "il_v": 1,
        }
        header = {"typ": "JWT", "alg": "HS256"}
        return signed_hs256(header, change(claims, issue), keys)

    return rule(make_refresh_token=made)


def _for_offline_access(_: Client, scope: tuple[str, ...]) -> bool:
    return "offline_access" in scope


def _with_secret(client: Client, _: tuple[str, ...]) -> bool:
    return client.confidential


ANSWERS = (
    _defect(
        "ilert's token_type is JWT",
        rule(token_type="JWT"),
        f"{ANSWER}-token-type-bearer",
        kills=("contract_ilert_tokens.token_type_is_bearer",),
    ),
    _defect(
        "ilert names the access token otherwise",
        _answers(_renamed),
        f"{ACCESS}-present",
        kills=("contract_ilert_tokens.access_token_is_there",),
    ),
    _defect(
        "ilert gives expires_in in minutes",
        rule(expires_in=lambda seconds: int(seconds) // 60),
        f"{ANSWER}-expires-in-an-hour",
        "profile-lifetimes-access-token-expires-in",
        kills=("contract_ilert_tokens.expires_in_is_an_hour",),
    ),
    _defect(
        "ilert repeats the client's scopes",
        _answers(_all_scopes),
        f"{ANSWER}-scope-as-granted",
        kills=("contract_ilert_tokens.scope_is_what_was_granted",),
    ),
    _defect(
        "ilert does not tell how long the refresh token lives",
        _answers(_without("refresh_token_expires_in")),
        f"{REFRESH}-expires-in-a-year",
        kills=("contract_ilert_tokens.refresh_token_expires_in_a_year",),
    ),
    _defect(
        "ilert refreshes with the access token alone",
        rule(refresh_members=_only_access),
        f"{ANSWER}-refresh-answers-in-the-same-form",
        kills=("contract_ilert_tokens.refresh_answers_in_the_same_form",),
    ),
    _defect(
        "ilert gives another refresh token with every refresh",
        rule(refresh_rotates=always, make_refresh_token=random_refresh_token),
        f"{ANSWER}-refresh-keeps-refresh-token",
        kills=("contract_ilert_tokens.refresh_keeps_the_refresh_token",),
    ),
    _defect(
        "ilert adds iss",
        rule(iss_in_response=True),
        f"{ANSWER}-no-iss-parameter",
        kills=("contract_ilert_authorization.response_has_no_iss",),
    ),
    _defect(
        "ilert gives refresh tokens for offline_access alone",
        rule(refresh_token_due=_for_offline_access),
        f"{REFRESH}-with-secret",
        kills=("contract_ilert_tokens.client_with_secret_gets_a_refresh_token",),
    ),
    _defect(
        "ilert ignores offline_access",
        rule(refresh_token_due=_with_secret),
        f"{REFRESH}-with-offline-access",
        kills=("contract_ilert_tokens.offline_access_brings_a_refresh_token",),
    ),
    _defect(
        "ilert gives refresh tokens to everyone",
        rule(refresh_token_due=lambda _, __: True),
        f"{ANSWER}-no-refresh-token-otherwise",
        kills=("contract_ilert_tokens.no_refresh_token_without_secret_and_offline_access",),
    ),
)

ACCESS_TOKENS = (
    _defect(
        "ilert signs access tokens with HS256",
        rule(sign_access_token=_hs256, resource_checks_token=False),
        f"{ACCESS}-header",
        kills=("contract_ilert_jwts.access_token_header_is_as_documented",),
    ),
    _defect(
        "ilert's access token has another typ",
        rule(access_token_header=lambda _: {"typ": "at+jwt", "alg": "RS256"}),
        f"{ACCESS}-header",
        kills=("contract_ilert_jwts.access_token_header_is_as_documented",),
    ),
    _defect(
        "ilert's access token has no iss",
        _access(_without("iss")),
        f"{ACCESS}-iss",
        kills=("contract_ilert_jwts.access_token_iss_is_ilert",),
    ),
    _defect(
        "ilert's access token names another issuer",
        rule(
            access_token_claims=lambda issue: {
                **ilert().access_token_claims(issue),
                "iss": "https://ilert.example",
            },
            access_token_issuer_matches=lambda _, __: True,
        ),
        f"{ACCESS}-iss",
        kills=("contract_ilert_jwts.access_token_iss_is_ilert",),
    ),
    _defect(
        "ilert's access token expires a day later than said",
        _access(lambda claims, _: {**claims, "exp": claims["exp"] + 82800}),
        f"{ACCESS}-exp",
        kills=("contract_ilert_jwts.access_token_exp_agrees_with_expires_in",),
    ),
    _defect(
        "ilert's access token is an OAUTH token",
        _access(_with(il_t="OAUTH")),
        f"{ACCESS}-il-t",
        kills=("contract_ilert_jwts.access_token_il_t_is_access",),
    ),
    _defect(
        "ilert's access token lists the client's scopes",
        _access(
            lambda claims, issue: {**claims, "il_s": " ".join(sorted(issue.client.scopes))},
            resource_needs=lambda _, __, ___: True,
        ),
        f"{ACCESS}-il-s",
        kills=("contract_ilert_jwts.access_token_il_s_is_the_scope",),
    ),
    _defect(
        "ilert's access token names the client as user",
        _access(lambda claims, issue: {**claims, "il_u": issue.client.name}),
        f"{ACCESS}-il-u",
        kills=("contract_ilert_jwts.access_token_il_u_is_the_user",),
    ),
    _defect(
        "ilert's access token names no tenant",
        rule(
            access_token_claims=lambda issue: {
                name: value
                for name, value in ilert().access_token_claims(issue).items()
                if name != "il_n"
            },
            information_members=lambda claims: ilert().information_members(
                {"il_n": "2407", **claims}
            ),
        ),
        f"{ACCESS}-il-n",
        kills=("contract_ilert_jwts.access_token_has_il_n",),
    ),
    _defect(
        "ilert's access token names no app",
        rule(
            access_token_claims=lambda issue: {
                name: value
                for name, value in ilert().access_token_claims(issue).items()
                if name != "il_a"
            },
            information_members=lambda claims: ilert().information_members(
                {"il_a": "web", **claims}
            ),
        ),
        f"{ACCESS}-il-a",
        kills=(
            "contract_ilert_jwts.access_token_has_il_a",
            "contract_ilert_jwts.access_token_il_a_tells_apps_apart",
        ),
    ),
    _defect(
        "ilert's access token has il_v as a string",
        _access(_with(il_v="1")),
        f"{ACCESS}-il-v",
        kills=("contract_ilert_jwts.access_token_il_v_is_one",),
    ),
)

REFRESH_TOKENS = (
    _defect(
        "ilert's refresh token is a random string",
        rule(make_refresh_token=random_refresh_token),
        f"{REFRESH}-header",
        kills=("contract_ilert_jwts.refresh_token_header_is_as_documented",),
    ),
    _defect(
        "ilert's refresh token has no iss",
        _refresh(_without("iss")),
        f"{REFRESH}-iss",
        kills=("contract_ilert_jwts.refresh_token_iss_is_ilert",),
    ),
    _defect(
        "ilert's refresh token has no exp",
        _refresh(_without("exp")),
        f"{REFRESH}-exp",
        kills=("contract_ilert_jwts.refresh_token_exp_agrees_with_its_lifetime",),
    ),
    _defect(
        "ilert's refresh token is an ACCESS token",
        _refresh(_with(il_t="ACCESS")),
        f"{REFRESH}-il-t",
        kills=("contract_ilert_jwts.refresh_token_il_t_is_oauth",),
    ),
    _defect(
        "ilert's refresh tokens of one client have one il_k",
        _refresh(lambda claims, issue: {**claims, "il_k": issue.client.client_id, "n": issue.now}),
        f"{REFRESH}-il-k",
        kills=("contract_ilert_jwts.refresh_token_il_k_tells_grants_apart",),
    ),
    _defect(
        "ilert's refresh token has no il_v",
        _refresh(_without("il_v")),
        f"{REFRESH}-il-v",
        kills=("contract_ilert_jwts.refresh_token_il_v_is_one",),
    ),
)

DEFECTS = (*ANSWERS, *ACCESS_TOKENS, *REFRESH_TOKENS)
