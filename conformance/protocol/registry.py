"""Names of the registry of OAuth parameters (RFC 6749, section 11.2), by where they are used."""

from __future__ import annotations

from typing import Final

IN_TOKEN_RESPONSES: Final = frozenset(
    {
        *("access_token", "token_type", "expires_in", "refresh_token", "scope", "state"),
        *("error", "error_description", "error_uri", "iss"),
        *("id_token", "session_state"),
        *("issued_token_type", "authorization_details", "resource"),
        *("nfv", "cnf", "rs_cnf", "ace_profile", "ace_client_recipientid", "trust_framework"),
        *("c_nonce", "c_nonce_expires_in", "sub_jwk", "nonce", "device_secret"),
    }
)
"""Members of token responses, those that have their names from extensions among them."""
