"""`oauth-conformance explain`: every check and every requirement has its words."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.cli import main
from conformance.cli.headers import all_checks
from conformance.exits import Exit
from conformance.requirements import load
from tests.cli.calling import call, sentence

CHECK = "redirect_uri.altered_redirect_uri_is_refused"
REQUIREMENT = "rfc6749-3.1.2.3-redirect-uri-simple-string-comparison"


def test_check_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", CHECK]) == Exit.CONFORMS

    out = capsys.readouterr().out
    (header,) = [check.header for check in all_checks() if check.id == CHECK]
    one = load()[REQUIREMENT]
    for words in (header.sentence, header.remedy, one.id, one.place, one.link, one.gain):
        assert words in out


def test_variant_is_explained_as_its_check(capsys: pytest.CaptureFixture[str]) -> None:
    main(["explain", CHECK])
    whole = capsys.readouterr().out

    assert main(["explain", f"{CHECK}[extra-query]"]) == Exit.CONFORMS

    assert capsys.readouterr().out == whole


def test_requirement_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", REQUIREMENT]) == Exit.CONFORMS

    out = capsys.readouterr().out
    one = load()[REQUIREMENT]
    for words in (one.summary, one.level.words, one.method, one.gain, one.link, CHECK):
        assert words in out


def test_everything_can_be_explained(capsys: pytest.CaptureFixture[str]) -> None:
    ids = [*(check.id for check in all_checks()), *list(load())[::20]]

    silent = [id for id in ids if main(["explain", id]) != Exit.CONFORMS]

    assert silent == []
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("id", "closest"),
    [
        ("redirect_uri.altered_redirect_uri_refused", CHECK),
        ("rfc6749-3.1.2.3-simple-string-comparison", REQUIREMENT),
    ],
    ids=["check", "requirement"],
)
def test_unknown_id_is_refused_with_the_closest(id: str, closest: str, tmp_path: Path) -> None:
    done = call("explain", id, folder=tmp_path)

    assert done.returncode == Exit.REFUSED
    assert sentence(done).endswith(f'did you mean "{closest}"?')
