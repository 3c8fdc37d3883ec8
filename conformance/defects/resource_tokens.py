"""A protected resource that takes access tokens which it must not take (RFC 9068, section 4)."""

from __future__ import annotations

import hmac
import json
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from conformance.defects.record import Defect, rule
from conformance.server.answers import Members
from conformance.server.keys import InvalidToken, Keys, Read, decode, verified_rs256

VALIDATED = "rfc6749-7-rs-validates-access-token"


def _taken_apart(token: str) -> tuple[Members, Members, bytes]:
    parts = token.split(".")
    try:
        header, claims = (json.loads(decode(part)) for part in parts[:2])
        signature = decode(parts[2]) if len(parts) > 2 else b""
    except (ValueError, IndexError) as error:
        raise InvalidToken("The token cannot be read.") from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise InvalidToken("The token cannot be read.")
    return header, claims, signature


def _unverified(token: str, _: Keys) -> Read:
    header, claims, _signature = _taken_apart(token)
    return Read(header, claims)


def _or_unsigned(token: str, keys: Keys) -> Read:
    header, claims, _ = _taken_apart(token)
    if str(header.get("alg", "")).lower() == "none":
        return Read(header, claims)
    return verified_rs256(token, keys)


def _or_public_key_as_secret(token: str, keys: Keys) -> Read:
    header, claims, signature = _taken_apart(token)
    if header.get("alg") != "HS256":
        return verified_rs256(token, keys)
    signed = token.rpartition(".")[0].encode()
    secrets = (keys.public_pem, keys.public_pem.strip(), decode(str(keys.public_jwk["n"])))
    if any(hmac.compare_digest(hmac.digest(one, signed, "sha256"), signature) for one in secrets):
        return Read(header, claims)
    raise InvalidToken("The signature does not fit.")


def _or_key_of_header(token: str, keys: Keys) -> Read:
    header, claims, _ = _taken_apart(token)
    if "jwk" not in header:
        return verified_rs256(token, keys)
    try:
        key: Any = jwt.PyJWK(header["jwk"], "RS256").key
        if isinstance(key, rsa.RSAPrivateKey):
            key = key.public_key()
        jwt.api_jws.decode(token, key, ["RS256"])
    except (jwt.PyJWTError, TypeError, ValueError, AttributeError) as error:
        raise InvalidToken("The signature does not fit.") from error
    return Read(header, claims)


def _lenient(token: str, keys: Keys) -> Read:
    return verified_rs256(token.rstrip("=.!~+/"), keys)


DEFECTS = (
    Defect(
        "any token opens the resource",
        (VALIDATED, "rfc9068-4-rs-verifies-signature", "profile-resources-scope-demanded"),
        rule(resource_checks_token=False),
        kills=(
            "profile_resources.resource_demands_its_scope",
            "resource_tokens.tampered_jwt_is_refused[payload]",
            "resource_tokens.what_is_no_access_token_is_refused[invented]",
        ),
    ),
    Defect(
        "expired token opens the resource",
        (
            "rfc6749-7-rs-rejects-expired-token",
            "rfc9068-4-rs-checks-exp",
            "profile-lifetimes-access-token-dies",
            "rfc6749-5.1-expires-in-matches-lifetime",
        ),
        rule(access_token_leeway=None),
        kills=(
            "lifetimes.access_token_dies_as_promised",
            "resource_tokens.exp_is_checked",
            "resource_tokens.expired_token_is_refused",
        ),
    ),
    Defect(
        "token opens the resource an hour too long",
        ("rfc9068-4-rs-checks-exp", "rfc6749-7-rs-rejects-expired-token"),
        rule(access_token_leeway=3600),
        kills=(
            "resource_tokens.exp_is_checked",
            "resource_tokens.expired_token_is_refused",
        ),
    ),
    Defect(
        "token of another audience opens the resource",
        ("rfc9700-2.3-rs-rejects-wrong-audience",),
        rule(access_token_audience_checked=False),
        kills=("resource_tokens.token_of_another_audience_is_refused",),
    ),
    Defect(
        "JWT of any type opens the resource",
        ("rfc9068-4-rs-checks-typ",),
        rule(access_token_type_checked=False),
    ),
    Defect(
        "issuer of the token compared by its beginning",
        ("rfc9068-4-rs-checks-issuer",),
        rule(access_token_issuer_matches=lambda found, wanted: found.startswith(wanted)),
    ),
    Defect(
        "signature of the token not verified",
        (
            "rfc9068-4-rs-verifies-signature",
            VALIDATED,
            "rfc7519-7.2-rs-rejects-unacceptable-algorithms",
            "rfc6749-10.3-access-token-unforgeable",
        ),
        rule(access_token_read=_unverified),
        kills=(
            "resource_tokens.mac_with_an_empty_secret_is_refused",
            "resource_tokens.tampered_jwt_is_refused[payload]",
            "resource_tokens.what_is_no_access_token_is_refused[longer]",
        ),
    ),
    Defect(
        "token with alg none opens the resource",
        ("rfc9068-4-rs-rejects-alg-none", "rfc7519-7.2-rs-rejects-unacceptable-algorithms"),
        rule(access_token_read=_or_unsigned),
        kills=("resource_tokens.unsigned_jwt_is_refused[NONE]",),
    ),
    Defect(
        "public key taken as the secret of an HMAC",
        ("rfc9068-4-rs-uses-only-server-keys", "rfc7519-7.2-rs-rejects-unacceptable-algorithms"),
        rule(access_token_read=_or_public_key_as_secret),
        kills=("resource_tokens.public_key_is_no_secret",),
    ),
    Defect(
        "key taken from the header of the token",
        ("rfc9068-4-rs-uses-only-server-keys",),
        rule(access_token_read=_or_key_of_header),
        kills=("resource_tokens.jwt_of_a_foreign_key_is_refused[embedded-jwk]",),
    ),
    Defect(
        "token with stray characters opens the resource",
        ("rfc7519-7.2-rs-rejects-malformed-jwt",),
        rule(access_token_read=_lenient),
        kills=("resource_tokens.malformed_jwt_is_refused[padding-at-the-end]",),
    ),
    Defect(
        "revoked token opens the resource",
        ("rfc7009-2.1-revocation-immediate", "rfc7009-2-access-token-revocation-supported"),
        rule(access_token_revocation_seen=False),
        kills=("revocation.revoked_access_token_is_dead",),
    ),
    Defect(
        "token opens the resource before its time",
        ("rfc7519-4.1.5-nbf-enforced",),
        rule(access_token_matures=lambda _, __: True),
    ),
)
