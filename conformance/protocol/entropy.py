"""How unguessable values can be at most, as far as samples of them tell (RFC 6749, 10.10).

Samples can refute that a value is hard to guess, never prove it. Everything here is a bound from
above, each step of which is wrong with a chance of DOUBT: what lies below it may be accused.
"""

from __future__ import annotations

import math
import re
import string
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

DOUBT = 1e-9
"""The chance that is taken with each part of a random value to call it narrower than it is."""

ENOUGH = 12
"""So many values at least before their order, or what never changes in them, says anything."""

_WIDEST = 64.0
_PRINTABLE = 0x5F
_ROUNDING = 1e-6
_UUID = re.compile(
    r"(?i)(?<![0-9a-f])[0-9a-f]{8}(-?)[0-9a-f]{4}(-?)([1-8])[0-9a-f]{3}(-?)([89ab])[0-9a-f]{3}(-?)"
    r"[0-9a-f]{12}(?![0-9a-f])"
)
_LOWER, _UPPER, _DIGITS = string.ascii_lowercase, string.ascii_uppercase, string.digits
_ALPHABETS = tuple(
    map(
        frozenset,
        (
            _DIGITS,
            _DIGITS + "abcdef",
            _DIGITS + "ABCDEF",
            _LOWER,
            _UPPER,
            _DIGITS + _LOWER,
            _DIGITS + _UPPER,
            _LOWER + _UPPER,
            _DIGITS + _LOWER + _UPPER,
            _DIGITS + _LOWER + _UPPER + "-_",
            _DIGITS + _LOWER + _UPPER + "+/",
            "".join(map(chr, range(0x21, 0x7F))),
        ),
    )
)
_ORDERS = (
    _DIGITS + _UPPER + _LOWER,
    _DIGITS + _LOWER + _UPPER,
    _UPPER + _LOWER + _DIGITS + "-_",
    _UPPER + _LOWER + _DIGITS + "+/",
)
"""Orders of characters in which a number that is written with them would rise."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One value, and the session of a user in which it was issued."""

    value: str
    session: int


@dataclass(frozen=True, slots=True)
class Spread:
    """What samples of one kind of value, in the order of their issue, tell of it.

    `bits`: more cannot be in a value. `repeats`: values that had been issued before. `length` is
    that of the longest, `varying` so many of its characters are not always the same, `alphabet`
    is the size of the smallest usual alphabet that has them. `rises` says that the values rise in
    the order of their issue, as those of a counter or a clock do.
    """

    values: int
    sessions: int
    repeats: int
    length: int
    varying: int
    alphabet: int
    bits: float
    rises: bool

    def has_room_for(self, bits: int) -> bool:
        """Whether so many random bits may be in each value."""
        return self.bits >= bits - _ROUNDING

    def __str__(self) -> str:
        said = (
            f"{self.values} values of {self.sessions} sessions leave room for {self.bits:.0f} bits"
            f" at most: {self.varying} of {self.length} characters vary, in an alphabet of"
            f" {self.alphabet}"
        )
        again = f", and {self.repeats} had been issued before" if self.repeats else ""
        rising = ", and they rise in the order of issue" if self.rises else ""
        return f"{said}{again}{rising}"


def spread(samples: Sequence[Sample]) -> Spread:
    """Measures values; there has to be one at least.

    A part that stays the same within a session and differs between sessions is taken for as
    secret as it is long: nobody in another session knows it.
    """
    distinct: dict[str, Sample] = {}
    for one in samples:
        distinct.setdefault(one.value, one)
    of_length: dict[int, list[Sample]] = defaultdict(list)
    for one in distinct.values():
        of_length[len(one.value)].append(one)
    written = _alphabet(frozenset("".join(distinct))) if len(distinct) >= ENOUGH else _PRINTABLE
    measured = [_Aligned(ones, written) for ones in of_length.values()]
    widest = max(measured, key=lambda one: one.bits)
    bits = widest.bits + math.log2(len(measured))
    return Spread(
        values=len(samples),
        sessions=len({one.session for one in samples}),
        repeats=len(samples) - len(distinct),
        length=widest.length,
        varying=sum(len(set(column)) > 1 for column in widest.columns),
        alphabet=widest.alphabet,
        bits=most_bits(len(distinct), len(samples), bits),
        rises=len(measured) == 1 and widest.rises,
    )


class _Aligned:
    """Values of one length, whose characters can be compared position by position.

    Of few of them nothing is known but that they are written in this alphabet.
    """

    def __init__(self, samples: Sequence[Sample], written: int) -> None:
        self.samples = samples
        self.length = len(samples[0].value)
        self.columns = list(zip(*(one.value for one in samples), strict=True))
        if len(samples) < ENOUGH:
            self.alphabet, self.rises, self.bits = written, False, self.length * math.log2(written)
            return
        vary = [column for column in self.columns if len(set(column)) > 1]
        self.alphabet = _alphabet(frozenset().union(*vary))
        self.rises, self.bits = self._as_a_number(self._bits_of_positions())

    def _bits_of_positions(self) -> list[float]:
        """The most bits that each position can carry.

        Positions that always change together carry no more than one that shows as many different
        values as they do.
        """
        together: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for position, column in enumerate(self.columns):
            first: dict[str, int] = {}
            pattern = tuple(first.setdefault(character, len(first)) for character in column)
            together[pattern].append(position)
        bits = [0.0] * self.length
        for pattern, positions in together.items():
            free = math.log2(self.alphabet) * len(positions)
            most = most_bits(len(set(pattern)), self._draws(pattern), free)
            for position in positions:
                bits[position] = most / len(positions)
        for position, most in self._of_a_uuid().items():
            bits[position] = min(bits[position], most)
        return bits

    def _draws(self, pattern: tuple[int, ...]) -> int:
        """How often a part was made anew at most: once a session at least, else when it changes."""
        last: dict[int, int] = {}
        draws = 0
        for one, value in zip(self.samples, pattern, strict=True):
            draws += last.get(one.session) != value
            last[one.session] = value
        return draws

    def _of_a_uuid(self) -> dict[int, float]:
        """What the version, the variant and the hyphens of a UUID carry, where all have one."""
        found: dict[int, float] = {}
        for uuid in _UUID.finditer(self.samples[0].value):
            start, end = uuid.span()
            if all(_UUID.fullmatch(one.value, start, end) for one in self.samples):
                found |= {uuid.start(hyphen): 0.0 for hyphen in (1, 2, 4, 6) if uuid[hyphen]}
                found |= {uuid.start(3): 0.0, uuid.start(5): 2.0}
        return found

    def _as_a_number(self, each: list[float]) -> tuple[bool, float]:
        """Whether the values rise in the order of issue; the bits that are left in that case.

        Of a number that rises by so much at most from one issue to the next, who was just given
        one has to try no more than that (times the number of samples, to be careful) for the next.
        """
        total = sum(each)
        count = len(self.samples)
        rises, least = False, total
        for order in _ORDERS:
            numbers = [0] * count
            for end, column in enumerate(self.columns, 1):
                digits = [order.find(character) for character in column]
                if -1 in digits:
                    if len(set(column)) > 1:
                        break
                    digits = [0] * count
                numbers = [n * len(order) + d for n, d in zip(numbers, digits, strict=True)]
                steps = [after - before for before, after in pairwise(numbers)]
                if min(steps) < 0:
                    break
                if max(steps) > 0:
                    least = min(least, math.log2(count * (max(steps) + 1)) + sum(each[end:]))
            else:
                rises = True
        return rises, least


def most_bits(distinct: int, draws: int, free: float) -> float:
    """The most bits, `free` at most, of a thing with so many different values in so many draws.

    With more equally likely values, so few different ones would come up with a chance below DOUBT.
    """
    high = min(free, _WIDEST)
    if distinct >= draws or _so_few(distinct, draws, 2**high) >= DOUBT:
        return free
    low = 0.0
    while high - low > 0.01:
        middle = (low + high) / 2
        if _so_few(distinct, draws, 2**middle) >= DOUBT:
            low = middle
        else:
            high = middle
    return high


@lru_cache(maxsize=4096)
def _so_few(distinct: int, draws: int, choices: float) -> float:
    """The chance that so many draws out of so many choices show no more different values."""
    chances = [0.0] * (distinct + 1)
    chances[0] = 1.0
    for _ in range(draws):
        for seen in range(distinct, -1, -1):
            stays = chances[seen] * min(1.0, seen / choices)
            comes = chances[seen - 1] * max(0.0, 1 - (seen - 1) / choices) if seen else 0.0
            chances[seen] = stays + comes
    return math.fsum(chances)


def _alphabet(characters: frozenset[str]) -> int:
    """The size of the smallest usual alphabet that has all these characters."""
    sizes = [len(alphabet) for alphabet in _ALPHABETS if characters <= alphabet]
    return min(sizes, default=max(len(characters), _PRINTABLE))
