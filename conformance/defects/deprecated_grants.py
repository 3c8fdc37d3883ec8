"""Grants that should be gone, and are offered (RFC 9700, sections 2.1.2 and 2.4)."""

from __future__ import annotations

from conformance.defects.record import Defect, rule

DEFECTS = (
    Defect(
        "implicit grant offered",
        (
            "oauth-2.1-10.1-implicit-grant-removed",
            "rfc9700-2.1.2-no-tokens-in-authorization-response",
            "profile-features-lacking-features-absent",
        ),
        rule(response_types=("code", "token")),
        kills=(
            "deprecated_grants.implicit_grant_is_refused",
            "deprecated_grants.token_does_not_come_in_the_redirect",
            "profile_features.lacking_feature_does_not_work",
        ),
    ),
    Defect(
        "password grant offered",
        ("rfc9700-2.4-password-grant-not-used", "profile-features-lacking-features-absent"),
        rule(
            grant_types=frozenset({"authorization_code", "refresh_token", "password"}),
            client_grants_checked=False,
        ),
        kills=(
            "deprecated_grants.password_of_the_user_brings_no_token",
            "profile_features.lacking_feature_is_not_announced",
        ),
    ),
)
