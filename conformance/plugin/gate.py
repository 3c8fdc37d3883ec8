"""What a run comes to: waivers applied, stale or expired, and the exit code. Pure functions."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from conformance.errors import WaiverError
from conformance.exits import Exit as Exit
from conformance.model import Outcome, Verdict, Waiver, WaiverState
from conformance.profile import KnownDeviation, Skip

_DEVIATIONS = (Verdict.FAILED, Verdict.WARNED)
_JUDGED = (Verdict.PASSED, Verdict.FAILED, Verdict.WARNED)
_UNJUDGED = (Verdict.INCONCLUSIVE, Verdict.BROKEN)


@dataclass(frozen=True, slots=True)
class Gate:
    """How strict the person who runs it is: `must`, `should` or `none`; and what is waived."""

    strictness: str
    waivers: tuple[KnownDeviation, ...]
    today: datetime.date

    def waived(self, outcome: Outcome) -> Outcome:
        """The outcome with the waiver that names it, if one does."""
        for waiver in self.waivers:
            if names(waiver, outcome):
                deviates = outcome.verdict in _DEVIATIONS
                state = WaiverState.APPLIED if deviates else WaiverState.UNUSED
                if self._expired(waiver):
                    state = WaiverState.EXPIRED
                until = None if waiver.until is None else waiver.until.isoformat()
                return replace(outcome, waiver=Waiver(waiver.reason, waiver.link, until, state))
        return outcome

    def problems(self, outcomes: Sequence[Outcome]) -> tuple[str, ...]:
        """One sentence for each waiver that closes the gate: expired, or stale."""
        found: list[str] = []
        for waiver in self.waivers:
            named = [outcome for outcome in outcomes if names(waiver, outcome)]
            what = waiver.check or waiver.requirement
            if self._expired(waiver):
                found.append(f"The waiver for {what} expired on {waiver.until}.")
            elif named and all(outcome.verdict is Verdict.PASSED for outcome in named):
                found.append(
                    f"The waiver for {what} is stale: everything that it names passed. Remove it."
                )
        return tuple(found)

    def exit_code(self, outcomes: Sequence[Outcome]) -> Exit:
        """What the run comes to; a violation wins over what could not be judged."""
        if not outcomes:
            return Exit.NOTHING_SELECTED
        closes = any(map(self._closes, outcomes)) or bool(self.problems(outcomes))
        if closes and self.strictness != "none":
            return Exit.VIOLATION
        judged = any(outcome.verdict in _JUDGED for outcome in outcomes)
        if not judged:
            return Exit.NOTHING_JUDGED
        if any(outcome.verdict in _UNJUDGED for outcome in outcomes):
            return Exit.NOT_ALL_JUDGED
        return Exit.CONFORMS

    def _closes(self, outcome: Outcome) -> bool:
        if outcome.waiver is not None and outcome.waiver.state is WaiverState.APPLIED:
            return False
        return outcome.verdict is Verdict.FAILED or (
            outcome.verdict is Verdict.WARNED and self.strictness == "should"
        )

    def _expired(self, waiver: KnownDeviation) -> bool:
        return waiver.until is not None and waiver.until < self.today


def names(waiver: KnownDeviation | Skip, outcome: Outcome) -> bool:
    """Whether a waiver names a check, one variant of it, or one of its requirements."""
    requirement = getattr(waiver, "requirement", None)
    if requirement is not None:
        return requirement in outcome.requirements
    return matches(waiver.check or "", outcome.id)


def matches(wanted: str, check_id: str) -> bool:
    """Whether an id names a check: the check, or one variant."""
    return wanted == check_id or wanted == check_id.partition("[")[0]


def refuse_unknown(wanted: Iterable[str], known: Iterable[str], what: str, where: str) -> None:
    """WaiverError with the closest match where an id names nothing."""
    ids = set(known)
    ids |= {one.partition("[")[0] for one in ids}
    for one in wanted:
        if one in ids:
            continue
        closest = difflib.get_close_matches(one, sorted(ids), n=1, cutoff=0.4)
        hint = f'; did you mean "{closest[0]}"?' if closest else ""
        raise WaiverError(f'{where} names the {what} "{one}", which does not exist{hint}')
