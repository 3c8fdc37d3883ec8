"""What the tests of this checkout share: a browser where one was asked for."""

from __future__ import annotations

import pytest

from conformance.target.browser import Browser
from conformance.target.recorder import Recorder


def pytest_sessionstart(session: pytest.Session) -> None:
    """Installs a browser before the first test, once for all workers (`--install-browser`)."""
    wanted = session.config.getoption("--install-browser", False)
    if not wanted or hasattr(session.config, "workerinput"):
        return
    with Browser(Recorder(), hosts=(), install=True) as browser:
        browser.context()
