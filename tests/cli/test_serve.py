"""`oauth-conformance serve`: the embedded server in the foreground."""

from __future__ import annotations

import signal
import ssl
import time
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from conformance.cli import main
from conformance.exits import Exit
from conformance.server.registrations import PASSWORDS, SECRETS
from tests.cli.calling import call, issuer, sentence, served


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_serves_until_it_is_asked_to_end(number: signal.Signals) -> None:
    with served() as (process, printed):
        metadata = httpx.get(f"{issuer(printed)}/.well-known/oauth-authorization-server").json()
        process.send_signal(number)
        code = process.wait(30)

    assert metadata["issuer"] == issuer(printed)
    assert code == Exit.CONFORMS
    assert metadata["token_endpoint"] in printed


def test_prints_who_is_registered() -> None:
    with served() as (_, printed):
        pass

    assert all(secret in printed for secret in SECRETS.values())
    assert all(password in printed for password in PASSWORDS.values())


def test_dialect_and_clock() -> None:
    with served("--dialect", "ilert", "--clock-offset", "1h") as (_, printed):
        answer = httpx.get(f"{issuer(printed)}/api/users/current")
        here = httpx.get(f"{issuer(printed)}/nowhere")

    assert answer.status_code == 401
    assert "dialect ilert" in printed
    ahead = parsedate_to_datetime(here.headers["Date"]).timestamp()
    assert 3500 < ahead - time.time() < 3700


def test_serves_over_tls() -> None:
    with served("--tls") as (_, printed):
        (ca,) = (line.split()[1] for line in printed.splitlines() if line.startswith("ca "))
        trusting = ssl.create_default_context(cafile=ca)
        answer = httpx.get(f"{issuer(printed)}/jwks", verify=trusting)

    assert issuer(printed).startswith("https://localhost:")
    assert answer.status_code == 200


def test_a_fault_of_tls_is_served_over_tls() -> None:
    with served("--defect", "metadata also served without TLS") as (_, printed):
        pass

    assert issuer(printed).startswith("https://localhost:")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--defect", "no such fault"], 'there is no defect "no such fault"'),
        (["--dialect", "latin"], "'latin' is not one of"),
        (["--clock-offset", "soon"], '--clock-offset is "soon", which is no duration'),
        (["--port", "70000"], "70000 is not in the range"),
    ],
    ids=["defect", "dialect", "clock", "port"],
)
def test_bad_options_are_refused(arguments: list[str], words: str, tmp_path: Path) -> None:
    done = call("serve", *arguments, folder=tmp_path)

    assert done.returncode == Exit.REFUSED
    assert words in sentence(done)


def test_taken_port_is_refused(tmp_path: Path) -> None:
    with served() as (_, printed):
        port = issuer(printed).rpartition(":")[2]
        done = call("serve", "--port", port, folder=tmp_path)

    assert done.returncode == Exit.REFUSED
    assert f"port {port} cannot be served" in sentence(done)


def test_lists_the_defects(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--list-defects"]) == Exit.CONFORMS

    assert capsys.readouterr().out.rstrip().endswith("defects")
