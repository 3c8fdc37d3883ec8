"""Which checks a defect can concern: those in whose act it would have answered differently.

While the suite judges a sound server, every rule that is asked is also asked as each defect would
have it. Where all answers are the same, that defect cannot change the check's verdict.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from zlib import crc32

import pytest

from conformance.check import header_of
from conformance.defects.record import Defect
from conformance.model import Phase
from conformance.plugin.fixtures import BENCH
from conformance.plugin.selection import identity, is_check
from conformance.server import running
from conformance.server.rules import Rules
from conformance.server.watching import differing

EVERYWHERE = ""
"""The place of what is done for all checks: signing in, controls, planting, fixtures."""

_KEPT = ("metadata", "jwks", "paths")
"""Rules of what is fetched once and kept: whoever fetches it does so for all."""

_COSTLY = frozenset(
    {
        "forged_tokens.key_that_the_token_points_to_is_not_used",
        "forged_tokens.token_of_another_issuer_is_refused",
        "metadata_promises.listed_scopes_are_known",
        "unguessable.values_can_have_128_bits",
    }
)
"""Check functions that take as long as a hundred others: only their own defects meet them."""

_SHARED = "first_visits"
"""The fixture that keeps what one check made for others."""


@dataclass
class Sensitivity:
    """A plugin that learns, in one sound run, where which of these defects make a difference."""

    defects: tuple[Defect, ...]
    where: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Names of defects by check id, without variant."""
    gathering: set[str] = field(default_factory=set)
    """Check functions that judge what others made: every defect can concern them."""
    exhausting: set[str] = field(default_factory=set)
    """Check functions that use something up: they stand beside no other."""
    variants: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _here: str = EVERYWHERE
    _phase: Callable[[], Phase] = lambda: Phase.SETUP
    _changed: dict[str, list[tuple[str, Any]]] = field(default_factory=dict)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            if is_check(item):
                self.variants[identity(item).partition("[")[0]].append(identity(item))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        header = header_of(getattr(item, "function", None))
        if header is None:
            return
        recorder = item.config.stash[BENCH].recorder
        self._phase = lambda: recorder.phase
        self._here = identity(item).partition("[")[0]
        shared = _SHARED in getattr(item, "fixturenames", ())
        if header.exhausts:
            self.exhausting.add(self._here)
        elif header.gathers or header.ages is not None or shared:
            self.gathering.add(self._here)
            self._here = EVERYWHERE if shared else self._here

    def pytest_runtest_teardown(self) -> None:
        self._here = EVERYWHERE

    def concerned(self, defect: Defect) -> list[str]:
        """Check functions that the defect can concern, each by its first variant, and its own."""
        if defect.name in self.where[EVERYWHERE]:
            return self.half(defect)
        names = {name for name in self.variants if defect.name in self.where[name]}
        return self._chosen(defect.kills, names | self.gathering)

    def half(self, defect: Defect) -> list[str]:
        """Every second check function, by their names: for a defect that shows in every flow.

        Each function meets some two hundred such defects; with all of them it would take an hour.
        """
        names = {name for name in self.variants if crc32(f"{defect.name} {name}".encode()) % 2}
        return self._chosen(defect.kills, names)

    def _chosen(self, kills: tuple[str, ...], names: set[str]) -> list[str]:
        others = names - self.exhausting - _COSTLY - {one.partition("[")[0] for one in kills}
        return [*kills, *(self.variants[name][0] for name in sorted(others))]

    def watched(self, rules: Rules) -> tuple[Rules, set[str]]:
        """The rules, which ask the defects beside themselves."""
        for defect in self.defects:
            worse = defect.change(rules)
            for name in differing(rules, worse):
                self._changed.setdefault(name, []).append((defect.name, getattr(worse, name)))
        return cast(Rules, _Asking(rules, self)), set()

    def ask(self, name: str, value: Any) -> Any:
        """What a rule answers, or is; on the way it is found out who would have it otherwise."""
        changed = self._changed.get(name)
        if not changed:
            return value
        in_act = self._phase() is Phase.ACT and not name.startswith(_KEPT)
        found = self.where[self._here if in_act else EVERYWHERE]
        open_ones = [(defect, other) for defect, other in changed if defect not in found]
        if not open_ones:
            return value
        if not callable(value):
            found.update(defect for defect, _ in open_ones)
            return value

        def asked(*arguments: Any) -> Any:
            answer = value(*arguments)
            for defect, other in open_ones:
                if defect not in found and _differs(other, arguments, answer):
                    found.add(defect)
            return answer

        return asked


def _differs(other: Any, arguments: tuple[Any, ...], answer: Any) -> bool:
    try:
        return bool(other(*arguments) != answer)
    except Exception:  # whatever it is: the sound rule has answered
        return True


class _Asking:
    """Rules in all but name."""

    __slots__ = ("_rules", "_sensitivity")

    def __init__(self, rules: Rules, sensitivity: Sensitivity) -> None:
        self._rules = rules
        self._sensitivity = sensitivity

    def __getattr__(self, name: str) -> Any:
        return self._sensitivity.ask(name, getattr(self._rules, name))


@contextmanager
def learning(defects: Iterable[Defect]) -> Iterator[Sensitivity]:
    """Within it the embedded server asks these defects beside its own rules."""
    sensitivity = Sensitivity(tuple(defects))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "watched", sensitivity.watched)
        yield sensitivity
