"""A protected resource that takes access tokens which it must not take (RFC 9068, section 4)."""

from __future__ import annotations

from conformance.defects.record import Defect, rule
from conformance.defects.verifiers import (
    curve_key_set,
    from_file,
    from_table,
    lenient,
    of_certificate,
    of_certificate_elsewhere,
    of_header,
    of_key_set,
    or_id_token,
    or_key_of,
    or_of_any_issuer,
    or_public_key_as_secret,
    or_secret_of,
    or_unsigned,
    or_without_algorithm,
    or_without_signature,
    or_zeros,
    signed_es256,
    unverified,
    verified_es256,
)
from conformance.server.answers import Members
from conformance.server.behaviours import Issue, access_token_claims
from conformance.server.keys import Keys, signed_rs256

VALIDATED = "rfc6749-7-rs-validates-access-token"


def _refresh_jwt(issue: Issue, keys: Keys) -> str:
    """All claims of an access token, in a JWT that says that it is none."""
    return signed_rs256({"typ": "rt+jwt", "alg": "RS256"}, access_token_claims(issue), keys)


def _from_then_on(issue: Issue) -> Members:
    return {**access_token_claims(issue), "nbf": int(issue.now) + 900}


DEFECTS = (
    Defect(
        "any token opens the resource",
        (VALIDATED, "rfc9068-4-rs-verifies-signature", "profile-resources-scope-demanded"),
        rule(resource_checks_token=False),
        kills=(
            "profile_resources.resource_demands_its_scope",
            "resource_tokens.tampered_jwt_is_refused[payload]",
            "resource_tokens.what_is_no_access_token_is_refused[invented]",
        ),
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
        kills=(
            "lifetimes.access_token_dies_as_promised",
            "resource_tokens.exp_is_checked",
            "resource_tokens.expired_token_is_refused",
        ),
    ),
    Defect(
        "token opens the resource an hour too long",
        ("rfc9068-4-rs-checks-exp", "rfc6749-7-rs-rejects-expired-token"),
        rule(access_token_leeway=3600),
        kills=(
            "resource_tokens.exp_is_checked",
            "resource_tokens.expired_token_is_refused",
        ),
    ),
    Defect(
        "token of another audience opens the resource",
        ("rfc9700-2.3-rs-rejects-wrong-audience",),
        rule(access_token_audience_checked=False),
        kills=("resource_tokens.token_of_another_audience_is_refused",),
    ),
    Defect(
        "JWT of any type opens the resource",
        ("rfc9068-4-rs-checks-typ",),
        rule(access_token_type_checked=False),
        base=rule(make_refresh_token=_refresh_jwt),
        kills=("resource_decisions.jwt_of_another_type_is_refused[refresh_token]",),
    ),
    Defect(
        "ID token opens the resource",
        (VALIDATED,),
        rule(access_token_read=or_id_token),
        dialect="legacy",
        base=rule(access_token_is_opaque=False),
        kills=("resource_tokens.what_is_no_access_token_is_refused[id-token]",),
    ),
    Defect(
        "any issuer whose keys can be found is trusted",
        ("rfc9068-4-rs-checks-issuer", "rfc9068-4-rs-uses-only-server-keys"),
        rule(
            access_token_read=or_of_any_issuer,
            access_token_issuer_matches=lambda _, __: True,
        ),
        kills=("forged_tokens.token_of_another_issuer_is_refused",),
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
        rule(access_token_read=unverified),
        kills=(
            "resource_tokens.mac_with_an_empty_secret_is_refused",
            "resource_tokens.tampered_jwt_is_refused[payload]",
            "resource_tokens.what_is_no_access_token_is_refused[longer]",
        ),
    ),
    Defect(
        "token with alg none opens the resource",
        ("rfc9068-4-rs-rejects-alg-none", "rfc7519-7.2-rs-rejects-unacceptable-algorithms"),
        rule(access_token_read=or_unsigned),
        kills=("resource_tokens.unsigned_jwt_is_refused[NONE]",),
    ),
    Defect(
        "public key taken as the secret of an HMAC",
        ("rfc9068-4-rs-uses-only-server-keys", "rfc7519-7.2-rs-rejects-unacceptable-algorithms"),
        rule(access_token_read=or_public_key_as_secret),
        kills=(
            "forged_tokens.published_key_is_no_secret[pem]",
            "forged_tokens.published_key_is_no_secret[der]",
            "forged_tokens.published_key_is_no_secret[jwk]",
            "forged_tokens.published_key_is_no_secret[number]",
        ),
    ),
    Defect(
        "key taken from the header of the token",
        ("rfc9068-4-rs-uses-only-server-keys",),
        or_key_of(of_header),
        kills=("resource_tokens.jwt_of_a_foreign_key_is_refused[embedded-jwk]",),
    ),
    Defect(
        "keys fetched from where the token points to",
        ("rfc9068-4-rs-uses-only-server-keys",),
        or_key_of(of_key_set),
        kills=(
            "forged_tokens.key_that_the_token_points_to_is_not_used[jku-data-url]",
            "forged_tokens.key_that_the_token_points_to_is_not_used[jku-url]",
        ),
    ),
    Defect(
        "certificate fetched from where the token points to",
        ("rfc9068-4-rs-uses-only-server-keys",),
        or_key_of(of_certificate_elsewhere),
        kills=(
            "forged_tokens.key_that_the_token_points_to_is_not_used[x5u-data-url]",
            "forged_tokens.key_that_the_token_points_to_is_not_used[x5u-url]",
        ),
    ),
    Defect(
        "certificate taken from the header of the token",
        ("rfc9068-4-rs-uses-only-server-keys",),
        or_key_of(of_certificate),
        kills=("forged_tokens.certificate_that_the_token_brings_is_not_used",),
    ),
    Defect(
        "key read from the file that kid names",
        ("rfc9068-4-rs-uses-only-server-keys",),
        or_secret_of(from_file),
        kills=("forged_tokens.key_identifier_is_no_path[dev-null-from-below]",),
    ),
    Defect(
        "key looked up with kid as part of the query",
        ("rfc9068-4-rs-uses-only-server-keys",),
        or_secret_of(from_table),
        kills=("forged_tokens.key_identifier_is_no_query[quoted]",),
    ),
    Defect(
        "token with an empty signature opens the resource",
        ("rfc9068-4-rs-verifies-signature",),
        rule(access_token_read=or_without_signature),
        kills=("forged_tokens.signature_of_nothing_is_refused[empty]",),
    ),
    Defect(
        "token without an algorithm opens the resource",
        ("rfc7519-7.2-rs-rejects-unacceptable-algorithms",),
        rule(access_token_read=or_without_algorithm),
        kills=(
            "forged_tokens.jwt_without_an_algorithm_is_refused[empty]",
            "forged_tokens.jwt_without_an_algorithm_is_refused[missing]",
        ),
    ),
    Defect(
        "ECDSA signature of zeros opens the resource",
        ("rfc9068-4-rs-verifies-signature",),
        rule(access_token_read=or_zeros),
        base=rule(
            sign_access_token=signed_es256,
            access_token_read=verified_es256,
            introspection_read=verified_es256,
            jwks=curve_key_set,
        ),
        kills=("forged_tokens.signature_of_nothing_is_refused[zeros]",),
    ),
    Defect(
        "token with stray characters opens the resource",
        ("rfc7519-7.2-rs-rejects-malformed-jwt",),
        rule(access_token_read=lenient),
        kills=("resource_tokens.malformed_jwt_is_refused[padding-at-the-end]",),
    ),
    Defect(
        "revoked token opens the resource",
        ("rfc7009-2.1-revocation-immediate", "rfc7009-2-access-token-revocation-supported"),
        rule(access_token_revocation_seen=False),
        kills=("revocation.revoked_access_token_is_dead",),
    ),
    Defect(
        "token opens the resource before its time",
        ("rfc7519-4.1.5-nbf-enforced",),
        rule(access_token_matures=lambda _, __: True),
        base=rule(access_token_claims=_from_then_on, access_token_lifetime=3600),
        kills=("resource_decisions.token_is_refused_before_its_time",),
    ),
)
