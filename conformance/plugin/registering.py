"""What checks of registration ask for by name; everything that was registered goes with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from conformance import signing
from conformance.features import Feature
from conformance.plugin.bench import Bench
from conformance.plugin.fixtures import BENCH, FLOWS
from conformance.profile import Role
from conformance.protocol.request import PRIVATE_KEY_JWT
from conformance.target.flow import Flow
from conformance.target.registration import Registrar
from conformance.target.registration_endpoint import algorithm_for
from conformance.target.server import Known


@pytest.fixture(scope="session")
def registrar(request: pytest.FixtureRequest) -> Iterator[Registrar]:
    """Registers clients like the main one of the profile; what is left goes at the end."""
    bench = request.config.stash[BENCH]
    model = bench.client(*bench.planted_roles).settings
    registrar = Registrar(bench.server, model, bench.flow_of, lasting=not bench.is_local)
    yield registrar
    bench.begin(bench.options.check_timeout)
    registrar.clean_up()


@pytest.fixture
def registration(
    registrar: Registrar, bench: Bench, request: pytest.FixtureRequest
) -> Iterator[Registrar]:
    """Registers clients with chosen properties; the usual registration is known to work."""
    registrar.open()
    request.node.stash[FLOWS].append(registrar)
    yield registrar
    bench.begin(bench.options.check_timeout)
    registrar.clean_up()


@pytest.fixture
def key_flow(with_a_key: Callable[..., Flow]) -> Flow:
    """A proven flow of a client that signs assertions: the profile's, or a registered one."""
    return with_a_key(proven=True)


@pytest.fixture
def bare_key_flow(with_a_key: Callable[..., Flow]) -> Flow:
    """A flow of a client that signs assertions, not proven: its authentication is judged."""
    return with_a_key(proven=False)


@pytest.fixture
def with_a_key(bench: Bench, request: pytest.FixtureRequest) -> Callable[..., Flow]:
    """Makes a flow of a client with a key of its own; NotRun where there can be none."""

    def open_flow(*, proven: bool) -> Flow:
        role = Role.CONFIDENTIAL_KEY
        if bench.profile.client(role) is not None:
            opened: Flow = request.getfixturevalue("proven" if proven else "bare")(role)
            return opened
        if bench.server.knows(Feature.DYNAMIC_REGISTRATION).known is not Known.OFFERED:
            bench.client(role)
        registrar: Registrar = request.getfixturevalue("registration")
        key = signing.generated(algorithm_for(bench.server))
        answer = registrar.register(
            token_endpoint_auth_method=PRIVATE_KEY_JWT, jwks={"keys": [key.public_jwk]}
        )
        flow = registrar.flow(answer, key)
        if proven:
            flow.open()
            request.node.stash[FLOWS].append(flow)
        return flow

    return open_flow


@pytest.fixture
def registered(registration: Registrar, request: pytest.FixtureRequest) -> Callable[..., Flow]:
    """Registers a client with chosen properties, and makes its flow known to be good."""

    def open_flow(**changes: object) -> Flow:
        flow = registration.flow(registration.register(**changes))
        flow.open()
        request.node.stash[FLOWS].append(flow)
        return flow

    return open_flow
