"""What the tests of this checkout share: a browser where one was asked for."""

from __future__ import annotations

import signal

import pytest

from conformance.target.browser import Browser
from conformance.target.recorder import Recorder


def pytest_configure() -> None:
    """Ctrl-C is tested in the background, too, where it is ignored and children inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Installs a browser before the first test, once for all workers (`--install-browser`)."""
    wanted = session.config.getoption("--install-browser", False)
    if not wanted or hasattr(session.config, "workerinput"):
        return
    with Browser(Recorder(), hosts=(), install=True) as browser:
        browser.context()
