"""Runs once, where the run is steered: run file, gate, exit code, progress, reports."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import pytest
from rich.console import Console

from conformance import __version__
from conformance.errors import Inconclusive, ServerUnreachable, UsageError
from conformance.model import Footer, Header, Observation, Outcome, Run, Verdict
from conformance.plugin.bench import Bench
from conformance.plugin.drawing import SEED
from conformance.plugin.enrolling import LEFT, LEFT_BEHIND
from conformance.plugin.fixtures import BENCH
from conformance.plugin.gate import Exit, Gate
from conformance.plugin.judging import CHOSEN, DESELECTED, FAULT, OUTCOME, REFUSED, VERDICT
from conformance.plugin.launch import (
    ISSUER,
    UNSTARTED,
    WORKER_ISSUER,
    WORKER_UNSTARTED,
    started,
)
from conformance.plugin.observations import OBSERVATIONS
from conformance.plugin.options import OUTPUT, TURNS, Options
from conformance.plugin.progress import Progress
from conformance.plugin.recording import RunFile
from conformance.plugin.selection import identity, identity_of, was_a_choice
from conformance.reporting import html, terminal
from conformance.requirements import load

_MISSING = "No verdict came: the process that ran this check ended, or the run was cut short."
_STAY = "Registered for this run, and not deleted by the server (RFC 7592, 2.3); they stay there:"
_INTERRUPTED = "The run was interrupted before this check."


class Reporting:
    """The hooks of the process that steers the run; with workers the only one that writes."""

    def __init__(self, config: pytest.Config, options: Options) -> None:
        self.options = options
        self.started = datetime.datetime.now(datetime.UTC)
        self.output = options.output.absolute()
        if not config.option.collectonly:
            _make(self.output)
        waivers = options.profile.known_deviations if options.waivers else ()
        self.gate = Gate(options.gate, waivers, datetime.date.today())
        self.progress = Progress(quiet=not options.own_output)
        self._config = config
        self._closing = ExitStack()
        self._file: RunFile | None = None
        self._selected: tuple[str, ...] = ()
        self._deselected: set[str] = set()
        self._refused: tuple[int, str] | None = None
        self._distributed = False
        self._run: Run | None = None
        self._left: list[str] = []

    # The server, where the profile starts one

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        script = self.options.profile.server.start
        if script is None or session.config.option.collectonly:
            return
        stash = session.config.stash
        try:
            stash[ISSUER] = self._closing.enter_context(started(script, self.output / "server.log"))
        except ServerUnreachable as error:
            stash[UNSTARTED] = str(error)

    def pytest_unconfigure(self) -> None:
        self._closing.close()
        if self.options.own_output:
            self._tell(Console(highlight=False))

    # What was selected

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if CHOSEN in session.config.stash and not session.config.option.collectonly:
            self._begin([identity(item) for item in session.items])

    def pytest_deselected(self, items: Iterable[pytest.Item]) -> None:
        self._deselected |= {identity(item) for item in items if was_a_choice(item)}

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput[OUTPUT] = str(self.output)
        node.workerinput[SEED] = self.options.drawing.seed
        node.workerinput[WORKER_ISSUER] = self._config.stash.get(ISSUER, None)
        node.workerinput[WORKER_UNSTARTED] = self._config.stash.get(UNSTARTED, None)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        # Workers that refuse select nothing, and say why when they end.
        self._distributed = True
        if self._file is None and ids:
            self._begin(list(map(identity_of, ids)))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        output = getattr(node, "workeroutput", {})
        self._refused = output.get(REFUSED, self._refused)
        self._deselected |= set(output.get(DESELECTED, ()))
        self._left += output.get(LEFT, ())

    def _begin(self, selected: list[str]) -> None:
        profile = self.options.profile
        self._selected = tuple(selected)
        bench = self._config.stash[BENCH]
        header = Header(
            suite=__version__,
            profile={"name": profile.name, "digest": profile.digest},
            target=_target(bench),
            standards=tuple(sorted(bench.standards)),
            selected=self._selected,
            started=self.started.isoformat(timespec="seconds"),
            command=self.options.command,
            gate=self.options.gate,
        )
        self._file = RunFile(self.output / "run.jsonl", header)
        self.progress.begin(len(selected), profile.server.name or profile.name)

    # What came of it

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if self._file is not None:
            told = map(json.loads, getattr(report, OBSERVATIONS, ()))
            self._file.observe(map(Observation.from_json, told))
        data = getattr(report, OUTCOME, None)
        if data is None or self._file is None:
            return
        outcome = self.gate.waived(Outcome.from_json(json.loads(data)))
        self._file.add(outcome)
        self.progress.advance(outcome)

    def pytest_report_teststatus(
        self, report: pytest.TestReport
    ) -> tuple[str, str, str | tuple[str, dict[str, bool]]] | None:
        verdict = getattr(report, VERDICT, None)
        if verdict is None:
            return None
        finding = verdict != Verdict.PASSED.value
        if report.when != "call" and not (report.when == "setup" and finding):
            return ("", "", "") if not report.failed else None
        word = Verdict(verdict)
        return _category(word), word.letter, word.words.upper()

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        self.progress.end()
        (self.output / TURNS).unlink(missing_ok=True)
        fault = session.config.stash.get(FAULT, None)
        refused = self._refused or (None if fault is None else (int(Exit.OURS), fault))
        if refused is not None:
            session.exitstatus, sentence = refused
            Console(stderr=True, highlight=False, markup=False, soft_wrap=True).print(
                f"ERROR: {sentence}", style="red"
            )
            return
        if self._file is None and self._distributed and not session.config.option.collectonly:
            self._begin([])
        if self._file is None:
            return
        finished = {outcome.id for outcome in self._file.outcomes}
        interrupted = exitstatus in (Exit.INTERRUPTED, Exit.OURS, Exit.REFUSED)
        for missing in self._selected:
            if missing not in finished:
                self._file.add(_unfinished(missing, exitstatus == Exit.INTERRUPTED))
        for left_out in sorted(self._deselected - finished - set(self._selected)):
            self._file.add(_not_selected(left_out))
        outcomes = tuple(o for o in self._file.outcomes if o.id not in self._deselected)
        code = Exit(exitstatus) if interrupted else self.gate.exit_code(outcomes)
        session.exitstatus = code
        counts = {verdict.value: 0 for verdict in Verdict}
        for outcome in self._file.outcomes:
            counts[outcome.verdict.value] += 1
        finish = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        footer = Footer(finish, int(code), counts, self.gate.problems(outcomes))
        self._run = self._file.close(footer)
        document = html.render(self._run, load(), self._screenshot)
        (self.output / "report.html").write_text(document, encoding="utf-8")

    def _screenshot(self, file: str) -> bytes | None:
        path = self.output / file
        return path.read_bytes() if path.is_file() else None

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        self._tell(Console(file=terminalreporter._tw._file, highlight=False))

    def _tell(self, console: Console) -> None:
        if self._run is None:
            return
        with console.capture() as said:
            for part in terminal.findings(self._run, load()):
                console.print(part)
            left = [*self._config.stash.get(LEFT_BEHIND, ()), *self._left]
            if left:
                console.print(f"\n{_STAY}\n  {', '.join(left)}", soft_wrap=True)
            console.print(f"\nReport: {self.output / 'report.html'}", soft_wrap=True)
        try:
            for line in said.get().splitlines():
                console.file.write(f"{line.rstrip()}\n")
            console.file.flush()
        except BrokenPipeError:
            # Who reads the first lines only has seen what they wanted; the exit code stays.
            os.dup2(os.open(os.devnull, os.O_WRONLY), console.file.fileno())

    def pytest_report_header(self) -> list[str]:
        profile = self.options.profile
        return [f"oauth-conformance {__version__}: {profile.server.name or profile.name}"]


def _target(bench: Bench) -> dict[str, str]:
    """Name, issuer and endpoints, for the run's header; what cannot be told yet is left out."""
    found: dict[str, str | None] = {"name": bench.profile.server.name}
    with suppress(Inconclusive):
        found["issuer"] = bench.issuer
        for name in ("authorization_endpoint", "token_endpoint"):
            found[name] = bench.server.endpoint(name)
    return {name: url for name, url in found.items() if url}


def _make(folder: Path) -> None:
    """Makes the folder of a run before the first request: what cannot be kept is not begun."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UsageError(f"--output {folder} cannot be written to: {error.strerror}.") from None


def _category(verdict: Verdict) -> str:
    match verdict:
        case Verdict.PASSED:
            return "passed"
        case Verdict.WARNED:
            return "warned"
        case Verdict.FAILED:
            return "failed"
        case Verdict.NOT_APPLICABLE | Verdict.NOT_RUN:
            return "skipped"
        case _:
            return "inconclusive" if verdict is Verdict.INCONCLUSIVE else "broken"


def _unfinished(check: str, interrupted: bool) -> Outcome:
    verdict = Verdict.NOT_RUN if interrupted else Verdict.INCONCLUSIVE
    reason = _INTERRUPTED if interrupted else _MISSING
    return Outcome(check, check.partition(".")[0], verdict, reason=reason)


def _not_selected(check: str) -> Outcome:
    return Outcome(check, check.partition(".")[0], Verdict.NOT_RUN, reason="Not selected.")
