"""Scopes that are not what was asked for, or not what was allowed (RFC 6749, section 3.3)."""

from __future__ import annotations

import json

from conformance.defects.record import Defect, rule
from conformance.server.answers import Members
from conformance.server.behaviours import Issue, split_scope
from conformance.server.registrations import SCOPES, Client


def _all(_: tuple[str, ...], client: Client) -> tuple[str, ...]:
    return tuple(sorted(client.scopes))


def _everything_known(scope: tuple[str, ...], _: Client, known: frozenset[str]) -> bool:
    return set(scope) <= known


def _anything(_: tuple[str, ...], __: Client, ___: frozenset[str]) -> bool:
    return True


def _unless_as_asked(members: Members, _: Issue) -> Members:
    return {name: value for name, value in members.items() if name != "scope"}


def _as_list(members: Members, _: Issue) -> Members:
    return {**members, "scope": json.dumps(str(members["scope"]).split())}


def _known_only(scope: tuple[str, ...], _: Client) -> tuple[str, ...]:
    return tuple(word for word in scope if word in SCOPES)


DEFECTS = (
    Defect(
        "scope only sent where it differs",
        ("oauth-2.1-3.2.3-scope-returned-if-identical",),
        rule(token_members=_unless_as_asked),
        kills=("scope.scope_is_named_when_granted_in_full",),
    ),
    Defect(
        "scope in lower case before it is looked up",
        ("rfc6749-3.3-scope-values-case-sensitive",),
        rule(read_scope=lambda scope: split_scope(scope.lower())),
        kills=("scope.scope_values_are_case_sensitive",),
    ),
    Defect(
        "scope in lower case before it is looked up, and not sent",
        ("rfc6749-3.3-scope-values-case-sensitive",),
        rule(read_scope=lambda scope: split_scope(scope.lower()), token_members=_unless_as_asked),
        base=rule(token_members=_unless_as_asked),
        kills=("scope.scope_values_are_case_sensitive",),
    ),
    Defect(
        "only the first scope granted",
        ("rfc6749-3.3-scope-order-irrelevant", "profile-clients-scope-granted"),
        rule(granted_scope=lambda scope, _: scope[:1]),
        kills=(
            "scope.order_of_scope_values_does_not_matter",
            "profile_clients.scope_of_the_profile_is_granted[confidential-2]",
        ),
    ),
    Defect(
        "scope sent as a list in a string",
        ("rfc6749-3.3-scope-syntax",),
        rule(token_members=_as_list),
        kills=("scope.granted_scope_is_well_formed",),
    ),
    Defect(
        "unknown scope dropped and the scope never sent",
        ("rfc6749-3.3-scope-returned-when-different",),
        rule(
            scope_may_be_asked=_anything,
            granted_scope=_known_only,
            token_members=_unless_as_asked,
        ),
        base=rule(scope_may_be_asked=_anything, granted_scope=_known_only),
        kills=("scope.narrower_scope_is_named",),
    ),
    Defect(
        "omitted scope answered with server_error",
        ("rfc6749-3.3-omitted-scope-default-or-error",),
        rule(scope_missing_error="server_error", default_scope=lambda _: None),
        kills=("scope.omitted_scope_gets_a_default_or_an_error",),
    ),
    Defect(
        "requested scope copied unchecked",
        ("rfc6749-4.1.2.1-invalid-scope-error",),
        rule(scope_may_be_asked=_anything),
        kills=("scope.unknown_scope_is_not_granted",),
    ),
    Defect(
        "scope of a refresh granted whatever it is",
        ("rfc6749-5.2-invalid-scope-error",),
        rule(refresh_scope=lambda _, requested: requested or ()),
        kills=("refresh.unknown_scope_of_a_refresh_is_an_invalid_scope",),
    ),
    Defect(
        "every token with all scopes",
        (
            "rfc6750-5.2-token-scope-restricted",
            "rfc9700-2.3-minimum-privileges",
            "rfc9700-2.3-tokens-restricted-to-resources-and-actions",
        ),
        rule(granted_scope=_all),
        kills=(
            "scope.narrow_scope_stays_narrow",
            "scope.no_more_is_granted_than_asked_for",
        ),
    ),
    Defect(
        "one scope of the client dropped without a word",
        ("profile-clients-scope-granted",),
        rule(
            granted_scope=lambda scope, _: tuple(word for word in scope if word != "source:w"),
        ),
        kills=("profile_clients.scope_of_the_profile_is_granted",),
    ),
    Defect(
        "scopes of the client not looked at",
        (
            "rfc6749-10.3-client-identity-considered-for-scope",
            "oauth-2.1-7.9-client-controls-enforced",
        ),
        rule(scope_may_be_asked=_everything_known),
        kills=(
            "registered_client.privileged_scope_is_not_for_everybody",
            "registered_client.scope_outside_of_the_registration_is_not_granted",
        ),
    ),
)
