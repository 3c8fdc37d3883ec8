"""The pace at which a server may be asked for tokens, as the profile has it."""

from __future__ import annotations

import time

from conformance.profile import Pace


class Pacing:
    """Waits before a request for tokens until the next one may be sent."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._last_token = 0.0
        self._last_refresh = 0.0

    def wait(self, *, refresh: bool = False) -> None:
        """Sleeps for what is left of the gap between tokens, or between refreshes."""
        gap = self._pace.min_seconds_between_tokens
        last = self._last_token
        if refresh:
            gap = max(gap, self._pace.min_seconds_between_refreshes)
            last = max(last, self._last_refresh)
        left = last + gap - time.monotonic()
        if gap and left > 0:
            time.sleep(left)
        self._last_token = time.monotonic()
        if refresh:
            self._last_refresh = self._last_token
