"""Access tokens that only who was given them can use (RFC 9700, 2.2.1; RFC 9449)."""

from __future__ import annotations

import pytest

from conformance.check import check
from conformance.errors import NotApplicable, NotRun
from conformance.features import Feature
from conformance.protocol import jwt
from conformance.protocol.answers import ResourceAnswer, TokenAnswer
from conformance.protocol.dpop import HEADER, SCHEME, Prover
from conformance.protocol.request import Header
from conformance.target.flow import Flow
from conformance.target.server import AuthorizationServer

BIND = "Bind access tokens to a key of the client's (DPoP) or its certificate (mutual TLS)."
DEMAND = "Serve a bound access token with a proof of its key alone."


@pytest.fixture
def prover(server: AuthorizationServer) -> Prover:
    """A key of the client's own; NotRun where only certificates are taken."""
    members = {} if server.metadata is None else server.metadata.members
    by_proof = members.get("dpop_signing_alg_values_supported")
    if members.get("tls_client_certificate_bound_access_tokens") is True and not by_proof:
        raise NotRun("Tokens are bound by mutual TLS, for which this suite has no certificate.")
    if by_proof and "ES256" not in by_proof:
        raise NotRun(f"Proofs are taken with {by_proof} alone, and this suite signs with ES256.")
    return Prover.fresh()


def now(flow: Flow) -> float:
    """The time on the server's clock; on our own where its answers have no Date."""
    return flow.server.wire.recorder.clock.now()


def bound(flow: Flow, prover: Prover) -> TokenAnswer:
    """The answer to a redemption with a proof; again with a nonce where the server wants one."""
    flow.tokens()
    url = flow.server.need("token_endpoint")
    answer = flow.redeem(flow.grant(), Header(HEADER, prover.proof("POST", url, now(flow))))
    nonce = answer.header("dpop-nonce")
    if answer.error != "use_dpop_nonce" or nonce is None:
        return answer
    proof = prover.proof("POST", url, now(flow), nonce=nonce)
    return flow.redeem(flow.grant(), Header(HEADER, proof))


def called(flow: Flow, token: str, prover: Prover) -> ResourceAnswer:
    """The resource's answer to a token with a proof; again with a nonce where it wants one."""
    resource = flow.need_resource
    method = resource.settings.method

    def call(nonce: str | None) -> ResourceAnswer:
        proof = prover.proof(method, resource.url, now(flow), token=token, nonce=nonce)
        headers = (("Authorization", f"{SCHEME} {token}"), (HEADER, proof))
        return resource.call(None, headers=headers)

    answer = call(None)
    nonce = answer.header("dpop-nonce")
    return call(nonce) if nonce is not None and not answer.granted else answer


@check("rfc9700-2.2.1-sender-constrained-access-tokens", remedy=BIND)
def test_access_token_can_be_bound_to_a_key(flow: Flow, prover: Prover) -> None:
    """A client that proves to have a key is given an access token that is bound to it (DPoP)."""
    answer = bound(flow, prover)

    kind = str(answer.get("token_type")).lower()
    claims = jwt.claims(answer.access_token or "") or {}
    assert answer.granted, f"to a token request with a proof {answer}"
    assert kind == "dpop", f"to a proof the server gave a token of the type {kind!r}"
    key = (claims.get("cnf") or {}).get("jkt", prover.thumbprint)
    assert key == prover.thumbprint, "the access token is bound to another key"


@check(
    "rfc9700-2.2.1-sender-constrained-access-tokens",
    remedy=DEMAND,
    needs=[Feature.PROTECTED_RESOURCE],
)
@pytest.mark.parametrize("form", ["no-proof", "other-key"])
def test_bound_access_token_needs_its_key(flow: Flow, prover: Prover, form: str) -> None:
    """An access token that is bound to a key opens the resource with a proof of this key alone."""
    answer = bound(flow, prover)
    token = answer.access_token or ""
    if str(answer.get("token_type")).lower() != "dpop":
        raise NotApplicable("The server gives out no bound access tokens.")
    good = called(flow, token, prover)
    if not good.granted:
        raise NotApplicable(f"The resource takes no bound tokens: to one with its proof {good}.")

    other = Prover.fresh()
    resource = flow.need_resource
    got = resource.call(token) if form == "no-proof" else called(flow, token, other)

    assert got.refused, f"to a bound token with {form} {got}"
