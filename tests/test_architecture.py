"""The rules of the house: layers, imports, asserts, lengths, headers."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

from conformance.check import header_of

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "conformance"
CHECKS = PACKAGE / "checks"

MODULES = sorted(PACKAGE.rglob("*.py"))
CHECK_MODULES = sorted(path for path in CHECKS.glob("*.py") if path.name != "__init__.py")

LONGEST = 300
LONGEST_OF_CHECKS = 250
"""Lines of code: blank lines, comments and docstrings do not count."""

LONGER = {
    "conformance/features.py": 620,
    "conformance/server/rules.py": 400,
    "conformance/target/browser.py": 490,
    "conformance/target/pages.py": 375,
}
"""Modules that outgrew the limit: two lists, one entry a thing, and two that may not grow."""

TOP_LEVEL = {
    "pyproject.toml",
    "README.md",
    "CHANGELOG.md",
    "LICENSE",
    "conftest.py",
    "conformance",
    "profiles",
    "reports",
    "tests",
}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def lines_of_code(path: Path) -> int:
    """How many lines of a module hold code."""
    silent: set[int] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            silent.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return sum(
        1
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if number not in silent and line.strip() and not line.lstrip().startswith("#")
    )


def imports_within(function: ast.AST) -> list[int]:
    return [
        node.lineno for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def test_layers_point_one_way(capsys: pytest.CaptureFixture[str]) -> None:
    code = lint_imports(str(ROOT / "pyproject.toml"), no_cache=True)

    assert code == 0, capsys.readouterr().out


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_nothing_is_imported_within_a_function(path: Path) -> None:
    hidden = [
        line
        for node in ast.walk(parsed(path))
        if isinstance(node, FUNCTIONS)
        for line in imports_within(node)
    ]

    assert not hidden, f"{named(path)} imports within functions, in lines {hidden}"


def test_only_checks_assert() -> None:
    # Any other assert could be taken for a verdict about the server.
    asserts = [
        f"{named(path)}:{node.lineno}"
        for path in MODULES
        if not path.is_relative_to(CHECKS)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Assert)
    ]

    assert not asserts


def test_modules_are_short() -> None:
    lengths = {path: lines_of_code(path) for path in MODULES}

    too_long = {
        named(path): lines
        for path, lines in lengths.items()
        if lines > LONGER.get(named(path), LONGEST_OF_CHECKS if path.parent == CHECKS else LONGEST)
    }

    assert not too_long, f"modules with too many lines of code: {too_long}"


def test_every_module_says_what_belongs_in_it() -> None:
    silent = [named(path) for path in MODULES if not ast.get_docstring(parsed(path))]

    assert not silent


def test_nothing_imports_the_tests() -> None:
    importing = [
        named(path)
        for path in MODULES
        for node in ast.walk(parsed(path))
        if (isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "tests")
        or (
            isinstance(node, ast.Import)
            and any(alias.name.partition(".")[0] == "tests" for alias in node.names)
        )
    ]

    assert not importing


@pytest.mark.parametrize("path", CHECK_MODULES, ids=lambda path: path.stem)
def test_checks_are_functions_with_a_header(path: Path) -> None:
    assert path.stem.startswith("test_"), "pytest finds checks by this prefix, in a wheel too"
    module = importlib.import_module(f"conformance.checks.{path.stem}")
    tests = {
        name: value
        for name, value in vars(module).items()
        if name.startswith("test_") and getattr(value, "__module__", "") == module.__name__
    }
    assert tests, f"{path.stem} holds no check"

    bare = [name for name, value in tests.items() if header_of(value) is None]
    assert not bare, f"without @check: {bare}"
    headers = {name: header_of(value) for name, value in tests.items()}
    silent = [name for name, header in headers.items() if header and not header.sentence]
    assert not silent, f"without a docstring: {silent}"
    undecided = [name for name, header in headers.items() if header and not header.requirements]
    assert not undecided, f"decides no requirement: {undecided}"
    helpless = [name for name, header in headers.items() if header and not header.remedy]
    assert not helpless, f"without a remedy: {helpless}"


@pytest.mark.parametrize("path", CHECK_MODULES, ids=lambda path: path.stem)
def test_checks_do_not_loop_try_or_sleep(path: Path) -> None:
    faults = [
        f"{type(node).__name__} in line {node.lineno}"
        for function in parsed(path).body
        if isinstance(function, ast.FunctionDef) and function.name.startswith("test_")
        for node in ast.walk(function)
        if isinstance(node, ast.For | ast.While | ast.Try)
        or (isinstance(node, ast.Attribute) and node.attr == "sleep")
    ]

    assert not faults


def test_the_top_level_is_fixed() -> None:
    ignored = {"build", "dist", "node_modules", "__pycache__"}
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")} - ignored

    assert {name for name in found if not name.endswith(".egg-info")} == TOP_LEVEL
