"""The model of a grant's life, held against the embedded server, sound and with other conduct."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import pytest

from conformance.plugin.bench import Bench
from conformance.plugin.fixtures import BENCH
from conformance.probing.life import Act, Conduct, Duty, Life, Step, conduct_of, without_idle
from conformance.server import running
from conformance.server.rules import Rules
from conformance.target.flow import Flow
from tests.proof.harness import judge


class _Borrow:
    """A plugin that gives the bench of a run away, once it is there."""

    def __init__(self, use: object) -> None:
        self.use = use
        self.done = False

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if not self.done:
            self.done = True
            self.use(item.config.stash[BENCH])  # type: ignore[operator]


@contextmanager
def rules(**changed: object) -> Iterator[None]:
    """Within it the embedded server has these rules."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "watched", lambda sound: (replace(sound, **changed), set[str]()))
        yield


def with_flows(use: object, **changed: Rules | object) -> None:
    """Calls with the flows of two users and of another client."""

    def borrowed(bench: Bench) -> None:
        users = [user.username for user in bench.users]
        flows = [
            bench.flow("confidential", user=users[0]),
            bench.flow("confidential", user=users[1]),
        ]
        use([*flows, bench.flow("confidential-2")])  # type: ignore[operator]

    with rules(**changed):
        judge(
            "embedded-standard", checks=["metadata.metadata_is_json"], plugins=[_Borrow(borrowed)]
        )


def walked(flows: Sequence[Flow], duty: Duty, *acts: Act | Step) -> str | None:
    """What a life comes to by these acts, and by the look at its end."""
    conducts = [conduct_of(flow) for flow in flows]
    life = Life(flows, conducts, duty, lambda: None)
    steps = [one if isinstance(one, Step) else Step(one) for one in acts]
    told = [life.begin(), *(life.take(step) for step in steps), life.audit()]
    return next((one for one in told if one is not None), None)


def test_the_conduct_of_a_server_is_what_it_does_in_the_plain_cases() -> None:
    seen: list[Conduct] = []
    with_flows(lambda flows: seen.append(conduct_of(flows[0])))
    with_flows(lambda flows: seen.append(conduct_of(flows[0])), refresh_rotates=lambda _: False)
    with_flows(lambda flows: seen.append(conduct_of(flows[0])), code_replay_revokes=False)

    assert seen[0] == Conduct(
        rotates=True,
        reuse_ends_family=True,
        replay_ends_refresh=True,
        revocation_ends_refresh=True,
        access_revocation_ends_refresh=False,
        new_grant_ends_old=False,
    )
    assert (seen[1].rotates, seen[1].reuse_ends_family) == (False, False)
    assert not seen[2].replay_ends_refresh


EVERYTHING = (
    Act.REFRESH,
    Act.AUTHORIZE,
    Step(Act.AUTHORIZE, 2),
    Act.REDEEM,
    Act.REFRESH,
    Act.REFRESH,
    Act.REVOKE_ACCESS,
    Act.STEAL,
    Act.DENY,
    Act.WAIT,
    Act.REUSE_FIRST,
    Act.REPLAY,
    Act.REVOKE_REFRESH,
    Step(Act.REFRESH, 1),
    Step(Act.REUSE, 1),
)


@pytest.mark.parametrize("duty", Duty)
def test_a_sound_server_keeps_every_duty(duty: Duty) -> None:
    told: list[str | None] = []
    with_flows(lambda flows: told.append(walked(flows, duty, *EVERYTHING)))

    assert told == [None]


@pytest.mark.parametrize(
    ("duty", "changed", "acts", "words"),
    [
        (
            Duty.DEAD,
            {"new_grant_revives_old_ones": True},
            (Act.REVOKE_REFRESH, Act.AUTHORIZE),
            "after it was revoked, the newest refresh token works",
        ),
        (
            Duty.ALIVE,
            {"consent_denial_ends_grants": True},
            (Act.REFRESH, Act.DENY),
            "to the newest refresh token the server answered 400",
        ),
        (
            Duty.REUSE,
            {"refresh_reuse_remembered": 1},
            (Act.REFRESH, Act.REFRESH, Act.REUSE_FIRST),
            "after an older one was used again",
        ),
        (
            Duty.REUSE,
            {"refresh_reuse_forgiven_after_revocation": True},
            (Act.REVOKE_ACCESS, Act.REFRESH, Act.REUSE),
            "after an older one was used again",
        ),
        (
            Duty.REPLAY,
            {"code_replay_forgiven_after_refresh": True},
            (Act.REFRESH, Act.REPLAY),
            "after the code was used again",
        ),
        (
            Duty.DEAD,
            {"refresh_is_bound_to": lambda _: False},
            (Act.STEAL,),
            "to another client's refresh token",
        ),
        (
            Duty.DEAD,
            {"code_is_single_use": False},
            (Act.REPLAY,),
            "to a code that was used before",
        ),
    ],
)
def test_what_departs_from_the_model_is_told(
    duty: Duty, changed: dict[str, object], acts: tuple[Act, ...], words: str
) -> None:
    told: list[str | None] = []
    with_flows(lambda flows: told.append(walked(flows, duty, *acts)), **changed)

    assert told[0] is not None
    assert words in told[0]


def test_what_may_have_ended_a_grant_is_not_held_against_the_server() -> None:
    told: list[str | None] = []
    with_flows(
        lambda flows: told.append(walked(flows, Duty.ALIVE, Act.AUTHORIZE)),
        refresh_tokens_per_client_and_user=1,
    )
    with_flows(lambda flows: told.append(walked(flows, Duty.ALIVE, Act.REPLAY)))

    assert told == [None, None]


def test_a_walk_is_told_without_the_steps_that_it_does_not_need() -> None:
    needed = (Step(Act.REFRESH), Step(Act.REUSE))
    walk = (Step(Act.AUTHORIZE), needed[0], Step(Act.WAIT), needed[1], Step(Act.DENY))

    shortest = without_idle(walk, lambda one: "told" if set(needed) <= set(one) else None)

    assert shortest == needed
