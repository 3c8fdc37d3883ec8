"""An authorization endpoint that reads requests, or writes responses, in its own way."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from conformance.defects.record import Change, Defect, rule
from conformance.server.behaviours import Pairs, with_fragment
from conformance.server.store import random_text

REPEATED = "rfc6749-3.1-repeated-request-parameter-rejected"


def _without(name: str) -> Callable[[Pairs, Mapping[str, str]], Pairs]:
    return lambda pairs, _: [pair for pair in pairs if pair[0] != name]


def _with(name: str, value: str) -> Callable[[Pairs, Mapping[str, str]], Pairs]:
    return lambda pairs, _: [(key, value if key == name else old) for key, old in pairs]


def _repeating(name: str) -> Callable[[Pairs, Mapping[str, str]], Pairs]:
    return lambda pairs, _: [*pairs, *(pair for pair in pairs if pair[0] == name)]


def _named_after_input(pairs: Pairs, sent: Mapping[str, str]) -> Pairs:
    return _with("error", f'invalid "{sent.get("response_type", "")}"')(pairs, sent)


def _quoting_scope(pairs: Pairs, sent: Mapping[str, str]) -> Pairs:
    return _with("error_description", f'Not known: "{sent.get("scope", "")}"')(pairs, sent)


def _metadata(**members: object) -> Change:
    return rule(metadata=lambda document: {**document, **members})


def _single_page(document: dict[str, object]) -> dict[str, object]:
    return {**document, "authorization_endpoint": f"{document['issuer']}/authorize#/authorize"}


DEFECTS = (
    Defect(
        "authorization endpoint published with a fragment",
        ("rfc6749-3.1-authorization-endpoint-no-fragment",),
        rule(metadata=_single_page),
        kills=("authorization.endpoint_has_no_fragment",),
    ),
    Defect(
        "authorization endpoint answers POST only",
        ("rfc6749-3.1-authorization-endpoint-get",),
        rule(authorization_methods=frozenset({"POST"})),
        kills=("authorization.request_by_get_is_taken",),
    ),
    Defect(
        "redirect URI checked for GET only",
        ("rfc6749-3.1-authorization-endpoint-post",),
        rule(redirect_uri_checked_on=frozenset({"GET"})),
        kills=("redirect_uri.redirect_uri_is_checked_in_a_post_too",),
    ),
    Defect(
        "empty parameter of the authorization request taken as a value",
        ("rfc6749-3.1-empty-parameter-treated-as-omitted",),
        rule(authorization_empty_is_omitted=False),
        kills=(
            "authorization.empty_parameter_counts_as_omitted",
            "authorization.empty_state_is_not_echoed",
        ),
    ),
    Defect(
        "unknown parameter of the authorization request refused",
        ("rfc6749-3.1-unknown-parameters-ignored",),
        rule(authorization_unknown_parameters_ignored=False),
        kills=("authorization.unknown_parameter_is_ignored",),
    ),
    Defect(
        "last of repeated authorization parameters used",
        (REPEATED,),
        rule(authorization_repeated=lambda values: values[-1]),
        kills=(
            "authorization.repeated_parameter_is_refused",
            "redirect_uri.second_redirect_uri_is_refused",
        ),
    ),
    Defect(
        "first of repeated authorization parameters used",
        (REPEATED,),
        rule(authorization_repeated=lambda values: values[0]),
        kills=(
            "authorization.repeated_parameter_is_refused",
            "redirect_uri.second_redirect_uri_is_refused",
        ),
    ),
    Defect(
        "state sent twice in error responses",
        ("rfc6749-3.1-no-repeated-response-parameter",),
        rule(authorization_error=_repeating("state")),
        kills=("authorization.error_names_each_parameter_once",),
    ),
    Defect(
        "code sent twice in the response",
        ("rfc6749-3.1-no-repeated-response-parameter",),
        rule(authorization_response=_repeating("code")),
        kills=("authorization.response_names_each_parameter_once",),
    ),
    Defect(
        "missing response_type read as code",
        ("rfc6749-3.1.1-response-type-missing",),
        rule(response_type=lambda sent: "code" if sent is None else sent),
        kills=("authorization.missing_response_type_is_an_error",),
    ),
    Defect(
        "unknown response_type read as code",
        ("rfc6749-3.1.1-response-type-unknown",),
        rule(response_type=lambda sent: None if sent is None else "code"),
        kills=("authorization.unknown_response_type_is_an_error",),
    ),
    Defect(
        "response_type compared without regard to case",
        ("rfc6749-1.9-case-sensitive-names-and-values",),
        rule(response_type=lambda sent: None if sent is None else sent.lower()),
    ),
    Defect(
        "authorization parameters named without regard to case",
        ("rfc6749-1.9-case-sensitive-names-and-values",),
        rule(authorization_name=str.lower),
    ),
    Defect(
        "code delivered in the fragment",
        ("rfc6749-4.1.2-code-delivered-in-query",),
        rule(location_of_response=with_fragment),
        kills=("authorization.code_is_in_the_query",),
    ),
    Defect(
        "errors shown on a page instead of redirected",
        ("rfc6749-4.1.2.1-errors-returned-by-redirect",),
        rule(errors_are_redirected=False),
        kills=("authorization.error_is_sent_to_the_client",),
    ),
    Defect(
        "authorization error with a code of its own making",
        ("rfc6749-4.1.2.1-error-code-from-defined-set",),
        rule(authorization_error=_with("error", "Invalid request")),
        kills=("authorization.error_code_is_a_defined_one",),
    ),
    Defect(
        "every authorization error called server_error",
        ("rfc6749-4.1.2.1-invalid-request-error", "rfc6749-4.1.2.1-invalid-scope-error"),
        rule(authorization_error=_with("error", "server_error")),
        kills=(
            "authorization.repeated_parameter_is_an_invalid_request",
            "scope.unknown_scope_is_not_granted",
        ),
    ),
    Defect(
        "authorization error with the invalid value in its code",
        ("rfc6749-4.1.2.1-error-charset",),
        rule(authorization_error=_named_after_input),
        kills=("authorization.error_code_is_printable",),
    ),
    Defect(
        "authorization error_description quotes the scope",
        ("rfc6749-4.1.2.1-error-description-charset",),
        rule(authorization_error=_quoting_scope),
        kills=("authorization.error_description_is_printable",),
    ),
    Defect(
        "authorization error without description",
        ("rfc7636-4.4.1-pkce-error-explained",),
        rule(authorization_error=_without("error_description")),
        kills=("pkce.pkce_error_is_explained[challenge]",),
    ),
    Defect(
        "authorization error_uri with spaces",
        ("rfc6749-4.1.2.1-error-uri-syntax",),
        rule(authorization_error=lambda pairs, _: [*pairs, ("error_uri", "see the manual")]),
        base=rule(
            authorization_error=lambda pairs, _: [*pairs, ("error_uri", "https://d.example")]
        ),
        kills=("authorization.error_uri_is_a_uri",),
    ),
    Defect(
        "access token in the address that the client is called at",
        ("oauth-2.1-7.1.3.7-no-bearer-tokens-in-urls", "rfc6750-5.3-no-tokens-in-urls"),
        rule(
            authorization_response=lambda pairs, _: [*pairs, ("access_token", random_text())],
        ),
        kills=("access_token.no_url_carries_a_token",),
    ),
    Defect(
        "code for a client that is registered for other grants",
        ("rfc6749-4.1.2.1-unauthorized-client-error",),
        rule(authorization_grants_checked=False),
        kills=("client_grants.client_that_may_not_ask_for_a_code_is_told_so",),
    ),
    Defect(
        "CORS at the authorization endpoint",
        ("rfc9700-2.6-no-cors-at-authorization-endpoint",),
        rule(authorization_cors=True),
        kills=("authorization.endpoint_allows_no_cross_origin_reads",),
    ),
)
