"""What a scanner that is installed as a program says of TLS: further evidence, never needed."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.protocol.tls import Version

_LONGEST_SCAN = 45.0
"""Seconds; a scan that takes longer is no evidence, and no fault of the server."""

_SSLYZE = {
    "ssl_3_0_cipher_suites": Version.SSL_3,
    "tls_1_0_cipher_suites": Version.TLS_1_0,
    "tls_1_1_cipher_suites": Version.TLS_1_1,
    "tls_1_2_cipher_suites": Version.TLS_1_2,
    "tls_1_3_cipher_suites": Version.TLS_1_3,
}
_TESTSSL = {
    "SSLv3": Version.SSL_3,
    "TLS1": Version.TLS_1_0,
    "TLS1_1": Version.TLS_1_1,
    "TLS1_2": Version.TLS_1_2,
    "TLS1_3": Version.TLS_1_3,
}


@dataclass(frozen=True, slots=True)
class Scan:
    """The versions that a program says a host and port takes."""

    program: str
    versions: frozenset[Version]

    @property
    def old(self) -> frozenset[Version]:
        """Those that nobody should take any more."""
        return frozenset(version for version in self.versions if version < Version.TLS_1_2)

    def __str__(self) -> str:
        names = ", ".join(version.words for version in sorted(self.versions))
        return f"{self.program} says that it takes {names or 'no version'}"


@dataclass(frozen=True, slots=True)
class _Program:
    name: str
    arguments: Callable[[str, Path], Sequence[str]]
    read: Callable[[Any], frozenset[Version]]


def scan(host: str, port: int) -> Scan | None:
    """What the first program that is installed says; None without one, or without a result."""
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    for program in _PROGRAMS:
        path = shutil.which(program.name)
        if path is not None:
            return _run(program, path, place)
    return None


def _run(program: _Program, path: str, place: str) -> Scan | None:
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        try:
            subprocess.run(
                [path, *program.arguments(place, result)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_LONGEST_SCAN,
                check=False,
            )
            found = program.read(json.loads(result.read_text(encoding="utf-8")))
        except (OSError, subprocess.TimeoutExpired, ValueError, LookupError, TypeError):
            return None
    return Scan(program.name, found) if found else None


def _of_sslyze(document: Mapping[str, Any]) -> frozenset[Version]:
    (server,) = document["server_scan_results"]
    results = server["scan_result"]
    return frozenset(
        version
        for name, version in _SSLYZE.items()
        if results[name]["result"] and results[name]["result"]["accepted_cipher_suites"]
    )


def _of_testssl(document: Sequence[Mapping[str, Any]]) -> frozenset[Version]:
    offered = {one["id"] for one in document if str(one["finding"]).startswith("offered")}
    return frozenset(version for name, version in _TESTSSL.items() if name in offered)


_VERSIONS = ("--sslv3", "--tlsv1", "--tlsv1_1", "--tlsv1_2", "--tlsv1_3")
_PROGRAMS = (
    _Program("sslyze", lambda place, file: (*_VERSIONS, f"--json_out={file}", place), _of_sslyze),
    _Program(
        "testssl.sh",
        lambda place, file: ("--quiet", "--protocols", "--jsonfile", str(file), place),
        _of_testssl,
    ),
)
