"""All requirements together: found by id, claimed by standard, each at its level."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from conformance.errors import UsageError
from conformance.features import Feature
from conformance.requirements.requirement import Level, Requirement
from conformance.requirements.specifications import SPECS


class UnknownRequirement(UsageError, KeyError):
    """No requirement has this id; the text names the closest one."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True, slots=True)
class Choice:
    """Requirements that are left out when certain standards are claimed.

    It holds when one of `when` is claimed and none of `unless`; then `leaves_out` is not claimed,
    in favour of `keeps`, for the `reason`.
    """

    topic: str
    when: frozenset[str]
    unless: frozenset[str]
    keeps: tuple[str, ...]
    leaves_out: tuple[str, ...]
    reason: str

    def holds(self, standards: frozenset[str]) -> bool:
        """Whether the choice is made for these standards."""
        return bool(self.when & standards) and not self.unless & standards


@dataclass(frozen=True, slots=True)
class Advisory:
    """A class of fault with published advisories (CVE ids) as examples of it."""

    fault: str
    examples: tuple[str, ...]
    requirements: tuple[str, ...]


class Catalogue(Mapping[str, Requirement]):
    """Requirements by id, in the order of the specifications and of their sections."""

    def __init__(
        self,
        requirements: Iterable[Requirement],
        choices: Iterable[Choice],
        advisories: Iterable[Advisory] = (),
    ) -> None:
        """Take all as they are; `loading` has checked them."""
        self._by_id = MappingProxyType({r.id: r for r in requirements})
        self.choices = tuple(choices)
        self.advisories = tuple(advisories)
        self._claims: dict[frozenset[str], frozenset[str]] = {}

    def __getitem__(self, id: str) -> Requirement:
        """The requirement with this id; raises UnknownRequirement (a UsageError, a KeyError)."""
        try:
            return self._by_id[id]
        except KeyError:
            raise UnknownRequirement(self.unknown(id)) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_id)

    def __len__(self) -> int:
        return len(self._by_id)

    def closest(self, id: str) -> str | None:
        """The id that looks most like this one, for error messages; None if none does."""
        return next(iter(difflib.get_close_matches(id, self._by_id, n=1, cutoff=0.5)), None)

    def unknown(self, id: str) -> str:
        """The sentence that says that there is no such requirement, with the closest id."""
        close = self.closest(id)
        return f'there is no requirement "{id}"' + (f'; did you mean "{close}"?' if close else "")

    def of(self, spec: str) -> tuple[Requirement, ...]:
        """The requirements that have this `spec` themselves."""
        return tuple(r for r in self.values() if r.spec == spec)

    def left_out(self, standards: Iterable[str]) -> Mapping[str, Choice]:
        """Ids that these standards state and that are not judged, each with the choice made."""
        named = with_companions(standards)
        return {
            id: choice
            for choice in self.choices
            if choice.holds(named)
            for id in choice.leaves_out
            if self[id].specs & named
        }

    def claimed(self, standards: Iterable[str]) -> frozenset[str]:
        """Ids of the requirements that a server is judged by which claims these standards.

        A requirement is claimed when its `spec`, or the spec of one of its `also`, is among them,
        unless a choice between requirements that exclude each other leaves it out. rfc9068 brings
        rfc7519 and rfc7515; `profile` and `robustness` always count. Raises UsageError for a
        standard that does not exist.
        """
        named = with_companions(standards)
        if named not in self._claims:
            out = self.left_out(named)
            self._claims[named] = frozenset(
                r.id for r in self.values() if r.specs & named and r.id not in out
            )
        return self._claims[named]

    def level_of(self, id: str, standards: Iterable[str]) -> Level:
        """The level at which the requirement is judged when these standards are claimed.

        Its own, unless a claimed requirement strengthens it: then the strictest of them all.
        """
        claimed = self.claimed(standards)
        levels = [self[id].level]
        levels += [self[other].level for other in self._strengthened_by(id) if other in claimed]
        return max(levels, key=lambda level: level.rank)

    def examples(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Published advisories (CVE ids) about faults of which these requirements speak."""
        named = set(ids)
        found = (one.examples for one in self.advisories if named & set(one.requirements))
        return tuple(dict.fromkeys(cve for examples in found for cve in examples))

    def conditions(self, ids: Iterable[str]) -> tuple[Feature, ...]:
        """The features without which none of these requirements says anything."""
        first, *others = (self[id].applies_when for id in ids)
        return tuple(one for one in first if all(one in other for other in others))

    def _strengthened_by(self, id: str) -> tuple[str, ...]:
        return self._strengtheners.get(id, ())

    @cached_property
    def _strengtheners(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for requirement in self.values():
            for weaker in requirement.strengthens:
                found[weaker] = (*found.get(weaker, ()), requirement.id)
        return found


def with_companions(standards: Iterable[str]) -> frozenset[str]:
    """The standards, those that they bring, and the sets that always count.

    Raises UsageError for a standard that does not exist, with the closest name.
    """
    named = {spec.name for spec in SPECS.values() if spec.always}
    for standard in standards:
        if standard not in SPECS:
            raise UsageError(unknown_standard(standard))
        named |= {standard, *SPECS[standard].brings}
    return frozenset(named)


def unknown_standard(name: str) -> str:
    """The sentence that says that there is no such standard, with the closest name."""
    close = difflib.get_close_matches(name, SPECS, n=1)
    hint = f'did you mean "{close[0]}"?' if close else f"there are {', '.join(SPECS)}"
    return f'there is no standard "{name}"; {hint}'
