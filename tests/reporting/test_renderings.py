"""Markdown, terminal, JSON and pytest-html: the same findings, none of them an attack."""

from __future__ import annotations

import io
import json
import re
import shlex
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt
from rich.console import Console

from conformance.model import Outcome, Run, Verdict, Waiver
from conformance.reporting import json as json_rendering
from conformance.reporting import markdown, pytest_html, terminal
from conformance.requirements import load
from tests.reporting import sample
from tests.reporting.test_html import hostile_outcome

SAMPLE = sample.run()


def printed(run: Run, width: int = 100) -> str:
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=False, highlight=False)
    for part in terminal.findings(run, load()):
        console.print(part)
    return file.getvalue()


class TestMarkdown:
    def test_verdict_table_and_findings_are_there(self) -> None:
        text = markdown.render(SAMPLE, load())
        assert text.startswith(
            "# ❌ Does not conform\\: 2 of 6 requirements judged are violated\\."
        )
        assert "| RFC 6749 | " in text
        assert "`redirect_uri.altered_redirect_uri_is_refused`" in text
        assert "[RFC 6749, section 4\\.1\\.2](https://www.rfc-editor.org/rfc/rfc6749" in text
        assert "## To do" in text

    def test_a_run_that_was_cut_off_says_so(self) -> None:
        assert "> **This run was cut off" in markdown.render(sample.run(footer=False), load())

    def test_hostile_texts_stand_in_code_or_mean_nothing(self) -> None:
        bad = "![x](https://a.example/p.png) <b>@everyone</b> `` ``` | \n# x\n- y\x1b"
        hostile = replace(hostile_outcome(), waiver=Waiver(bad, None, bad), seen=bad)
        outcomes = (
            replace(
                hostile,
                sentence=bad,
                gain=bad,
                advisories=(bad,),
                remedy=bad,
                requirements=(bad,),
                waiver=None,
            ),
            replace(hostile, verdict=Verdict.BROKEN, reason=bad, id=f"{bad}.{bad}"),
            hostile,
        )
        text = markdown.render(sample.only(*outcomes), load())
        made = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
        page = BeautifulSoup(made, "html.parser")
        assert not page.find_all(["script", "img", "b"])
        assert len(page.find_all("h1")) == 1
        assert "\x1b" not in text
        for tag in page.find_all(["code", "pre"]):
            tag.decompose()
        assert "everyone" in page.get_text()
        assert "@everyone" not in str(page)

    def test_a_big_run_is_bounded(self) -> None:
        text = markdown.render(sample.big_run(3_000), load())
        assert len(text) < markdown.LARGEST + 200
        assert text.endswith("the HTML report has it all.\n")

    def test_tables_have_even_rows(self) -> None:
        rows = [r for r in markdown.render(SAMPLE, load()).split("\n") if r.startswith("| RFC")]
        assert len({row.count("|") for row in rows}) == 1


class TestTerminal:
    def test_findings_come_in_the_readers_order(self) -> None:
        text = printed(SAMPLE)
        titles = ["Does not conform", "Violations", "Could not be judged", "Warnings"]
        places = [text.index(title) for title in [*titles, "Known deviations", "To do"]]
        assert places == sorted(places)

    @pytest.mark.parametrize("width", [40, 80, 120])
    def test_no_line_is_wider_than_the_terminal(self, width: int) -> None:
        assert max(map(len, printed(SAMPLE, width).split("\n"))) <= width

    def test_the_command_can_be_pasted(self) -> None:
        text = printed(SAMPLE, 60)
        assert re.search(r"--check \\ *\n +code\.code_is_refused_when_used_twice", text)

    def test_control_characters_and_markup_of_the_server_are_shown(self) -> None:
        outcome = replace(hostile_outcome(), waiver=None, seen="\x1b[2J[bold red]x[/] \u202e")
        text = printed(sample.only(outcome))
        assert "\x1b" not in text
        assert "\\u001b[2J[bold red]x[/] \\u202e" in text

    def test_a_clean_run_is_short(self) -> None:
        passed = [o for o in SAMPLE.outcomes if o.verdict is Verdict.PASSED and not o.waiver]
        lines = printed(sample.only(*passed)).strip().split("\n")
        assert lines == ["Conforms: all 2 requirements that were judged are kept.", "21 passed"]

    def test_variants_are_told_together(self) -> None:
        assert printed(SAMPLE).count("A redirect URI that is not exactly the registered one") == 1


def test_json_is_the_run() -> None:
    document = json.loads(json_rendering.render(SAMPLE))
    lines = [
        json.dumps(part)
        for part in (
            document["header"],
            *document["outcomes"],
            *document["observations"],
            document["footer"],
        )
    ]
    assert Run.parse(lines) == SAMPLE
    assert json.loads(json_rendering.render(sample.run(footer=False)))["footer"] is None


class TestPytestHtml:
    def test_there_is_a_cell_for_each_head(self) -> None:
        heads = pytest_html.header_cells()
        for outcome in (*SAMPLE.outcomes, None):
            assert len(pytest_html.row_cells(outcome)) == len(heads)

    def test_cells_name_verdict_level_and_requirements(self) -> None:
        outcome = SAMPLE.outcomes[-1]
        text = BeautifulSoup("".join(pytest_html.row_cells(outcome)), "html.parser").get_text("|")
        assert text == f"not run|{outcome.level}|{outcome.requirements[0]}"

    @pytest.mark.parametrize("outcome", [hostile_outcome()], ids=["hostile"])
    def test_everything_is_escaped(self, outcome: Outcome) -> None:
        text = "".join([*pytest_html.row_cells(outcome), pytest_html.extras(outcome)])
        page = BeautifulSoup(text, "html.parser")
        assert not page.find_all(["script", "img", "a"])
        assert "<script>alert(1)</script>" in page.get_text()
        assert "\x1b" not in text

    def test_the_evidence_is_there(self) -> None:
        outcome = next(o for o in SAMPLE.outcomes if o.id.startswith("code."))
        text = BeautifulSoup(pytest_html.extras(outcome), "html.parser").get_text("\n")
        for words in (
            outcome.seen,
            outcome.gain,
            outcome.remedy,
            outcome.repeat,
            "The act",
            "200 OK",
        ):
            assert words in text


@pytest.mark.parametrize("width", [30, 40, 80, 200])
def test_a_shell_reads_a_command_that_was_broken(width: int) -> None:
    words = [
        "oauth-conformance",
        "run",
        "a b/profile.toml",
        "--check",
        "x.y[z]",
        "--defect",
        "it's",
    ]
    console = Console(width=width, file=io.StringIO(), color_system=None)
    with console.capture() as captured:
        console.print(terminal.Command(shlex.join(words)))

    assert shlex.split(captured.get().replace("\\\n", "")) == words
