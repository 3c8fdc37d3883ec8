"""Which rules a server reads while it works: a defect concerns the checks that read its rule."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, cast

from conformance.server.rules import Rules

_NAMES = frozenset(field.name for field in fields(Rules))


class _Watched:
    """Rules in all but name; takes down the name of every rule that is read."""

    __slots__ = ("_reads", "_rules")

    def __init__(self, rules: Rules, reads: set[str]) -> None:
        self._rules = rules
        self._reads = reads

    def __getattr__(self, name: str) -> Any:
        if name in _NAMES:
            self._reads.add(name)
        return getattr(self._rules, name)


def watched(rules: Rules) -> tuple[Rules, set[str]]:
    """Rules that behave the same, and the set that grows by the name of each one that is read.

    Clear the set before a check, and copy it after, to learn what that check depends on.
    """
    reads: set[str] = set()
    return cast(Rules, _Watched(rules, reads)), reads


def differing(first: Rules, second: Rules) -> frozenset[str]:
    """The names of the rules in which two records differ."""
    return frozenset(name for name in _NAMES if getattr(first, name) != getattr(second, name))
