"""Proof Key for Code Exchange: verifiers and challenges (RFC 7636)."""

from __future__ import annotations

import base64
import hashlib
import secrets

UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
"""The characters that a verifier may have (RFC 7636, 4.1)."""


def verifier(length: int = 43) -> str:
    """A fresh random verifier of that many characters; 43 to 128 are legal (RFC 7636, 4.1)."""
    return "".join(secrets.choice(UNRESERVED) for _ in range(length))


def s256(code_verifier: str) -> str:
    """The S256 challenge of a verifier: base64url(SHA-256(verifier)), unpadded (4.2)."""
    digest = hashlib.sha256(code_verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def altered(code_verifier: str) -> str:
    """A legal verifier that differs from the given one in its last character only."""
    last = "A" if code_verifier[-1] != "A" else "B"
    return code_verifier[:-1] + last
