"""Guessing passwords and secrets: whoever tries many in a row is stopped."""

from __future__ import annotations

import pytest

from conformance.check import check
from conformance.features import Feature
from conformance.plugin.guessing import Guessing
from conformance.protocol import pkce
from conformance.protocol.request import Draft
from conformance.target.flow import Flow

USERS = "Count wrong passwords by user, and hold back or refuse further ones for a while."
CLIENTS = "Count wrong secrets by client at every endpoint that takes them, and hold back more."


@check("rfc6749-10.10-end-user-credentials-protected", remedy=USERS, exhausts=True)
def test_guessing_a_password_is_limited(flow: Flow, guessing: Guessing) -> None:
    """After many wrong passwords in a row the login page slows down or lets nobody in.

    Limits that begin later than a hundred guesses, or go by network, are not seen.
    """

    def request() -> Draft:
        return flow.draft(verifier=pkce.verifier() if flow.client.sends_challenge else None)

    burst = guessing.password(request)

    assert burst.limit is not None, f"after {burst} the right password still signed in at once"


@check(
    "rfc6749-2.3.1-client-password-brute-force-protection",
    remedy=CLIENTS,
    needs=[Feature.CONFIDENTIAL_CLIENT],
    exhausts=True,
)
@pytest.mark.parametrize("endpoint", ["token", "revocation", "introspection"])
@pytest.mark.usefixtures("flow")
def test_guessing_a_secret_is_limited(guessing: Guessing, endpoint: str) -> None:
    """After many wrong secrets in a row an endpoint slows down or takes none from that client.

    Limits that begin later than a hundred guesses, or go by network, are not seen.
    """
    burst = guessing.secret(f"{endpoint}_endpoint")

    assert burst.limit is not None, (
        f"after {burst} at the {endpoint} endpoint the right secret was still taken at once"
    )
