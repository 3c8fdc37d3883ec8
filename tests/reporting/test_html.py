"""report.html: complete, self-contained, safe against the server that it is about."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from itertools import pairwise

import pytest
from bs4 import BeautifulSoup, Tag

from conformance.model import Exchange, Outcome, Screenshot, Verdict, Waiver
from conformance.reporting import html
from conformance.requirements import load
from tests.reporting import sample

SAMPLE = sample.run()
TEXT = html.render(SAMPLE, load(), sample.read_screenshot)
PAGE = BeautifulSoup(TEXT, "html.parser")
INVISIBLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)


def no_pictures(_file: str) -> None:
    return None


def other_pictures(_file: str) -> bytes:
    return sample.picture(1)


def page_of(*outcomes: Outcome) -> BeautifulSoup:
    made = sample.only(*outcomes)
    return BeautifulSoup(html.render(made, load(), no_pictures), "html.parser")


def hostile_outcome() -> Outcome:
    """An outcome whose every text is an attack."""
    bad = sample.HOSTILE
    exchange = Exchange(
        who=bad,
        method=bad,
        url=f"https://a.example/{bad}?redirect_uri={bad}#{bad}",
        changed=f"redirect_uri replaced by {bad}",
        request_headers=((bad, bad), ("Content-Type", "application/x-www-form-urlencoded")),
        request_body=f"redirect_uri={bad}&{bad}={bad}",
        status=999,
        answer_headers=((bad, bad), ("Location", f"javascript:{bad}")),
        answer_body=bad,
        problem=bad,
        note=bad,
        at=bad,
    )
    return Outcome(
        id=f"{bad}.{bad}[{bad}]",
        subject=bad,
        verdict=Verdict.FAILED,
        level=bad,
        requirements=(bad, "javascript:alert(1)"),
        sentence=bad,
        expected=bad + bad,
        seen=bad,
        reason=bad,
        severity=bad,
        gain=bad,
        advisories=(bad,),
        remedy=bad,
        transcript=(exchange,),
        screenshots=(Screenshot(bad, f"../{bad}", ""),),
        repeat=bad,
        waiver=Waiver(bad, "javascript:alert(1)", bad),
    )


class TestSafety:
    def test_hostile_texts_make_no_element_and_no_attribute(self) -> None:
        page = page_of(hostile_outcome())
        assert len(page.find_all("script")) == 1
        assert not page.find_all("img")
        assert not [
            tag for tag in page.find_all(True) if any(name.startswith("on") for name in tag.attrs)
        ]

    def test_hostile_texts_are_readable(self) -> None:
        assert "<script>alert(1)</script>" in page_of(hostile_outcome()).get_text()

    def test_links_lead_to_the_web_or_into_the_page(self) -> None:
        for page in (PAGE, page_of(hostile_outcome())):
            for link in page.find_all("a"):
                assert re.match(r"https?://|#", str(link["href"])), link

    def test_no_invisible_character_is_left(self) -> None:
        made = sample.only(hostile_outcome())
        text = html.render(made, load(), no_pictures)
        assert not INVISIBLE.search(text)
        assert "\\u202e" in text
        assert "\\u001b" in text

    def test_lone_surrogates_can_be_written(self) -> None:
        outcome = replace(SAMPLE.outcomes[0], seen="a lone \ud800 surrogate")
        text = html.render(sample.only(outcome), load(), no_pictures)
        assert b"\\ud800" in text.encode("utf-8")

    def test_templates_in_answers_are_not_run(self) -> None:
        assert "{{7*7}}" in TEXT


class TestSelfContained:
    def test_nothing_is_loaded(self) -> None:
        loads = {
            (tag.name, name): str(tag[name])
            for tag in PAGE.find_all(True)
            for name in ("src", "srcset", "data", "poster", "action", "background")
            if tag.has_attr(name)
        }
        loads |= {
            (tag.name, "href"): str(tag["href"])
            for tag in PAGE.find_all(["link", "use", "image", "base"])
            if tag.has_attr("href")
        }
        assert loads
        assert all(value.startswith(("data:image/", "#")) for value in loads.values())
        assert not PAGE.find_all(["link", "iframe", "object", "embed", "base", "form-action"])

    def test_style_asks_for_nothing(self) -> None:
        style = str(PAGE.find("style"))
        assert "url(" not in style
        assert "@import" not in style
        assert not [tag for tag in PAGE.find_all(True) if tag.has_attr("style")]

    def test_policy_allows_only_the_script_and_style_inside(self) -> None:
        meta = PAGE.find("meta", attrs={"http-equiv": "Content-Security-Policy"})
        assert isinstance(meta, Tag)
        policy = dict(part.strip().partition(" ")[::2] for part in str(meta["content"]).split(";"))
        assert policy["default-src"] == "'none'"
        for element, directive in (("script", "script-src"), ("style", "style-src")):
            match = re.search(rf"<{element}>(.*?)</{element}>", TEXT, re.S)
            assert match
            digest = base64.b64encode(hashlib.sha256(match.group(1).encode()).digest()).decode()
            assert policy[directive] == f"'sha256-{digest}'"


class TestContent:
    def test_ids_are_unique(self) -> None:
        ids = [str(tag["id"]) for tag in PAGE.find_all(id=True)]
        assert len(ids) == len(set(ids))

    def test_every_outcome_has_its_deep_link(self) -> None:
        for outcome in SAMPLE.outcomes:
            assert PAGE.find(id=f"check-{outcome.id}") is not None, outcome.id

    def test_twin_ids_have_links_of_their_own(self) -> None:
        first = SAMPLE.outcomes[-1]
        page = page_of(first, replace(first, verdict=Verdict.PASSED))
        assert page.find(id=f"check-{first.id}") is not None
        assert page.find(id=f"check-{first.id}~2") is not None

    def test_links_into_the_page_have_targets(self) -> None:
        ids = {str(tag["id"]) for tag in PAGE.find_all(id=True)}
        targets = {str(a["href"])[1:] for a in PAGE.find_all(["a", "use"]) if a["href"][0] == "#"}
        assert len(targets) > 40
        assert targets <= ids

    def test_every_verdict_is_in_words(self) -> None:
        said = {tag.get_text(" ", strip=True) for tag in PAGE.select(".says")}
        assert {verdict.words for verdict in Verdict} <= said

    def test_requirements_that_nothing_decided_are_listed(self) -> None:
        claimed = load().claimed(SAMPLE.header.standards)
        listed = {str(tag["data-id"]) for tag in PAGE.select(".requirement")}
        assert claimed <= listed
        row = PAGE.find(id="requirement-rfc6749-2.1-no-client-type-assumptions")
        assert isinstance(row, Tag)
        assert "no check" in row.get_text()
        assert "Cannot be seen from outside" in row.get_text()

    def test_variants_are_one_check(self) -> None:
        check = PAGE.find(attrs={"data-id": "redirect_uri.altered_redirect_uri_is_refused"})
        assert isinstance(check, Tag)
        assert len(check.select(".variant")) == len(sample.ALTERATIONS)

    def test_the_changed_field_is_marked_in_the_request(self) -> None:
        body = PAGE.find(id="check-redirect_uri.altered_redirect_uri_is_refused[trailing-slash]")
        assert isinstance(body, Tag)
        marked = [tag.get_text().strip() for tag in body.select("pre mark")]
        assert marked == ["&redirect_uri=https%3A%2F%2Fclient.example%2Fcallback%2F"]
        assert "reads https://client.example/callback/" in body.get_text()

    def test_phases_are_told_apart_in_their_order(self) -> None:
        body = PAGE.find(id="check-code.code_is_refused_when_used_twice")
        assert isinstance(body, Tag)
        titles = [tag.get_text() for tag in body.select(".phase b")]
        assert titles == ["Control before", "The act", "Control after"]

    def test_claims_of_tokens_are_shown_decoded(self) -> None:
        body = PAGE.find(id="check-code.code_is_refused_when_used_twice")
        assert isinstance(body, Tag)
        assert '"sub": "alice"' in body.get_text()
        assert "signature «signature of access token 7»" in body.get_text()

    def test_a_picture_is_put_in_once(self) -> None:
        sources = [str(img["src"]) for img in PAGE.find_all("img")]
        assert len(sources) == len(set(sources)) == 2
        assert all(str(img["alt"]) for img in PAGE.find_all("img"))

    def test_a_picture_that_is_not_the_recorded_one_is_not_shown(self) -> None:
        text = html.render(SAMPLE, load(), other_pictures)
        assert "<img" not in text
        assert "pages/login.png" in text

    def test_headings_leave_out_no_step(self) -> None:
        levels = [int(tag.name[1]) for tag in PAGE.find_all(re.compile(r"^h[1-6]$"))]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("size", [500])
def test_a_big_run_stays_small(size: int) -> None:
    run = sample.big_run(size)
    text = html.render(run, load(), sample.read_screenshot)
    assert len(text.encode()) < 5_000_000
    page = BeautifulSoup(text, "html.parser")
    ids = {str(tag["id"]) for tag in page.find_all(id=True)}
    assert {f"check-{outcome.id}" for outcome in run.outcomes} <= ids


def test_an_unknown_standard_and_requirement_of_a_later_suite_are_shown() -> None:
    run = sample.run()
    outcome = replace(run.outcomes[0], id="later.check", requirements=("rfc9999-1-later",))
    later = replace(
        run,
        header=replace(run.header, standards=(*run.header.standards, "rfc9999")),
        outcomes=(outcome,),
    )
    text = html.render(later, load(), sample.read_screenshot)
    assert "rfc9999-1-later" in text
    assert "Requirements that this version does not know" in text
