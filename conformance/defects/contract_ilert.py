"""What ilert's contract says and the server of its dialect does not do: flow and requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from conformance.defects.record import Change, Defect, rule
from conformance.server.answers import Refusal
from conformance.server.behaviours import always, never, with_fragment
from conformance.server.registrations import Client
from conformance.server.rules import Rules

FLOW = "contract-ilert-roles-and-flows"
ENDPOINT = "contract-ilert-endpoints-of-the-live-service"
REQUEST = "contract-ilert-requests"


def _defect(name: str, change: Change, *violates: str, kills: tuple[str, ...] = ()) -> Defect:
    return Defect(name, violates, change, dialect="ilert", kills=kills)


def _grants(*names: str) -> Change:
    return rule(grant_types=frozenset(names))


def _without_description(
    pairs: list[tuple[str, str]], _: Mapping[str, str]
) -> list[tuple[str, str]]:
    return [pair for pair in pairs if pair[0] != "error_description"]


def _everyone(_: Client, __: str, ___: Mapping[str, str]) -> bool:
    return True


def _basic_only_to_refresh(client: Client, purpose: str, _: Mapping[str, str]) -> bool:
    return client.confidential or purpose == "refresh_token"


def _refresh_secret_refused(_: Client, __: str, purpose: str) -> bool:
    return purpose != "refresh_token"


def _in_error(code: str, instead: str) -> Change:
    def change(rules: Rules) -> Rules:
        def members(error: Refusal, sent: Mapping[str, str]) -> dict[str, object]:
            if error.code == code:
                error = Refusal(instead, error.description, status=error.status)
            return rules.error_members(error, sent)

        return replace(rules, error_members=members)

    return change


FLOWS = (
    _defect(
        "ilert knows no authorization code",
        _grants("refresh_token"),
        f"{FLOW}-authorization-code-grant",
        kills=("contract_ilert_flow.code_is_redeemed_for_an_access_token",),
    ),
    _defect(
        "ilert ignores the verifier",
        rule(verifier_matches=lambda _, __, ___: True),
        f"{FLOW}-pkce-grant",
        kills=("contract_ilert_flow.wrong_verifier_is_refused",),
    ),
    _defect(
        "ilert demands PKCE of every client",
        rule(challenge_required=always),
        f"{FLOW}-pkce-optional-with-secret",
        "profile-clients-pkce-optional-as-promised",
        "profile-clients-pkce-none-as-promised",
        kills=(
            "contract_ilert_flow.confidential_client_is_served_without_pkce",
            "profile_clients.client_may_leave_pkce_out",
            "profile_clients.client_without_pkce_is_served",
        ),
    ),
    _defect(
        "ilert serves public clients without a challenge",
        rule(challenge_required=never, code_without_challenge_redeemed=always),
        f"{FLOW}-pkce-protects-public-clients",
        "profile-clients-pkce-required-as-promised",
        kills=("contract_ilert_flow.public_client_gets_no_token_without_pkce",),
    ),
    _defect(
        "ilert's refreshed access token opens nothing",
        rule(
            refresh_members=lambda members, _: {
                **members,
                "access_token": f"{members['access_token']}x",
            }
        ),
        f"{FLOW}-refresh-token-grant",
        kills=("contract_ilert_flow.refresh_brings_an_access_token_that_works",),
    ),
    _defect(
        "ilert offers the implicit grant",
        rule(response_types=("code", "token")),
        f"{FLOW}-implicit-grant-not-offered",
        kills=("contract_ilert_flow.implicit_grant_is_not_offered",),
    ),
    _defect(
        "ilert asks nobody to log in",
        rule(login_required=False),
        f"{FLOW}-login-asked",
        kills=("contract_ilert_authorization.user_without_session_is_asked_to_sign_in",),
    ),
    _defect(
        "ilert asks nobody to consent",
        rule(consent_required=lambda _, __, ___: False),
        f"{FLOW}-consent-asked",
        kills=("contract_ilert_authorization.user_is_asked_for_consent",),
    ),
    _defect(
        "ilert's consent page names no scopes",
        rule(consent_shows=frozenset({"client", "developer"})),
        f"{FLOW}-consent-names-scopes",
        kills=("contract_ilert_authorization.consent_page_names_the_scope",),
    ),
    _defect(
        "ilert puts the code into the fragment",
        rule(location_of_response=with_fragment),
        f"{FLOW}-approval-redirects-with-code",
        kills=("contract_ilert_authorization.approval_leads_to_the_redirect_uri_with_a_code",),
    ),
    _defect(
        "ilert leaves state out",
        rule(state_in_response=lambda _: None),
        f"{FLOW}-approval-returns-state",
        kills=("contract_ilert_authorization.state_comes_back",),
    ),
    _defect(
        "ilert takes denying for allowing",
        rule(consent_denial_is_approval=True),
        f"{FLOW}-denial-redirects-with-access-denied",
        kills=("contract_ilert_authorization.denial_leads_to_the_redirect_uri",),
    ),
    _defect(
        "ilert shows errors on a page",
        rule(errors_are_redirected=False),
        f"{FLOW}-errors-redirected",
        f"{FLOW}-denial-redirects-with-access-denied",
        kills=(
            "contract_ilert_authorization.denial_leads_to_the_redirect_uri",
            "contract_ilert_authorization.error_is_sent_to_the_redirect_uri",
        ),
    ),
    _defect(
        "ilert describes no error",
        rule(authorization_error=_without_description),
        f"{FLOW}-errors-described",
        kills=("contract_ilert_authorization.error_is_described",),
    ),
    _defect(
        "ilert redirects to whatever redirect_uri says",
        rule(invalid_redirect_uri_is_redirected_to=True),
        f"{FLOW}-errors-not-redirected-when-client-or-uri-is-bad",
        kills=("contract_ilert_authorization.bad_client_or_redirect_uri_is_not_redirected",),
    ),
    _defect(
        "ilert redirects for unknown clients",
        rule(unknown_client_is_redirected=True),
        f"{FLOW}-errors-not-redirected-when-client-or-uri-is-bad",
        kills=("contract_ilert_authorization.bad_client_or_redirect_uri_is_not_redirected",),
    ),
    _defect(
        "ilert compares the redirect URI by its beginning",
        rule(redirect_uri_matches=lambda registered, given: given.startswith(registered)),
        f"{FLOW}-redirect-uri-exact",
        kills=("contract_ilert_authorization.altered_redirect_uri_fails",),
    ),
    _defect(
        "ilert's withdrawal changes nothing",
        rule(withdrawal_works=False),
        f"{FLOW}-withdrawal-ends-refresh-token",
        kills=("contract_ilert_information.withdrawal_ends_the_refresh_token",),
    ),
    _defect(
        "ilert's withdrawal ends access tokens",
        rule(access_token_outlives_grant=False),
        f"{FLOW}-withdrawal-keeps-access-token",
        f"{ENDPOINT}-revocation-keeps-access-token",
        kills=(
            "contract_ilert_information.access_token_outlives_a_revoked_refresh_token",
            "contract_ilert_information.access_token_outlives_the_withdrawal",
        ),
    ),
)

REQUESTS = (
    _defect(
        "ilert refuses requests without nonce",
        rule(authorization_needs=frozenset({"nonce"})),
        f"{REQUEST}-authorization-parameters",
        kills=("contract_ilert_flow.five_parameters_make_an_authorization_request",),
    ),
    _defect(
        "ilert does not know S256",
        rule(challenge_methods=frozenset({"plain"})),
        f"{REQUEST}-authorization-pkce-parameters",
        kills=("contract_ilert_flow.challenge_by_s256_is_taken",),
    ),
    _defect(
        "ilert splits the scope at commas",
        rule(read_scope=lambda scope: tuple(scope.split(","))),
        f"{REQUEST}-scope-space-separated",
        kills=("contract_ilert_flow.scopes_are_separated_by_spaces",),
    ),
    _defect(
        "ilert takes the secret from HTTP Basic alone",
        rule(post_is_read=False),
        f"{REQUEST}-token-request-confidential",
        "profile-clients-authentication-method-accepted",
        kills=("contract_ilert_flow.secret_is_taken_from_the_body",),
    ),
    _defect(
        "ilert demands redirect_uri in the token request",
        rule(code_redirect_uri_will_do=lambda _, __, now: now is not None),
        f"{REQUEST}-token-request-without-redirect-uri",
        kills=("contract_ilert_flow.token_request_needs_no_redirect_uri",),
    ),
    _defect(
        "ilert demands a secret of every client",
        rule(secret_required=_everyone),
        f"{REQUEST}-token-request-public",
        "profile-clients-public-clients-served",
        kills=("contract_ilert_flow.public_client_redeems_without_secret",),
    ),
    _defect(
        "ilert takes no secret to refresh",
        rule(secret_matches=_refresh_secret_refused),
        f"{REQUEST}-refresh-request-confidential",
        kills=("contract_ilert_flow.refresh_takes_the_secret_from_the_body",),
    ),
    _defect(
        "ilert demands a secret of every client that refreshes",
        rule(secret_required=_basic_only_to_refresh),
        f"{REQUEST}-refresh-request-public",
        kills=("contract_ilert_flow.public_client_refreshes_without_secret",),
    ),
)

ERRORS = (
    _defect(
        "ilert answers 200 to invalid_request",
        rule(error_status=lambda error: 401 if error.code == "invalid_grant" else 200),
        "contract-ilert-errors-invalid-request-400",
        "contract-ilert-errors-invalid-scope-400",
        "contract-ilert-errors-unsupported-grant-type-400",
        kills=(
            "contract_ilert_errors.missing_parameter_is_invalid_request",
            "contract_ilert_errors.unknown_grant_type_is_unsupported_grant_type",
            "contract_ilert_errors.unknown_scope_is_invalid_scope",
        ),
    ),
    _defect(
        "ilert fails at an unknown scope",
        _in_error("invalid_scope", "server_error"),
        "contract-ilert-errors-invalid-scope-400",
        kills=("contract_ilert_errors.unknown_scope_is_invalid_scope",),
    ),
    _defect(
        "ilert answers invalid_request to an unknown grant",
        rule(grant_type_unknown_error="invalid_request"),
        "contract-ilert-errors-unsupported-grant-type-400",
        kills=("contract_ilert_errors.unknown_grant_type_is_unsupported_grant_type",),
    ),
    _defect(
        "ilert answers 400 to invalid_grant",
        rule(error_status=lambda error: error.status),
        "contract-ilert-errors-invalid-grant-401",
        kills=(
            "contract_ilert_errors.unknown_code_is_invalid_grant",
            "contract_ilert_errors.unknown_refresh_token_is_invalid_grant",
        ),
    ),
    _defect(
        "ilert puts the code into error",
        rule(error_members=lambda error, _: {"error": error.code}),
        "contract-ilert-errors-body-code",
        "profile-errors-code-in-promised-member",
        kills=("contract_ilert_errors.error_code_stands_in_code",),
    ),
    _defect(
        "ilert says no sentence about an error",
        rule(error_members=lambda error, _: {"code": error.code}),
        "contract-ilert-errors-body-error-sentence",
        kills=("contract_ilert_errors.error_is_a_sentence",),
    ),
    _defect(
        "ilert answers invalid_grant to a wrong secret",
        _in_error("invalid_client", "invalid_grant"),
        "contract-ilert-errors-wrong-secret-invalid-client-401",
        kills=("contract_ilert_errors.wrong_secret_is_invalid_client",),
    ),
)

DEFECTS = (*FLOWS, *REQUESTS, *ERRORS)
