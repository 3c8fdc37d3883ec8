"""The published key set (RFC 7517, RFC 8414, 2)."""

from __future__ import annotations

from typing import Any

from conformance.check import check
from conformance.errors import NotApplicable
from conformance.protocol import jwt
from conformance.protocol.answers import TokenAnswer
from conformance.target.server import AuthorizationServer

PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "k", "oth")


@check("rfc8414-2-jwks-contains-signing-keys", remedy="Publish public keys, and only those.")
def test_key_set_is_public(server: AuthorizationServer) -> None:
    """The published key set has keys, and no private part of one."""
    document = server.jwks
    if document is None:
        raise NotApplicable("The server publishes no key set.")
    server.wire.recorder.cite(document.transcript)
    keys = [key for key in document.members.get("keys") or [] if isinstance(key, dict)]

    private = sorted({name for key in keys for name in PRIVATE if name in key})

    assert keys, "the key set has no key"
    assert not private, f"the key set publishes {', '.join(private)}"


@check("rfc9068-2.1-rs256-supported", remedy="Keep an RSA key for RS256 in the key set.")
def test_rs256_is_supported(server: AuthorizationServer, tokens: TokenAnswer) -> None:
    """Access tokens are signed with RS256, or the key set has a key for it.

    A server may support RS256 and be set to something else: that cannot be seen from outside.
    """
    algorithm = jwt.header(tokens.access_token or "").get("alg")
    document = server.jwks
    keys = [] if document is None else document.members.get("keys") or []

    for_it = [key for key in keys if isinstance(key, dict) and _for_rs256(key)]

    assert algorithm == "RS256" or for_it, (
        f"the access token is signed with {algorithm}, and no published key is one for RS256"
    )


def _for_rs256(key: dict[str, Any]) -> bool:
    signs = key.get("use", "sig") == "sig" and key.get("alg", "RS256") == "RS256"
    return key.get("kty") == "RSA" and signs


@check("rfc8414-2-jwks-use-required-when-mixed", remedy="State the use of every key.")
def test_use_is_stated_in_a_mixed_key_set(server: AuthorizationServer) -> None:
    """Where there are keys to sign and to encrypt with, every key states its use."""
    document = server.jwks
    if document is None:
        raise NotApplicable("The server publishes no key set.")
    server.wire.recorder.cite(document.transcript)
    keys = [key for key in document.members.get("keys") or [] if isinstance(key, dict)]
    encrypts = [key for key in keys if _to_encrypt_with(key)]
    if len(encrypts) in (0, len(keys)):
        raise NotApplicable("The key set has not both keys to sign and keys to encrypt with.")

    silent = [key.get("kid") for key in keys if "use" not in key]

    assert not silent, f"no use at the keys {silent}"


def _to_encrypt_with(key: dict[str, Any]) -> bool:
    algorithm = str(key.get("alg", ""))
    return key.get("use") == "enc" or algorithm.startswith(("RSA-", "RSA1_5", "ECDH-", "A"))
