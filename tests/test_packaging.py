"""The lock: it holds what the project declares, with hashes, and names no host."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCK = (ROOT / ".ci" / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DECLARED = (
    PROJECT["project"]["dependencies"]
    + PROJECT["project"]["optional-dependencies"]["dev"]
    + PROJECT["build-system"]["requires"]
)
PINS = dict(re.findall(r"^([a-z0-9-]+)==([^\s;]+)", LOCK, re.MULTILINE))


@pytest.mark.parametrize("line", DECLARED)
def test_lock_holds_what_is_declared(line: str) -> None:
    wanted = Requirement(line)

    assert PINS[canonicalize_name(wanted.name)] in wanted.specifier


def test_every_pin_has_hashes() -> None:
    blocks = re.split(r"\n(?=\S)", LOCK.strip())

    assert len(blocks) >= len(PINS)
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_lock_names_no_host_and_no_path() -> None:
    assert re.findall(r"^\s*(?:#|--(?!hash=)).*|https?://\S+", LOCK, re.MULTILINE) == []
