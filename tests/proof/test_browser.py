"""The same through a real browser and real sockets: what in process cannot be seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.model import Run, Verdict
from tests.cli.calling import call
from tests.proof.harness import judge
from tests.proof.test_completeness import headers

FOUND = (Verdict.FAILED, Verdict.WARNED)
ACCEPTED = (Verdict.PASSED, Verdict.NOT_APPLICABLE)
LONG = 900.0
"""Seconds after which a whole run hangs, also on a machine that does much else."""


@pytest.mark.parametrize("target", ["embedded-standard", "embedded-ilert"])
def test_nothing_is_found_on_the_sound_server(target: str, tmp_path: Path) -> None:
    done = call("run", target, "--output", "out", folder=tmp_path, timeout=LONG)

    run = Run.read(tmp_path / "out")
    unexpected = [
        f"{one.verdict.value}: {one.id}: {one.seen or one.reason}"
        for one in run.outcomes
        if one.verdict not in ACCEPTED and one.id in run.header.selected
    ]
    assert not unexpected, "\n".join(unexpected)
    assert done.returncode == 0, done.stdout + done.stderr


OF_THE_PAGES = {
    "message sent to every origin": "foreign_page.message_is_not_heard_by_another_site",
    "pages print input as it came, without a policy": (
        "foreign_page.script_in_a_request_does_not_run[client_id]"
    ),
    "script of another host on the consent page, without a policy": (
        "foreign_page.pages_ask_no_other_site"
    ),
    "every page for every origin that asks": "foreign_page.authorization_request_is_not_read",
    "pages can be framed": "foreign_page.consent_page_is_not_framed",
}
"""Defects that stay out of each other's way, by the check that only a browser can make."""
FURTHER = ("foreign_page.consent_page_is_not_read", "foreign_page.login_page_is_not_read")
"""Checks that find one of them, too."""


def test_defects_of_the_pages_are_found_in_one_browser_and_their_twins_are_not() -> None:
    checks = (*OF_THE_PAGES.values(), *FURTHER)
    twins = [part for name in OF_THE_PAGES for part in ("--twin-of", name)]

    faulty = judge("embedded-standard", defects=tuple(OF_THE_PAGES), checks=checks, options=())
    sound = judge("embedded-standard", checks=checks, options=twins)

    assert sorted(faulty.selected_with(*FOUND)) == sorted(checks), faulty.explain(*Verdict)
    assert sorted(sound.selected_with(Verdict.PASSED)) == sorted(checks), sound.explain(*Verdict)


def test_nothing_about_transport_is_found_over_tls(tmp_path: Path) -> None:
    about = [one for one in headers() if one.startswith(("transport", "token_cookies"))]
    told = [part for one in about for part in ("--check", one)]

    done = call("run", "embedded-tls", "--output", "out", *told, folder=tmp_path, timeout=LONG)

    run = Run.read(tmp_path / "out")
    judged = [one for one in run.outcomes if one.id in run.header.selected]
    unexpected = [
        f"{one.verdict.value}: {one.id}: {one.seen or one.reason}"
        for one in judged
        if one.verdict not in ACCEPTED
    ]
    assert not unexpected, "\n".join(unexpected)
    assert done.returncode == 0, done.stdout + done.stderr
    assert sum(one.verdict is Verdict.PASSED for one in judged) >= 60


@pytest.mark.parametrize(
    ("defect", "check", "verdict"),
    [
        ("pages can be framed", "pages.login_page_is_not_framed", Verdict.FAILED),
        (
            "pages tell other sites their whole address",
            "pages.other_sites_are_told_no_parameters",
            Verdict.WARNED,
        ),
        (
            "redirect after a form with 307",
            "login.credentials_are_not_redirected_with_307",
            Verdict.FAILED,
        ),
        (
            "code of eight digits",
            "unguessable.values_can_have_128_bits[code]",
            Verdict.FAILED,
        ),
        (
            "redirect URI matched by prefix",
            "redirect_uri.altered_redirect_uri_is_refused[path-suffix]",
            Verdict.FAILED,
        ),
    ],
)
def test_a_defect_is_found_through_the_browser(
    defect: str, check: str, verdict: Verdict, tmp_path: Path
) -> None:
    told = ("--check", check, "--defect", defect, "--gate", "should")
    arguments = ("run", "--output", "out", *told)

    done = call(*arguments, folder=tmp_path, timeout=LONG)

    run = Run.read(tmp_path / "out")
    judged = {one.id: one.verdict for one in run.outcomes if one.id in run.header.selected}
    assert judged == {check: verdict}, done.stdout + done.stderr
    assert done.returncode == 1


def test_the_browser_reads_fragments_too(tmp_path: Path) -> None:
    only = "implicit or response_types"
    done = call("run", "embedded-legacy", "--output", "out", "-k", only, folder=tmp_path)

    run = Run.read(tmp_path / "out")
    judged = {one.id: one.verdict for one in run.outcomes if one.id in run.header.selected}
    assert judged["implicit.nothing_of_the_response_is_in_the_query"] is Verdict.PASSED
    assert set(judged.values()) <= set(ACCEPTED), done.stdout + done.stderr
    assert done.returncode == 0


def test_a_token_in_the_query_is_found_through_the_browser(tmp_path: Path) -> None:
    check = "implicit.nothing_of_the_response_is_in_the_query"
    told = ("--check", check, "--defect", "implicit response in the query", "--output", "out")

    done = call("run", "embedded-legacy", *told, folder=tmp_path)

    run = Run.read(tmp_path / "out")
    judged = {one.id: one.verdict for one in run.outcomes if one.id in run.header.selected}
    assert judged == {check: Verdict.FAILED}, done.stdout + done.stderr
    assert done.returncode == 1
