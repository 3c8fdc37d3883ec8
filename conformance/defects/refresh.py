"""Refresh tokens that work for the wrong client, for too much, or twice (RFC 6749, section 6)."""

from __future__ import annotations

import base64
import json
import secrets

from conformance.defects.exemptions import secret_ignored_for, secret_optional_for
from conformance.defects.record import Defect, rule
from conformance.server.answers import Members
from conformance.server.behaviours import Issue, never, random_refresh_token
from conformance.server.keys import Keys
from conformance.server.registrations import Client

ROTATED = "rfc9700-4.14.2-rotated-refresh-token-invalidated"
FAMILY = (
    "rfc9700-4.14.2-refresh-token-reuse-revokes-active-token",
    "oauth-2.1-4.3.1-refresh-token-reuse-revokes-grant",
)


def _public(client: Client) -> bool:
    return client.public


def _confidential(client: Client) -> bool:
    return client.confidential


def _as_requested(granted: tuple[str, ...], asked: tuple[str, ...] | None) -> tuple[str, ...]:
    return granted if asked is None else asked


def _least_by_default(
    granted: tuple[str, ...], asked: tuple[str, ...] | None
) -> tuple[str, ...] | None:
    wanted = ("profile",) if asked is None else asked
    return wanted if set(wanted) <= set(granted) else None


def _as_granted(granted: tuple[str, ...], _: tuple[str, ...] | None) -> tuple[str, ...]:
    return granted


def _no_scope(members: Members, _: Issue) -> Members:
    return {name: value for name, value in members.items() if name != "scope"}


def _readable(issue: Issue, keys: Keys) -> str:
    user = "" if issue.user is None else issue.user.subject
    text = json.dumps({"user": user, "client": issue.client.client_id, "n": issue.grant})
    return (
        base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
        + "."
        + (random_refresh_token(issue, keys)[:8])
    )


def _null(members: Members, _: Issue) -> Members:
    return {**members, "refresh_token": None}


DEFECTS = (
    Defect(
        "only the refresh token itself is looked at, not its grant",
        ("oauth-2.1-4.3.1-refresh-checks-grant-still-active", *FAMILY),
        rule(refresh_checks_grant=False),
        kills=(
            "refresh_rotation.refresh_checks_the_grant",
            "refresh_rotation.reuse_ends_the_family",
            "refresh_rotation.reuse_ends_the_grant",
        ),
    ),
    Defect(
        "reuse of a refresh token leaves its successor alive",
        FAMILY,
        rule(refresh_reuse_revokes=False),
        kills=(
            "refresh_rotation.reuse_ends_the_family",
            "refresh_rotation.reuse_ends_the_grant",
        ),
    ),
    Defect(
        "old refresh token works on after a refresh",
        (ROTATED, *FAMILY),
        rule(refresh_rotated_is_dead=False),
        kills=(
            "refresh_rotation.refresh_token_is_used_once_by_simultaneous_requests",
            "refresh_rotation.reuse_ends_the_family",
            "refresh_rotation.reuse_ends_the_grant",
            "refresh_rotation.rotated_refresh_token_is_dead",
        ),
    ),
    Defect(
        "check and end of a refresh token not in one step",
        (ROTATED,),
        rule(refresh_rotation_is_atomic=False),
        kills=("refresh_rotation.refresh_token_is_used_once_by_simultaneous_requests",),
    ),
    Defect(
        "refresh tokens of public clients never change",
        (
            "rfc9700-2.2.2-public-client-refresh-tokens-rotated-or-bound",
            "rfc6749-10.4-refresh-token-abuse-detection",
        ),
        rule(refresh_rotates=_confidential),
        kills=(
            "refresh_rotation.refresh_token_of_a_public_client_is_rotated",
            "refresh_rotation.second_use_by_a_public_client_is_noticed",
        ),
    ),
    Defect(
        "refresh tokens of public clients neither change nor end",
        ("oauth-2.1-2.4-exposure-to-unauthenticated-clients-limited",),
        rule(refresh_lifetime=None),
        base=rule(refresh_rotates=never),
        kills=("refresh_rotation.refresh_token_of_an_unauthenticated_client_does_not_last",),
    ),
    Defect(
        "refresh tokens never change",
        (
            "rfc9700-2.2.2-public-client-refresh-tokens-rotated-or-bound",
            "profile-features-supported-features-work",
        ),
        rule(refresh_rotates=never),
        kills=(
            "profile_features.supported_feature_works",
            "refresh_rotation.refresh_token_of_a_public_client_is_rotated",
        ),
    ),
    Defect(
        "scope of a refresh copied into the token",
        ("rfc6749-6-refresh-scope-not-exceeding-grant",),
        rule(refresh_scope=_as_requested),
        kills=("refresh.refresh_does_not_widen_the_scope",),
    ),
    Defect(
        "refresh without scope falls back to little",
        ("rfc6749-6-refresh-omitted-scope-equals-grant",),
        rule(refresh_scope=_least_by_default),
        kills=("refresh.refresh_without_scope_keeps_the_scope",),
    ),
    Defect(
        "scope of a refresh ignored without a word",
        ("rfc6749-6-refresh-narrower-scope-honoured",),
        rule(refresh_scope=_as_granted, refresh_members=_no_scope),
        kills=("refresh.refresh_narrows_the_scope",),
    ),
    Defect(
        "refresh without client authentication",
        ("rfc6749-6-refresh-client-authentication-required",),
        rule(secret_required=secret_optional_for("refresh_token")),
        kills=("refresh.refresh_needs_client_authentication[client-id-alone]",),
    ),
    Defect(
        "secret not compared for a refresh",
        ("rfc6749-6-refresh-included-authentication-verified",),
        rule(secret_matches=secret_ignored_for("refresh_token")),
        kills=("refresh.refresh_with_a_wrong_secret_is_refused",),
    ),
    Defect(
        "refresh token works for another confidential client",
        ("rfc6749-6-refresh-token-bound-to-authenticated-client",),
        rule(refresh_is_bound_to=_public),
        kills=("refresh.refresh_token_of_another_client_is_refused",),
    ),
    Defect(
        "refresh token works for another public client",
        ("rfc6749-10.4-refresh-token-bound-to-public-client",),
        rule(refresh_is_bound_to=_confidential),
        kills=("refresh.refresh_token_of_another_public_client_is_refused",),
    ),
    Defect(
        "access token taken as refresh token",
        ("rfc6749-6-refresh-token-validated",),
        rule(refresh_takes_access_tokens=True),
        kills=("refresh.what_is_no_refresh_token_is_refused[access-token]",),
    ),
    Defect(
        "refresh token known by its first characters",
        ("rfc6749-6-refresh-token-validated", "rfc6749-10.4-refresh-token-unforgeable"),
        rule(refresh_key=lambda token: token[:30]),
        kills=(
            "refresh.altered_refresh_token_is_refused[end]",
            "refresh.what_is_no_refresh_token_is_refused[truncated]",
        ),
    ),
    Defect(
        "new refresh token only for the narrowed scope",
        ("rfc6749-6-new-refresh-token-scope-identical",),
        rule(refresh_successor_scope=lambda _, narrowed: narrowed),
        kills=("refresh.narrowed_refresh_keeps_the_grant",),
    ),
    Defect(
        "user and client readable in the refresh token, and taken from it",
        ("rfc6749-10.4-refresh-token-unforgeable",),
        rule(make_refresh_token=_readable, refresh_key=lambda token: token.partition(".")[0]),
    ),
    Defect(
        "refresh after the user signed out fails",
        ("rfc9700-4.14.2-refresh-token-revoked-on-security-event",),
        rule(refresh_error_after_sign_out="server_error"),
        base=rule(refresh_error_after_sign_out="invalid_grant"),
        kills=("refresh_events.refresh_after_the_user_signed_out_is_clean",),
    ),
    Defect(
        "refresh token of 64 random bits",
        ("rfc6749-10.10-generated-secrets-guess-probability-128",),
        rule(make_refresh_token=lambda _, __: secrets.token_hex(8)),
        kills=("unguessable.values_can_have_128_bits[refresh_token]",),
    ),
    Defect(
        "refresh token is null after a refresh",
        ("rfc6749-A.17-refresh-token-syntax", "oauth-2.1-C.3-no-null-members"),
        rule(refresh_members=_null),
        kills=(
            "refresh.refresh_token_is_printable[refresh]",
            "token_response.no_member_is_null[refresh]",
        ),
    ),
    Defect(
        "refresh token with characters beyond ASCII",
        ("rfc6749-A.17-refresh-token-syntax",),
        rule(make_refresh_token=lambda issue, keys: random_refresh_token(issue, keys) + "\u00e9"),
        kills=("refresh.refresh_token_is_printable[code]",),
    ),
)
