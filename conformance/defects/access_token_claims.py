"""Access tokens whose claims are not what RFC 9068 and 7519 describe."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from conformance.defects.record import Change, Defect, rule
from conformance.server.answers import Members
from conformance.server.behaviours import (
    Issue,
    access_token_claims,
)


def _claims(change: Callable[[Members, Issue], Members]) -> Change:
    """The change of claims, on a resource server that does not mind."""
    return rule(
        access_token_claims=lambda issue: change(access_token_claims(issue), issue),
        access_token_needs=lambda _: None,
    )


def _without(name: str) -> Change:
    return _claims(
        lambda claims, _: {key: value for key, value in claims.items() if key != name},
    )


def _with(**members: Any) -> Change:
    return _claims(lambda claims, _: {**claims, **members})


def _session_as_jti(claims: Members, issue: Issue) -> Members:
    return {**claims, "jti": issue.client.client_id, "sid": issue.grant}


def _short_jti(claims: Members, issue: Issue) -> Members:
    return {**claims, "jti": secrets.token_hex(1)[:1], "sid": issue.grant}


def _shown(claims: Members, issue: Issue) -> Members:
    name = "" if issue.user is None else issue.user.name
    return {**claims, "name": name, "email": "alice@example.org", "birthdate": "1990-01-01"}


DEFECTS = (
    Defect(
        "iss of the access token is an internal name",
        ("rfc9068-2.2-claim-iss",),
        lambda rules: rule(access_token_issuer_matches=lambda _, __: True)(
            _with(iss="http://internal:8080")(rules)
        ),
        kills=("jwt_profile.issuer_is_that_of_the_server",),
    ),
    Defect(
        "iss of the access token left out",
        ("rfc9068-2.2-claim-iss",),
        _without("iss"),
        kills=("jwt_profile.issuer_is_that_of_the_server",),
    ),
    Defect(
        "exp left out",
        ("rfc9068-2.2-claim-exp", "rfc6750-5.2-token-lifetime-limited"),
        lambda rules: rule(access_token_leeway=None)(_without("exp")(rules)),
        kills=(
            "jwt_profile.expiry_is_there_and_in_the_future",
            "lifetimes.lifetime_of_access_tokens_is_limited",
        ),
    ),
    Defect(
        "aud left out",
        (
            "rfc9068-2.2-claim-aud",
            "rfc6750-5.3-audience-restricted-tokens",
            "rfc9068-3-default-resource-in-aud",
        ),
        lambda rules: rule(access_token_audience_checked=False)(_without("aud")(rules)),
        kills=(
            "access_token.access_token_is_restricted_to_an_audience",
            "jwt_profile.audience_is_there",
            "jwt_profile.default_audience_is_a_resource",
            "profile_resources.token_names_the_audience_of_the_resource",
        ),
    ),
    Defect(
        "sub left out",
        ("rfc9068-2.2-claim-sub",),
        _without("sub"),
        kills=("jwt_profile.subject_is_there",),
    ),
    Defect(
        "client_id left out in favour of azp",
        ("rfc9068-2.2-claim-client-id",),
        _claims(
            lambda claims, issue: {
                name: value
                for name, value in {**claims, "azp": issue.client.client_id}.items()
                if name != "client_id"
            }
        ),
        kills=("jwt_profile.client_is_the_one_that_asked",),
    ),
    Defect(
        "client_id of the access token is another client's",
        ("rfc9068-2.2-claim-client-id",),
        _with(client_id="resource-server"),
        kills=("jwt_profile.client_is_the_one_that_asked",),
    ),
    Defect(
        "iat is the time of the login",
        ("rfc9068-2.2-claim-iat",),
        _claims(lambda claims, issue: {**claims, "iat": int(issue.signed_in_at) - 600}),
        kills=("jwt_profile.time_of_issue_is_that_of_the_answer",),
    ),
    Defect(
        "iat left out",
        ("rfc9068-2.2-claim-iat",),
        _without("iat"),
        kills=("jwt_profile.time_of_issue_is_that_of_the_answer",),
    ),
    Defect(
        "jti left out",
        ("rfc9068-2.2-claim-jti",),
        _without("jti"),
        kills=("jwt_profile.token_has_an_identifier",),
    ),
    Defect(
        "sub is the client for every grant",
        (
            "rfc9068-2.2-sub-is-resource-owner",
            "rfc9700-4.15.1-client-and-user-tokens-distinguishable",
        ),
        _claims(lambda claims, issue: {**claims, "sub": issue.client.client_id}),
        kills=("jwt_profile.subject_is_the_user",),
    ),
    Defect(
        "sub is the same for every user",
        ("rfc7519-4.1.2-sub-unique-within-issuer",),
        _with(sub="user"),
        kills=("jwt_syntax.two_users_have_two_subjects",),
    ),
    Defect(
        "auth_time moves when the token is refreshed",
        ("rfc9068-2.2.1-authentication-claims-constant-across-refresh",),
        rule(refresh_signed_in_at=lambda _, now: now + 60),
        kills=("jwt_profile.sign_in_does_not_get_younger",),
    ),
    Defect(
        "e-mail address in a claim of its own name",
        ("rfc9068-2.2.2-identity-claims-use-registered-names",),
        _with(mail="alice@example.org"),
        kills=("jwt_profile.identity_claims_have_registered_names",),
    ),
    Defect(
        "claim named id",
        ("rfc9068-2.2.2-private-claims-collision-resistant",),
        _with(id="4711"),
        kills=("disclosure.claims_have_names_of_their_own",),
    ),
    Defect(
        "scopes in an array claim scp",
        ("rfc9068-2.2.3-scope-claim-present",),
        lambda rules: rule(
            resource_needs=lambda _, __, ___: True,
        )(
            _claims(
                lambda claims, issue: {
                    **{name: value for name, value in claims.items() if name != "scope"},
                    "scp": list(issue.scope),
                }
            )(rules)
        ),
        kills=("jwt_profile.scope_claim_is_what_was_granted",),
    ),
    Defect(
        "roles in a nested claim",
        ("rfc9068-2.2.3.1-groups-roles-entitlements-names",),
        _with(realm_access={"roles": ["reader"]}),
        base=_with(roles=["reader"]),
        kills=("jwt_profile.rights_have_their_names",),
    ),
    Defect(
        "groups in one string with commas",
        ("rfc9068-2.2.3.1-groups-roles-entitlements-encoding",),
        _with(groups="readers,writers"),
        base=_with(groups=["readers", "writers"]),
        kills=("jwt_profile.rights_are_arrays",),
    ),
    Defect(
        "aud is the client",
        ("rfc9068-3-default-resource-in-aud", "profile-resources-audience-as-promised"),
        lambda rules: rule(access_token_audience_checked=False)(
            _claims(lambda claims, issue: {**claims, "aud": issue.client.client_id})(rules)
        ),
        kills=(
            "access_token.audience_is_the_promised_one",
            "jwt_profile.default_audience_is_a_resource",
            "profile_resources.token_names_the_audience_of_the_resource[first]",
        ),
    ),
    Defect(
        "sub with a colon that makes no URI",
        ("rfc7519-4.1.1-iss-string-or-uri",),
        _with(sub="user:with space"),
        kills=("jwt_syntax.value_with_a_colon_is_a_uri[sub]",),
    ),
    Defect(
        "audiences in one string",
        ("rfc7519-4.1.3-aud-form",),
        lambda rules: rule(access_token_audience_checked=False)(
            _with(aud={"primary": "https://api.example"})(rules)
        ),
        kills=("jwt_syntax.aud_has_its_form",),
    ),
    Defect(
        "exp in milliseconds",
        ("rfc7519-4.1.4-exp-numericdate",),
        _claims(lambda claims, _: {**claims, "exp": claims["exp"] * 1000}),
        kills=("jwt_syntax.exp_is_a_numeric_date",),
    ),
    Defect(
        "exp as a string",
        ("rfc7519-4.1.4-exp-numericdate",),
        lambda rules: rule(access_token_leeway=None)(
            _claims(lambda claims, _: {**claims, "exp": str(claims["exp"])})(rules)
        ),
        kills=("jwt_syntax.exp_is_a_numeric_date",),
    ),
    Defect(
        "nbf as a date",
        ("rfc7519-4.1.5-nbf-numericdate",),
        lambda rules: rule(access_token_leeway=None)(_with(nbf="2026-01-01T00:00:00Z")(rules)),
        base=_claims(lambda claims, _: {**claims, "nbf": claims["iat"]}),
        kills=("jwt_syntax.nbf_is_a_numeric_date",),
    ),
    Defect(
        "iat as a string",
        ("rfc7519-4.1.6-iat-numericdate",),
        _claims(lambda claims, _: {**claims, "iat": str(claims["iat"])}),
        kills=("jwt_syntax.iat_is_a_numeric_date",),
    ),
    Defect(
        "iat in milliseconds",
        ("rfc7519-4.1.6-iat-numericdate",),
        _claims(lambda claims, _: {**claims, "iat": claims["iat"] * 1000}),
        kills=("jwt_syntax.iat_is_a_numeric_date",),
    ),
    Defect(
        "jti the same in several tokens",
        ("rfc7519-4.1.7-jti-unique",),
        _claims(_session_as_jti),
        kills=("unguessable.no_jti_comes_twice",),
    ),
    Defect(
        "full user profile in every access token",
        ("rfc7519-12-privacy-sensitive-claims-protected",),
        _claims(_shown),
        kills=("disclosure.token_shows_no_personal_data",),
    ),
    Defect(
        "jti of one character",
        ("rfc7519-4.1.7-jti-unique",),
        _claims(_short_jti),
        kills=("unguessable.no_jti_comes_twice",),
    ),
)
