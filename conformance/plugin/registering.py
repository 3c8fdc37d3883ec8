"""What checks of registration ask for by name; everything that was registered goes with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from conformance.plugin.bench import Bench
from conformance.plugin.fixtures import FLOWS
from conformance.target.flow import Flow
from conformance.target.registration import Registrar


@pytest.fixture
def registration(bench: Bench, request: pytest.FixtureRequest) -> Iterator[Registrar]:
    """Registers clients with chosen properties; the usual registration is known to work."""
    registrar = bench.registrar
    registrar.open()
    request.node.stash[FLOWS].append(registrar)
    yield registrar
    bench.begin(bench.options.check_timeout)
    registrar.clean_up()


@pytest.fixture
def registered(registration: Registrar, request: pytest.FixtureRequest) -> Callable[..., Flow]:
    """Registers a client with chosen properties, and makes its flow known to be good."""

    def open_flow(**changes: object) -> Flow:
        flow = registration.flow(registration.register(**changes))
        flow.open()
        request.node.stash[FLOWS].append(flow)
        return flow

    return open_flow
