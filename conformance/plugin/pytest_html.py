"""Fills the report of pytest-html, where one is asked for: a verdict's columns and evidence."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from pytest_html import extras

from conformance.model import Outcome
from conformance.plugin.judging import OUTCOME
from conformance.reporting.pytest_html import extras as evidence
from conformance.reporting.pytest_html import header_cells, row_cells

_EXTRAS = "extras"
"""The attribute of a report where pytest-html looks for more to show."""


class PytestHtml:
    """The hooks of the process that steers the run; pytest-html makes its rows in that one.

    A check's outcome comes with its last report; pytest-html makes the rows of all its reports
    right after that.
    """

    def __init__(self, output: Path) -> None:
        self._output = output
        self._told: tuple[str, Outcome] | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        data = getattr(report, OUTCOME, None)
        if data is None:
            return
        outcome = Outcome.from_json(json.loads(data))
        self._told = (report.nodeid, outcome)
        shown: list[dict[str, str | None]] = [
            extras.html(evidence(outcome)),
            *self._pictures(outcome),
        ]
        setattr(report, _EXTRAS, [*getattr(report, _EXTRAS, ()), *shown])

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_header(self, cells: list[str]) -> None:
        cells[1:1] = header_cells()

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_row(self, report: pytest.TestReport, cells: list[str]) -> None:
        nodeid, outcome = self._told or ("", None)
        cells[1:1] = row_cells(outcome if nodeid == report.nodeid else None)

    def _pictures(self, outcome: Outcome) -> list[dict[str, str | None]]:
        files = [(each.name, self._output / each.file) for each in outcome.screenshots]
        return [
            extras.png(base64.b64encode(file.read_bytes()).decode("ascii"), name)
            for name, file in files
            if file.is_file()
        ]
