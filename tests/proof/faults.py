"""Servers that are not there, or answer everything alike: put in front of the embedded one."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from conformance.model import Exchange, Outcome, Phase, Verdict
from conformance.plugin.bench import Bench
from conformance.plugin.fixtures import BENCH
from tests.proof.harness import Judged

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
MARK = "X-Fault"
"""The header by which an answer of a fault is known in a transcript."""

HTML = "text/html; charset=utf-8"
JSON = "application/json"


@dataclass(frozen=True)
class Canned:
    """The same answer to every request."""

    status: str
    content_type: str | None = HTML
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()

    def __call__(self, _: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        kind = [] if self.content_type is None else [("Content-Type", self.content_type)]
        length = ("Content-Length", str(len(self.body)))
        start_response(self.status, [(MARK, "1"), length, *kind, *self.headers])
        return [self.body]


def down(_: dict[str, Any], __: Callable[..., Any]) -> list[bytes]:
    """Nobody listens."""
    raise ConnectionRefusedError(111, "Connection refused")


Hit = Callable[[Bench, dict[str, Any]], bool]


def always(_: Bench, __: dict[str, Any]) -> bool:
    return True


def at(*paths: str) -> Hit:
    """Requests to these paths."""
    return lambda _, environ: environ["PATH_INFO"].startswith(paths)


def but(*paths: str) -> Hit:
    """Requests to all other paths."""
    return lambda _, environ: not environ["PATH_INFO"].startswith(paths)


def after(requests: int) -> Hit:
    """All requests but the first."""
    count = itertools.count()
    return lambda _, __: next(count) >= requests


@dataclass
class InTheAct:
    """In every check anew: all requests after its first, from its act on.

    The control before each check holds; then the server gives up, and its closing control is
    refused like the act.
    """

    first: int = 0
    count: int = 0

    def pytest_runtest_setup(self) -> None:
        self.count = 0

    def __call__(self, bench: Bench, _: dict[str, Any]) -> bool:
        if bench.recorder.context.phase not in (Phase.ACT, Phase.CONTROL_AFTER):
            return False
        self.count += 1
        return self.count > self.first


@dataclass
class Faulty:
    """The plugin that lets a fault answer the requests that are hit."""

    fault: App
    hit: Hit = always
    seconds: float = 0.0
    """How long every answer takes."""
    _plugins: list[object] = field(default_factory=list)

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        bench = session.config.stash[BENCH]
        embedded = bench.embedded
        if embedded is None:
            raise RuntimeError("Faults are for the embedded server.")
        sound = embedded.app

        def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            if self.seconds:
                time.sleep(self.seconds)
            if self.hit(bench, environ):
                return self.fault(environ, start_response)
            return cast("Iterable[bytes]", sound(environ, start_response))

        bench.embedded = replace(embedded, app=cast("Any", answer))
        session.config.pluginmanager.register(self.hit)


def faulty(exchange: Exchange) -> bool:
    """Whether an answer came from the fault, or none came."""
    return exchange.header(MARK) is not None or exchange.problem is not None


def met_the_fault(outcome: Outcome) -> bool:
    """Whether what a check judged by, or its closing control, was answered by the fault."""
    judged_by = (Phase.ACT, Phase.CONTROL_AFTER)
    return any(one.phase in judged_by and faulty(one) for one in outcome.transcript)


def without_a_verdict(judged: Judged) -> list[str]:
    """Selected checks of which the run says nothing, or only that it was cut short."""
    silent = [one for one in judged.run.header.selected if one not in judged.outcomes]
    return silent + [
        one.id for one in judged.outcomes.values() if one.reason.startswith("No verdict came")
    ]


def taken(judged: Judged, *verdicts: Verdict) -> set[str]:
    """The functions of the checks that have one of these verdicts."""
    return {one.partition("[")[0] for one in judged.selected_with(*verdicts)}
