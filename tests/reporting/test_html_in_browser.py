"""report.html in a real browser: narrow, by keyboard, and alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.errors import BrowserMissing
from conformance.model import Verdict
from conformance.reporting import html
from conformance.requirements import load
from conformance.target.browser import Browser
from conformance.target.recorder import Recorder
from tests.reporting import sample

NARROW = 390
FOUND = (Verdict.FAILED, Verdict.WARNED, Verdict.INCONCLUSIVE, Verdict.BROKEN)
CLOSED = "document.querySelectorAll('details:not([open])').length"
FOCUSED = """() => {
  const at = document.activeElement;
  if (at === null || at === document.body) return null;
  const box = at.getBoundingClientRect();
  const closed = at.tagName === 'SUMMARY' && !at.parentElement.open;
  return {closed, seen: box.width > 0 && box.height > 0};
}"""
"""The element that has the focus: whether it is a closed summary, and can be seen."""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of one finding of each verdict that has to be read."""
    outcomes = {one.verdict: one for one in sample.run().outcomes if one.verdict in FOUND}
    run = sample.only(*outcomes.values())
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(html.render(run, load(), sample.read_screenshot), encoding="utf-8")
    return file


@pytest.fixture
def page(report: Path, tmp_path: Path) -> Iterator[Any]:
    """The report on a narrow screen, with the requests that it made."""
    with Browser(Recorder(), hosts=[], pictures=tmp_path) as browser:
        try:
            context = browser.context()
        except BrowserMissing as missing:
            pytest.skip(str(missing))
        shown = context.new_page()
        shown.set_viewport_size({"width": NARROW, "height": 800})
        asked: list[str] = []
        shown.on("request", lambda request: asked.append(request.url))
        shown.goto(report.as_uri())
        yield shown, asked


def test_every_finding_is_reached_and_opened_by_keyboard(page: Any) -> None:
    shown, asked = page
    assert shown.evaluate(CLOSED) > len(FOUND)

    unseen = 0
    for _ in range(5_000):
        shown.keyboard.press("Tab")
        at = shown.evaluate(FOCUSED)
        if at is None:
            break
        unseen += not at["seen"]
        if at["closed"]:
            shown.keyboard.press("Enter")

    assert shown.evaluate(CLOSED) == 0
    assert unseen == 0, "the focus went where nothing can be seen"
    # Opened to the last line nothing is wider than the screen, and nobody was asked for anything.
    assert shown.evaluate("document.documentElement.scrollWidth") <= NARROW
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
