"""Key sets that lack what they have to have (RFC 9068, 2.1)."""

from __future__ import annotations

from conformance.defects.record import Defect, rule
from conformance.defects.verifiers import curve_key_set, signed_es256, verified_es256

DEFECTS = (
    Defect(
        "only ES256 implemented for access tokens",
        ("rfc9068-2.1-rs256-supported",),
        rule(
            sign_access_token=signed_es256,
            access_token_read=verified_es256,
            jwks=curve_key_set,
        ),
        kills=("keys.rs256_is_supported",),
    ),
)
