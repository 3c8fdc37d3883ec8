"""`init`: from an address to a profile that runs; what is registered for a run goes with it."""

from __future__ import annotations

import re
import stat
import tomllib
from pathlib import Path

import httpx
import pytest

from conformance.exits import Exit
from conformance.model import Verdict
from conformance.profile import Role, load
from conformance.server.registrations import PASSWORDS
from tests.cli.answering import RFC8414, answering, metadata
from tests.cli.calling import call, issuer, sentence, served, verdicts, whole

PASSWORD = {"CONFORMANCE_PASSWORD": PASSWORDS["alice"]}
CHECKS = (
    "pkce.wrong_verifier_is_refused",
    "authorization.error_is_sent_to_the_client",
    "introspection.answer_is_json",
    "client_authentication.wrong_secret_is_refused",
)


def test_what_it_writes_runs_without_one_more_line(tmp_path: Path) -> None:
    """From an address and a password to verdicts; the clients of the run are gone after it."""
    with served() as (_, printed):
        address = issuer(printed)
        made = call("init", address, "--user", "alice", "--to", "acme.toml", folder=tmp_path)
        checks = [word for check in CHECKS for word in ("--check", check)]
        command = ("run", "acme.toml", "--output", "out", *checks)
        ended = call(*command, folder=tmp_path, variables=PASSWORD)
        run = whole(tmp_path / "out")
        used = set(re.findall(r"client_id=([\w-]+)", (tmp_path / "out/run.jsonl").read_text()))
        afterwards = [
            httpx.get(f"{address}/authorize", params={"client_id": one, "response_type": "code"})
            for one in used
        ]

    assert made.returncode == Exit.CONFORMS, made.stderr
    assert ended.returncode == Exit.CONFORMS, ended.stdout
    found = verdicts(run)
    judged = [name for name, verdict in found.items() if verdict is Verdict.PASSED]
    assert {name.partition("[")[0] for name in judged} >= {CHECKS[0], CHECKS[1], CHECKS[3]}
    assert set(found.values()) <= {Verdict.PASSED, Verdict.NOT_RUN, Verdict.NOT_APPLICABLE}
    assert used
    assert [answer.status_code for answer in afterwards] == [400] * len(used)


def test_workers_register_clients_of_their_own(tmp_path: Path) -> None:
    with served() as (_, printed):
        call("init", issuer(printed), "--user", "alice", "--to", "a.toml", folder=tmp_path)
        command = ("run", "a.toml", "--output", "out", "-n", "2", "-k", "pkce and refused")
        ended = call(*command, folder=tmp_path, variables=PASSWORD)
    used = set(re.findall(r"client_id=([\w-]+)", (tmp_path / "out/run.jsonl").read_text()))

    assert ended.returncode == Exit.CONFORMS, ended.stdout
    assert len(used) >= 2
    assert "stay there" not in ended.stdout


def test_the_profile_says_what_is_missing_and_holds_no_secret(tmp_path: Path) -> None:
    with served() as (_, printed):
        made = call("init", issuer(printed), folder=tmp_path)
    (file,) = tmp_path.iterdir()
    text = file.read_text(encoding="utf-8")
    variables = {"CONFORMANCE_USERNAME": "alice", **PASSWORD}
    profile = load(file, variables)

    assert file.name == f"{issuer(printed).removeprefix('http://').replace(':', '-')}.toml"
    assert all(client.register for client in profile.clients)
    assert {Role.CONFIDENTIAL, Role.PUBLIC, Role.CONFIDENTIAL_KEY} <= {
        client.role for client in profile.clients
    }
    assert "client_secret =" not in "\n".join(
        line for line in text.splitlines() if not line.startswith("#")
    )
    for key in ("[[resources]]", "[lifetimes]", "[features]"):
        assert f"# {key}" in text
    assert "export CONFORMANCE_USERNAME=" in made.stdout


def test_clients_that_stay_are_written_with_their_secrets_for_the_owner_alone(
    tmp_path: Path,
) -> None:
    """Without RFC 7592 every run would leave clients behind: they are registered once."""
    documents = {
        RFC8414: metadata(registration_endpoint="{issuer}/register"),
        "/register": {"client_id": "given", "client_secret": "secret-of-given"},
    }
    with answering(documents) as address:
        made = call("init", address, "--user", "a", "--to", "a.toml", folder=tmp_path)
    clients = tomllib.loads((tmp_path / "a.toml").read_text())["clients"]
    secrets = {one["role"]: one.get("client_secret") for one in clients}

    assert "not deleted by the server" in made.stdout
    assert secrets["confidential"] == "secret-of-given"
    assert secrets["public"] is None
    assert [one for one in clients if "register" in one] == []
    assert stat.S_IMODE((tmp_path / "a.toml").stat().st_mode) == 0o600


def test_a_server_that_registers_nobody_gets_a_client_by_hand(tmp_path: Path) -> None:
    refusal = {"error": "invalid_token"}
    documents = {
        RFC8414: metadata(registration_endpoint="{issuer}/register"),
        "/register": refusal,
    }
    with answering(documents, status=401) as address:
        made = call("init", address, "--to", "a.toml", folder=tmp_path)
    text = (tmp_path / "a.toml").read_text()
    (client,) = tomllib.loads(text)["clients"]

    assert "Not registered: confidential." in made.stdout
    assert "Give initial_access_token" in made.stdout
    assert client["client_id"] == {"env": "CONFORMANCE_CLIENT_ID"}
    assert "# confidential: The server answered 401" in text


def test_openid_discovery_and_userinfo_are_used(tmp_path: Path) -> None:
    documents = {
        "/tenant/.well-known/openid-configuration": {
            **metadata(userinfo_endpoint="{issuer}/me", scopes_supported=["openid", "x"]),
            "issuer": "{issuer}/tenant",
        }
    }
    with answering(documents) as address:
        url = f"{address}/tenant/.well-known/openid-configuration"
        made = call("init", url, "--to", "a.toml", folder=tmp_path)
    written = tomllib.loads((tmp_path / "a.toml").read_text())

    assert made.returncode == Exit.CONFORMS
    assert f"Metadata: {url}" in made.stdout
    assert written["server"]["issuer"] == f"{address}/tenant"
    assert written["resources"] == [{"url": f"{address}/me", "scope": "openid"}]


def test_without_metadata_the_endpoints_are_asked_for(tmp_path: Path) -> None:
    with answering({}) as address:
        made = call("init", address, "--to", "a.toml", folder=tmp_path)
    server = tomllib.loads((tmp_path / "a.toml").read_text())["server"]

    assert "Metadata: none" in made.stdout
    assert "name the endpoints" in made.stdout
    assert server["metadata"] is False
    assert server["token_endpoint"] == "/token"


def test_another_issuer_is_said(tmp_path: Path) -> None:
    documents = {RFC8414: {**metadata(), "issuer": "https://somebody.example"}}
    with answering(documents) as address:
        made = call("init", address, "--to", "a.toml", folder=tmp_path)

    assert "names another issuer: https://somebody.example" in made.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("acme",), '"acme" is no issuer'),
        (("https://a.example", "--to", "there.toml"), "there.toml exists"),
        (
            ("https://a.example", "--initial-access-token", "NOT_SET"),
            "environment variable NOT_SET is not set",
        ),
    ],
    ids=["no-url", "file-exists", "no-variable"],
)
def test_what_cannot_be_is_refused_before_anything_is_sent(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    (tmp_path / "there.toml").write_text("mine")

    done = call("init", *arguments, folder=tmp_path)

    assert done.returncode == Exit.REFUSED
    assert words in sentence(done)
    assert (tmp_path / "there.toml").read_text() == "mine"


def test_a_server_that_is_not_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    with answering({}) as address:
        pass

    done = call("init", address, folder=tmp_path)

    assert done.returncode == Exit.NOTHING_JUDGED
    assert "Traceback" not in sentence(done)
    assert list(tmp_path.iterdir()) == []
