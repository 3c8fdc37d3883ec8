"""The matrix: what every defect changes in the verdicts of all checks, kept as a record.

`python -m tests.proof.matrix` makes the record anew; `--only WORDS` just the defects whose names
have these words. Read what changed before you keep it: a check that accuses a server of what it
does not do has to be mended.
"""

from __future__ import annotations

import json
import tomllib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
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

IN_COMPANY = "in company"
"""Said of a verdict that shows only in a run of all checks, by what others did to the server."""

OTHERS = "*"
"""Stands for all that the defect keeps from being judged, where they are many: it is no finding."""

MANY = 20

Differences = Mapping[str, str]
"""Check functions whose verdict a defect changes, each with its verdicts then."""


def accuses(verdicts: str) -> bool:
    """Whether a check finds something then."""
    return bool({"failed", "warned"} & set(verdicts.split(", ")))


def shortened(found: Differences) -> Differences:
    """The differences, with one entry for those that are not judged where they are many."""
    idle = Counter(what for what in found.values() if not accuses(what))
    if idle.total() <= MANY:
        return found
    told = ", ".join(f"{number} {what}" for what, number in sorted(idle.items()))
    return {OTHERS: told} | {name: what for name, what in found.items() if accuses(what)}


def differences(faulty: Judged, twin: Judged) -> Differences:
    """Where the two runs differ, among the checks that both of them made."""
    found: dict[str, set[str]] = defaultdict(set)
    for one in set(faulty.run.header.selected) & twin.outcomes.keys():
        verdict = faulty.outcomes[one].verdict
        if verdict is not twin.outcomes[one].verdict:
            found[one.partition("[")[0]].add(verdict.value)
    return {name: ", ".join(sorted(found[name])) for name in sorted(found)}


def told(found: Differences, record: Differences | None = None) -> Differences:
    """What is compared: where many are not judged, what is found; else every difference.

    What shows in company alone is left out; so it is of a run that is held against a `record`.
    """
    record = found if record is None else record
    company = {name for name, what in record.items() if what == IN_COMPANY}
    return {
        name: what
        for name, what in found.items()
        if name != OTHERS and name not in company and (accuses(what) or OTHERS not in record)
    }


def others(defect: Defect, record: Differences, sound: Judged) -> list[str]:
    """The checks that the record has besides those that were written for it: one variant each."""
    kills = {one.partition("[")[0] for one in defect.kills}
    first: dict[str, str] = {}
    for one in sound.outcomes:
        first.setdefault(one.partition("[")[0], one)
    return [first.get(name, name) for name in told(record) if name not in kills]


def alone(defect: Defect, record: Differences, sound: Judged) -> tuple[Judged, Judged]:
    """The run of only the checks that the record has for a defect, and that of its sound twin."""
    checks = [*defect.kills, *others(defect, record, sound)]
    faulty = judge_faulty(defect, checks)
    if has_own_twin(defect) or defect.over_tls:
        return faulty, judge_twin(defect, checks)
    return faulty, sound


def confirmed(defect: Defect, found: Differences, sound: Judged) -> Differences:
    """The differences as they show when nothing else runs; those that do not are in company."""
    found = shortened(found)
    few = told(differences(*alone(defect, found, sound)), found)
    lost = {name: IN_COMPANY for name in told(found) if name not in few}
    return dict(sorted((found | few | lost).items()))


def has_own_twin(defect: Defect) -> bool:
    """Whether its sound twin is not what the sound run of the dialect has judged."""
    return defect.base is not same or bool(defect.standards)


def recorded() -> Mapping[str, Differences]:
    """The record, by defect."""
    return tomllib.loads(RECORD.read_text(encoding="utf-8"))


def judge_faulty(defect: Defect, checks: Sequence[str]) -> Judged:
    """These checks, on the server with the defect."""
    return judge(
        defect.target,
        defects=[defect.name],
        checks=checks,
        standards=defect.standards,
        options=_how(defect),
    )


def judge_twin(defect: Defect, checks: Sequence[str]) -> Judged:
    """These checks, on its sound twin."""
    twin = ("--twin-of", defect.name) if has_own_twin(defect) else ()
    return judge(
        defect.target,
        checks=checks,
        standards=defect.standards,
        options=(*_how(defect), *twin),
    )


def _how(defect: Defect) -> tuple[str, ...]:
    """A server in this process, or one with a socket where the fault is one of TLS."""
    return ("--without-browser",) if defect.over_tls else ("--in-process",)


@cache
def _sound(target: str) -> tuple[Judged, Sensitivity]:
    """The sound run of a dialect in this process, and where each defect makes a difference."""
    own = [one for one in ALL if one.target == target and not has_own_twin(one)]
    with learning(own) as sensitivity:
        return judge(target, plugins=[sensitivity]), sensitivity


def _found(defect: Defect) -> Differences:
    """What the defect changes in all checks that it can concern."""
    if defect.over_tls:
        return differences(judge_faulty(defect, defect.kills), judge_twin(defect, defect.kills))
    sound, sensitivity = _sound(defect.target)
    if has_own_twin(defect):
        checks = sensitivity.half(defect)
        found = differences(judge_faulty(defect, checks), judge_twin(defect, checks))
    else:
        found = differences(judge_faulty(defect, sensitivity.concerned(defect)), sound)
    return confirmed(defect, found, sound)


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
@click.option("--missing", is_flag=True, help="defects that the record does not have")
@click.option("--workers", default=2, show_default=True)
def main(only: str, missing: bool, workers: int) -> None:
    """Makes the record anew."""
    record = dict(recorded()) if RECORD.exists() else {}
    known = {one.name for one in ALL if one.kills and not one.probed}
    names = [one.name for one in ALL if one.name in known and only in one.name]
    names = [name for name in names if not (missing and name in record)]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for name, found in pool.map(_entry, names):
            record[name] = shortened(found)
            kept = {each: what for each, what in record.items() if each in known}
            RECORD.write_text(_text(kept), encoding="utf-8")
            click.echo(f"{len(found):4} {name}")


if __name__ == "__main__":
    main()
