"""An introspection endpoint that tells the wrong thing, or tells it to anyone (RFC 7662)."""

from __future__ import annotations

import json

from conformance.defects.exemptions import secret_optional_for
from conformance.defects.record import Change, Defect, rule
from conformance.server.answers import Members
from conformance.server.behaviours import always, is_resource_server, never
from conformance.server.keys import InvalidToken, Keys, Read, decode
from conformance.server.registrations import Client, Registrations

AUTHORIZED = "rfc7662-2.1-authorization-required"
CORRECT = "rfc7662-2.2-optional-members-correct"
FORMED = "rfc7662-2.2-optional-members-well-formed"


def _with(**members: object) -> Change:
    return rule(introspection_members=lambda old, _: {**old, **members})


def _milliseconds(members: Members, _: Registrations) -> Members:
    return {**members, "exp": members["exp"] * 1000} if "exp" in members else members


def _scope_list(members: Members, _: Registrations) -> Members:
    return {**members, "scope": str(members.get("scope", "")).split()}


def _allowed_scopes(members: Members, registrations: Registrations) -> Members:
    client = registrations.client(str(members.get("client_id")))
    return members if client is None else {**members, "scope": " ".join(sorted(client.scopes))}


def _profile(members: Members, registrations: Registrations) -> Members:
    for user in registrations.users:
        if user.subject == members.get("sub"):
            about = {"name": user.name, "email": f"{user.username}@example.org"}
            return {**members, **about, "birthdate": "1990-01-01", "address": {"country": "DE"}}
    return members


def _unverified(token: str, _: Keys) -> Read:
    parts = token.split(".")
    try:
        header, claims = (json.loads(decode(part)) for part in parts[:2])
    except (ValueError, IndexError) as error:
        raise InvalidToken("The token cannot be read.") from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise InvalidToken("The token cannot be read.")
    return Read(header, claims)


def _with_reason(reason: str) -> Members:
    return {"active": False, "error_description": reason}


def _only_by_post(method: str) -> bool:
    return method == "POST"


def _every_confidential(client: Client) -> bool:
    return client.confidential


DEFECTS = (
    Defect(
        "introspection by GET only",
        ("rfc7662-2.1-introspection-by-post",),
        rule(introspection_methods=frozenset({"GET"})),
        kills=("introspection.introspection_by_post_is_taken",),
    ),
    Defect(
        "introspection without token answered with server_error",
        ("rfc7662-2.1-token-parameter-required",),
        rule(introspection_missing_token_error="server_error"),
        kills=("introspection.missing_token_is_refused",),
    ),
    Defect(
        "token to introspect only looked for where the hint says",
        ("rfc7662-2.1-search-beyond-wrong-hint",),
        rule(introspection_looks_only_at_hint=True),
        kills=("introspection.wrong_hint_makes_no_difference[refresh_token]",),
    ),
    Defect(
        "malformed token makes the introspection endpoint fail",
        (
            "rfc7662-2.1-inactive-when-state-unknown",
            "robustness-introspection-endpoint-malformed-tokens-no-server-error",
        ),
        rule(introspection_fails_on_malformed=True),
        kills=(
            "robustness_endpoints.malformed_token_is_answered_at_introspection",
            "introspection.foreign_jwt_is_inactive",
        ),
    ),
    Defect(
        "introspection open to everyone",
        (AUTHORIZED, "rfc7662-2.3-invalid-client-credentials-401"),
        rule(introspection_authenticates=never),
        kills=(
            "introspection.caller_must_authenticate[client-id-alone]",
            "introspection.wrong_secret_is_answered_with_401",
        ),
    ),
    Defect(
        "introspection for a client_id alone",
        (AUTHORIZED,),
        rule(
            secret_required=secret_optional_for("introspection"),
            introspection_allows=always,
        ),
        kills=("introspection.caller_must_authenticate[client-id-alone]",),
    ),
    Defect(
        "introspection answer of another media type",
        ("rfc7662-2.2-json-response",),
        rule(introspection_media_type="text/plain"),
        kills=("introspection.answer_is_json[live]",),
    ),
    Defect(
        "active is a string",
        ("rfc7662-2.2-active-present-boolean",),
        _with(active="true"),
        kills=("introspection.active_is_a_boolean[live]",),
    ),
    Defect(
        "no token is ever active",
        ("rfc7662-2.2-active-true-for-valid-token",),
        rule(introspection_members=lambda _, __: {"active": False}),
        kills=("introspection.fresh_token_is_active",),
    ),
    Defect(
        "exp of the introspection answer in milliseconds",
        (FORMED, CORRECT),
        rule(introspection_members=_milliseconds),
        kills=(
            "introspection.member_has_its_form[exp]",
            "introspection.member_is_true[exp]",
        ),
    ),
    Defect(
        "scope of the introspection answer is a list",
        (FORMED,),
        rule(introspection_members=_scope_list),
        kills=("introspection.member_has_its_form[scope]",),
    ),
    Defect(
        "introspection shows the client's scopes instead of the granted",
        (CORRECT, "rfc7662-2.2-response-differs-per-protected-resource"),
        rule(introspection_members=_allowed_scopes),
        kills=("introspection.member_is_true[scope]",),
    ),
    Defect(
        "introspection names another client",
        (CORRECT,),
        _with(client_id="resource-server"),
        kills=("introspection.member_is_true[client_id]",),
    ),
    Defect(
        "introspection names another audience and token type",
        (CORRECT,),
        _with(aud="https://other.example", token_type="JWT", jti="1", iat=1),
        kills=(
            "introspection_states.member_agrees_with_the_token[aud]",
            "introspection_states.member_agrees_with_the_token[iat]",
            "introspection_states.member_agrees_with_the_token[jti]",
            "introspection_states.member_agrees_with_the_token[token_type]",
        ),
    ),
    Defect(
        "introspection answer with a member of a common name",
        ("rfc7662-2.2-cross-domain-names-registered",),
        _with(user="alice"),
        kills=("disclosure.members_have_names_of_their_own",),
    ),
    Defect(
        "unknown token answered with 404",
        ("rfc7662-2.2-inactive-token-active-false",),
        rule(introspection_inactive_status=404),
        kills=("introspection.what_is_no_token_is_inactive[code]",),
    ),
    Defect(
        "introspection of an unknown token without active",
        ("rfc7662-2.2-inactive-token-active-false",),
        rule(introspection_inactive=lambda _: {"error": "invalid_token"}),
        kills=("introspection.what_is_no_token_is_inactive[code]",),
    ),
    Defect(
        "introspection says why a token is not active",
        ("rfc7662-2.2-inactive-response-minimal",),
        rule(introspection_inactive=_with_reason),
        kills=("introspection.inactive_answer_says_nothing_else",),
    ),
    Defect(
        "caller with wrong credentials told that the token is not active",
        ("rfc7662-2.3-invalid-client-credentials-401",),
        rule(introspection_invalid_client_is_inactive=True),
        kills=("introspection.wrong_secret_is_answered_with_401",),
    ),
    Defect(
        "introspection authorized by any access token",
        ("rfc7662-2.3-invalid-bearer-authorization-401",),
        rule(introspection_takes_bearer=True),
        kills=("introspection.access_token_of_a_user_is_no_authorization",),
    ),
    Defect(
        "introspection does not look at expiry",
        ("rfc7662-4-expiry-checked",),
        rule(introspection_checks_expiry=False),
        kills=("introspection.expired_token_is_inactive",),
    ),
    Defect(
        "introspection does not look at revocation",
        ("rfc7662-4-revocation-checked",),
        rule(introspection_checks_revocation=False),
        kills=(
            "introspection.revoked_token_is_inactive",
            "introspection_states.access_token_of_a_revoked_grant_is_inactive",
            "introspection_states.rotated_refresh_token_is_inactive",
        ),
    ),
    Defect(
        "introspection does not verify the signature",
        ("rfc7662-4-signature-checked",),
        rule(introspection_read=_unverified),
        kills=("introspection.forged_jwt_is_inactive[claim]",),
    ),
    Defect(
        "introspection for every confidential client",
        ("rfc7662-4-caller-specifically-authorized",),
        rule(introspection_allows=_every_confidential),
        kills=("introspection.other_client_is_told_nothing",),
    ),
    Defect(
        "introspection by GET for anyone",
        ("rfc7662-4-get-may-be-disallowed", AUTHORIZED),
        rule(
            introspection_methods=frozenset({"GET", "POST"}),
            introspection_authenticates=_only_by_post,
        ),
        kills=("introspection.get_needs_the_caller_too",),
    ),
    Defect(
        "introspection shows the whole user",
        ("rfc7662-5-privacy-sensitive-data-protected",),
        rule(introspection_members=_profile),
        kills=("disclosure.introspection_shows_no_personal_data",),
    ),
    Defect(
        "resource server may not introspect",
        ("rfc7662-2.2-active-true-for-valid-token",),
        rule(introspection_allows=lambda client: not is_resource_server(client)),
        kills=("introspection.fresh_token_is_active",),
    ),
)
