"""What an authorization response carries: a code, tokens, or both (RFC 6749, 4.1.2 and 4.2.2)."""

from __future__ import annotations

from conformance.server import openid, tokens
from conformance.server.answers import Refusal
from conformance.server.behaviours import Pairs
from conformance.server.installation import Installation
from conformance.server.parameters import Parameters
from conformance.server.store import Code, Grant, Pending, digest


def allowed(pending: Pending) -> None:
    """Refusal where the client is not registered for what the response type asks for."""
    registered = pending.client.grant_types
    if "code" in pending.response_types and "authorization_code" not in registered:
        raise Refusal("unauthorized_client", "The client may not ask for a code.")
    if pending.response_types - {"code"} and "implicit" not in registered:
        raise Refusal("unauthorized_client", "The client may not ask for a token.")


def check_openid(sent: Parameters, pending: Pending) -> None:
    """Refusal where an ID token is asked for without what it needs (OpenID Connect Core, 3.2.2)."""
    if "id_token" not in pending.response_types:
        return
    if "openid" not in pending.scope:
        raise Refusal("invalid_scope", "An ID token needs the scope openid.")
    if sent.get("nonce") is None:
        raise Refusal("invalid_request", "An ID token in the redirect needs a nonce.")


def parts(at: Installation, grant: Grant, pending: Pending) -> Pairs:
    """The parameters that the response type asks for."""
    asked = pending.response_types
    pairs: Pairs = []
    code = access_token = None
    if "code" in asked:
        code = _code(at, grant, pending)
        pairs.append(("code", code))
    if "token" in asked:
        access_token, made = tokens.access_token(at, grant, grant.scope)
        pairs += [
            ("access_token", access_token),
            ("token_type", at.rules.token_type),
            ("expires_in", str(int(made.lifetime))),
            ("scope", " ".join(grant.scope)),
        ]
    if "id_token" in asked:
        pairs.append(("id_token", openid.id_token(at, grant, code, access_token)))
    return pairs


def _code(at: Installation, grant: Grant, pending: Pending) -> str:
    rules, store = at.rules, at.store
    lifetime = rules.code_lifetime
    code = rules.make_code(pending.challenge)
    with store.lock:
        store.last_challenge[pending.client.client_id] = pending.challenge
        if pending.challenge is not None:
            store.challenges_used[pending.client.client_id, pending.challenge] += 1
        store.codes[digest(rules.code_key(code))] = Code(
            grant=grant,
            redirect_uri=pending.redirect_uri,
            sent_redirect_uri=pending.sent_redirect_uri,
            challenge=pending.challenge,
            method=pending.method,
            expires_at=float("inf") if lifetime is None else at.clock.now() + lifetime,
        )
    return code
