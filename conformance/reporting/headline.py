"""A run in one sentence, and what the gate made of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum

from conformance.model import Run, Verdict
from conformance.reporting.standing import Findings, Standing, outdated, standings, tally, unused
from conformance.reporting.text import count, listing, one_line

EXIT_CODES = {
    0: "conforms",
    1: "a violation, or a known deviation that is out of date",
    2: "interrupted",
    3: "a fault of the suite or of the machine that it ran on",
    4: "refused before the first request",
    5: "nothing selected",
    6: "no violation seen, but something could not be judged",
    7: "nothing could be judged",
}


class Tone(StrEnum):
    """How the sentence is to be read at a glance."""

    CONFORMS = "conforms"
    VIOLATES = "violates"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Headline:
    """The verdict on a run: one word or two, the sentence that goes on, and what to add to it."""

    tone: Tone
    word: str
    rest: str
    particulars: tuple[str, ...] = ()
    alarm: str | None = None
    """What makes this run less than a whole run, to be said loudly."""
    idle: str = ""
    """What was not judged by choice or because it does not concern the server, in one sentence."""

    @property
    def sentence(self) -> str:
        return f"{self.word}: {self.rest}"


def headline(run: Run) -> Headline:
    """The verdict on a run. Never says *conforms* of a run that was cut off or judged nothing."""
    return replace(_headline(run), idle=_idle(run))


def idle(run: Run) -> dict[str, int]:
    """How many checks were not judged, in words: without an outcome by nobody's fault."""
    chosen = set(run.header.selected)
    found = {"not applicable": 0, "not run": 0, "not selected": 0}
    for outcome in run.outcomes:
        if outcome.verdict is Verdict.NOT_RUN and outcome.id not in chosen:
            found["not selected"] += 1
        elif outcome.verdict in {Verdict.NOT_APPLICABLE, Verdict.NOT_RUN}:
            found[outcome.verdict.words] += 1
    return {words: number for words, number in found.items() if number}


def _idle(run: Run) -> str:
    words = [f"{number:,} {what}" for what, number in idle(run).items()]
    return f"{listing(words).capitalize()}." if words else ""


def _headline(run: Run) -> Headline:
    found = Findings.of(run)
    counts = tally(standings(run).values())
    alarm = _alarm(run)
    judged = sum(number for standing, number in counts.items() if standing.judged)
    extras = _particulars(run, found)

    if found.failed:
        what = f"{_of(counts[Standing.VIOLATED], judged)} violated"
        return Headline(Tone.VIOLATES, "Does not conform", f"{what}.", extras, alarm)
    if alarm is not None:
        rest = (
            f"no violation among the {count(judged, 'requirement')} judged so far, "
            "which says nothing about the rest."
        )
        return Headline(Tone.UNDECIDED, "Not finished", rest, extras, alarm)
    if not run.outcomes or (run.footer is not None and run.footer.exit_code == 5):
        return Headline(Tone.UNDECIDED, "Nothing was tested", "no check was selected.", extras)
    if not judged:
        return Headline(Tone.UNDECIDED, *_nothing(run), extras)
    old = out_of_date(run)
    if old:
        verb = "is" if old == 1 else "are"
        rest = f"no new violation, but {count(old, 'known deviation')} {verb} out of date."
        return Headline(Tone.VIOLATES, "The gate stays closed", rest, extras)
    if found.unjudged:
        rest = f"{count(len(found.unjudged), 'check')} could not be judged."
        return Headline(Tone.UNDECIDED, "No violation seen, but not everything", rest, extras)
    if found.warned and run.header.gate == "should":
        rest = f"{_of(counts[Standing.WARNED], judged)} recommended and not followed."
        return Headline(Tone.VIOLATES, "Does not pass this gate", rest, extras)
    if found.waived:
        deviating = counts[Standing.DEVIATION]
        rest = f"{_of(deviating, judged)} not kept, as documented."
        return Headline(Tone.CONFORMS, "Conforms, with known deviations", rest, extras)
    rest = (
        "the one requirement that was judged is kept."
        if judged == 1
        else f"all {judged:,} requirements that were judged are kept."
        if not counts[Standing.WARNED]
        else f"none of the {judged:,} requirements that were judged is violated."
    )
    return Headline(Tone.CONFORMS, "Conforms", rest, extras)


def gate(run: Run) -> str:
    """What the gate made of the run, in words, with the exit code."""
    if run.footer is None:
        return "no exit code: the run was cut off"
    code = run.footer.exit_code
    meaning = EXIT_CODES.get(code, "unknown")
    return f"exit code {code}: {meaning}"


def progress(run: Run) -> str:
    """How far the run came: `214 of 320 checks`."""
    selected = set(run.header.selected)
    if not selected:
        return count(len(run.outcomes), "check")
    # What never began knows no requirement: the run's end wrote it down.
    begun = [o for o in run.outcomes if o.id in selected and (o.requirements or o.transcript)]
    return f"{len(begun):,} of {count(len(selected), 'check')}"


def out_of_date(run: Run) -> int:
    """How many known deviations are stale or expired: a problem of the footer for each."""
    waivers = {
        (o.waiver.reason, o.waiver.link, o.waiver.until)
        for o in run.outcomes
        if o.waiver is not None and outdated(o)
    }
    told = run.footer.problems if run.footer is not None and run.footer.exit_code == 1 else ()
    return max(len(waivers), len(told))


def missing(run: Run) -> tuple[str, ...]:
    """Ids that were selected and have no outcome in the file."""
    there = {outcome.id for outcome in run.outcomes}
    return tuple(each for each in run.header.selected if each not in there)


def _alarm(run: Run) -> str | None:
    footer = run.footer
    if footer is None:
        return (
            f"This run was cut off after {progress(run)}: the file has no last line. "
            "What is shown is what had been written by then; it is no proof of conformance."
        )
    if footer.exit_code == 2:
        return f"This run was interrupted after {progress(run)}."
    if footer.exit_code == 3:
        return "The suite, or the machine that it ran on, failed during this run."
    recorded = sum(footer.counts.values())
    if recorded > len(run.outcomes):
        return (
            f"The file is damaged: its last line counts {count(recorded, 'check')}, "
            f"{len(run.outcomes):,} can be read."
        )
    return None


def _nothing(run: Run) -> tuple[str, str]:
    reasons = Counter(
        one_line(outcome.reason or outcome.seen, 400)
        for outcome in run.outcomes
        if outcome.verdict in {Verdict.INCONCLUSIVE, Verdict.BROKEN}
    )
    if not reasons:
        return "Nothing was judged", "every check was not applicable or not run."
    reason, _ = reasons.most_common(1)[0]
    reason = reason or "no reason was recorded"
    return "Nothing could be judged", reason if reason.endswith(".") else f"{reason}."


def _particulars(run: Run, found: Findings) -> tuple[str, ...]:
    said: list[str] = []
    old = out_of_date(run)
    if found.unjudged and (found.failed or old or _alarm(run)):
        said.append(f"{count(len(found.unjudged), 'check')} could not be judged.")
    if found.warned:
        verb = "shows" if len(found.warned) == 1 else "show"
        said.append(f"{count(len(found.warned), 'check')} {verb} a recommendation not followed.")
    if old and found.failed:
        said.append(f"{count(old, 'known deviation')} out of date.")
    if found.waived and found.failed:
        said.append(f"{count(len(found.waived), 'check')} excused by known deviations.")
    if run.header.gate == "none" and found.failed and run.footer and not run.footer.exit_code:
        said.append("The gate was left open on request (--gate none).")
    unneeded = len(unused(run))
    if unneeded:
        said.append(f"{count(unneeded, 'known deviation')} not needed.")
    return tuple(said)


def _of(part: int, whole: int) -> str:
    verb = "is" if part == 1 else "are"
    return f"{part:,} of {count(whole, 'requirement')} judged {verb}"
