"""One requirement: what a specification says in one sentence, how strictly, and its weight."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from conformance.features import Feature
from conformance.requirements.specifications import SPECS


class Level(StrEnum):
    """How strictly a text speaks (RFC 2119); REQUIRED and SHALL are kept as MUST."""

    MUST = "MUST"
    MUST_NOT = "MUST NOT"
    SHOULD = "SHOULD"
    SHOULD_NOT = "SHOULD NOT"
    RECOMMENDED = "RECOMMENDED"
    MAY = "MAY-with-testable-consequence"

    @property
    def words(self) -> str:
        """As a reader sees it: `MAY`, not `MAY-with-testable-consequence`."""
        return "MAY" if self is Level.MAY else self.value

    @property
    def rank(self) -> int:
        """Strictness: 2 for MUST and MUST NOT, 1 for SHOULD and its kin, 0 for MAY."""
        return _RANKS[self]

    @property
    def binding(self) -> bool:
        """Whether a breach is a violation: all but the SHOULDs.

        A MAY with a testable consequence is judged as a MUST where the server makes use of the
        permission.
        """
        return self.rank != 1


_RANKS = {
    Level.MUST: 2,
    Level.MUST_NOT: 2,
    Level.SHOULD: 1,
    Level.SHOULD_NOT: 1,
    Level.RECOMMENDED: 1,
    Level.MAY: 0,
}


class Party(StrEnum):
    """Whom a requirement binds: the authorization server, the resource server, or both."""

    AUTHORIZATION_SERVER = "AS"
    RESOURCE_SERVER = "RS"
    BOTH = "both"


class Testable(StrEnum):
    """How far a requirement can be judged from outside."""

    __test__ = False

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


class Severity(StrEnum):
    """What a breach weighs, worst last; the words of the run file."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for low up to 3 for critical."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Requirement:
    """One normative sentence, seen from outside; the members are the catalogue's fields.

    `also` names further places that say the same as `"<spec> <section>"`; `strengthens` holds
    ids that this one makes stricter; `applies_when` are features that a server must have, all of
    them, for the requirement to say anything about it; `reason` says why it is not fully
    testable; `disputable` means that a strict reader may deny the duty at this level.
    """

    id: str
    spec: str
    section: str
    level: Level
    party: Party
    area: str
    summary: str
    method: str
    needs: tuple[str, ...]
    threat: str
    defect: str
    testable: Testable
    reason: str = ""
    also: tuple[str, ...] = ()
    strengthens: tuple[str, ...] = ()
    applies_when: tuple[Feature, ...] = ()
    wording: str = ""
    disputable: bool = False
    note: str = ""

    @property
    def specs(self) -> frozenset[str]:
        """The specifications that state it: its own and those of `also`."""
        return frozenset({self.spec, *(place.split(" ", 1)[0] for place in self.also)})

    @property
    def place(self) -> str:
        """Where it is stated, for readers: `RFC 6749, section 4.1.2`."""
        return SPECS[self.spec].place(self.section)

    @property
    def gain(self) -> str:
        """What an attacker gains where it does not hold; never empty."""
        return self.threat or "Nothing directly: clients and servers do not understand each other."

    @property
    def condition(self) -> str:
        """What has to be so for it to apply, for readers; empty where it always does."""
        return " ".join(feature.sentence for feature in self.applies_when)

    @property
    def link(self) -> str:
        """Where its text can be read; empty for the requirement sets of this project."""
        return SPECS[self.spec].link(self.section)


_DIRECT = frozenset(
    {
        "access-token",
        "authorization-code",
        "client-authentication",
        "pkce",
        "redirect-uri",
        "resource-server",
    }
)


def severity(requirement: Requirement) -> Severity:
    """What a breach of the requirement weighs, from its level, its threat and its area.

    A MUST starts at medium, a SHOULD or a MAY at low. One step more where the catalogue names
    something that an attacker gains; one step more where that is had directly, in the areas where
    one fault is enough to hand over a code, a token or protected data. One step less where the
    requirement is disputable.
    """
    steps = max(requirement.level.rank - 1, 0)
    if requirement.threat:
        steps += 1
        if requirement.area in _DIRECT or _opens_resources(requirement):
            steps += 1
    if requirement.disputable:
        steps -= 1
    return list(Severity)[max(steps, 0)]


def _opens_resources(requirement: Requirement) -> bool:
    """Whether it is about the tokens that a resource server takes for good."""
    return requirement.area == "jwt" and requirement.party is Party.RESOURCE_SERVER
