"""The plugin's command line options, and what they come to."""

from __future__ import annotations

import datetime
import shlex
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from conformance.defects.catalogue import ALL
from conformance.durations import seconds
from conformance.errors import UsageError
from conformance.plugin import drawing
from conformance.plugin.drawing import Drawing
from conformance.plugin.gate import refuse_unknown
from conformance.profile import Profile, load

_DEFAULT_WAIT = 60
TURNS = ".turns"
"""The file in the output folder by which workers take turns; gone when the run ends."""

OUTPUT = "conformance_output"
"""The key under which the controller tells its workers where the output goes."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("oauth-conformance", "OAuth conformance")
    add = group.addoption
    add("--target", metavar="PROFILE", help="the profile of the server to judge: a file or a name")
    add("--output", metavar="DIR", help="where the run file and the reports go")
    add("--standards", metavar="A,B", help="sets of requirements to judge by, not the profile's")
    add(
        "--check",
        action="append",
        default=[],
        metavar="ID",
        help="only this check (or one variant of it); may be given several times",
    )
    add("--no-waivers", action="store_true", help="judge as if there were no known deviations")
    add(
        "--gate",
        choices=("must", "should", "none"),
        default="must",
        help="what closes the gate (exit 1): violations of MUST, also of SHOULD, or nothing",
    )
    add(
        "--max-wait",
        default=f"{_DEFAULT_WAIT}s",
        metavar="D",
        help="longest wait for something to age",
    )
    add("--check-timeout", default="60s", metavar="D", help="longest time of one check")
    add("--headed", action="store_true", help="show the browser")
    add("--install-browser", action="store_true", help="install a browser where none is found")
    add(
        "--without-browser",
        action="store_true",
        help="fill in plain pages over HTTP; checks that need a browser are not run",
    )
    add(
        "--in-process",
        action="store_true",
        help="the embedded server in this process, without a socket and a browser",
    )
    add(
        "--defect",
        action="append",
        default=[],
        metavar="NAME",
        help="give the embedded server this defect; may be given several times",
    )
    add(
        "--twin-of",
        action="append",
        default=[],
        metavar="NAME",
        help="make the embedded server the sound twin of this defect",
    )
    drawing.pytest_addoption(group)
    add("--run-command", default="", help="what to show as the command of this run")


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one run, checked; durations in seconds."""

    profile: Profile
    output: Path
    standards: tuple[str, ...] | None
    checks: tuple[str, ...]
    waivers: bool
    gate: str
    max_wait: float
    check_timeout: float
    headed: bool
    install_browser: bool
    without_browser: bool
    in_process: bool
    defects: tuple[str, ...]
    twins: tuple[str, ...]
    command: str
    own_output: bool
    target: str
    turns: Path | None = None
    drawing: Drawing = field(default_factory=Drawing)

    def repeat(self, check_id: str, *, by_seed: bool = True) -> str:
        """The command that judges one check again, as it was judged in this run.

        What was remembered is drawn from no seed: without one it is tried first.
        """
        words = ["oauth-conformance", "run", self.target, "--check", check_id]
        for option, values in (("--defect", self.defects), ("--twin-of", self.twins)):
            words += [word for value in values for word in (option, value)]
        if self.standards is not None:
            words += ["--standards", ",".join(self.standards)]
        if self.max_wait != _DEFAULT_WAIT:
            words += ["--max-wait", f"{self.max_wait:g}s"]
        if self.in_process or self.without_browser:
            words.append("--in-process" if self.in_process else "--without-browser")
        return shlex.join([*words, *self.drawing.words(by_seed=by_seed)])


def options_of(config: pytest.Config) -> Options:
    """The options; UsageError with one sentence where one does not hold."""
    get = config.getoption
    _refuse_without_asserts(config)
    profile = load(get("--target"))
    standards = get("--standards")
    defects = tuple(get("--defect"))
    if defects and profile.server.embedded is None:
        raise UsageError("--defect is for the embedded server; this profile names another one.")
    twins = tuple(get("--twin-of"))
    known = [defect.name for defect in ALL]
    refuse_unknown(defects, known, "defect", "--defect")
    refuse_unknown(twins, known, "defect", "--twin-of")
    if get("--in-process") and profile.server.embedded is None:
        raise UsageError("--in-process is for the embedded server; this profile names another.")
    output = _output(config, profile)
    return Options(
        profile=profile,
        output=output,
        standards=None if standards is None else tuple(filter(None, standards.split(","))),
        checks=tuple(get("--check")),
        waivers=not get("--no-waivers"),
        gate=get("--gate"),
        max_wait=_seconds(get("--max-wait"), "--max-wait"),
        check_timeout=_seconds(get("--check-timeout"), "--check-timeout"),
        headed=get("--headed"),
        install_browser=get("--install-browser"),
        without_browser=get("--without-browser") or get("--in-process"),
        in_process=get("--in-process"),
        defects=defects,
        twins=twins,
        command=get("--run-command")
        or "pytest " + " ".join(map(str, config.invocation_params.args)),
        own_output=bool(get("--run-command")),
        target=get("--target"),
        drawing=drawing.drawing_of(config, output),
        turns=_turns(config),
    )


def _output(config: pytest.Config, profile: Profile) -> Path:
    told = getattr(config, "workerinput", {}).get(OUTPUT) or config.getoption("--output")
    return default_output(profile) if told is None else Path(told)


def _turns(config: pytest.Config) -> Path | None:
    """The file by which the workers of a run take turns; None in a process that has no others."""
    told = getattr(config, "workerinput", {}).get(OUTPUT)
    return None if told is None else Path(told) / TURNS


def default_output(profile: Profile) -> Path:
    """Where a run goes that is not told where: a folder of its own, by profile and start (UTC)."""
    stamp = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d_%H-%M-%S")
    return Path("reports") / profile.name / stamp


def _seconds(text: str, option: str) -> float:
    length = seconds(text)
    if length is None:
        raise UsageError(f'{option} is "{text}", which is no duration such as 90s, 10m or 1h.')
    return length


def _refuse_without_asserts(config: pytest.Config) -> None:
    # Without them a check cannot fail: every verdict would be green.
    if sys.flags.optimize:
        raise UsageError("Python runs with -O, which removes asserts: no check could fail.")
    if config.getoption("assertmode") == "plain":
        raise UsageError("--assert=plain takes the reasons out of verdicts; leave it out.")
