"""ilert's contract: token_info, revoke, and the page where the user takes the access back."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest

from conformance.check import Aged, check
from conformance.errors import ControlRefused
from conformance.features import Feature
from conformance.protocol import jwt
from conformance.protocol.answers import TokenAnswer
from conformance.protocol.request import Without
from conformance.target.flow import Flow
from conformance.target.planted import Planted

INFORM = "Answer token_info with the five members for a live access token, else active false only."
REVOKE = "End the refresh token for good, and let access tokens live until they expire."
WITHDRAW = "When the user takes the access back, end the refresh tokens of the app and user."

AN_HOUR = 3600
BARE = (Without("client_secret"), Without("client_id"))
TELLING = ("tenant_id", "username", "scope", "app_id")

_E = "contract-ilert-endpoints-of-the-live-service-"
_F = "contract-ilert-roles-and-flows-"


def known_to_inform(flow: Flow) -> None:
    """ControlRefused where token_info does not even report a fresh access token as active."""
    answer = flow.inform(flow.tokens().access_token or "")
    if answer.get("active") is not True:
        raise ControlRefused(f"token_info does not report a fresh access token: {answer}.")


def nothing_told(answer: TokenAnswer) -> bool:
    """Whether an answer says of a token only that it is not active, if anything."""
    members = answer.document or {}
    return members.get("active") is not True and not any(name in members for name in TELLING)


def refresh_token_of(flow: Flow) -> tuple[str, str]:
    """A refresh token that has been seen working, and the access token of its grant."""
    answer = flow.tokens()
    token = answer.refresh_token
    if token is None:
        raise ControlRefused("The control was answered without a refresh token.")
    flow.must_grant(flow.refresh(token), "The first refresh")
    return token, answer.access_token or ""


@check(f"{_E}token-info-reports-access-token", remedy=INFORM, needs=[Feature.TOKEN_INFORMATION])
def test_token_info_reports_an_access_token(flow: Flow) -> None:
    """token_info answers 200 and active true to a fresh access token."""
    token = flow.tokens().access_token or ""

    answer = flow.inform(token)

    assert answer.status == 200, f"token_info answered {answer.status}"
    assert answer.get("active") is True, f"active is {answer.get('active')!r}"


@check(f"{_E}token-info-members", remedy=INFORM, needs=[Feature.TOKEN_INFORMATION])
@pytest.mark.parametrize("member", ["active", *TELLING])
def test_token_info_tells_its_five_members(flow: Flow, member: str) -> None:
    """token_info tells active, tenant_id, username, scope and app_id of an access token."""
    token = flow.tokens().access_token or ""

    answer = flow.inform(token)

    assert answer.get(member), f"token_info tells no {member}: {sorted(answer.document or {})}"


@check(f"{_E}token-info-members", remedy=INFORM, needs=[Feature.TOKEN_INFORMATION])
def test_token_info_tells_user_and_scope_as_they_are(flow: Flow) -> None:
    """token_info tells the user who signed in and the scope that was granted."""
    tokens = flow.tokens()

    answer = flow.inform(tokens.access_token or "")

    assert answer.get("username") == flow.agent.username, "username is not the user's who signed in"
    assert answer.scope == tokens.scope, f"scope is {answer.get('scope')!r}"


@check(
    f"{_E}token-info-only-of-access-tokens",
    remedy=INFORM,
    needs=[Feature.TOKEN_INFORMATION, Feature.REFRESH_TOKEN],
)
def test_token_info_tells_nothing_of_a_refresh_token(confidential_flow: Flow) -> None:
    """token_info says of a live refresh token neither that it is active nor whose it is."""
    known_to_inform(confidential_flow)
    token, _ = refresh_token_of(confidential_flow)

    answer = confidential_flow.inform(token)

    assert nothing_told(answer), f"of a refresh token it told {sorted(answer.document or {})}"


@check(f"{_E}token-info-inactive", remedy=INFORM, needs=[Feature.TOKEN_INFORMATION])
@pytest.mark.parametrize("kind", ["random", "altered", "cut"])
def test_token_info_is_inactive_for_a_bad_token(flow: Flow, kind: str) -> None:
    """token_info answers active false, and nothing else, to what is no access token."""
    known_to_inform(flow)
    good = flow.tokens().access_token or ""
    bad = {
        "random": secrets.token_urlsafe(32),
        "altered": jwt.with_claims(good, il_s="alert:d") if jwt.looks_like(good) else good + "A",
        "cut": good.rpartition(".")[0],
    }[kind]

    answer = flow.inform(bad)

    assert answer.get("active") is False, f"active is {answer.get('active')!r}: {answer}"
    assert nothing_told(answer), f"it told {sorted(answer.document or {})}"


@check(
    f"{_E}token-info-inactive",
    remedy=INFORM,
    needs=[Feature.TOKEN_INFORMATION],
    ages=Aged.ACCESS_TOKEN,
)
def test_token_info_is_inactive_for_an_expired_token(
    flow: Flow, planted_tokens: Planted[TokenAnswer]
) -> None:
    """token_info answers active false, and nothing else, to an expired access token."""
    old = planted_tokens.after_its_end(AN_HOUR).access_token or ""
    known_to_inform(flow)

    answer = flow.inform(old)

    assert answer.get("active") is False, f"active is {answer.get('active')!r}: {answer}"
    assert nothing_told(answer), f"it told {sorted(answer.document or {})}"


@check(f"{_E}revoke-ends-refresh-token", remedy=REVOKE, needs=[Feature.REVOCATION])
def test_revoked_refresh_token_is_refused(confidential_flow: Flow) -> None:
    """A refresh token that was sent to the revoke endpoint is refused afterwards."""
    flow = confidential_flow
    token, _ = refresh_token_of(flow)
    flow.revoke(token, *BARE)

    answer = flow.refresh(token)

    assert answer.refused, f"to the revoked refresh token {answer}"


@check(
    f"{_E}revocation-keeps-access-token",
    remedy=REVOKE,
    needs=[Feature.REVOCATION, Feature.PROTECTED_RESOURCE],
)
def test_access_token_outlives_a_revoked_refresh_token(confidential_flow: Flow) -> None:
    """The access token of a grant is served after the refresh token was revoked."""
    flow = confidential_flow
    refresh_token, access_token = refresh_token_of(flow)
    flow.must_serve(access_token)
    flow.revoke(refresh_token, *BARE)

    answer = flow.call(access_token)

    assert answer.granted, f"after the refresh token was revoked {answer}"


@check(f"{_F}withdrawal-ends-refresh-token", remedy=WITHDRAW, needs=[Feature.REFRESH_TOKEN])
def test_withdrawal_ends_the_refresh_token(
    confidential_flow: Flow, withdraw: Callable[[Flow], None]
) -> None:
    """When the user takes the access back, the refresh token is refused afterwards."""
    flow = confidential_flow
    token, _ = refresh_token_of(flow)
    withdraw(flow)

    answer = flow.refresh(token)

    assert answer.refused, f"after the access was taken back {answer}"


@check(
    f"{_F}withdrawal-keeps-access-token",
    remedy="Let access tokens live until they expire when the user takes the access back.",
    needs=[Feature.PROTECTED_RESOURCE],
)
def test_access_token_outlives_the_withdrawal(
    confidential_flow: Flow, withdraw: Callable[[Flow], None]
) -> None:
    """When the user takes the access back, the access token is served until it expires."""
    flow = confidential_flow
    token = flow.tokens().access_token or ""
    flow.must_serve(token)
    withdraw(flow)

    answer = flow.call(token)

    assert answer.granted, f"after the access was taken back {answer}"
