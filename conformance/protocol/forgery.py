"""Access tokens as an attacker would forge them, out of a good one (RFC 8725, 2 and 3)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt as pyjwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from conformance.protocol import jwt

KID = "conformance"
"""The identifier of the attacker's own key."""

_CURVES: dict[str, ec.EllipticCurve] = {
    "ES256": ec.SECP256R1(),
    "ES384": ec.SECP384R1(),
    "ES512": ec.SECP521R1(),
}
_BEGAN = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Forger:
    """An attacker with a good token and a key of the same kind as the server's."""

    token: str
    algorithm: str
    key: Any

    @staticmethod
    def of(token: str) -> Forger:
        """With a fresh key; RS256 where the token's own algorithm is not asymmetric."""
        named = str(jwt.header(token).get("alg"))
        algorithm = named if named in jwt.ASYMMETRIC else "RS256"
        if algorithm in _CURVES:
            return Forger(token, algorithm, ec.generate_private_key(_CURVES[algorithm]))
        if algorithm == "EdDSA":
            return Forger(token, algorithm, ed25519.Ed25519PrivateKey.generate())
        return Forger(token, algorithm, jwt.new_rsa_key())

    @property
    def head(self) -> dict[str, Any]:
        """The header of the good token, without alg."""
        return {name: value for name, value in jwt.header(self.token).items() if name != "alg"}

    @property
    def body(self) -> dict[str, Any]:
        """The claims of the good token."""
        return jwt.claims(self.token) or {}

    def signed(self, **head: Any) -> str:
        """The claims, signed with the attacker's key; these members stand in the header too."""
        return jwt.signed({**self.head, **head}, self.body, self.key, self.algorithm)

    def signed_as(self, issuer: str) -> str:
        """The claims as another issuer's, signed with the attacker's key."""
        head = {**self.head, "kid": KID}
        return jwt.signed(head, {**self.body, "iss": issuer}, self.key, self.algorithm)

    def maced(self, secret: bytes, **head: Any) -> str:
        """The claims with an HMAC of this secret."""
        return jwt.maced({**self.head, **head}, self.body, secret)

    def assembled(self, signature: bytes, **head: Any) -> str:
        """The claims with a signature that is none; a member of None is left out of the header."""
        changed = {**jwt.header(self.token), **head}
        kept = {name: value for name, value in changed.items() if value is not None}
        return jwt.assembled(kept, self.body, signature)

    @property
    def jwk(self) -> dict[str, Any]:
        """The public part of the attacker's key (RFC 7517)."""
        kind: Any = pyjwt.algorithms.get_default_algorithms()[self.algorithm]
        return {**kind.to_jwk(self.key.public_key(), as_dict=True), "kid": KID}

    @property
    def key_set(self) -> bytes:
        """A JWK Set of the attacker's key, as it would be hosted."""
        return json.dumps({"keys": [{**self.jwk, "use": "sig", "alg": self.algorithm}]}).encode()

    @property
    def certificate(self) -> bytes:
        """A certificate in DER that the attacker's key has made for itself."""
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "attacker.example")])
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.key.public_key())
            .serial_number(1)
            .not_valid_before(_BEGAN)
            .not_valid_after(_BEGAN + timedelta(days=36500))
        )
        digest = None if self.algorithm == "EdDSA" else hashes.SHA256()
        return builder.sign(self.key, digest).public_bytes(Encoding.DER)

    @property
    def certificate_head(self) -> dict[str, Any]:
        """The header members that carry the certificate (RFC 7515, 4.1.6 and 4.1.8)."""
        der = self.certificate
        thumbprint = jwt.encode(hashlib.sha256(der).digest())
        return {"x5c": [base64.b64encode(der).decode()], "x5t#S256": thumbprint}

    @property
    def certificate_file(self) -> bytes:
        """The certificate in PEM, as it would be hosted (RFC 7515, 4.1.5)."""
        lines = base64.encodebytes(self.certificate)
        return b"-----BEGIN CERTIFICATE-----\n" + lines + b"-----END CERTIFICATE-----\n"


def data_url(media_type: str, content: bytes) -> str:
    """A URL that is its own document (RFC 2397): who fetches it needs no network."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def spellings(key: Any, published: Mapping[str, Any]) -> dict[str, bytes]:
    """What a verifier may take for an HMAC secret where it was given a public key."""
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    whole = json.dumps(dict(published), separators=(",", ":")).encode()
    members = [str(published[name]) for name in ("n", "x") if name in published]
    return {
        "pem": pem,
        "pem-without-line-break": pem.strip(),
        "pem-with-windows-line-breaks": pem.replace(b"\n", b"\r\n"),
        "der": key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "jwk": whole,
        "number": jwt.decode(members[0]) if members else whole,
        "number-as-text": members[0].encode() if members else whole,
    }
