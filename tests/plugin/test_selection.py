"""In which order the checks run."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from conformance.check import Aged, Check
from conformance.plugin.selection import JUDGED, Judged, in_order


def item(name: str, **header: Any) -> Any:
    """What pytest collects, as far as the order looks at it."""
    stash = pytest.Stash()
    stash[JUDGED] = Judged(name, "a", Check(name, ("x",), "sentence", "remedy", **header))
    return SimpleNamespace(stash=stash)


def test_what_takes_no_time_comes_first_and_what_exhausts_last() -> None:
    items = [
        item("exhausts", exhausts=True),
        item("waits long", ages=Aged.ACCESS_TOKEN),
        item("waits", ages=Aged.CODE),
        item("gathers", gathers=True),
        item("first"),
        item("second"),
    ]

    ordered = in_order(items, {"waits": 60.0, "waits long": 3600.0})

    assert [one.stash[JUDGED].id for one in ordered] == [
        "first",
        "second",
        "gathers",
        "waits",
        "waits long",
        "exhausts",
    ]
