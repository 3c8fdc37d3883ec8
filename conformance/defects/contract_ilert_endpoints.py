"""What the contract says about endpoints and scopes and the dialect ilert does not do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from conformance.defects.record import Change, Defect, rule
from conformance.server.registrations import SCOPES
from conformance.server.rules import Rules

ENDPOINT = "contract-ilert-endpoints-of-the-live-service"
SCOPE = "contract-ilert-scopes"


def _defect(name: str, change: Change, *violates: str, kills: tuple[str, ...] = ()) -> Defect:
    return Defect(name, violates, change, dialect="ilert", kills=kills)


def _no_members(*names: str) -> Change:
    def change(rules: Rules) -> Rules:
        before = rules.information_members
        return replace(
            rules,
            information_members=lambda claims: {
                name: value for name, value in before(claims).items() if name not in names
            },
        )

    return change


def _needs(allowed: Mapping[str, frozenset[str]]) -> Change:
    """What each suffix of a scope grants."""

    def needs(scope: frozenset[str], word: str, method: str) -> bool:
        found = (one.partition(":") for one in scope)
        return any(name == word and method in allowed.get(suffix, ()) for name, _, suffix in found)

    return rule(resource_needs=needs)


READ = frozenset({"GET", "HEAD"})
WRITE = READ | {"POST", "PUT"}
DELETE = WRITE | {"DELETE"}
ALLOWED = {"": READ, "r": READ, "w": WRITE, "d": DELETE}


ENDPOINTS = (
    _defect(
        "ilert authorizes by POST only",
        rule(authorization_methods=frozenset({"POST"})),
        f"{ENDPOINT}-authorization-endpoint-answers-get",
        kills=("contract_ilert_authorization.authorization_endpoint_answers_get",),
    ),
    _defect(
        "ilert issues tokens by GET only",
        rule(token_methods=frozenset({"GET"})),
        f"{ENDPOINT}-token-endpoint-answers-post",
        kills=("contract_ilert_authorization.token_endpoint_answers_post",),
    ),
    _defect(
        "ilert calls no token active",
        rule(information_members=lambda _: {"active": False}),
        f"{ENDPOINT}-token-info-reports-access-token",
        kills=("contract_ilert_information.token_info_reports_an_access_token",),
    ),
    _defect(
        "ilert tells no app_id",
        _no_members("app_id"),
        f"{ENDPOINT}-token-info-members",
        kills=("contract_ilert_information.token_info_tells_its_five_members",),
    ),
    _defect(
        "ilert tells no tenant",
        _no_members("tenant_id"),
        f"{ENDPOINT}-token-info-members",
        kills=("contract_ilert_information.token_info_tells_its_five_members",),
    ),
    _defect(
        "ilert tells about refresh tokens",
        rule(information_of_refresh_tokens=True),
        f"{ENDPOINT}-token-info-only-of-access-tokens",
        kills=("contract_ilert_information.token_info_tells_nothing_of_a_refresh_token",),
    ),
    _defect(
        "ilert answers 404 about tokens that are none",
        rule(introspection_inactive=lambda _: {}, introspection_inactive_status=404),
        f"{ENDPOINT}-token-info-inactive",
        kills=(
            "contract_ilert_information.token_info_is_inactive_for_a_bad_token",
            "contract_ilert_information.token_info_is_inactive_for_an_expired_token",
        ),
    ),
    _defect(
        "ilert tells about expired tokens",
        rule(introspection_checks_expiry=False),
        f"{ENDPOINT}-token-info-inactive",
        kills=("contract_ilert_information.token_info_is_inactive_for_an_expired_token",),
    ),
    _defect(
        "ilert revokes nothing",
        rule(revocation_works_on=frozenset()),
        f"{ENDPOINT}-revoke-ends-refresh-token",
        kills=("contract_ilert_information.revoked_refresh_token_is_refused",),
    ),
    _defect(
        "ilert refuses its own scopes",
        rule(resource_needs=lambda _, __, ___: False),
        f"{ENDPOINT}-current-user-served",
        f"{ENDPOINT}-alert-sources-served",
        "profile-resources-good-token-served",
        kills=(
            "contract_ilert_resources.alert_sources_are_served_to_source",
            "contract_ilert_resources.current_user_is_served_to_profile",
        ),
    ),
    _defect(
        "ilert's API does not look at the scope",
        rule(resource_needs=lambda _, __, ___: True),
        f"{ENDPOINT}-current-user-needs-profile",
        f"{ENDPOINT}-alert-sources-need-source",
        f"{SCOPE}-plain-scope-does-not-write",
        f"{SCOPE}-read-scope-does-not-write",
        f"{SCOPE}-write-scope-does-not-delete",
        kills=(
            "contract_ilert_resources.alert_sources_are_kept_from_other_scopes",
            "contract_ilert_resources.current_user_is_kept_from_other_scopes",
            "contract_ilert_resources.plain_scope_does_not_write",
            "contract_ilert_resources.read_scope_does_not_write",
            "contract_ilert_resources.write_scope_does_not_delete",
        ),
    ),
)

SCOPES_OF_CONTRACT = (
    _defect(
        "ilert does not know one scope of its list",
        rule(scopes=SCOPES - {"metric_source"}),
        f"{SCOPE}-all-scopes-known",
        kills=("contract_ilert_resources.scope_of_the_list_is_known",),
    ),
    _defect(
        "ilert demands a suffix to read",
        _needs({**ALLOWED, "": frozenset()}),
        f"{SCOPE}-plain-scope-grants-get",
        kills=("contract_ilert_resources.plain_scope_reads",),
    ),
    _defect(
        "ilert's API does not know source:r",
        _needs({**ALLOWED, "r": frozenset()}),
        f"{SCOPE}-read-scope-grants-get",
        kills=("contract_ilert_resources.read_scope_reads",),
    ),
    _defect(
        "ilert demands the suffix :d to put",
        _needs({**ALLOWED, "w": WRITE - {"PUT"}}),
        f"{SCOPE}-write-scope-grants-get-post-put",
        kills=("contract_ilert_resources.write_scope_reads_and_writes",),
    ),
    _defect(
        "ilert's source:d deletes and nothing else",
        _needs({**ALLOWED, "d": frozenset({"DELETE"})}),
        f"{SCOPE}-delete-scope-grants-all",
        kills=("contract_ilert_resources.delete_scope_does_everything",),
    ),
    _defect(
        "ilert's API does not look at the method",
        _needs(dict.fromkeys(ALLOWED, DELETE)),
        f"{SCOPE}-plain-scope-does-not-write",
        f"{SCOPE}-read-scope-does-not-write",
        f"{SCOPE}-write-scope-does-not-delete",
        kills=(
            "contract_ilert_resources.plain_scope_does_not_write",
            "contract_ilert_resources.read_scope_does_not_write",
            "contract_ilert_resources.write_scope_does_not_delete",
        ),
    ),
    _defect(
        "ilert deletes for the suffix :w",
        _needs({**ALLOWED, "w": DELETE}),
        f"{SCOPE}-write-scope-does-not-delete",
        kills=("contract_ilert_resources.write_scope_does_not_delete",),
    ),
)

DEFECTS = (*ENDPOINTS, *SCOPES_OF_CONTRACT)
