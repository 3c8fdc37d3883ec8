"""Clients that need not be who they say (RFC 6749, sections 2.3 and 5.2)."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from conformance.defects.record import Defect, rule
from conformance.server.answers import Members
from conformance.server.behaviours import secret_matches
from conformance.server.registrations import SECRETS, Client

Sent = Mapping[str, str]


def _if_sent(_: Client, __: str, ___: Sent) -> bool:
    return False


def _without_pkce(client: Client, purpose: str, sent: Sent) -> bool:
    return (client.confidential and "code_verifier" not in sent) or purpose == "introspection"


def _everyone(_: Client, __: str, ___: Sent) -> bool:
    return True


def _cut(client: Client, secret: str, purpose: str) -> bool:
    return secret_matches(client, secret, purpose) or (
        len(secret) >= 8 and SECRETS.get(client.client_id, "").startswith(secret)
    )


def _without_case(client: Client, secret: str, _: str) -> bool:
    return secret.lower() == SECRETS.get(client.client_id, "").lower()


def _of_anyone(_: Client, secret: str, __: str) -> bool:
    return secret in SECRETS.values()


VERIFIED = "rfc6749-4.1.3-included-client-authentication-verified"


def _normalised(client_id: str) -> str:
    return unicodedata.normalize("NFKC", client_id)


def _only_secrets(document: Members) -> Members:
    return {**document, "token_endpoint_auth_methods_supported": ["client_secret_basic", "none"]}


DEFECTS = (
    Defect(
        "client_id normalised before it is looked for",
        ("rfc8414-4-string-comparison-by-code-point",),
        rule(client_id_read=_normalised),
        kills=("client_type.client_id_in_other_code_points_is_unknown",),
    ),
    Defect(
        "only shared secrets offered to clients",
        ("rfc9700-2.5-asymmetric-client-authentication",),
        rule(client_assertion_algorithms=(), metadata=_only_secrets),
        kills=("client_assertion.asymmetric_authentication_is_offered",),
    ),
    Defect(
        "assertions of clients announced and not taken",
        ("rfc9700-2.5-asymmetric-client-authentication",),
        rule(client_assertion_algorithms=("PS512",)),
        kills=("client_assertion.signed_assertion_authenticates",),
    ),
    Defect(
        "audience of client assertions not checked",
        ("oauth-2.1-2.4-jwt-client-assertion-aud",),
        rule(client_assertion_is_for=lambda _, __: True),
        kills=("client_assertion.assertion_for_another_server_is_refused",),
    ),
    Defect(
        "client without a secret when it uses PKCE",
        ("oauth-2.1-2.1-client-has-one-type",),
        rule(secret_required=_without_pkce),
        kills=("client_authentication.confidential_client_is_never_public",),
    ),
    Defect(
        "secret in the body not read",
        (
            "oauth-2.1-2.4.1-client-secret-post-supported",
            "profile-clients-authentication-method-accepted",
        ),
        rule(post_is_read=False),
        kills=(
            "profile_clients.authentication_method_is_accepted",
            "client_authentication.secret_in_the_body_is_taken",
        ),
    ),
    Defect(
        "every client needs a secret",
        (
            "oauth-2.1-8.1-no-shared-secret-required-of-native-clients",
            "profile-clients-public-clients-served",
        ),
        rule(secret_required=_everyone),
        kills=(
            "client_type.native_client_needs_no_secret",
            "profile_clients.public_client_is_served_without_secret",
        ),
    ),
    Defect(
        "HTTP Basic not read",
        ("rfc6749-2.3.1-basic-authentication-supported",),
        rule(basic_is_read=False),
        kills=("client_authentication.basic_is_taken",),
    ),
    Defect(
        "HTTP Basic not form-decoded",
        ("rfc6749-2.3.1-basic-credentials-form-decoded",),
        rule(basic_decode=str),
        kills=("client_authentication.basic_credentials_are_form_decoded",),
    ),
    Defect(
        "secret taken from the query",
        ("rfc6749-2.3.1-client-secret-not-in-uri",),
        rule(credentials_in_query=True),
        kills=("client_authentication.secret_in_the_query_is_refused",),
    ),
    Defect(
        "secrets can be guessed without end",
        ("rfc6749-2.3.1-client-password-brute-force-protection",),
        rule(client_guesses=None),
        kills=(
            "guessing.guessing_a_secret_is_limited[introspection]",
            "guessing.guessing_a_secret_is_limited[revocation]",
            "guessing.guessing_a_secret_is_limited[token]",
        ),
    ),
    Defect(
        "secret checked only if it was sent",
        ("rfc6749-4.1.3-confidential-client-must-authenticate",),
        rule(secret_required=_if_sent),
        kills=("client_authentication.confidential_client_must_authenticate[client-id-alone]",),
    ),
    Defect(
        "secret not compared",
        (VERIFIED,),
        rule(secret_matches=lambda _, __, ___: True),
        kills=(
            "client_authentication.secret_of_another_client_is_refused",
            "client_authentication.wrong_secret_in_the_body_is_refused",
            "client_authentication.wrong_secret_is_refused[blank-after]",
        ),
    ),
    Defect(
        "secret compared as far as it was sent",
        (VERIFIED,),
        rule(secret_matches=_cut),
        kills=("client_authentication.wrong_secret_is_refused[prefix]",),
    ),
    Defect(
        "secret compared without regard to case",
        (VERIFIED,),
        rule(secret_matches=_without_case),
        kills=("client_authentication.wrong_secret_is_refused[case]",),
    ),
    Defect(
        "secret of any client taken",
        (VERIFIED,),
        rule(secret_matches=_of_anyone),
        kills=("client_authentication.secret_of_another_client_is_refused",),
    ),
    Defect(
        "two ways of authentication at once taken",
        ("rfc6749-5.2-multiple-client-authentication-rejected",),
        rule(several_methods_refused=False),
        kills=("client_authentication.two_methods_at_once_are_refused",),
    ),
    Defect(
        "client_id of the body differs from that of HTTP Basic",
        ("rfc6749-5.2-multiple-client-authentication-rejected",),
        rule(differing_client_ids_refused=False),
        kills=("client_authentication.other_client_id_in_the_body_is_refused",),
    ),
    Defect(
        "secret of a public client taken",
        ("oauth-2.1-2.1-client-has-one-type",),
        rule(secret_of_public_client_refused=False),
    ),
    Defect(
        "unknown client answered with invalid_grant",
        ("rfc6749-5.2-invalid-client-error",),
        rule(unknown_client_error="invalid_grant"),
        kills=("client_authentication.failed_authentication_is_an_invalid_client[unknown-client]",),
    ),
    Defect(
        "failed client authentication answered with 400",
        ("rfc6749-5.2-invalid-client-401-for-authorization-header",),
        rule(invalid_client_status=400),
        kills=("client_authentication.failed_basic_is_answered_with_401",),
    ),
    Defect(
        "failed client authentication answered without challenge",
        ("rfc6749-5.2-invalid-client-www-authenticate",),
        rule(client_challenge=None),
        kills=("client_authentication.failed_basic_is_challenged",),
    ),
    Defect(
        "failed client authentication answered with a challenge of another scheme",
        ("rfc6749-5.2-invalid-client-www-authenticate",),
        rule(client_challenge='Bearer realm="clients"'),
        kills=("client_authentication.failed_basic_is_challenged",),
    ),
)
