"""The time on the server's clock, as its answers tell it."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

from conformance.model import Headers


class ServerClock:
    """Follows the `Date` of the answers; before the first one it is our own clock."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def heard(self, headers: Headers) -> None:
        """Takes down when an answer says that it was sent."""
        told = next((value for name, value in headers if name.lower() == "date"), None)
        if told is None:
            return
        try:
            self._ahead = parsedate_to_datetime(told).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            return

    def now(self) -> float:
        """Seconds since the epoch, on the server's clock."""
        return time.time() + self._ahead
