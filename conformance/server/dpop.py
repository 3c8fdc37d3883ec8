"""Access tokens that are bound to a key of the client's (RFC 9449)."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import jwt

from conformance.protocol.dpop import HEADER, thumbprint
from conformance.server.answers import Members, Message
from conformance.server.installation import Installation
from conformance.server.keys import encode

_WINDOW = 300.0
"""Seconds around the server's time in which a proof is taken."""


class InvalidProof(Exception):
    """A proof that does not hold."""


def key_of_proof(at: Installation, message: Message, token: str = "") -> str:
    """The thumbprint of the key of a request's proof; empty where there is none (section 4.3)."""
    proof = message.headers.get(HEADER)
    if proof is None or not at.rules.dpop_algorithms:
        return ""
    try:
        header: Members = jwt.get_unverified_header(proof)
        jwk: Members = header["jwk"]
        key: Any = jwt.PyJWK(jwk, str(header["alg"])).key
        options: Any = {"verify_iat": False}
        claims: Members = jwt.decode(proof, key, list(at.rules.dpop_algorithms), options=options)
        found = thumbprint(jwk)
    except (jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
        raise InvalidProof("The proof cannot be verified.") from error
    if header.get("typ") != "dpop+jwt" or "d" in jwk:
        raise InvalidProof("The proof is none.")
    if claims.get("htm") != message.method or claims.get("htu") != message.url:
        raise InvalidProof("The proof is for another request.")
    _check_time(at, claims)
    if token and not hmac.compare_digest(str(claims.get("ath")), _hash(token)):
        raise InvalidProof("The proof is for another token.")
    return found


def _check_time(at: Installation, claims: Members) -> None:
    """A proof is young, and comes once (section 11.1)."""
    made, identifier = claims.get("iat"), str(claims.get("jti"))
    if not isinstance(made, int) or abs(at.clock.now() - made) > _WINDOW:
        raise InvalidProof("The proof is too old.")
    with at.store.lock:
        if identifier in at.store.proofs:
            raise InvalidProof("The proof has come before.")
        at.store.proofs.add(identifier)


def _hash(token: str) -> str:
    return encode(hashlib.sha256(token.encode("ascii", "replace")).digest())


def key_of_token(claims: Members) -> str:
    """The thumbprint of the key that an access token is bound to; empty for one that is not."""
    bound = claims.get("cnf")
    return str(bound.get("jkt", "")) if isinstance(bound, dict) else ""
