"""Where each requirement stands after a run: the worst that any of its checks found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from conformance.model import Outcome, Run, Verdict, WaiverState


class Standing(StrEnum):
    """What a run found about one requirement, worst first."""

    VIOLATED = "violated"
    DEVIATION = "known deviation"
    WARNED = "warned"
    NOT_JUDGED = "not judged"
    HELD = "held"
    NOT_RUN = "not run"
    NOT_APPLICABLE = "not applicable"
    NO_CHECK = "no check"

    @property
    def judged(self) -> bool:
        """Some check came to an answer."""
        return self in _JUDGED


_JUDGED = frozenset({Standing.VIOLATED, Standing.DEVIATION, Standing.WARNED, Standing.HELD})

_STANDING = {
    Verdict.FAILED: Standing.VIOLATED,
    Verdict.WARNED: Standing.WARNED,
    Verdict.INCONCLUSIVE: Standing.NOT_JUDGED,
    Verdict.BROKEN: Standing.NOT_JUDGED,
    Verdict.PASSED: Standing.HELD,
    Verdict.NOT_RUN: Standing.NOT_RUN,
    Verdict.NOT_APPLICABLE: Standing.NOT_APPLICABLE,
}

_WORST_FIRST = {standing: place for place, standing in enumerate(Standing)}

_SEVERITIES = ("critical", "high", "medium", "low", "info", "")


def waived(outcome: Outcome) -> bool:
    """A documented deviation stands for this outcome: it does not close the gate."""
    return outcome.waiver is not None and outcome.waiver.state is WaiverState.APPLIED


def outdated(outcome: Outcome) -> bool:
    """A documented deviation that no longer holds, or no longer may: it closes the gate."""
    return outcome.waiver is not None and outcome.waiver.state in {
        WaiverState.STALE,
        WaiverState.EXPIRED,
    }


def unused(run: Run) -> tuple[Outcome, ...]:
    """One outcome for each documented deviation that no outcome of the run needed."""
    needed = {o.waiver.reason: o for o in run.outcomes if o.waiver is not None and waived(o)}
    found = {
        o.waiver.reason: o
        for o in reversed(run.outcomes)
        if o.waiver is not None and o.waiver.state is WaiverState.UNUSED
    }
    return tuple(o for reason, o in reversed(found.items()) if reason not in needed)


def standing(outcome: Outcome) -> Standing:
    """What one outcome says about the requirements that its check decides."""
    if outcome.verdict in {Verdict.FAILED, Verdict.WARNED} and waived(outcome):
        return Standing.DEVIATION
    return _STANDING[outcome.verdict]


def worst(standings: Iterable[Standing]) -> Standing:
    """The worst of several; `no check` where there is none."""
    return min(standings, key=_WORST_FIRST.__getitem__, default=Standing.NO_CHECK)


def standings(run: Run) -> dict[str, Standing]:
    """The standing of every requirement that some outcome of the run names."""
    found: dict[str, Standing] = {}
    for outcome in run.outcomes:
        for requirement in outcome.requirements:
            found[requirement] = worst(
                [standing(outcome), found.get(requirement, Standing.NO_CHECK)]
            )
    return found


def severity_rank(severity: str) -> int:
    """For sorting: the most severe first, unknown words and none last."""
    word = severity.lower()
    return _SEVERITIES.index(word) if word in _SEVERITIES else len(_SEVERITIES)


@dataclass(frozen=True, slots=True)
class Findings:
    """A run's outcomes by what a reader must do about them; each list the most severe first."""

    failed: tuple[Outcome, ...]
    """Violations that no documented deviation stands for."""
    outdated: tuple[Outcome, ...]
    """Outcomes whose documented deviation is stale or expired."""
    unjudged: tuple[Outcome, ...]
    """Inconclusive and broken."""
    warned: tuple[Outcome, ...]
    """Recommendations that the server does not follow, and no deviation stands for them."""
    waived: tuple[Outcome, ...]
    """Departures that a documented deviation stands for."""

    @classmethod
    def of(cls, run: Run) -> Findings:
        def those(verdicts: set[Verdict], *, with_waiver: bool) -> tuple[Outcome, ...]:
            chosen = [
                outcome
                for outcome in run.outcomes
                if outcome.verdict in verdicts and waived(outcome) is with_waiver
            ]
            return tuple(sorted(chosen, key=lambda outcome: severity_rank(outcome.severity)))

        unjudged = {Verdict.INCONCLUSIVE, Verdict.BROKEN}
        return cls(
            failed=those({Verdict.FAILED}, with_waiver=False),
            outdated=tuple(filter(outdated, run.outcomes)),
            unjudged=tuple(o for o in run.outcomes if o.verdict in unjudged),
            warned=those({Verdict.WARNED}, with_waiver=False),
            waived=those({Verdict.FAILED, Verdict.WARNED}, with_waiver=True),
        )


def tally(found: Iterable[Standing]) -> Mapping[Standing, int]:
    """How many there are of each, in the order of Standing."""
    counts = dict.fromkeys(Standing, 0)
    for each in found:
        counts[each] += 1
    return counts
