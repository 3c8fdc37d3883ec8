"""The time of the server: all of it, the Date header too, comes from here."""

from __future__ import annotations

import time
from threading import Lock


class Clock:
    """A clock that goes by itself and can be moved, forwards only; no endpoint moves it."""

    def __init__(self, offset: float = 0.0) -> None:
        """`offset`, in seconds, is how far ahead of (or, negative, behind) the machine's clock."""
        self._lock = Lock()
        self._offset = offset + time.time() - time.monotonic()

    def now(self) -> float:
        """Seconds since 1970-01-01T00:00:00Z."""
        with self._lock:
            return time.monotonic() + self._offset

    def advance(self, seconds: float) -> None:
        """Move the clock on; ValueError for a step back."""
        if seconds < 0:
            raise ValueError("The clock only moves forwards.")
        with self._lock:
            self._offset += seconds
