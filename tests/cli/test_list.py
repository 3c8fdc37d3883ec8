"""`oauth-conformance list` and what every command has in common."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from conformance import __version__
from conformance.cli import main
from conformance.cli.headers import all_checks
from conformance.exits import Exit
from conformance.requirements import load
from tests.cli.calling import PROGRAM, call, sentence


def test_lists_every_check_with_level_and_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["list"])

    lines = capsys.readouterr().out.splitlines()
    assert code == Exit.CONFORMS
    for check in all_checks():
        (line,) = [line for line in lines if line.split(maxsplit=1)[:1] == [check.id]]
        assert check.header.sentence in line


def test_ids_of_checks_are_unique() -> None:
    ids = [check.id for check in all_checks()]

    assert len(ids) == len(set(ids))


def test_variants_are_counted() -> None:
    variants = {check.id: check.variants for check in all_checks()}

    assert variants["redirect_uri.altered_redirect_uri_is_refused"] >= 25
    assert variants["redirect_uri.foreign_redirect_uri_is_refused"] == 1


def test_lists_one_subject(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--subject", "scope"]) == Exit.CONFORMS

    ids = [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:] if "." in line]
    assert ids
    assert all(id.startswith("scope.") for id in ids)


def test_standards_narrow_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--standards", "rfc9207"]) == Exit.CONFORMS

    out = capsys.readouterr().out
    assert "state_and_issuer.iss_is_in_the_response" in out
    assert "redirect_uri.foreign_redirect_uri_is_refused" not in out


def test_coverage_counts_add_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--coverage", "--standards", "rfc6749"]) == Exit.CONFORMS

    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    totals = [list(map(int, row[1:])) for row in rows if row[:1] == ["all"]]
    assert len(totals) == 3
    for everything, decided, without, unseen in totals:
        assert everything == decided + without + unseen == len(load().claimed(["rfc6749"]))
        assert decided > 0


def test_coverage_says_why_a_requirement_has_no_check(capsys: pytest.CaptureFixture[str]) -> None:
    main(["list", "--coverage"])

    unseen = "rfc6749-10.3-token-confidential-in-storage"
    (line,) = [line for line in capsys.readouterr().out.splitlines() if unseen in line]
    assert load()[unseen].reason in line


def test_coverage_names_the_deciding_checks(capsys: pytest.CaptureFixture[str]) -> None:
    main(["list", "--coverage"])

    wanted = "rfc6749-3.1.2.3-redirect-uri-must-match-registered"
    (line,) = [line for line in capsys.readouterr().out.splitlines() if wanted in line]
    assert "redirect_uri.foreign_redirect_uri_is_refused" in line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lst"], 'there is no command "lst"; did you mean "list"?'),
        (["list", "--subject", "redirect"], 'did you mean "redirect_uri"?'),
        (["list", "--standards", "rfc6794"], 'there is no standard "rfc6794"; did you mean'),
        (["list", "--colour"], "No such option"),
    ],
    ids=["command", "subject", "standard", "option"],
)
def test_what_is_not_known_is_refused(arguments: list[str], words: str, tmp_path: Path) -> None:
    done = call(*arguments, folder=tmp_path)

    assert done.returncode == Exit.REFUSED
    assert words in sentence(done)
    assert done.stdout == ""


def test_a_reader_who_leaves_early_is_no_error(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*PROGRAM, "list", "--coverage"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        errors = process.stderr.read()
        code = process.wait(60)

    assert (code, errors) == (Exit.CONFORMS, b"")


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == Exit.CONFORMS

    assert capsys.readouterr().out == f"oauth-conformance, version {__version__}\n"


def test_output_is_not_broken_into_lines_for_a_pipe(tmp_path: Path) -> None:
    done = call("list", "--subject", "redirect_uri", folder=tmp_path, variables={"COLUMNS": "40"})

    assert any(len(line) > 100 for line in done.stdout.splitlines())
