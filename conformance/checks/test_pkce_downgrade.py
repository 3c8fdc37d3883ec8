"""PKCE left out: who may do so, and that nobody can take it away on the way (RFC 9700, 2.1.1)."""

from __future__ import annotations

import secrets

from conformance.check import check
from conformance.errors import NotApplicable
from conformance.features import Feature
from conformance.protocol import pkce
from conformance.protocol.request import Add, Change, Replace, Without
from conformance.target.flow import Flow, Grant
from conformance.target.server import AuthorizationServer, Known

DEMAND = "Refuse an authorization request without code_challenge with error=invalid_request."
DOWNGRADE = "Refuse a token request with a code_verifier whose code was issued without a challenge."
DOZEN = 12
NO_CHALLENGE = (Without("code_challenge"), Without("code_challenge_method"))


def without_challenge(flow: Flow) -> Grant:
    """A code of a request without challenge; NotApplicable where there is none."""
    landing = flow.authorize(*NO_CHALLENGE)
    grant = flow.grant_of(landing)
    if grant is None:
        raise NotApplicable(f"Without a challenge there is no code: {landing.where}.")
    return grant


@check("oauth-2.1-4.1.1-pkce-required-for-public-clients", remedy=DEMAND)
def test_public_client_needs_a_challenge(public_flow: Flow) -> None:
    """A public client gets no code without a challenge."""
    landing = public_flow.authorize(*NO_CHALLENGE)

    assert landing.refused, f"without a challenge the browser ended {landing.where}"


@check("oauth-2.1-4.1.1-pkce-required-for-confidential-clients", remedy=DEMAND)
def test_confidential_client_needs_a_challenge(confidential_flow: Flow) -> None:
    """A confidential client gets no code without a challenge either."""
    landing = confidential_flow.authorize(*NO_CHALLENGE)

    assert landing.refused, f"without a challenge the browser ended {landing.where}"


@check("rfc9700-2.1.1-verifier-without-challenge-rejected", remedy=DOWNGRADE)
def test_verifier_without_challenge_is_refused(flow: Flow) -> None:
    """A code that was asked for without a challenge is not redeemed with a verifier."""
    grant = without_challenge(flow)

    answer = flow.redeem(grant, Add("code_verifier", pkce.verifier()))

    assert answer.refused, f"to a verifier without a challenge {answer}"


@check("oauth-2.1-3.2.4-verifier-without-challenge-error-code", remedy=DOWNGRADE)
def test_verifier_without_challenge_is_an_invalid_request(flow: Flow) -> None:
    """A verifier for a code without a challenge is answered with invalid_request."""
    grant = without_challenge(flow)

    answer = flow.redeem(grant, Add("code_verifier", pkce.verifier()))

    assert answer.error == "invalid_request", f"to a verifier without a challenge {answer}"


@check("oauth-2.1-4.1.3-code-without-challenge-refused-at-token-endpoint", remedy=DEMAND)
def test_code_without_challenge_is_not_redeemed(flow: Flow) -> None:
    """A code that was asked for without a challenge is not redeemed."""
    grant = without_challenge(flow)

    answer = flow.redeem(grant)

    assert answer.refused, f"to a code without a challenge {answer}"


@check(
    "rfc7636-5-requests-without-pkce",
    remedy="Refuse a request without PKCE at once, or serve it to the end.",
    needs=[Feature.PKCE],
)
def test_code_without_challenge_is_good(flow: Flow) -> None:
    """A request without PKCE is refused at once, or its code is redeemed as ever."""
    grant = without_challenge(flow)

    answer = flow.redeem(grant)

    assert answer.granted, f"to a code that was issued without a challenge {answer}"


@check("oauth-2.1-7.5.1.1-pkce-enforced-even-with-nonce", remedy=DEMAND)
def test_nonce_does_not_replace_the_challenge(
    confidential_flow: Flow, server: AuthorizationServer
) -> None:
    """A confidential client that sends a nonce gets no code without a challenge either.

    The scope openid is among what it asks for where the server knows that.
    """
    flow = confidential_flow
    asked: tuple[Change, ...] = (Add("nonce", secrets.token_urlsafe(16)),)
    if server.knows(Feature.OPENID).known is Known.OFFERED and "openid" not in flow.client.scopes:
        asked += (Replace("scope", f"openid {flow.client.scope}".strip()),)
    flow.grant(*asked)

    landing = flow.authorize(*asked, *NO_CHALLENGE)

    assert landing.refused, f"with a nonce and no challenge the browser ended {landing.where}"


@check(
    "rfc9700-2.1.1-constant-challenge-detected",
    remedy="Remember the challenges of a client, and refuse one that comes again and again.",
    needs=[Feature.PKCE],
)
def test_challenge_that_never_changes_is_noticed(flow: Flow) -> None:
    """A client that sends the same challenge again and again is stopped at some time.

    What needs more than a dozen requests to be noticed is not seen.
    """
    verifier = pkce.verifier()

    served = [is_served(flow, verifier) for _ in range(DOZEN)]

    assert not all(served), f"{DOZEN} codes with the same challenge were issued and redeemed"


def is_served(flow: Flow, verifier: str) -> bool:
    """Whether a request with this challenge ends with tokens."""
    grant = flow.grant_of(flow.authorize(verifier=verifier))
    return grant is not None and flow.redeem(grant).granted
