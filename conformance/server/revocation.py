"""The revocation endpoint (RFC 7009)."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.server import pages
from conformance.server.answers import Answer, Message, Refusal
from conformance.server.client_authentication import authenticated
from conformance.server.installation import Installation
from conformance.server.registrations import Client
from conformance.server.store import AccessToken, RefreshToken, digest
from conformance.server.token import cors, read, refused

KINDS = ("access_token", "refresh_token")


def revoke(at: Installation, message: Message) -> Answer:
    """End a token; 200 also where there is nothing to end (RFC 7009, section 2.2)."""
    values: Mapping[str, str] = {}
    try:
        sent = read(at, message, at.rules.revocation_methods, ("token", "token_type_hint"))
        values = sent.values
        client = None
        if at.rules.revocation_identifies_client:
            client = authenticated(at, message, sent, "revocation")
        _end(at, client, sent.get("token"), sent.get("token_type_hint"))
    except Refusal as refusal:
        if at.rules.revocation_error_is_page:
            return pages.error(at, refusal.description, status=refusal.status)
        return refused(at, refusal, values)
    headers = cors(at, message)
    callback = pages.query(message).get("callback")
    if at.rules.revocation_callback is None or callback is None:
        return Answer(at.rules.revocation_status, "", headers)
    script = at.rules.revocation_callback(callback)
    kind = ("Content-Type", "application/javascript")
    return Answer(at.rules.revocation_status, script, (kind, *headers))


def _end(at: Installation, client: Client | None, token: str | None, hint: str | None) -> None:
    rules = at.rules
    if token is None:
        raise Refusal(rules.revocation_missing_token_error, "The parameter token is missing.")
    if hint not in (None, *KINDS) and rules.revocation_unknown_hint_error is not None:
        raise Refusal(rules.revocation_unknown_hint_error, "The token_type_hint is not known.")
    found = found_token(at, token, hint if rules.revocation_looks_only_at_hint else None)
    if found is None:
        if rules.revocation_unknown_token_error is not None:
            raise Refusal(rules.revocation_unknown_token_error, "The token is not known.")
        return
    kind = "refresh_token" if isinstance(found, RefreshToken) else "access_token"
    if kind not in rules.revocation_of:
        raise Refusal("unsupported_token_type", "Tokens of this kind cannot be revoked.")
    if client is not None and found.grant.client != client:
        if rules.revocation_foreign_token_error is not None:
            raise Refusal(rules.revocation_foreign_token_error, "The token is another client's.")
        if not rules.revocation_of_foreign_tokens:
            return
    if kind not in rules.revocation_works_on:
        return
    with at.store.lock:
        found.revoked = True
        reach = rules.revocation_reach(kind)
        user = found.grant.user
        found.grant.revoked = found.grant.revoked or reach != "token"
        if reach == "user" and user is not None:
            at.store.end_grants_of(user)


def found_token(
    at: Installation, token: str, only: str | None
) -> AccessToken | RefreshToken | None:
    """The token by whatever kind it is; a hint only makes it faster (RFC 7009, section 2.1)."""
    if only != "access_token":
        refresh = at.store.refresh_tokens.get(digest(at.rules.refresh_key(token)))
        if refresh is not None:
            return refresh
    return None if only == "refresh_token" else at.store.access_tokens.get(digest(token))
