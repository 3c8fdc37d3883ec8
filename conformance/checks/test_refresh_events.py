"""Refresh tokens after what may end them: the user signs out (RFC 9700, 4.14.2)."""

from __future__ import annotations

from collections.abc import Callable

from conformance.check import check
from conformance.errors import NotApplicable
from conformance.features import Feature
from conformance.target.flow import Flow
from conformance.target.forms import FormAgent


@check(
    "rfc9700-4.14.2-refresh-token-revoked-on-security-event",
    remedy="After a sign-out, refresh as before or answer invalid_grant: nothing else.",
    needs=[Feature.REFRESH_TOKEN],
)
def test_refresh_after_the_user_signed_out_is_clean(
    flow: Flow, form_agent: FormAgent, sign_out: Callable[[FormAgent], None]
) -> None:
    """After its user signed out at the server, a refresh works or is an invalid_grant, no more.

    A change of the password, the other event, cannot be made here.
    """
    grant = flow.grant(agent=form_agent)
    tokens = flow.must_grant(flow.redeem(grant), "The redemption")
    if tokens.refresh_token is None:
        raise NotApplicable("The token response has no refresh token.")
    sign_out(form_agent)

    answer = flow.refresh(tokens.refresh_token)

    clean = answer.granted or answer.error == "invalid_grant"
    assert clean, f"after the user signed out {answer}"
