"""A pytest plugin for the proof: collects the checks in another order for each seed."""

from __future__ import annotations

import random

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shuffle", type=int, default=0, metavar="SEED", help="the order to take")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # Checks that gather, wait or exhaust are put last after this, by the suite itself.
    random.Random(config.getoption("--shuffle")).shuffle(items)
