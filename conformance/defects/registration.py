"""Registration that issues what it must not, or forgets what a client said of itself."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from conformance.defects.record import Defect, rule
from conformance.server.answers import Members
from conformance.server.behaviours import of_confidential_clients
from conformance.server.client_metadata import random_client_id, registrable
from conformance.server.registrations import SCOPES, Client
from conformance.server.rules import Rules

UNIQUE = "rfc6749-2.2-client-id-unique"
COMPLETE = "rfc6749-3.1.2.2-complete-redirect-uri-registered"


def _of_the_name(sent: Members) -> str:
    return hashlib.sha256(str(sent.get("client_name")).encode()).hexdigest()[:16]


def _as_wished(sent: Members) -> str:
    return str(sent.get("client_id") or random_client_id(sent))


def _raw() -> str:
    return "\u00fc" + secrets.token_bytes(24).decode("latin-1")


def _of_https_clients(client: Client, purpose: str, values: Mapping[str, str]) -> bool:
    by_uri = any(uri.startswith("https:") for uri in client.redirect_uris)
    return by_uri or of_confidential_clients(client, purpose, values)


def _of_known_clients(client: Client, purpose: str, values: Mapping[str, str]) -> bool:
    return not client.registered_itself and of_confidential_clients(client, purpose, values)


def _unless_secret(client: Client, known: frozenset[str] | None, scope: tuple[str, ...]) -> bool:
    return client.public or known is None or not set(scope) <= known


def _https(uri: str, native: bool) -> bool:
    return uri.startswith("https://") or registrable(uri, native)


def _expression(registered: str, given: str) -> bool:
    try:
        return re.fullmatch(registered, given) is not None
    except re.error:
        return registered == given


def _folder(registered: str, given: str) -> bool:
    return given == registered or (registered.endswith("/") and given.startswith(registered))


def _host(uri: str) -> str | None:
    try:
        return urlsplit(uri).hostname
    except ValueError:
        return uri


def _registering(rules: Rules) -> Rules:
    paths = replace(rules.paths, registration="/register")
    return replace(rules, paths=paths, redirect_uris_required=False)


DEFECTS = (
    Defect(
        "client_id made of the client's name",
        (UNIQUE,),
        rule(make_client_id=_of_the_name),
        kills=("registration.client_ids_are_unique",),
    ),
    Defect(
        "client_id chosen by the client",
        ("rfc9700-4.15.1-clients-cannot-choose-confusable-identifier",),
        rule(make_client_id=_as_wished),
        kills=(
            "registration.client_cannot_choose_the_identifier_of_a_user[subject]",
            "registration.client_cannot_choose_the_identifier_of_a_user[user-name]",
        ),
    ),
    Defect(
        "client secrets made of raw bytes",
        ("rfc6749-A.1-client-id-and-secret-syntax",),
        rule(make_client_secret=_raw),
        kills=("registration.what_is_issued_is_printable[client_secret]",),
    ),
    Defect(
        "every registration gets a secret",
        ("rfc6749-10.1-no-credentials-for-native-or-browser-clients",),
        rule(client_secret_due=lambda _: True),
        kills=("registration.public_client_is_issued_no_secret",),
    ),
    Defect(
        "type of a client told by its redirect URI",
        ("oauth-2.1-8.1.1-client-type-recorded",),
        rule(secret_required=_of_https_clients),
        kills=("client_type.registered_public_client_needs_no_secret",),
    ),
    Defect(
        "registered clients all treated as public",
        ("oauth-2.1-8.1.1-client-type-recorded",),
        rule(secret_required=_of_known_clients),
        kills=("client_type.registered_confidential_client_has_to_authenticate",),
    ),
    Defect(
        "secret of a native client taken for a proof",
        ("oauth-2.1-8.1-static-native-secret-not-proof",),
        rule(consent_required=_unless_secret),
        kills=("client_type.secret_of_a_native_client_is_no_proof",),
    ),
    Defect(
        "redirect URI of a client of the implicit grant optional, and any taken",
        ("rfc6749-3.1.2.2-implicit-client-must-register-redirect-uri",),
        rule(any_redirect_uri_without_registration=True),
        dialect="legacy",
        base=_registering,
        kills=("redirect_uri_registration.implicit_client_without_redirect_uri_gets_no_token",),
    ),
    Defect(
        "redirect URI without a path registered, and every path below it taken",
        (COMPLETE, "oauth-2.1-2.3.1-complete-redirect-uri-registration-required"),
        rule(redirect_uri_matches=lambda registered, given: given.startswith(registered)),
        base=rule(redirect_uri_registrable=_https),
        kills=("redirect_uri_registration.redirect_uri_without_path_covers_no_other",),
    ),
    Defect(
        "wildcards in registered redirect URIs",
        (COMPLETE, "rfc9700-2.1-no-redirect-uri-patterns"),
        rule(redirect_uri_matches=lambda registered, given: fnmatchcase(given, registered)),
        base=rule(redirect_uri_registrable=_https),
        kills=(
            "redirect_uri_registration.pattern_is_no_redirect_uri[host-wildcard]",
            "redirect_uri_registration.pattern_is_no_redirect_uri[path-wildcard]",
            "redirect_uri_registration.pattern_is_no_redirect_uri[subdomain-wildcard]",
        ),
    ),
    Defect(
        "registered redirect URIs matched as regular expressions",
        ("rfc9700-2.1-no-redirect-uri-patterns",),
        rule(redirect_uri_matches=_expression),
        base=rule(redirect_uri_registrable=_https),
        kills=("redirect_uri_registration.pattern_is_no_redirect_uri[path-expression]",),
    ),
    Defect(
        "registered redirect URIs that end in a slash taken for folders",
        ("rfc9700-2.1-no-redirect-uri-patterns",),
        rule(redirect_uri_matches=_folder),
        kills=("redirect_uri_registration.pattern_is_no_redirect_uri[folder]",),
    ),
    Defect(
        "any private-use scheme registered",
        ("oauth-2.1-2.3.1-private-use-scheme-reverse-domain",),
        rule(redirect_uri_registrable=lambda uri, native: native or registrable(uri, native)),
        kills=("redirect_uri_registration.private_use_scheme_is_a_reverse_domain_name",),
    ),
    Defect(
        "only host and query of a partial redirect URI told apart",
        ("rfc6749-3.1.2.2-partial-registration-covers-scheme-authority-path",),
        rule(redirect_uri_matches=lambda registered, given: _host(registered) == _host(given)),
        base=rule(
            redirect_uri_matches=lambda registered, given: registered == given.partition("?")[0]
        ),
        kills=(
            "redirect_uri_registration.partial_registration_holds_all_but_the_query[path]",
            "redirect_uri_registration.partial_registration_holds_all_but_the_query[port]",
            "redirect_uri_registration.partial_registration_holds_all_but_the_query[scheme]",
        ),
        standards=("rfc6749",),
    ),
    Defect(
        "clients that registered themselves look like known ones",
        ("oauth-2.1-7.9-extra-measures-for-unregistered-clients",),
        rule(consent_warns_of_strangers=False),
        kills=("registered_client.user_is_told_that_a_client_registered_itself",),
    ),
    Defect(
        "no warning before the browser is sent to http",
        ("rfc6749-3.1.2.1-warn-about-insecure-redirect",),
        rule(consent_warns_of_insecure_redirect=False),
        base=rule(redirect_uri_registrable=lambda uri, _: uri.startswith(("https://", "http://"))),
        kills=("registered_client.user_is_warned_of_an_insecure_redirect",),
        standards=("rfc6749",),
    ),
    Defect(
        "errors sent to clients that registered themselves without a word",
        ("rfc9700-4.11.2-automatic-redirect-only-if-trusted",),
        rule(strangers_are_redirected_at_once=True),
        kills=("registered_client.error_is_not_sent_to_a_stranger_unasked",),
    ),
    Defect(
        "every scope for whoever registers",
        ("oauth-2.1-7.9-client-controls-enforced",),
        rule(registrable_scopes=SCOPES),
        kills=("registered_client.privileged_scope_is_not_for_everybody",),
    ),
    Defect(
        "terms not linked where clients are registered",
        ("rfc8414-2-policy-and-terms-shown-at-registration",),
        rule(developers_read=frozenset({"policy"})),
        kills=("registration_page.policy_and_terms_are_shown",),
    ),
)
