"""What a check saw and tells, without judging it."""

from __future__ import annotations

from collections.abc import Callable, Generator

import pytest

from conformance.model import Observation, dump
from conformance.plugin.fixtures import BENCH
from conformance.plugin.selection import JUDGED

OBSERVATIONS = "conformance_observations"
"""The attribute of a report that carries the observations of a check, as JSON."""

_SEEN = pytest.StashKey[list[Observation]]()

Observe = Callable[[str, int], None]


@pytest.fixture
def observe(request: pytest.FixtureRequest) -> Observe:
    """Tells a sentence about the exchanges from a mark of the recorder on."""
    recorder = request.config.stash[BENCH].recorder
    one = request.node.stash[JUDGED]
    seen = request.node.stash.setdefault(_SEEN, [])

    def tell(sentence: str, mark: int) -> None:
        told = recorder.redactor.redact(sentence)
        seen.append(Observation(one.id, told, one.claimed, recorder.since(mark)))

    return tell


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        setattr(report, OBSERVATIONS, [dump(one) for one in item.stash.get(_SEEN, [])])
    return report
