"""ilert's contract: the grants, and what the requests of each consist of."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.check import check
from conformance.errors import ControlRefused, NotApplicable
from conformance.features import Feature
from conformance.protocol import pkce
from conformance.protocol.answers import Landing
from conformance.protocol.request import Authenticate, Change, Replace, Without
from conformance.target.flow import Flow

GRANTS = "Offer the authorization code grant, with and without PKCE, and the refresh token grant."
REQUESTS = "Take the requests of the documentation exactly as they are, and ask for nothing more."

NO_PKCE: tuple[Change, ...] = (Without("code_challenge"), Without("code_challenge_method"))
TWO = "profile source"


def told(landing: Landing) -> Landing:
    """The landing, where the server told the client something; it refused client or URI else."""
    if not landing.at_callback:
        raise ControlRefused(f"The request came to nothing: the browser ended {landing.where}.")
    return landing


@check("contract-ilert-roles-and-flows-authorization-code-grant", remedy=GRANTS)
def test_code_is_redeemed_for_an_access_token(bare: Callable[..., Flow]) -> None:
    """The user's approval leads to a code, and the code to an access token."""
    flow = bare("confidential", "confidential-post")
    grant = flow.grant()

    answer = flow.redeem(grant)

    assert answer.access_token is not None, f"to the code {answer}"


@check("contract-ilert-roles-and-flows-pkce-grant", remedy=GRANTS)
def test_right_verifier_redeems_the_code(bare: Callable[..., Flow]) -> None:
    """With the verifier of its S256 challenge a code is redeemed for an access token."""
    flow = bare("public", "native")
    grant = flow.grant()

    answer = flow.redeem(grant)

    assert answer.access_token is not None, f"to the right verifier {answer}"


@check("contract-ilert-roles-and-flows-pkce-grant", remedy=GRANTS)
def test_wrong_verifier_is_refused(public_flow: Flow) -> None:
    """With another verifier than that of the challenge the code is refused."""
    grant = public_flow.grant()
    wrong = pkce.altered(grant.verifier or pkce.verifier())

    answer = public_flow.redeem(grant, Replace("code_verifier", wrong))

    assert answer.refused, f"to the wrong verifier {answer}"


@check("contract-ilert-roles-and-flows-pkce-optional-with-secret", remedy=GRANTS)
def test_confidential_client_is_served_without_pkce(confidential_flow: Flow) -> None:
    """A client with a secret gets its tokens without challenge and verifier, too."""
    flow = confidential_flow
    landing = flow.authorize(*NO_PKCE)

    assert landing.granted, f"without code_challenge the browser ended {landing.where}"
    grant = flow.grant_of(landing)
    assert grant is not None, f"without code_challenge the browser ended {landing.where}"
    answer = flow.redeem(grant)
    assert answer.access_token is not None, f"without code_verifier {answer}"


@check(
    "contract-ilert-roles-and-flows-pkce-protects-public-clients",
    remedy="Demand a code_challenge of every client without a secret.",
)
def test_public_client_gets_no_token_without_pkce(public_flow: Flow) -> None:
    """A client without a secret gets no token without challenge and verifier."""
    grant = public_flow.grant_of(public_flow.authorize(*NO_PKCE))

    token = None if grant is None else public_flow.redeem(grant).access_token

    assert token is None, "without code_challenge and code_verifier the server gave a token"


@check("contract-ilert-roles-and-flows-refresh-token-grant", remedy=GRANTS)
def test_refresh_brings_an_access_token_that_works(bare: Callable[..., Flow]) -> None:
    """A refresh token brings an access token that opens the protected resource."""
    flow = bare("confidential", "confidential-post")
    refresh_token = flow.tokens().refresh_token
    if refresh_token is None:
        raise NotApplicable("The control was answered without a refresh token.")

    answer = flow.refresh(refresh_token)

    assert answer.access_token is not None, f"to the refresh {answer}"
    served = flow.call(answer.access_token)
    assert served.granted, f"to the refreshed token {served}"


@check(
    "contract-ilert-roles-and-flows-implicit-grant-not-offered",
    remedy="Answer response_type=token with unsupported_response_type.",
)
@pytest.mark.parametrize(
    "response_type",
    ["token", "code token", "id_token token"],
    ids=["token", "code-and-token", "id-token-and-token"],
)
def test_implicit_grant_is_not_offered(flow: Flow, response_type: str) -> None:
    """A request for an access token in the redirect is refused."""
    landing = flow.authorize(Replace("response_type", response_type))

    assert landing.get("access_token") is None, f"the browser ended {landing.where}"
    assert landing.refused, f"the browser ended {landing.where}"


@check("contract-ilert-requests-authorization-parameters", remedy=REQUESTS)
def test_five_parameters_make_an_authorization_request(bare: Callable[..., Flow]) -> None:
    """client_id, response_type, redirect_uri, scope and state are enough for a code."""
    flow = bare("confidential", "confidential-post")

    landing = told(flow.authorize(*NO_PKCE))

    assert landing.code is not None, f"the browser ended {landing.where}"


@check(
    "contract-ilert-requests-authorization-pkce-parameters",
    remedy="Take code_challenge with code_challenge_method=S256 from every client.",
)
@pytest.mark.parametrize("role", ["confidential", "public"])
def test_challenge_by_s256_is_taken(bare: Callable[..., Flow], role: str) -> None:
    """A request with code_challenge and code_challenge_method=S256 brings a code that works."""
    flow = bare(role)

    landing = told(flow.authorize(verifier=pkce.verifier()))

    grant = flow.grant_of(landing)
    assert grant is not None, f"with an S256 challenge the browser ended {landing.where}"
    answer = flow.redeem(grant)
    assert answer.access_token is not None, f"to the verifier {answer}"


@check(
    "contract-ilert-requests-scope-space-separated",
    remedy="Split scope at spaces, and grant every word of it.",
)
def test_scopes_are_separated_by_spaces(bare: Callable[..., Flow]) -> None:
    """Two scopes with a space between them are both granted."""
    flow = bare("confidential", "confidential-post")

    landing = told(flow.authorize(Replace("scope", TWO)))

    grant = flow.grant_of(landing)
    assert grant is not None, f"with two scopes the browser ended {landing.where}"
    answer = flow.must_grant(flow.redeem(grant), "The token request")
    assert answer.scope == frozenset(TWO.split()), f"the granted scope is {answer.get('scope')!r}"


@check("contract-ilert-requests-token-request-confidential", remedy=REQUESTS)
def test_secret_is_taken_from_the_body(bare: Callable[..., Flow]) -> None:
    """A token request with client_id and client_secret in its form body is answered with tokens."""
    flow = bare("confidential-post", "confidential")
    grant = flow.grant()

    answer = flow.redeem(grant, Authenticate("client_secret_post"), Without("redirect_uri"))

    assert answer.access_token is not None, f"to the secret in the body {answer}"


@check("contract-ilert-requests-token-request-without-redirect-uri", remedy=REQUESTS)
def test_token_request_needs_no_redirect_uri(confidential_flow: Flow) -> None:
    """A token request without redirect_uri is answered with tokens."""
    grant = confidential_flow.grant()

    answer = confidential_flow.redeem(grant, Without("redirect_uri"))

    assert answer.access_token is not None, f"without redirect_uri {answer}"


@check("contract-ilert-requests-token-request-public", remedy=REQUESTS)
def test_public_client_redeems_without_secret(bare: Callable[..., Flow]) -> None:
    """A client without a secret redeems its code with client_id, code and code_verifier."""
    flow = bare("public", "native")
    grant = flow.grant()

    answer = flow.redeem(grant, Without("redirect_uri"))

    assert answer.access_token is not None, f"to the request without a secret {answer}"


@check(
    "contract-ilert-requests-refresh-request-confidential",
    remedy=REQUESTS,
    needs=[Feature.REFRESH_TOKEN],
)
def test_refresh_takes_the_secret_from_the_body(bare: Callable[..., Flow]) -> None:
    """A refresh with client_id and client_secret in its form body is answered with a token."""
    flow = bare("confidential-post", "confidential")
    refresh_token = flow.tokens().refresh_token
    if refresh_token is None:
        raise NotApplicable("The control was answered without a refresh token.")

    answer = flow.refresh(refresh_token, Authenticate("client_secret_post"))

    assert answer.access_token is not None, f"to the secret in the body {answer}"


@check("contract-ilert-requests-refresh-request-public", remedy=REQUESTS)
def test_public_client_refreshes_without_secret(bare: Callable[..., Flow]) -> None:
    """A client without a secret refreshes with client_id and refresh_token."""
    flow = bare("public", "native")
    refresh_token = flow.tokens(Replace("scope", "profile offline_access")).refresh_token
    if refresh_token is None:
        raise ControlRefused("Asked for offline_access, the server gave no refresh token.")

    answer = flow.refresh(refresh_token)

    assert answer.access_token is not None, f"to the refresh without a secret {answer}"
