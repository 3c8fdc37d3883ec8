"""ID tokens: who signed in, told to the client (OpenID Connect Core 1.0, sections 2 and 3)."""

from __future__ import annotations

import hashlib

from conformance.server.answers import Members
from conformance.server.installation import Installation
from conformance.server.keys import encode, signed_rs256
from conformance.server.store import Grant


def is_due(grant: Grant) -> bool:
    """Whether the client asked who the user is (section 3.1.2.1)."""
    return grant.user is not None and "openid" in grant.scope


def id_token(
    at: Installation, grant: Grant, code: str | None = None, access_token: str | None = None
) -> str:
    """An ID token; `code` and `access_token` are those that come in the same redirect."""
    now = int(at.clock.now())
    claims: Members = {
        "iss": at.issuer,
        "sub": "" if grant.user is None else grant.user.subject,
        "aud": grant.client.client_id,
        "iat": now,
        "exp": now + int(at.rules.id_token_lifetime),
        "auth_time": int(grant.signed_in_at),
    }
    if grant.nonce is not None:
        claims["nonce"] = grant.nonce
    if code is not None:
        claims["c_hash"] = _half_hash(code)
    if access_token is not None:
        claims["at_hash"] = _half_hash(access_token)
    header = {"typ": "JWT", "alg": "RS256", "kid": at.keys.kid}
    return signed_rs256(header, at.rules.id_token_claims(claims), at.keys)


def _half_hash(value: str) -> str:
    """The left half of the SHA-256 hash (section 3.3.2.11)."""
    return encode(hashlib.sha256(value.encode("ascii")).digest()[:16])
