"""Clients that may not use a grant, where the profile tells, and where it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.model import Verdict
from conformance.server.registrations import SECRETS
from tests.proof.harness import judge

IMPLICIT = "implicit.nothing_of_the_response_is_in_the_query"
ITSELF = "client_credentials.client_gets_no_refresh_token_for_itself"
PROFILE = f"""
extends = "embedded-legacy"

[[clients]]
role = "confidential"
client_id = "web-2"
client_secret = "{SECRETS["web-2"]}"
redirect_uris = ["https://second.example/callback"]
scope = "profile source:w"
pkce = "optional"
"""


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        ("", Verdict.NOT_RUN),
        ('grant_types = ["implicit", "client_credentials"]', Verdict.INCONCLUSIVE),
        ('grant_types = ["authorization_code"]', Verdict.NOT_RUN),
    ],
    ids=["not told", "told wrongly", "told"],
)
@pytest.mark.parametrize("check", [ITSELF, IMPLICIT])
def test_a_client_without_the_grant_lets_nothing_pass(
    check: str, told: str, verdict: Verdict, tmp_path: Path
) -> None:
    path = tmp_path / "profile.toml"
    path.write_text(f"{PROFILE}{told}\n", encoding="utf-8")

    judged = judge(str(path), checks=[check])

    outcome = judged.outcomes[check]
    assert outcome.verdict is verdict, outcome.reason


def test_a_client_that_may_use_a_grant_is_taken_first(tmp_path: Path) -> None:
    other = PROFILE.replace('"web-2"', '"web"').replace(SECRETS["web-2"], SECRETS["web"])
    second = other[other.index("[[clients]]") :].replace('"confidential"', '"confidential-2"')
    second = second.replace("second.example", "client.example") + 'grant_types = ["implicit"]\n'
    path = tmp_path / "profile.toml"
    path.write_text(PROFILE + second, encoding="utf-8")

    judged = judge(str(path), checks=[IMPLICIT])

    assert judged.outcomes[IMPLICIT].verdict is Verdict.PASSED
