"""Metadata about client authentication that does not tell how it is (RFC 8414, section 2)."""

from __future__ import annotations

from typing import Any

from conformance.defects.record import Change, Defect, rule


def _with(**members: Any) -> Change:
    return rule(metadata=lambda document: {**document, **members})


def _without(member: str) -> Change:
    return rule(metadata=lambda document: {k: v for k, v in document.items() if k != member})


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
        "revocation announces Basic alone and does not read it",
        ("rfc8414-2-revocation-auth-methods-accurate",),
        rule(basic_is_read=False),
    ),
    Defect(
        "bearer tokens announced for introspection and not read",
        ("rfc8414-2-introspection-auth-methods-accurate",),
        rule(basic_is_read=False),
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
