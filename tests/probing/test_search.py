"""A search draws by its seed alone, tries each case once, shrinks, keeps, and ends in time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import strategies as st

from conformance.errors import RateLimited
from conformance.probing.search import Limits, Memory, search

WORDS = st.lists(st.sampled_from("abcdefgh"), max_size=12).map("".join)
ENOUGH = Limits(cases=200, seconds=60)


def long_with_b(word: str) -> str | None:
    return f"{word} is long" if len(word) > 5 and "b" in word else None


def test_a_breach_is_made_as_small_as_it_gets() -> None:
    searched = search(WORDS, long_with_b, ENOUGH, 7)

    assert searched.breach is not None
    assert searched.breach.case == "aaaaab"
    assert searched.breach.told == "aaaaab is long"
    assert not searched.breach.remembered


def test_a_seed_draws_the_same_cases_and_another_one_others() -> None:
    drawn: dict[int, list[str]] = {1: [], 2: [], 3: []}
    for place, number in ((1, 7), (2, 7), (3, 8)):
        search(WORDS, drawn[place].append, ENOUGH, number)

    assert drawn[1] == drawn[2]
    assert drawn[1] != drawn[3]


def test_what_else_is_loaded_changes_no_draw(tmp_path: Path) -> None:
    constants = "\n".join(
        f'WORD_{number} = "constant-{number}"; N_{number} = {number}' for number in range(90)
    )
    (tmp_path / "constants.py").write_text(constants, encoding="utf-8")
    script = """
import sys
sys.path.insert(0, ".")
{load}
from hypothesis import strategies as st
from conformance.probing.search import Limits, search
cases = st.tuples(st.integers(0, 200), st.text(max_size=9))
search(cases, lambda case: print(ascii(case)), Limits(100, 60), 7)
"""
    printed = [
        subprocess.run(
            [sys.executable, "-c", script.format(load=load)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for load in ("", "import constants")
    ]

    assert printed[0] == printed[1]
    assert len(printed[0].splitlines()) == 100
    assert {one.name for one in tmp_path.iterdir()} <= {"constants.py", "__pycache__"}


def test_every_case_is_tried_once() -> None:
    tried: list[str] = []

    searched = search(st.sampled_from("abc"), tried.append, ENOUGH, 7)

    assert sorted(tried) == ["a", "b", "c"]
    assert searched.cases == 3


def test_what_stands_in_the_way_ends_the_search_at_once() -> None:
    tried: list[str] = []

    def limited(word: str) -> None:
        tried.append(word)
        if len(tried) == 3:
            raise RateLimited("The server asks for peace.")

    with pytest.raises(RateLimited, match="peace"):
        search(WORDS, limited, ENOUGH, 7)

    assert len(tried) == 3


def test_a_bug_of_ours_comes_out_as_it_is() -> None:
    def broken(_: str) -> None:
        raise ZeroDivisionError("ours")

    with pytest.raises(ZeroDivisionError, match="ours"):
        search(WORDS, broken, ENOUGH, 7)


def test_it_ends_with_its_cases_its_time_and_its_shrinks() -> None:
    tried: list[str] = []

    search(WORDS, tried.append, Limits(cases=20, seconds=60), 7)
    in_no_time = search(WORDS, tried.append, Limits(cases=20, seconds=-1), 7)
    without_shrinks = search(WORDS, long_with_b, Limits(cases=200, seconds=60, shrinks=0), 7)

    assert len(tried) == 20
    assert in_no_time.cases == 0
    assert without_shrinks.breach is not None


def test_what_is_seen_only_once_is_told_for_a_second_look() -> None:
    seen: list[str] = []

    def once(word: str) -> str | None:
        seen.append(word)
        return "seen" if len(seen) == 5 else None

    searched = search(WORDS, once, ENOUGH, 7)

    assert searched.breach is not None
    assert searched.breach.case == seen[4]


def test_what_was_found_is_kept_and_tried_first(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "probing", "subject.check[variant]")
    tried: list[str] = []

    def watched(word: str) -> str | None:
        tried.append(word)
        return long_with_b(word)

    search(WORDS, long_with_b, ENOUGH, 7, memory)
    again = search(WORDS, watched, ENOUGH, 8, memory)
    elsewhere = search(WORDS, long_with_b, ENOUGH, 8, Memory(memory.folder, "subject.other"))
    mended = search(WORDS, lambda _: None, ENOUGH, 8, memory)

    assert again.breach is not None
    assert again.breach.remembered
    assert tried == ["aaaaab"]
    assert elsewhere.breach is not None
    assert not elsewhere.breach.remembered
    assert mended.breach is None
    assert mended.cases >= 100
