"""Runs in every process that runs checks: selects, orders, plants, proves, judges."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any

import pytest

from conformance.errors import (
    BrowserMissing,
    Inconclusive,
    NotApplicable,
    NotRun,
    ServerUnreachable,
    TlsFailed,
    UsageError,
)
from conformance.exits import Exit
from conformance.model import Outcome, Phase, Verdict, dump
from conformance.plugin.bench import Bench
from conformance.plugin.fixtures import BARE, BENCH, FLOWS
from conformance.plugin.gate import matches, refuse_unknown
from conformance.plugin.launch import ISSUER, UNSTARTED, WORKER_ISSUER, WORKER_UNSTARTED
from conformance.plugin.options import Options
from conformance.plugin.probing import REPEAT, thoroughness
from conformance.plugin.selection import (
    JUDGED,
    Judged,
    identity,
    in_order,
    is_check,
    judged,
    was_a_choice,
)
from conformance.plugin.verdicts import PASSED, Judgement, judge
from conformance.requirements import load
from conformance.target.flow import Flow

OUTCOME = "conformance_outcome"
"""The attribute of a report that carries the outcome, as JSON, to the controller."""

VERDICT = "conformance_verdict"
"""The attribute of a report that names the verdict of its phase."""

DESELECTED = "conformance_deselected"
"""The key under which a worker tells the controller which checks were not selected."""

REFUSED = "conformance_refused"
"""The key under which a worker tells the controller that it does not run: exit code and why."""

FAULT = pytest.StashKey[str]()
"""Why this process does not run, where that is no fault of the user's: in one sentence."""

CHOSEN = pytest.StashKey[bool]()
"""Whether the checks of this process were chosen: without it there is nothing to report on."""

_ENOUGH = 5
"""So many checks in a row without any answer, and the server is taken for gone."""

_STORY = pytest.StashKey[tuple[int, int, float]]()
_JUDGEMENT = pytest.StashKey[Judgement]()


class Judging:
    """The hooks of one process."""

    def __init__(self, config: pytest.Config, options: Options) -> None:
        self.options = options
        self._config = config
        self.catalogue = load()
        told = getattr(config, "workerinput", {})
        for key, name in ((ISSUER, WORKER_ISSUER), (UNSTARTED, WORKER_UNSTARTED)):
            if told.get(name) is not None:
                config.stash[key] = told[name]
        self._unanswered = 0
        self._gone = ""
        self.bench = Bench(options, config.stash)
        config.stash[BENCH] = self.bench

    # Selection and order

    @pytest.hookimpl(wrapper=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> Generator[None, Any, Any]:
        try:
            result = yield
            if FAULT in config.stash:
                return self._stop(config, items, config.stash[FAULT])
            self._choose(config, items)
        except (UsageError, pytest.UsageError) as error:
            self._refuse(config, items, str(error))
            return None
        config.stash[CHOSEN] = True
        return result

    def _choose(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        checks = [item for item in items if is_check(item)]
        self._refuse_unknown_ids([identity(item) for item in checks])
        standards = self.bench.standards
        self.catalogue.claimed(standards)
        found: list[pytest.Item] = []
        left_out: list[pytest.Item] = []
        for item in checks:
            one = judged(item, self.catalogue, standards)
            item.stash[JUDGED] = one
            item.extra_keyword_matches.add(one.id)
            chosen = not self.options.checks or any(
                matches(check, one.id) for check in self.options.checks
            )
            (found if chosen and (one.claimed or one.problem) else left_out).append(item)
        if left_out:
            config.hook.pytest_deselected(items=left_out)
        waits = {
            item.stash[JUDGED].id: self.bench.planting.wait_of(item.stash[JUDGED]) for item in found
        }
        others = [item for item in items if not is_check(item)]
        items[:] = [*others, *in_order(found, waits)]

    def _refuse_unknown_ids(self, known: list[str]) -> None:
        profile = self.options.profile
        where = str(profile.path)
        refuse_unknown(self.options.checks, known, "check", "--check")
        waivers = profile.known_deviations
        refuse_unknown([w.check for w in waivers if w.check], known, "check", where)
        refuse_unknown([s.check for s in profile.skips], known, "check", where)
        requirements = [w.requirement for w in waivers if w.requirement]
        refuse_unknown(requirements, self.catalogue, "requirement", where)

    def _refuse(self, config: pytest.Config, items: list[pytest.Item], sentence: str) -> None:
        # A UsageError inside a worker is an INTERNALERROR of pytest: the controller raises it.
        output = getattr(config, "workeroutput", None)
        if output is None:
            raise pytest.UsageError(sentence) from None
        output[REFUSED] = (int(Exit.REFUSED), sentence)
        items.clear()

    def _stop(self, config: pytest.Config, items: list[pytest.Item], sentence: str) -> None:
        output = getattr(config, "workeroutput", None)
        if output is None:
            pytest.exit(sentence, returncode=Exit.OURS)
        output[REFUSED] = (int(Exit.OURS), sentence)
        items.clear()

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Without one of its modules a run would say too much, and with workers look whole."""
        report = yield
        if report.failed and FAULT not in self._config.stash:
            *_, last = (line for line in report.longreprtext.splitlines() if line.strip())
            what = last.removeprefix("E  ").strip()
            self._config.stash[FAULT] = f"{collector.path.name} cannot be collected: {what}"
        return report

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Plants what the selected checks want aged: fixtures would make it too late."""
        if session.config.option.collectonly:
            return
        for item in session.items:
            one = item.stash.get(JUDGED, None)
            if one is not None and one.header is not None and one.header.ages is not None:
                self.bench.planting.plant(one)

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        output = getattr(self._config, "workeroutput", None)
        if output is not None:
            ids = [identity(item) for item in items if is_check(item) and was_a_choice(item)]
            output[DESELECTED] = [*output.get(DESELECTED, ()), *ids]

    # One check

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        one = item.stash.get(JUDGED, None)
        if one is None:
            return
        recorder = self.bench.recorder
        item.stash[_STORY] = (recorder.mark(), recorder.mark_pictures(), time.monotonic())
        item.stash[FLOWS] = []
        item.stash[BARE] = []
        self.bench.begin(self.options.check_timeout)
        if one.problem is not None or one.header is None:
            raise RuntimeError(one.problem)
        if self._unanswered >= _ENOUGH:
            raise ServerUnreachable(self._gone)
        for skip in self.options.profile.skips:
            if matches(skip.check, one.id):
                raise NotRun(f"The profile skips it: {skip.reason}")
        for feature in one.needs:
            self.bench.server.require(feature)
        self.bench.planting.admit(one)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        one = item.stash.get(JUDGED, None)
        if one is None or one.header is None:
            return (yield)
        recorder = self.bench.recorder
        # What the opening control showed may be the evidence that a feature is not offered.
        for feature in one.needs:
            self.bench.server.require(feature)
        self.bench.begin(self.options.check_timeout)
        before, place = recorder.recorded, recorder.mark()
        try:
            with recorder.during(Phase.ACT):
                result = yield
        except AssertionError as violation:
            if not any(control.granted_last for control in item.stash[FLOWS]):
                self._close(item, violation, sent=recorder.recorded > before)
            raise
        except NotApplicable:
            # What the act met, or did not, may be the reason: evidence where the server works.
            # That goes for what an earlier check met, too.
            if recorder.mark() > place or self.bench.server.metadata is None:
                self._take_a_flow(item)
                self._close(item, None, sent=True)
            raise
        self._close(item, None, sent=recorder.recorded > before, passing=True)
        if recorder.mark() == item.stash[_STORY][0]:
            raise RuntimeError("The check returned without any exchange behind it.")
        return result

    def _take_a_flow(self, item: pytest.Item) -> None:
        """Gives a check without any flow the main one for its control."""
        if not item.stash[FLOWS] and not item.stash[BARE]:
            item.stash[FLOWS].append(self.bench.flow(*self.bench.planted_roles))

    def _close(
        self,
        item: pytest.Item,
        violation: AssertionError | None,
        *,
        sent: bool,
        passing: bool = False,
    ) -> None:
        """The closing control: every flow that the check used, or one for what it sent else."""
        self.bench.begin(self.options.check_timeout)
        flows = [flow for flow in item.stash[FLOWS] if flow.used]
        try:
            if flows or item.stash[FLOWS]:
                for flow in flows or item.stash[FLOWS][: int(sent)]:
                    flow.prove(Phase.CONTROL_AFTER, passing=passing)
            elif item.stash[BARE]:
                self._close_bare(item.stash[BARE], violation)
        except (Inconclusive, BrowserMissing) as error:
            seen = "" if violation is None else f" The check had seen: {violation}"
            raise type(error)(f"The control after the check failed: {error}{seen}") from error

    def _close_bare(self, flows: list[Flow], violation: AssertionError | None) -> None:
        """The closing control of flows that are the act themselves.

        One that was granted nothing proves itself before a pass. Before a violation another client
        shows that the server works: this one cannot.
        """
        for flow in flows:
            if not flow.used or flow.granted_last:
                continue
            if violation is None:
                flow.prove(Phase.CONTROL_AFTER)
            else:
                self.bench.witness(flow)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        one = item.stash.get(JUDGED, None)
        if one is None:
            return report
        error = None if call.excinfo is None else call.excinfo.value
        if isinstance(error, pytest.exit.Exception | KeyboardInterrupt):
            return report
        now = judge(one, report.when, error)
        before = item.stash.get(_JUDGEMENT, PASSED)
        # A fault in teardown is a bug of ours; it wins over a pass, never over a finding.
        judgement = now if before is PASSED else before
        item.stash[_JUDGEMENT] = judgement
        self._shape(report, now)
        self._count(item, error)
        if report.when == "teardown":
            outcome = self._outcome(item, one, judgement)
            setattr(report, OUTCOME, dump(outcome))
            report.user_properties += _properties(outcome)
            item.user_properties += _properties(outcome)
        return report

    def _count(self, item: pytest.Item, error: BaseException | None) -> None:
        """Counts the checks in a row that met nobody: each may have waited for long."""
        exchanges = self.bench.recorder.raw_since(item.stash[_STORY][0])
        if any(exchange.answered for exchange in exchanges):
            self._unanswered = 0
        elif isinstance(error, TlsFailed):
            # It is there, and what is about TLS can say what is wrong with it.
            return
        elif isinstance(error, ServerUnreachable) and self._unanswered < _ENOUGH:
            self._unanswered += 1
            self._gone = str(error)

    def _shape(self, report: pytest.TestReport, judgement: Judgement) -> None:
        """Gives the report the pytest outcome of the verdict table, and nothing secret."""
        redact = self.bench.recorder.redactor.redact
        report.sections = [(name, redact(text)) for name, text in report.sections]
        words = judgement.seen or judgement.reason
        setattr(report, VERDICT, judgement.verdict.value)
        match judgement.verdict:
            case Verdict.PASSED:
                return
            case Verdict.WARNED:
                report.outcome = "passed"
                report.longrepr = None
            case Verdict.NOT_APPLICABLE | Verdict.NOT_RUN:
                report.outcome = "skipped"
                path, line, _ = report.location
                report.longrepr = (path, line or 0, f"{judgement.verdict.words}: {redact(words)}")
            case Verdict.BROKEN:
                report.outcome = "failed"
                report.longrepr = redact(str(report.longrepr))
            case _:
                report.outcome = "failed"
                report.longrepr = f"{judgement.verdict.words}: {redact(words)}"

    def _outcome(self, item: pytest.Item, one: Judged, judgement: Judgement) -> Outcome:
        recorder = self.bench.recorder
        redact = recorder.redactor.redact
        mark, pictures, started = item.stash[_STORY]
        header = one.header
        accused = judgement.verdict in {Verdict.FAILED, Verdict.WARNED}
        return Outcome(
            id=one.id,
            subject=one.subject,
            verdict=judgement.verdict,
            level=one.level,
            requirements=one.claimed or (() if header is None else header.requirements),
            sentence="" if header is None else header.sentence,
            expected="" if header is None else header.sentence,
            seen=redact(judgement.seen),
            reason=redact(judgement.reason) or thoroughness(item),
            severity=one.severity,
            gain=one.gain if accused else "",
            advisories=one.advisories if accused else (),
            remedy="" if header is None else header.remedy,
            seconds=round(time.monotonic() - started, 3),
            transcript=recorder.since(mark),
            screenshots=recorder.pictures_since(pictures),
            repeat=item.stash.get(REPEAT, self.options.repeat(one.id)),
            disputable=one.disputable,
        )

    def pytest_unconfigure(self) -> None:
        self.bench.close()


def _properties(outcome: Outcome) -> list[tuple[str, object]]:
    return [
        ("verdict", outcome.verdict.value),
        ("requirements", " ".join(outcome.requirements)),
        ("level", outcome.level),
    ]
