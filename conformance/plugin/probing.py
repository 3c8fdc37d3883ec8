"""What checks ask for to look for a breach: generated cases, and walks through lives of grants."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import pytest

from conformance.errors import (
    Inconclusive,
    NotApplicable,
    NotRun,
    NotSeenAgain,
    RateLimited,
    ServerFailing,
)
from conformance.features import Feature
from conformance.model import Phase
from conformance.plugin.bench import Bench
from conformance.plugin.fixtures import FLOWS, Control
from conformance.plugin.selection import JUDGED
from conformance.probing.life import Act, Conduct, Duty, Life, Walk, conduct_of, without_idle
from conformance.probing.machine import machine
from conformance.probing.search import Breach, Cases, Limits, Memory, Searched, search, walk
from conformance.secret import Secret
from conformance.target.departures import ReadsUrl
from conformance.target.flow import Flow
from conformance.target.location import resolve
from conformance.target.server import Known

_Case = TypeVar("_Case")

REPEAT = pytest.StashKey[str]()
"""The command that repeats a finding, where it is not that of the check."""

_TRIED = pytest.StashKey[int]()
"""How many cases a check has generated and tried."""

_PATIENCE = 30.0
"""Seconds for which a server may ask to be left alone, once a case; else the search ends."""
_ENOUGH = 3
"""After so many cases in a row that end with a server error the server has to show its health."""
_TRIES = 5
"""So often a case that broke the rule is tried again, where it does not break it at once."""
_KEPT = 3
"""Exchanges that are kept as evidence from the beginning and the end of a search without result."""


def thoroughness(item: pytest.Item) -> str:
    """Of a check that generates its cases: how many they were, in a sentence."""
    tried = item.stash.get(_TRIED, 0)
    return f"{tried} generated cases were tried." if tried else ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What broke the rule, in words, and among how many cases it is the smallest."""

    told: str
    cases: int
    remembered: bool

    def __str__(self) -> str:
        if self.remembered:
            return f"{self.told} (known from an earlier run, and tried first)"
        return f"{self.told} (the smallest of what {self.cases} generated cases came to)"


class Probe:
    """Looks for a case that breaks a rule.

    What is found is tried once more, outside of the search and between two controls. A case that
    could not be judged ends the search at once: the server is not asked again.
    """

    def __init__(self, bench: Bench, check_id: str, item: pytest.Item) -> None:
        self._bench = bench
        self._id = check_id
        self._item = item

    def __call__(
        self, cases: Cases[_Case], breaks: Callable[[_Case], str | None]
    ) -> Finding | None:
        """`breaks` says what the server did, where that broke the rule; None where it held."""
        return self._find(partial(search, cases, self._politely(breaks)), breaks, walks=False)

    def walk(self, make: Callable[[], Life], acts: frozenset[Act]) -> Finding | None:
        """Walks through lives of grants, each from its beginning."""

        def again(steps: Walk) -> str | None:
            life = make()
            told = [life.begin(), *(life.take(step) for step in steps)]
            found = next((one for one in (*told, life.audit()) if one is not None), None)
            way = ", ".join(map(str, steps)) or "nothing else"
            return None if found is None else f"after {way}: {found}"

        def begun() -> Life:
            self._bench.begin(self._bench.options.check_timeout)
            self._bench.recorder.abridge(mark, _KEPT)
            return make()

        mark = self._bench.recorder.mark()

        def walked(limits: Limits, number: int, memory: Memory | None) -> Searched[Walk]:
            searched = walk(machine(begun, acts), limits, number, memory)
            breach = searched.breach
            if breach is None:
                return searched
            shortest = replace(breach, case=without_idle(breach.case, again))
            return replace(searched, breach=shortest)

        return self._find(walked, again, walks=True)

    def _find(
        self,
        run: Callable[[Limits, int, Memory | None], Searched[_Case]],
        breaks: Callable[[_Case], str | None],
        *,
        walks: bool,
    ) -> Finding | None:
        options, recorder = self._bench.options, self._bench.recorder
        mark = recorder.mark()
        limits = options.drawing.limits(options.check_timeout, walks=walks)
        number, memory = options.drawing.number(self._id), options.drawing.remembered(self._id)
        searched = run(limits, number, memory)
        self._bench.begin(options.check_timeout)
        self._item.stash[_TRIED] = searched.cases
        if searched.breach is None:
            recorder.abridge(mark, _KEPT)
            return None
        recorder.abridge(mark, 0)
        return self._confirmed(searched.breach, searched.cases, breaks)

    def _confirmed(
        self, breach: Breach[_Case], cases: int, breaks: Callable[[_Case], str | None]
    ) -> Finding:
        if breach.remembered:
            self._item.stash[REPEAT] = self._bench.options.repeat(self._id, by_seed=False)
        self._prove(Phase.CONTROL_BEFORE)
        told = self._seen_again(breach, breaks)
        if told is None:
            self._prove(Phase.CONTROL_AFTER)
            raise NotSeenAgain(
                f"Among {cases} generated cases the server broke the rule once: {breach.told}."
                f" Tried {_TRIES} times again, it did not. Repeat it with"
                f" {shlex.quote(self._bench.options.repeat(self._id))}."
            )
        return Finding(told, cases, breach.remembered)

    def _seen_again(
        self, breach: Breach[_Case], breaks: Callable[[_Case], str | None]
    ) -> str | None:
        """What the server did with the same case; chance may decide what it does with it."""
        tries = (breaks(breach.case) for _ in range(_TRIES))
        return next((told for told in tries if told is not None), None)

    def _prove(self, phase: Phase) -> None:
        for control in self._controls:
            control.prove(phase)

    @property
    def _controls(self) -> list[Control]:
        return self._item.stash[FLOWS]

    def _politely(self, breaks: Callable[[_Case], str | None]) -> Callable[[_Case], str | None]:
        """The rule as it is tried in a search: with time of its own, and with respect."""
        recorder = self._bench.recorder
        begun = recorder.mark()
        failing = 0

        def tried(case: _Case) -> str | None:
            nonlocal failing
            self._bench.begin(self._bench.options.check_timeout)
            mark = recorder.mark()
            told = self._patiently(case, breaks)
            answered = [one for one in recorder.raw_since(mark) if one.status is not None]
            failed = bool(answered) and (answered[-1].status or 0) >= 500
            failing = failing + 1 if failed and told is None else 0
            if failing >= _ENOUGH:
                failing = 0
                self._still_works(answered[-1].status)
            recorder.abridge(begun, _KEPT)
            return told

        return tried

    def _still_works(self, status: int | None) -> None:
        """ServerFailing where the server no longer answers what is known to be good."""
        try:
            self._prove(Phase.ACT)
        except Inconclusive as error:
            raise ServerFailing(
                f"{_ENOUGH} generated cases in a row were answered with server errors, the last"
                f" with {status}, and then the server did not work: {error} The search ended there."
            ) from error

    def _patiently(self, case: _Case, breaks: Callable[[_Case], str | None]) -> str | None:
        try:
            return breaks(case)
        except RateLimited as error:
            if error.retry_after is None or error.retry_after > _PATIENCE:
                raise
            time.sleep(error.retry_after)
            self._bench.begin(self._bench.options.check_timeout)
            return breaks(case)


@pytest.fixture
def probe(bench: Bench, request: pytest.FixtureRequest) -> Probe:
    """Looks for an input that breaks a rule; the flows of the check are its controls."""
    return Probe(bench, request.node.stash[JUDGED].id, request.node)


@pytest.fixture
def reads_url(bench: Bench) -> ReadsUrl:
    """Where a browser goes: by the browser itself, or without one by the URL Standard."""
    return resolve if bench.options.without_browser else bench.browser.read_url


@pytest.fixture
def client_with_secret(bench: Bench, proven: Callable[..., Flow]) -> Callable[[str], Flow]:
    """Makes the flow of a client that has this secret; NotRun where a server chooses secrets."""
    embedded = bench.embedded
    if embedded is None:
        raise NotRun("Only the embedded server lets the suite choose a client's secret.")
    settings = proven("confidential").client.settings

    def make(secret: str) -> Flow:
        client_id = embedded.give_secret(settings.client_id, secret)
        given = replace(
            settings, client_id=client_id, client_secret=Secret(secret, "chosen secret")
        )
        return bench.flow_of(bench.client_of(given))

    return make


@pytest.fixture(scope="session")
def conducts() -> dict[str, Conduct]:
    """What the server does with grants in the plain cases, by client id."""
    return {}


@pytest.fixture
def lives(
    bench: Bench, proven: Callable[..., Flow], conducts: dict[str, Conduct], probe: Probe
) -> Callable[[Duty], Finding | None]:
    """Walks through lives of the grants of several clients and users, by one duty."""
    if bench.profile.pace.min_seconds_between_refreshes:
        raise NotRun("The server wants long pauses between refreshes: a walk would take hours.")
    roles = ("confidential", "confidential-post", "public", "native")
    main = proven(*roles)
    flows = [main]
    if len(bench.users) > 1:
        flows.append(proven(*roles, user=bench.users[1].username))
    others = [role for role in ("confidential-2", "public") if bench.profile.client(role)]
    if others and bench.profile.client(others[0]) is not main.client.settings:
        flows.append(proven(others[0]))
    refreshing = [flow for flow in flows if flow.tokens().refresh_token is not None]
    if main not in refreshing:
        raise NotApplicable("The control was answered without a refresh token.")
    for flow in refreshing:
        if flow.client.client_id not in conducts:
            conducts[flow.client.client_id] = conduct_of(flow)
    known = [conducts[flow.client.client_id] for flow in refreshing]
    revocable = bench.server.endpoint("revocation_endpoint") is not None
    pause = 5.0 if bench.time.costs_nothing else 0.5

    def judged(duty: Duty) -> Finding | None:
        if not any(_PLAIN[duty](one) for one in known):
            raise NotApplicable("In the plain case this ends nothing: there is nothing to hold to.")
        acts = set(Act) - (_REVOKING if not revocable else set())
        if bench.server.knows(Feature.DENY_CONSENT).known is Known.NOT_OFFERED:
            acts.discard(Act.DENY)
        return probe.walk(
            lambda: Life(refreshing, known, duty, lambda: bench.time.wait(pause)),
            frozenset(acts),
        )

    return judged


_REVOKING = {Act.REVOKE_REFRESH, Act.REVOKE_ACCESS}
_PLAIN: dict[Duty, Callable[[Conduct], Any]] = {
    Duty.DEAD: lambda _: True,
    Duty.ALIVE: lambda _: True,
    Duty.REUSE: lambda one: one.reuse_ends_family,
    Duty.REPLAY: lambda one: one.replay_ends_refresh,
}
