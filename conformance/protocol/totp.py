"""One-time passwords by time, as authenticator applications make them (RFC 6238)."""

from __future__ import annotations

import base64
import hmac

DIGITS = 6
"""How long nearly every server has them (RFC 4226, 5.3, demands as many at least)."""


def totp(key: str, at: float, *, digits: int = DIGITS, period: int = 30) -> str:
    """The password of a moment (seconds since the epoch) for a shared key in base32.

    HMAC-SHA-1, as nearly every server uses (RFC 6238, 4; RFC 4226, 5.3). Raises ValueError where
    the key is no base32.
    """
    compact = key.replace(" ", "").replace("-", "").upper().rstrip("=")
    shared = base64.b32decode(compact + "=" * (-len(compact) % 8))
    counter = int(at // period).to_bytes(8, "big")
    digest = hmac.digest(shared, counter, "sha1")
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)
