"""Checks with their variants and the evidence for each verdict, ready to be laid out."""

from __future__ import annotations

import base64
import hashlib
import re
import shlex
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from conformance.model import Outcome, Run, Screenshot, Verdict
from conformance.reporting.references import Reference, refer
from conformance.reporting.standing import severity_rank
from conformance.reporting.story import Chapter, Detail, Storyteller, duration
from conformance.reporting.text import visible
from conformance.requirements import Catalogue

ReadScreenshot = Callable[[str], bytes | None]
"""From the name of a file beside the run file to its bytes (PNG, JPEG); None where it is not."""

WORST_FIRST = (
    Verdict.FAILED,
    Verdict.BROKEN,
    Verdict.INCONCLUSIVE,
    Verdict.WARNED,
    Verdict.PASSED,
    Verdict.NOT_RUN,
    Verdict.NOT_APPLICABLE,
)

PICTURE_BUDGET = 2_200_000
"""Bytes of pictures that are put into one document; the rest is named only."""

_IMAGE_TYPES = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))
_QUIET = {Verdict.PASSED, Verdict.NOT_APPLICABLE, Verdict.NOT_RUN}


@dataclass(frozen=True, slots=True)
class Thoroughness:
    """How much is written out for checks that hold and for those that do not."""

    quiet: Detail
    loud: Detail


LEVELS = (
    Thoroughness(quiet=Detail(3_000, controls=False), loud=Detail(8_000, controls=True)),
    Thoroughness(quiet=Detail(800, controls=False), loud=Detail(3_000, controls=True)),
    Thoroughness(quiet=Detail(200, controls=False), loud=Detail(1_200, controls=False)),
    Thoroughness(quiet=Detail(0, controls=False, message=False), loud=Detail(400, controls=False)),
)
"""From the fullest to the briefest; the first that keeps a document small is taken."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A page that was met; shown once in a document, afterwards by reference."""

    name: str
    file: str
    anchor: str = ""
    shown_at: str = ""
    data: str = ""


@dataclass(frozen=True, slots=True)
class Variant:
    """One outcome with its evidence; `name` is what stands in brackets in its id, or empty."""

    outcome: Outcome
    anchor: str
    name: str
    took: str
    chapters: tuple[Chapter, ...]
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True)
class CheckView:
    """A check with all its variants; members are empty where the variants differ in them."""

    id: str
    anchor: str
    subject: str
    verdict: Verdict
    counts: Mapping[Verdict, int]
    sentence: str
    level: str
    severity: str
    expected: str
    remedy: str
    requirements: tuple[Reference, ...]
    variants: tuple[Variant, ...]

    @property
    def name(self) -> str:
        """The id without its subject."""
        return self.id.removeprefix(f"{self.subject}.")

    @property
    def single(self) -> bool:
        return len(self.variants) == 1 and not self.variants[0].name


def checks(
    run: Run, catalogue: Catalogue, read_screenshot: ReadScreenshot, thoroughness: Thoroughness
) -> tuple[CheckView, ...]:
    """The run's checks by subject, in the order in which they were selected."""
    place = {id: number for number, id in enumerate(run.header.selected)}
    ordered = sorted(run.outcomes, key=lambda o: place.get(o.id, len(place)))
    anchors = _anchors(ordered)
    teller, album = Storyteller(), _Album(read_screenshot)
    variants: dict[int, Variant] = {}
    # What did not hold is told first, so that it is there in full and others refer to it.
    for number in sorted(range(len(ordered)), key=lambda n: WORST_FIRST.index(ordered[n].verdict)):
        outcome = ordered[number]
        detail = thoroughness.quiet if outcome.verdict in _QUIET else thoroughness.loud
        variants[number] = Variant(
            outcome,
            anchors[number],
            split(outcome.id)[1],
            duration(outcome.seconds),
            teller.tell(outcome.transcript, detail),
            tuple(album.show(shot) for shot in outcome.screenshots),
        )
    groups: dict[str, list[Variant]] = {}
    for number, outcome in enumerate(ordered):
        groups.setdefault(split(outcome.id)[0], []).append(variants[number])
    taken = set(anchors)
    views = [_view(id, members, catalogue, taken) for id, members in groups.items()]
    subjects = list(dict.fromkeys(view.subject for view in views))
    return tuple(sorted(views, key=lambda view: subjects.index(view.subject)))


def split(id: str) -> tuple[str, str]:
    """The id of a check without its variant, and the variant: `a.b[c]` gives `a.b` and `c`."""
    match = re.fullmatch(r"([^\[]+)\[(.*)\]", id, re.S)
    return (match.group(1), match.group(2)) if match else (id, "")


def command(outcome: Outcome, id: str) -> str:
    """The command that repeats an outcome, for the check or the variant with this id."""
    return outcome.repeat.replace(shlex.quote(outcome.id), shlex.quote(id))


def _view(id: str, members: list[Variant], catalogue: Catalogue, taken: set[str]) -> CheckView:
    outcomes = [variant.outcome for variant in members]
    found = Counter(outcome.verdict for outcome in outcomes)
    ids = dict.fromkeys(id for outcome in outcomes for id in outcome.requirements)
    verdict = next(v for v in WORST_FIRST if found[v])
    anchor = members[0].anchor
    if len(members) > 1 or members[0].name:
        anchor = _unique(f"check-{_fragment(id)}", taken)
    severities = [o.severity for o in outcomes if o.verdict is verdict]
    return CheckView(
        id=id,
        anchor=anchor,
        subject=outcomes[0].subject,
        verdict=verdict,
        counts={v: found[v] for v in WORST_FIRST if found[v]},
        sentence=outcomes[0].sentence,
        level=_same([o.level for o in outcomes]),
        severity=min(severities, key=severity_rank),
        expected=_same([o.expected for o in outcomes]),
        remedy=_same([o.remedy for o in outcomes if o.remedy]),
        requirements=tuple(refer(id, catalogue) for id in ids),
        variants=tuple(members),
    )


def _same(values: list[str]) -> str:
    return values[0] if len(set(values)) == 1 else ""


def _anchors(outcomes: list[Outcome]) -> list[str]:
    taken: set[str] = set()
    return [_unique(f"check-{_fragment(outcome.id)}", taken) for outcome in outcomes]


def _fragment(id: str) -> str:
    """The id with everything that cannot stand in the `id` of an element made visible."""
    return re.sub(r"\s", "_", visible(id))


def _unique(anchor: str, taken: set[str]) -> str:
    candidate, number = anchor, 1
    while candidate in taken:
        number += 1
        candidate = f"{anchor}~{number}"
    taken.add(candidate)
    return candidate


class _Album:
    """The pictures of one document, each distinct one once, as long as the budget lasts."""

    def __init__(self, read: ReadScreenshot) -> None:
        self._read = read
        self._left = PICTURE_BUDGET
        self._shown: dict[str, str] = {}

    def show(self, shot: Screenshot) -> Picture:
        if shot.sha256 in self._shown:
            return Picture(shot.name, shot.file, shown_at=self._shown[shot.sha256])
        content = self._read(shot.file)
        kind = _image_type(content or b"")
        if content is None or kind is None or len(content) * 4 // 3 > self._left:
            return Picture(shot.name, shot.file)
        if shot.sha256 and hashlib.sha256(content).hexdigest() != shot.sha256:
            return Picture(shot.name, shot.file)
        self._left -= len(content) * 4 // 3
        anchor = f"picture-{len(self._shown) + 1}"
        self._shown[shot.sha256] = anchor
        data = f"data:{kind};base64,{base64.b64encode(content).decode()}"
        return Picture(shot.name, shot.file, anchor, "", data)


def _image_type(content: bytes) -> str | None:
    return next((kind for start, kind in _IMAGE_TYPES if content.startswith(start)), None)
