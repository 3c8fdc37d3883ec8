"""The dialects of the server: what kind of server it is when nothing is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from conformance.server.answers import Headers, Members, Refusal
from conformance.server.audiences import Resources
from conformance.server.behaviours import Issue, Pairs, always, error_members, first_of, never
from conformance.server.keys import Keys, signed_hs256
from conformance.server.registrations import BILLING, SCOPES, Client, Registrations, User
from conformance.server.rules import Paths, Rules


def standard() -> Rules:
    """OAuth 2.1, strictly, with RFC 9700, 9068, 9207, 8414, 7009 and 7662."""
    return replace(Rules(), scopes=SCOPES | {BILLING})


def ilert() -> Rules:
    """ilert's contract, as its documentation has it."""
    oauth2 = "/api/developers/oauth2"
    return replace(
        Rules(),
        paths=Paths(
            authorization=f"{oauth2}/authorize",
            token=f"{oauth2}/token",
            revocation=f"{oauth2}/revoke",
            introspection=None,
            token_information=f"{oauth2}/token_info",
            jwks=None,
            metadata=None,
            billing=None,
            registration=None,
            developers=None,
        ),
        token_audience=_the_only_one,
        token_resource=first_of,
        dpop_algorithms=(),
        response_modes=frozenset(),
        prompts=frozenset(),
        iss_in_response=False,
        iss_in_error=False,
        consent_required=lambda _, __, ___: True,
        client_assertion_algorithms=(),
        challenge_required=_is_public,
        challenge_uses=None,
        code_without_challenge_redeemed=_is_confidential,
        code_lifetime=120,
        access_token_lifetime=3600,
        refresh_lifetime=365 * 86400,
        refresh_token_due=_with_secret_or_offline_access,
        refresh_tokens_per_client_and_user=10,
        refresh_rotates=never,
        make_refresh_token=_refresh_token,
        token_members=_with_refresh_lifetime,
        error_members=_error_members,
        error_status=_error_status,
        access_token_header=lambda _: {"typ": "JWT", "alg": "RS256"},
        access_token_claims=_claims,
        token_issuer=lambda _: "ilert",
        access_token_needs=_missing,
        access_token_audience_checked=False,
        access_token_outlives_grant=True,
        access_token_scope_claim="il_s",
        access_token_user=_user,
        revocation_identifies_client=False,
        revocation_of=frozenset({"refresh_token"}),
        information_members=_information,
        cors=_no_cors,
    )


def legacy() -> Rules:
    """RFC 6749 as of 2012: every grant, opaque tokens, PKCE for who wants it; and OpenID."""
    return replace(
        Rules(),
        paths=Paths(billing=None, registration=None, developers=None),
        token_audience=_the_only_one,
        token_resource=first_of,
        dpop_algorithms=(),
        scopes=SCOPES | {"openid"},
        response_types=("code", "token", "code token", "id_token", "code id_token"),
        response_modes=frozenset({"query", "fragment"}),
        grant_types=frozenset(
            {"authorization_code", "implicit", "password", "client_credentials", "refresh_token"}
        ),
        iss_in_response=False,
        iss_in_error=False,
        iss_is_announced=False,
        challenge_required=never,
        challenge_uses=None,
        challenge_methods=frozenset({"S256", "plain"}),
        code_without_challenge_redeemed=always,
        code_redirect_uri_will_do=_equal_if_sent,
        authorization_error=_with_error_uri,
        error_members=_with_error_uri_member,
        access_token_is_opaque=True,
        access_token_lifetime=3600,
        refresh_token_due=_with_secret,
        refresh_rotates=never,
        query_token_is_read=True,
        body_token_is_read=_from_form,
        introspection_members=_with_username,
    )


DIALECTS: Mapping[str, Callable[[], Rules]] = {
    "standard": standard,
    "ilert": ilert,
    "legacy": legacy,
}
"""The dialects by name."""


def _the_only_one(_: tuple[str, ...], __: tuple[str, ...], known: Resources) -> str:
    """There is one resource, and the parameter that would name it is not known."""
    return known[0]


def _is_public(client: Client) -> bool:
    return client.public


def _is_confidential(client: Client) -> bool:
    return client.confidential


def _with_secret_or_offline_access(client: Client, scope: tuple[str, ...]) -> bool:
    return client.confidential or "offline_access" in scope


def _no_cors(_: str) -> Headers:
    return ()


def _refresh_token(issue: Issue, keys: Keys) -> str:
    """The refresh token is a JWT that only the server can check; il_k is the key of the grant."""
    claims = {
        "iss": "ilert",
        "exp": int(issue.now) + int(issue.lifetime),
        "il_t": "OAUTH",
        "il_k": issue.grant,
        "il_v": 1,
    }
    return signed_hs256({"typ": "JWT", "alg": "HS256"}, claims, keys)


def _claims(issue: Issue) -> Members:
    return {
        "iss": "ilert",
        "exp": int(issue.now) + int(issue.lifetime),
        "il_t": "ACCESS",
        "il_s": " ".join(issue.scope),
        "il_u": "" if issue.user is None else issue.user.username,
        "il_n": "" if issue.user is None else issue.user.tenant,
        "il_a": issue.client.client_id,
        "il_v": 1,
    }


def _missing(claims: Members) -> str | None:
    if claims.get("il_t") != "ACCESS":
        return "il_t"
    return next((name for name in ("iss", "exp", "il_s", "il_u") if name not in claims), None)


def _user(claims: Members, registrations: Registrations) -> User | None:
    return registrations.user(str(claims.get("il_u")))


def _information(claims: Members) -> Members:
    return {
        "active": True,
        "tenant_id": claims["il_n"],
        "username": claims["il_u"],
        "scope": claims["il_s"],
        "app_id": claims["il_a"],
    }


def _with_refresh_lifetime(members: Members, _: Issue) -> Members:
    if "refresh_token" not in members:
        return members
    return {**members, "refresh_token_expires_in": 365 * 86400}


def _error_members(error: Refusal, _: Mapping[str, str]) -> Members:
    return {"code": error.code, "error": error.description}


def _error_status(error: Refusal) -> int:
    return 401 if error.code == "invalid_grant" else error.status


# RFC 6749 as of 2012


_ERRORS = "https://docs.example/oauth/errors#"


def _equal_if_sent(sent_before: str | None, used: str, now: str | None) -> bool:
    """The redirect URI has to come again where it was sent (RFC 6749, section 4.1.3)."""
    return now == sent_before or (sent_before is None and now == used)


def _with_secret(client: Client, _: tuple[str, ...]) -> bool:
    """A stolen refresh token of a client that proves nothing would not be noticed (10.4)."""
    return client.confidential


def _with_error_uri(pairs: Pairs, _: Mapping[str, str]) -> Pairs:
    codes = [value for name, value in pairs if name == "error"]
    return [*pairs, *(("error_uri", _ERRORS + code) for code in codes)]


def _with_error_uri_member(error: Refusal, sent: Mapping[str, str]) -> Members:
    return {**error_members(error, sent), "error_uri": _ERRORS + error.code}


def _from_form(method: str, media_type: str) -> bool:
    """Tokens in a form body, of a method that gives bodies a meaning (RFC 6750, section 2.2)."""
    return method in ("POST", "PUT") and media_type == "application/x-www-form-urlencoded"


def _with_username(members: Members, registrations: Registrations) -> Members:
    """Who the user is, where there is one: so tokens of clients are told from those of users."""
    named = (user for user in registrations.users if user.subject == members.get("sub"))
    user = next(named, None)
    return members if user is None else {**members, "username": user.username}
