"""Making tokens, and reading access tokens back (RFC 9068; RFC 7519)."""

from __future__ import annotations

from collections.abc import Callable

from conformance.server.answers import Members
from conformance.server.audiences import Audience
from conformance.server.behaviours import Issue
from conformance.server.installation import Installation
from conformance.server.keys import InvalidToken, Keys, Read
from conformance.server.store import AccessToken, Grant, RefreshToken, digest, random_text


def issue(
    at: Installation,
    grant: Grant,
    scope: tuple[str, ...],
    lifetime: float,
    audience: Audience = "",
    proven_key: str = "",
) -> Issue:
    """What is known when a token of a grant is made."""
    return Issue(
        issuer=at.issuer,
        audience=audience or granted_audience(at, grant),
        client=grant.client,
        user=grant.user,
        scope=scope,
        signed_in_at=grant.signed_in_at,
        now=at.clock.now(),
        lifetime=lifetime,
        grant=grant.key,
        proven_key=proven_key,
    )


def granted_audience(at: Installation, grant: Grant) -> Audience:
    """The resources that the user agreed to."""
    return grant.audience or at.rules.audience


def access_token(
    at: Installation,
    grant: Grant,
    scope: tuple[str, ...],
    audience: Audience = "",
    proven_key: str = "",
) -> tuple[str, Issue]:
    """A new access token, and what it was made from; `audience` is the granted one where empty."""
    rules = at.rules
    made = issue(at, grant, scope, rules.access_token_lifetime, audience, proven_key)
    claims = rules.access_token_claims(made)
    if rules.access_token_is_opaque:
        token = random_text()
    else:
        token = rules.sign_access_token(rules.access_token_header(at.keys.kid), claims, at.keys)
    with at.store.lock:
        record = AccessToken(grant, claims, made.now + made.lifetime)
        at.store.access_tokens[digest(token)] = record
    return token, made


def refresh_token(at: Installation, grant: Grant, scope: tuple[str, ...]) -> str:
    """A new refresh token; one too many of a client and user ends the oldest."""
    rules, store = at.rules, at.store
    lifetime = rules.refresh_lifetime
    made = issue(at, grant, scope, float("inf") if lifetime is None else lifetime)
    token = rules.make_refresh_token(made, at.keys)
    with store.lock:
        store.refresh_tokens[digest(rules.refresh_key(token))] = RefreshToken(
            grant, scope, made.now, made.now + made.lifetime, grant.refreshed
        )
        most = rules.refresh_tokens_per_client_and_user
        if most is not None and grant.user is not None:
            alive = [
                one
                for one in store.refresh_tokens_of(grant.client, grant.user)
                if not (one.revoked or one.used or one.grant.revoked)
            ]
            for oldest in alive[: max(0, len(alive) - most)]:
                oldest.revoked = True
    return token


def read(at: Installation, token: str, signed: Callable[[str, Keys], Read]) -> Read:
    """Header and claims of an access token; `signed` reads one that carries them itself."""
    rules = at.rules
    if not rules.access_token_is_opaque:
        return signed(token, at.keys)
    record = at.store.access_tokens.get(digest(token))
    if record is None:
        raise InvalidToken("The token is not known.")
    return Read(rules.access_token_header(at.keys.kid), record.claims)


def verified(at: Installation, read: Read) -> Members:
    """The claims of an access token of ours; InvalidToken says why it is none.

    Times, audience and revocation are asked for apart.
    """
    rules, claims = at.rules, read.claims
    typ = str(read.header.get("typ", "")).lower()
    wanted = str(rules.access_token_header(at.keys.kid).get("typ", "")).lower()
    if rules.access_token_type_checked and typ.removeprefix("application/") != wanted:
        raise InvalidToken("The token is no access token.")
    missing = rules.access_token_needs(claims)
    if missing is not None:
        raise InvalidToken(f"The token has no {missing}.")
    if not rules.access_token_issuer_matches(_text(claims, "iss"), rules.token_issuer(at.issuer)):
        raise InvalidToken("The token is of another issuer.")
    return claims


def meant_for(audience: str, claims: Members) -> bool:
    """Whether an API is among the audiences of a token (RFC 9068, section 4)."""
    named = claims.get("aud")
    return audience in (named if isinstance(named, list) else [named])


def expired(at: Installation, claims: Members) -> bool:
    """Whether the time of a token is over (RFC 7519, section 4.1.4)."""
    leeway = at.rules.access_token_leeway
    if leeway is None:
        return False
    exp = claims.get("exp")
    return not isinstance(exp, (int, float)) or at.clock.now() >= exp + leeway


def premature(at: Installation, claims: Members) -> bool:
    """Whether the time of a token has not come yet (RFC 7519, section 4.1.5)."""
    looks = at.rules.access_token_leeway is not None
    return looks and not at.rules.access_token_matures(claims, at.clock.now())


def ended(at: Installation, token: str) -> bool:
    """Whether an access token was revoked, or ended with its grant."""
    record = at.store.access_tokens.get(digest(token))
    if record is None:
        return False
    gone = record.grant.revoked and not at.rules.access_token_outlives_grant
    return record.revoked or gone


def scope_of(at: Installation, claims: Members) -> frozenset[str]:
    """The scope of an access token."""
    return frozenset(_text(claims, at.rules.access_token_scope_claim).split())


def _text(claims: Members, name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""
