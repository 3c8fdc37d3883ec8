"""What an authorization server may offer: one closed list of words, and how each is known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum


class KnownBy(Enum):
    """Where it can be learnt whether a server offers something, besides the profile's word."""

    METADATA = "metadata"
    """The server's metadata says so, by the feature's rule."""
    CLIENTS = "clients"
    """A client of the profile that uses it."""
    PROFILE = "profile"
    """Another table of the profile: resources, pages, lifetimes."""
    OBSERVED = "observed"
    """An unchanged flow shows it."""


@dataclass(frozen=True, slots=True)
class MetadataRule:
    """The metadata member that announces a feature (RFC 8414, section 2).

    With `value` None the member has to be present, and true if it is a boolean; else it is a list
    that has to contain `value`. `default` is what a missing list stands for. `conclusive` says
    whether metadata that was read and does not announce the feature is evidence that it is absent.
    """

    member: str
    value: str | None = None
    default: tuple[str, ...] = ()
    conclusive: bool = True


_M, _C, _P, _O = KnownBy.METADATA, KnownBy.CLIENTS, KnownBy.PROFILE, KnownBy.OBSERVED

_GRANTS = ("authorization_code", "implicit")


def _grant(value: str) -> MetadataRule:
    return MetadataRule("grant_types_supported", value, _GRANTS)


def _authentication(value: str) -> MetadataRule:
    return MetadataRule("token_endpoint_auth_methods_supported", value, ("client_secret_basic",))


class Feature(StrEnum):
    """A feature word, as checks (`needs`) and profiles (`[features]`) use it.

    Each has a sentence, the sources that tell whether it is there, and a metadata rule where one
    exists. The profile's `supports` and `lacks` come before all of them.
    """

    sentence: str
    known_by: tuple[KnownBy, ...]
    metadata: MetadataRule | None

    def __new__(
        cls,
        word: str,
        sentence: str,
        known_by: tuple[KnownBy, ...] = (),
        metadata: MetadataRule | None = None,
    ) -> Feature:
        """Make the member `word` with its facts."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.sentence = sentence
        member.known_by = known_by
        member.metadata = metadata
        return member

    # Grants
    AUTHORIZATION_CODE = (
        "authorization_code",
        "The authorization code grant (RFC 6749, section 4.1).",
        (_M, _O),
        _grant("authorization_code"),
    )
    REFRESH_TOKEN = (
        "refresh_token",
        "Refresh tokens are issued and can be used (RFC 6749, section 6).",
        (_M, _O),
        MetadataRule("grant_types_supported", "refresh_token", _GRANTS, conclusive=False),
    )
    CLIENT_CREDENTIALS = (
        "client_credentials",
        "The client credentials grant (RFC 6749, section 4.4).",
        (_M,),
        _grant("client_credentials"),
    )
    IMPLICIT = (
        "implicit",
        "The implicit grant (RFC 6749, section 4.2).",
        (_M,),
        MetadataRule("response_types_supported", "token"),
    )
    PASSWORD = (
        "password",
        "The resource owner password credentials grant (RFC 6749, section 4.3).",
        (_M,),
        _grant("password"),
    )
    GRANTS_PER_CLIENT = (
        "grants_per_client",
        "Grant types or response types are restricted per client (RFC 6749, section 5.2).",
        (_C,),
    )
    ID_TOKEN_RESPONSE = (
        "id_token_response",
        "Response types that bring an ID token (OpenID Connect).",
        (_M,),
        MetadataRule("response_types_supported", "code id_token", conclusive=False),
    )
    COMPOSITE_RESPONSE_TYPE = (
        "composite_response_type",
        "Response types of more than one value (RFC 6749, section 3.1.1).",
    )
    OAUTH_2_0_CLIENTS = (
        "oauth_2_0_clients",
        "Clients of OAuth 2.0 are served beside those of OAuth 2.1.",
    )

    # Authorization requests and responses
    POST_AUTHORIZATION = (
        "post_authorization",
        "The authorization endpoint also takes POST (RFC 6749, section 3.1).",
    )
    SCOPE_PARAMETER = (
        "scope_parameter",
        "Access can be limited by the scope parameter (RFC 6749, section 3.3).",
        (_M, _C),
        MetadataRule("scopes_supported", conclusive=False),
    )
    DEFAULT_SCOPE = (
        "default_scope",
        "A request without scope is granted a default scope (RFC 6749, section 3.3).",
    )
    OFFLINE_ACCESS = (
        "offline_access",
        "The scope offline_access asks for a refresh token.",
        (_M, _C),
        MetadataRule("scopes_supported", "offline_access", conclusive=False),
    )
    SEVERAL_REDIRECT_URIS = (
        "several_redirect_uris",
        "A client can register more than one redirect URI.",
        (_C,),
    )
    COMPLETE_REDIRECT_URI = (
        "complete_redirect_uri",
        "Redirect URIs are registered in full (RFC 6749, section 3.1.2.2).",
        (_C,),
    )
    PARTIAL_REDIRECT_URI = (
        "partial_redirect_uri",
        "Redirect URIs can be registered in part (RFC 6749, section 3.1.2.2).",
    )
    HTTP_REDIRECT_URI = (
        "http_redirect_uri",
        "Redirect URIs with the http scheme are accepted.",
        (_C,),
    )
    NATIVE_LOOPBACK = (
        "native_loopback",
        "Native clients with loopback redirect URIs, whose port is free (RFC 8252, section 7.3).",
        (_C,),
    )
    ISS_PARAMETER = (
        "iss_parameter",
        "Authorization responses carry iss (RFC 9207).",
        (_M, _O),
        MetadataRule("authorization_response_iss_parameter_supported"),
    )
    ISS_IN_RESPONSES = (
        "iss_in_responses",
        "Authorization responses carry iss, announced or not (RFC 9207, section 2).",
        (_O,),
    )
    RESPONSE_MODE = (
        "response_mode",
        "The response_mode parameter chooses how the response is sent.",
        (_M,),
        MetadataRule("response_modes_supported", conclusive=False),
    )
    WEB_MESSAGE = (
        "web_message",
        "Authorization responses can be sent as messages between windows.",
        (_M,),
        MetadataRule("response_modes_supported", "web_message", ("query", "fragment")),
    )
    ERROR_URI = (
        "error_uri",
        "Error answers carry error_uri (RFC 6749, section 5.2).",
        (_O,),
    )
    PUSHED_AUTHORIZATION = (
        "pushed_authorization",
        "Authorization requests can be pushed (RFC 9126).",
        (_M,),
        MetadataRule("pushed_authorization_request_endpoint"),
    )
    RESOURCE_INDICATORS = (
        "resource_indicators",
        "The resource parameter names where a token will be used (RFC 8707).",
    )
    OPENID = (
        "openid",
        "OpenID Connect: the scope openid brings an ID token.",
        (_M,),
        MetadataRule("scopes_supported", "openid", conclusive=False),
    )

    # PKCE
    PKCE = (
        "pkce",
        "Proof Key for Code Exchange with S256 (RFC 7636).",
        (_M, _C),
        MetadataRule("code_challenge_methods_supported", "S256"),
    )
    PKCE_BY_SOME_METHOD = (
        "pkce_by_some_method",
        "Proof Key for Code Exchange by whatever method (RFC 7636).",
        (_M, _C),
        MetadataRule("code_challenge_methods_supported"),
    )
    PKCE_PLAIN = (
        "pkce_plain",
        "The PKCE method plain is accepted (RFC 7636, section 4.2).",
        (_M,),
        MetadataRule("code_challenge_methods_supported", "plain"),
    )
    PKCE_REQUIRED = (
        "pkce_required",
        "PKCE is demanded of a client.",
        (_C,),
    )
    PKCE_OPTIONAL = (
        "pkce_optional",
        "A client may leave PKCE out.",
        (_C,),
    )
    PKCE_UNUSED = (
        "pkce_unused",
        "A client uses no PKCE.",
        (_C,),
    )

    # Clients and how they authenticate
    CONFIDENTIAL_CLIENT = (
        "confidential_client",
        "Clients that authenticate with a secret (RFC 6749, section 2.1).",
        (_C,),
    )
    PUBLIC_CLIENT = (
        "public_client",
        "Clients without a secret (RFC 6749, section 2.1).",
        (_M, _C),
        MetadataRule("token_endpoint_auth_methods_supported", "none", conclusive=False),
    )
    CLIENT_SECRET_BASIC = (
        "client_secret_basic",
        "The client secret is sent with HTTP Basic (RFC 6749, section 2.3.1).",
        (_M, _C),
        _authentication("client_secret_basic"),
    )
    CLIENT_SECRET_POST = (
        "client_secret_post",
        "The client secret is sent in the request body (RFC 6749, section 2.3.1).",
        (_M, _C),
        _authentication("client_secret_post"),
    )
    SEVERAL_AUTHENTICATION_METHODS = (
        "several_authentication_methods",
        "Clients can authenticate in more than one way.",
        (_C,),
    )
    JWT_CLIENT_AUTHENTICATION = (
        "jwt_client_authentication",
        "Clients can authenticate with a JWT that they signed (RFC 7523).",
        (_M, _C),
        MetadataRule("token_endpoint_auth_methods_supported", "private_key_jwt", conclusive=False),
    )
    DYNAMIC_REGISTRATION = (
        "dynamic_registration",
        "Clients can register themselves (RFC 7591).",
        (_M,),
        MetadataRule("registration_endpoint"),
    )
    DOCUMENTED_REGISTRATION = (
        "documented_registration",
        "Clients cannot register themselves; the documentation says how they are registered.",
        (_M,),
        MetadataRule("service_documentation"),
    )
    THIRD_PARTY_CLIENT = (
        "third_party_client",
        "A client is not trusted in advance.",
        (_C,),
    )
    NATIVE_CLIENT = (
        "native_client",
        "Native applications are clients (RFC 8252).",
        (_C,),
    )
    NATIVE_CLIENT_SECRET = (
        "native_client_secret",
        "Native applications are given a secret that all their copies share.",
    )
    CHOSEN_CLIENT_ID = (
        "chosen_client_id",
        "Clients can choose identifiers in a name space that users share.",
    )

    # Tokens
    JWT_ACCESS_TOKEN = (
        "jwt_access_token",
        "Access tokens are JWTs, of whatever profile (RFC 7519).",
        (_O,),
    )
    RFC9068_ACCESS_TOKEN = (
        "rfc9068_access_token",
        "Access tokens are JWTs of the profile of RFC 9068.",
        (_O,),
    )
    ENCRYPTED_ACCESS_TOKEN = (
        "encrypted_access_token",
        "Access tokens are encrypted JWTs.",
        (_O,),
    )
    NESTED_ACCESS_TOKEN = (
        "nested_access_token",
        "Access tokens are JWTs within JWTs (RFC 7519, section 5.2).",
        (_O,),
    )
    NOT_BEFORE_CLAIM = (
        "not_before_claim",
        "Access tokens carry nbf (RFC 7519, section 4.1.5).",
        (_O,),
    )
    AUTHENTICATION_CLAIMS = (
        "authentication_claims",
        "Access tokens carry auth_time, acr or amr (RFC 9068, section 2.2.1).",
        (_O,),
    )
    AUTHORIZATION_ATTRIBUTES = (
        "authorization_attributes",
        "Access tokens carry groups, roles or entitlements (RFC 9068, section 2.2.3.1).",
        (_O,),
    )
    KEY_IDENTIFIER = (
        "key_identifier",
        "Access tokens name their key with kid (RFC 7515, section 4.1.4).",
        (_O,),
    )
    KEY_URL = (
        "key_url",
        "Access tokens say where their key is, with jku or x5u (RFC 7515, section 4.1.2).",
        (_O,),
    )
    KEY_CERTIFICATE = (
        "key_certificate",
        "Access tokens carry a certificate, x5c or x5u (RFC 7515, section 4.1.6).",
        (_O,),
    )
    CRITICAL_HEADER = (
        "critical_header",
        "Access tokens carry crit (RFC 7515, section 4.1.11).",
        (_O,),
    )
    POSTDATED_TOKEN = (
        "postdated_token",
        "Tokens that begin to be valid later can be issued.",
    )
    UNSTATED_LIFETIME = (
        "unstated_lifetime",
        "Token answers leave expires_in out (RFC 6749, section 5.1).",
        (_O,),
    )
    ACCESS_TOKEN_LIFETIME = (
        "access_token_lifetime",
        "The profile promises how long access tokens live.",
        (_P,),
    )
    REFRESH_TOKEN_LIFETIME = (
        "refresh_token_lifetime",
        "The profile promises how long refresh tokens live.",
        (_P,),
    )
    CODE_LIFETIME = (
        "code_lifetime",
        "The profile promises how long authorization codes live.",
        (_P,),
    )
    NEW_REFRESH_TOKEN = (
        "new_refresh_token",
        "A refresh returns a new refresh token (RFC 6749, section 6).",
        (_O,),
    )
    AUDIENCE_RESTRICTION = (
        "audience_restriction",
        "Access tokens are good for certain resource servers only (RFC 9700, section 2.3).",
        (_P, _O),
    )
    REFRESH_TOKEN_ROTATION = (
        "refresh_token_rotation",
        "A refresh returns a new refresh token and ends the old one (RFC 9700, section 4.14.2).",
        (_O,),
    )
    REFRESH_TOKEN_FOR_PUBLIC_CLIENT = (
        "refresh_token_for_public_client",
        "Public clients get refresh tokens.",
        (_O,),
    )

    # Endpoints
    METADATA = (
        "metadata",
        "Authorization server metadata is published (RFC 8414).",
        (_O,),
        MetadataRule("issuer"),
    )
    NAMED_ISSUER = (
        "named_issuer",
        "The profile names the issuer.",
        (_P,),
    )
    OPENID_DISCOVERY = (
        "openid_discovery",
        "OpenID Connect discovery is published beside the metadata.",
        (_O,),
    )
    SIGNED_METADATA = (
        "signed_metadata",
        "Metadata is signed, too (RFC 8414, section 2.1).",
        (_M,),
        MetadataRule("signed_metadata"),
    )
    PUBLISHED_SCOPES = (
        "published_scopes",
        "The metadata lists scopes.",
        (_M,),
        MetadataRule("scopes_supported"),
    )
    POLICY_DOCUMENTS = (
        "policy_documents",
        "The metadata names a policy or terms of service.",
        (_M,),
        MetadataRule("op_policy_uri", conclusive=False),
    )
    JWKS = (
        "jwks",
        "The keys that tokens are signed with are published.",
        (_M,),
        MetadataRule("jwks_uri"),
    )
    SEVERAL_SIGNING_KEYS = (
        "several_signing_keys",
        "More than one key to sign with is published.",
        (_O,),
    )
    ENCRYPTION_KEYS = (
        "encryption_keys",
        "Keys to encrypt with are published beside those to sign with.",
        (_O,),
    )
    REVOCATION = (
        "revocation",
        "A revocation endpoint (RFC 7009).",
        (_M, _P),
        MetadataRule("revocation_endpoint"),
    )
    REFRESH_TOKEN_REVOCATION = (
        "refresh_token_revocation",
        "Refresh tokens can be revoked by the client (RFC 7009, section 2).",
        (_M, _P),
        MetadataRule("revocation_endpoint"),
    )
    ACCESS_TOKEN_REVOCATION = (
        "access_token_revocation",
        "Access tokens can be revoked by the client (RFC 7009, section 2).",
    )
    UNREVOCABLE_TOKEN_TYPE = (
        "unrevocable_token_type",
        "Some type of token cannot be revoked (RFC 7009, section 2.2.1).",
        (_P,),
    )
    CROSS_ORIGIN_REVOCATION = (
        "cross_origin_revocation",
        "Pages of other origins can call the revocation endpoint (RFC 7009, section 2.3).",
        (_O,),
    )
    INTROSPECTION = (
        "introspection",
        "An introspection endpoint (RFC 7662).",
        (_M, _P),
        MetadataRule("introspection_endpoint"),
    )
    INTROSPECTION_AUTHENTICATION_METHODS = (
        "introspection_authentication_methods",
        "The metadata lists how callers of introspection authenticate.",
        (_M,),
        MetadataRule("introspection_endpoint_auth_methods_supported"),
    )
    BEARER_INTROSPECTION = (
        "bearer_introspection",
        "A bearer token authorises introspection (RFC 7662, section 2.1).",
    )
    TOKEN_INFORMATION = (
        "token_information",
        "An endpoint, not that of RFC 7662, that tells about an access token.",
        (_P,),
    )
    TOKEN_STATUS = (
        "token_status",
        "Introspection, or another endpoint, tells about an access token.",
        (_P,),
    )
    USERINFO = (
        "userinfo",
        "The UserInfo endpoint of OpenID Connect.",
        (_M, _P),
        MetadataRule("userinfo_endpoint"),
    )
    PROTECTED_RESOURCE = (
        "protected_resource",
        "A protected resource that can be called with an access token.",
        (_P,),
    )
    INTROSPECTING_RESOURCE = (
        "introspecting_resource",
        "The protected resource asks introspection about tokens.",
    )
    SCOPE_IN_CHALLENGE = (
        "scope_in_challenge",
        "Challenges name the scope that is needed (RFC 6750, section 3.1).",
        (_O,),
    )
    COOKIE_TOKENS = (
        "cookie_tokens",
        "Access tokens are kept in cookies.",
    )
    BEARER_TOKEN_IN_BODY = (
        "bearer_token_in_body",
        "The resource takes the access token in a form body (RFC 6750, section 2.2).",
    )
    BEARER_TOKEN_IN_QUERY = (
        "bearer_token_in_query",
        "The resource takes the access token in the query (RFC 6750, section 2.3).",
    )

    # Pages
    CONSENT = (
        "consent",
        "The user is asked to consent to what a client wants.",
        (_O, _P),
    )
    DENY_CONSENT = (
        "deny_consent",
        "The consent page lets the user refuse.",
        (_O, _P),
    )
    CONSENT_WITHDRAWAL = (
        "consent_withdrawal",
        "The user can take a consent back on a page of the server.",
        (_P,),
    )
    PROMPT_PARAMETER = (
        "prompt_parameter",
        "The prompt parameter of OpenID Connect asks for login or consent anew.",
        (_M,),
        MetadataRule("prompt_values_supported", conclusive=False),
    )
    SESSION_COOKIE = (
        "session_cookie",
        "Signing in leaves a session cookie in the browser.",
        (_O,),
    )
    HTTPS = (
        "https",
        "The endpoints are served over TLS.",
        (_O,),
    )
    PLAIN_HTTP = (
        "plain_http",
        "A host of the endpoints also answers over plain HTTP.",
        (_O,),
    )
    REVERSE_PROXY = (
        "reverse_proxy",
        "The server stands behind a reverse proxy.",
    )
    ERROR_CODE_MEMBER = (
        "error_code_member",
        "Error codes stand in the member that the profile names, or in error.",
        (_P,),
    )
