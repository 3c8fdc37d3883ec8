"""The life of grants, as a model: what must be alive, what must be dead, in whatever order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from conformance.protocol.request import As, Replace
from conformance.target.agent import Decision
from conformance.target.flow import Flow, Grant


class Act(StrEnum):
    """What somebody does, by the field's words."""

    AUTHORIZE = "authorize"
    DENY = "deny"
    REDEEM = "redeem"
    REPLAY = "replay the code"
    REFRESH = "refresh"
    REUSE = "reuse the refresh token before the newest"
    REUSE_FIRST = "reuse the first refresh token"
    REVOKE_REFRESH = "revoke the refresh token"
    REVOKE_ACCESS = "revoke the access token"
    STEAL = "refresh as another client"
    WAIT = "wait"


class Duty(StrEnum):
    """What a walk is judged by."""

    DEAD = "what is dead stays dead"
    ALIVE = "what is alive stays alive"
    REUSE = "a reused refresh token ends its family"
    REPLAY = "a replayed code ends its tokens"


@dataclass(frozen=True, slots=True)
class Step:
    """One act; `which` counts from what is newest among the things that it can be done to."""

    act: Act
    which: int = 0

    def __str__(self) -> str:
        return self.act.value if not self.which else f"{self.act.value} ({self.which + 1}. newest)"


Walk = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Conduct:
    """What the server does where nothing else happens: it has to do the same in any order."""

    rotates: bool
    reuse_ends_family: bool
    replay_ends_refresh: bool
    revocation_ends_refresh: bool
    access_revocation_ends_refresh: bool
    new_grant_ends_old: bool


@dataclass(slots=True, eq=False)
class Family:
    """One authorization and what came of it, the newest refresh token last.

    `certain` is over as soon as something happened of which the specifications leave open whether
    it ends the family. `refused` are refresh tokens that were seen dead.
    """

    party: int
    grant: Grant
    redeemed: bool = False
    aged: bool = False
    refresh_tokens: list[str] = field(default_factory=list)
    access_token: str = ""
    reused: bool = False
    replayed: bool = False
    revoked: bool = False
    certain: bool = True
    refused: set[str] = field(default_factory=set)

    @property
    def newest(self) -> str | None:
        return self.refresh_tokens[-1] if self.refresh_tokens else None


class Life:
    """One walk: does steps, keeps the model, and says where the server departs from it."""

    def __init__(
        self,
        flows: Sequence[Flow],
        conducts: Sequence[Conduct],
        duty: Duty,
        wait: Callable[[], None],
    ) -> None:
        self._flows = flows
        self._conducts = conducts
        self._duty = duty
        self._wait = wait
        self.families: list[Family] = []
        self.walked: list[Step] = []

    def begin(self) -> str | None:
        """What every walk begins with: one grant whose code was redeemed."""
        told = self._authorize(0)
        return self._redeem(self.families[0]) if self.families else told

    def can(self, act: Act) -> bool:
        """Whether there is something that the act can be done to."""
        return act in _FREE or bool(self._candidates(act))

    def take(self, step: Step) -> str | None:
        """Does a step; what the server did, where that breaks the duty."""
        self.walked.append(step)
        match step.act:
            case Act.AUTHORIZE:
                return self._authorize(step.which % len(self._flows))
            case Act.DENY:
                self._deny(step.which % len(self._flows))
                return None
            case Act.WAIT:
                self._wait()
                for family in self.families:
                    family.aged = True
                return None
        found = self._candidates(step.act)
        if not found:
            return None
        family = found[step.which % len(found)]
        match step.act:
            case Act.REDEEM:
                return self._redeem(family)
            case Act.REPLAY:
                return self._replay(family)
            case Act.REFRESH:
                return self._refresh(family)
            case Act.REUSE:
                return self._reuse(family, family.refresh_tokens[-2])
            case Act.REUSE_FIRST:
                return self._reuse(family, family.refresh_tokens[0])
            case Act.REVOKE_REFRESH:
                self._flow(family).revoke(family.newest or "")
                family.revoked = True
            case Act.REVOKE_ACCESS:
                self._flow(family).revoke(family.access_token)
                family.certain &= not self._conduct(family).access_revocation_ends_refresh
            case _:
                return self._steal(family)
        return None

    def audit(self) -> str | None:
        """Tries, at the end of a walk, what has to be dead, or alive, by the duty."""
        for family in self.families:
            if family.newest is None:
                continue
            told = self._refresh(family) if self._is_judged(family) else None
            if told is not None:
                return told
        return None

    # The steps

    def _authorize(self, party: int) -> str | None:
        landing = self._flows[party].authorize()
        grant = self._flows[party].grant_of(landing)
        if grant is None:
            return self._if(Duty.ALIVE, f"a further authorization ended {landing.where}")
        if self._conducts[party].new_grant_ends_old:
            self._doubt(party)
        self.families.append(Family(party, grant))
        return None

    def _deny(self, party: int) -> None:
        ask = Replace("prompt", "consent")
        self._flows[party].authorize(ask, decision=Decision.DENY)

    def _redeem(self, family: Family) -> str | None:
        family.redeemed = True
        answer = self._flow(family).redeem(family.grant)
        if not answer.granted:
            family.certain = False
            fresh = not family.aged
            return self._if(Duty.ALIVE, f"to a fresh code {answer}") if fresh else None
        family.access_token = answer.access_token or ""
        if answer.refresh_token is not None:
            family.refresh_tokens.append(answer.refresh_token)
        return None

    def _replay(self, family: Family) -> str | None:
        answer = self._flow(family).redeem(family.grant)
        # Some servers forget codes that have expired: then nothing tells a replay from a guess.
        family.replayed |= not family.aged
        family.certain &= not family.aged
        if answer.granted:
            return self._if(Duty.DEAD, f"to a code that was used before {answer}")
        return None

    def _refresh(self, family: Family) -> str | None:
        token = family.newest or ""
        dead = self._why_dead(family, token)
        certain = family.certain and not (family.reused or family.replayed or family.revoked)
        answer = self._flow(family).refresh(token)
        if not answer.granted:
            family.refused |= {token} if answer.refused else set()
            due = certain and dead is None
            return self._if(Duty.ALIVE, f"to the newest refresh token {answer}") if due else None
        family.access_token = answer.access_token or ""
        if answer.refresh_token not in (None, token):
            family.refresh_tokens.append(answer.refresh_token or "")
        if dead is not None and dead[0] is self._duty:
            return f"{dead[1]}, the newest refresh token works: {answer}"
        return None

    def _reuse(self, family: Family, token: str) -> str | None:
        answer = self._flow(family).refresh(token)
        family.reused = True
        if answer.granted and self._conduct(family).reuse_ends_family:
            return self._if(Duty.DEAD, f"to a refresh token that was exchanged before {answer}")
        return None

    def _steal(self, family: Family) -> str | None:
        thief = next(flow for flow in self._flows if self._is_another(flow, family))
        answer = self._flow(family).refresh(family.newest or "", As(thief.client.credentials))
        family.certain = False
        if answer.granted:
            return self._if(Duty.DEAD, f"to another client's refresh token {answer}")
        return None

    # The model

    def _why_dead(self, family: Family, token: str) -> tuple[Duty, str] | None:
        """Why the newest refresh token has to be dead, and which duty says so."""
        conduct = self._conduct(family)
        if token in family.refused:
            return Duty.DEAD, "after it was refused before"
        if family.revoked and conduct.revocation_ends_refresh:
            return Duty.DEAD, "after it was revoked"
        if family.reused and conduct.reuse_ends_family:
            return Duty.REUSE, "after an older one was used again"
        if family.replayed and conduct.replay_ends_refresh:
            return Duty.REPLAY, "after the code was used again"
        return None

    def _is_judged(self, family: Family) -> bool:
        dead = self._why_dead(family, family.newest or "")
        return self._duty is Duty.ALIVE if dead is None else dead[0] is self._duty

    def _candidates(self, act: Act) -> list[Family]:
        """The families that the act can be done to, the newest first."""
        fits: dict[Act, Callable[[Family], bool]] = {
            Act.REDEEM: lambda one: not one.redeemed,
            Act.REPLAY: lambda one: one.redeemed and one.access_token != "",
            Act.REFRESH: lambda one: one.newest is not None,
            Act.REUSE: lambda one: len(one.refresh_tokens) > 1,
            Act.REUSE_FIRST: lambda one: len(one.refresh_tokens) > 2,
            Act.REVOKE_REFRESH: lambda one: one.newest is not None and not one.revoked,
            Act.REVOKE_ACCESS: lambda one: one.access_token != "",
            Act.STEAL: lambda one: (
                one.newest is not None and any(self._is_another(flow, one) for flow in self._flows)
            ),
        }
        return [one for one in reversed(self.families) if fits[act](one)]

    def _is_another(self, flow: Flow, family: Family) -> bool:
        return flow.client.client_id != self._flow(family).client.client_id

    def _flow(self, family: Family) -> Flow:
        return self._flows[family.party]

    def _conduct(self, family: Family) -> Conduct:
        return self._conducts[family.party]

    def _doubt(self, party: int) -> None:
        for family in self.families:
            family.certain &= family.party != party

    def _if(self, duty: Duty, told: str) -> str | None:
        return told if duty is self._duty else None


_FREE = frozenset({Act.AUTHORIZE, Act.DENY, Act.WAIT})


def without_idle(steps: Walk, breaks: Callable[[Walk], str | None]) -> Walk:
    """The walk without the steps that it does not need, the last ones first."""
    for at in reversed(range(len(steps))):
        fewer = (*steps[:at], *steps[at + 1 :])
        if breaks(fewer) is not None:
            steps = fewer
    return steps


def conduct_of(flow: Flow) -> Conduct:
    """What the server does in the plain cases: one event, and nothing else before it."""

    def redeemed() -> tuple[Grant, str]:
        grant = flow.grant()
        answer = flow.must_grant(flow.redeem(grant), "The unchanged token request")
        return grant, answer.refresh_token or ""

    _, first = redeemed()
    second = flow.must_grant(flow.refresh(first), "The unchanged refresh").refresh_token
    rotates = second not in (None, first)
    reuse = False
    if rotates:
        reuse = not flow.refresh(first).granted and not flow.refresh(second or "").granted
    grant, token = redeemed()
    flow.redeem(grant)
    replay = not flow.refresh(token).granted
    _, old = redeemed()
    redeemed()
    new_grant = not flow.refresh(old).granted
    revocable = flow.server.endpoint("revocation_endpoint") is not None
    revoked = access = False
    if revocable:
        _, token = redeemed()
        flow.revoke(token)
        revoked = not flow.refresh(token).granted
        tokens = flow.tokens()
        flow.revoke(tokens.access_token or "")
        access = not flow.refresh(tokens.refresh_token or "").granted
    return Conduct(rotates, reuse, replay, revoked, access, new_grant)
