"""`oauth-conformance run` where nothing can be judged: exit code 7, and nothing is lost."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import jsonschema
import pytest

import conformance.reporting
from conformance.exits import Exit
from conformance.model import Run, Verdict
from tests.cli.calling import call, issuer, lines_of, profile, served, verdicts, whole

SCHEMA = Path(conformance.reporting.__file__).parent / "run.schema.json"
CHECKS = (
    *("--check", "pkce.wrong_verifier_is_refused"),
    *("--check", "token_response.access_token_is_there"),
)


def unjudged(folder: Path, arguments: list[str]) -> tuple[Run, str]:
    """A run that judges nothing, with what it printed; nothing of it is lost or passed."""
    done = call("run", *arguments, "--output", "out", *CHECKS, folder=folder)
    run = whole(folder / "out")
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    for line in lines_of(folder / "out"):
        validator.validate(line)

    assert done.returncode == Exit.NOTHING_JUDGED, done.stdout + done.stderr
    assert run.footer is not None
    assert run.footer.exit_code == Exit.NOTHING_JUDGED
    assert len(verdicts(run)) == 9
    assert set(verdicts(run).values()) <= {Verdict.INCONCLUSIVE, Verdict.NOT_APPLICABLE}
    assert (folder / "out" / "report.html").is_file()
    assert (folder / "out" / "junit.xml").is_file()
    assert "Traceback" not in done.stdout + done.stderr
    return run, done.stdout


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "workers"])
def test_server_that_is_down(tmp_path: Path, workers: list[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        place = f"http://127.0.0.1:{taken.getsockname()[1]}"
        name = profile(tmp_path / "down.toml", embedded=f'issuer = "{place}"')
        _, printed = unjudged(tmp_path, [name, "--without-browser", *workers])

    assert f"Nothing could be judged: {place} cannot be reached: Connection refused.\n" in printed


def test_wrong_password(tmp_path: Path) -> None:
    with served() as (_, told):
        name = profile(
            tmp_path / "wrong.toml",
            embedded=f'issuer = "{issuer(told)}"',
            password='password = "not the password"',
        )
        run, printed = unjudged(tmp_path, [name, "--without-browser"])

    assert f"{issuer(told)}/login did not let alice in" in printed
    assert "Look at username and password of [[users]] in the profile." in printed
    assert all("not the password" not in line for line in run.lines())


def test_start_script_that_fails(tmp_path: Path) -> None:
    script = tmp_path / "start"
    script.write_text("#!/bin/sh\necho 'no database' >&2\nexit 1\n", encoding="utf-8")
    script.chmod(0o755)
    name = profile(tmp_path / "own.toml", embedded='start = "start"')

    _, printed = unjudged(tmp_path, [name, "--without-browser"])

    assert "ended before it was ready: no database" in printed


PAGE = b"<title>Choose your planet</title><h1>Where from?</h1><button>Spin the globe</button>"


class Odd(BaseHTTPRequestHandler):
    """An authorization server whose login page is like no other."""

    def do_GET(self) -> None:
        place = f"http://127.0.0.1:{self.server.server_address[1]}"
        if self.path.startswith("/.well-known/oauth-authorization-server"):
            endpoints = ("authorization_endpoint", "token_endpoint")
            members = {"issuer": place, **{name: f"{place}/{name}" for name in endpoints}}
            self._answer("application/json", json.dumps(members).encode())
        elif self.path.startswith("/authorization_endpoint"):
            self._answer("text/html", PAGE)
        else:
            self.send_error(404)

    def _answer(self, media_type: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@contextmanager
def odd_server() -> Iterator[str]:
    """The issuer of a server with an odd login page."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Odd)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_page_that_nobody_knows(tmp_path: Path) -> None:
    with odd_server() as place:
        name = profile(tmp_path / "odd.toml", embedded=f'issuer = "{place}"')
        run, printed = unjudged(tmp_path, [name])

    assert f'The page "Choose your planet" at {place}/authorization_endpoint' in printed
    assert "say in [pages] of the profile what a user does on it" in printed
    pictures = [picture for outcome in run.outcomes for picture in outcome.screenshots]
    assert pictures
    for picture in pictures:
        assert (tmp_path / "out" / picture.file).read_bytes().startswith(b"\x89PNG")
    assert "data:image/png;base64," in (tmp_path / "out" / "report.html").read_text("utf-8")
