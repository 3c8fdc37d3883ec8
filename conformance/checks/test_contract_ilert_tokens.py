"""ilert's contract: the token response, member by member, and when a refresh token is in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.check import check
from conformance.errors import ControlRefused
from conformance.features import Feature
from conformance.protocol.answers import TokenAnswer
from conformance.protocol.request import Replace
from conformance.target.flow import Flow

FORM = "Answer with token_type, access_token, expires_in and scope, and with the refresh members."
DUE = "Issue a refresh token to a client that gave its secret, or that asked for offline_access."

AN_HOUR = 3600
A_YEAR = 31_536_000
TWO = "profile source"


def redeemed(bare: Callable[..., Flow]) -> TokenAnswer:
    """The answer to an unchanged token request that the server took."""
    flow = bare("confidential", "confidential-post")
    answer = flow.redeem(flow.grant())
    if not 200 <= answer.status < 300:
        raise ControlRefused(f"The unchanged token request was refused: {answer}.")
    return answer


@check("contract-ilert-token-response-token-type-bearer", remedy=FORM)
def test_token_type_is_bearer(bare: Callable[..., Flow]) -> None:
    """token_type is Bearer, in whatever case."""
    answer = redeemed(bare)

    assert str(answer.get("token_type")).lower() == "bearer", (
        f"token_type is {answer.get('token_type')!r}"
    )


@check("contract-ilert-token-response-access-token-present", remedy=FORM)
def test_access_token_is_there(bare: Callable[..., Flow]) -> None:
    """The token response has an access_token that is not empty."""
    answer = redeemed(bare)

    assert answer.access_token is not None, f"to the code {answer}"


@check("contract-ilert-token-response-expires-in-an-hour", remedy=FORM)
def test_expires_in_is_an_hour(tokens: TokenAnswer) -> None:
    """expires_in is the number 3600."""
    assert tokens.expires_in == AN_HOUR, f"expires_in is {tokens.get('expires_in')!r}"


@check("contract-ilert-token-response-scope-as-granted", remedy=FORM)
def test_scope_is_what_was_granted(flow: Flow) -> None:
    """scope names what the user granted, no more and no less."""
    answer = flow.tokens(Replace("scope", TWO))

    assert answer.scope == frozenset(TWO.split()), f"scope is {answer.get('scope')!r}"


@check(
    "contract-ilert-token-response-refresh-token-expires-in-a-year",
    remedy=FORM,
    needs=[Feature.REFRESH_TOKEN],
)
def test_refresh_token_expires_in_a_year(confidential_flow: Flow) -> None:
    """With a refresh token comes refresh_token_expires_in, the number 31536000."""
    answer = confidential_flow.tokens()

    value = answer.get("refresh_token_expires_in")
    assert type(value) is int, f"refresh_token_expires_in is {value!r}"
    assert value == A_YEAR, f"refresh_token_expires_in is {value!r}"


@check(
    "contract-ilert-token-response-refresh-answers-in-the-same-form",
    remedy=FORM,
    needs=[Feature.REFRESH_TOKEN],
)
@pytest.mark.parametrize("member", ["token_type", "access_token", "expires_in", "scope"])
def test_refresh_answers_in_the_same_form(confidential_flow: Flow, member: str) -> None:
    """A refresh is answered with the members of the first token response."""
    first = confidential_flow.tokens()

    again = confidential_flow.must_grant(
        confidential_flow.refresh(first.refresh_token or ""), "The refresh"
    )

    assert again.get(member), f"the answer to the refresh has no {member}"


@check(
    "contract-ilert-token-response-refresh-keeps-refresh-token",
    remedy="Leave the refresh token as it is when it is used.",
    needs=[Feature.REFRESH_TOKEN],
)
def test_refresh_keeps_the_refresh_token(confidential_flow: Flow) -> None:
    """A refresh answers with the same refresh token, or with none."""
    first = confidential_flow.tokens()

    again = confidential_flow.must_grant(
        confidential_flow.refresh(first.refresh_token or ""), "The refresh"
    )

    assert again.refresh_token in (None, first.refresh_token), "a refresh brought another token"


@check("contract-ilert-token-response-refresh-token-with-secret", remedy=DUE)
def test_client_with_secret_gets_a_refresh_token(confidential_flow: Flow) -> None:
    """A client that gave its secret gets a refresh token without asking for offline_access."""
    answer = confidential_flow.tokens(Replace("scope", "profile"))

    assert answer.refresh_token is not None, f"to the secret {answer} and no refresh token"


@check("contract-ilert-token-response-refresh-token-with-offline-access", remedy=DUE)
def test_offline_access_brings_a_refresh_token(public_flow: Flow) -> None:
    """A client without a secret that asked for offline_access gets a refresh token."""
    answer = public_flow.tokens(Replace("scope", "profile offline_access"))

    assert answer.refresh_token is not None, f"with offline_access {answer} and no refresh token"


@check("contract-ilert-token-response-no-refresh-token-otherwise", remedy=DUE)
def test_no_refresh_token_without_secret_and_offline_access(public_flow: Flow) -> None:
    """A client without a secret that did not ask for offline_access gets no refresh token."""
    answer = public_flow.tokens(Replace("scope", "profile"))

    assert answer.refresh_token is None, "without secret and offline_access came a refresh token"
