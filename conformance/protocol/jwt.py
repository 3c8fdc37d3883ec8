"""JSON Web Tokens taken apart and put together, without judging them (RFC 7519, 7515)."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import jwt as pyjwt
from cryptography.hazmat.primitives.asymmetric import rsa

ASYMMETRIC = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
"""Signature algorithms (RFC 7518, 3.1; RFC 8037) that are not a MAC."""


def looks_like(token: str) -> bool:
    """Whether a token is a signed JWT in compact form: three parts, the first two JSON objects."""
    return token.count(".") == 2 and bool(header(token)) and claims(token) is not None


def is_encrypted(token: str) -> bool:
    """Whether a token is a JWE in compact form (RFC 7516, 3.1)."""
    return token.count(".") == 4 and "enc" in header(token)


def json_serialized(token: str) -> dict[str, Any] | None:
    """A JWS in the JSON serialization (RFC 7515, 7.2), also within base64url; None if it is none.

    Its members `header`, of the one signature or of each, are not integrity protected.
    """
    with suppress(ValueError, RecursionError):
        text = token if token.lstrip().startswith("{") else decode(token).decode("utf-8")
        found = json.loads(text)
        if isinstance(found, dict) and "payload" in found:
            return found
    return None


def header(token: str) -> dict[str, Any]:
    """The JOSE header; empty where it cannot be read."""
    return _object(token, 0) or {}


def claims(token: str) -> dict[str, Any] | None:
    """The claims; None where they cannot be read."""
    return _object(token, 1)


def raw(token: str, part: int) -> str:
    """The decoded text of the header (0) or the claims (1), as it was sent."""
    parts = token.split(".")
    try:
        return decode(parts[part]).decode("utf-8")
    except (IndexError, ValueError):
        return ""


def repeated_members(text: str) -> tuple[str, ...]:
    """The names that occur more than once in a JSON object (RFC 7519, 4; RFC 7515, 4)."""
    repeated: list[str] = []

    def watch(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        repeated.extend(sorted({name for name in names if names.count(name) > 1}))
        return dict(pairs)

    try:
        json.loads(text, object_pairs_hook=watch)
    except ValueError:
        return ()
    return tuple(repeated)


def verifies(token: str, keys: Sequence[pyjwt.PyJWK]) -> bool:
    """Whether a published key verifies the signature, with the algorithm that the header names.

    Only asymmetric algorithms; times and audience are not looked at. With a `kid` in the header
    the keys of that id are tried, else all.
    """
    named = header(token)
    algorithm = named.get("alg")
    if algorithm not in ASYMMETRIC:
        return False
    identified = [key for key in keys if key.key_id == named.get("kid")] or list(keys)
    return any(_verifies(token, key, str(algorithm)) for key in identified)


def _verifies(token: str, key: pyjwt.PyJWK, algorithm: str) -> bool:
    try:
        pyjwt.api_jws.PyJWS().decode(token, key=key.key, algorithms=[algorithm])
    except (pyjwt.PyJWTError, TypeError, ValueError):
        return False
    return True


def verifying(token: str, keys: Sequence[pyjwt.PyJWK]) -> frozenset[str]:
    """The asymmetric algorithms by which one of the keys verifies the signature.

    Whatever `alg` and `kid` the header names (RFC 7515, 5.2).
    """
    signed_part, _, signature = token.rpartition(".")
    algorithms = pyjwt.algorithms.get_default_algorithms()
    return frozenset(
        name
        for name in ASYMMETRIC
        for key in keys
        if _fits(algorithms[name], signed_part.encode(), key.key, signature)
    )


def _fits(algorithm: Any, message: bytes, key: Any, signature: str) -> bool:
    try:
        return bool(algorithm.verify(message, key, decode(signature)))
    except (AttributeError, TypeError, ValueError, pyjwt.PyJWTError):  # A key of another kind.
        return False


def signed(head: Mapping[str, Any], body: Mapping[str, Any], key: Any, algorithm: str) -> str:
    """A compact JWS over the claims with exactly this header; `alg` is set to the algorithm."""
    how: Any = pyjwt.algorithms.get_default_algorithms()[algorithm]
    full = {name: value for name, value in {**head, "alg": algorithm}.items() if value is not None}
    parts = (json.dumps(part, separators=(",", ":")).encode() for part in (full, dict(body)))
    text = ".".join(map(encode, parts))
    return f"{text}.{encode(how.sign(text.encode(), how.prepare_key(key)))}"


def maced(head: Mapping[str, Any], body: Mapping[str, Any], secret: bytes) -> str:
    """A compact JWS with an HMAC of SHA-256, whatever the secret looks like (RFC 7515, 5.1)."""
    parts = ({**head, "alg": "HS256"}, dict(body))
    text = ".".join(encode(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    return f"{text}.{encode(hmac.digest(secret, text.encode(), 'sha256'))}"


def public_jwk(key: rsa.RSAPrivateKey) -> dict[str, Any]:
    """The public part of a key as a JWK (RFC 7517)."""
    return dict(pyjwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True))


def assembled(head: Mapping[str, Any], body: Mapping[str, Any], signature: bytes) -> str:
    """A compact JWS put together as it is: nothing is checked, nothing signed."""
    parts = (json.dumps(dict(part), separators=(",", ":")).encode() for part in (head, body))
    return ".".join((*map(encode, parts), encode(signature)))


def with_claims(token: str, **changes: Any) -> str:
    """The token with other claims and the signature that it had."""
    _, _, signature = token.split(".")
    return assembled(header(token), {**(claims(token) or {}), **changes}, decode(signature))


def new_rsa_key() -> rsa.RSAPrivateKey:
    """A fresh 2048-bit key that no server knows."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def encode(data: bytes) -> str:
    """base64url without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """The bytes of a base64url text without padding; ValueError where it is none."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, UnicodeError) as error:
        raise ValueError("not base64url") from error


def _object(token: str, part: int) -> dict[str, Any] | None:
    try:
        value = json.loads(raw(token, part))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
