"""The matrix: what every defect changes in the verdicts of all checks, kept as a record.

`python -m tests.proof.matrix` makes the record anew; `--only WORDS` just the defects whose names
have these words. Read what changed before you keep it: a check that accuses a server of what it does
not do has to be mended.
"""

from __future__ import annotations

import json
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import click

from conformance.defects.catalogue import ALL
from conformance.defects.record import Defect, same
from tests.proof.harness import Judged, judge
from tests.proof.sensitivity import Sensitivity, learning

RECORD = Path(__file__).parent / "matrix.toml"

Differences = Mapping[str, str]
"""Check functions whose verdict a defect changes, each with its verdicts then."""


def differences(faulty: Judged, twin: Judged) -> Differences:
    """Where the two runs differ, among the checks that both of them made."""
    found: dict[str, set[str]] = defaultdict(set)
    for one in set(faulty.run.header.selected) & twin.outcomes.keys():
        verdict = faulty.outcomes[one].verdict
        if verdict is not twin.outcomes[one].verdict:
            found[one.partition("[")[0]].add(verdict.value)
    return {name: ", ".join(sorted(found[name])) for name in sorted(found)}


def has_own_twin(defect: Defect) -> bool:
    """Whether its sound twin is not what the sound run of the dialect has judged."""
    return defect.base is not same or bool(defect.standards)


def recorded() -> Mapping[str, Differences]:
    """The record, by defect."""
    return tomllib.loads(RECORD.read_text(encoding="utf-8"))


def neighbours(defect: Defect, names: Iterable[str]) -> list[str]:
    """Those of these check functions that share a subject with a check that finds the defect."""
    subjects = {one.partition(".")[0] for one in defect.kills}
    return [name for name in names if name.partition(".")[0] in subjects]


@cache
def _sound(dialect: str) -> tuple[Judged, Sensitivity]:
    own = [one for one in ALL if one.dialect == dialect and not has_own_twin(one)]
    with learning(own) as sensitivity:
        return judge(f"embedded-{dialect}", plugins=[sensitivity]), sensitivity


def _found(defect: Defect) -> Differences:
    sound, sensitivity = _sound(defect.dialect)
    target = f"embedded-{defect.dialect}"
    if not has_own_twin(defect):
        checks = sensitivity.concerned(defect)
        return differences(judge(target, defects=[defect.name], checks=checks), sound)
    checks = sensitivity.all_but(defect.kills)
    faulty = judge(target, defects=[defect.name], checks=checks, standards=defect.standards)
    options = ("--in-process", "--twin-of", defect.name)
    twin = judge(target, checks=checks, standards=defect.standards, options=options)
    return differences(faulty, twin)


def _entry(name: str) -> tuple[str, Differences]:
    (defect,) = [one for one in ALL if one.name == name]
    return name, _found(defect)


def _text(record: Mapping[str, Differences]) -> str:
    lines = ["# Made by `python -m tests.proof.matrix`; what it means stands there."]
    for name in sorted(record):
        lines += ["", f"[{json.dumps(name, ensure_ascii=False)}]"]
        lines += [f'{json.dumps(one)} = "{verdict}"' for one, verdict in record[name].items()]
    return "\n".join(lines) + "\n"


@click.command()
@click.option("--only", default="", metavar="WORDS", help="defects whose names have these words")
@click.option("--workers", default=2, show_default=True)
def main(only: str, workers: int) -> None:
    """Makes the record anew."""
    names: Sequence[str] = [one.name for one in ALL if one.kills and only in one.name]
    record = dict(recorded()) if RECORD.exists() else {}
    known = {one.name for one in ALL if one.kills}
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for name, found in pool.map(_entry, names):
            record[name] = found
            kept = {each: what for each, what in record.items() if each in known}
            RECORD.write_text(_text(kept), encoding="utf-8")
            click.echo(f"{len(found):4} {name}")


if __name__ == "__main__":
    main()
