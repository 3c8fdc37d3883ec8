"""The introspection endpoint (RFC 7662), and ilert's information about access tokens."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.server import dpop, tokens
from conformance.server.answers import NO_STORE, Answer, Members, Message, Refusal, as_json
from conformance.server.client_authentication import authenticated
from conformance.server.installation import Installation
from conformance.server.keys import InvalidToken
from conformance.server.parameters import Parameters
from conformance.server.registrations import Client
from conformance.server.store import digest
from conformance.server.token import read, refused

_SHOWN = ("scope", "client_id", "exp", "iat", "nbf", "sub", "aud", "iss", "jti", "cnf")


class _Broken(Exception):
    """What a server without care ends in."""


def introspect(at: Installation, message: Message) -> Answer:
    """Tell a resource server about a token."""
    rules = at.rules
    values: Mapping[str, str] = {}
    try:
        sent = read(at, message, rules.introspection_methods, ("token", "token_type_hint"))
        values = sent.values
        caller, allowed = _caller(at, message, sent)
        token = _token(at, sent)
    except Refusal as refusal:
        if refusal.code == "invalid_client" and rules.introspection_invalid_client_is_inactive:
            return _answer(at, rules.introspection_inactive("the caller is not known"), 200)
        return refused(at, refusal, values)
    try:
        if not allowed:
            raise InvalidToken("The caller may not introspect.")
        audience = None if caller is None else caller.audience
        members = _members(at, token, sent.get("token_type_hint"), audience)
    except InvalidToken as error:
        inactive = rules.introspection_inactive(str(error))
        return _answer(at, inactive, rules.introspection_inactive_status)
    members = rules.introspection_members(members, at.registrations)
    return _answer(at, rules.introspection_told_to(members, caller), 200)


def _answer(at: Installation, members: Members, status: int) -> Answer:
    return as_json(members, status, NO_STORE, at.rules.introspection_media_type)


def _caller(at: Installation, message: Message, sent: Parameters) -> tuple[Client | None, bool]:
    """Who asks, where that is known, and whether they may."""
    rules = at.rules
    if not rules.introspection_authenticates(message.method):
        return None, True
    scheme, _, bearer = message.headers.get("Authorization", "").partition(" ")
    if rules.introspection_takes_bearer and scheme.lower() == "bearer":
        try:
            tokens.verified(at, tokens.read(at, bearer, rules.access_token_read))
        except InvalidToken:
            return None, False
        return None, True
    client = authenticated(at, message, sent, "introspection")
    return client, rules.introspection_allows(client)


def _token(at: Installation, sent: Parameters) -> str:
    token = sent.get("token")
    if token is None:
        error = at.rules.introspection_missing_token_error
        raise Refusal(error, "The parameter token is missing.", status=_status(error))
    return token


def _status(error: str) -> int:
    return 500 if error == "server_error" else 400


def _members(at: Installation, token: str, hint: str | None, audience: str | None) -> Members:
    only = hint if at.rules.introspection_looks_only_at_hint else None
    if only != "access_token":
        members = _of_refresh_token(at, token)
        if members is not None:
            return members
    if only == "refresh_token":
        raise InvalidToken("There is no such refresh token.")
    claims = good_claims(at, token, audience)
    shown = {name: claims[name] for name in _SHOWN if name in claims}
    kind = "DPoP" if dpop.key_of_token(claims) else "Bearer"
    return {"active": True, "token_type": kind, **shown}


def _of_refresh_token(at: Installation, token: str) -> Members | None:
    rules = at.rules
    record = at.store.refresh_tokens.get(digest(rules.refresh_key(token)))
    if record is None:
        return None
    over = at.clock.now() >= record.expires_at and rules.introspection_checks_expiry
    gone = record.revoked or record.used or record.grant.revoked
    if over or (gone and rules.introspection_checks_revocation):
        raise InvalidToken("The refresh token has expired or was revoked.")
    members: Members = {
        "active": True,
        "scope": " ".join(record.scope),
        "client_id": record.grant.client.client_id,
        "iat": int(record.issued_at),
        "iss": at.issuer,
    }
    if record.grant.user is not None:
        members["sub"] = record.grant.user.subject
    if record.expires_at != float("inf"):
        members["exp"] = int(record.expires_at)
    return members


def good_claims(at: Installation, token: str, audience: str | None = None) -> Members:
    """The claims of an access token that is good at this moment (RFC 7662, section 4).

    `audience` is the resource that asks; that of the API where it is none of its own.
    """
    rules = at.rules
    try:
        claims = tokens.verified(at, tokens.read(at, token, rules.introspection_read))
    except InvalidToken:
        if rules.introspection_fails_on_malformed:
            raise _Broken from None
        raise
    if rules.introspection_checks_expiry and tokens.expired(at, claims):
        raise InvalidToken("The token has expired.")
    if rules.introspection_checks_start and tokens.premature(at, claims):
        raise InvalidToken("The time of the token has not come.")
    restricts = rules.access_token_audience_checked and rules.introspection_restricts
    if restricts and not tokens.meant_for(audience or rules.audience, claims):
        raise InvalidToken("The token is for another resource.")
    if rules.introspection_checks_revocation and tokens.ended(at, token):
        raise InvalidToken("The token was revoked.")
    return claims


def information(at: Installation, message: Message) -> Answer:
    """Tell whoever has an access token about it; of other tokens only that they are none."""
    rules = at.rules
    values: Mapping[str, str] = {}
    try:
        sent = read(at, message, rules.introspection_methods, ("token",))
        values = sent.values
        token = _token(at, sent)
    except Refusal as refusal:
        return refused(at, refusal, values)
    try:
        claims = good_claims(at, token)
    except InvalidToken as error:
        refresh = _of_refresh_token(at, token) if rules.information_of_refresh_tokens else None
        members = rules.introspection_inactive(str(error)) if refresh is None else refresh
        return _answer(at, members, rules.introspection_inactive_status)
    return _answer(at, rules.information_members(claims), 200)
