"""Parameters beside those that a request needs: names that nobody knows, values of every kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.probing.texts import wide
from conformance.protocol.request import Change, Draft, Pairs

_MARKS = ("[]", "[0]", " ", ".", "\0", "[", "%00", ";", "\t", "\n", "-", "_")
_INHERITED = ("__proto__", "constructor", "toString", "hasOwnProperty", "length", "__proto__[x]")
_INVENTED = ("x", "x-vendor", "0", "-1", "a.b", "a/b", "é", "\U0001f511", "p" * 300, "$ne", "@type")
_VALUES = (
    "",
    "1",
    "true",
    "null",
    "[]",
    "{}",
    "\0",
    "é",
    "\U0001f511",
    "\udcff",
    "https://attacker.example/",
    "v" * 3000,
    "-1",
    "9" * 40,
    "1e999",
    "NaN",
    "${7*7}",
    "' OR '1'='1",
    "../../etc/passwd",
    "\r\nX-Probe: 1",
    "a&b=c",
)


class Place(StrEnum):
    """Where pairs stand beside those of a request; its query is a place of its own for a form."""

    BEFORE = "before the others"
    BEHIND = "behind the others"
    QUERY = "in the query"


_PLACES = st.sampled_from(Place)
_AMONG_THEM = _PLACES.map(lambda one: Place.BEHIND if one is Place.QUERY else one)
"""With the others: a server may refuse a form for a query at its address, whatever is in it."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Pairs that are sent beside those of a request: a change of it."""

    pairs: Pairs
    place: Place

    @property
    def field(self) -> str:
        return "parameters"

    @property
    def early(self) -> bool:
        return False

    def apply(self, draft: Draft) -> Draft:
        def beside(pairs: Pairs) -> Pairs:
            before = self.place is Place.BEFORE
            return (*self.pairs, *pairs) if before else (*pairs, *self.pairs)

        if draft.method == "GET" or self.place is Place.QUERY:
            return replace(draft, query=beside(draft.query))
        return replace(draft, form=beside(draft.form))

    def __str__(self) -> str:
        told = ", ".join(f"{_short(name)}={_short(value)}" for name, value in self.pairs)
        return f"{told} {self.place}"


@dataclass(frozen=True, slots=True)
class Further:
    """Further values of a parameter that is wrong in the form: which are right, and where each is.

    What is right may be fresh in every case; so it is not drawn.
    """

    values: tuple[tuple[bool, Place], ...]

    def changes(self, name: str, right: str, wrong: str) -> tuple[Change, ...]:
        """What they change in a request whose form has the wrong value already."""
        return tuple(
            Beside(((name, right if is_right else wrong),), place)
            for is_right, place in self.values
        )

    def __str__(self) -> str:
        return ", ".join(
            f"the {'right' if is_right else 'wrong'} one {place}" for is_right, place in self.values
        )


@dataclass(frozen=True, slots=True)
class Ordered:
    """The parameters of a request in another order: `ranks` sorts them, anew from its beginning."""

    ranks: tuple[int, ...]

    @property
    def field(self) -> str:
        return "order of parameters"

    @property
    def early(self) -> bool:
        return False

    def apply(self, draft: Draft) -> Draft:
        return replace(draft, query=self._sorted(draft.query), form=self._sorted(draft.form))

    def _sorted(self, pairs: Pairs) -> Pairs:
        ranks = (self.ranks * (len(pairs) // len(self.ranks) + 1))[: len(pairs)]
        return tuple(
            pair for _, _, pair in sorted(zip(ranks, range(len(pairs)), pairs, strict=True))
        )

    def __str__(self) -> str:
        return f"order of parameters by {self.ranks}"


def orders() -> SearchStrategy[Ordered]:
    """Orders of up to nine parameters."""
    return st.permutations(range(9)).map(lambda ranks: Ordered(tuple(ranks)))


def _short(text: str) -> str:
    return repr(text) if len(text) <= 60 else f"{text[:20]!r}… ({len(text)} characters)"


def unknown(known: Sequence[str]) -> SearchStrategy[Beside]:
    """Pairs that no server knows; many are close to those that every server knows."""
    name = st.one_of(_near(known), _near(known), st.sampled_from((*_INHERITED, *_INVENTED)))
    value = st.sampled_from(("1", "", "https://attacker.example/", "é", "x y"))
    pairs = st.lists(st.tuples(name, value), min_size=1, max_size=3, unique_by=lambda pair: pair[0])
    return st.builds(Beside, pairs.map(tuple), _AMONG_THEM)


def strange(known: Sequence[str]) -> SearchStrategy[Beside]:
    """Pairs that make a request any request: known names too, with values that do not fit."""
    name = st.one_of(
        st.sampled_from(sorted(known)), st.sampled_from((*_INHERITED, *_INVENTED)), _near(known)
    )
    pairs = st.lists(st.tuples(name, st.sampled_from(_VALUES)), min_size=1, max_size=4)
    return st.builds(Beside, pairs.map(tuple), _PLACES)


def second(values: Mapping[str, Sequence[str]]) -> SearchStrategy[Beside]:
    """One or two more values of a parameter that the request has, by its name."""

    def more(name: str) -> SearchStrategy[Pairs]:
        pair = st.tuples(st.just(name), st.sampled_from(values[name]))
        return st.lists(pair, min_size=1, max_size=2).map(tuple)

    pairs = st.sampled_from(sorted(values)).flatmap(more)
    return st.builds(Beside, pairs, st.sampled_from((Place.BEFORE, Place.BEHIND)))


def further() -> SearchStrategy[Further]:
    """Up to three further values of a parameter, of which one is right at least."""
    values = st.lists(st.tuples(st.booleans(), _PLACES), min_size=1, max_size=3)
    return values.filter(lambda all_: any(right for right, _ in all_)).map(
        lambda all_: Further(tuple(all_))
    )


def _near(known: Sequence[str]) -> SearchStrategy[str]:
    """Names that a lax reader takes for known ones."""
    name = st.sampled_from(sorted(known))
    mark = st.sampled_from(_MARKS)
    return st.one_of(
        st.tuples(name, mark).map("".join),
        st.tuples(st.sampled_from((" ", "\t", "\n", "\0", "\ufeff")), name).map("".join),
        name.map(lambda one: "".join(map(wide, one))),
        name.map(str.upper),
    )
