"""What a profile promises of its clients: redirect URIs, authentication, scope, PKCE."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.check import check
from conformance.errors import NotApplicable, NotTheProtocol
from conformance.protocol.answers import TokenAnswer, base
from conformance.protocol.request import Change, Replace, Without
from conformance.target.flow import Flow

REGISTERED = "Register the redirect URI for the client, or take it out of the profile."
METHOD = "Register the client for this method, or correct it in the profile."
SCOPE = "Register the client for the scope, or correct the scope in the profile."
PKCE = "Correct pkce of the client in the profile, or the server's demand for it."

CONFIDENTIAL = ("confidential", "confidential-2", "confidential-post")
PUBLIC = ("public", "native")
ROLES = (*CONFIDENTIAL, *PUBLIC)
NO_PKCE: tuple[Change, ...] = (Without("code_challenge"), Without("code_challenge_method"))


def promising(flow: Flow, pkce: str) -> Flow:
    """The flow, where the profile says this about PKCE for its client; else NotApplicable."""
    told = flow.client.settings.pkce
    if told != pkce:
        raise NotApplicable(f"The profile says that PKCE is {told.value} for this client.")
    return flow


def token_without_pkce(flow: Flow) -> str | None:
    """What a whole flow without challenge and verifier brings."""
    grant = flow.grant_of(flow.authorize(*NO_PKCE))
    return None if grant is None else flow.redeem(grant).access_token


@check("profile-clients-redirect-uris-registered", remedy=REGISTERED)
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("index", [0, 1, 2], ids=["first", "second", "third"])
def test_redirect_uri_is_registered(bare: Callable[..., Flow], role: str, index: int) -> None:
    """Every redirect URI of the profile leads to a code at that URI."""
    flow = bare(role)
    if len(flow.client.redirect_uris) <= index:
        raise NotApplicable(f"The client has no more than {index} redirect URIs.")
    uri = flow.client.redirect_uris[index]

    landing = flow.authorize(Replace("redirect_uri", uri))

    assert landing.granted, f"the browser ended {landing.where}"
    assert base(landing.url) == base(uri), f"the browser ended {landing.where}"


def about_the_client(answer: TokenAnswer) -> TokenAnswer:
    """The answer, where it grants tokens or says of the client that it gets none."""
    if answer.access_token is None and answer.error is None and answer.status != 401:
        raise NotTheProtocol(f"The token endpoint says nothing of the client: {answer}.")
    return answer


@check("profile-clients-authentication-method-accepted", remedy=METHOD)
@pytest.mark.parametrize("role", CONFIDENTIAL)
def test_authentication_method_is_accepted(bare: Callable[..., Flow], role: str) -> None:
    """A client with a secret is authenticated by the method that the profile gives."""
    flow = bare(role)
    grant = flow.grant()

    answer = about_the_client(flow.redeem(grant))

    method = flow.client.settings.token_endpoint_auth_method.value
    assert answer.access_token is not None, f"to {method} {answer}"


@check("profile-clients-public-clients-served", remedy=METHOD)
@pytest.mark.parametrize("role", PUBLIC)
def test_public_client_is_served_without_secret(bare: Callable[..., Flow], role: str) -> None:
    """A client without a secret gets its tokens with its client_id alone."""
    flow = bare(role)
    grant = flow.grant()

    answer = about_the_client(flow.redeem(grant))

    assert answer.access_token is not None, f"to the client without a secret {answer}"


@check("profile-clients-scope-granted", remedy=SCOPE)
@pytest.mark.parametrize("role", ROLES)
def test_scope_of_the_profile_is_granted(bare: Callable[..., Flow], role: str) -> None:
    """A client that asks for the scope of the profile is granted all of it."""
    flow = bare(role)
    if not flow.client.scopes:
        raise NotApplicable("The profile does not name the scope of this client.")

    landing = flow.authorize()

    grant = flow.grant_of(landing)
    assert grant is not None, f"with the scope of the profile the browser ended {landing.where}"
    answer = flow.must_grant(flow.redeem(grant), "The token request")
    missing = set(flow.client.scopes) - (answer.scope or set(flow.client.scopes))
    if answer.refresh_token is not None:
        # It asks for a refresh token, and says nothing of the access token that scope describes.
        missing.discard("offline_access")
    assert not missing, f"it did not grant {' '.join(sorted(missing))}"


@check("profile-clients-pkce-required-as-promised", remedy=PKCE)
@pytest.mark.parametrize("role", ROLES)
def test_client_that_needs_pkce_gets_no_token_without(
    proven: Callable[..., Flow], bare: Callable[..., Flow], role: str
) -> None:
    """A client of which PKCE is required gets no token without challenge and verifier."""
    promising(bare(role), "required")
    flow = proven(role)

    token = token_without_pkce(flow)

    assert token is None, "without code_challenge and code_verifier the server gave a token"


@check("profile-clients-pkce-optional-as-promised", remedy=PKCE)
@pytest.mark.parametrize("role", ROLES)
def test_client_may_leave_pkce_out(
    proven: Callable[..., Flow], bare: Callable[..., Flow], role: str
) -> None:
    """A client for which PKCE is optional gets its token without it, as it does with it."""
    promising(bare(role), "optional")
    flow = proven(role)

    token = token_without_pkce(flow)

    assert token is not None, "without code_challenge and code_verifier the server gave no token"


@check("profile-clients-pkce-none-as-promised", remedy=PKCE)
@pytest.mark.parametrize("role", ROLES)
def test_client_without_pkce_is_served(bare: Callable[..., Flow], role: str) -> None:
    """A client that uses no PKCE gets its token without it."""
    flow = promising(bare(role), "none")

    token = token_without_pkce(flow)

    assert token is not None, "without code_challenge and code_verifier the server gave no token"
