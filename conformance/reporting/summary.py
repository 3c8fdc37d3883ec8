"""Findings in words, for terminal and Markdown: variants of one check are told together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from conformance.model import Outcome, Run, Verdict
from conformance.reporting.evidence import command, split
from conformance.reporting.headline import missing, out_of_date
from conformance.reporting.standing import Findings, severity_rank
from conformance.reporting.text import count, one_line


@dataclass(frozen=True, slots=True)
class Told:
    """Variants of one check (or checks without variants) with the same verdict."""

    id: str
    variants: tuple[str, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def first(self) -> Outcome:
        return self.outcomes[0]

    @property
    def name(self) -> str:
        """The id to look for: of the one variant, or of the check."""
        return self.id if len(self.outcomes) > 1 else self.first.id

    @property
    def repeat(self) -> str:
        return command(self.first, self.name)

    @property
    def sentence(self) -> str:
        return one_line(self.first.sentence) or one_line(self.id)

    @property
    def seen(self) -> tuple[tuple[str, str], ...]:
        """What was seen, each thing once, before it the variants that showed it."""
        found: dict[str, list[str]] = {}
        for outcome, variant in zip(self.outcomes, self.variants, strict=True):
            words = one_line(outcome.seen or outcome.reason, 400)
            found.setdefault(words, []).append(variant)
        return tuple((", ".join(filter(None, names)), words) for words, names in found.items())


def together(outcomes: Iterable[Outcome]) -> tuple[Told, ...]:
    """Outcomes grouped by check, in order of severity, then as they came."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(split(outcome.id)[0], []).append(outcome)
    told = [
        Told(id, tuple(split(o.id)[1] for o in members), tuple(members))
        for id, members in groups.items()
    ]
    return tuple(sorted(told, key=lambda t: min(severity_rank(o.severity) for o in t.outcomes)))


@dataclass(frozen=True, slots=True)
class Reason:
    """Why checks could not be judged, and which."""

    words: str
    verdict: Verdict
    outcomes: tuple[Outcome, ...]


def reasons(outcomes: Iterable[Outcome]) -> tuple[Reason, ...]:
    """What could not be judged, by reason, the one that stopped most first."""
    groups: dict[tuple[Verdict, str], list[Outcome]] = {}
    for outcome in outcomes:
        words = one_line(outcome.reason or outcome.seen) or "No reason was recorded."
        groups.setdefault((outcome.verdict, words), []).append(outcome)
    found = [Reason(words, verdict, tuple(members)) for (verdict, words), members in groups.items()]
    return tuple(sorted(found, key=lambda reason: -len(reason.outcomes)))


def to_do(run: Run, found: Findings) -> tuple[str, ...]:
    """What the reader does next, one sentence for each thing."""
    said: list[str] = []
    if run.truncated:
        said.append("Run it again: this run was cut off.")
    if found.failed:
        number = len(together(found.failed))
        said.append(
            f"Mend what the {count(number, 'violated check')} above "
            f"{'shows' if number == 1 else 'show'}, or document it in the profile: "
            "[[known_deviations]], with a reason."
        )
    if out_of_date(run):
        said.append("Take stale known deviations out of the profile; renew or mend expired ones.")
    inconclusive = [o for o in found.unjudged if o.verdict is Verdict.INCONCLUSIVE]
    if inconclusive:
        said.append("Remove what stood in the way of judging, and run again.")
    if any(o.verdict is Verdict.BROKEN for o in found.unjudged):
        said.append("Report the broken checks to the suite's authors, with the run file.")
    if missing(run) and not run.truncated:
        said.append("Some selected checks have no outcome: look for a worker that died.")
    return tuple(said)
