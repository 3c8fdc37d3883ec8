"""A check that generates its cases: what it says, when it gives up, and how it is repeated."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.exits import Exit
from conformance.model import Outcome, Phase, Verdict
from conformance.plugin import probing
from conformance.server import running
from conformance.server.answers import Answer, Message
from conformance.server.keys import Keys, Read, decode, encode, verified_rs256
from tests.cli.calling import call
from tests.proof.harness import Judged, judge

SPELLINGS = "probing_redirect_uri.browser_is_sent_to_no_other_spelling[request]"
STATE = "probing_state.printable_state_comes_back"
FAULT = "empty user name in a redirect URI dropped"
PROBE = ("--in-process", "--probe", "--budget", "100")


@contextmanager
def rules(**changed: object) -> Iterator[None]:
    """Within it the embedded server has these rules."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "watched", lambda sound: (replace(sound, **changed), set[str]()))
        yield


def only(judged: Judged) -> Outcome:
    (selected,) = judged.run.header.selected
    return judged.outcomes[selected]


def test_a_finding_has_the_smallest_input_two_controls_and_the_command_that_repeats_it() -> None:
    judged = judge(
        "embedded-standard", defects=[FAULT], checks=[SPELLINGS], options=(*PROBE, "--seed", "5")
    )
    outcome = only(judged)
    again = judge(
        "embedded-standard", defects=[FAULT], checks=[SPELLINGS], options=(*PROBE, "--seed", "5")
    )

    assert outcome.verdict is Verdict.FAILED
    assert "'https://@client.example/callback'" in outcome.seen
    assert only(again).seen == outcome.seen
    phases = [exchange.phase for exchange in outcome.transcript]
    first, last = phases.index(Phase.ACT), len(phases) - phases[::-1].index(Phase.ACT)
    assert Phase.CONTROL_BEFORE in phases[:first]
    assert last < len(phases) or "with a code" in outcome.seen or "is sent" in outcome.seen
    words = shlex.split(outcome.repeat)
    assert words[words.index("--check") + 1] == SPELLINGS
    assert words[-5:] == ["--probe", "--budget", "100", "--seed", "5"]


def test_without_probing_the_cases_are_few_and_always_the_same() -> None:
    first, second = (only(judge("embedded-standard", checks=[STATE])) for _ in range(2))

    assert first.verdict is second.verdict is Verdict.PASSED
    assert first.reason == second.reason == "20 generated cases were tried."
    assert "--probe" not in first.repeat
    assert len(first.transcript) < 30


def test_what_was_found_is_tried_first_in_the_next_run(tmp_path: Path) -> None:
    options = (*PROBE, "--probe-database", str(tmp_path / "kept"))
    with rules(redirect_uri_matches=lambda _, given: given.isprintable()):  # Any seed finds this.
        first, second = (
            only(judge("embedded-standard", checks=[SPELLINGS], options=options)) for _ in range(2)
        )
    mended = only(judge("embedded-standard", checks=[SPELLINGS], options=options))

    assert "of what" in first.seen
    assert "--seed" in first.repeat
    assert "known from an earlier run" in second.seen
    assert "--seed" not in second.repeat
    assert mended.verdict is Verdict.PASSED


def limited(after: int, header: tuple[tuple[str, str], ...]) -> Callable[[Message, Answer], Answer]:
    """A server that answers its authorization requests with 429, for one, after so many."""
    seen: list[str] = []

    def answer(message: Message, usual: Answer) -> Answer:
        if message.path != "/authorize":
            return usual
        seen.append(message.query)
        return Answer(429, "", header) if len(seen) == after else usual

    return answer


def test_a_server_that_asks_for_peace_is_left_alone() -> None:
    with rules(answer_to=limited(10, ())):
        judged = judge("embedded-standard", checks=[STATE], options=PROBE)
    outcome = only(judged)

    assert outcome.verdict is Verdict.INCONCLUSIVE
    assert "fewer requests" in outcome.reason
    assert outcome.transcript[-1].status == 429


def test_a_short_pause_is_made_where_the_server_asks_for_one() -> None:
    with rules(answer_to=limited(10, (("Retry-After", "0"),))):
        judged = judge("embedded-standard", checks=[STATE], options=PROBE)

    assert only(judged).verdict is Verdict.PASSED


def falling(from_request: int) -> Callable[[Message], bool]:
    """A server whose authorization endpoint falls over for good, after so many requests."""
    seen: list[str] = []

    def falls_over(message: Message) -> bool:
        seen.extend([message.query] if message.path == "/authorize" else [])
        return len(seen) >= from_request

    return falls_over


def test_a_server_that_fails_again_and_again_is_not_asked_any_more() -> None:
    with rules(falls_over=falling(12)):
        judged = judge("embedded-standard", checks=[SPELLINGS], options=PROBE)
    outcome = only(judged)

    assert outcome.verdict is Verdict.INCONCLUSIVE
    assert "3 generated cases in a row were answered with server errors" in outcome.reason
    assert "then the server did not work" in outcome.reason


def test_a_server_that_falls_over_odd_cases_alone_is_asked_on() -> None:
    good = "redirect_uri=https%3A%2F%2Fclient.example%2Fcallback&"

    def falls_over(message: Message) -> bool:
        return message.path == "/authorize" and good not in message.query

    with rules(falls_over=falls_over):
        judged = judge("embedded-standard", checks=[SPELLINGS], options=PROBE)

    assert only(judged).verdict is Verdict.PASSED
    assert only(judged).reason == "100 generated cases were tried."


def test_what_is_not_seen_again_is_no_finding() -> None:
    seen: list[str] = []

    def once(state: str) -> str:
        seen.append(state)
        return "another" if len(seen) == 9 else state

    with rules(state_in_response=once):
        judged = judge("embedded-standard", checks=[STATE], options=(*PROBE, "--seed", "3"))

    assert only(judged).verdict is Verdict.INCONCLUSIVE
    assert "Tried 5 times again, it did not" in only(judged).reason
    assert "--seed 3" in only(judged).reason


def test_what_chance_decides_is_a_finding_once_it_is_seen_again() -> None:
    seen: list[str] = []

    def now_and_then(state: str) -> str:
        seen.append(state)
        return "another" if len(seen) > 8 and len(seen) % 3 == 0 else state

    with rules(state_in_response=now_and_then):
        judged = judge("embedded-standard", checks=[STATE], options=(*PROBE, "--seed", "3"))

    assert only(judged).verdict is Verdict.FAILED
    assert judged.run.header.selected == (STATE,)


def lenient(token: str, keys: Keys) -> Read:
    """A reader that takes every spelling of the signature's bytes."""
    data, _, signature = token.strip().rpartition(".")
    return verified_rs256(f"{data}.{encode(decode(signature.rstrip('=')))}", keys)


def test_other_spellings_of_a_signature_are_observed_where_they_are_served() -> None:
    check = "probing_access_token.changed_bit_is_refused"
    with rules(access_token_read=lenient):
        judged = judge("embedded-standard", checks=[check])
    strict = judge("embedded-standard", checks=[check])

    (seen,) = judged.run.observations
    assert "other spellings of the same bytes" in seen.sentence
    assert {exchange.status for exchange in seen.transcript} >= {200}
    assert only(judged).verdict is Verdict.PASSED
    assert strict.run.observations == ()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--budget", "5"], "--budget goes with --probe"),
        (["--seed", "5"], "--seed goes with --probe"),
        (["--probe-database", "x"], "--probe-database goes with --probe"),
        (["--probe", "--budget", "many"], '--budget is "many"'),
        (["--probe", "--budget", "0"], '--budget is "0"'),
        (["--probe", "--seed", "x"], '--seed is "x"'),
        (["--probe", "--seed", "1", "--probe-database", "x"], "does not go with --seed"),
    ],
)
def test_options_that_do_not_hold_are_refused(
    options: list[str], words: str, tmp_path: Path
) -> None:
    done = call("run", "embedded-standard", *options, folder=tmp_path)

    assert done.returncode == Exit.REFUSED
    assert words in done.stderr


def test_a_time_is_a_budget_too(tmp_path: Path) -> None:
    outcome = only(
        judge(
            "embedded-standard",
            checks=[STATE],
            options=("--in-process", "--probe", "--budget", "1s", "--seed", "1"),
        )
    )

    assert outcome.verdict is Verdict.PASSED
    assert int(outcome.reason.split()[0]) > 5


def test_patience_has_an_end() -> None:
    with rules(answer_to=limited(10, (("Retry-After", str(int(probing._PATIENCE) + 1)),))):
        judged = judge("embedded-standard", checks=[STATE], options=PROBE)

    assert only(judged).verdict is Verdict.INCONCLUSIVE
