"""What the server publishes about itself: metadata and keys (RFC 8414; RFC 7517)."""

from __future__ import annotations

from conformance.server import developers
from conformance.server.answers import Answer, Members, Message, Refusal, as_json
from conformance.server.installation import Installation
from conformance.server.token import cors, refused

_SECRETS = ["client_secret_basic", "client_secret_post"]


def metadata(at: Installation, message: Message) -> Answer:
    """The authorization server metadata (RFC 8414, section 3)."""
    rules = at.rules
    if rules.metadata_needs_token and "Authorization" not in message.headers:
        return refused(at, Refusal("invalid_client", "Sign in first.", status=401), {})
    document = rules.metadata(_document(at))
    signed = rules.signed_metadata(document, at.keys)
    if signed is not None:
        document = {**document, "signed_metadata": signed}
    return as_json(document, rules.metadata_status, cors(at, message), rules.metadata_media_type)


def openid_discovery(at: Installation, message: Message) -> Answer:
    """The same metadata where OpenID Connect Discovery looks for it (section 4)."""
    document = at.rules.openid_discovery(at.rules.metadata(_document(at)))
    return as_json(document, headers=cors(at, message))


def _document(at: Installation) -> Members:
    rules, paths = at.rules, at.rules.paths
    algorithms = list(rules.client_assertion_algorithms)
    methods = [*_SECRETS, "private_key_jwt"] if algorithms else _SECRETS
    document: Members = {
        "issuer": at.issuer,
        "authorization_endpoint": at.url(paths.authorization),
        "token_endpoint": at.url(paths.token),
        "revocation_endpoint": at.url(paths.revocation),
        "scopes_supported": sorted(rules.scopes),
        "response_types_supported": list(rules.response_types),
        "response_modes_supported": sorted(rules.response_modes),
        "grant_types_supported": sorted(rules.grant_types),
        "token_endpoint_auth_methods_supported": [*methods, "none"],
        "revocation_endpoint_auth_methods_supported": [*methods, "none"],
        "code_challenge_methods_supported": sorted(rules.challenge_methods),
        "authorization_response_iss_parameter_supported": rules.iss_is_announced,
        "prompt_values_supported": sorted(rules.prompts),
    }
    if paths.introspection is not None:
        document["introspection_endpoint"] = at.url(paths.introspection)
        document["introspection_endpoint_auth_methods_supported"] = methods
    if algorithms:
        for name in ("token", "revocation", "introspection"):
            if f"{name}_endpoint" in document:
                document[f"{name}_endpoint_auth_signing_alg_values_supported"] = algorithms
    if paths.developers is not None:
        document["op_policy_uri"] = developers.address(at, developers.POLICY)
        document["op_tos_uri"] = developers.address(at, developers.TERMS)
    if paths.registration is not None:
        document["registration_endpoint"] = at.url(paths.registration)
    if rules.dpop_algorithms:
        document["dpop_signing_alg_values_supported"] = list(rules.dpop_algorithms)
    if paths.jwks is not None:
        document["jwks_uri"] = at.url(paths.jwks)
    return document


def jwks(at: Installation, message: Message) -> Answer:
    """The key that access tokens are signed with, as a JWK Set (RFC 7517, section 5)."""
    document = at.rules.jwks({"keys": [at.keys.public_jwk]}, at.keys)
    return as_json(document, headers=cors(at, message))
