"""The state machine that walks through the lives of grants."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from conformance.probing.life import Act, Life, Step, Walk
from conformance.probing.search import Broken, Trial, halting

_WHICH = st.sampled_from((0, 0, 0, 1, 2))
_OFTEN = frozenset({Act.REFRESH})
"""What is due twice as often as anything else: without it there is little to reuse."""


def machine(
    make: Callable[[], Life], acts: frozenset[Act]
) -> Callable[[Trial[Walk]], type[RuleBasedStateMachine]]:
    """A machine of these acts, whose every walk has a life of its own."""

    def of(trial: Trial[Walk]) -> type[RuleBasedStateMachine]:
        class Walking(RuleBasedStateMachine):
            def __init__(self) -> None:
                super().__init__()
                trial.admit()
                self.life = make()
                self.over = False

            @initialize()
            def begin(self) -> None:
                self._judge(self.life.begin)

            def take(self, act: Act, which: int) -> None:
                self._judge(lambda: self.life.take(Step(act, which)))

            def teardown(self) -> None:
                if not self.over:
                    self._judge(self.life.audit)

            def _judge(self, does: Callable[[], str | None]) -> None:
                self.over = True  # Where anything is raised, there is nothing more to try.
                with halting():
                    told = does()
                if trial.found(tuple(self.life.walked), told):
                    raise Broken(told)
                self.over = False

        for act in sorted(acts):
            for name in (act.name.lower(), f"{act.name.lower()}_again")[: 1 + (act in _OFTEN)]:
                setattr(Walking, name, _rule_of(act, name))
        return Walking

    return of


def _rule_of(act: Act, name: str) -> object:
    @rule(which=_WHICH)
    @precondition(lambda self: self.life.can(act))
    def take(self: object, which: int) -> None:
        self.take(act, which)  # type: ignore[attr-defined]

    take.__name__ = name
    return take
