"""Codes and tokens that live longer, or shorter, than was said."""

from __future__ import annotations

from conformance.defects.record import Defect, rule
from conformance.server.answers import Members
from conformance.server.behaviours import Issue, access_token_claims
from conformance.server.registrations import Registrations

MATCHES = "rfc6749-5.1-expires-in-matches-lifetime"


def _no_expires_in(members: Members, _: Issue) -> Members:
    return {name: value for name, value in members.items() if name != "expires_in"}


def _without_end(members: Members, _: Registrations) -> Members:
    return {name: value for name, value in members.items() if name != "exp"}


def _a_day(issue: Issue) -> Members:
    return {**access_token_claims(issue), "exp": int(issue.now) + 86400}


DEFECTS = (
    Defect(
        "codes never expire",
        ("rfc6749-4.1.2-code-expires", "profile-lifetimes-code-dies"),
        rule(code_lifetime=None),
        kills=("authorization_code.old_code_is_refused",),
    ),
    Defect(
        "codes live for an hour",
        ("rfc6749-4.1.2-code-lifetime-max-ten-minutes", "profile-lifetimes-code-dies"),
        rule(code_lifetime=3600),
        kills=(
            "authorization_code.old_code_is_refused",
            "lifetimes.code_lives_for_ten_minutes_at_most",
        ),
    ),
    Defect(
        "codes die at half of the promised age",
        ("profile-lifetimes-code-lives",),
        rule(code_lifetime=30),
        kills=("lifetimes.code_lives_as_promised",),
    ),
    Defect(
        "access tokens live for ten years",
        (
            "rfc6750-5.2-token-lifetime-limited",
            "rfc6750-5.3-token-lifetime-one-hour",
            "profile-lifetimes-access-token-expires-in",
        ),
        rule(access_token_lifetime=10 * 365 * 86400),
        kills=(
            "lifetimes.access_token_lives_for_an_hour_at_most",
            "lifetimes.expires_in_is_as_promised",
            "lifetimes.lifetime_of_access_tokens_is_limited",
        ),
    ),
    Defect(
        "expires_in left out",
        ("rfc6749-5.1-expires-in-present", "profile-lifetimes-access-token-expires-in"),
        rule(token_members=_no_expires_in),
        kills=(
            "lifetimes.expires_in_is_as_promised",
            "lifetimes.expires_in_is_there",
        ),
    ),
    Defect(
        "expires_in in minutes",
        (MATCHES,),
        rule(expires_in=lambda seconds: int(seconds) // 60),
        kills=("lifetimes.expires_in_agrees_with_exp",),
    ),
    Defect(
        "expires_in twice the lifetime",
        (MATCHES, "profile-lifetimes-access-token-expires-in"),
        rule(expires_in=lambda seconds: int(seconds) * 2),
        kills=(
            "lifetimes.expires_in_agrees_with_exp",
            "lifetimes.expires_in_is_as_promised",
        ),
    ),
    Defect(
        "expires_in with a fraction",
        ("rfc6749-A.14-expires-in-syntax",),
        rule(expires_in=lambda seconds: seconds - 0.02),
        kills=("lifetimes.expires_in_is_a_whole_number",),
    ),
    Defect(
        "exp a day ahead, whatever expires_in says",
        (MATCHES,),
        rule(access_token_claims=_a_day),
        kills=("lifetimes.expires_in_agrees_with_exp",),
    ),
    Defect(
        "access tokens live for 30 days",
        ("rfc6750-5.3-token-lifetime-one-hour", "profile-lifetimes-access-token-expires-in"),
        rule(access_token_lifetime=30 * 86400),
        kills=(
            "lifetimes.access_token_lives_for_an_hour_at_most",
            "lifetimes.expires_in_is_as_promised",
        ),
    ),
    Defect(
        "access tokens die at half of the promised age",
        ("profile-lifetimes-access-token-lives",),
        rule(access_token_leeway=-150),
        kills=("lifetimes.access_token_lives_as_promised",),
    ),
    Defect(
        "refresh tokens never expire",
        (
            "rfc9700-4.14.2-refresh-token-expires-when-unused",
            "profile-lifetimes-refresh-token-dies",
        ),
        rule(refresh_lifetime=None),
        kills=(
            "lifetimes.refresh_token_dies_as_promised",
            "lifetimes.unused_refresh_token_expires",
        ),
    ),
    Defect(
        "refresh tokens die at half of the promised age",
        ("profile-lifetimes-refresh-token-lives",),
        rule(refresh_lifetime=15 * 86400),
        kills=("lifetimes.refresh_token_lives_as_promised",),
    ),
    Defect(
        "nothing tells how long the access token lives",
        ("rfc6749-5.1-expires-in-omitted-lifetime-otherwise-known",),
        rule(introspection_members=_without_end),
        dialect="legacy",
        base=rule(token_members=_no_expires_in),
        kills=("lifetimes.lifetime_is_known_otherwise",),
    ),
)
