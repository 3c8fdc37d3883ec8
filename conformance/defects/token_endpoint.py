"""A token endpoint whose answers, or whose reading of requests, are its own (RFC 6749, 3.2, 5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import unquote_to_bytes

from conformance.defects.record import Defect, rule
from conformance.server.answers import Members, Refusal
from conformance.server.behaviours import error_members

REPEATED = "rfc6749-3.2-repeated-request-parameter-rejected"


def _quoting(error: Refusal, sent: Mapping[str, str]) -> Members:
    value = sent.get("grant_type", "")
    return {**error_members(error, sent), "error_description": f'Not known: "{value}" \u2717'}


def _exception(error: Refusal, sent: Mapping[str, str]) -> Members:
    return {**error_members(error, sent), "error": f'KeyError("{error.code}")'}


def _broken(_: list[str]) -> str | None:
    raise Refusal("Internal Server Error", "The list has more than one element.", status=500)


def _plus_stays(text: str) -> str:
    return unquote_to_bytes(text).decode("utf-8")


def _latin(text: str) -> str:
    return unquote_to_bytes(text.replace("+", "%20")).decode("latin-1")


def _error_uri(value: str) -> Callable[[Refusal, Mapping[str, str]], Members]:
    return lambda error, sent: {**error_members(error, sent), "error_uri": value}


DEFECTS = (
    Defect(
        "redirect_uri of the token request refused",
        ("oauth-2.1-10.2-redirect-uri-allowed-in-token-request",),
        rule(token_forbidden_parameters=frozenset({"redirect_uri"})),
        kills=("authorization_code.redirect_uri_is_taken_in_the_token_request",),
    ),
    Defect(
        "error_uri of a token error is null",
        ("oauth-2.1-C.3-no-null-members",),
        rule(error_members=lambda error, sent: {**error_members(error, sent), "error_uri": None}),
    ),
    Defect(
        "token parameters named without regard to case",
        ("rfc6749-1.9-case-sensitive-names-and-values",),
        rule(token_name=str.lower),
        kills=("token_request.names_and_values_are_case_sensitive[name-of-code]",),
    ),
    Defect(
        "grant_type compared without regard to case",
        ("rfc6749-1.9-case-sensitive-names-and-values",),
        rule(token_grant_type=str.lower),
        kills=("token_request.names_and_values_are_case_sensitive[grant-type]",),
    ),
    Defect(
        "token endpoint published with a fragment",
        ("rfc6749-3.2-token-endpoint-no-fragment",),
        rule(
            metadata=lambda document: {
                **document,
                "token_endpoint": document["token_endpoint"] + "#t",
            }
        ),
        kills=("token_request.endpoint_has_no_fragment",),
    ),
    Defect(
        "tokens issued by GET",
        ("rfc6749-3.2-token-endpoint-post-only",),
        rule(token_methods=frozenset({"GET", "POST"})),
        kills=("token_request.request_by_get_is_refused",),
    ),
    Defect(
        "empty parameter of the token request taken as a value",
        ("rfc6749-3.2-empty-parameter-treated-as-omitted",),
        rule(token_empty_is_omitted=False),
        kills=("token_request.empty_parameter_counts_as_omitted[code]",),
    ),
    Defect(
        "unknown parameter of the token request refused",
        ("rfc6749-3.2-unknown-parameters-ignored",),
        rule(token_unknown_parameters_ignored=False),
        kills=("token_request.unknown_parameter_is_ignored[extra]",),
    ),
    Defect(
        "last of repeated token parameters used",
        (REPEATED,),
        rule(token_repeated=lambda values: values[-1]),
        kills=("token_request.repeated_parameter_is_refused[other-first-code]",),
    ),
    Defect(
        "first of repeated token parameters used",
        (REPEATED,),
        rule(token_repeated=lambda values: values[0]),
        kills=("token_request.repeated_parameter_is_refused[other-last-code]",),
    ),
    Defect(
        "repeated token parameters taken if they agree",
        (REPEATED,),
        rule(token_repeated=lambda values: values[0] if len(set(values)) == 1 else None),
        kills=("token_request.repeated_parameter_is_refused[same-code]",),
    ),
    Defect(
        "repeated token parameters break the token endpoint",
        (REPEATED,),
        rule(token_repeated=_broken),
        kills=("token_request.repeated_parameter_is_refused[same-code]",),
    ),
    Defect(
        "client found by its code",
        ("rfc6749-4.1.3-client-id-required-without-authentication",),
        rule(client_inferred_from_code=True),
        kills=("client_authentication.client_id_is_required",),
    ),
    Defect(
        "token errors sent with status 200",
        ("rfc6749-5.2-error-status-400",),
        rule(error_status=lambda _: 200),
        kills=("token_request.error_is_sent_with_400[missing-code]",),
    ),
    Defect(
        "token errors sent with status 403",
        ("rfc6749-5.2-error-status-400",),
        rule(error_status=lambda error: 403 if error.status == 400 else error.status),
        kills=("token_request.error_is_sent_with_400[missing-code]",),
    ),
    Defect(
        "token errors sent as a page",
        ("rfc6749-5.2-error-body-json", "robustness-token-endpoint-errors-are-json"),
        rule(
            error_text=lambda _: "<!doctype html><title>Error</title><h1>Bad Request</h1>",
            error_media_type="text/html",
        ),
        kills=(
            "robustness_token.malformed_body_is_answered_in_json",
            "token_request.error_is_a_json_object[missing-code]",
        ),
    ),
    Defect(
        "token error in members of its own",
        ("rfc6749-5.2-error-body-json", "profile-errors-code-in-promised-member"),
        rule(error_members=lambda error, _: {"code": error.code, "message": error.description}),
        kills=(
            "profile_server.error_code_stands_in_the_promised_member",
            "token_request.error_is_a_json_object[missing-code]",
        ),
    ),
    Defect(
        "missing parameter answered with server_error",
        ("rfc6749-5.2-invalid-request-error",),
        rule(parameter_missing_error="server_error"),
        kills=(
            "refresh.missing_refresh_token_is_an_invalid_request",
            "token_request.missing_parameter_is_an_invalid_request[missing-code]",
        ),
    ),
    Defect(
        "missing parameter answered with invalid_grant",
        ("rfc6749-5.2-invalid-request-error",),
        rule(parameter_missing_error="invalid_grant"),
        kills=(
            "refresh.missing_refresh_token_is_an_invalid_request",
            "token_request.missing_parameter_is_an_invalid_request[missing-code]",
        ),
    ),
    Defect(
        "dead code answered with invalid_request",
        ("rfc6749-5.2-invalid-grant-error",),
        rule(code_dead_error="invalid_request"),
    ),
    Defect(
        "unknown code answered with invalid_request",
        ("rfc6749-5.2-invalid-grant-error",),
        rule(
            error_members=lambda error, sent: {
                **error_members(error, sent),
                "error": "invalid_request" if error.code == "invalid_grant" else error.code,
            }
        ),
        kills=(
            "refresh.bad_refresh_token_is_an_invalid_grant",
            "token_request.bad_code_is_an_invalid_grant[unknown]",
        ),
    ),
    Defect(
        "grant types of the client not looked at",
        ("rfc6749-5.2-unauthorized-client-error",),
        rule(client_grants_checked=False),
        dialect="legacy",
        kills=("client_grants.client_that_may_not_use_a_grant_is_told_so",),
    ),
    Defect(
        "unknown grant_type answered with invalid_request",
        ("rfc6749-5.2-unsupported-grant-type-error",),
        rule(grant_type_unknown_error="invalid_request"),
        kills=("token_request.unknown_grant_type_is_unsupported[uri]",),
    ),
    Defect(
        "unknown grant_type read as client_credentials",
        ("rfc6749-5.2-unsupported-grant-type-error", "profile-features-lacking-features-absent"),
        rule(
            token_grant_type=lambda sent: (
                sent if sent in ("authorization_code", "refresh_token") else "client_credentials"
            ),
            grant_types=frozenset({"authorization_code", "refresh_token", "client_credentials"}),
            client_grants_checked=False,
        ),
        kills=(
            "profile_features.lacking_feature_does_not_work",
            "profile_features.lacking_feature_is_not_announced",
        ),
    ),
    Defect(
        "token error with the text of an exception",
        ("rfc6749-5.2-error-charset", "robustness-token-endpoint-no-internals-in-errors"),
        rule(error_members=_exception),
        kills=(
            "robustness_token.errors_show_nothing_of_the_inside",
            "token_request.error_code_is_printable[code]",
        ),
    ),
    Defect(
        "token error_description quotes the request",
        ("rfc6749-5.2-error-description-charset",),
        rule(error_members=_quoting),
        kills=("token_request.error_description_is_printable[code]",),
    ),
    Defect(
        "token error_uri with spaces",
        ("rfc6749-5.2-error-uri-syntax",),
        rule(error_members=_error_uri("see the manual")),
        base=rule(error_members=_error_uri("https://docs.example/errors")),
        kills=("token_request.error_uri_is_a_uri[missing-code]",),
    ),
    Defect(
        "plus sign not read as a space",
        ("rfc6749-B-form-encoding-utf8",),
        rule(authorization_decode=_plus_stays),
        kills=("form_encoding.space_is_read_in_both_ways",),
    ),
    Defect(
        "plus sign not read as a space in token requests",
        ("rfc6749-B-form-encoding-utf8",),
        rule(token_decode=_plus_stays),
        kills=("form_encoding.space_is_read_in_both_ways_at_the_token_endpoint",),
    ),
    Defect(
        "form decoded as Latin-1",
        ("rfc6749-B-form-encoding-utf8",),
        rule(token_decode=_latin, authorization_decode=_latin),
        kills=("form_encoding.characters_survive_the_way_to_the_client[multi-byte]",),
    ),
)
