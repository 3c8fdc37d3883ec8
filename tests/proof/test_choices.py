"""What a server may choose, and a check once took for a violation, is accused no more."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from conformance.defects.record import Change, rule
from conformance.model import Verdict
from conformance.server.dialects import DIALECTS
from conformance.server.registrations import Client
from tests.proof.harness import judge

ALWAYS = ("profile", "source:w")
SOUND = (Verdict.PASSED, Verdict.NOT_APPLICABLE)


@dataclass(frozen=True)
class Choice:
    """Rules that a sound server may have, and the checks that once accused it for them."""

    change: Change
    checks: tuple[str, ...]


def all_scopes(asked: tuple[str, ...], client: Client) -> tuple[str, ...]:
    """The scopes that every client is granted, whatever it asks for, and what it asks for."""
    return (*asked, *(one for one in ALWAYS if one not in asked))


CHOICES = {
    "answers without Date": Choice(
        rule(dated=False),
        (
            "introspection.member_is_true[exp]",
            "sender_constraint.access_token_can_be_bound_to_a_key",
            "sender_constraint.bound_access_token_needs_its_key",
        ),
    ),
    "who asks for less is granted all": Choice(
        rule(granted_scope=all_scopes), ("refresh.refresh_does_not_widen_the_scope",)
    ),
}


@pytest.mark.parametrize("choice", CHOICES.values(), ids=CHOICES)
def test_a_choice_is_no_violation(choice: Choice, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = DIALECTS["standard"]
    monkeypatch.setitem(DIALECTS, "standard", lambda: choice.change(usual()))

    judged = judge("embedded-standard", checks=choice.checks)

    selected = {one.partition("[")[0] for one in judged.run.header.selected}
    assert selected == {one.partition("[")[0] for one in choice.checks}
    assert set(judged.selected_with(*SOUND)) == set(judged.run.header.selected), judged.explain(
        *set(Verdict) - set(SOUND)
    )
