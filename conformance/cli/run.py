"""`oauth-conformance run`: judges the server of a profile, with pytest as the runner."""

from __future__ import annotations

import datetime
import os
import re
import shlex
import tempfile
from collections.abc import Generator
from pathlib import Path

import click
import pytest

from conformance.errors import UsageError
from conformance.exits import Exit
from conformance.profile import load
from conformance.profile.source import shipped

DEFAULT = "embedded-standard"
_PLUGINS = ("xdist", "pytest_html.plugin", "pytest_metadata.plugin", "conformance.plugin")
"""What a run needs; plugins of the user's environment must not change verdicts."""
_OPTION_ERROR = re.compile(r"(?s).*?error: (.*?)(?:\n  (?:inifile|rootdir): .*)?")


class _InOneSentence:
    """What pytest says of options that it does not know, without its usage."""

    @pytest.hookimpl(wrapper=True)
    def pytest_cmdline_parse(self) -> Generator[None, pytest.Config, pytest.Config]:
        try:
            return (yield)
        except pytest.UsageError as error:
            match = _OPTION_ERROR.fullmatch(str(error))
            raise pytest.UsageError(match.group(1) if match else str(error)) from None


@click.command(
    "run", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": True}
)
@click.option("--output", metavar="DIR", help="where to write [reports/<profile>/<start>]")
@click.option("--check", "checks", multiple=True, metavar="ID", help="only this check")
@click.option("--standards", metavar="A,B", help="judge by these, not by the profile's")
@click.option("--no-waivers", is_flag=True, help="as if there were no known deviations")
@click.option("--gate", type=click.Choice(["must", "should", "none"]), help="what exits with 1")
@click.option("--max-wait", metavar="D", help="longest wait for something to age [60s]")
@click.option("--check-timeout", metavar="D", help="longest time of one check [60s]")
@click.option("--headed", is_flag=True, help="show the browser")
@click.option("--install-browser", is_flag=True, help="install a browser where none is found")
@click.option("--without-browser", is_flag=True, help="fill in plain pages over HTTP")
@click.option("--defect", "defects", multiple=True, metavar="NAME", help="embedded server only")
@click.option("--probe", is_flag=True, help="draw many cases anew where checks generate them")
@click.option(
    "--budget", metavar="N|D", help="with --probe: cases of each such check, or time [200]"
)
@click.option("--seed", metavar="N", help="with --probe: draw the same cases again")
@click.option("--probe-database", metavar="DIR", help="where what broke a rule is kept")
@click.option("-n", "workers", metavar="N", help="how many processes judge [1]")
@click.option("-k", "keyword", metavar="EXPRESSION", help="only checks with such names")
@click.option("--html", metavar="FILE", help="pytest-html's report too")
@click.option("--junitxml", metavar="FILE", help="JUnit XML elsewhere than in the output")
@click.argument("words", metavar="[PROFILE] [PYTEST_OPTIONS]...", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def command(typed: tuple[str, ...], /, words: tuple[str, ...], **told: object) -> int:
    """Tests the server of PROFILE (a file, a folder or a shipped name) and writes a report.

    Without PROFILE it starts the embedded server and tests that. What is not one of these
    options goes to pytest, and stands behind PROFILE.
    """
    profile, pytest_options = _profile_first(words)
    output = Path(str(told["output"])) if told["output"] else _output(load(profile).name)
    junit = str(told["junitxml"] or output / "junit.xml")
    _alone()
    with tempfile.TemporaryDirectory() as folder:
        ini = Path(folder) / "pytest.ini"
        ini.write_text("[pytest]\n", encoding="utf-8")
        arguments = [
            *("-c", str(ini), f"--rootdir={folder}", "--noconftest", "--pyargs"),
            "conformance.checks",
            *(part for name in _PLUGINS for part in ("-p", name)),
            *("-p", "no:cacheprovider", "-p", "no:terminal"),
            *("--target", profile, "--output", str(output.absolute())),
            *("--junitxml", junit, "--run-command", shlex.join(("oauth-conformance", *typed))),
            *_passed_on(told),
            *_memory(told, output),
            *pytest_options,
        ]
        code = Exit(pytest.main(arguments, plugins=[_InOneSentence()]))
    if not (output / "run.jsonl").is_file():
        _leave_nothing(output, Path(junit), Path(str(told["html"] or junit)))
    return code


def _profile_first(words: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The profile and what goes to pytest. A profile behind the latter is refused: it would be
    the value of an option, or a path of tests, and another server would be judged."""
    if words and not words[0].startswith("-"):
        return words[0], words[1:]
    for word in words:
        if word in shipped() or Path(word).exists():
            raise UsageError(f'the profile "{word}" must stand before options that go to pytest')
    return DEFAULT, words


def _leave_nothing(output: Path, *files: Path) -> None:
    """Takes away what pytest writes of a run that has not begun: files about no test at all."""
    for file in files:
        if file.is_file():
            file.unlink()
    if output.is_dir() and not any(output.iterdir()):
        output.rmdir()


def _output(name: str) -> Path:
    stamp = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d_%H-%M-%S")
    return Path("reports") / name / stamp


def _memory(told: dict[str, object], output: Path) -> list[str]:
    """Where a run that probes keeps what it found: beside the runs of its profile, for the next."""
    unasked = not told["probe"] or told["seed"]  # A seed draws from nothing else.
    if unasked and not told["probe_database"]:
        return []
    folder = told["probe_database"] or (output if told["output"] else output.parent) / "probing"
    return ["--probe-database", str(folder)]


def _alone() -> None:
    # The user's options, reruns and warning filters are for their tests, not for verdicts.
    os.environ.pop("PYTEST_ADDOPTS", None)
    os.environ.pop("PYTEST_PLUGINS", None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"


def _passed_on(told: dict[str, object]) -> list[str]:
    """The options of ours and of pytest's that were given, as pytest takes them."""
    found: list[str] = []
    for name in ("standards", "gate", "max_wait", "check_timeout", "budget", "seed"):
        if told[name]:
            found += [f"--{name.replace('_', '-')}", str(told[name])]
    for name in ("no_waivers", "headed", "install_browser", "without_browser", "probe"):
        if told[name]:
            found.append(f"--{name.replace('_', '-')}")
    for name, option in (("checks", "--check"), ("defects", "--defect")):
        values = told[name]
        for value in values if isinstance(values, tuple) else ():
            found += [option, str(value)]
    for name, option in (("workers", "-n"), ("keyword", "-k")):
        if told[name]:
            found += [option, str(told[name])]
    if told["html"]:
        found += [f"--html={told['html']}", "--self-contained-html"]
    return found
