"""The table of what a run did not judge, made from the run.

`python -m tests.real.tables RUN` prints it; with a README behind it is put in there, under the
heading that the others have.
"""

from __future__ import annotations

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from conformance.model import Outcome, Run, Verdict

HEADING = "Not applicable and not run"

NOT_JUDGED = (Verdict.NOT_APPLICABLE, Verdict.NOT_RUN)

REASONS = (
    (r".* is on the loopback interface, where it needs no TLS", "On loopback no TLS is needed"),
    (r"Neither the profile nor the metadata names an? .*", "There is no such endpoint or page"),
    (r"The metadata has no '.*' in .*", "The metadata does not list it"),
    (r"The metadata has no .*", "The metadata has no such member (optional, RFC 8414 2)"),
    (
        r"(The metadata|[a-z_]+_supported) (lists|does not list) .*",
        "Judged is only what the metadata lists, or only what it does not list",
    ),
    (
        r"The profile does not say that it (lacks|supports) .*",
        "The profile says nothing of the feature: it is known by the metadata, or by a flow",
    ),
    (r"The profile says that it lacks (.*)", r"The profile says that the server lacks \1"),
    (r"The profile names no more than \d resources", "The profile names no more resources"),
    (r"The client has no more than \d redirect URIs", "The client has no more redirect URIs"),
    (r"The page at \S+ (.*)", r"The page of the sign-out \1"),
    (r"The answer has no .*", "The answer has no such member (optional)"),
    (r"The access token has no .*", "The access token has no such member (optional)"),
)
"""Reasons that name what is missing, as a pattern, and the words for all of them."""


def reason(outcome: Outcome) -> str:
    """Why it was not judged, in words that are the same for checks of one kind."""
    text = " ".join(outcome.reason.split()).removesuffix(".")
    for pattern, words in REASONS:
        found = re.fullmatch(pattern, text)
        if found is not None:
            return found.expand(words)
    return text.replace("|", "\\|")


def rows(outcomes: Iterable[Outcome]) -> list[tuple[Verdict, str, list[str]]]:
    """The verdict, the reason and the checks of each row; a check stands where most of it belongs.

    The rows with most checks come first, those that were not run last.
    """
    variants: dict[str, Counter[tuple[Verdict, str]]] = defaultdict(Counter)
    for outcome in outcomes:
        if outcome.verdict in NOT_JUDGED:
            name = outcome.id.partition("[")[0]
            variants[name][outcome.verdict, reason(outcome)] += 1
    groups: dict[tuple[Verdict, str], list[str]] = defaultdict(list)
    for name, counted in sorted(variants.items()):
        best = max(sorted(counted), key=counted.__getitem__)
        groups[best].append(name)
    order = sorted(groups.items(), key=lambda row: (row[0][0], -len(row[1]), row[0][1]))
    return [(verdict, why, checks) for (verdict, why), checks in order]


def table(outcomes: Iterable[Outcome]) -> str:
    """The rows as the table of a README."""
    lines = ["| verdict | why | checks |", "|---|---|---|"]
    for verdict, why, checks in rows(outcomes):
        lines.append(f"| {verdict.words} | {why} | {', '.join(f'`{name}`' for name in checks)} |")
    return "\n".join(lines)


def with_table(text: str, made: str) -> str:
    """The text of a README with the table under its heading replaced."""
    before, heading, rest = text.partition(f"### {HEADING}\n")
    if not heading:
        raise SystemExit(f'there is no heading "### {HEADING}"')
    old = re.search(r"^\| verdict \|.*\n(?:\|.*\n)*", rest, re.MULTILINE)
    if old is None:
        return f"{before}{heading}\n{made}\n{rest}"
    return before + heading + rest[: old.start()] + made + "\n" + rest[old.end() :]


if __name__ == "__main__":
    made = table(Run.read(Path(sys.argv[1])).outcomes)
    if len(sys.argv) > 2:
        readme = Path(sys.argv[2])
        readme.write_text(with_table(readme.read_text("utf-8"), made), "utf-8")
    else:
        print(made)
