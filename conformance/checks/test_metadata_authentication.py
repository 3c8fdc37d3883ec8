"""What the metadata says of client authentication, and whether it is so (RFC 8414, 2)."""

from __future__ import annotations

import pytest

from conformance.check import check
from conformance.checks.test_metadata import member, published
from conformance.errors import NotApplicable
from conformance.features import Feature
from conformance.protocol.request import Authenticate
from conformance.target.flow import Flow
from conformance.target.server import AuthorizationServer

SHAPE = "Give every member the type of RFC 8414, 2, and names that are registered."
TRUE = "Let the metadata say what the server does, no more and no less."
ALGORITHMS = "List the signing algorithms beside every JWT method, and never none."
NEEDS = [Feature.METADATA]
METHODS = frozenset(
    {
        "none",
        "client_secret_basic",
        "client_secret_post",
        "client_secret_jwt",
        "private_key_jwt",
        "tls_client_auth",
        "self_signed_tls_client_auth",
        "attest_jwt_client_auth",
        "Bearer",
        "DPoP",
        "bearer",
        "access_token",
    }
)
ENDPOINTS = ("token", "revocation", "introspection")


@check("rfc8414-2-auth-method-names-registered", remedy=SHAPE, needs=NEEDS)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_names_of_methods_are_registered(server: AuthorizationServer, endpoint: str) -> None:
    """The authentication methods that are listed have registered names."""
    listed = member(server, f"{endpoint}_endpoint_auth_methods_supported")

    strange = sorted(set(listed) - METHODS - {one for one in listed if ":" in one})
    assert not strange, f"not registered: {strange}"


def _algorithms(server: AuthorizationServer, endpoint: str) -> list[str]:
    listed = member(server, f"{endpoint}_endpoint_auth_methods_supported")
    if not {"private_key_jwt", "client_secret_jwt"} & set(listed):
        raise NotApplicable("No JWT method is listed.")
    name = f"{endpoint}_endpoint_auth_signing_alg_values_supported"
    return list(published(server).members.get(name) or [])


@check("rfc8414-2-token-endpoint-auth-signing-algs-present", remedy=ALGORITHMS, needs=NEEDS)
def test_algorithms_of_the_token_endpoint_are_listed(server: AuthorizationServer) -> None:
    """Beside a JWT method the token endpoint's signing algorithms are listed."""
    assert _algorithms(server, "token"), "no signing algorithm is listed"


@check(
    "rfc8414-2-token-endpoint-auth-rs256",
    remedy="Take RS256 for client assertions, and list it.",
    needs=NEEDS,
)
def test_rs256_is_an_algorithm_of_the_token_endpoint(server: AuthorizationServer) -> None:
    """RS256 is among the token endpoint's algorithms for client assertions, where there are any."""
    listed = _algorithms(server, "token")
    if not listed:
        raise NotApplicable("No signing algorithm is listed.")

    assert "RS256" in listed, f"listed are {listed}"


@check("rfc8414-2-revocation-auth-signing-algs", remedy=ALGORITHMS, needs=NEEDS)
def test_algorithms_of_revocation_are_listed(server: AuthorizationServer) -> None:
    """Beside a JWT method the revocation endpoint's signing algorithms are listed."""
    assert _algorithms(server, "revocation"), "no signing algorithm is listed"


@check("rfc8414-2-introspection-auth-signing-algs", remedy=ALGORITHMS, needs=NEEDS)
def test_algorithms_of_introspection_are_listed(server: AuthorizationServer) -> None:
    """Beside a JWT method the introspection endpoint's signing algorithms are listed."""
    assert _algorithms(server, "introspection"), "no signing algorithm is listed"


def _no_none(server: AuthorizationServer, endpoint: str) -> None:
    name = f"{endpoint}_endpoint_auth_signing_alg_values_supported"
    listed = published(server).members.get(name) or []

    assert "none" not in listed, f"{name} lists none"


@check("rfc8414-2-token-endpoint-auth-no-none", remedy=ALGORITHMS, needs=NEEDS)
def test_none_is_no_algorithm_of_the_token_endpoint(server: AuthorizationServer) -> None:
    """none is not among the token endpoint's signing algorithms."""
    _no_none(server, "token")


@check("rfc8414-2-revocation-auth-no-none", remedy=ALGORITHMS, needs=NEEDS)
def test_none_is_no_algorithm_of_revocation(server: AuthorizationServer) -> None:
    """none is not among the revocation endpoint's signing algorithms."""
    _no_none(server, "revocation")


@check("rfc8414-2-introspection-auth-no-none", remedy=ALGORITHMS, needs=NEEDS)
def test_none_is_no_algorithm_of_introspection(server: AuthorizationServer) -> None:
    """none is not among the introspection endpoint's signing algorithms."""
    _no_none(server, "introspection")


@check("rfc8414-2-token-endpoint-auth-methods-accurate", remedy=TRUE, needs=NEEDS)
@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_listed_method_works(
    confidential_flow: Flow, server: AuthorizationServer, method: str
) -> None:
    """A method that is listed for the token endpoint authenticates a client with a secret."""
    if method not in member(server, "token_endpoint_auth_methods_supported"):
        raise NotApplicable(f"The metadata does not list {method}.")
    grant = confidential_flow.grant()

    answer = confidential_flow.redeem(grant, Authenticate(method))

    assert answer.granted, f"to {method} {answer}"
