"""Who introspects: where nobody may, nothing is judged, and the reason names the key to add."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.model import Verdict
from conformance.server.registrations import SECRETS
from tests.proof.harness import judge

CLIENT = """
extends = "embedded-standard"

[[clients]]
role = "confidential"
client_id = "web"
client_secret = "{secret}"
redirect_uris = ["https://client.example/callback"]
scope = "profile source:w offline_access"
"""


@pytest.mark.parametrize(
    "check",
    [
        "introspection.answer_is_json",
        "introspection_states.access_token_of_a_revoked_grant_is_inactive",
        "metadata_authentication.listed_method_works_at_introspection",
    ],
)
def test_a_client_that_is_told_nothing_of_its_tokens_judges_nothing(
    tmp_path: Path, check: str
) -> None:
    """The server may call a token inactive for whom it is not meant (RFC 7662, 2.2)."""
    file = tmp_path / "profile.toml"
    file.write_text(CLIENT.format(secret=SECRETS["web"]), encoding="utf-8")

    outcomes = judge(str(file), checks=[check]).outcomes

    found = {name: one for name, one in outcomes.items() if name.startswith(check)}
    assert found
    assert {one.verdict for one in found.values()} == {Verdict.NOT_RUN}
    assert all('role = "resource-server"' in one.reason for one in found.values())
