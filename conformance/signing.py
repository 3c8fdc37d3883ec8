"""A private key of a client, and the assertions that it signs (RFC 7523, sections 2.2 and 3)."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFETIME = 120
"""Seconds that an assertion is good for: it is used at once, but clocks differ."""

_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with the algorithm (RFC 7518, 3.1) that it signs by; `kid` may be missing."""

    private: Any
    algorithm: str
    kid: str | None = None

    def assertion(self, client_id: str, audience: object, now: float, **claims: Any) -> str:
        """A signed JWT by which the client proves itself to `audience`; good for once.

        `now` is the time of the server in seconds. `claims` come over those that are due; one of
        None is left out.
        """
        due = {
            "iss": client_id,
            "sub": client_id,
            "aud": audience,
            "iat": int(now),
            "exp": int(now) + LIFETIME,
            "jti": secrets.token_urlsafe(16),
            **claims,
        }
        body = json.dumps({name: value for name, value in due.items() if value is not None})
        head = {} if self.kid is None else {"kid": self.kid}
        return jwt.api_jws.encode(body.encode(), self.private, self.algorithm, headers=head)

    @property
    def pem(self) -> str:
        """The private key as PEM, without a password."""
        form, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        text: bytes = self.private.private_bytes(serialization.Encoding.PEM, form, none)
        return text.decode()

    @property
    def public_jwk(self) -> dict[str, Any]:
        """The public key as a JWK (RFC 7517)."""
        algorithm = jwt.get_algorithm_by_name(self.algorithm)
        found: dict[str, Any] = json.loads(algorithm.to_jwk(self.private.public_key()))
        found = {name: value for name, value in found.items() if name != "key_ops"}
        named = {} if self.kid is None else {"kid": self.kid}
        return {**found, **named, "alg": self.algorithm, "use": "sig"}


def read(text: str) -> SigningKey:
    """The private key in a PEM or a JWK; ValueError, in words, where there is none of use."""
    if text.lstrip().startswith("{"):
        return _from_jwk(text)
    try:
        key = serialization.load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("is neither a JWK nor a PEM of a private key without password") from None
    return SigningKey(key, _algorithm(key))


def generated(algorithm: str = "ES256") -> SigningKey:
    """A fresh key for RS256 or ES256, which no server knows."""
    kid = secrets.token_hex(8)
    if algorithm == "RS256":
        return SigningKey(rsa.generate_private_key(65537, 2048), algorithm, kid)
    return SigningKey(ec.generate_private_key(ec.SECP256R1()), "ES256", kid)


def _from_jwk(text: str) -> SigningKey:
    try:
        jwk = jwt.PyJWK.from_json(text)
        is_private = hasattr(jwk.key, "public_key")
    except (jwt.PyJWTError, ValueError, TypeError):
        raise ValueError("is no JWK that can be used") from None
    if not is_private:
        raise ValueError("is a public JWK; the private one is needed to sign")
    return SigningKey(jwk.key, jwk.algorithm_name, jwk.key_id)


def _algorithm(key: object) -> str:
    if isinstance(key, rsa.RSAPrivateKey):
        return "RS256"
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "EdDSA"
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return _CURVES[key.curve.name]
    raise ValueError("is a key of a kind that signs no client assertion")
