"""The tools around real servers, on runs that are written down here."""

from __future__ import annotations

from collections import Counter

from conformance.model import Header, Outcome, Run, Verdict
from tests.real.stability import order, same, verdicts
from tests.real.tables import rows, table, with_table
from tests.real.test_whole_runs import listed_in

HEADER = Header("1", {}, {}, (), (), "", "")


def outcome(check: str, verdict: Verdict, reason: str = "") -> Outcome:
    return Outcome(id=check, subject="server", verdict=verdict, reason=reason)


OUTCOMES = (
    outcome("a.one[x]", Verdict.NOT_APPLICABLE, "The metadata has no op_tos_uri."),
    outcome("a.one[y]", Verdict.NOT_APPLICABLE, "The metadata has no op_policy_uri."),
    outcome("a.one[z]", Verdict.NOT_APPLICABLE, "The token has no aud | exp."),
    outcome("b.two", Verdict.NOT_APPLICABLE, "The metadata has no jwks_uri."),
    outcome("b.three", Verdict.NOT_RUN, "It takes two clients."),
    outcome("c.four", Verdict.NOT_APPLICABLE, "The token has no aud | exp."),
    outcome("c.five", Verdict.PASSED),
)


def test_a_check_stands_once_under_the_reason_of_most_of_its_variants() -> None:
    assert rows(OUTCOMES) == [
        (
            Verdict.NOT_APPLICABLE,
            "The metadata has no such member (optional, RFC 8414 2)",
            ["a.one", "b.two"],
        ),
        (Verdict.NOT_APPLICABLE, "The token has no aud \\| exp", ["c.four"]),
        (Verdict.NOT_RUN, "It takes two clients", ["b.three"]),
    ]


def test_the_table_is_read_back_as_it_was_written() -> None:
    text = f"### Not applicable and not run\n\n{table(OUTCOMES)}\n"

    found = listed_in(text, "Not applicable and not run")

    assert found == {"a.one", "b.two", "b.three", "c.four"}


def test_the_table_of_a_readme_is_replaced_and_nothing_else() -> None:
    first = with_table("# A\n\n### Not applicable and not run\n\n## Seen\n", table(OUTCOMES))
    again = with_table(first, table(OUTCOMES[:4]))

    assert first.startswith("# A\n\n### Not applicable and not run\n\n| verdict |")
    assert first.endswith("|\n\n## Seen\n")
    assert again == first.replace(table(OUTCOMES), table(OUTCOMES[:4]))


def test_verdicts_are_compared_check_by_check() -> None:
    first = Run(HEADER, (outcome("a", Verdict.PASSED), outcome("b", Verdict.FAILED)))
    second = Run(HEADER, (outcome("a", Verdict.PASSED), outcome("b", Verdict.WARNED)))
    third = Run(HEADER, (outcome("a", Verdict.PASSED),))

    found = verdicts([first, second, third])

    assert found["a"] == Counter({Verdict.PASSED: 3})
    assert found["b"] == Counter([Verdict.FAILED, Verdict.WARNED, None])
    assert same(found) == (4, 6)


def test_the_first_run_is_in_file_order_and_others_are_shuffled_also_among_workers() -> None:
    assert order(0) == []
    assert [("--shuffle" in order(n), "-n" in order(n)) for n in (1, 2, 3, 4)] == [
        (True, True),
        (True, False),
        (True, True),
        (True, False),
    ]
