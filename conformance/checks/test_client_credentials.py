"""Tokens for clients themselves, where that grant is offered (RFC 6749, section 4.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from conformance.check import check
from conformance.errors import NotApplicable, NotRun
from conformance.features import Feature
from conformance.plugin.bench import Bench
from conformance.plugin.granting import Granting
from conformance.profile import GrantType
from conformance.protocol import jwt
from conformance.protocol.answers import TokenAnswer
from conformance.protocol.request import As, Authenticate, Change, Credentials, Replace
from conformance.target.client import Client
from conformance.target.flow import Flow
from conformance.target.server import AuthorizationServer, Known

NEEDS = [Feature.CLIENT_CREDENTIALS]
PROVED = "Authenticate the client in every client credentials request."
CONFIDENTIAL = "Refuse the client credentials grant to clients without credentials of their own."
NO_REFRESH = "Issue no refresh token for the client credentials grant: the client can ask again."
SUBJECT = "Put the client_id into sub of a token that no user is involved in."
TOLD_APART = "Add a claim that only tokens of users have, such as auth_time or username."

UNPROVED: dict[str, Change] = {
    "left-out": Authenticate("none"),
    "wrong": Replace("client_secret", "wrong-secret"),
    "empty": Replace("client_secret", ""),
}
VARYING = ("sub", "scope", "exp", "iat", "nbf", "jti")
"""Members that differ between any two tokens, or say nothing of who is behind one."""


@check(
    "rfc6749-4.4.2-client-credentials-client-authenticated",
    remedy=PROVED,
    needs=[*NEEDS, Feature.CONFIDENTIAL_CLIENT],
)
@pytest.mark.parametrize("change", UNPROVED.values(), ids=UNPROVED)
def test_client_has_to_authenticate(granting: Granting, change: Change) -> None:
    """A client that does not prove who it is gets no token for itself."""
    asking = granting.client_credentials()
    if asking.client.secret is None:
        raise NotApplicable("The client that may use the grant authenticates without a secret.")

    answer = asking.instead(change)

    assert answer.refused, f"with the secret of the client {change} {answer}"


@check(
    "rfc6749-4.4-client-credentials-confidential-only",
    remedy=CONFIDENTIAL,
    needs=[*NEEDS, Feature.PUBLIC_CLIENT],
)
@pytest.mark.parametrize("method", ["none", "client_secret_basic", "client_secret_post"])
def test_public_client_gets_no_token_for_itself(
    granting: Granting, bench: Bench, method: str
) -> None:
    """A client without a secret gets no token for itself, and an invented secret changes nothing.

    The scope that is asked for is one that both clients may have.
    """
    public = bench.client("public", "native")
    asking = granting.client_credentials(within=public)
    invented = None if method == "none" else "invented-secret"

    answer = asking.instead(As(Credentials(public.client_id, invented, method)))

    assert answer.refused, f"to a public client {answer}"


@check(
    "rfc6749-4.4.3-client-credentials-no-refresh-token",
    remedy=NO_REFRESH,
    needs=NEEDS,
)
def test_client_gets_no_refresh_token_for_itself(granting: Granting) -> None:
    """The response to client credentials has no refresh token, also for scope offline_access."""
    answer = granting.client_credentials().granted()

    assert answer.refresh_token is None, "the response has a refresh token"


@check(
    "rfc9068-2.2-sub-is-client-for-client-credentials",
    remedy=SUBJECT,
    needs=[*NEEDS, Feature.RFC9068_ACCESS_TOKEN],
)
def test_subject_is_the_client(flow: Flow, granting: Granting) -> None:
    """sub of tokens that no user is involved in differs by client, and is no user's."""
    asked = granting.of_every_client()
    if len(asked) < 2:
        raise NotRun(
            "The profile names no two clients for it: add client_credentials to grant_types."
        )
    user = claims_of(flow.tokens()).get("sub")
    of_clients = [jwt.claims(one.granted().access_token or "") for one in asked[:2]]
    if None in of_clients:
        raise NotApplicable("A token that a client is given for itself is no JWT.")
    first, second = ((claims or {}).get("sub") for claims in of_clients)

    assert first, "sub is missing or empty"
    assert first != second, "tokens of two clients have the same sub"
    assert user not in (first, second), "sub of a token for the client itself is that of a user"


@check(
    "rfc9700-4.15.1-client-and-user-tokens-distinguishable",
    remedy=TOLD_APART,
    needs=NEEDS,
)
def test_tokens_of_clients_are_told_from_those_of_users(
    granting: Granting, server: AuthorizationServer, introspected: Callable[..., TokenAnswer]
) -> None:
    """Something besides sub tells a token of a client from a token of a user of that client.

    It is looked for in the claims of JWTs and in what introspection answers.
    """
    both = [one for one in granting.of_every_client() if asks_for_codes(one.client)]
    if not both:
        raise NotRun("The profile names no client that may use this grant and ask for codes, too.")
    asking = both[0]
    of_client = seen(asking.granted(), server, introspected)
    of_user = seen(asking.flow.tokens(), server, introspected)

    told_apart = of_client != of_user

    if not told_apart and server.knows(Feature.CHOSEN_CLIENT_ID).known is Known.UNKNOWN:
        raise NotRun(
            "Nothing besides sub differs, which does no harm where clients cannot choose what is in"
            " sub: say chosen_client_id in supports or lacks of the profile."
        )
    assert told_apart, "nothing besides sub differs between a token of a client and one of a user"


def asks_for_codes(client: Client) -> bool:
    """Whether the client may use the authorization code grant, as far as the profile tells."""
    grants = client.settings.grant_types
    return bool(client.redirect_uris) and (not grants or GrantType.AUTHORIZATION_CODE in grants)


def claims_of(answer: TokenAnswer) -> Mapping[str, Any]:
    """The claims of an access token that is a JWT."""
    return jwt.claims(answer.access_token or "") or {}


def seen(
    answer: TokenAnswer, server: AuthorizationServer, introspected: Callable[..., TokenAnswer]
) -> dict[str, Any]:
    """What a resource server sees of a token besides what varies; NotApplicable without means."""
    token = answer.access_token or ""
    found = dict(claims_of(answer))
    if server.endpoint("introspection_endpoint") is not None:
        found |= introspected(token).document or {}
    if not found:
        raise NotApplicable("Access tokens are opaque, and there is no introspection.")
    return {name: value for name, value in found.items() if name not in VARYING}
