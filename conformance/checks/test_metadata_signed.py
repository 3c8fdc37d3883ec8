"""Metadata that is attested by a signature (RFC 8414, section 2.1)."""

from __future__ import annotations

from typing import Any

from conformance.check import check
from conformance.checks.test_metadata import member
from conformance.errors import NotApplicable
from conformance.features import Feature
from conformance.protocol import jwt
from conformance.target.server import AuthorizationServer

SIGN = "Sign signed_metadata with a key that is published, and name in iss who attests it."
NEEDS = [Feature.METADATA]


def claims_of(server: AuthorizationServer) -> dict[str, Any]:
    """The claims of signed_metadata; NotApplicable where it has none that can be read."""
    claims = jwt.claims(str(member(server, "signed_metadata")))
    if claims is None:
        raise NotApplicable("signed_metadata has no claims that can be read.")
    return claims


@check("rfc8414-2.1-signed-metadata-signed", remedy=SIGN, needs=NEEDS)
def test_signed_metadata_is_signed(server: AuthorizationServer) -> None:
    """signed_metadata is a JWT with a signature or a MAC."""
    text = member(server, "signed_metadata")

    algorithm = jwt.header(str(text)).get("alg")
    assert jwt.looks_like(str(text)), "signed_metadata is no JWT in the compact form of a JWS"
    assert algorithm not in (None, "none"), f"signed_metadata has alg {algorithm!r}"
    assert str(text).rpartition(".")[2], "signed_metadata has no signature"


@check("rfc8414-2.1-signed-metadata-signed", remedy=SIGN, needs=NEEDS)
def test_signed_metadata_is_verified_by_a_published_key(server: AuthorizationServer) -> None:
    """What the server attests itself is verified by one of the keys that it publishes."""
    text = str(member(server, "signed_metadata"))
    if claims_of(server).get("iss") != server.issuer:
        raise NotApplicable("Somebody else attests the metadata, whose keys are not known.")
    if jwt.header(text).get("alg") not in jwt.ASYMMETRIC:
        raise NotApplicable("signed_metadata has no signature that a public key verifies.")
    if server.jwks is None:
        raise NotApplicable("The server publishes no key set.")
    server.wire.recorder.cite(server.jwks.transcript)

    assert jwt.verifies(text, server.keys), "no published key verifies signed_metadata"


@check("rfc8414-2.1-signed-metadata-iss", remedy=SIGN, needs=NEEDS)
def test_signed_metadata_names_who_attests_it(server: AuthorizationServer) -> None:
    """signed_metadata has the claim iss."""
    issuer = claims_of(server).get("iss")

    assert isinstance(issuer, str), f"in signed_metadata iss is {issuer!r}"
    assert issuer, "in signed_metadata iss is empty"


@check(
    "rfc8414-2.1-signed-metadata-not-nested",
    remedy="Leave signed_metadata out of the claims of signed_metadata.",
    needs=NEEDS,
)
def test_signed_metadata_does_not_hold_another(server: AuthorizationServer) -> None:
    """signed_metadata has no claim signed_metadata."""
    claims = claims_of(server)

    assert "signed_metadata" not in claims, "signed_metadata has the claim signed_metadata"
