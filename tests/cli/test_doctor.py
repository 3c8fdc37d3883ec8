"""`doctor`: says of a profile what works, what does not, and which key to look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.exits import Exit
from tests.cli.answering import RFC8414, answering, metadata
from tests.cli.calling import call, issuer, profile, served

CLIENT = """
[[clients]]
role = "confidential"
client_id = "c"
client_secret = "secret-of-c"
redirect_uris = ["https://client.example/callback"]
[[users]]
username = "alice"
password = "password-of-alice"
"""


def test_a_good_profile_is_ready(tmp_path: Path) -> None:
    done = call("doctor", "embedded-standard", folder=tmp_path)

    assert done.returncode == Exit.CONFORMS, done.stdout + done.stderr
    assert done.stdout.endswith("Ready to run.\n")
    assert "✗" not in done.stdout
    for words in ("login page", 'password into "password"', "consent page", 'press "Allow"'):
        assert words in done.stdout
    for role in ("confidential-2", "public", "native", "bob"):
        assert f"✓ {role}\n" in done.stdout
    assert "a second [[users]]" not in done.stdout


@pytest.mark.parametrize(
    ("key", "line", "words"),
    [
        ("password", 'password = "not-the-password"', "Look at username and password"),
        ("client_id", 'client_id = "nobody"', "Look at client_id, redirect_uris and scope"),
        (
            "redirect_uris",
            'redirect_uris = ["https://client.example/elsewhere"]',
            "Look at client_id, redirect_uris and scope",
        ),
        ("client_secret", 'client_secret = "not-the-secret"', "invalid_client"),
    ],
    ids=["password", "client-id", "redirect-uri", "client-secret"],
)
def test_what_is_wrong_is_said_with_its_key(
    tmp_path: Path, key: str, line: str, words: str
) -> None:
    profile(tmp_path / "a.toml", **{key: line})

    done = call("doctor", "a.toml", folder=tmp_path)

    assert done.returncode == Exit.NOTHING_JUDGED, done.stdout
    assert words in done.stdout
    assert "not-the-" not in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("kind", ["unknown", "error"])
def test_a_page_that_leads_nowhere_is_shown(tmp_path: Path, kind: str) -> None:
    """The picture lies where it is said, and the words name the key to look at."""
    pages = {"/authorize": "<title>Hello</title><p>Lovely weather"} if kind == "unknown" else {}
    with answering({RFC8414: metadata(), **pages}) as address:
        (tmp_path / "a.toml").write_text(f'[server]\nissuer = "{address}"\n{CLIENT}')
        done = call("doctor", "a.toml", "--output", "seen", folder=tmp_path)
    shown = next(line for line in done.stdout.splitlines() if "screenshot" in line)

    assert done.returncode == Exit.NOTHING_JUDGED
    assert ("[pages]" if kind == "unknown" else "[[clients]]") in done.stdout
    assert (tmp_path / shown.partition("screenshot: ")[2]).read_bytes().startswith(b"\x89PNG")


def test_a_resource_that_refuses_is_a_trouble(tmp_path: Path) -> None:
    text = """
extends = "embedded-standard"
[[resources]]
url = "/no/such/resource"
scope = "profile"
"""
    (tmp_path / "a.toml").write_text(text)

    done = call("doctor", "a.toml", folder=tmp_path)

    assert done.returncode == Exit.NOT_ALL_JUDGED, done.stdout
    assert "Look at url, method and scope of [[resources]]" in done.stdout
    assert "A run will do; 1 of the above" in done.stdout


def test_another_issuer_is_said(tmp_path: Path) -> None:
    documents = {RFC8414: {**metadata(), "issuer": "https://somebody.example"}}
    with answering(documents) as address:
        (tmp_path / "a.toml").write_text(f'[server]\nissuer = "{address}"\n{CLIENT}')
        done = call("doctor", "a.toml", folder=tmp_path)

    assert "the metadata names the issuer https://somebody.example" in done.stdout


def test_a_server_that_is_not_there_is_said_once(tmp_path: Path) -> None:
    with answering({}) as address:
        pass
    (tmp_path / "a.toml").write_text(f'[server]\nissuer = "{address}"\n{CLIENT}')

    done = call("doctor", "a.toml", folder=tmp_path)

    assert done.returncode == Exit.NOTHING_JUDGED
    assert done.stdout.count("✗") == 1
    assert done.stderr == ""


def test_what_it_registers_is_deleted(tmp_path: Path) -> None:
    with served() as (_, printed):
        made = call("init", issuer(printed), "--user", "alice", "--to", "a.toml", folder=tmp_path)
        variables = {"CONFORMANCE_PASSWORD": "correct horse battery staple"}
        done = call("doctor", "a.toml", folder=tmp_path, variables=variables)

    assert made.returncode == Exit.CONFORMS
    assert done.returncode == Exit.CONFORMS, done.stdout
    assert "registered for this: confidential, confidential-2" in done.stdout
    assert "not deleted" not in done.stdout
