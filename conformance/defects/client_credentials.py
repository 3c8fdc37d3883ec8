"""Tokens for clients themselves, where that grant is offered (RFC 6749, section 4.4)."""

from __future__ import annotations

from conformance.defects.exemptions import secret_ignored_for, secret_optional_for
from conformance.defects.record import Defect, rule
from conformance.server.behaviours import (
    access_token_claims,
    members_of_token,
)

DEFECTS = (
    Defect(
        "secret not compared for a token for the client itself",
        ("rfc6749-4.4.2-client-credentials-client-authenticated",),
        rule(secret_matches=secret_ignored_for("client_credentials")),
        dialect="legacy",
        kills=("client_credentials.client_has_to_authenticate[wrong]",),
    ),
    Defect(
        "no secret needed for a token for the client itself",
        ("rfc6749-4.4.2-client-credentials-client-authenticated",),
        rule(secret_required=secret_optional_for("client_credentials")),
        dialect="legacy",
        kills=("client_credentials.client_has_to_authenticate[left-out]",),
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
        dialect="legacy",
        base=rule(access_token_is_opaque=False),
        kills=("client_credentials.subject_is_the_client",),
        standards=("rfc9068",),
    ),
    Defect(
        "public client gets a token for itself",
        ("rfc6749-4.4-client-credentials-confidential-only",),
        rule(client_credentials_confidential_only=False, client_grants_checked=False),
        dialect="legacy",
        kills=("client_credentials.public_client_gets_no_token_for_itself[none]",),
    ),
    Defect(
        "refresh token for the client itself",
        ("rfc6749-4.4.3-client-credentials-no-refresh-token",),
        rule(client_credentials_refresh_token=True),
        dialect="legacy",
        kills=("client_credentials.client_gets_no_refresh_token_for_itself",),
    ),
    Defect(
        "tokens of clients look like those of users",
        ("rfc9700-4.15.1-client-and-user-tokens-distinguishable",),
        rule(introspection_members=members_of_token),
        dialect="legacy",
        kills=("client_credentials.tokens_of_clients_are_told_from_those_of_users",),
        standards=("rfc9700",),
    ),
)
