"""Which resource a token of the embedded server is for, and to which key it is bound."""

from __future__ import annotations

import pytest

from conformance.protocol import jwt
from conformance.protocol.dpop import Prover
from conformance.server import audiences
from conformance.server.answers import Refusal
from conformance.server.dialects import standard
from tests.server.browsing import ISSUER, Site

KNOWN = ("https://api.example", "https://billing.example")


@pytest.mark.parametrize(
    ("asked", "scope", "found"),
    [
        ((), ("profile",), KNOWN[0]),
        ((), ("profile", "billing:r"), KNOWN[1]),
        ((KNOWN[1],), ("profile",), KNOWN[1]),
        ((KNOWN[0],), ("source:w", "offline_access"), KNOWN[0]),
    ],
)
def test_a_token_is_for_what_was_asked_for_or_for_what_its_scope_belongs_to(
    asked: tuple[str, ...], scope: tuple[str, ...], found: str
) -> None:
    assert audiences.of_request(asked, scope, KNOWN) == found


@pytest.mark.parametrize(
    ("asked", "scope", "code"),
    [
        (KNOWN, ("profile",), "invalid_target"),
        (("https://other.example",), ("profile",), "invalid_target"),
        ((), ("source:w", "billing:r"), "invalid_scope"),
        ((KNOWN[1],), ("source:w",), "invalid_scope"),
    ],
)
def test_what_would_be_ambiguous_is_refused(
    asked: tuple[str, ...], scope: tuple[str, ...], code: str
) -> None:
    with pytest.raises(Refusal) as refusal:
        audiences.of_request(asked, scope, KNOWN)

    assert refusal.value.code == code


def test_a_bound_token_opens_the_resource_with_its_key_once_per_proof() -> None:
    site = Site(standard())
    prover, now = Prover.fresh(), site.clock.now()
    token = bound_token(site, prover)
    url = f"{ISSUER}/api/users/current"

    proof = prover.proof("GET", url, now, token=token)
    statuses = [
        site.api.get(url, headers={"Authorization": f"DPoP {token}", "DPoP": proof}).status_code,
        site.api.get(url, headers={"Authorization": f"DPoP {token}", "DPoP": proof}).status_code,
        site.api.get(url, headers={"Authorization": f"Bearer {token}"}).status_code,
    ]

    assert (jwt.claims(token) or {})["cnf"] == {"jkt": prover.thumbprint}
    assert statuses == [200, 401, 401]


def bound_token(site: Site, prover: Prover) -> str:
    proof = prover.proof("POST", f"{ISSUER}/token", site.clock.now())
    site.api.headers["DPoP"] = proof
    answer = site.redeem(site.land()["code"]).json()
    del site.api.headers["DPoP"]
    assert answer["token_type"] == "DPoP"
    return str(answer["access_token"])
