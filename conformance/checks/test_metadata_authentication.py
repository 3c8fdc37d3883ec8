"""What the metadata says of client authentication, and whether it is so (RFC 8414, 2)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from conformance.check import check
from conformance.checks.test_metadata import member, published
from conformance.errors import NotApplicable, NotRun
from conformance.features import Feature
from conformance.profile import Profile
from conformance.protocol.request import BASIC, NONE, POST, Authenticate, Header, Without
from conformance.target.client import Client
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
ROLES = ("confidential", "confidential-post", "confidential-2", "public", "native")


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


def listed_methods(server: AuthorizationServer, endpoint: str, method: str) -> None:
    """NotApplicable where a method is not listed; without a list of two endpoints it is Basic."""
    name = f"{endpoint}_endpoint_auth_methods_supported"
    by_default = [] if endpoint == "introspection" else [BASIC]
    listed = published(server).members.get(name)
    if method not in (by_default if listed is None else listed):
        raise NotApplicable(f"{name} does not list {method}.")


def registered_for(profile: Profile, method: str) -> str:
    """The role of a client that is registered for a method; NotRun where there is none."""
    for client in profile.clients:
        if client.role in ROLES and client.token_endpoint_auth_method == method:
            return client.role
    raise NotRun(
        f"The profile names no client that is registered for {method}: add [[clients]] with"
        f' token_endpoint_auth_method = "{method}".'
    )


@check("rfc8414-2-token-endpoint-auth-methods-accurate", remedy=TRUE, needs=NEEDS)
@pytest.mark.parametrize("method", [BASIC, POST, NONE])
def test_listed_method_works(
    bare: Callable[..., Flow], profile: Profile, server: AuthorizationServer, method: str
) -> None:
    """A method of the token endpoint's list authenticates a client that is registered for it."""
    listed_methods(server, "token", method)
    flow = bare(registered_for(profile, method))
    grant = flow.grant()

    answer = flow.redeem(grant)

    assert answer.granted, f"to {method} {answer}"


@check("rfc8414-2-token-endpoint-auth-methods-accurate", remedy=TRUE, needs=NEEDS, disputable=True)
@pytest.mark.parametrize("method", [BASIC, POST])
def test_unlisted_method_is_refused(
    confidential_flow: Flow, server: AuthorizationServer, method: str
) -> None:
    """A method that the token endpoint's list has not authenticates no client."""
    if method in member(server, "token_endpoint_auth_methods_supported"):
        raise NotApplicable(f"The metadata lists {method}.")
    grant = confidential_flow.grant()

    answer = confidential_flow.redeem(grant, Authenticate(method))

    assert not answer.granted, f"to {method}, which is not listed, {answer}"


@check(
    "rfc8414-2-revocation-auth-methods-accurate",
    remedy=TRUE,
    needs=[Feature.METADATA, Feature.REVOCATION],
)
@pytest.mark.parametrize("method", [BASIC, POST, NONE])
def test_listed_method_works_at_revocation(
    proven: Callable[..., Flow], profile: Profile, server: AuthorizationServer, method: str
) -> None:
    """A method of the revocation endpoint's list, Basic where there is none, works there."""
    listed_methods(server, "revocation", method)
    flow = proven(registered_for(profile, method))
    tokens = flow.tokens()

    answer = flow.revoke(tokens.refresh_token or tokens.access_token or "")

    known = answer.status == 200 or answer.error == "unsupported_token_type"
    assert known, f"to {method} {answer}"


_INTROSPECTION = "rfc8414-2-introspection-auth-methods-accurate"
_NEEDED = [Feature.METADATA, Feature.INTROSPECTION]


@check(_INTROSPECTION, remedy=TRUE, needs=_NEEDED)
@pytest.mark.usefixtures("introspected")
@pytest.mark.parametrize("method", [BASIC, POST])
def test_listed_method_works_at_introspection(
    flow: Flow, caller: Client, server: AuthorizationServer, method: str
) -> None:
    """A method of the introspection endpoint's list works there for a client registered for it."""
    listed_methods(server, "introspection", method)
    token = flow.tokens().access_token or ""

    answer = flow.introspect(token, Authenticate(method), caller=caller)

    if answer.status != 200 and method != caller.credentials.method:
        raise NotRun(f"The client that introspects is not registered for {method}.")
    assert answer.status == 200, f"to {method} {answer}"


@check(_INTROSPECTION, remedy=TRUE, needs=_NEEDED)
def test_listed_bearer_token_works_at_introspection(
    flow: Flow, caller: Client, server: AuthorizationServer
) -> None:
    """Where Bearer is listed for introspection, an access token is read there as credentials."""
    name = "introspection_endpoint_auth_methods_supported"
    if "bearer" not in [str(one).lower() for one in member(server, name)]:
        raise NotApplicable(f"{name} does not list Bearer.")
    token = flow.tokens().access_token or ""

    answer = flow.introspect(
        token,
        Without("client_id"),
        Without("client_secret"),
        Header("Authorization", f"Bearer {token}"),
        caller=caller,
    )

    # That this token does not suffice says that it was read (RFC 6750, 3.1).
    challenge = answer.header("www-authenticate") or ""
    insufficient = re.search(r"invalid_token|insufficient_scope", challenge) is not None
    was_read = answer.status in (200, 403) or insufficient
    assert was_read, f"to a bearer token {answer}"
