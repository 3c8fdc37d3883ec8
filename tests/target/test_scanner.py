"""Scanners that are installed as programs, with a stand-in for each."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.model import Verdict
from conformance.protocol.tls import Version
from conformance.target.scanner import Scan, scan
from tests.proof.harness import judge

Install = Callable[[str, str, object], None]
NAMES = ("ssl_3_0", "tls_1_0", "tls_1_1", "tls_1_2", "tls_1_3")
CHECK = "transport_tls.old_versions_are_refused[token_endpoint]"


def of_sslyze(*accepted: str) -> dict[str, Any]:
    """A result as sslyze writes it, as far as it is read."""
    suite = {"cipher_suite": {"name": "TLS_EXAMPLE"}}
    results = {
        f"{name}_cipher_suites": {
            "status": "COMPLETED",
            "result": {"accepted_cipher_suites": [suite] if name in accepted else []},
        }
        for name in NAMES
    }
    return {"server_scan_results": [{"scan_status": "COMPLETED", "scan_result": results}]}


TESTSSL = [
    {"id": "SSLv3", "severity": "OK", "finding": "not offered"},
    {"id": "TLS1", "severity": "LOW", "finding": "offered (deprecated)"},
    {"id": "TLS1_1", "severity": "OK", "finding": "not offered"},
    {"id": "TLS1_2", "severity": "OK", "finding": "offered"},
    {"id": "TLS1_3", "severity": "OK", "finding": "offered with final"},
]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a program of that name on the path: it writes the result to the file behind a word."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def write(name: str, word: str, result: object) -> None:
        body = (
            f"#!{sys.executable}\nimport sys, pathlib\n"
            f"told = ' '.join(sys.argv).replace({word!r} + '=', {word!r} + ' ').split()\n"
            f"file = pathlib.Path(told[told.index({word!r}) + 1])\n"
            f"file.write_text({json.dumps(result)!r})\n"
            f"pathlib.Path({str(tmp_path / 'told')!r}).write_text(' '.join(sys.argv[1:]))\n"
        )
        program = tmp_path / name
        program.write_text(body)
        program.chmod(0o755)

    return write


def test_nothing_is_said_without_a_program(install: Install) -> None:
    assert scan("localhost", 1) is None


def test_sslyze_is_read(install: Install, tmp_path: Path) -> None:
    install("sslyze", "--json_out", of_sslyze("tls_1_0", "tls_1_3"))

    found = scan("::1", 4443)

    assert found == Scan("sslyze", frozenset({Version.TLS_1_0, Version.TLS_1_3}))
    assert found.old == {Version.TLS_1_0}
    assert str(found) == "sslyze says that it takes TLS 1.0, TLS 1.3"
    assert (tmp_path / "told").read_text().endswith(" [::1]:4443")


def test_testssl_is_read(install: Install) -> None:
    install("testssl.sh", "--jsonfile", TESTSSL)

    found = scan("localhost", 443)

    expected = {Version.TLS_1_0, Version.TLS_1_2, Version.TLS_1_3}
    assert found == Scan("testssl.sh", frozenset(expected))


@pytest.mark.parametrize(
    "result", ["no result", {"server_scan_results": []}, {}, of_sslyze(), [1]], ids=str
)
def test_what_says_nothing_is_no_evidence(install: Install, result: object) -> None:
    install("sslyze", "--json_out", result)

    assert scan("localhost", 443) is None


@pytest.mark.parametrize(
    ("accepted", "verdict"),
    [(("tls_1_2", "tls_1_3"), Verdict.PASSED), (("tls_1_0", "tls_1_2"), Verdict.FAILED)],
)
def test_a_check_judges_by_it_too(
    install: Install, accepted: tuple[str, ...], verdict: Verdict
) -> None:
    install("sslyze", "--json_out", of_sslyze(*accepted))

    judged = judge("embedded-tls", checks=[CHECK], options=("--without-browser",))

    outcome = judged.outcomes[CHECK]
    assert outcome.verdict is verdict, judged.explain(*Verdict)
    assert [one.who for one in outcome.transcript][-1] == "sslyze"
