"""How the server behaves, one rule a field; the defaults are the dialect `standard`."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ssl import TLSVersion

from conformance.server import audiences, certificates, parameters, plain_http
from conformance.server import behaviours as be
from conformance.server import client_metadata as cm
from conformance.server.answers import Answer, Headers, Members, Message, Refusal
from conformance.server.audiences import Audience, Resources
from conformance.server.behaviours import Issue, Pairs
from conformance.server.keys import Keys, Read, verified_rs256
from conformance.server.parameters import form_decode
from conformance.server.registrations import (
    FEW_SCOPES,
    SCOPES,
    Authentication,
    Client,
    Registrations,
    User,
)
from conformance.server.store import random_text


@dataclass(frozen=True, slots=True)
class Paths:
    """Where the endpoints are; None for one that there is not."""

    authorization: str = "/authorize"
    token: str = "/token"
    revocation: str = "/revoke"
    introspection: str | None = "/introspect"
    token_information: str | None = None
    jwks: str | None = "/jwks"
    metadata: str | None = "/.well-known/oauth-authorization-server"
    openid_discovery: str | None = None
    billing: str | None = "/billing/account"
    registration: str | None = "/register"
    developers: str | None = "/developers"


@dataclass(frozen=True, slots=True)
class Rules:
    """One behaviour a field: what a defect changes, and what a dialect chooses.

    Where a rule is a function, it is asked at the moment that its name says. Durations are seconds;
    a lifetime of None means that the thing never dies.
    """

    paths: Paths = Paths()
    scopes: frozenset[str] = SCOPES
    audience: str = "https://api.example"
    billing_audience: str = "https://billing.example"

    # Requests of any kind
    falls_over: Callable[[Message], bool] = be.never
    seconds_to_think: Callable[[Message], float] = be.no_time
    answer_to: Callable[[Message, Answer], Answer] = be.as_answered
    trace_is_answered: bool = False
    own_origin: Callable[[Message, str], str] = be.issuer_whatever_comes

    # TLS, where the server has it (RFC 8996; RFC 6797), and those who come without
    tls_oldest: TLSVersion = TLSVersion.TLSv1_2
    tls_newest: TLSVersion = TLSVersion.TLSv1_3
    tls_ciphers: str = "ECDHE+AESGCM:ECDHE+CHACHA20"
    tls_certificate: certificates.Certificate = certificates.valid
    plain_http: Callable[[str], plain_http.PlainHttp] = plain_http.refused
    strict_transport: Callable[[str], str | None] = be.a_year

    # Redirect URIs (RFC 6749, 3.1.2; RFC 9700, 2.1 and 4.1.3)
    redirect_uri_matches: Callable[[str, str], bool] = operator.eq
    loopback_port_is_free: Callable[[Client, str], bool] = be.loopback_port_is_free
    default_redirect_uri: Callable[[tuple[str, ...]], str | None] = be.only_if_single
    redirect_uri_checked_on: frozenset[str] = frozenset({"GET", "POST"})
    redirect_uri_checked_for: Callable[[str | None], bool] = be.always
    any_redirect_uri_without_registration: bool = False
    invalid_redirect_uri_is_redirected_to: bool = False
    unknown_client_is_redirected: bool = False
    location_of_response: Callable[[str, Pairs], str] = be.with_query

    # Authorization requests and responses (RFC 6749, 3.1 and 4.1)
    authorization_methods: frozenset[str] = frozenset({"GET", "POST"})
    authorization_decode: Callable[[str], str] = form_decode
    authorization_name: Callable[[str], str] = be.same
    authorization_repeated: Callable[[list[str]], str | None] = be.refused
    authorization_empty_is_omitted: bool = True
    authorization_unknown_parameters_ignored: bool = True
    authorization_needs: frozenset[str] = frozenset()
    authorization_cors: bool = False
    response_type: Callable[[str | None], str | None] = be.same
    response_types: tuple[str, ...] = ("code",)
    response_type_is: Callable[[str, str], bool] = be.same_words
    response_in_fragment: Callable[[str, Pairs], str] = be.with_fragment
    error_in_fragment: Callable[[str, Pairs], str] = be.with_fragment
    response_modes: frozenset[str] = frozenset({"query"})
    message_target: Callable[[str, Mapping[str, str]], str] = be.origin_of
    message_receiver_matches: Callable[[str, str], bool] = be.no_other
    message_parameters: Callable[[Pairs], Pairs] = be.same
    message_keeps_challenge: bool = True
    errors_are_redirected: bool = True
    errors_wait_for_login: bool = True
    authorization_response: Callable[[Pairs, Mapping[str, str]], Pairs] = be.as_sent
    authorization_error: Callable[[Pairs, Mapping[str, str]], Pairs] = be.as_sent
    state_in_response: Callable[[str], str | None] = be.same
    state_in_error: Callable[[str], str | None] = be.same
    state_can_end_a_header: bool = False
    state_at_least: int = 0
    iss_in_response: bool = True
    iss_in_error: bool = True
    iss_is_announced: bool = True
    iss: Callable[[str, str], str] = be.issuer_itself
    authorization_grants_checked: bool = True

    # Scope (RFC 6749, 3.3)
    read_scope: Callable[[str], tuple[str, ...]] = be.split_scope
    default_scope: Callable[[Client], tuple[str, ...] | None] = be.profile_by_default
    scope_missing_error: str = "invalid_scope"
    scope_may_be_asked: Callable[[tuple[str, ...], Client, frozenset[str]], bool] = be.may_be_asked
    granted_scope: Callable[[tuple[str, ...], Client], tuple[str, ...]] = be.as_requested

    # Resource indicators (RFC 8707; RFC 9068, 3)
    token_audience: Callable[[tuple[str, ...], tuple[str, ...], Resources], Audience] = (
        audiences.of_request
    )
    token_resource: Callable[[Audience, str], Audience | None] = audiences.only_granted

    # PKCE (RFC 7636)
    challenge_is_read: bool = True
    challenge_required: Callable[[Client], bool] = be.always
    challenge_valid: Callable[[str], bool] = be.verifier_valid
    challenge_methods: frozenset[str] = frozenset({"S256"})
    challenge_default_method: str = "plain"
    challenge_unknown_method: Callable[[str], str | None] = be.none_of_it
    challenge_missing_error: str = "invalid_request"
    challenge_belongs_to_code: bool = True
    challenge_uses: int | None = 8
    nonce_replaces_challenge: bool = False
    verifier_required: bool = True
    verifier_empty_skips: bool = False
    verifier_valid: Callable[[str], bool] = be.verifier_valid
    verifier_matches: Callable[[str | None, str, str], bool] = be.verifier_matches
    verifier_wrong_error: str = "invalid_grant"
    verifier_without_challenge_error: str | None = "invalid_request"
    code_without_challenge_redeemed: Callable[[Client], bool] = be.never

    # Client authentication (RFC 6749, 2.3 and 5.2)
    basic_is_read: bool = True
    basic_decode: Callable[[str], str] = form_decode
    post_is_read: bool = True
    credentials_are_read: Callable[[str, str], bool] = be.for_every_purpose
    client_id_read: Callable[[str], str] = be.same
    credentials_in_query: bool = False
    several_methods_refused: bool = True
    differing_client_ids_refused: bool = True
    secret_required: Callable[[Client, str, Mapping[str, str]], bool] = be.of_confidential_clients
    secret_matches: Callable[[Client, str, str], bool] = be.secret_matches
    secret_of_public_client_refused: bool = True
    unknown_client_error: str = "invalid_client"
    invalid_client_status: int = 401
    client_challenge: str | None = 'Basic realm="clients", charset="UTF-8"'
    client_guesses: int | None = 10
    client_assertion_algorithms: tuple[str, ...] = ("RS256", "ES256")
    client_assertion_is_for: Callable[[object, str], bool] = be.sole_audience
    client_inferred_from_code: bool = False
    client_grants_checked: bool = True

    # Registration (RFC 7591)
    initial_access_token: str | None = None
    developers_read: frozenset[str] = frozenset({"policy", "terms"})
    redirect_uris_required: bool = True
    redirect_uri_registrable: Callable[[str, bool], bool] = cm.registrable
    registrable_scopes: frozenset[str] = FEW_SCOPES
    registered_method: Callable[[cm.Metadata], str] = cm.method_as_told
    client_secret_due: Callable[[Authentication], bool] = cm.secret_due
    make_client_secret: Callable[[], str] = random_text
    make_client_id: Callable[[Members], str] = cm.random_client_id

    # Authorization codes (RFC 6749, 4.1.2 and 4.1.3)
    make_code: Callable[[str | None], str] = be.random_code
    code_key: Callable[[str], str] = be.same
    code_lifetime: float | None = 60
    code_is_single_use: bool = True
    code_redemption_is_atomic: bool = True
    code_replay_revokes: bool = True
    code_replay_forgiven_after_refresh: bool = False
    code_invalid_replay_revokes: bool = False
    code_is_bound_to: Callable[[Client], bool] = be.always
    code_dead_error: str = "invalid_grant"
    code_redirect_uri_will_do: Callable[[str | None, str, str | None], bool] = be.absent_or_equal

    # Token endpoint (RFC 6749, 3.2 and 5)
    token_methods: frozenset[str] = frozenset({"POST"})
    token_form: Callable[[str, str], str] = be.first_of
    token_decode: Callable[[str], str] = form_decode
    token_name: Callable[[str], str] = be.same
    token_pairs: Callable[[parameters.Pairs], parameters.Pairs] = be.same
    token_grant_type: Callable[[str], str] = be.same
    token_repeated: Callable[[list[str]], str | None] = be.refused
    token_empty_is_omitted: bool = True
    token_unknown_parameters_ignored: bool = True
    token_forbidden_parameters: frozenset[str] = frozenset()
    grant_types: frozenset[str] = frozenset({"authorization_code", "refresh_token"})
    client_credentials_confidential_only: bool = True
    client_credentials_refresh_token: bool = False
    grant_type_unknown_error: str = "unsupported_grant_type"
    parameter_missing_error: str = "invalid_request"
    token_members: Callable[[Members, Issue], Members] = be.members_as_they_are
    refresh_members: Callable[[Members, Issue], Members] = be.members_as_they_are
    token_text: Callable[[Members], str] = json.dumps
    token_status: int = 200
    token_media_type: str = "application/json"
    token_headers: Callable[[str], Headers] = be.no_store
    token_type: str = "Bearer"
    expires_in: Callable[[float], object] = int
    error_members: Callable[[Refusal, Mapping[str, str]], Members] = be.error_members
    error_status: Callable[[Refusal], int] = be.error_status
    error_text: Callable[[Members], str] = json.dumps
    error_media_type: str = "application/json"
    cors: Callable[[str], Headers] = be.any_origin

    # Access tokens (RFC 9068), or random texts that only the server can read
    access_token_is_opaque: bool = False
    access_token_lifetime: float = 300
    access_token_header: Callable[[str], Members] = be.access_token_header
    access_token_claims: Callable[[Issue], Members] = be.access_token_claims
    sign_access_token: Callable[[Members, Members, Keys], str] = be.sign_access_token

    # ID tokens (OpenID Connect Core, 2), where the scope openid is among `scopes`
    id_token_lifetime: float = 300
    id_token_claims: Callable[[Members], Members] = be.same

    # Bound access tokens (RFC 9449)
    dpop_algorithms: tuple[str, ...] = ("ES256", "RS256")
    access_token_binding_checked: bool = True

    # Refresh tokens (RFC 6749, 6; RFC 9700, 4.14)
    refresh_token_due: Callable[[Client, tuple[str, ...]], bool] = be.for_offline_access
    make_refresh_token: Callable[[Issue, Keys], str] = be.random_refresh_token
    refresh_key: Callable[[str], str] = be.same
    refresh_lifetime: float | None = 30 * 86400
    refresh_lifetime_is_kept: bool = True
    refresh_tokens_per_client_and_user: int | None = None
    refresh_is_bound_to: Callable[[Client], bool] = be.always
    refresh_rotates: Callable[[Client], bool] = be.always
    refresh_rotation_is_atomic: bool = True
    refresh_rotated_is_dead: bool = True
    refresh_reuse_revokes: bool = True
    refresh_reuse_forgiven_after_revocation: bool = False
    refresh_reuse_remembered: int | None = None
    new_grant_revives_old_ones: bool = False
    refresh_checks_grant: bool = True
    refresh_takes_access_tokens: bool = False
    refresh_fails_after_revocation: bool = False
    refresh_error_after_sign_out: str | None = None
    refresh_scope: Callable[[tuple[str, ...], tuple[str, ...] | None], tuple[str, ...] | None] = (
        be.narrower
    )
    refresh_successor_scope: Callable[[tuple[str, ...], tuple[str, ...]], tuple[str, ...]] = (
        be.first_of
    )
    refresh_signed_in_at: Callable[[float, float], float] = be.first_of

    # Protected resources (RFC 6750; RFC 9068, 4)
    bearer_scheme: Callable[[str], bool] = be.is_bearer
    header_token_is_read: bool = True
    token_cookie: Callable[[str], str | None] = be.no_cookie
    cookie_token_is_read: bool = False
    cookie_token_needs_own_origin: bool = True
    query_token_is_read: bool = False
    body_token_is_read: Callable[[str, str], bool] = be.never_from_body
    several_tokens_refused: bool = True
    access_token_read: Callable[[str, Keys], Read] = verified_rs256
    access_token_type_checked: bool = True
    token_issuer: Callable[[str], str] = be.same
    access_token_issuer_matches: Callable[[str, str], bool] = operator.eq
    access_token_matures: Callable[[Members, float], bool] = be.has_come
    access_token_audience_checked: bool = True
    access_token_leeway: float | None = 0
    access_token_needs: Callable[[Members], str | None] = be.rfc9068_complete
    access_token_scope_claim: str = "scope"
    access_token_user: Callable[[Members, Registrations], User | None] = be.user_of_subject
    access_token_revocation_seen: bool = True
    resource_keeps_verdicts: float = 0.0
    access_token_outlives_grant: bool = False
    resource_demands_token: bool = True
    resource_headers: Headers = be.NOT_STORED
    resource_checks_token: bool = True
    resource_needs: Callable[[frozenset[str], str, str], bool] = be.scope_allows
    resource_challenge: Callable[[dict[str, str], str], str | None] = be.challenge
    resource_status: Callable[[str], int] = be.resource_status
    resource_error: Callable[[str], str] = be.same
    resource_signs_in: bool = False
    resource_fails_on_malformed: bool = False

    # Revocation (RFC 7009)
    revocation_methods: frozenset[str] = frozenset({"POST"})
    revocation_identifies_client: bool = True
    revocation_of: frozenset[str] = frozenset({"access_token", "refresh_token"})
    revocation_works_on: frozenset[str] = frozenset({"access_token", "refresh_token"})
    revocation_looks_only_at_hint: bool = False
    revocation_unknown_hint_error: str | None = None
    revocation_missing_token_error: str = "invalid_request"
    revocation_unknown_token_error: str | None = None
    revocation_foreign_token_error: str | None = "unauthorized_client"
    revocation_of_foreign_tokens: bool = False
    revocation_reach: Callable[[str], be.Reach] = be.refresh_tokens_end_the_grant
    revocation_status: int = 200
    revocation_callback: Callable[[str], str] | None = None
    revocation_error_is_page: bool = False

    # Introspection (RFC 7662), and the token information of ilert
    introspection_methods: frozenset[str] = frozenset({"POST"})
    introspection_authenticates: Callable[[str], bool] = be.always
    introspection_allows: Callable[[Client], bool] = be.is_resource_server
    introspection_invalid_client_is_inactive: bool = False
    introspection_takes_bearer: bool = False
    introspection_looks_only_at_hint: bool = False
    introspection_missing_token_error: str = "invalid_request"
    introspection_read: Callable[[str, Keys], Read] = verified_rs256
    introspection_fails_on_malformed: bool = False
    introspection_checks_expiry: bool = True
    introspection_checks_revocation: bool = True
    introspection_checks_start: bool = True
    introspection_restricts: bool = True
    introspection_told_to: Callable[[Members, Client | None], Members] = be.first_of
    introspection_members: Callable[[Members, Registrations], Members] = be.members_of_token
    introspection_inactive: Callable[[str], Members] = be.only_inactive
    introspection_inactive_status: int = 200
    introspection_media_type: str = "application/json"
    information_members: Callable[[Members], Members] = be.same
    information_of_refresh_tokens: bool = False

    # Metadata and keys (RFC 8414)
    metadata: Callable[[Members], Members] = be.same
    openid_discovery: Callable[[Members], Members] = be.same
    signed_metadata: Callable[[Members, Keys], str | None] = be.not_signed
    metadata_for_every_path: bool = False
    metadata_needs_token: bool = False
    metadata_status: int = 200
    metadata_media_type: str = "application/json"
    jwks: Callable[[Members, Keys], Members] = be.jwks_as_it_is

    # Login, consent and the other pages (RFC 9700, 4.2, 4.12 and 4.16; OAuth 2.1, 7)
    page_type: Callable[[str], str] = be.html
    page_headers: Callable[[str, str], Headers] = be.page_headers
    dated: bool = True
    page_cors: Callable[[str, str], Headers] = be.no_origin
    page_markup: Callable[[str, str], str] = be.markup_as_it_is
    page_escapes: bool = True
    page_of_error: Callable[[str], str] = be.same
    page_redirect_status: int = 303
    login_required: bool = True
    login_follows_next: bool = False
    login_guesses: int | None = 10
    password_grant_guesses: int | None = 10
    password_matches: Callable[[User | None, str, str], bool] = be.password_matches
    login_locked_out: frozenset[str] = frozenset()
    login_checks_password: bool = True
    login_renews_session: bool = True
    session_lifetime: float = 8 * 3600
    session_cookie: Callable[[str], str] = be.session_cookie
    csrf_checked: Callable[[str], bool] = be.always
    prompts: frozenset[str] = frozenset({"none", "login", "consent"})
    consent_required: Callable[[Client, frozenset[str] | None, tuple[str, ...]], bool] = (
        be.unless_remembered
    )
    consent_key: Callable[[str, str], tuple[str, str]] = be.user_and_client
    consent_by_get: bool = False
    consent_denial_is_approval: bool = False
    consent_denial_ends_grants: bool = False
    consent_warns_of_strangers: bool = True
    consent_warns_of_insecure_redirect: bool = True
    strangers_are_redirected_at_once: bool = False
    consent_shows: frozenset[str] = frozenset({"client", "developer", "scopes"})
    withdrawal_works: bool = True


Change = Callable[[Rules], Rules]
"""What a dialect or a defect makes of rules."""
