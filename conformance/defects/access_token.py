"""Access tokens in a form that RFC 9068, 7519 and 7515 do not describe."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from typing import Any

from conformance.defects.record import Change, Defect, rule
from conformance.server.answers import Members
from conformance.server.behaviours import (
    access_token_header,
    sign_access_token,
)
from conformance.server.keys import Keys, encode, signing_input


def _header(**members: Any) -> Change:
    return rule(
        access_token_header=lambda kid: {
            name: value
            for name, value in {**access_token_header(kid), **members}.items()
            if value is not None
        }
    )


def _hs256(header: Members, claims: Members, keys: Keys) -> str:
    text = signing_input({**header, "alg": "HS256"}, claims)
    return f"{text}.{encode(keys.hs256(text.encode()))}"


def _unsigned(header: Members, claims: Members, _: Keys) -> str:
    return signing_input({**header, "alg": "none"}, claims) + "."


def _empty_signature(header: Members, claims: Members, _: Keys) -> str:
    return signing_input(header, claims) + "."


def _padded(header: Members, claims: Members, keys: Keys) -> str:
    parts = (json.dumps(part).encode() for part in (header, claims))
    text = ".".join(base64.urlsafe_b64encode(part).decode() for part in parts)
    return f"{text}.{base64.urlsafe_b64encode(keys.rs256(text.encode())).decode()}"


def _member_twice(part: int, name: str, value: str) -> Change:
    def sign(header: Members, claims: Members, keys: Keys) -> str:
        parts = [json.dumps(one) for one in (header, claims)]
        parts[part] = f'{parts[part][:-1]}, "{name}": {json.dumps(value)}}}'
        text = ".".join(encode(one.encode()) for one in parts)
        return f"{text}.{encode(keys.rs256(text.encode()))}"

    return rule(sign_access_token=sign)


def _signed_by_another(header: Members, claims: Members, keys: Keys) -> str:
    good = sign_access_token(header, claims, keys)
    return good[:-20] + "".join(reversed(good[-20:]))


def _in_plain(header: Members, claims: Members, _: Keys) -> str:
    return encode(json.dumps({**claims, "alg": header["alg"]}).encode())


def _broken_over_lines(header: Members, claims: Members, keys: Keys) -> str:
    token = sign_access_token(header, claims, keys)
    return f"{token[:76]}\n{token[76:]}"


def _with_colon(header: Members, claims: Members, keys: Keys) -> str:
    return f"v1:{sign_access_token(header, claims, keys)}"


def _unread(sign: Callable[[Members, Members, Keys], str]) -> Change:
    """Tokens in a form that no reader of JWTs would take; this resource server does not look."""
    return rule(sign_access_token=sign, resource_checks_token=False)


DEFECTS = (
    Defect(
        "signature left empty",
        ("rfc9068-2.1-token-signed",),
        _unread(_empty_signature),
        kills=("jwt_profile.access_token_is_signed",),
    ),
    Defect(
        "access token signed with HS256",
        ("rfc9068-2.1-asymmetric-signature",),
        _unread(_hs256),
        kills=("jwt_profile.signature_is_asymmetric",),
    ),
    Defect(
        "access token with alg none",
        ("rfc9068-2.1-alg-not-none", "rfc9068-2.1-token-signed"),
        _unread(_unsigned),
        kills=(
            "jwt_profile.access_token_is_signed",
            "jwt_profile.algorithm_is_not_none",
        ),
    ),
    Defect(
        "typ of the access token is JWT",
        ("rfc9068-2.1-typ-at-jwt",),
        _header(typ="JWT"),
        kills=("jwt_profile.type_is_that_of_access_tokens",),
    ),
    Defect(
        "typ of the access token left out",
        ("rfc9068-2.1-typ-at-jwt",),
        _header(typ=None),
        kills=("jwt_profile.type_is_that_of_access_tokens",),
    ),
    Defect(
        "typ of the access token in its long form",
        ("rfc9068-2.1-typ-short-form",),
        rule(
            access_token_header=lambda kid: {
                **access_token_header(kid),
                "typ": "application/at+jwt",
            },
            access_token_type_checked=False,
        ),
        kills=("jwt_profile.type_is_in_its_short_form",),
    ),
    Defect(
        "a claim written twice",
        ("rfc7519-4-claim-names-unique",),
        _member_twice(1, "client_id", "other"),
        kills=("jwt_syntax.claims_are_named_once",),
    ),
    Defect(
        "cty on a token that holds no other",
        ("rfc7519-5.2-cty-absent-when-not-nested",),
        _header(cty="JWT"),
        kills=("jwt_syntax.token_that_holds_none_has_no_cty",),
    ),
    Defect(
        "access token padded",
        ("rfc7519-7.1-jwt-well-formed",),
        _unread(_padded),
        kills=("jwt_syntax.token_is_well_formed",),
    ),
    Defect(
        "a header parameter written twice",
        ("rfc7515-4-header-names-unique",),
        _member_twice(0, "kid", "other"),
        kills=("jwt_syntax.header_names_each_parameter_once",),
    ),
    Defect(
        "alg names another algorithm than was used",
        ("rfc7515-4.1.1-alg-present",),
        lambda rules: rule(resource_checks_token=False)(_header(alg="PS256")(rules)),
        kills=("jwt_syntax.algorithm_is_the_one_that_was_used",),
    ),
    Defect(
        "alg left out",
        ("rfc7515-4.1.1-alg-present",),
        lambda rules: rule(resource_checks_token=False)(_header(alg=None)(rules)),
        kills=("jwt_syntax.algorithm_is_the_one_that_was_used",),
    ),
    Defect(
        "jku of plain http",
        ("rfc7515-4.1.2-key-url-https",),
        _header(jku="http://keys.example/jwks"),
        base=_header(jku="https://keys.example/jwks"),
        kills=("jwt_syntax.keys_are_referred_to_by_https[jku]",),
    ),
    Defect(
        "kid is a number",
        ("rfc7515-4.1.4-kid-string",),
        lambda rules: rule(resource_checks_token=False)(_header(kid=7)(rules)),
        kills=("jwt_syntax.kid_is_that_of_the_key",),
    ),
    Defect(
        "crit lists alg",
        ("rfc7515-4.1.11-crit-well-formed",),
        lambda rules: rule(resource_checks_token=False)(_header(crit=["alg"])(rules)),
        kills=("jwt_syntax.crit_is_well_formed",),
    ),
    Defect(
        "kid left out although there are two keys",
        ("rfc7515-6-key-identifiable",),
        _header(kid=None),
        base=rule(
            jwks=lambda document, _: {
                "keys": [*document["keys"], {**document["keys"][0], "kid": "next"}]
            }
        ),
        kills=("jwt_syntax.key_can_be_found",),
    ),
    Defect(
        "access token signed by a key that is not published",
        ("rfc9068-2.1-token-signed", "rfc8414-2-jwks-contains-signing-keys"),
        _unread(_signed_by_another),
        kills=("jwt_profile.access_token_is_signed",),
    ),
    Defect(
        "access token is base64 without a signature",
        ("rfc6749-10.3-access-token-unforgeable",),
        _unread(_in_plain),
        kills=("resource_tokens.altered_token_is_refused",),
    ),
    Defect(
        "access token with a line break",
        ("rfc6749-A.12-access-token-syntax", "rfc6750-2.1-bearer-token-syntax"),
        _unread(_broken_over_lines),
        kills=(
            "access_token.access_token_fits_into_the_authorization_header",
            "access_token.access_token_is_printable_ascii",
        ),
    ),
    Defect(
        "access token with a colon",
        ("rfc6750-2.1-bearer-token-syntax",),
        _unread(_with_colon),
        kills=("access_token.access_token_fits_into_the_authorization_header",),
    ),
    Defect(
        "token_type is JWT",
        ("rfc6749-8.1-token-type-registered-or-uri", "rfc6750-6.1.1-token-type-bearer"),
        rule(token_type="JWT"),
        kills=(
            "access_token.bearer_token_is_announced_as_bearer",
            "access_token.token_type_is_registered_or_a_uri",
        ),
    ),
    Defect(
        "opaque access token of 64 random bits",
        ("rfc6749-10.10-generated-secrets-guess-probability-128",),
        _unread(lambda _, __, ___: secrets.token_urlsafe(8)),
        base=_unread(lambda _, __, ___: secrets.token_urlsafe(32)),
        kills=("unguessable.values_can_have_128_bits[access_token]",),
    ),
    Defect(
        "token_type is access_token",
        ("rfc6750-6.1.1-token-type-bearer", "rfc6749-8.1-token-type-registered-or-uri"),
        rule(token_type="access_token"),
        kills=(
            "access_token.bearer_token_is_announced_as_bearer",
            "access_token.token_type_is_registered_or_a_uri",
        ),
    ),
)
