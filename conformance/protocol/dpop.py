"""Proofs that a client has the key that a token is bound to (RFC 9449, 4)."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Any

import jwt as pyjwt
from cryptography.hazmat.primitives.asymmetric import ec

from conformance.protocol import jwt

HEADER = "DPoP"
SCHEME = "DPoP"


@dataclass(frozen=True, slots=True)
class Prover:
    """A key of the client's own."""

    key: ec.EllipticCurvePrivateKey

    @staticmethod
    def fresh() -> Prover:
        return Prover(ec.generate_private_key(ec.SECP256R1()))

    @property
    def jwk(self) -> dict[str, Any]:
        """The public key (RFC 7517)."""
        return dict(pyjwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True))

    @property
    def thumbprint(self) -> str:
        """What `jkt` of a bound token is (RFC 7638)."""
        return thumbprint(self.jwk)

    def proof(
        self, method: str, url: str, now: float, *, token: str = "", nonce: str | None = None
    ) -> str:
        """A proof for one request; `now` are seconds of the server's clock."""
        claims: dict[str, Any] = {
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": url.partition("?")[0].partition("#")[0],
            "iat": int(now),
        }
        if token:
            claims["ath"] = jwt.encode(hashlib.sha256(token.encode("ascii", "replace")).digest())
        if nonce is not None:
            claims["nonce"] = nonce
        return jwt.signed({"typ": "dpop+jwt", "jwk": self.jwk}, claims, self.key, "ES256")


def thumbprint(jwk: dict[str, Any]) -> str:
    """The SHA-256 thumbprint of a public key (RFC 7638, 3)."""
    names = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n"), "OKP": ("crv", "kty", "x")}
    needed = {name: jwk[name] for name in names[str(jwk["kty"])]}
    text = json.dumps(needed, separators=(",", ":"), sort_keys=True)
    return jwt.encode(hashlib.sha256(text.encode()).digest())
