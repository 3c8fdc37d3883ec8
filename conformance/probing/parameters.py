"""Parameters beside those that a request needs: names that nobody knows, values of every kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.probing.texts import wide
from conformance.protocol.request import Draft, Pairs

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


@dataclass(frozen=True, slots=True)
class Beside:
    """Pairs that are sent beside those of a request, before or behind them: a change of it."""

    pairs: Pairs
    before: bool

    @property
    def field(self) -> str:
        return "parameters"

    @property
    def early(self) -> bool:
        return False

    def apply(self, draft: Draft) -> Draft:
        def beside(pairs: Pairs) -> Pairs:
            return (*self.pairs, *pairs) if self.before else (*pairs, *self.pairs)

        if draft.method == "GET":
            return replace(draft, query=beside(draft.query))
        return replace(draft, form=beside(draft.form))

    def __str__(self) -> str:
        told = ", ".join(f"{_short(name)}={_short(value)}" for name, value in self.pairs)
        return f"{told} {'before' if self.before else 'behind'} the others"


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
    return st.builds(Beside, pairs.map(tuple), st.booleans())


def strange(known: Sequence[str]) -> SearchStrategy[Beside]:
    """Pairs that make a request any request: known names too, with values that do not fit."""
    name = st.one_of(
        st.sampled_from(sorted(known)), st.sampled_from((*_INHERITED, *_INVENTED)), _near(known)
    )
    pairs = st.lists(st.tuples(name, st.sampled_from(_VALUES)), min_size=1, max_size=4)
    return st.builds(Beside, pairs.map(tuple), st.booleans())


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
