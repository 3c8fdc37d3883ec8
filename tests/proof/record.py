"""The reviewed record of what each defect changes: `matrix.toml`, read and written."""

from __future__ import annotations

import tomllib
from pathlib import Path

from conformance.defects.catalogue import ALL
from conformance.defects.record import Defect

from conformance.model import Verdict
from tests.proof.harness import Judged, judge

FILE = Path(__file__).with_name("matrix.toml")
HEAD = """\
# What each defect changes: the checks whose verdict differs from the sound run, by verdict.
# Made by `python -m tests.proof.record`; review every line that a change of yours brings.
"""

Changes = dict[str, list[str]]
"""Check ids by verdict."""


def target_of(defect: Defect) -> str:
    return f"embedded-{defect.dialect}"


def changes(sound: Judged, faulty: Judged) -> Changes:
    """The checks whose verdict is another one than on the sound server."""
    found: Changes = {}
    for one, outcome in faulty.outcomes.items():
        before = sound.outcomes.get(one)
        if before is None or before.verdict is not outcome.verdict:
            found.setdefault(outcome.verdict.value, []).append(one)
    return {verdict: sorted(found[verdict]) for verdict in sorted(found)}


def read() -> dict[str, Changes]:
    """The record, by defect."""
    return tomllib.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}


def write(record: dict[str, Changes]) -> None:
    """Writes the record in the order of its defects' names."""
    parts = [HEAD]
    for name in sorted(record):
        parts.append(f"\n[{_quoted(name)}]\n")
        for verdict, ids in record[name].items():
            inside = "".join(f"    {_quoted(one)},\n" for one in ids)
            parts.append(f"{verdict} = [\n{inside}]\n")
    FILE.write_text("".join(parts), encoding="utf-8")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def judged_with(defect: Defect) -> Judged:
    """The suite's judgement of the embedded server with one defect."""
    return judge(target_of(defect), defects=[defect.name])


def main() -> None:
    """Makes the record anew."""
    sound = {target: judge(target) for target in sorted({target_of(one) for one in ALL})}
    record = {}
    for defect in ALL:
        faulty = judged_with(defect)
        broken = faulty.with_verdict(Verdict.BROKEN)
        record[defect.name] = changes(sound[target_of(defect)], faulty)
        print(defect.name, {k: len(v) for k, v in record[defect.name].items()}, broken or "")
    write(record)


if __name__ == "__main__":
    main()
