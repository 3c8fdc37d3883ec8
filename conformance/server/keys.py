"""The keys of the server, and the compact form of what they sign (RFC 7515, RFC 7517)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa


def encode(data: bytes) -> str:
    """base64url without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
"""Three parts of base64url without padding (RFC 7515, 2 and 7.1); libraries take more."""


@dataclass(frozen=True, slots=True)
class Keys:
    """An RSA key for access tokens and a secret for what only the server itself reads."""

    private: rsa.RSAPrivateKey
    kid: str
    secret: bytes

    @property
    def public_pem(self) -> bytes:
        """The public key as PEM."""
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def public_jwk(self) -> dict[str, Any]:
        """The public key as a JWK (RFC 7517, section 4)."""
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.kid,
            "n": public["n"],
            "e": public["e"],
        }

    def rs256(self, data: bytes) -> bytes:
        """RSASSA-PKCS1-v1_5 with SHA-256."""
        return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())

    def hs256(self, data: bytes) -> bytes:
        """HMAC with SHA-256 and the secret of the server."""
        return hmac.digest(self.secret, data, "sha256")


@cache
def generated() -> Keys:
    """The keys of this process; made once, since many servers are started in it."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    modulus = private.public_key().public_numbers().n.to_bytes(256, "big")
    return Keys(private, encode(hashlib.sha256(modulus).digest()[:12]), secrets.token_bytes(32))


def signing_input(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """The two parts that are signed (RFC 7515, section 5.1)."""
    parts = (json.dumps(part, separators=(",", ":")).encode() for part in (header, claims))
    return ".".join(encode(part) for part in parts)


def signed_rs256(header: dict[str, Any], claims: dict[str, Any], keys: Keys) -> str:
    """A JWS in compact form, signed with RS256."""
    text = signing_input(header, claims)
    return f"{text}.{encode(keys.rs256(text.encode()))}"


def signed_hs256(header: dict[str, Any], claims: dict[str, Any], keys: Keys) -> str:
    """A JWS in compact form, with an HMAC that only the server can check."""
    text = signing_input(header, claims)
    return f"{text}.{encode(keys.hs256(text.encode()))}"


class InvalidToken(Exception):
    """A token that does not hold; the text says why."""


@dataclass(frozen=True, slots=True)
class Read:
    """A JWS that was read: header and claims."""

    header: dict[str, Any]
    claims: dict[str, Any]


def verified_rs256(token: str, keys: Keys) -> Read:
    """Read a token that this server signed, with the one algorithm that it uses.

    The header chooses neither the algorithm nor the key. Times and audience are not looked at.
    """
    if _COMPACT.fullmatch(token) is None:
        raise InvalidToken("The token is no JWS in the compact serialization.")
    try:
        found = jwt.api_jws.decode_complete(token, keys.private.public_key(), ["RS256"])
        claims = json.loads(found["payload"])
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise InvalidToken("The token was not signed by this server.") from error
    if not isinstance(claims, dict):
        raise InvalidToken("The token has no claims.")
    return Read(dict(found["header"]), claims)
