"""A protected resource that takes access tokens which it must not take (RFC 9068, section 4)."""

from __future__ import annotations

import base64
import hmac
import json
import os
import sqlite3
import urllib.request
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from conformance.defects.record import Change, Defect, rule
from conformance.protocol.forgery import spellings
from conformance.server.answers import Members
from conformance.server.behaviours import Issue, access_token_claims
from conformance.server.keys import (
    InvalidToken,
    Keys,
    Read,
    decode,
    signed_rs256,
    verified_rs256,
)

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


def _of_header(header: Members) -> Any:
    return jwt.PyJWK(header["jwk"], "RS256").key


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
    secrets = spellings(keys.private.public_key(), keys.public_jwk).values()
    if any(hmac.compare_digest(hmac.digest(one, signed, "sha256"), signature) for one in secrets):
        return Read(header, claims)
    raise InvalidToken("The signature does not fit.")


def _or_key_of(find: Callable[[Members], Any]) -> Change:
    """Takes a token too that verifies with the key that its own header leads to."""

    def read(token: str, keys: Keys) -> Read:
        header, claims, _ = _taken_apart(token)
        try:
            found = find(header)
            key = found.public_key() if isinstance(found, rsa.RSAPrivateKey) else found
            jwt.api_jws.decode(token, key, ["RS256"])
        except (jwt.PyJWTError, OSError, TypeError, ValueError, LookupError, AttributeError):
            return verified_rs256(token, keys)
        return Read(header, claims)

    return rule(access_token_read=read)


def _at(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=2) as answer:
        content: bytes = answer.read()
    return content


def _of_key_set(header: Members) -> Any:
    return jwt.PyJWKSet.from_json(_at(header["jku"]).decode()).keys[0].key


def _of_certificate(header: Members) -> Any:
    der = base64.b64decode(header["x5c"][0])
    return x509.load_der_x509_certificate(der).public_key()


def _of_certificate_elsewhere(header: Members) -> Any:
    return x509.load_pem_x509_certificate(_at(header["x5u"])).public_key()


def _or_secret_of(find: Callable[[str], bytes]) -> Change:
    """Takes an HMAC too, with the secret that is found by kid."""

    def read(token: str, keys: Keys) -> Read:
        header, claims, signature = _taken_apart(token)
        if header.get("alg") != "HS256":
            return verified_rs256(token, keys)
        try:
            secret = find(str(header.get("kid")))
        except (OSError, ValueError, LookupError, sqlite3.Error) as error:
            raise InvalidToken("The key is not known.") from error
        signed = token.rpartition(".")[0].encode()
        if not hmac.compare_digest(hmac.digest(secret, signed, "sha256"), signature):
            raise InvalidToken("The signature does not fit.")
        return Read(header, claims)

    return rule(access_token_read=read)


def _from_file(kid: str) -> bytes:
    return Path(os.path.normpath(f"/srv/keys/{kid}")).read_bytes()


def _from_table(kid: str) -> bytes:
    with closing(sqlite3.connect(":memory:")) as table:
        table.execute("CREATE TABLE keys (kid TEXT, secret TEXT)")
        row = table.execute(f"SELECT secret FROM keys WHERE kid = '{kid}'").fetchone()
    return str(row[0]).encode()


def _or_without_signature(token: str, keys: Keys) -> Read:
    header, claims, signature = _taken_apart(token)
    return verified_rs256(token, keys) if signature else Read(header, claims)


def _or_without_algorithm(token: str, keys: Keys) -> Read:
    header, claims, _ = _taken_apart(token)
    return verified_rs256(token, keys) if header.get("alg") else Read(header, claims)


@cache
def _curve_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _signed_es256(header: Members, claims: Members, _: Keys) -> str:
    return jwt.api_jws.encode(
        json.dumps(claims).encode(), _curve_key(), "ES256", {**header, "alg": "ES256"}
    )


def _verified_es256(token: str, _: Keys) -> Read:
    header, claims, _signature = _taken_apart(token)
    try:
        jwt.api_jws.decode(token, _curve_key().public_key(), ["ES256"])
    except jwt.PyJWTError as error:
        raise InvalidToken("The token was not signed by this server.") from error
    return Read(header, claims)


def _or_zeros(token: str, keys: Keys) -> Read:
    """ECDSA without the check that r and s are not zero: every message is signed by them."""
    header, claims, signature = _taken_apart(token)
    if signature == bytes(64):
        return Read(header, claims)
    return _verified_es256(token, keys)


def _curve_key_set(document: Members, _: Keys) -> Members:
    public = jwt.algorithms.ECAlgorithm.to_jwk(_curve_key().public_key(), as_dict=True)
    kid = document["keys"][0]["kid"]
    return {"keys": [{**public, "use": "sig", "alg": "ES256", "kid": kid}]}


def _refresh_jwt(issue: Issue, keys: Keys) -> str:
    """All claims of an access token, in a JWT that says that it is none."""
    return signed_rs256({"typ": "rt+jwt", "alg": "RS256"}, access_token_claims(issue), keys)


def _from_then_on(issue: Issue) -> Members:
    return {**access_token_claims(issue), "nbf": int(issue.now) + 900}


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
        base=rule(make_refresh_token=_refresh_jwt),
        kills=("resource_decisions.jwt_of_another_type_is_refused[refresh_token]",),
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
        kills=(
            "forged_tokens.published_key_is_no_secret[pem]",
            "forged_tokens.published_key_is_no_secret[der]",
            "forged_tokens.published_key_is_no_secret[jwk]",
            "forged_tokens.published_key_is_no_secret[number]",
        ),
    ),
    Defect(
        "key taken from the header of the token",
        ("rfc9068-4-rs-uses-only-server-keys",),
        _or_key_of(_of_header),
        kills=("resource_tokens.jwt_of_a_foreign_key_is_refused[embedded-jwk]",),
    ),
    Defect(
        "keys fetched from where the token points to",
        ("rfc9068-4-rs-uses-only-server-keys",),
        _or_key_of(_of_key_set),
        kills=(
            "forged_tokens.key_that_the_token_points_to_is_not_used[jku-data-url]",
            "forged_tokens.key_that_the_token_points_to_is_not_used[jku-url]",
        ),
    ),
    Defect(
        "certificate fetched from where the token points to",
        ("rfc9068-4-rs-uses-only-server-keys",),
        _or_key_of(_of_certificate_elsewhere),
        kills=(
            "forged_tokens.key_that_the_token_points_to_is_not_used[x5u-data-url]",
            "forged_tokens.key_that_the_token_points_to_is_not_used[x5u-url]",
        ),
    ),
    Defect(
        "certificate taken from the header of the token",
        ("rfc9068-4-rs-uses-only-server-keys",),
        _or_key_of(_of_certificate),
        kills=("forged_tokens.certificate_that_the_token_brings_is_not_used",),
    ),
    Defect(
        "key read from the file that kid names",
        ("rfc9068-4-rs-uses-only-server-keys",),
        _or_secret_of(_from_file),
        kills=("forged_tokens.key_identifier_is_no_path[dev-null-from-below]",),
    ),
    Defect(
        "key looked up with kid as part of the query",
        ("rfc9068-4-rs-uses-only-server-keys",),
        _or_secret_of(_from_table),
        kills=("forged_tokens.key_identifier_is_no_query[quoted]",),
    ),
    Defect(
        "token with an empty signature opens the resource",
        ("rfc9068-4-rs-verifies-signature",),
        rule(access_token_read=_or_without_signature),
        kills=("forged_tokens.signature_of_nothing_is_refused[empty]",),
    ),
    Defect(
        "token without an algorithm opens the resource",
        ("rfc7519-7.2-rs-rejects-unacceptable-algorithms",),
        rule(access_token_read=_or_without_algorithm),
        kills=(
            "forged_tokens.jwt_without_an_algorithm_is_refused[empty]",
            "forged_tokens.jwt_without_an_algorithm_is_refused[missing]",
        ),
    ),
    Defect(
        "ECDSA signature of zeros opens the resource",
        ("rfc9068-4-rs-verifies-signature",),
        rule(access_token_read=_or_zeros),
        base=rule(
            sign_access_token=_signed_es256,
            access_token_read=_verified_es256,
            introspection_read=_verified_es256,
            jwks=_curve_key_set,
        ),
        kills=("forged_tokens.signature_of_nothing_is_refused[zeros]",),
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
        base=rule(access_token_claims=_from_then_on, access_token_lifetime=3600),
        kills=("resource_decisions.token_is_refused_before_its_time",),
    ),
)
