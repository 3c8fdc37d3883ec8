"""Metadata and keys that do not tell how it is (RFC 8414)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jwt

from conformance.defects.record import Change, Defect, rule
from conformance.server.answers import Members
from conformance.server.keys import Keys


def _without(*names: str) -> Change:
    return rule(
        metadata=lambda document: {
            name: value for name, value in document.items() if name not in names
        }
    )


def _with(**members: Any) -> Change:
    return rule(metadata=lambda document: {**document, **members})


def _private(document: Members, keys: Keys) -> Members:
    private = jwt.algorithms.RSAAlgorithm.to_jwk(keys.private, as_dict=True)
    return {"keys": [{**document["keys"][0], **private}]}


def _mixed(use: str | None) -> Change:
    def with_another(document: Members, _: Keys) -> Members:
        first = document["keys"][0]
        other = {
            name: value for name, value in {**first, "kid": "enc", "use": use}.items() if value
        }
        other["alg"] = "RSA-OAEP-256"
        return {"keys": [first, other]}

    return rule(jwks=with_another)


def _elsewhere(path: str | None) -> Change:
    return lambda rules: replace(rules, paths=replace(rules.paths, metadata=path))


def _issuer(change: Any) -> Change:
    return rule(metadata=lambda document: {**document, "issuer": change(document["issuer"])})


NO_METADATA = (
    "rfc9700-2.6-metadata-published",
    "rfc9207-2.3-issuer-identifier-provided",
    "rfc9700-2.1.1-pkce-support-detectable",
)


DEFECTS = (
    Defect(
        "issuer is a bare host name",
        ("rfc8414-2-issuer-present-and-well-formed",),
        _issuer(lambda issuer: issuer.partition("://")[2]),
        kills=("metadata.issuer_is_a_url",),
    ),
    Defect(
        "issuer left out",
        (
            "rfc8414-2-issuer-present-and-well-formed",
            "rfc9207-2.3-issuer-identifier-provided",
        ),
        _without("issuer"),
        kills=(
            "metadata.issuer_is_a_url",
            "metadata_document.issuer_is_provided_where_iss_is_sent",
        ),
    ),
    Defect(
        "issuer with a trailing slash",
        ("rfc8414-3.3-issuer-identical", "profile-server-issuer-as-promised"),
        _issuer(lambda issuer: f"{issuer}/"),
        kills=(
            "profile_server.issuer_of_the_metadata_is_the_promised_one",
            "metadata.issuer_is_the_one_that_was_asked",
        ),
    ),
    Defect(
        "issuer in capitals",
        ("rfc8414-3.3-issuer-identical", "rfc8414-4-string-comparison-by-code-point"),
        _issuer(str.upper),
        kills=("metadata.issuer_is_the_one_that_was_asked",),
    ),
    Defect(
        "authorization_endpoint left out",
        ("rfc8414-2-authorization-endpoint-present",),
        _without("authorization_endpoint"),
        kills=("metadata.authorization_endpoint_is_named",),
    ),
    Defect(
        "token_endpoint left out",
        ("rfc8414-2-token-endpoint-present",),
        _without("token_endpoint"),
        kills=("metadata.token_endpoint_is_named",),
    ),
    Defect(
        "jwks_uri of plain http on another host",
        ("rfc8414-2-jwks-uri-https",),
        _with(jwks_uri="http://keys.example/jwks"),
    ),
    Defect(
        "jwks_uri left out",
        ("rfc9068-4-keys-and-issuer-in-metadata",),
        _without("jwks_uri"),
        kills=("access_token.keys_and_issuer_are_published",),
    ),
    Defect(
        "private key published",
        ("rfc8414-2-jwks-contains-signing-keys",),
        rule(jwks=_private),
        kills=("keys.key_set_is_public",),
    ),
    Defect(
        "key set without a key",
        ("rfc8414-2-jwks-contains-signing-keys",),
        rule(jwks=lambda _, __: {"keys": []}),
        kills=("keys.key_set_is_public",),
    ),
    Defect(
        "encryption key without use published",
        ("rfc8414-2-jwks-use-required-when-mixed",),
        _mixed(None),
        base=_mixed("enc"),
        kills=("keys.use_is_stated_in_a_mixed_key_set",),
    ),
    Defect(
        "scopes_supported left out",
        ("rfc8414-2-scopes-supported-present",),
        _without("scopes_supported"),
        kills=("metadata.scopes_are_listed",),
    ),
    Defect(
        "response_types_supported left out",
        ("rfc8414-2-response-types-supported-present",),
        _without("response_types_supported"),
        kills=("metadata.response_types_are_listed",),
    ),
    Defect(
        "response type with a hyphen published",
        ("rfc6749-8.4-response-type-name-syntax",),
        _with(response_types_supported=["code", "device-code"]),
        kills=("metadata.response_types_are_well_formed",),
    ),
    Defect(
        "code_challenge_methods_supported left out",
        (
            "rfc9700-2.1.1-code-challenge-methods-published",
            "rfc9700-2.1.1-pkce-support-detectable",
        ),
        _without("code_challenge_methods_supported"),
        kills=(
            "metadata.challenge_methods_are_published",
            "metadata.pkce_can_be_detected",
        ),
    ),
    Defect(
        "scopes_supported is one string",
        ("rfc8414-2-member-types",),
        _with(scopes_supported="profile offline_access source:w"),
        kills=("metadata.member_has_its_type[scopes_supported]",),
    ),
    Defect(
        "iss support announced as a string",
        ("rfc8414-2-member-types",),
        _with(authorization_response_iss_parameter_supported="true"),
        kills=("metadata.member_has_its_type[authorization_response_iss_parameter_supported]",),
    ),
    Defect(
        "metadata at a path of its own",
        ("rfc8414-3-well-known-suffix-registered", "rfc8414-3-metadata-at-well-known-path"),
        _elsewhere("/.well-known/oauth-config"),
        kills=(
            "metadata.metadata_is_at_the_well_known_path",
            "metadata_document.suffix_of_the_well_known_path_is_registered",
        ),
    ),
    Defect(
        "no metadata",
        NO_METADATA,
        _elsewhere(None),
        kills=(
            "metadata.metadata_is_published",
            "metadata.pkce_can_be_detected",
        ),
    ),
    Defect(
        "metadata only for those who sign in",
        ("rfc8414-3.1-metadata-by-get", *NO_METADATA),
        rule(metadata_needs_token=True),
        kills=(
            "metadata_document.metadata_comes_by_a_plain_get",
            "metadata.metadata_is_published",
            "metadata.pkce_can_be_detected",
        ),
    ),
    Defect(
        "metadata sent with status 203",
        ("rfc8414-3.2-metadata-status-200",),
        rule(metadata_status=203),
        kills=("metadata_document.metadata_comes_with_status_200",),
    ),
    Defect(
        "metadata sent as octets",
        ("rfc8414-3.2-metadata-json",),
        rule(metadata_media_type="application/octet-stream"),
        kills=("metadata.metadata_is_json",),
    ),
    Defect(
        "empty list in the metadata",
        ("rfc8414-3.2-empty-members-omitted",),
        _with(ui_locales_supported=[]),
        kills=("metadata.empty_members_are_left_out",),
    ),
    Defect(
        "metadata for every path that there is not",
        ("rfc8414-3.2-error-status-appropriate",),
        rule(metadata_for_every_path=True),
        kills=("metadata_document.metadata_of_no_issuer_is_an_error",),
    ),
)
