"""Control and act differ in exactly what a check says that it changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import pytest

from tests.proof.changes import Compared, compared
from tests.proof.harness import Judged

THE_FLOW_ITSELF = "It judges the flow of a client that is not known to be good before."
THE_USUAL_TOO = "Its values come from the server or a list, and one of them is the usual one."
BY_HAND = "A request of no client, written byte by byte: judged is only that it is answered."
ENCODED_ONLY = "The same value in another encoding: what is compared here is decoded."
OF_THE_PAGE = "The fields belong to a page of the server, whose form has not been sent before."

ITS_OWN_CLIENT = "The client was registered for this one request, and has none before it."

DRAWN = "What is drawn are several fields at once, or an order: judged is that nothing comes of it."

EXCEPTIONS = {
    "authorization.empty_parameter_counts_as_omitted": THE_USUAL_TOO,
    "consent.consent_needs_no_scripts": THE_FLOW_ITSELF,
    "contract_ilert_flow.five_parameters_make_an_authorization_request": THE_FLOW_ITSELF,
    "contract_ilert_flow.public_client_redeems_without_secret": THE_FLOW_ITSELF,
    "contract_ilert_flow.public_client_refreshes_without_secret": THE_FLOW_ITSELF,
    "contract_ilert_flow.refresh_takes_the_secret_from_the_body": THE_FLOW_ITSELF,
    "contract_ilert_flow.scopes_are_separated_by_spaces": THE_FLOW_ITSELF,
    "contract_ilert_flow.secret_is_taken_from_the_body": THE_FLOW_ITSELF,
    "contract_ilert_resources.scope_of_the_list_is_known": THE_FLOW_ITSELF,
    "form_encoding.space_is_read_in_both_ways": ENCODED_ONLY,
    "login.credentials_are_not_forwarded": THE_FLOW_ITSELF,
    "login.credentials_are_not_redirected_with_307": THE_FLOW_ITSELF,
    "metadata.listed_response_types_are_known": THE_USUAL_TOO,
    "metadata_authentication.listed_method_works_at_introspection": THE_USUAL_TOO,
    "probing_client_secret.every_encoding_is_taken": ENCODED_ONLY,
    "probing_lifecycle.replay_ends_the_tokens_in_any_order": DRAWN,
    "probing_parameters.order_changes_nothing": DRAWN,
    "probing_parameters.second_value_gets_no_code": DRAWN,
    "probing_parameters.strange_parameters_are_answered": DRAWN,
    "probing_parameters.strange_parameters_are_answered_at_the_token_endpoint": DRAWN,
    "probing_parameters.unknown_parameters_change_nothing": DRAWN,
    "probing_parameters.unknown_parameters_change_nothing_at_the_token_endpoint": DRAWN,
    "probing_pkce.right_verifier_beside_a_wrong_one_is_refused": DRAWN,
    "profile_clients.client_without_pkce_is_served": THE_FLOW_ITSELF,
    "profile_clients.redirect_uri_is_registered": THE_FLOW_ITSELF,
    "profile_server.endpoint_is_there": BY_HAND,
    "redirect_uri_registration.pattern_is_no_redirect_uri": ITS_OWN_CLIENT,
    "registered_client.privileged_scope_is_not_for_everybody": ITS_OWN_CLIENT,
    "registered_client.scope_outside_of_the_registration_is_not_granted": ITS_OWN_CLIENT,
    "robustness_authorization.error_pages_show_nothing_of_the_inside": BY_HAND,
    "robustness_authorization.parameters_of_odd_form_are_answered": BY_HAND,
    "robustness_endpoints.malformed_header_is_answered_at_the_resource": BY_HAND,
    "robustness_endpoints.malformed_token_is_answered_at_introspection": BY_HAND,
    "robustness_endpoints.malformed_token_is_answered_at_revocation": BY_HAND,
    "robustness_endpoints.malformed_token_is_answered_at_the_resource": BY_HAND,
    "robustness_endpoints.trace_is_not_answered_with_the_request": BY_HAND,
    "robustness_endpoints.unexpected_method_is_answered": BY_HAND,
    "robustness_endpoints.unexpected_request_is_answered_at_the_metadata": BY_HAND,
    "robustness_pages.empty_consent_form_is_no_approval": OF_THE_PAGE,
    "robustness_pages.login_page_does_not_repeat_the_user_name_as_markup": OF_THE_PAGE,
    "robustness_pages.malformed_consent_form_is_answered": OF_THE_PAGE,
    "robustness_pages.malformed_credentials_are_answered": OF_THE_PAGE,
    "robustness_requests.malformed_body_is_answered": BY_HAND,
    "robustness_requests.malformed_body_is_answered_by_a_page": OF_THE_PAGE,
    "robustness_requests.malformed_query_is_answered": BY_HAND,
    "robustness_requests.line_break_does_not_make_a_header": BY_HAND,
    "robustness_requests.parameter_is_not_repeated_as_markup": BY_HAND,
    "robustness_registration.malformed_member_is_answered": BY_HAND,
    "robustness_token.hard_requests_are_answered_in_the_usual_time": BY_HAND,
}
"""Checks whose act is no change of a request that is known to be good, and why."""

ENOUGH = 600
"""So many changed requests are compared at least, of both dialects together."""


@pytest.fixture(scope="module")
def changes(sound: Mapping[str, Judged]) -> dict[str, list[Compared]]:
    """What was compared, by the function of the check."""
    found = defaultdict(list)
    for judged in sound.values():
        for one in judged.outcomes.values():
            found[one.id.partition("[")[0]] += compared(one)
    return found


def test_a_check_changes_what_it_says_and_nothing_else(changes: dict[str, list[Compared]]) -> None:
    judged = {check: found for check, found in changes.items() if check not in EXCEPTIONS}

    wrong = [f"{check}: {one}" for check, found in judged.items() for one in found if not one.holds]

    assert not wrong, "\n".join(wrong)
    assert sum(map(len, judged.values())) >= ENOUGH, sum(map(len, judged.values()))


def test_every_exception_is_needed(changes: dict[str, list[Compared]]) -> None:
    unneeded = [one for one in EXCEPTIONS if all(each.holds for each in changes.get(one, []))]

    assert not unneeded
