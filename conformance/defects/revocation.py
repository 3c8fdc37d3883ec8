"""A revocation endpoint that ends too little, too much, or for anyone (RFC 7009)."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.defects.exemptions import secret_optional_for
from conformance.defects.record import Defect, rule
from conformance.server.answers import Message
from conformance.server.behaviours import named_callback
from conformance.server.registrations import Client

NEITHER: frozenset[str] = frozenset()
GET = frozenset({"GET", "POST"})


def _everyone_to_revoke(client: Client, purpose: str, _: Mapping[str, str]) -> bool:
    return client.confidential or purpose in ("revocation", "introspection")


def _searching(message: Message) -> float:
    wrong = message.path == "/revoke" and b"token_type_hint=refresh_token" in message.body
    return 2.2 if wrong else 0.0


DEFECTS = (
    Defect(
        "revocation of refresh tokens does nothing",
        ("rfc7009-2-refresh-token-revocation-supported", "rfc7009-2.1-revocation-immediate"),
        rule(revocation_works_on=frozenset({"access_token"})),
        kills=(
            "revocation.revocation_of_a_refresh_token_is_immediate",
            "revocation.revoked_refresh_token_is_dead",
        ),
    ),
    Defect(
        "access tokens cannot be revoked",
        ("rfc7009-2-access-token-revocation-supported",),
        rule(revocation_of=frozenset({"refresh_token"})),
        kills=("revocation.revoked_access_token_is_dead",),
    ),
    Defect(
        "revocation of access tokens does nothing",
        ("rfc7009-2.2.1-unsupported-token-type-error", "rfc7009-2.1-revocation-immediate"),
        rule(revocation_works_on=frozenset({"refresh_token"})),
        kills=(
            "revocation.revocation_without_effect_is_no_success",
            "revocation.revoked_access_token_is_inactive",
        ),
    ),
    Defect(
        "revocation changes nothing",
        ("rfc7009-2-refresh-token-revocation-supported", "rfc7009-2.1-revocation-immediate"),
        rule(revocation_works_on=NEITHER),
        kills=(
            "revocation.revocation_of_a_refresh_token_is_immediate",
            "revocation.revoked_access_token_is_inactive",
            "revocation.revoked_refresh_token_is_dead",
        ),
    ),
    Defect(
        "revocation endpoint published with a fragment",
        ("rfc7009-2-revocation-url-conforms",),
        rule(
            metadata=lambda document: {
                **document,
                "revocation_endpoint": f"{document['revocation_endpoint']}#revoke",
            }
        ),
        kills=("revocation.endpoint_has_no_fragment",),
    ),
    Defect(
        "revocation by GET only",
        ("rfc7009-2-revocation-by-post",),
        rule(revocation_methods=frozenset({"GET"})),
        kills=("revocation.revocation_by_post_is_taken",),
    ),
    Defect(
        "revocation without token answered with server_error",
        ("rfc7009-2.1-token-parameter-required",),
        rule(revocation_missing_token_error="server_error"),
        kills=("revocation.missing_token_is_an_invalid_request",),
    ),
    Defect(
        "token to revoke only looked for where the hint says",
        ("rfc7009-2.1-search-beyond-wrong-hint",),
        rule(revocation_looks_only_at_hint=True),
        kills=(
            "revocation.wrong_hint_does_not_save_a_token",
            "revocation.wrong_hint_does_not_save_an_access_token",
        ),
    ),
    Defect(
        "revocation without client authentication",
        ("rfc7009-2.1-confidential-client-authenticated",),
        rule(secret_required=secret_optional_for("revocation")),
        kills=("revocation.revocation_needs_the_client[client-id-alone]",),
    ),
    Defect(
        "revocation by nobody in particular",
        (
            "rfc7009-2.1-confidential-client-authenticated",
            "rfc7009-2.1-token-must-belong-to-client",
        ),
        rule(revocation_identifies_client=False),
        kills=(
            "revocation.foreign_access_token_stays_alive",
            "revocation.foreign_token_stays_alive",
            "revocation.revocation_needs_the_client[client-id-alone]",
        ),
    ),
    Defect(
        "revocation demands a secret of every client",
        ("rfc7009-2.1-public-client-identified",),
        rule(secret_required=_everyone_to_revoke),
        kills=("revocation.public_client_revokes_with_its_client_id",),
    ),
    Defect(
        "token of another client revoked",
        ("rfc7009-2.1-token-must-belong-to-client", "rfc7009-2.3-cors-or-jsonp"),
        rule(revocation_foreign_token_error=None, revocation_of_foreign_tokens=True),
        kills=(
            "cross_origin.foreign_token_stays_alive_when_revoked_from_another_origin",
            "revocation.foreign_access_token_stays_alive",
            "revocation.foreign_token_stays_alive",
        ),
    ),
    Defect(
        "token that is not what the hint says answered with invalid_request",
        ("rfc7009-2.1-search-beyond-wrong-hint",),
        rule(revocation_looks_only_at_hint=True, revocation_unknown_token_error="invalid_request"),
        base=rule(revocation_unknown_token_error="invalid_request"),
        kills=("revocation.wrong_hint_does_not_save_an_access_token",),
    ),
    Defect(
        "revocation of another client's token answered with 200",
        ("rfc7009-2.1-foreign-token-refused-with-error",),
        rule(revocation_foreign_token_error=None),
        kills=("revocation.foreign_token_is_refused",),
    ),
    Defect(
        "access token outlives its revoked refresh token",
        ("rfc7009-2.1-refresh-revocation-kills-access-tokens",),
        rule(revocation_reach=lambda _: "token"),
        kills=(
            "revocation.revoked_refresh_token_ends_the_access_token",
            "revocation.revoked_refresh_token_ends_the_family",
        ),
    ),
    Defect(
        "access token outlives its grant",
        (
            "rfc7009-2.1-refresh-revocation-kills-access-tokens",
            "rfc6749-4.1.2-code-reuse-revokes-tokens",
        ),
        rule(access_token_outlives_grant=True),
        kills=(
            "authorization_code.replayed_code_revokes_the_access_token",
            "revocation.revoked_refresh_token_ends_the_access_token",
        ),
    ),
    Defect(
        "refresh after the access token was revoked fails",
        ("rfc7009-2.1-access-token-revocation-may-kill-refresh-token",),
        rule(refresh_fails_after_revocation=True),
        kills=("revocation.refresh_after_the_access_token_was_revoked_is_clean",),
    ),
    Defect(
        "revocation answered with 204",
        ("rfc7009-2.2-success-200",),
        rule(revocation_status=204),
        kills=("revocation.revocation_is_answered_with_200",),
    ),
    Defect(
        "revocation of an unknown token answered with an error",
        ("rfc7009-2.2-invalid-token-200",),
        rule(revocation_unknown_token_error="invalid_token"),
        kills=("revocation.dead_token_is_answered_with_200[invented]",),
    ),
    Defect(
        "unknown hint answered with unsupported_token_type",
        ("rfc7009-2.2-unknown-hint-ignored",),
        rule(revocation_unknown_hint_error="unsupported_token_type"),
        kills=("revocation.unknown_hint_is_ignored",),
    ),
    Defect(
        "revocation error sent as a page",
        ("rfc7009-2.2.1-error-format",),
        rule(revocation_error_is_page=True),
        kills=("revocation.error_is_a_token_error",),
    ),
    Defect(
        "callback of the query run after revocation",
        ("rfc7009-2.3-cors-or-jsonp",),
        rule(revocation_callback=lambda callback: f"{callback}();"),
        base=rule(revocation_methods=GET, revocation_callback=named_callback),
        kills=("cross_origin.callback_is_no_place_for_scripts[callback]",),
    ),
    Defect(
        "revocation by GET takes no secret",
        ("rfc7009-2.3-cors-or-jsonp", "rfc7009-2.1-confidential-client-authenticated"),
        rule(secret_required=secret_optional_for("revocation")),
        base=rule(revocation_methods=GET, revocation_callback=named_callback),
        kills=("cross_origin.callback_does_not_revoke_for_nobody[callback]",),
    ),
    Defect(
        "token searched for a long time where the hint is wrong",
        ("rfc7009-5-denial-of-service-countermeasures",),
        rule(seconds_to_think=_searching),
        kills=("revocation_load.unknown_tokens_are_answered_in_the_usual_time[wrong-hint]",),
    ),
    Defect(
        "malformed token makes the revocation endpoint fail",
        ("robustness-revocation-endpoint-malformed-tokens-no-server-error",),
        rule(revocation_unknown_token_error="server_error"),
        kills=("robustness_endpoints.malformed_token_is_answered_at_revocation",),
    ),
)
