"""What the tokens of an unchanged flow show of a server's features."""

from __future__ import annotations

from conformance.features import Feature
from conformance.protocol import jwt
from conformance.protocol.answers import TokenAnswer
from conformance.target.client import Client
from conformance.target.server import AuthorizationServer


def observe(server: AuthorizationServer, client: Client, answer: TokenAnswer) -> None:
    """Takes down whether the access token is a JWT, and whether a refresh token came with it."""
    is_jwt = jwt.looks_like(answer.access_token or "")
    kind = "a JWT" if is_jwt else "no JWT"
    server.observe(Feature.JWT_ACCESS_TOKEN, is_jwt, f"The access token of the control is {kind}.")
    header = jwt.header(answer.access_token or "") if is_jwt else {}
    server.observe(
        Feature.RFC9068_ACCESS_TOKEN,
        str(header.get("typ", "")).lower() in ("at+jwt", "application/at+jwt"),
        f"The access token of the control is {kind}, typ {header.get('typ')!r}.",
    )
    if client.is_confidential:
        there = answer.refresh_token is not None
        with_or_without = "with" if there else "without"
        evidence = f"The control was answered {with_or_without} a refresh token."
        server.observe(Feature.REFRESH_TOKEN, there, evidence)
