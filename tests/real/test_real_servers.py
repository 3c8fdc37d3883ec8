"""Real servers, installed from their registries: they start, take requests and end cleanly."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

PROFILES = Path(__file__).parents[2] / "profiles"
SERVERS = sorted(start.parent.name for start in PROFILES.glob("*/start"))

READY_SECONDS = 300
STOP_SECONDS = 20


@contextmanager
def started(name: str, temporary: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process of a `start` script, in a session of its own, with the issuer that it names."""
    process = subprocess.Popen(
        [PROFILES / name / "start", "--port", "0"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "TMPDIR": str(temporary),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        },
        start_new_session=True,
    )
    assert process.stdout is not None
    with process, process.stdout:
        try:
            yield process, issuer_of(process)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def issuer_of(process: subprocess.Popen[str]) -> str:
    """What follows `ready` on the first line that the script prints."""
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        assert selector.select(READY_SECONDS), f"not ready after {READY_SECONDS} s"
    word, _, issuer = process.stdout.readline().rstrip("\n").partition(" ")
    assert word == "ready", f"the first line is {word!r}"
    return issuer


def metadata_of(issuer: str) -> httpx.Response:
    """The answer at the well-known place of RFC 8414, section 3.1."""
    host = issuer.removesuffix(urlsplit(issuer).path)
    well_known = f"{host}/.well-known/oauth-authorization-server{urlsplit(issuer).path}"
    return httpx.get(well_known, timeout=20)


@pytest.mark.real
@pytest.mark.parametrize("name", SERVERS)
def test_server_starts_serves_and_leaves_nothing_behind(name: str, tmp_path: Path) -> None:
    """It says where it is, answers there, and a SIGTERM ends all of it."""
    profile = tomllib.loads((PROFILES / name / "profile.toml").read_text(encoding="utf-8"))
    client = next(each for each in profile["clients"] if each["role"] == "confidential")

    with started(name, tmp_path) as (process, issuer):
        metadata = metadata_of(issuer).json()
        resource = httpx.get(httpx.URL(issuer).join(profile["resources"][0]["url"]), timeout=20)
        landing = httpx.get(
            metadata["authorization_endpoint"],
            params={
                "response_type": "code",
                "client_id": client["client_id"],
                "redirect_uri": client["redirect_uris"][0],
                "scope": client["scope"],
                "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
                "code_challenge_method": "S256",
                **client.get("authorization_parameters", {}),
            },
            follow_redirects=True,
            timeout=20,
        )
        process.send_signal(signal.SIGTERM)
        status = process.wait(STOP_SECONDS)
        assert process.stdout is not None
        more = process.stdout.read()

    assert metadata["issuer"] == issuer
    assert resource.status_code in (401, 403)
    assert landing.status_code == 200
    assert 'type="password"' in landing.text
    assert status == 0
    assert more == "", "standard output is for the ready line alone"
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    with pytest.raises(httpx.ConnectError):
        httpx.get(issuer, timeout=5)
    assert list(tmp_path.iterdir()) == [], "temporary files were left"
