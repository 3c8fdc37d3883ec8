"""PKCE that does not bind the code to who asked for it (RFC 7636)."""

from __future__ import annotations

import base64
import json
import re
import secrets
from dataclasses import replace

from conformance.defects.record import Defect, rule
from conformance.server.behaviours import always, never, s256
from conformance.server.registrations import Client
from conformance.server.rules import Rules

WRONG = "rfc7636-4.6-wrong-verifier-invalid-grant"
OPTIONAL = rule(challenge_required=never, code_without_challenge_redeemed=always)
WITH_PLAIN = rule(challenge_methods=frozenset({"S256", "plain"}))


def _confidential(client: Client) -> bool:
    return client.confidential


def _public(client: Client) -> bool:
    return client.public


def _either(_: str | None, challenge: str, verifier: str) -> bool:
    return challenge in (verifier, s256(verifier))


def _at_most_64(verifier: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9\-._~]{43,64}", verifier) is not None


def _readable_code(challenge: str | None) -> str:
    claims = json.dumps({"n": secrets.token_hex(20), "code_challenge": challenge}).encode()
    return base64.urlsafe_b64encode(claims).rstrip(b"=").decode()


def _only_plain(rules: Rules) -> Rules:
    return replace(rules, challenge_methods=frozenset({"plain"}))


DEFECTS = (
    Defect(
        "PKCE optional for public clients",
        (
            "oauth-2.1-4.1.1-pkce-required-for-public-clients",
            "profile-clients-pkce-required-as-promised",
        ),
        rule(challenge_required=_confidential, code_without_challenge_redeemed=_public),
        kills=(
            "profile_clients.client_that_needs_pkce_gets_no_token_without",
            "pkce_downgrade.public_client_needs_a_challenge",
        ),
    ),
    Defect(
        "PKCE optional for confidential clients",
        (
            "oauth-2.1-4.1.1-pkce-required-for-confidential-clients",
            "profile-clients-pkce-required-as-promised",
        ),
        rule(challenge_required=_public, code_without_challenge_redeemed=_confidential),
        kills=(
            "profile_clients.client_that_needs_pkce_gets_no_token_without",
            "pkce_downgrade.confidential_client_needs_a_challenge",
        ),
    ),
    Defect(
        "code without challenge redeemed",
        ("oauth-2.1-4.1.3-code-without-challenge-refused-at-token-endpoint",),
        rule(code_without_challenge_redeemed=always),
        base=rule(challenge_required=never),
        kills=("pkce_downgrade.code_without_challenge_is_not_redeemed",),
    ),
    Defect(
        "code without challenge issued and never redeemed",
        ("rfc7636-5-requests-without-pkce",),
        rule(code_without_challenge_redeemed=never),
        base=OPTIONAL,
        standards=("rfc6749", "rfc7636"),
        kills=("pkce_downgrade.code_without_challenge_is_good",),
    ),
    Defect(
        "verifier without challenge answered with invalid_grant",
        ("oauth-2.1-3.2.4-verifier-without-challenge-error-code",),
        rule(verifier_without_challenge_error="invalid_grant"),
        base=OPTIONAL,
        kills=("pkce_downgrade.verifier_without_challenge_is_an_invalid_request",),
    ),
    Defect(
        "verifier without challenge ignored",
        ("rfc9700-2.1.1-verifier-without-challenge-rejected",),
        rule(verifier_without_challenge_error=None),
        base=OPTIONAL,
        kills=("pkce_downgrade.verifier_without_challenge_is_refused",),
    ),
    Defect(
        "verifier of any form taken",
        ("rfc7636-4.1-verifier-grammar-enforced",),
        rule(verifier_valid=always),
        kills=("pkce.malformed_verifier_is_refused[character]",),
    ),
    Defect(
        "challenge of any form taken",
        ("rfc7636-4.2-challenge-grammar-enforced",),
        rule(challenge_valid=always),
        kills=("pkce.malformed_challenge_is_refused[character]",),
    ),
    Defect(
        "only the method plain known",
        ("rfc7636-4.2-s256-supported",),
        _only_plain,
        kills=("pkce.s256_is_known",),
    ),
    Defect(
        "missing method read as S256",
        ("rfc7636-4.3-method-defaults-to-plain",),
        rule(challenge_default_method="S256"),
        kills=("pkce.missing_method_is_not_read_as_s256",),
    ),
    Defect(
        "challenge kept by client instead of by code",
        ("rfc7636-4.4-challenge-bound-to-code",),
        rule(challenge_belongs_to_code=False),
        kills=("pkce.verifier_of_another_code_is_refused[first]",),
    ),
    Defect(
        "challenge readable in the code",
        ("rfc7636-4.4-challenge-not-disclosed",),
        rule(make_code=_readable_code),
        kills=("pkce.code_does_not_show_the_challenge",),
    ),
    Defect(
        "missing challenge answered with unauthorized_client",
        ("rfc7636-4.4.1-missing-challenge-invalid-request",),
        rule(challenge_missing_error="unauthorized_client"),
        kills=("pkce.missing_challenge_is_an_invalid_request",),
    ),
    Defect(
        "unknown method read as plain",
        ("rfc7636-4.4.1-unsupported-method-invalid-request",),
        rule(challenge_unknown_method=lambda _: "plain"),
        kills=("pkce.unknown_method_is_an_invalid_request[S512]",),
    ),
    Defect(
        "unknown method read as S256",
        ("rfc7636-4.4.1-unsupported-method-invalid-request",),
        rule(challenge_unknown_method=lambda _: "S256"),
        kills=("pkce.unknown_method_is_an_invalid_request[S512]",),
    ),
    Defect(
        "verifier not demanded",
        ("rfc7636-4.5-verifier-required-when-challenge-sent",),
        rule(verifier_required=False),
        kills=(
            "pkce.missing_verifier_is_refused[empty]",
            "pkce.missing_verifier_of_a_public_client_is_refused",
        ),
    ),
    Defect(
        "empty verifier skips the comparison",
        ("rfc6749-3.2-empty-parameter-treated-as-omitted",),
        rule(verifier_empty_skips=True, token_empty_is_omitted=False),
        kills=(
            "pkce.empty_verifier_counts_as_none",
            "token_request.empty_parameter_counts_as_omitted[code]",
        ),
    ),
    Defect(
        "verifier compared with the challenge by either method",
        ("rfc7636-4.5-verification-uses-method-of-authorization-request",),
        rule(verifier_matches=_either),
        kills=("pkce.challenge_as_verifier_is_refused[plain-named]",),
    ),
    Defect(
        "verifiers longer than 64 characters refused",
        ("rfc7636-4.6-matching-verifier-accepted",),
        rule(verifier_valid=_at_most_64),
        kills=("pkce.right_verifier_is_taken[every-character]",),
    ),
    Defect(
        "verifier ignored",
        (WRONG,),
        rule(verifier_matches=lambda _, __, ___: True),
        kills=(
            "pkce.wrong_verifier_is_an_invalid_grant",
            "pkce.wrong_verifier_is_refused[case]",
        ),
    ),
    Defect(
        "wrong verifier answered with invalid_request",
        (WRONG,),
        rule(verifier_wrong_error="invalid_request"),
        kills=("pkce.wrong_verifier_is_an_invalid_grant",),
    ),
    Defect(
        "method plain taken",
        ("rfc7636-7.2-plain-not-supported", "profile-features-lacking-features-absent"),
        WITH_PLAIN,
        kills=(
            "profile_features.lacking_feature_does_not_work",
            "profile_features.lacking_feature_is_not_announced",
            "pkce.plain_is_refused",
        ),
    ),
    Defect(
        "method plain taken and not published",
        ("rfc8414-2-code-challenge-methods-accurate",),
        lambda rules: replace(
            WITH_PLAIN(rules),
            metadata=lambda document: {**document, "code_challenge_methods_supported": ["S256"]},
        ),
        kills=("metadata.unlisted_challenge_methods_are_refused",),
    ),
    Defect(
        "code_challenge ignored",
        ("rfc9700-2.1.1-pkce-supported", "oauth-2.1-4.1.1-pkce-required-for-public-clients"),
        rule(challenge_is_read=False, verifier_without_challenge_error=None),
        kills=(
            "pkce.challenge_is_not_ignored",
            "pkce_downgrade.public_client_needs_a_challenge",
        ),
    ),
    Defect(
        "a nonce does instead of a challenge",
        ("oauth-2.1-7.5.1.1-pkce-enforced-even-with-nonce",),
        rule(nonce_replaces_challenge=True),
        kills=("pkce_downgrade.nonce_does_not_replace_the_challenge",),
    ),
    Defect(
        "no memory of challenges",
        ("rfc9700-2.1.1-constant-challenge-detected",),
        rule(challenge_uses=None),
        kills=("pkce_downgrade.challenge_that_never_changes_is_noticed",),
    ),
)
