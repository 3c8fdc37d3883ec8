"""Durations as people write them, in profiles and on the command line."""

from __future__ import annotations

import re

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)([smhd])")


def seconds(text: str) -> float | None:
    """The seconds of "90s", "10m", "1h" or "365d"; None where it is no duration."""
    match = _DURATION.fullmatch(text)
    return None if match is None else float(match.group(1)) * _UNITS[match.group(2)]
