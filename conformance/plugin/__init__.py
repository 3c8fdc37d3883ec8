"""The pytest plugin: options, fixtures, ordering, verdicts, recording, progress.

Inert without `--target`: a project that has this package installed notices nothing of it.
"""

from __future__ import annotations

import pytest

from conformance.errors import UsageError
from conformance.plugin import fixtures, observations, probing, registering
from conformance.plugin.enrolling import Enrolling
from conformance.plugin.judging import Judging
from conformance.plugin.options import options_of, pytest_addoption
from conformance.plugin.pytest_html import PytestHtml
from conformance.plugin.reporting import Reporting

__all__ = ["pytest_addoption", "pytest_configure"]


def pytest_configure(config: pytest.Config) -> None:
    """Everything that can be refused is refused here, before the first request."""
    if config.getoption("--target", None) is None:
        return
    if config.getoption("tbstyle", "auto") == "auto":
        # Only a bug of ours shows its traceback; pytest's own style parses the source of every
        # frame of every check that is not passed: a tenth of a second each.
        config.option.tbstyle = "native"
    try:
        options = options_of(config)
        judging = Judging(config, options)
        config.pluginmanager.register(fixtures, "conformance-fixtures")
        config.pluginmanager.register(registering, "conformance-registering")
        config.pluginmanager.register(observations, "conformance-observations")
        config.pluginmanager.register(probing, "conformance-probing")
        config.pluginmanager.register(judging, "conformance-judging")
        enrolling = Enrolling(config, judging.bench)
        config.pluginmanager.register(enrolling, "conformance-enrolling")
        if not hasattr(config, "workerinput"):
            config.pluginmanager.register(Reporting(config, options), "conformance-reporting")
            html = PytestHtml(options.output.absolute())
            config.pluginmanager.register(html, "conformance-html")
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error
