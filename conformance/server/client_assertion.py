"""Clients that prove themselves with a signed JWT: private_key_jwt (RFC 7521, 4.2; RFC 7523, 3)."""

from __future__ import annotations

import json
from typing import Any

import jwt

from conformance.server.answers import Members
from conformance.server.installation import Installation
from conformance.server.registrations import Client

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_LIFE = 3600
"""Seconds that an assertion may still have to live: `jti` is remembered so long."""


class InvalidAssertion(Exception):
    """An assertion that does not hold; the text says why."""


def named_client(assertion: str) -> str | None:
    """The client that an assertion claims to come from (`sub`), not verified; None without one."""
    try:
        found = jwt.api_jws.decode_complete(assertion, options={"verify_signature": False})
        subject = _claims(found["payload"]).get("sub")
    except (jwt.PyJWTError, InvalidAssertion, ValueError, TypeError):
        return None
    return subject if isinstance(subject, str) else None


def verify(at: Installation, client: Client, assertion: str) -> None:
    """Take an assertion for a proof, once (RFC 7523, section 3); InvalidAssertion otherwise."""
    rules, now = at.rules, at.clock.now()
    claims = _claims(_verified(client, assertion, rules.client_assertion_algorithms))
    if not claims.get("iss") == claims.get("sub") == client.client_id:
        raise InvalidAssertion("iss and sub have to be the client.")
    if not rules.client_assertion_is_for(claims.get("aud"), at.issuer):
        raise InvalidAssertion("aud has to be this server's issuer.")
    expires = claims.get("exp")
    if not isinstance(expires, int | float) or not now < expires <= now + LONGEST_LIFE:
        raise InvalidAssertion("exp is missing, over, or too far away.")
    if not isinstance(claims.get("nbf", 0), int | float) or claims.get("nbf", 0) > now:
        raise InvalidAssertion("The time of the assertion has not come.")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not jti:
        raise InvalidAssertion("jti is missing.")
    with at.store.lock:
        used = at.store.assertions
        for key in [key for key, until in used.items() if until <= now]:
            del used[key]
        if (client.client_id, jti) in used:
            raise InvalidAssertion("The assertion was used before.")
        used[(client.client_id, jti)] = float(expires)


def _verified(client: Client, assertion: str, algorithms: tuple[str, ...]) -> bytes:
    if not client.jwks:
        raise InvalidAssertion("The client has no key.")
    try:
        kid = jwt.get_unverified_header(assertion).get("kid")
        keys = jwt.PyJWKSet.from_json(client.jwks).keys
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise InvalidAssertion("The assertion is no JWT.") from error
    for key in [key for key in keys if key.key_id == kid] or keys:
        try:
            return bytes(jwt.api_jws.decode(assertion, key, list(algorithms)))
        except (jwt.PyJWTError, ValueError, TypeError):
            continue
    raise InvalidAssertion("The assertion was not signed by the client.")


def _claims(payload: bytes) -> Members:
    try:
        claims: Any = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise InvalidAssertion("The assertion has no claims.") from error
    if not isinstance(claims, dict):
        raise InvalidAssertion("The assertion has no claims.")
    return claims
