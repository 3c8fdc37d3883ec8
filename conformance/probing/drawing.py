"""Draws that a seed decides, and nothing else.

Hypothesis mixes constants into its draws that it finds in the source of whatever modules are
loaded. Which these are depends on the run; the same seed would give other cases elsewhere.
"""

from __future__ import annotations

from typing import Any

from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

NAME = "oauth-conformance"


class SeededProvider(HypothesisProvider):
    """Hypothesis' own draws, without constants of the code that happens to be loaded."""

    def _maybe_draw_constant(self, *_: Any, **__: Any) -> None:
        return None


def register() -> None:
    """Makes the draws known to Hypothesis under their name."""
    AVAILABLE_PROVIDERS[NAME] = f"{__name__}.{SeededProvider.__name__}"
