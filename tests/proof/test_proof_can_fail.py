"""The proof itself can fail: on checks that see nothing, or that accuse everybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from conformance.check import Check
from conformance.defects import catalogue
from conformance.defects.record import Defect, same
from conformance.errors import ControlRefused
from conformance.exits import Exit
from conformance.model import Verdict
from conformance.plugin.selection import CHECKS, identity
from conformance.protocol.request import Replace, Without
from tests.proof import test_matrix, test_sound
from tests.proof.changes import compared
from tests.proof.harness import Judged, judge

CHECK = "redirect_uri.foreign_redirect_uri_is_refused"
OTHER = "redirect_uri.any_loopback_port_is_taken"
STANDARD = "embedded-standard"


@dataclass(frozen=True)
class Instead:
    """The plugin that puts another body in the place of a check's, under a changed header."""

    source: str
    header: dict[str, Any] = field(default_factory=dict)
    check: str = CHECK

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        for item in items:
            if identity(item) == self.check:
                body = self._body()
                for name, value in vars(item.obj).items():
                    known = isinstance(value, Check)
                    setattr(body, name, replace(value, **self.header) if known else value)
                item.obj = body

    def _body(self) -> Callable[..., None]:
        # In the room of checks: else its assertions would be none of theirs.
        names: dict[str, Any] = {
            "ControlRefused": ControlRefused,
            "Replace": Replace,
            "Without": Without,
            "replace": replace,
        }
        code = f"def body(flow):\n    {self.source}\n"
        exec(compile(code, str(CHECKS / "test_redirect_uri.py"), "exec"), names)
        body: Callable[..., None] = names["body"]
        return body


def run(source: str, **header: Any) -> Judged:
    """The run of one check with another body, and with other values in its header."""
    return judge(STANDARD, checks=[CHECK], plugins=[Instead(source, header)])


@pytest.mark.parametrize(
    ("source", "verdict", "code"),
    [
        ("flow.authorize()", Verdict.PASSED, Exit.CONFORMS),
        ("assert False, 'it did wrong'", Verdict.FAILED, Exit.VIOLATION),
        ("raise KeyError('unexpected')", Verdict.BROKEN, Exit.NOTHING_JUDGED),
        ("raise ControlRefused('It does not work.')", Verdict.INCONCLUSIVE, Exit.NOTHING_JUDGED),
    ],
    ids=["returns", "asserts", "breaks", "control-refused"],
)
def test_a_check_gets_the_verdict_of_what_it_does(
    source: str, verdict: Verdict, code: Exit
) -> None:
    judged = run(source)

    assert judged.outcomes[CHECK].verdict is verdict, judged.explain(*Verdict)
    assert judged.exit_code == code


@pytest.mark.parametrize(
    "header",
    [
        {"requirements": ("rfc6749-no-such-duty",)},
        {"requirements": ()},
        {"sentence": ""},
        {"remedy": ""},
    ],
    ids=["unknown-requirement", "no-requirement", "no-docstring", "no-remedy"],
)
def test_a_check_with_a_faulty_header_is_a_bug_and_no_pass(header: dict[str, Any]) -> None:
    judged = run("flow.authorize()", **header)

    assert judged.outcomes[CHECK].verdict is Verdict.BROKEN, judged.explain(*Verdict)
    assert judged.exit_code == Exit.NOTHING_JUDGED


def proved(
    monkeypatch: pytest.MonkeyPatch, defect: Defect, record: dict[str, str] | None = None
) -> None:
    """Puts a defect to the matrix as if it were the only one, with what it changes as record."""
    monkeypatch.setattr(catalogue, "ALL", (defect,))
    sound = {STANDARD: judge(STANDARD, checks=defect.kills)}
    found = {CHECK: "failed"} if record is None else record
    test_matrix.test_a_defect_changes_what_the_record_has(defect, sound, {defect.name: found})


def finds() -> Defect:
    """A defect that one check finds."""
    return replace(next(one for one in catalogue.ALL if CHECK in one.kills), kills=(CHECK,))


def test_the_matrix_takes_a_defect_that_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    proved(monkeypatch, finds())


def test_the_matrix_fails_where_a_defect_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AssertionError):
        proved(monkeypatch, replace(finds(), change=same))


def test_the_matrix_fails_where_the_twin_is_accused_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AssertionError):
        proved(monkeypatch, replace(finds(), base=finds().change))


@pytest.mark.parametrize("record", [{}, {CHECK: "warned"}, {CHECK: "failed", OTHER: "failed"}])
def test_the_matrix_fails_where_the_record_has_something_else(
    record: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AssertionError):
        proved(monkeypatch, finds(), record)


def test_the_sound_test_fails_where_something_is_found() -> None:
    judged = judge(STANDARD, defects=[finds().name], checks=[CHECK])

    with pytest.raises(AssertionError, match=CHECK):
        test_sound.test_nothing_is_found_on_the_sound_server({STANDARD: judged}, STANDARD)


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("flow.authorize(Replace('redirect_uri', 'https://evil.example/'))", set()),
        (
            "flow.visit(flow.draft(Without('scope'), verifier='v' * 43), 'state left out')",
            {"scope"},
        ),
        (
            "flow.redeem(replace(flow.grant(), redirect_uri=None), Without('code'))",
            {"redirect_uri"},
        ),
    ],
    ids=["what-it-says", "something-else", "more-than-it-says"],
)
def test_a_change_that_is_not_said_is_seen(source: str, seen: set[str]) -> None:
    (change,) = compared(run(source).outcomes[CHECK])

    assert change.base is not None
    assert change.other == seen, str(change)
    assert change.holds is not bool(seen)
