"""The password grant, offered and done wrong (RFC 6749, section 4.3)."""

from __future__ import annotations

from conformance.defects.exemptions import secret_ignored_for, secret_optional_for
from conformance.defects.record import Defect, rule
from conformance.server.behaviours import (
    password_matches,
)
from conformance.server.registrations import User


def _any_case(user: User | None, password: str, purpose: str) -> bool:
    """The passwords of the demonstration have small letters."""
    sent = password.lower() if purpose == "password" else password
    return password_matches(user, sent, purpose)


DEFECTS = (
    Defect(
        "client authentication optional for the password grant",
        ("rfc6749-4.3.2-ropc-client-authentication-required",),
        rule(secret_required=secret_optional_for("password")),
        dialect="legacy",
        kills=("password_grant.confidential_client_has_to_authenticate",),
    ),
    Defect(
        "secret not compared for the password grant",
        ("rfc6749-4.3.2-ropc-included-authentication-verified",),
        rule(secret_matches=secret_ignored_for("password")),
        dialect="legacy",
        kills=("password_grant.wrong_client_secret_is_refused[wrong]",),
    ),
    Defect(
        "password grant takes any password",
        ("rfc6749-4.3.2-ropc-password-validated",),
        rule(
            password_matches=lambda user, password, purpose: (
                purpose == "password" or password_matches(user, password, purpose)
            )
        ),
        dialect="legacy",
        kills=("password_grant.wrong_password_is_refused[wrong]",),
    ),
    Defect(
        "password grant takes passwords in any case",
        ("rfc6749-4.3.2-ropc-password-validated",),
        rule(password_matches=_any_case),
        dialect="legacy",
        kills=("password_grant.password_in_the_other_case_is_refused",),
    ),
    Defect(
        "passwords can be guessed at the token endpoint",
        ("rfc6749-4.3.2-ropc-brute-force-protection",),
        rule(password_grant_guesses=None),
        dialect="legacy",
        kills=("password_grant.guessing_a_password_at_the_token_endpoint_is_limited",),
    ),
)
