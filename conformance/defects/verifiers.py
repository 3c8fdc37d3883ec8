"""Verifiers of JWTs, each of which falls for one classic kind of forgery alone (RFC 8725, 2)."""

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

from conformance.defects.record import Change, rule
from conformance.protocol.forgery import spellings
from conformance.server.answers import Members
from conformance.server.keys import InvalidToken, Keys, Read, decode, verified_rs256


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


def of_header(header: Members) -> Any:
    return jwt.PyJWK(header["jwk"], "RS256").key


def unverified(token: str, _: Keys) -> Read:
    header, claims, _signature = _taken_apart(token)
    return Read(header, claims)


def or_unsigned(token: str, keys: Keys) -> Read:
    header, claims, _ = _taken_apart(token)
    if str(header.get("alg", "")).lower() == "none":
        return Read(header, claims)
    return verified_rs256(token, keys)


def or_public_key_as_secret(token: str, keys: Keys) -> Read:
    header, claims, signature = _taken_apart(token)
    if header.get("alg") != "HS256":
        return verified_rs256(token, keys)
    signed = token.rpartition(".")[0].encode()
    secrets = spellings(keys.private.public_key(), keys.public_jwk).values()
    if any(hmac.compare_digest(hmac.digest(one, signed, "sha256"), signature) for one in secrets):
        return Read(header, claims)
    raise InvalidToken("The signature does not fit.")


def or_key_of(find: Callable[[Members], Any]) -> Change:
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


def of_key_set(header: Members) -> Any:
    return jwt.PyJWKSet.from_json(_at(header["jku"]).decode()).keys[0].key


def of_certificate(header: Members) -> Any:
    der = base64.b64decode(header["x5c"][0])
    return x509.load_der_x509_certificate(der).public_key()


def of_certificate_elsewhere(header: Members) -> Any:
    return x509.load_pem_x509_certificate(_at(header["x5u"])).public_key()


def or_secret_of(find: Callable[[str], bytes]) -> Change:
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


def from_file(kid: str) -> bytes:
    return Path(os.path.normpath(f"/srv/keys/{kid}")).read_bytes()


def from_table(kid: str) -> bytes:
    with closing(sqlite3.connect(":memory:")) as table:
        table.execute("CREATE TABLE keys (kid TEXT, secret TEXT)")
        row = table.execute(f"SELECT secret FROM keys WHERE kid = '{kid}'").fetchone()
    return str(row[0]).encode()


def or_without_signature(token: str, keys: Keys) -> Read:
    header, claims, signature = _taken_apart(token)
    return verified_rs256(token, keys) if signature else Read(header, claims)


def or_without_algorithm(token: str, keys: Keys) -> Read:
    header, claims, _ = _taken_apart(token)
    return verified_rs256(token, keys) if header.get("alg") else Read(header, claims)


@cache
def _curve_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def signed_es256(header: Members, claims: Members, _: Keys) -> str:
    return jwt.api_jws.encode(
        json.dumps(claims).encode(), _curve_key(), "ES256", {**header, "alg": "ES256"}
    )


def verified_es256(token: str, _: Keys) -> Read:
    header, claims, _signature = _taken_apart(token)
    try:
        jwt.api_jws.decode(token, _curve_key().public_key(), ["ES256"])
    except jwt.PyJWTError as error:
        raise InvalidToken("The token was not signed by this server.") from error
    return Read(header, claims)


def or_zeros(token: str, keys: Keys) -> Read:
    """ECDSA without the check that r and s are not zero: every message is signed by them."""
    header, claims, signature = _taken_apart(token)
    if signature == bytes(64):
        return Read(header, claims)
    return verified_es256(token, keys)


def curve_key_set(document: Members, _: Keys) -> Members:
    public = jwt.algorithms.ECAlgorithm.to_jwk(_curve_key().public_key(), as_dict=True)
    kid = document["keys"][0]["kid"]
    return {"keys": [{**public, "use": "sig", "alg": "ES256", "kid": kid}]}


def lenient(token: str, keys: Keys) -> Read:
    return verified_rs256(token.rstrip("=.!~+/"), keys)


def or_id_token(token: str, keys: Keys) -> Read:
    """Whatever the server has signed about a user is good for everything."""
    read = verified_rs256(token, keys)
    if read.header.get("typ") != "JWT":
        return read
    api = {"aud": "https://api.example", "client_id": read.claims.get("aud"), "jti": ""}
    return Read({"typ": "at+jwt"}, {**read.claims, **api, "scope": "profile source:w"})


def or_of_any_issuer(token: str, keys: Keys) -> Read:
    """Keys are looked for wherever the token says that it comes from."""
    header, claims, _ = _taken_apart(token)
    try:
        metadata = json.loads(_at(f"{claims['iss']}/.well-known/oauth-authorization-server"))
        found = jwt.PyJWKSet.from_json(_at(metadata["jwks_uri"]).decode()).keys[0].key
        jwt.api_jws.decode(token, found, ["RS256"])
    except (jwt.PyJWTError, OSError, TypeError, ValueError, LookupError):
        return verified_rs256(token, keys)
    return Read(header, claims)
