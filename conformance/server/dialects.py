"""The dialects of the server: what kind of server it is when nothing is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from conformance.server.answers import Headers, Members, Refusal
from conformance.server.behaviours import Issue, never
from conformance.server.keys import Keys, signed_hs256
from conformance.server.registrations import Client, Registrations, User
from conformance.server.rules import Paths, Rules


def standard() -> Rules:
    """OAuth 2.1, strictly, with RFC 9700, 9068, 9207, 8414, 7009 and 7662."""
    return Rules()


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
        ),
        response_modes=frozenset(),
        prompts=frozenset(),
        iss_in_response=False,
        iss_in_error=False,
        consent_required=lambda _, __, ___: True,
        client_assertion_algorithms=(),
        challenge_required=_is_public,
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


DIALECTS: Mapping[str, Callable[[], Rules]] = {"standard": standard, "ilert": ilert}
"""The dialects by name."""


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
