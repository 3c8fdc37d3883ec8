"""Tokens for clients themselves, where that grant is offered (RFC 6749, section 4.4)."""

from __future__ import annotations

from conformance.defects.record import Defect, rule
from conformance.server.behaviours import access_token_claims, secret_matches

OFFERED = rule(
    grant_types=frozenset({"authorization_code", "refresh_token", "client_credentials"}),
    client_grants_checked=False,
)
"""The grant for the clients of the demonstration, none of which is registered for it."""

DEFECTS = (
    Defect(
        "secret not compared for a token for the client itself",
        ("rfc6749-4.4.2-client-credentials-client-authenticated",),
        rule(
            secret_matches=lambda client, secret, purpose: (
                purpose == "client_credentials" or secret_matches(client, secret, purpose)
            )
        ),
        base=OFFERED,
    ),
    Defect(
        "sub of a token for the client itself is a user",
        ("rfc9068-2.2-sub-is-client-for-client-credentials",),
        rule(
            access_token_claims=lambda issue: {
                **access_token_claims(issue),
                "sub": "admin" if issue.user is None else issue.user.subject,
            }
        ),
        base=OFFERED,
    ),
    Defect(
        "public client gets a token for itself",
        ("rfc6749-4.4-client-credentials-confidential-only",),
        rule(client_credentials_confidential_only=False),
        base=OFFERED,
    ),
    Defect(
        "refresh token for the client itself",
        ("rfc6749-4.4.3-client-credentials-no-refresh-token",),
        rule(client_credentials_refresh_token=True),
        base=OFFERED,
    ),
)
