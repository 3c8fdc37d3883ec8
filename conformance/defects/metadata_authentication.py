"""Metadata about client authentication that does not tell how it is (RFC 8414, section 2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.defects.record import Change, Defect, all_of, rule
from conformance.server.behaviours import for_every_purpose


def _with(**members: Any) -> Change:
    return rule(metadata=lambda document: {**document, **members})


def _without(member: str) -> Change:
    return rule(metadata=lambda document: {k: v for k, v in document.items() if k != member})


def _not_by_basic_at(purpose: str) -> Callable[[str, str], bool]:
    return lambda asked, method: (asked, method) != (purpose, "client_secret_basic")


DEFECTS = (
    Defect(
        "client_secret_post published and not read",
        ("rfc8414-2-token-endpoint-auth-methods-accurate",),
        rule(post_is_read=False),
        kills=("metadata_authentication.listed_method_works[client_secret_post]",),
    ),
    Defect(
        "private_key_jwt published without algorithms",
        ("rfc8414-2-token-endpoint-auth-signing-algs-present",),
        _without("token_endpoint_auth_signing_alg_values_supported"),
        kills=("metadata_authentication.algorithms_of_the_token_endpoint_are_listed",),
    ),
    Defect(
        "only ES256 published for client assertions",
        ("rfc8414-2-token-endpoint-auth-rs256",),
        _with(token_endpoint_auth_signing_alg_values_supported=["ES256"]),
        kills=("metadata_authentication.rs256_is_an_algorithm_of_the_token_endpoint",),
    ),
    Defect(
        "alg none published for client assertions",
        ("rfc8414-2-token-endpoint-auth-no-none",),
        _with(token_endpoint_auth_signing_alg_values_supported=["RS256", "none"]),
        kills=("metadata_authentication.none_is_no_algorithm_of_the_token_endpoint",),
    ),
    Defect(
        "private_key_jwt published for revocation without algorithms",
        ("rfc8414-2-revocation-auth-signing-algs",),
        _without("revocation_endpoint_auth_signing_alg_values_supported"),
        kills=("metadata_authentication.algorithms_of_revocation_are_listed",),
    ),
    Defect(
        "alg none published for revocation",
        ("rfc8414-2-revocation-auth-no-none",),
        _with(revocation_endpoint_auth_signing_alg_values_supported=["RS256", "none"]),
        kills=("metadata_authentication.none_is_no_algorithm_of_revocation",),
    ),
    Defect(
        "client_secret_post accepted and kept back",
        ("rfc8414-2-token-endpoint-auth-methods-accurate",),
        rule(credentials_are_read=for_every_purpose),
        base=all_of(
            _with(token_endpoint_auth_methods_supported=["client_secret_basic", "none"]),
            rule(credentials_are_read=lambda _, method: method == "client_secret_basic"),
        ),
        kills=("metadata_authentication.unlisted_method_is_refused[client_secret_post]",),
    ),
    Defect(
        "Basic is the default of revocation and not read there",
        ("rfc8414-2-revocation-auth-methods-accurate",),
        rule(credentials_are_read=_not_by_basic_at("revocation")),
        base=_without("revocation_endpoint_auth_methods_supported"),
        kills=("metadata_authentication.listed_method_works_at_revocation[client_secret_basic]",),
    ),
    Defect(
        "client_secret_post published for revocation and not read there",
        ("rfc8414-2-revocation-auth-methods-accurate",),
        rule(
            credentials_are_read=lambda purpose, method: (
                (purpose, method) != ("revocation", "client_secret_post")
            )
        ),
        kills=("metadata_authentication.listed_method_works_at_revocation[client_secret_post]",),
    ),
    Defect(
        "Basic published for introspection and not read there",
        ("rfc8414-2-introspection-auth-methods-accurate",),
        rule(credentials_are_read=_not_by_basic_at("introspection")),
        kills=(
            "metadata_authentication.listed_method_works_at_introspection[client_secret_basic]",
        ),
    ),
    Defect(
        "bearer tokens published for introspection and not read there",
        ("rfc8414-2-introspection-auth-methods-accurate",),
        rule(introspection_takes_bearer=False),
        base=all_of(
            _with(introspection_endpoint_auth_methods_supported=["client_secret_basic", "Bearer"]),
            rule(introspection_takes_bearer=True),
        ),
        kills=("metadata_authentication.listed_bearer_token_works_at_introspection",),
    ),
    Defect(
        "private_key_jwt published for introspection without algorithms",
        ("rfc8414-2-introspection-auth-signing-algs",),
        _without("introspection_endpoint_auth_signing_alg_values_supported"),
        kills=("metadata_authentication.algorithms_of_introspection_are_listed",),
    ),
    Defect(
        "alg none published for introspection",
        ("rfc8414-2-introspection-auth-no-none",),
        _with(introspection_endpoint_auth_signing_alg_values_supported=["RS256", "none"]),
        kills=("metadata_authentication.none_is_no_algorithm_of_introspection",),
    ),
    Defect(
        "authentication method of an unregistered name published",
        ("rfc8414-2-auth-method-names-registered",),
        _with(token_endpoint_auth_methods_supported=["client_secret", "none"]),
        kills=("metadata_authentication.names_of_methods_are_registered[token]",),
    ),
)
