"""`oauth-conformance run` with what does not hold: one sentence, exit code 4, nothing left."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.exits import Exit
from tests.cli.calling import call, profile, sentence

KEY = 'issuer = "http://127.0.0.1:1"\nisuer = "x"'
SECRET = 'client_secret = { env = "NO_SUCH_SECRET" }'


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["unknown-key.toml"], '[server] has no key "isuer"; did you mean "issuer"?'),
        (["misspelt-key.toml"], '[[clients]] 1 has no key "rolle"; did you mean "role"?'),
        (["variable.toml"], "needs the environment variable NO_SUCH_SECRET, which is not set"),
        (["torn.toml"], "torn.toml is not TOML"),
        (["nowhere.toml"], 'there is no profile "nowhere.toml"'),
        (["embeded-standard"], 'did you mean "embedded-standard"?'),
        (
            ["--check", "pkce.wrong_verifier"],
            '--check names the check "pkce.wrong_verifier", which does not exist; '
            'did you mean "pkce.wrong_verifier_is_refused"?',
        ),
        (
            ["--check", "pkce.wrong_verifier", "-n", "2"],
            'did you mean "pkce.wrong_verifier_is_refused"?',
        ),
        (["-k", "not ("], "Wrong expression passed to '-k'"),
        (["-k", "not (", "-n", "2"], "Wrong expression passed to '-k'"),
        (
            ["--defect", "verifier ignord"],
            '--defect names the defect "verifier ignord", which does not exist; '
            'did you mean "verifier ignored"?',
        ),
        (["elsewhere.toml", "--defect", "verifier ignored"], "--defect is for the embedded server"),
        (["--standards", "rfc674"], 'there is no standard "rfc674"; did you mean "rfc6749"?'),
        (["--max-wait", "soon"], '--max-wait is "soon", which is no duration'),
        (["--output", "torn.toml/out"], "--output"),
        (["--gate", "mus"], "'mus' is not one of 'must', 'should', 'none'"),
        (["--chek", "pkce"], "unrecognized arguments: --chek"),
        (["-n", "few"], "argument -n/--numprocesses: invalid"),
        (["--durations", "3", "elsewhere.toml"], 'profile "elsewhere.toml" must stand before'),
    ],
    ids=lambda part: "-".join(part) if isinstance(part, list) else "",
)
def test_one_sentence_and_nothing_left(arguments: list[str], words: str, tmp_path: Path) -> None:
    profile(tmp_path / "unknown-key.toml", embedded=KEY)
    profile(tmp_path / "misspelt-key.toml", role='rolle = "confidential"')
    profile(tmp_path / "variable.toml", client_secret=SECRET)
    profile(tmp_path / "elsewhere.toml", embedded='issuer = "http://127.0.0.1:1"')
    (tmp_path / "torn.toml").write_text("[server", encoding="utf-8")
    before = set(tmp_path.iterdir())

    done = call("run", "--output", "out", "--html", "out/a.html", *arguments, folder=tmp_path)

    said = sentence(done)
    assert done.returncode == Exit.REFUSED, said
    assert said.startswith("ERROR: ")
    assert words in said
    assert done.stdout == ""
    assert set(tmp_path.iterdir()) == before


def test_python_without_asserts_is_refused(tmp_path: Path) -> None:
    done = call("run", "--output", "out", folder=tmp_path, python=["-O"])

    assert done.returncode == Exit.REFUSED
    assert "removes asserts: no check could fail" in sentence(done)


def test_an_unknown_command_is_refused_with_the_closest_one(tmp_path: Path) -> None:
    done = call("rnu", folder=tmp_path)

    assert done.returncode == Exit.REFUSED
    assert sentence(done) == 'ERROR: there is no command "rnu"; did you mean "run"?'
