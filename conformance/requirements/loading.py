"""From the catalogue's TOML files to the Catalogue; refuses what does not hold together."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from conformance.errors import UsageError
from conformance.features import Feature
from conformance.requirements.catalogue import Advisory, Catalogue, Choice
from conformance.requirements.requirement import Level, Party, Requirement, Testable
from conformance.requirements.specifications import SPECS

DATA = Path(__file__).parent / "data"
CHOICES = "choices.toml"
ADVISORIES = "advisories.toml"

AREAS = frozenset(
    {
        "access-token",
        "authorization-code",
        "authorization-endpoint",
        "client-authentication",
        "consent-and-login-pages",
        "deprecated-grants",
        "introspection",
        "jwt",
        "lifetimes",
        "metadata",
        "pkce",
        "redirect-uri",
        "refresh",
        "resource-server",
        "revocation",
        "robustness",
        "scope",
        "state-and-issuer",
        "token-endpoint",
        "transport",
    }
)
"""The closed list of subject areas."""

NEEDS = frozenset(
    {
        "clock-control",
        "confidential-client",
        "https",
        "introspection",
        "jwt-access-token",
        "metadata",
        "protected-resource",
        "public-client",
        "refresh-token",
        "registration",
        "revocation",
        "second-client",
        "second-user",
        "user-login",
        "waiting",
    }
)
"""The closed list of what a method uses."""

_FIELDS = {field.name: field for field in fields(Requirement)}
_REQUIRED = [name for name, field in _FIELDS.items() if field.default is MISSING]
_ENUMS: dict[str, type[StrEnum]] = {"level": Level, "party": Party, "testable": Testable}
_LISTS = {"needs", "also", "strengthens", "applies_when"}
_FEATURES = {feature.value: feature for feature in Feature}
_WORDS: dict[str, frozenset[str]] = {"needs": NEEDS, "applies_when": frozenset(_FEATURES)}
_CVE = re.compile(r"CVE-\d{4}-\d{4,7}")
_CLOSED = {"area": AREAS, "spec": frozenset(SPECS)}


@cache
def load(folder: Path = DATA) -> Catalogue:
    """The catalogue of the package, read once; `folder` is for tests.

    Raises UsageError that lists everything wrong with the files, one sentence a line.
    """
    problems: list[str] = []
    requirements: dict[str, Requirement] = {}
    for file in sorted(folder.glob("*.toml")):
        if file.name in {CHOICES, ADVISORIES}:
            continue
        for number, table in enumerate(_tables(file, "requirement", problems), 1):
            where = f"{file.name}: {table.get('id', f'[[requirement]] {number}')}"
            requirement = _requirement(where, table, problems)
            if requirement is None:
                continue
            if requirement.id in requirements:
                problems.append(f"{where} appears twice")
            requirements[requirement.id] = requirement
    ordered = sorted(requirements.values(), key=_order)
    choices = [_choice(table, problems) for table in _tables(folder / CHOICES, "choice", problems)]
    advisories = [
        _advisory(table, problems) for table in _tables(folder / ADVISORIES, "advisory", problems)
    ]
    catalogue = Catalogue(ordered, choices, advisories)
    problems += _dangling(catalogue)
    if problems:
        raise UsageError("\n".join(problems))
    return catalogue


def _order(requirement: Requirement) -> int:
    """By specification; within one the files are in the order of the sections already."""
    return list(SPECS).index(requirement.spec)


def _tables(file: Path, name: str, problems: list[str]) -> list[dict[str, Any]]:
    if not file.exists():
        return []
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{file.name} is not TOML: {error}")
        return []
    problems += [
        f"{file.name} has a table [{key}] that is not known" for key in content.keys() - {name}
    ]
    tables: list[dict[str, Any]] = content.get(name, [])
    return tables


def _requirement(where: str, table: Mapping[str, Any], problems: list[str]) -> Requirement | None:
    found = [f'{where} has no field "{key}"' for key in _REQUIRED if key not in table]
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in _FIELDS:
            found.append(f'{where} has an unknown field "{key}"')
        elif trouble := _trouble(key, value):
            found.append(f"{where}: {trouble}")
        elif key in _ENUMS:
            values[key] = _ENUMS[key](value)
        elif key == "applies_when":
            values[key] = tuple(_FEATURES[word] for word in value)
        else:
            values[key] = tuple(value) if key in _LISTS else value
    problems += found
    return None if found else Requirement(**values)


def _trouble(key: str, value: object) -> str | None:
    """What is wrong with the value of a field, or None."""
    if key in _LISTS:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            return f"{key} has the wrong type"
        unknown = sorted(set(value) - _WORDS.get(key, set(value)))
        return f'{key} has "{unknown[0]}", which is not known' if unknown else None
    if not isinstance(value, bool if key == "disputable" else str):
        return f"{key} has the wrong type"
    if key in _ENUMS and value not in list(_ENUMS[key]):
        return f'{key} = "{value}" is not one of {", ".join(_ENUMS[key])}'
    if key in _CLOSED and value not in _CLOSED[key]:
        return f'{key} = "{value}" is not known'
    return None


def _choice(table: Mapping[str, Any], problems: list[str]) -> Choice:
    expected = {"topic", "when", "unless", "keeps", "leaves_out", "reason"}
    if set(table) != expected:
        problems.append(f"{CHOICES}: a choice has {sorted(table)} instead of {sorted(expected)}")
    return Choice(
        topic=table.get("topic", ""),
        when=frozenset(table.get("when", ())),
        unless=frozenset(table.get("unless", ())),
        keeps=tuple(table.get("keeps", ())),
        leaves_out=tuple(table.get("leaves_out", ())),
        reason=table.get("reason", ""),
    )


def _advisory(table: Mapping[str, Any], problems: list[str]) -> Advisory:
    expected = {"fault", "examples", "requirements"}
    if set(table) != expected:
        wrong = f"{ADVISORIES}: an advisory has {sorted(table)} instead of {sorted(expected)}"
        problems.append(wrong)
    examples = tuple(table.get("examples", ()))
    problems += [
        f'{ADVISORIES}: "{one}" is no CVE id' for one in examples if not _CVE.fullmatch(one)
    ]
    return Advisory(table.get("fault", ""), examples, tuple(table.get("requirements", ())))


def _dangling(catalogue: Catalogue) -> list[str]:
    """Sentences about ids and specifications that are named and do not exist."""
    found = []
    for requirement in catalogue.values():
        found += [
            f"{requirement.id} strengthens: {catalogue.unknown(id)}"
            for id in requirement.strengthens
            if id not in catalogue
        ]
        found += [
            f'{requirement.id}: also names "{spec}", which is no specification that is known'
            for spec in sorted(requirement.specs - SPECS.keys())
        ]
    for advisory in catalogue.advisories:
        found += [
            f'{ADVISORIES}: "{advisory.fault}": {catalogue.unknown(id)}'
            for id in advisory.requirements
            if id not in catalogue
        ]
    for choice in catalogue.choices:
        found += [
            f'{CHOICES}: "{choice.topic}": {catalogue.unknown(id)}'
            for id in (*choice.keeps, *choice.leaves_out)
            if id not in catalogue
        ]
        found += [
            f'{CHOICES}: "{choice.topic}": there is no standard "{name}"'
            for name in sorted((choice.when | choice.unless) - SPECS.keys())
        ]
    return found
