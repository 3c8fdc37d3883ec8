"""The JSON Schema of the run file says what the model writes, no less and no more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import conformance.reporting
from conformance import model
from tests.reporting import sample

SCHEMA: dict[str, Any] = json.loads(
    (Path(conformance.reporting.__file__).parent / "run.schema.json").read_text(encoding="utf-8")
)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
LINES = [json.loads(line) for line in sample.run().lines()]


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_every_line_of_a_run_fits() -> None:
    assert {line["kind"] for line in LINES} == {"header", "outcome", "observation", "footer"}
    for line in LINES:
        VALIDATOR.validate(line)


@pytest.mark.parametrize(
    ("kind", "type_"),
    [
        ("header", model.Header),
        ("outcome", model.Outcome),
        ("observation", model.Observation),
        ("footer", model.Footer),
        ("exchange", model.Exchange),
        ("screenshot", model.Screenshot),
        ("waiver", model.Waiver),
    ],
)
def test_members_are_those_of_the_model(kind: str, type_: Any) -> None:
    described = set(SCHEMA["$defs"][kind]["properties"]) - {"kind"}
    assert described == {field.name for field in fields(type_)}


@pytest.mark.parametrize("kind", ["header", "outcome", "observation", "footer"])
def test_a_line_without_a_required_member_is_refused(kind: str) -> None:
    line = next(line for line in LINES if line["kind"] == kind)
    required = SCHEMA["$defs"][kind]["required"]
    assert required
    for name in required:
        broken = {key: value for key, value in line.items() if key != name}
        assert not VALIDATOR.is_valid(broken), name


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "skipped"},
        {"severity": "catastrophic"},
        {"seconds": -1},
        {"transcript": [{"who": "client", "method": "GET"}]},
        {"transcript": [{"who": "a", "method": "GET", "url": "/", "phase": "later"}]},
        {"waiver": {"reason": "because", "state": "forgotten"}},
        {"screenshots": [{"name": "login", "file": "a.png", "sha256": "12"}]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_no_run_writes_is_refused(change: Mapping[str, object]) -> None:
    line = next(line for line in LINES if line["kind"] == "outcome")
    assert VALIDATOR.is_valid(line)
    assert not VALIDATOR.is_valid({**line, **change})


def test_members_may_be_added() -> None:
    assert all(VALIDATOR.is_valid({**line, "later": 1}) for line in LINES)
