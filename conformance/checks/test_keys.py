"""The published key set (RFC 7517, RFC 8414, 2)."""

from __future__ import annotations

from typing import Any

from conformance.check import check
from conformance.errors import NotApplicable
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
