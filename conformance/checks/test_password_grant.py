"""The password grant, where it is still offered: client and user both proved (RFC 6749, 4.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from conformance.check import check
from conformance.errors import NotApplicable, NotRun
from conformance.features import Feature
from conformance.plugin.granting import Granting
from conformance.plugin.guessing import Guessing
from conformance.profile import UserSettings
from conformance.protocol import pkce
from conformance.protocol.request import Authenticate, Draft, Replace
from conformance.secret import Secret

NEEDS = [Feature.PASSWORD]
CLIENT = "Authenticate a client that has credentials before the user's password is looked at."
USER = "Check the user's password by the same function as the login page, to the character."
LIMIT = "Count wrong passwords of the password grant with those of the login page, and slow down."


@check(
    "rfc6749-4.3.2-ropc-client-authentication-required",
    remedy=CLIENT,
    needs=[*NEEDS, Feature.CONFIDENTIAL_CLIENT],
)
def test_confidential_client_has_to_authenticate(granting: Granting, user: UserSettings) -> None:
    """For name and password alone, without its own secret, a confidential client gets no token."""
    asking = granting.password(user)
    if not asking.client.is_confidential:
        raise NotApplicable("The client that may use the password grant has no secret.")

    answer = asking.instead(Authenticate("none"))

    assert answer.refused, f"without client authentication {answer}"


@check(
    "rfc6749-4.3.2-ropc-included-authentication-verified",
    remedy=CLIENT,
    needs=[*NEEDS, Feature.CONFIDENTIAL_CLIENT],
)
@pytest.mark.parametrize("secret", ["wrong-secret", ""], ids=["wrong", "empty"])
def test_wrong_client_secret_is_refused(
    granting: Granting, user: UserSettings, secret: str
) -> None:
    """With a wrong client secret the right name and password bring no token."""
    asking = granting.password(user)
    if asking.client.secret is None:
        raise NotApplicable("The client that may use the password grant has no secret.")

    answer = asking.instead(Replace("client_secret", secret))

    assert answer.refused, f"with a wrong client secret {answer}"


@check("rfc6749-4.3.2-ropc-password-validated", remedy=USER, needs=NEEDS)
@pytest.mark.parametrize("password", ["not-the-password", ""], ids=["wrong", "empty"])
def test_wrong_password_is_refused(granting: Granting, user: UserSettings, password: str) -> None:
    """A password that is not the user's brings no token."""
    answer = granting.password(user).instead(Replace("password", password))

    assert answer.refused, f"to a wrong password {answer}"


@check("rfc6749-4.3.2-ropc-password-validated", remedy=USER, needs=NEEDS)
def test_password_in_the_other_case_is_refused(
    granting: Granting,
    user: UserSettings,
    problem_of_sign_in: Callable[[UserSettings, Draft], str | None],
) -> None:
    """A password with capitals for small letters brings no token, as it opens no login page."""
    asking = granting.password(user)
    swapped = (user.password.reveal() if user.password else "").swapcase()
    asking.flow.server.wire.recorder.learn("password in the other case", swapped)
    other = replace(user, password=Secret(swapped, "password in the other case"))
    request = asking.flow.draft(verifier=pkce.verifier())
    if swapped == swapped.swapcase():
        raise NotRun("The password of the user has no letters.")
    if problem_of_sign_in(other, request) is None:
        raise NotApplicable("The login page takes the password in the other case, too.")

    answer = asking.instead(Replace("password", swapped))

    assert answer.refused, f"to a password that the login page refuses {answer}"


@check("rfc6749-4.3.2-ropc-brute-force-protection", remedy=LIMIT, needs=NEEDS, exhausts=True)
def test_guessing_a_password_at_the_token_endpoint_is_limited(
    granting: Granting, guessing: Guessing
) -> None:
    """After many wrong passwords in a row the token endpoint slows down or takes none.

    Limits that begin later than a hundred guesses, go by network, or only alert, are not seen.
    """
    burst = guessing.password_grant(granting.password)

    assert burst.limit is not None, f"after {burst} the right password was still taken at once"
