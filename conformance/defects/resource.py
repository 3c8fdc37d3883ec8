"""A protected resource that lets in whom it must not, or says so in the wrong words (RFC 6750)."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from conformance.defects.record import Defect, rule
from conformance.server.answers import Members
from conformance.server.behaviours import challenge, resource_status, scope_allows
from conformance.server.keys import InvalidToken, Keys, Read, decode, verified_rs256

CHALLENGED = "rfc6750-3-www-authenticate-when-no-credentials"
VALIDATED = "rfc6749-7-rs-validates-access-token"


def _taken_apart(token: str) -> tuple[Members, Members, bytes]:
    parts = token.split(".")
    try:
        header, claims = (json.loads(decode(part)) for part in parts[:2])
        signature = decode(parts[2]) if len(parts) > 2 else b""
    except (ValueError, IndexError) as error:
        raise InvalidToken("The token cannot be read.") from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise InvalidToken("The token cannot be read.")
    return header, claims, signature


def _unverified(token: str, _: Keys) -> Read:
    header, claims, _signature = _taken_apart(token)
    return Read(header, claims)


def _or_unsigned(token: str, keys: Keys) -> Read:
    header, claims, _ = _taken_apart(token)
    if str(header.get("alg", "")).lower() == "none":
        return Read(header, claims)
    return verified_rs256(token, keys)


def _or_public_key_as_secret(token: str, keys: Keys) -> Read:
    header, claims, signature = _taken_apart(token)
    if header.get("alg") != "HS256":
        return verified_rs256(token, keys)
    signed = token.rpartition(".")[0].encode()
    secrets = (keys.public_pem, keys.public_pem.strip(), decode(str(keys.public_jwk["n"])))
    if any(hmac.compare_digest(hmac.digest(one, signed, "sha256"), signature) for one in secrets):
        return Read(header, claims)
    raise InvalidToken("The signature does not fit.")


def _or_key_of_header(token: str, keys: Keys) -> Read:
    header, claims, _ = _taken_apart(token)
    if "jwk" not in header:
        return verified_rs256(token, keys)
    try:
        key: Any = jwt.PyJWK(header["jwk"], "RS256").key
        if isinstance(key, rsa.RSAPrivateKey):
            key = key.public_key()
        jwt.api_jws.decode(token, key, ["RS256"])
    except (jwt.PyJWTError, TypeError, ValueError, AttributeError) as error:
        raise InvalidToken("The signature does not fit.") from error
    return Read(header, claims)


def _lenient(token: str, keys: Keys) -> Read:
    return verified_rs256(token.rstrip("=.!~+/"), keys)


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
    ),
    Defect(
        "scheme Bearer compared with its capital letter",
        ("oauth-2.1-5.1.1-bearer-scheme-case-insensitive",),
        rule(bearer_scheme=lambda scheme: scheme == "Bearer"),
    ),
    Defect(
        "any token opens the resource",
        (VALIDATED, "rfc9068-4-rs-verifies-signature", "profile-resources-scope-demanded"),
        rule(resource_checks_token=False),
    ),
    Defect(
        "expired token opens the resource",
        (
            "rfc6749-7-rs-rejects-expired-token",
            "rfc9068-4-rs-checks-exp",
            "profile-lifetimes-access-token-dies",
            "rfc6749-5.1-expires-in-matches-lifetime",
        ),
        rule(access_token_leeway=None),
    ),
    Defect(
        "token opens the resource an hour too long",
        ("rfc9068-4-rs-checks-exp", "rfc6749-7-rs-rejects-expired-token"),
        rule(access_token_leeway=3600),
    ),
    Defect(
        "scope not looked at by the resource",
        ("rfc6749-7-rs-enforces-scope", "profile-resources-scope-demanded"),
        rule(resource_needs=lambda _, __, ___: True),
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
    ),
    Defect(
        "token in the header not read",
        ("rfc6750-2.1-authorization-header-supported", "profile-resources-good-token-served"),
        rule(header_token_is_read=False, query_token_is_read=True),
    ),
    Defect(
        "token taken from a body of any type",
        ("rfc6750-2.2-body-token-only-in-form-requests",),
        rule(body_token_is_read=_from_any_body),
    ),
    Defect(
        "no challenge where no token came",
        (CHALLENGED,),
        rule(resource_challenge=_no_challenge),
    ),
    Defect(
        "no challenge with 403",
        ("rfc6750-3-www-authenticate-when-token-unusable",),
        rule(resource_challenge=_no_challenge_for_scope),
    ),
    Defect(
        "no challenge at all",
        (CHALLENGED, "rfc6750-3-www-authenticate-when-token-unusable"),
        rule(resource_challenge=lambda _, __: None),
    ),
    Defect(
        "challenge of another scheme",
        ("rfc6750-3-challenge-scheme-bearer",),
        rule(
            resource_challenge=lambda parameters, token: challenge(parameters, token).replace(
                "Bearer", "OAuth", 1
            )
        ),
    ),
    Defect(
        "challenge without parameters",
        ("rfc6750-3-challenge-has-parameter",),
        rule(resource_challenge=lambda _, __: "Bearer"),
    ),
    Defect(
        "error twice in the challenge",
        ("rfc6750-3-challenge-attributes-not-repeated",),
        rule(resource_challenge=_twice),
    ),
    Defect(
        "challenge does not say what is wrong with the token",
        ("rfc6750-3-error-attribute-when-token-rejected",),
        rule(resource_challenge=_same_for_all),
    ),
    Defect(
        "scope of the challenge is a list",
        ("rfc6750-3-challenge-scope-charset",),
        rule(resource_challenge=_scope_as_list),
    ),
    Defect(
        "challenge repeats the token",
        ("rfc6750-3-challenge-error-charset", "rfc9700-4.9.3-rs-treats-tokens-as-secrets"),
        rule(resource_challenge=_echo),
    ),
    Defect(
        "error_uri of the challenge is no URI",
        ("rfc6750-3-challenge-error-uri-syntax",),
        rule(**_with("error_uri", "see the manual")),
        base=rule(**_with("error_uri", "https://docs.example/errors")),
    ),
    Defect(
        "malformed header makes the resource fail",
        (
            "rfc6750-3.1-invalid-request-400",
            "rfc9068-4-rs-errors-invalid-token",
            "robustness-protected-resource-malformed-header-no-server-error",
            "robustness-protected-resource-malformed-tokens-no-server-error",
        ),
        rule(resource_fails_on_malformed=True),
    ),
    Defect(
        "malformed header answered with 401",
        ("rfc6750-3.1-invalid-request-400",),
        rule(resource_status=lambda error: 403 if error == "insufficient_scope" else 401),
    ),
    Defect(
        "token sent in two ways taken",
        ("rfc6750-3.1-multiple-token-methods-invalid-request",),
        rule(several_tokens_refused=False),
        base=lambda rules: BODY(QUERY(rules)),
    ),
    Defect(
        "invalid token answered with 403",
        ("rfc6750-3.1-invalid-token-401",),
        rule(
            resource_status=lambda error: (
                403 if error == "invalid_token" else resource_status(error)
            )
        ),
    ),
    Defect(
        "scope too small answered with invalid_token",
        ("rfc6750-3.1-insufficient-scope-403",),
        rule(
            resource_error=lambda error: "invalid_token" if error == "insufficient_scope" else error
        ),
    ),
    Defect(
        "challenge names a scope that does not exist",
        ("rfc6750-3.1-insufficient-scope-names-needed-scope",),
        rule(resource_challenge=_other_scope),
    ),
    Defect(
        "invalid_token where no token came",
        ("rfc6750-3.1-no-error-information-without-authentication",),
        rule(resource_error=lambda error: error or "invalid_token"),
    ),
    Defect(
        "token of another audience opens the resource",
        ("rfc9700-2.3-rs-rejects-wrong-audience",),
        rule(access_token_audience_checked=False),
    ),
    Defect(
        "JWT of any type opens the resource",
        ("rfc9068-4-rs-checks-typ",),
        rule(access_token_type_checked=False),
    ),
    Defect(
        "issuer of the token compared by its beginning",
        ("rfc9068-4-rs-checks-issuer",),
        rule(access_token_issuer_matches=lambda found, wanted: found.startswith(wanted)),
    ),
    Defect(
        "signature of the token not verified",
        (
            "rfc9068-4-rs-verifies-signature",
            VALIDATED,
            "rfc7519-7.2-rs-rejects-unacceptable-algorithms",
            "rfc6749-10.3-access-token-unforgeable",
        ),
        rule(access_token_read=_unverified),
    ),
    Defect(
        "token with alg none opens the resource",
        ("rfc9068-4-rs-rejects-alg-none", "rfc7519-7.2-rs-rejects-unacceptable-algorithms"),
        rule(access_token_read=_or_unsigned),
    ),
    Defect(
        "public key taken as the secret of an HMAC",
        ("rfc9068-4-rs-uses-only-server-keys", "rfc7519-7.2-rs-rejects-unacceptable-algorithms"),
        rule(access_token_read=_or_public_key_as_secret),
    ),
    Defect(
        "key taken from the header of the token",
        ("rfc9068-4-rs-uses-only-server-keys",),
        rule(access_token_read=_or_key_of_header),
    ),
    Defect(
        "token with stray characters opens the resource",
        ("rfc7519-7.2-rs-rejects-malformed-jwt",),
        rule(access_token_read=_lenient),
    ),
    Defect(
        "revoked token opens the resource",
        ("rfc7009-2.1-revocation-immediate", "rfc7009-2-access-token-revocation-supported"),
        rule(access_token_revocation_seen=False),
    ),
    Defect(
        "token opens the resource before its time",
        ("rfc7519-4.1.5-nbf-enforced",),
        rule(access_token_matures=lambda _, __: True),
    ),
    Defect(
        "resource refuses its own scope",
        ("profile-resources-good-token-served",),
        rule(resource_needs=lambda _, __, ___: False),
    ),
)
