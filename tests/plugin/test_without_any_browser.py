"""A machine without a browser: one sentence says so, and nothing that needed one is passed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from conformance.exits import Exit
from conformance.model import Verdict
from conformance.target import chromium
from conformance.target.chromium import BrowserBinary, Machine, find_browser
from tests.proof.harness import judge


@pytest.mark.parametrize(
    ("options", "words", "installations"),
    [
        ([], "Install one, or let this command do it with --install-browser", 0),
        (["--install-browser"], "No browser was found and none could be installed", 1),
    ],
    ids=["not asked to install", "asked to install"],
)
def test_nothing_is_judged(
    options: list[str], words: str, installations: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[Sequence[str]] = []

    def run(command: Sequence[str]) -> bool:
        ran.append(command)
        return False

    bare = Machine(is_file={}.__contains__, which={}.get, run=run)

    def find(own: str | None, *, install: bool = False) -> BrowserBinary:
        return find_browser(own, install=install, machine=bare)

    monkeypatch.setattr(chromium, "find_browser", find)
    done = judge("embedded-standard", checks=["pkce.wrong_verifier_is_refused"], options=options)
    selected = [done.outcomes[one] for one in done.run.header.selected]

    assert done.exit_code == Exit.NOTHING_JUDGED
    assert {outcome.verdict for outcome in selected} == {Verdict.INCONCLUSIVE}
    assert all(words in outcome.reason for outcome in selected)
    assert len(ran) == installations
