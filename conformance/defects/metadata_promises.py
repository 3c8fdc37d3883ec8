"""Metadata that promises what is not so, or keeps back what is (RFC 8414, section 2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.defects.record import Change, Defect, all_of, rule
from conformance.server.behaviours import for_offline_access
from conformance.server.rules import Rules

GRANTS = "rfc8414-2-grant-types-supported-accurate"
MODES = "rfc8414-2-response-modes-default-honoured"


def _with(**members: Any) -> Change:
    return rule(metadata=lambda document: {**document, **members})


def _without(name: str) -> Change:
    return rule(
        metadata=lambda document: {
            member: value for member, value in document.items() if member != name
        }
    )


def _leading_nowhere(name: str) -> Change:
    return _at(name, "/gone")


def _at(name: str, path: str) -> Change:
    return rule(metadata=lambda document: {**document, name: f"{document['issuer']}{path}"})


def _without_registration(rules: Rules) -> Rules:
    return replace(rules, paths=replace(rules.paths, registration=None))


def _served(*grants: str) -> Change:
    """The server has these grants for every client, whatever its metadata says."""
    return rule(grant_types=frozenset(grants), client_grants_checked=False)


CODE_ALONE = _with(grant_types_supported=["authorization_code"], response_types_supported=["code"])
CODE_AND_REFRESH = _with(
    grant_types_supported=["authorization_code", "refresh_token"],
    response_types_supported=["code"],
)


DEFECTS = (
    Defect(
        "grant type published that is refused",
        (GRANTS,),
        rule(grant_types=frozenset({"authorization_code", "refresh_token"})),
        base=all_of(
            _with(
                grant_types_supported=["authorization_code", "refresh_token", "client_credentials"]
            ),
            _served("authorization_code", "refresh_token", "client_credentials"),
        ),
        kills=("metadata_promises.listed_grant_is_known[client-credentials]",),
    ),
    Defect(
        "refreshing published and refused",
        (GRANTS,),
        all_of(CODE_AND_REFRESH, _served("authorization_code")),
        kills=("metadata_promises.listed_grant_is_known[refresh-token]",),
    ),
    Defect(
        "implicit grant published and refused",
        (GRANTS,),
        rule(response_types=("code",)),
        base=all_of(
            _with(
                grant_types_supported=["authorization_code", "refresh_token", "implicit"],
                response_types_supported=["code", "token"],
            ),
            rule(response_types=("code", "token")),
        ),
        kills=("metadata_promises.listed_implicit_grant_is_known",),
    ),
    Defect(
        "implicit grant published by no list of grants and refused",
        (GRANTS,),
        rule(response_types=("code",)),
        base=all_of(_without("grant_types_supported"), rule(response_types=("code", "token"))),
        kills=("metadata_promises.grant_that_is_there_by_default_is_known",),
    ),
    Defect(
        "implicit grant kept back",
        (GRANTS, "rfc8414-2-response-types-supported-accurate"),
        all_of(CODE_AND_REFRESH, rule(response_types=("code", "token"))),
        kills=(
            "metadata_promises.unlisted_implicit_grant_is_not_there",
            "metadata_promises.unlisted_response_type_is_not_there[token]",
        ),
    ),
    Defect(
        "refreshing kept back",
        (GRANTS,),
        rule(refresh_token_due=for_offline_access),
        base=all_of(CODE_ALONE, rule(refresh_token_due=lambda _, __: False)),
        kills=("metadata_promises.unlisted_refresh_grant_is_not_there",),
    ),
    Defect(
        "client credentials kept back",
        (GRANTS,),
        all_of(
            CODE_AND_REFRESH, _served("authorization_code", "refresh_token", "client_credentials")
        ),
        kills=("metadata_promises.unlisted_grant_is_not_there[client_credentials]",),
    ),
    Defect(
        "password grant kept back",
        (GRANTS,),
        all_of(CODE_AND_REFRESH, _served("authorization_code", "refresh_token", "password")),
        kills=("metadata_promises.unlisted_grant_is_not_there[password]",),
    ),
    Defect(
        "response type published that is refused",
        ("rfc8414-2-response-types-supported-accurate",),
        _with(response_types_supported=["code", "code id_token"]),
        kills=("metadata.listed_response_types_are_known",),
    ),
    Defect(
        "response mode form_post published and not known",
        (MODES,),
        all_of(
            _with(response_modes_supported=["query", "form_post"]), rule(response_modes=frozenset())
        ),
        base=rule(response_modes=frozenset({"query", "form_post"})),
        kills=("metadata_promises.listed_response_mode_is_used[form_post]",),
    ),
    Defect(
        "response mode fragment published and not used",
        (MODES,),
        all_of(
            _with(response_modes_supported=["query", "fragment"]), rule(response_modes=frozenset())
        ),
        base=rule(response_modes=frozenset({"query", "fragment"})),
        kills=("metadata_promises.listed_response_mode_is_used[fragment]",),
    ),
    Defect(
        "response mode fragment published by no list of modes and refused",
        (MODES,),
        rule(response_modes=frozenset({"query"})),
        base=all_of(
            _without("response_modes_supported"),
            rule(response_modes=frozenset({"query", "fragment"})),
        ),
        kills=("metadata_promises.response_mode_that_is_there_by_default_is_known[fragment]",),
    ),
    Defect(
        "scopes_supported out of date",
        ("rfc8414-2-scopes-supported-accurate",),
        _with(scopes_supported=["profile", "offline_access", "source:w", "calendar"]),
        kills=("metadata_promises.listed_scopes_are_known",),
    ),
    Defect(
        "challenge method plain published and refused",
        ("rfc8414-2-code-challenge-methods-accurate",),
        all_of(
            _with(code_challenge_methods_supported=["S256", "plain"]),
            rule(challenge_methods=frozenset({"S256"})),
        ),
        base=rule(challenge_methods=frozenset({"S256", "plain"})),
        kills=("metadata_promises.listed_method_plain_works",),
    ),
    Defect(
        "published revocation endpoint is not there",
        ("rfc8414-2-optional-endpoints-work", "profile-server-endpoints-answer"),
        _leading_nowhere("revocation_endpoint"),
        kills=(
            "metadata_endpoints.published_revocation_endpoint_is_one",
            "profile_server.endpoint_is_there",
        ),
    ),
    Defect(
        "published introspection endpoint is a page",
        ("rfc8414-2-optional-endpoints-work",),
        _at("introspection_endpoint", "/login"),
        kills=("metadata_endpoints.published_introspection_endpoint_is_one",),
    ),
    Defect(
        "published registration endpoint is not there",
        ("rfc8414-2-optional-endpoints-work",),
        _leading_nowhere("registration_endpoint"),
        kills=("metadata_endpoints.published_registration_endpoint_is_one",),
    ),
    Defect(
        "service documentation is not there",
        ("rfc8414-2-registration-documented",),
        _leading_nowhere("service_documentation"),
        base=all_of(_at("service_documentation", "/login"), _without_registration),
        kills=("metadata_endpoints.documentation_is_there",),
    ),
    Defect(
        "jwks_uri leads nowhere",
        ("rfc8414-2-jwks-contains-signing-keys",),
        _leading_nowhere("jwks_uri"),
        kills=("metadata_endpoints.key_set_is_there",),
    ),
)
