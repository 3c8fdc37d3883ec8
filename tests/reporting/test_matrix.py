"""Servers side by side: what the page says is what the runs say, and nothing more."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from conformance.errors import UsageError
from conformance.model import Exchange, Footer, Header, Outcome, Run, Verdict
from conformance.reporting.matrix import Cell, matrix, reduced
from conformance.reporting.matrix_page import as_html, as_markdown, by_standard
from conformance.reporting.standing import Standing
from conformance.requirements import load

HOSTILE = "<img src=x onerror=alert(1)> | [x](javascript:1) `"


def outcome(check: str, verdict: Verdict, requirement: str, seen: str = "") -> Outcome:
    return Outcome(
        id=check,
        subject=check.partition(".")[0],
        verdict=verdict,
        level="MUST",
        requirements=(requirement,),
        sentence=f"What {check} is about.",
        seen=seen,
        remedy="Mend it.",
        transcript=(Exchange("client", "GET", "https://a.example", answer_body="evidence"),),
    )


def run(name: str, *outcomes: Outcome, suite: str = "1.0", ended: bool = True) -> Run:
    header = Header(
        suite=suite,
        profile={"name": name, "digest": "0"},
        target={"name": f"{name} 2.0"},
        standards=("rfc6749", "rfc7636"),
        selected=tuple(one.id for one in outcomes),
        started="2026-11-26T10:00:00+00:00",
        command="oauth-conformance run one --output '/home/somebody/a b' -n 2",
    )
    footer = Footer("2026-11-26T10:05:00+00:00", 1, {}) if ended else None
    return Run(header, outcomes, (), footer)


@pytest.fixture
def requirement() -> tuple[str, str]:
    """One requirement of each of two documents, which the catalogue has."""
    catalogue = load()
    by_spec = {catalogue[one].spec: one for one in catalogue}
    return by_spec["rfc6749"], by_spec["rfc7636"]


@pytest.fixture
def runs(requirement: tuple[str, str]) -> tuple[Run, Run]:
    code, s256 = requirement
    one = run(
        "one",
        outcome("a.same", Verdict.PASSED, code),
        outcome("a.other[x]", Verdict.PASSED, s256),
        outcome("a.other[y]", Verdict.FAILED, s256, HOSTILE),
    )
    two = run(
        "two",
        outcome("a.same", Verdict.PASSED, code),
        outcome("a.other[x]", Verdict.PASSED, s256),
        outcome("a.other[y]", Verdict.NOT_APPLICABLE, s256),
        outcome("a.more", Verdict.WARNED, code, "a warning"),
    )
    return one, two


def test_a_check_is_what_the_worst_of_its_variants_is(runs: tuple[Run, Run]) -> None:
    rows = {row.check: row for area in matrix(runs, load()).areas for row in area.rows}

    assert [cell.verdict for cell in rows["a.other"].cells] == [Verdict.FAILED, Verdict.PASSED]
    assert rows["a.other"].cells[0].told == (f"a.other[y]: failed: {HOSTILE}",)
    assert rows["a.other"].differs
    assert not rows["a.same"].differs
    assert rows["a.same"].clean


def test_what_a_run_did_not_have_is_no_pass(runs: tuple[Run, Run]) -> None:
    shown = matrix(runs, load())
    rows = {row.check: row for area in shown.areas for row in area.rows}

    assert rows["a.more"].cells[0] == Cell(None)
    assert rows["a.more"].cells[0].words == "not in this run"
    assert shown.servers[0].counts[Verdict.PASSED] == 2
    assert any("different checks" in words for words in shown.remarks)


def test_requirements_are_counted_by_standard(runs: tuple[Run, Run]) -> None:
    standards = {one.label: one.counts for one in matrix(runs, load()).standards}

    first, second = standards["RFC 7636"]
    assert first is not None
    assert second is not None
    assert (first[Standing.VIOLATED], first[Standing.HELD]) == (1, 0)
    assert (second[Standing.VIOLATED], second[Standing.HELD]) == (0, 1)


def test_other_versions_and_runs_that_were_cut_off_are_said(runs: tuple[Run, Run]) -> None:
    cut = run("three", *runs[0].outcomes, suite="0.9", ended=False)
    shown = matrix((runs[0], cut), load())

    assert any("different versions" in words for words in shown.remarks)
    assert shown.servers[1].remarks == ("The run was cut off: checks are missing.",)
    assert "(cut off)" in as_markdown(shown)


def test_the_page_holds_texts_of_a_server_as_texts(runs: tuple[Run, Run]) -> None:
    page = BeautifulSoup(as_html(matrix(runs, load())), "html.parser")

    assert page.find("img") is None
    assert page.find("script") is None
    assert HOSTILE in page.get_text()
    assert all(th.get("scope") in ("col", "row") for th in page.find_all("th"))
    tables = page.find_all("table")
    for table in tables:
        width = len(table.thead.find_all("th"))
        assert {len(row.find_all(["th", "td"], recursive=False)) for row in table.tbody("tr")} == {
            width
        }
    policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})
    assert policy is not None
    assert "default-src 'none'" in str(policy["content"])


def test_every_cell_says_its_verdict_in_words_beside_the_sign(runs: tuple[Run, Run]) -> None:
    page = BeautifulSoup(as_html(matrix(runs, load())), "html.parser")
    signs = page.select("td .sign")

    assert signs
    assert all(sign.get("aria-hidden") == "true" for sign in signs)
    assert {sign.parent.get_text(" ", strip=True) for sign in signs if sign.parent} >= {
        "✗ failed",
        "✓ passed",
        "∅ not in this run",
    }


def test_markdown_has_the_counts_and_the_failed_checks(runs: tuple[Run, Run]) -> None:
    text = as_markdown(matrix(runs, load()))

    assert "| RFC 7636 | ✗ 1 ✓ 0 | ✓ 1 |" in text
    assert "| `a.other` | ✗ | ✓ |" in text
    assert "`a.same`" not in text
    assert "onerror" not in text
    assert by_standard(matrix(runs, load())) in text


def test_the_same_runs_make_the_same_bytes(runs: tuple[Run, Run]) -> None:
    assert as_html(matrix(runs, load())) == as_html(matrix(runs, load()))


def test_a_reduced_run_says_so_and_makes_the_same_page(
    runs: tuple[Run, Run], tmp_path: Path
) -> None:
    file = tmp_path / "one.jsonl.gz"
    text = "".join(f"{line}\n" for line in reduced(runs[0]).lines())
    file.write_bytes(gzip.compress(text.encode(), mtime=0))

    read = Run.read(file)

    assert read.header.reduced
    assert read.header.command == "oauth-conformance run one -n 2"
    assert "evidence" not in text
    assert as_html(matrix((read, runs[1]), load())) == as_html(matrix(runs, load()))


def test_a_damaged_archive_is_said_in_a_sentence(tmp_path: Path) -> None:
    for number, data in enumerate((b"no gzip", gzip.compress(b"{}" * 900)[:-9])):
        file = tmp_path / f"{number}.jsonl.gz"
        file.write_bytes(data)

        with pytest.raises(UsageError, match="no whole gzip file"):
            Run.read(file)
