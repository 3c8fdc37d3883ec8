"""Grants that should be gone: implicit, and the user's password in the client's hands."""

from __future__ import annotations

from conformance.check import check
from conformance.errors import NotApplicable
from conformance.plugin.granting import Granting
from conformance.profile import GrantType, UserSettings
from conformance.protocol.request import Replace
from conformance.target.flow import Flow

IMPLICIT = "Offer response_type=code alone: a token in the redirect can be read by others."
PASSWORD = "Switch the password grant off, for every client."


@check("rfc9700-2.1.2-no-tokens-in-authorization-response", remedy=IMPLICIT)
def test_token_does_not_come_in_the_redirect(flow: Flow, granting: Granting) -> None:
    """The authorization endpoint issues no access token, also where response_type asks for one."""
    asking = granting.told(GrantType.IMPLICIT, flow)

    landing = asking.authorize(Replace("response_type", "token"))

    assert landing.get("access_token") is None, f"the browser ended {landing.where}"


@check("oauth-2.1-10.1-implicit-grant-removed", remedy=IMPLICIT)
def test_implicit_grant_is_refused(flow: Flow, granting: Granting) -> None:
    """The response type token brings neither a token nor a code."""
    asking = granting.told(GrantType.IMPLICIT, flow)

    landing = asking.authorize(Replace("response_type", "token"))

    assert not landing.granted, f"to the response type token the browser ended {landing.where}"


@check("rfc9700-2.4-password-grant-not-used", remedy=PASSWORD)
def test_password_of_the_user_brings_no_token(
    flow: Flow, granting: Granting, user: UserSettings
) -> None:
    """The token endpoint gives no token for the user's name and password, though they are right."""
    if user.password is None:
        raise NotApplicable("The profile has no password of this user.")
    asking = granting.told(GrantType.PASSWORD, flow)
    form = (
        ("grant_type", "password"),
        ("username", user.username),
        ("password", user.password.reveal()),
    )

    answer = asking.request(form)

    assert not answer.granted, f"to name and password {answer}"
