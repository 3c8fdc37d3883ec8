"""A protected resource that lets in whom it must not, or says so in the wrong words (RFC 6750)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from conformance.defects.record import Defect, rule
from conformance.server.behaviours import challenge, resource_status, scope_allows

CHALLENGED = "rfc6750-3-www-authenticate-when-no-credentials"


def _no_challenge(parameters: dict[str, str], token: str) -> str | None:
    return challenge(parameters, token) if "error" in parameters else None


def _no_challenge_for_scope(parameters: dict[str, str], token: str) -> str | None:
    return None if parameters.get("error") == "insufficient_scope" else challenge(parameters, token)


def _twice(parameters: dict[str, str], token: str) -> str:
    text = challenge(parameters, token)
    return f'{text}, error="{parameters["error"]}"' if "error" in parameters else text


def _same_for_all(_: dict[str, str], __: str) -> str:
    return 'Bearer realm="api"'


def _scope_as_list(parameters: dict[str, str], token: str) -> str:
    if "scope" not in parameters:
        return challenge(parameters, token)
    words = json.dumps(parameters["scope"].split()).replace('"', '\\"')
    return challenge({**parameters, "scope": words}, token)


def _echo(parameters: dict[str, str], token: str) -> str:
    if "error_description" not in parameters:
        return challenge(parameters, token)
    return challenge({**parameters, "error_description": f'Not known: \\"{token}\\" \\\\'}, token)


def _with(name: str, value: str) -> Mapping[str, Any]:
    def changed(parameters: dict[str, str], token: str) -> str:
        return challenge({**parameters, name: value}, token)

    return {"resource_challenge": changed}


def _other_scope(parameters: dict[str, str], token: str) -> str:
    if "scope" not in parameters:
        return challenge(parameters, token)
    return challenge({**parameters, "scope": "superuser"}, token)


def _from_forms(method: str, media_type: str) -> bool:
    return method != "GET" and media_type == "application/x-www-form-urlencoded"


def _from_any_body(_: str, __: str) -> bool:
    return True


BODY = rule(body_token_is_read=_from_forms)
QUERY = rule(query_token_is_read=True)

DEFECTS = (
    Defect(
        "token taken from the query",
        ("oauth-2.1-5.1-query-token-ignored",),
        QUERY,
        kills=("resource_transmission.token_in_the_query_is_ignored",),
    ),
    Defect(
        "scheme Bearer compared with its capital letter",
        ("oauth-2.1-5.1.1-bearer-scheme-case-insensitive",),
        rule(bearer_scheme=lambda scheme: scheme == "Bearer"),
        kills=("resource_transmission.scheme_is_case_insensitive[BEARER]",),
    ),
    Defect(
        "scope not looked at by the resource",
        ("rfc6749-7-rs-enforces-scope", "profile-resources-scope-demanded"),
        rule(resource_needs=lambda _, __, ___: True),
        kills=(
            "profile_resources.resource_demands_its_scope",
            "resource.scope_is_enforced",
        ),
    ),
    Defect(
        "method not looked at by the resource",
        ("rfc6749-7-rs-enforces-scope",),
        rule(resource_needs=lambda scope, word, _: scope_allows(scope, word, "GET")),
    ),
    Defect(
        "resource sends programs to the login page",
        ("rfc6749-7.2-rs-informs-client-of-error",),
        rule(resource_signs_in=True),
        kills=("resource.refusal_says_what_is_wrong[bad-token]",),
    ),
    Defect(
        "token in the header not read",
        ("rfc6750-2.1-authorization-header-supported", "profile-resources-good-token-served"),
        rule(header_token_is_read=False, query_token_is_read=True),
        kills=(
            "profile_resources.resource_serves_a_good_token",
            "resource_transmission.token_in_the_header_is_taken",
        ),
    ),
    Defect(
        "token taken from a body of any type",
        ("rfc6750-2.2-body-token-only-in-form-requests",),
        rule(body_token_is_read=_from_any_body),
        kills=("resource_transmission.token_in_another_body_is_ignored[text]",),
    ),
    Defect(
        "no challenge where no token came",
        (CHALLENGED,),
        rule(resource_challenge=_no_challenge),
        kills=("resource.request_without_token_is_challenged",),
    ),
    Defect(
        "no challenge with 403",
        ("rfc6750-3-www-authenticate-when-token-unusable",),
        rule(resource_challenge=_no_challenge_for_scope),
        kills=("resource.unusable_token_is_challenged[small-scope]",),
    ),
    Defect(
        "no challenge at all",
        (CHALLENGED, "rfc6750-3-www-authenticate-when-token-unusable"),
        rule(resource_challenge=lambda _, __: None),
        kills=(
            "resource.request_without_token_is_challenged",
            "resource.unusable_token_is_challenged[bad-token]",
        ),
    ),
    Defect(
        "challenge of another scheme",
        ("rfc6750-3-challenge-scheme-bearer",),
        rule(
            resource_challenge=lambda parameters, token: challenge(parameters, token).replace(
                "Bearer", "OAuth", 1
            )
        ),
        kills=("resource.challenge_is_bearer[bad-token]",),
    ),
    Defect(
        "challenge without parameters",
        ("rfc6750-3-challenge-has-parameter",),
        rule(resource_challenge=lambda _, __: "Bearer"),
        kills=("resource.challenge_has_a_parameter[bad-token]",),
    ),
    Defect(
        "error twice in the challenge",
        ("rfc6750-3-challenge-attributes-not-repeated",),
        rule(resource_challenge=_twice),
        kills=("resource.challenge_names_each_attribute_once[bad-token]",),
    ),
    Defect(
        "challenge does not say what is wrong with the token",
        ("rfc6750-3-error-attribute-when-token-rejected",),
        rule(resource_challenge=_same_for_all),
        kills=("resource.challenge_says_what_is_wrong",),
    ),
    Defect(
        "scope of the challenge is a list",
        ("rfc6750-3-challenge-scope-charset",),
        rule(resource_challenge=_scope_as_list),
        kills=("resource.scope_of_the_challenge_is_well_formed",),
    ),
    Defect(
        "challenge repeats the token",
        ("rfc6750-3-challenge-error-charset", "rfc9700-4.9.3-rs-treats-tokens-as-secrets"),
        rule(resource_challenge=_echo),
        kills=("resource.challenge_is_printable[backslash]",),
    ),
    Defect(
        "error_uri of the challenge is no URI",
        ("rfc6750-3-challenge-error-uri-syntax",),
        rule(**_with("error_uri", "see the manual")),
        base=rule(**_with("error_uri", "https://docs.example/errors")),
        kills=("resource.error_uri_of_the_challenge_is_a_uri",),
    ),
    Defect(
        "malformed header makes the resource fail",
        (
            "rfc6750-3.1-invalid-request-400",
            "rfc9068-4-rs-errors-invalid-token",
            "robustness-protected-resource-malformed-header-no-server-error",
            "robustness-protected-resource-malformed-tokens-no-server-error",
            "rfc9068-4-rs-errors-invalid-token",
        ),
        rule(resource_fails_on_malformed=True),
        kills=(
            "robustness_endpoints.malformed_header_is_answered_at_the_resource",
            "robustness_endpoints.malformed_token_is_answered_at_the_resource",
            "resource.malformed_header_is_an_invalid_request",
            "resource_decisions.bad_jwt_is_an_invalid_token[undecodable]",
        ),
    ),
    Defect(
        "malformed header answered with 401",
        ("rfc6750-3.1-invalid-request-400",),
        rule(resource_status=lambda error: 403 if error == "insufficient_scope" else 401),
        kills=("resource.malformed_header_is_an_invalid_request",),
    ),
    Defect(
        "token sent in two ways taken",
        ("rfc6750-3.1-multiple-token-methods-invalid-request",),
        rule(several_tokens_refused=False),
        base=lambda rules: BODY(QUERY(rules)),
        kills=("resource_transmission.token_sent_in_two_ways_is_refused",),
    ),
    Defect(
        "invalid token answered with 403",
        ("rfc6750-3.1-invalid-token-401",),
        rule(
            resource_status=lambda error: (
                403 if error == "invalid_token" else resource_status(error)
            )
        ),
        kills=("resource.bad_token_is_an_invalid_token",),
    ),
    Defect(
        "scope too small answered with invalid_token",
        ("rfc6750-3.1-insufficient-scope-403",),
        rule(
            resource_error=lambda error: "invalid_token" if error == "insufficient_scope" else error
        ),
        kills=("resource.small_scope_is_an_insufficient_scope",),
    ),
    Defect(
        "challenge names a scope that does not exist",
        ("rfc6750-3.1-insufficient-scope-names-needed-scope",),
        rule(resource_challenge=_other_scope),
        kills=("resource.scope_of_the_challenge_opens_the_resource",),
    ),
    Defect(
        "bad token answered with the error unauthorized",
        ("rfc9068-4-rs-errors-invalid-token", "rfc6750-3.1-invalid-token-401"),
        rule(resource_error=lambda code: "unauthorized" if code == "invalid_token" else code),
        kills=(
            "resource_decisions.bad_jwt_is_an_invalid_token[altered]",
            "resource_decisions.bad_jwt_is_an_invalid_token[unsigned]",
            "resource_decisions.bad_jwt_is_an_invalid_token[foreign-key]",
            "resource_decisions.jwt_of_another_audience_is_an_invalid_token",
            "resource_decisions.expired_jwt_is_an_invalid_token",
        ),
    ),
    Defect(
        "scope not looked at where something is changed",
        ("rfc9068-4-rs-uses-authorization-claims", "profile-resources-scope-demanded"),
        rule(
            resource_needs=lambda scope, word, method: (
                method == "POST" or scope_allows(scope, word, method)
            )
        ),
        kills=(
            "profile_resources.resource_demands_its_scope[third]",
            "resource_decisions.claim_scope_decides[third]",
        ),
    ),
    Defect(
        "invalid_token where no token came",
        ("rfc6750-3.1-no-error-information-without-authentication",),
        rule(resource_error=lambda error: error or "invalid_token"),
        kills=("resource.challenge_without_token_has_no_error",),
    ),
    Defect(
        "resource served without a token",
        ("profile-resources-token-demanded",),
        rule(resource_demands_token=False),
        kills=("profile_resources.resource_demands_a_token",),
    ),
    Defect(
        "answer to a token in the query may be cached",
        ("rfc6750-2.3-query-token-response-cache-private",),
        rule(resource_headers=()),
        dialect="legacy",
        kills=("resource_transmission.answer_to_a_token_in_the_query_is_private",),
    ),
    Defect(
        "resource refuses its own scope",
        ("profile-resources-good-token-served",),
        rule(resource_needs=lambda _, __, ___: False),
        kills=("profile_resources.resource_serves_a_good_token",),
    ),
)
