"""Clients that authenticate by a key of their own: private_key_jwt (RFC 7523; OAuth 2.1, 2.4)."""

from __future__ import annotations

import pytest

from conformance.check import check
from conformance.checks.test_metadata import member
from conformance.features import Feature
from conformance.protocol.request import Replace
from conformance.target.flow import Flow
from conformance.target.server import AuthorizationServer

AUDIENCE = "Take an assertion only if its aud is this server's issuer, and nothing else."
ASYMMETRIC = (
    "Offer private_key_jwt (RFC 7523) or mutual TLS (RFC 8705), and list it in the metadata."
)
METHODS = frozenset({"private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"})
OTHERS = {
    "another-server": "https://another-server.example",
    "its-token-endpoint": "https://another-server.example/token",
    "missing": None,
}


@check("rfc9700-2.5-asymmetric-client-authentication", remedy=ASYMMETRIC, needs=[Feature.METADATA])
def test_asymmetric_authentication_is_offered(server: AuthorizationServer) -> None:
    """Among the client authentication methods is one by asymmetric cryptography."""
    listed = member(server, "token_endpoint_auth_methods_supported")

    assert METHODS & set(listed), f"the server offers {', '.join(sorted(map(str, listed)))} alone"


@check(
    "rfc9700-2.5-asymmetric-client-authentication",
    remedy="Take the assertions of a client whose key is registered.",
    needs=[Feature.JWT_CLIENT_AUTHENTICATION],
)
def test_signed_assertion_authenticates(bare_key_flow: Flow) -> None:
    """A client that signs an assertion with its registered key gets tokens."""
    grant = bare_key_flow.grant()

    answer = bare_key_flow.redeem(grant)

    assert answer.granted, f"to a signed assertion {answer}"


@check(
    "oauth-2.1-2.4-jwt-client-assertion-aud",
    remedy=AUDIENCE,
    needs=[Feature.JWT_CLIENT_AUTHENTICATION],
)
@pytest.mark.parametrize("audience", OTHERS.values(), ids=OTHERS)
def test_assertion_for_another_server_is_refused(key_flow: Flow, audience: str | None) -> None:
    """An assertion that was not made for this server does not authenticate the client."""
    grant = key_flow.grant()

    foreign = key_flow.client.assertion(aud=audience)
    answer = key_flow.redeem(grant, Replace("client_assertion", foreign))

    assert answer.refused, f"to an assertion whose aud is {audience!r} {answer}"
