"""Tokens that are for other resources than they should be (RFC 9068, 3 and 5; RFC 8707)."""

from __future__ import annotations

from conformance.defects.record import Defect, rule
from conformance.server import audiences
from conformance.server.answers import Members
from conformance.server.audiences import Audience, Resources
from conformance.server.behaviours import Issue, access_token_claims, first_of
from conformance.server.registrations import Client


def _by_scope(_: tuple[str, ...], scope: tuple[str, ...], known: Resources) -> Audience:
    return audiences.of_request((), scope, known)


def _constant(_: tuple[str, ...], __: tuple[str, ...], known: Resources) -> Audience:
    return known[0]


def _all_of_scope(asked: tuple[str, ...], scope: tuple[str, ...], known: Resources) -> Audience:
    wanted = audiences.owners(scope, known)
    return wanted if len(wanted) > 1 else audiences.of_request(asked, scope, known)


def _first_of_scope(asked: tuple[str, ...], scope: tuple[str, ...], known: Resources) -> Audience:
    wanted = audiences.owners(scope, known)
    return wanted[0] if len(wanted) > 1 else audiences.of_request(asked, scope, known)


def _all_that_is_asked(
    asked: tuple[str, ...], scope: tuple[str, ...], known: Resources
) -> Audience:
    return asked if len(asked) > 1 else audiences.of_request(asked, scope, known)


def _scope_of_the_asker(members: Members, caller: Client | None) -> Members:
    billing = caller is not None and caller.audience is not None
    return {**members, "scope": "profile billing:r" if billing else "profile source:w source:d"}


def _all_powerful(issue: Issue) -> Members:
    return {**access_token_claims(issue), "scope": "all"}


DEFECTS = (
    Defect(
        "resource parameter ignored",
        ("rfc9068-3-aud-equals-requested-resource",),
        rule(token_audience=_by_scope, token_resource=first_of),
        kills=("resource_indicators.audience_is_the_resource_that_was_asked_for[foreign]",),
    ),
    Defect(
        "one audience whatever the scope",
        ("rfc9068-3-default-resource-inferred-from-scope",),
        rule(token_audience=_constant),
        kills=("resource_indicators.audience_follows_the_scope",),
    ),
    Defect(
        "one audience for all APIs",
        ("rfc9068-5-distinct-aud-per-resource",),
        rule(
            token_audience=_constant, token_resource=first_of, access_token_audience_checked=False
        ),
        kills=("resource_indicators.two_resources_have_two_audiences",),
    ),
    Defect(
        "scopes of all resources merged into one token",
        ("rfc9068-3-conflicting-scopes-invalid-scope",),
        rule(token_audience=_all_of_scope),
        kills=("resource_indicators.scopes_of_two_resources_are_an_invalid_scope",),
    ),
    Defect(
        "all granted scopes put in every token",
        ("rfc9068-2.2.3-scopes-meaningful-for-audience",),
        rule(token_audience=_first_of_scope),
        kills=("resource_indicators.every_scope_belongs_to_the_audience",),
    ),
    Defect(
        "audiences of a request simply merged",
        ("rfc9068-3-no-ambiguous-authorization",),
        rule(token_audience=_all_that_is_asked),
        kills=("resource_indicators.shared_scope_is_for_one_resource",),
    ),
    Defect(
        "resource of a refresh not compared with the grant",
        ("rfc9700-4.14.2-refresh-token-bound-to-resource-servers",),
        rule(token_resource=lambda _, asked: asked),
        kills=("resource_indicators.refresh_leads_to_no_other_resource",),
    ),
    Defect(
        "introspection shows the scopes of the resource server that asks",
        ("rfc7662-2.2-response-differs-per-protected-resource",),
        rule(introspection_told_to=_scope_of_the_asker),
        base=rule(introspection_restricts=False),
        kills=("introspection_callers.no_resource_server_is_told_more_than_was_granted",),
    ),
    Defect(
        "audience not compared with the resource server that asks",
        ("rfc7662-4-resource-restriction-checked",),
        rule(introspection_restricts=False),
        kills=("introspection_callers.token_is_inactive_for_a_foreign_resource_server",),
    ),
    Defect(
        "nbf returned by introspection but not evaluated",
        ("rfc7662-4-not-before-checked",),
        rule(introspection_checks_start=False),
        base=rule(
            access_token_claims=lambda issue: {
                **access_token_claims(issue),
                "nbf": int(issue.now) + 900,
            },
            access_token_lifetime=3600,
        ),
        kills=("introspection_callers.token_is_inactive_before_its_time",),
    ),
    Defect(
        "resource remembers for a day that a token is good",
        ("rfc7662-4-cached-response-not-used-after-exp",),
        rule(resource_keeps_verdicts=86400.0),
        kills=("introspection_callers.token_that_was_served_is_refused_after_its_end",),
    ),
    Defect(
        "one all-powerful scope in every access token",
        ("rfc9700-2.3-tokens-restricted-to-resources-and-actions",),
        rule(access_token_claims=_all_powerful, resource_needs=lambda _, __, ___: True),
        kills=("scope.token_states_how_far_it_goes",),
    ),
)
