"""The two dialects, each freshly installed."""

from __future__ import annotations

import pytest

from conformance.server.dialects import ilert, standard
from tests.server.browsing import Site


@pytest.fixture
def site() -> Site:
    return Site(standard())


@pytest.fixture
def ilert_site() -> Site:
    return Site(ilert())
