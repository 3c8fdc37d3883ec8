"""The exit codes of every command."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What a command comes to, as a gate reads it."""

    CONFORMS = 0
    VIOLATION = 1
    INTERRUPTED = 2
    OURS = 3
    REFUSED = 4
    NOTHING_SELECTED = 5
    NOT_ALL_JUDGED = 6
    NOTHING_JUDGED = 7
