"""The whole report as values, in the reader's order; templates only lay it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from conformance.model import Observation, Outcome, Run, Verdict
from conformance.reporting.evidence import (
    LEVELS,
    CheckView,
    ReadScreenshot,
    Thoroughness,
    Variant,
    checks,
    command,
)
from conformance.reporting.headline import Headline, gate, headline, missing
from conformance.reporting.references import Document, Reference, documents, refer
from conformance.reporting.standing import outdated, severity_rank, unused, waived
from conformance.reporting.story import Chapter, Detail, Storyteller, duration
from conformance.reporting.text import one_line
from conformance.requirements import SPECS, Catalogue


@dataclass(frozen=True, slots=True)
class Finding:
    """A check with those of its variants that a section is about."""

    check: CheckView
    variants: tuple[Variant, ...]

    @property
    def repeat(self) -> str:
        """The command that repeats what is meant: the whole check where it is several variants."""
        first = self.variants[0].outcome
        return command(first, self.check.id if len(self.variants) > 1 else first.id)

    @property
    def seen(self) -> tuple[str, ...]:
        """What was seen, each thing once."""
        return tuple(dict.fromkeys(v.outcome.seen or v.outcome.reason for v in self.variants))


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One reason why checks could not be judged, with those checks."""

    reason: str
    verdict: Verdict
    findings: tuple[Finding, ...]

    @property
    def size(self) -> int:
        return sum(len(finding.variants) for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Seen:
    """An observation with its evidence."""

    observation: Observation
    anchor: str
    requirements: tuple[Reference, ...]
    chapters: tuple[Chapter, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that the report says."""

    run: Run
    headline: Headline
    gate: str
    title: str
    facts: tuple[tuple[str, str], ...]
    counts: Mapping[Verdict, int]
    documents: tuple[Document, ...]
    failed: tuple[Finding, ...]
    outdated: tuple[Finding, ...]
    warned: tuple[Finding, ...]
    waived: tuple[Finding, ...]
    unused: tuple[Finding, ...]
    obstacles: tuple[Obstacle, ...]
    observations: tuple[Seen, ...]
    subjects: tuple[tuple[str, tuple[CheckView, ...]], ...]
    deciding: Mapping[str, tuple[CheckView, ...]]
    missing: tuple[str, ...]


def page(
    run: Run,
    catalogue: Catalogue,
    read_screenshot: ReadScreenshot,
    thoroughness: Thoroughness = LEVELS[0],
) -> Page:
    """The report on a run. `read_screenshot` gives the bytes of a picture, or None."""
    views = checks(run, catalogue, read_screenshot, thoroughness)

    def those(wanted: Callable[[Outcome], bool]) -> tuple[Finding, ...]:
        return _findings(views, wanted)

    def with_verdict(*verdicts: Verdict) -> Callable[[Outcome], bool]:
        return lambda outcome: outcome.verdict in verdicts and not waived(outcome)

    deciding: dict[str, tuple[CheckView, ...]] = {}
    for view in views:
        for requirement in view.requirements:
            deciding[requirement.id] = (*deciding.get(requirement.id, ()), view)
    idle = unused(run)
    header = run.header
    name = header.profile.get("name") or header.target.get("issuer") or "unnamed target"
    return Page(
        run=run,
        headline=headline(run),
        gate=gate(run),
        title=name,
        facts=_facts(run),
        counts=run.counts(),
        documents=documents(run, catalogue),
        failed=_by_severity(those(with_verdict(Verdict.FAILED))),
        outdated=those(outdated),
        warned=_by_severity(those(with_verdict(Verdict.WARNED))),
        waived=_by_severity(
            those(lambda o: waived(o) and o.verdict in {Verdict.FAILED, Verdict.WARNED})
        ),
        unused=those(lambda o: o in idle),
        obstacles=_obstacles(views),
        observations=_observations(run, catalogue, thoroughness.quiet),
        subjects=tuple(
            (subject, tuple(members))
            for subject, members in groupby(views, key=lambda v: v.subject)
        ),
        deciding=deciding,
        missing=missing(run),
    )


def _findings(
    views: tuple[CheckView, ...], wanted: Callable[[Outcome], bool]
) -> tuple[Finding, ...]:
    found = (Finding(v, tuple(x for x in v.variants if wanted(x.outcome))) for v in views)
    return tuple(finding for finding in found if finding.variants)


def _by_severity(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(
        sorted(
            findings,
            key=lambda f: min(severity_rank(v.outcome.severity) for v in f.variants),
        )
    )


def _obstacles(views: tuple[CheckView, ...]) -> tuple[Obstacle, ...]:
    def reason(outcome: Outcome) -> tuple[Verdict, str]:
        return outcome.verdict, one_line(outcome.reason or outcome.seen)

    unjudged = {Verdict.INCONCLUSIVE, Verdict.BROKEN}
    reasons = dict.fromkeys(
        reason(variant.outcome)
        for view in views
        for variant in view.variants
        if variant.outcome.verdict in unjudged
    )

    def stopped_by(key: tuple[Verdict, str]) -> tuple[Finding, ...]:
        return _findings(views, lambda outcome: reason(outcome) == key)

    found = [Obstacle(key[1], key[0], stopped_by(key)) for key in reasons]
    return tuple(sorted(found, key=lambda obstacle: -obstacle.size))


def _observations(run: Run, catalogue: Catalogue, detail: Detail) -> tuple[Seen, ...]:
    teller = Storyteller(prefix="observed")
    return tuple(
        Seen(
            observation,
            f"observation-{number}",
            tuple(refer(id, catalogue) for id in observation.requirements),
            teller.tell(observation.transcript, detail),
        )
        for number, observation in enumerate(run.observations, 1)
    )


def _facts(run: Run) -> tuple[tuple[str, str], ...]:
    header, footer = run.header, run.footer
    standards = (SPECS[s].label if s in SPECS else s for s in header.standards)
    profile = header.profile.get("name", "")
    digest = header.profile.get("digest", "")
    facts = [
        ("Issuer", header.target.get("issuer", "")),
        ("Profile", f"{profile} ({digest[:12]})" if digest else profile),
        ("Judged by", ", ".join(standards)),
        ("Started", moment(header.started)),
        ("Took", _took(header.started, footer.finished) if footer else "not finished"),
        ("Gate", f"{header.gate}; {gate(run)}"),
        ("Suite", f"oauth-conformance {header.suite}"),
    ]
    return tuple((name, value) for name, value in facts if value)


def moment(stamp: str) -> str:
    """An ISO 8601 time for readers: `2026-03-01 14:05:09 UTC`; as it is where it is none."""
    try:
        time = datetime.fromisoformat(stamp)
    except ValueError:
        return stamp
    return f"{time:%Y-%m-%d %H:%M:%S} {time.tzname() or ''}".rstrip()


def _took(started: str, finished: str) -> str:
    try:
        seconds = (
            datetime.fromisoformat(finished) - datetime.fromisoformat(started)
        ).total_seconds()
    except (ValueError, TypeError):
        return ""
    return duration(seconds)
