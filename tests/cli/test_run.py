"""`oauth-conformance run`: verdicts, exit codes and files."""

from __future__ import annotations

import signal
import subprocess
import time
import xml.etree.ElementTree as ElementTree
from contextlib import suppress
from pathlib import Path

import pytest

from conformance.exits import Exit
from conformance.model import Run, Verdict
from tests.cli.calling import PROGRAM, call, environment, profile, verdicts, whole

QUICK = ("--without-browser", "--output", "out")
PKCE = ("--check", "pkce.wrong_verifier_is_refused")
SOME = (
    *PKCE,
    "--check",
    "token_response.access_token_is_there",
    "--check",
    "pkce.plain_is_refused",
)
IGNORED = ("--defect", "verifier ignored")


def test_sound_server(tmp_path: Path) -> None:
    done = call("run", *QUICK, *SOME, folder=tmp_path)
    run = whole(tmp_path / "out")

    assert done.returncode == Exit.CONFORMS, done.stdout + done.stderr
    assert len(verdicts(run)) == 10
    assert set(verdicts(run).values()) <= {Verdict.PASSED, Verdict.NOT_APPLICABLE}
    assert "Conforms: " in done.stdout
    assert f"Report: {tmp_path / 'out' / 'report.html'}" in done.stdout
    assert "Judging embedded server (standard): 10 checks" in done.stderr
    assert [line for line in done.stdout.splitlines() if line != line.rstrip()] == []
    cases = ElementTree.parse(tmp_path / "out" / "junit.xml").getroot().findall(".//testcase")
    assert len(cases) == 10
    report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "pkce.wrong_verifier_is_refused[random]" in report


def test_own_folder_by_profile_and_start(tmp_path: Path) -> None:
    done = call("run", "--without-browser", *PKCE, folder=tmp_path)

    assert done.returncode == Exit.CONFORMS
    (folder,) = (tmp_path / "reports" / "embedded-standard").iterdir()
    assert {file.name for file in folder.iterdir()} == {"run.jsonl", "report.html", "junit.xml"}


def test_defect(tmp_path: Path) -> None:
    done = call("run", *QUICK, *IGNORED, *PKCE, folder=tmp_path)
    run = whole(tmp_path / "out")

    assert done.returncode == Exit.VIOLATION
    assert set(verdicts(run).values()) == {Verdict.FAILED}
    assert "Does not conform: " in done.stdout
    assert "the server's answer" not in done.stderr
    first = next(o for o in run.outcomes if o.verdict is Verdict.FAILED)
    assert first.seen in " ".join(done.stdout.split())
    assert first.remedy in " ".join(done.stdout.split())
    junit = ElementTree.parse(tmp_path / "out" / "junit.xml").getroot()
    assert len(junit.findall(".//failure")) == len(verdicts(run))


def test_the_gate_can_be_left_open(tmp_path: Path) -> None:
    done = call("run", *QUICK, *IGNORED, *PKCE, "--gate", "none", folder=tmp_path)

    assert done.returncode == Exit.CONFORMS
    assert "The gate was left open on request (--gate none)." in done.stdout


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "workers"])
def test_nothing_selected(tmp_path: Path, workers: list[str]) -> None:
    done = call("run", *QUICK, "-k", "nothing_is_called_so", *workers, folder=tmp_path)
    run = whole(tmp_path / "out")

    assert done.returncode == Exit.NOTHING_SELECTED
    assert run.header.selected == ()
    assert "Nothing was tested: no check was selected." in done.stdout
    assert f"{len(run.outcomes):,} not selected" in done.stdout


def test_workers_come_to_the_same_verdicts(tmp_path: Path) -> None:
    arguments = (*IGNORED, *SOME, "--without-browser")
    alone = call("run", "--output", "alone", *arguments, folder=tmp_path)
    shared = call("run", "--output", "shared", *arguments, "-n", "2", folder=tmp_path)
    one, two = whole(tmp_path / "alone"), whole(tmp_path / "shared")

    assert alone.returncode == shared.returncode == Exit.VIOLATION
    assert verdicts(one) == verdicts(two)
    assert one.counts() == two.counts()
    assert shared.stdout.lstrip().startswith("Does not conform")


def interrupted(process: subprocess.Popen[str]) -> str:
    """What a process prints that gets Ctrl-C; again where Python dropped it, as in a finaliser."""
    for _ in range(4):
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=8)[0]
    process.kill()
    return process.communicate()[0]


def test_ctrl_c_leaves_the_verdicts_so_far(tmp_path: Path) -> None:
    file = tmp_path / "out" / "run.jsonl"
    command = [*PROGRAM, "run", *QUICK]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, text=True
    ) as process:
        until = time.monotonic() + 60
        while time.monotonic() < until and (
            not file.exists() or file.read_text(encoding="utf-8").count('"kind":"outcome"') < 3
        ):
            time.sleep(0.02)
        printed = interrupted(process)
    run = whole(tmp_path / "out")

    assert process.returncode == Exit.INTERRUPTED
    assert run.footer is not None
    assert run.footer.exit_code == Exit.INTERRUPTED
    begun = [o for o in run.outcomes if o.transcript]
    assert 3 <= len(begun) < len(run.header.selected)
    assert f"interrupted after {len(begun):,} of {len(run.header.selected):,} checks" in printed
    left = [o for o in run.outcomes if o.id in run.header.selected and not o.transcript]
    assert {o.verdict for o in left} <= {Verdict.NOT_RUN, Verdict.NOT_APPLICABLE}


def test_the_users_own_pytest_options_change_nothing(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --maxfail=1 -k nothing\n")
    (tmp_path / "conftest.py").write_text("raise RuntimeError('not for verdicts')\n")
    variables = {"PYTEST_ADDOPTS": "--collect-only"}
    done = call("run", *QUICK, *IGNORED, *PKCE, folder=tmp_path, variables=variables)

    assert done.returncode == Exit.VIOLATION
    assert len(verdicts(whole(tmp_path / "out"))) == 7


def test_a_waiver_excuses_and_is_told(tmp_path: Path) -> None:
    name = profile(tmp_path / "waived.toml")
    with (tmp_path / name).open("a", encoding="utf-8") as file:
        file.write(
            '[[known_deviations]]\ncheck = "pkce.wrong_verifier_is_refused"\nreason = "#8"\n'
        )
    excused = call("run", name, *QUICK, *IGNORED, *PKCE, folder=tmp_path)
    judged = call("run", name, *QUICK, *IGNORED, *PKCE, "--no-waivers", folder=tmp_path)

    assert excused.returncode == Exit.CONFORMS
    assert "Conforms, with known deviations" in excused.stdout
    assert judged.returncode == Exit.VIOLATION


def test_no_secret_leaves_the_process(tmp_path: Path) -> None:
    done = call("run", *QUICK, *IGNORED, *SOME, "--html", "out/pytest.html", folder=tmp_path)
    secrets = ("demo-web-Qe7vYx3LkTzR9mWp2HcN8sBd5JfUa4Gi", "correct horse battery staple")

    assert isinstance(Run.read(tmp_path / "out"), Run)
    for text in (done.stdout, done.stderr, *map(_text, (tmp_path / "out").rglob("*"))):
        assert not [secret for secret in secrets if secret in text]


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""


def test_a_run_that_probes_keeps_what_it_finds_beside_the_runs_of_its_profile(
    tmp_path: Path,
) -> None:
    words = (
        *("run", "embedded-standard", "--without-browser", "--probe", "--budget", "200"),
        *("--check", "probing_state.printable_state_comes_back"),
        *("--defect", "blank at the end of state lost"),
    )
    first = call(*words, folder=tmp_path)
    second = call(*words, folder=tmp_path)
    by_seed = call(*words, "--seed", "3", "--output", "apart", folder=tmp_path)

    assert (first.returncode, second.returncode, by_seed.returncode) == (1, 1, 1)
    assert "generated cases came to" in " ".join(first.stdout.split())
    assert "known from an earlier run, and tried first" in " ".join(second.stdout.split())
    assert "generated cases came to" in " ".join(by_seed.stdout.split())
    kept = tmp_path / "reports" / "embedded-standard" / "probing"
    assert any(one.is_file() for one in kept.rglob("*"))
    assert {one.name for one in tmp_path.iterdir()} == {"reports", "apart"}
    assert not (tmp_path / "apart" / "probing").exists()
