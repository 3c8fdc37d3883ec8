"""What a defect is: one rule changed for the worse, and the requirement that it violates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from conformance.server.dialects import DIALECTS
from conformance.server.rules import Rules

Change = Callable[[Rules], Rules]


def same(rules: Rules) -> Rules:
    """The rules as they are."""
    return rules


def rule(**fields: Any) -> Change:
    """The change that gives these rules other values."""

    def changed(rules: Rules) -> Rules:
        return replace(rules, **fields)

    return changed


def all_of(*changes: Change) -> Change:
    """The changes one after the other."""

    def changed(rules: Rules) -> Rules:
        for change in changes:
            rules = change(rules)
        return rules

    return changed


@dataclass(frozen=True, slots=True)
class Defect:
    """A fault of the embedded server, by what it does wrong.

    `violates` are requirement ids. The sound twin, on which nothing is wrong, are the rules of the
    dialect after `base`; `change` makes the fault of them. `kills` are the checks written for it.
    `standards` judge it instead of the profile's, where those exclude the requirement. One that is
    `over_tls` needs a server with a socket and a certificate; one that is `probed` is met only by
    cases that are generated, where a run draws many (`--probe`).
    """

    name: str
    violates: tuple[str, ...]
    change: Change
    dialect: str = "standard"
    base: Change = same
    kills: tuple[str, ...] = ()
    standards: tuple[str, ...] = ()
    over_tls: bool = False
    probed: bool = False

    @property
    def target(self) -> str:
        """The shipped profile that it is judged by."""
        return "embedded-tls" if self.over_tls else f"embedded-{self.dialect}"

    def sound(self, rules: Rules | None = None) -> Rules:
        """The rules of the sound twin, made of those of the dialect."""
        return self.base(DIALECTS[self.dialect]() if rules is None else rules)

    def broken(self, rules: Rules) -> Rules:
        """The rules with the fault in them, made of those of the dialect."""
        return self.change(self.sound(rules))
