"""The grants: a code or a refresh token becomes tokens, in one step (RFC 6749, 4.1.3 and 6)."""

from __future__ import annotations

import time
from contextlib import nullcontext as _no_lock

from conformance.server import openid, sessions, tokens
from conformance.server.answers import Members, Refusal
from conformance.server.audiences import Audience
from conformance.server.behaviours import Issue
from conformance.server.installation import Installation
from conformance.server.parameters import Parameters
from conformance.server.registrations import Client
from conformance.server.store import Code, Grant, RefreshToken, digest, random_text

_GAP = 0.03
"""Seconds between looking and marking where a rule takes the lock away."""


def needed(at: Installation, sent: Parameters, name: str) -> str:
    """A parameter that has to be there."""
    value = sent.get(name)
    if value is None:
        raise Refusal(at.rules.parameter_missing_error, f"The parameter {name} is missing.")
    return value


def client_of_code(at: Installation, code: str | None) -> Client | None:
    """The client that a code was issued to."""
    found = _code(at, code or "")
    return None if found is None else found.grant.client


def redeem(at: Installation, client: Client, sent: Parameters) -> tuple[Members, Issue]:
    """Exchange an authorization code for tokens (RFC 6749, section 4.1.3)."""
    rules = at.rules
    code = _code(at, needed(at, sent, "code"))
    if code is None:
        raise Refusal("invalid_grant", "The code is not known.")
    try:
        _check_code(at, client, code, sent)
    except Refusal:
        if code.used and rules.code_invalid_replay_revokes:
            code.grant.revoked = True
        raise
    audience = _audience(at, code.grant, sent)
    _mark_used(at, code)
    members, issue = _answer(at, client, code.grant, sent, audience)
    if openid.is_due(code.grant):
        members["id_token"] = openid.id_token(at, code.grant)
    return members, issue


def _code(at: Installation, code: str) -> Code | None:
    return at.store.codes.get(digest(at.rules.code_key(code)))


def _check_code(at: Installation, client: Client, code: Code, sent: Parameters) -> None:
    rules, used_by = at.rules, code.grant.client
    if client != used_by and rules.code_is_bound_to(client):
        raise Refusal("invalid_grant", "The code was issued to another client.")
    uri = sent.get("redirect_uri")
    if not rules.code_redirect_uri_will_do(code.sent_redirect_uri, code.redirect_uri, uri):
        raise Refusal("invalid_grant", "The redirect_uri is not that of the code.")
    _check_verifier(at, client, code, sent.get("code_verifier"))


def _check_verifier(at: Installation, client: Client, code: Code, verifier: str | None) -> None:
    """PKCE (RFC 7636, sections 4.5 and 4.6; OAuth 2.1, section 3.2.4)."""
    rules = at.rules
    challenge = code.challenge
    if not rules.challenge_belongs_to_code:
        challenge = at.store.last_challenge.get(client.client_id)
    if challenge is None:
        if verifier is not None and rules.verifier_without_challenge_error is not None:
            raise Refusal(rules.verifier_without_challenge_error, "The code has no challenge.")
        if rules.challenge_is_read and not rules.code_without_challenge_redeemed(client):
            raise Refusal("invalid_grant", "The code has no challenge.")
        return
    if verifier == "" and rules.verifier_empty_skips:
        return
    if not verifier:
        if rules.verifier_required:
            raise Refusal("invalid_request", "The parameter code_verifier is missing.")
        return
    right = rules.verifier_matches(code.method, challenge, verifier)
    if not right or not rules.verifier_valid(verifier):
        raise Refusal(rules.verifier_wrong_error, "The code_verifier does not fit the code.")


def _mark_used(at: Installation, code: Code) -> None:
    """One request gets the tokens; the next one, if valid, ends them (OAuth 2.1, section 7.5.2)."""
    with at.store.lock if at.rules.code_redemption_is_atomic else _no_lock():
        _check_unused(at, code)
        code.used = True


def _check_unused(at: Installation, code: Code) -> None:
    rules = at.rules
    if code.used and rules.code_is_single_use:
        forgiven = rules.code_replay_forgiven_after_refresh and code.grant.refreshed > 0
        if rules.code_replay_revokes and not forgiven:
            code.grant.revoked = True
        raise Refusal("invalid_grant", "The code was used before.")
    if at.clock.now() >= code.expires_at:
        raise Refusal(rules.code_dead_error, "The code has expired.")
    if code.grant.revoked:
        raise Refusal("invalid_grant", "The grant was taken back.")
    if not rules.code_redemption_is_atomic:
        time.sleep(_GAP)


def refresh(at: Installation, client: Client, sent: Parameters) -> tuple[Members, Issue]:
    """Exchange a refresh token for a new access token (RFC 6749, section 6)."""
    rules = at.rules
    token = needed(at, sent, "refresh_token")
    record = _refresh_token(at, token)
    if record is None:
        raise Refusal("invalid_grant", "The refresh token is not known.")
    if record.grant.client != client and rules.refresh_is_bound_to(client):
        raise Refusal("invalid_grant", "The refresh token was issued to another client.")
    if record.grant.proven_key not in ("", sent.proven_key):
        raise Refusal("invalid_grant", "The refresh token is bound to another key.")
    asked = sent.get("scope")
    scope = rules.refresh_scope(record.scope, None if asked is None else rules.read_scope(asked))
    if scope is None:
        raise Refusal("invalid_scope", "The scope is more than what was granted.")
    error = rules.refresh_error_after_sign_out
    if error is not None and record.grant.signed_out:
        raise Refusal(error, "The user has signed out.")
    if rules.refresh_fails_after_revocation and at.store.has_revoked_access_token(record.grant):
        raise Refusal("server_error", "The access token is gone.")
    audience = _audience(at, record.grant, sent)
    rotates = rules.refresh_rotates(client)
    _end(at, record, rotates)
    grant = record.grant
    grant.refreshed += 1
    grant.signed_in_at = rules.refresh_signed_in_at(grant.signed_in_at, at.clock.now())
    key = sent.proven_key
    access_token, issue = tokens.access_token(at, grant, scope, audience, key)
    successor = token
    if rotates:
        next_scope = rules.refresh_successor_scope(record.scope, scope)
        successor = tokens.refresh_token(at, grant, next_scope)
    return _members(at, access_token, issue, successor), issue


def _audience(at: Installation, grant: Grant, sent: Parameters) -> Audience:
    """The resources of a token: those of the grant, or one of them (RFC 8707, section 2.2)."""
    audience = tokens.granted_audience(at, grant)
    for resource in sent.resources:
        found = at.rules.token_resource(audience, resource)
        if found is None:
            raise Refusal("invalid_target", "The user did not agree to this resource.")
        audience = found
    return audience


def _requested(at: Installation, scope: tuple[str, ...], sent: Parameters) -> Audience:
    """The resources of a request that goes without a user's agreement."""
    rules = at.rules
    return rules.token_audience(sent.resources, scope, (rules.audience, rules.billing_audience))


def _refresh_token(at: Installation, token: str) -> RefreshToken | None:
    found = at.store.refresh_tokens.get(digest(at.rules.refresh_key(token)))
    if found is not None or not at.rules.refresh_takes_access_tokens:
        return found
    access = at.store.access_tokens.get(digest(token))
    if access is None:
        return None
    return RefreshToken(access.grant, access.grant.scope, 0.0, access.expires_at)


def _end(at: Installation, record: RefreshToken, rotates: bool) -> None:
    """End the token; a second use of it ends the whole family (RFC 9700, section 4.14.2)."""
    with at.store.lock if at.rules.refresh_rotation_is_atomic else _no_lock():
        _check_alive(at, record)
        record.used = rotates


def _check_alive(at: Installation, record: RefreshToken) -> None:
    rules = at.rules
    if record.used and rules.refresh_rotated_is_dead:
        if rules.refresh_reuse_revokes and not _forgiven(at, record):
            record.grant.revoked = True
        raise Refusal("invalid_grant", "The refresh token was used before.")
    if record.revoked or (record.grant.revoked and rules.refresh_checks_grant):
        raise Refusal("invalid_grant", "The refresh token was revoked.")
    if rules.refresh_lifetime_is_kept and at.clock.now() >= record.expires_at:
        raise Refusal("invalid_grant", "The refresh token has expired.")
    if not rules.refresh_rotation_is_atomic:
        time.sleep(_GAP)


def _forgiven(at: Installation, record: RefreshToken) -> bool:
    """Whether a second use of a refresh token ends nothing."""
    rules, grant = at.rules, record.grant
    if rules.refresh_reuse_forgiven_after_revocation and at.store.has_revoked_access_token(grant):
        return True
    remembered = rules.refresh_reuse_remembered
    return remembered is not None and grant.refreshed - record.generation > remembered


def for_itself(at: Installation, client: Client, sent: Parameters) -> tuple[Members, Issue]:
    """A token for the client itself (RFC 6749, section 4.4); for confidential clients only."""
    rules = at.rules
    if client.public and rules.client_credentials_confidential_only:
        raise Refusal("unauthorized_client", "A client without a secret has no right of its own.")
    asked = sent.get("scope")
    scope = rules.default_scope(client) if asked is None else rules.read_scope(asked)
    if scope is None or not rules.scope_may_be_asked(scope, client, rules.scopes):
        raise Refusal("invalid_scope", "The client may not ask for this scope.")
    grant = Grant(random_text(), client, None, scope, 0.0)
    grant.audience = _requested(at, scope, sent)
    access_token, issue = tokens.access_token(at, grant, scope, proven_key=sent.proven_key)
    successor = None
    if rules.client_credentials_refresh_token:
        successor = tokens.refresh_token(at, grant, scope)
    return _members(at, access_token, issue, successor), issue


def for_user(at: Installation, client: Client, sent: Parameters) -> tuple[Members, Issue]:
    """A token for a user whose password the client has (RFC 6749, section 4.3)."""
    user = sessions.verified(
        at, needed(at, sent, "username"), needed(at, sent, "password"), "password"
    )
    if user is None:
        raise Refusal("invalid_grant", "The user name or the password is not right.")
    asked = sent.get("scope")
    scope = at.rules.default_scope(client) if asked is None else at.rules.read_scope(asked)
    if scope is None or not at.rules.scope_may_be_asked(scope, client, at.rules.scopes):
        raise Refusal("invalid_scope", "The client may not ask for this scope.")
    grant = Grant(random_text(), client, user, scope, at.clock.now())
    grant.audience = _requested(at, scope, sent)
    return _answer(at, client, grant, sent)


def _answer(
    at: Installation, client: Client, grant: Grant, sent: Parameters, audience: Audience = ""
) -> tuple[Members, Issue]:
    key = sent.proven_key
    grant.proven_key = key if client.public else ""
    access_token, issue = tokens.access_token(at, grant, grant.scope, audience, key)
    due = "refresh_token" in client.grant_types and at.rules.refresh_token_due(client, grant.scope)
    successor = tokens.refresh_token(at, grant, grant.scope) if due else None
    return _members(at, access_token, issue, successor), issue


def _members(at: Installation, access_token: str, issue: Issue, refresh: str | None) -> Members:
    """The members of a token response (RFC 6749, section 5.1)."""
    members: Members = {
        "access_token": access_token,
        "token_type": "DPoP" if issue.proven_key else at.rules.token_type,
        "expires_in": at.rules.expires_in(issue.lifetime),
        "scope": " ".join(issue.scope),
    }
    if refresh is not None:
        members["refresh_token"] = refresh
    return members
