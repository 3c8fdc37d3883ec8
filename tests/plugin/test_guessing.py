"""When guessing counts as held back, and what is said where nothing can be guessed."""

from __future__ import annotations

import pytest

from conformance.model import Verdict
from conformance.plugin.guessing import held_back
from tests.proof.harness import judge

PASSWORD = "guessing.guessing_a_password_is_limited"


@pytest.mark.parametrize(
    ("times", "held"),
    [
        ([0.1] * 20, False),
        ([0.1, 0.1, 0.1, 0.4, 0.4, 0.4], False),
        ([0.5, 0.5, 0.5, 1.5, 1.5, 1.5], False),
        ([0.1, 0.1, 0.1, 2.0, 2.0, 0.1], False),
        ([0.1, 0.1, 0.1, 1.0, 2.0, 4.0], True),
        ([4.0, 4.0], False),
    ],
)
def test_answers_are_held_back_when_they_come_much_later(times: list[float], held: bool) -> None:
    assert (held_back(times) is not None) is held


def test_nothing_is_guessed_where_every_password_signs_in() -> None:
    judged = judge("embedded-standard", defects=["any password signs in"], checks=[PASSWORD])

    assert judged.outcomes[PASSWORD].verdict is Verdict.NOT_APPLICABLE
    assert "nothing to guess" in judged.outcomes[PASSWORD].reason


def test_of_a_hundred_guesses_few_are_kept_as_evidence() -> None:
    defect = "secrets can be guessed without end"
    check = "guessing.guessing_a_secret_is_limited[token]"

    judged = judge("embedded-standard", defects=[defect], checks=[check])

    transcript = judged.outcomes[check].transcript
    wrong = [one for one in transcript if one.status == 401]
    assert "100 wrong guesses" in judged.outcomes[check].seen
    assert 10 <= len(wrong) <= 20
