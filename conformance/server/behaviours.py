"""What rules are made of: the functions that the standard dialect works by."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, urlencode, urlsplit

from conformance.server import registrations
from conformance.server.answers import Answer, Headers, Members, Message, Refusal
from conformance.server.audiences import Audience
from conformance.server.keys import Keys, signed_rs256
from conformance.server.registrations import Client, Registrations, User
from conformance.server.store import random_text

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Issue:
    """What is known when a token is made; `now` and `lifetime` in seconds."""

    issuer: str
    audience: Audience
    client: Client
    user: User | None
    scope: tuple[str, ...]
    signed_in_at: float
    now: float
    lifetime: float
    grant: str
    proven_key: str = ""


def same(value: Any) -> Any:
    """The value as it is."""
    return value


def always(_: Any) -> bool:
    """Whatever it is."""
    return True


def never(_: Any) -> bool:
    """Whatever it is, not."""
    return False


def no_time(_: Message) -> float:
    """Seconds that a request takes longer than it has to."""
    return 0.0


def issuer_whatever_comes(_: Message, issuer: str) -> str:
    """The origin that the server takes itself to be reached at: its own, whatever headers say."""
    return issuer


def no_cookie(_: str) -> None:
    """The cookie that an access token is kept in: none."""


def a_year(_: str) -> str:
    """How long browsers are to come over TLS only (RFC 6797, section 6.1), by path."""
    return "max-age=31536000"


def as_answered(_: Message, answer: Answer) -> Answer:
    """The answer to a request of any kind, as it is."""
    return answer


def first_of(first: Any, _: Any) -> Any:
    """The first of two."""
    return first


def members_as_they_are(members: Members, _: Issue) -> Members:
    """The members of an answer about a token, as they are."""
    return members


# Redirect URIs


def loopback_port_is_free(client: Client, registered: str) -> bool:
    """Whether the port of a registered URI may vary (RFC 8252, section 7.3)."""
    parts = urlsplit(registered)
    return client.native and parts.scheme == "http" and is_loopback_ip(parts.hostname)


def is_loopback_ip(host: str | None) -> bool:
    """Whether the host is a loopback IP literal; the name localhost is none."""
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def without_port(uri: str) -> str:
    """The URI without its port, for a comparison; a URI that cannot be taken apart as it is."""
    try:
        parts = urlsplit(uri)
        if parts.port is None or not re.fullmatch(rf".*:{parts.port}", parts.netloc):
            return uri
    except ValueError:
        return uri
    end = uri.index(parts.netloc) + len(parts.netloc)
    return uri[: end - len(f":{parts.port}")] + uri[end:]


def only_if_single(registered: tuple[str, ...]) -> str | None:
    """The redirect URI of a request without one (RFC 6749, section 3.1.2.3)."""
    return registered[0] if len(registered) == 1 else None


def with_query(uri: str, parameters: Pairs) -> str:
    """The URI with parameters added to its query (RFC 6749, sections 3.1.2 and 4.1.2)."""
    return uri + ("&" if "?" in uri else "?") + urlencode(parameters, quote_via=quote)


def with_fragment(uri: str, parameters: Pairs) -> str:
    """The URI with parameters in its fragment."""
    return f"{uri}#{urlencode(parameters, quote_via=quote)}"


def origin_of(redirect_uri: str, _: Mapping[str, str]) -> str:
    """Whom a message is for: the origin of the redirect URI, whatever else the request says."""
    parts = urlsplit(redirect_uri)
    return f"{parts.scheme}://{parts.netloc}"


def no_other(_: str, __: str) -> bool:
    """Whether a message may go to another URI than a registered one: never."""
    return False


# Authorization requests and responses


def same_words(asked: str, offered: str) -> bool:
    """Whether two response types are one; their order says nothing (RFC 6749, section 3.1.1)."""
    return sorted(asked.split(" ")) == sorted(offered.split(" "))


def refused(_: list[str]) -> None:
    """A repeated parameter has no value (RFC 6749, section 3.1)."""


def as_sent(parameters: Pairs, _: Mapping[str, str]) -> Pairs:
    """An authorization response as it is."""
    return parameters


def issuer_itself(issuer: str, _: str) -> str:
    """The value of iss (RFC 9207, section 2)."""
    return issuer


# PKCE

_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")


def verifier_valid(verifier: str) -> bool:
    """The grammar of code_verifier and code_challenge (RFC 7636, sections 4.1 and 4.2)."""
    return _VERIFIER.fullmatch(verifier) is not None


def s256(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636, section 4.2)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def verifier_matches(method: str | None, challenge: str, verifier: str) -> bool:
    """Whether the verifier answers the challenge (RFC 7636, section 4.6)."""
    expected = s256(verifier) if method == "S256" else verifier
    return hmac.compare_digest(expected.encode(), challenge.encode())


def none_of_it(_: str) -> None:
    """What an unknown method is read as: nothing, the request is refused."""


# Clients


def of_confidential_clients(client: Client, purpose: str, _: Mapping[str, str]) -> bool:
    """Whether the client has to prove itself; asked with what for, and with the parameters."""
    return client.confidential or purpose == "introspection"


def secret_matches(client: Client, secret: str, _: str) -> bool:
    """Whether the secret is the client's; asked with the grant type too."""
    return registrations.secret_matches(client, secret)


def sole_audience(audience: object, issuer: str) -> bool:
    """Whether an assertion is for this server and for nobody else (OAuth 2.1, section 2.4)."""
    return audience in (issuer, [issuer])


def for_every_purpose(_: str, __: str) -> bool:
    """Whether credentials are read; asked with what for, and with the method that they come by."""
    return True


# Revocation

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")


Reach = Literal["token", "grant", "user"]
"""How far a revocation goes: the token, all of its grant, or all grants of its user."""


def refresh_tokens_end_the_grant(kind: str) -> Reach:
    """A refresh token takes its access tokens with it, not the other way (RFC 7009, 2.1)."""
    return "grant" if kind == "refresh_token" else "token"


def named_callback(name: str) -> str:
    """A call of the function that JSONP names (RFC 7009, section 2.3); nothing for anything else"""
    return f"{name}();" if _NAME.fullmatch(name) else ""


def password_matches(user: User | None, password: str, _: str) -> bool:
    """Whether the password is the user's; asked with what for, `login` or `password`, too."""
    return registrations.password_matches(user, password)


# Codes and tokens


def random_code(_: str | None) -> str:
    """A code says nothing; the argument is the challenge that belongs to it."""
    return random_text()


def random_refresh_token(_: Issue, __: Keys) -> str:
    """A refresh token says nothing."""
    return random_text()


def absent_or_equal(sent_before: str | None, used: str, now: str | None) -> bool:
    """Whether the token request's redirect_uri will do: OAuth 2.1 leaves it out (section 10.2)."""
    return now is None or now == (sent_before or used)


def access_token_header(kid: str) -> Members:
    """The JOSE header (RFC 9068, section 2.1)."""
    return {"typ": "at+jwt", "alg": "RS256", "kid": kid}


def access_token_claims(issue: Issue) -> Members:
    """The claims (RFC 9068, section 2.2); `sub` is the client where no user is involved."""
    claims: Members = {
        "iss": issue.issuer,
        "sub": issue.client.client_id if issue.user is None else issue.user.subject,
        "aud": issue.audience if isinstance(issue.audience, str) else list(issue.audience),
        "client_id": issue.client.client_id,
        "iat": int(issue.now),
        "exp": int(issue.now) + int(issue.lifetime),
        "jti": random_text(),
        "scope": " ".join(issue.scope),
    }
    if issue.proven_key:
        claims["cnf"] = {"jkt": issue.proven_key}
    if issue.user is not None:
        claims["auth_time"] = int(issue.signed_in_at)
    return claims


def sign_access_token(header: Members, claims: Members, keys: Keys) -> str:
    """The access token in compact form."""
    return signed_rs256(header, claims, keys)


def for_offline_access(_: Client, scope: tuple[str, ...]) -> bool:
    """Whether a refresh token is due: where the user allowed access while away."""
    return "offline_access" in scope


# Answers


def no_store(_: str) -> Headers:
    """What a token response says to caches (RFC 6749, section 5.1); the argument is the grant."""
    return (("Cache-Control", "no-store"), ("Pragma", "no-cache"))


def error_members(error: Refusal, _: Mapping[str, str]) -> Members:
    """The body of an error (RFC 6749, section 5.2); the second argument is the request."""
    return {"error": error.code, "error_description": error.description}


def error_status(error: Refusal) -> int:
    """The status of an error (RFC 6749, section 5.2)."""
    return 500 if error.code == "server_error" else error.status


def any_origin(_: str) -> Headers:
    """CORS for browser-based clients; no credentials, so that any origin will do."""
    return (("Access-Control-Allow-Origin", "*"),)


def no_origin(_: str, __: str) -> Headers:
    """CORS for pages, by path and origin: other sites have nothing to read there."""
    return ()


# Scopes

_METHODS = {
    "": frozenset({"GET", "HEAD"}),
    "r": frozenset({"GET", "HEAD"}),
    "w": frozenset({"GET", "HEAD", "POST", "PUT"}),
    "d": frozenset({"GET", "HEAD", "POST", "PUT", "DELETE"}),
}


def scope_allows(scope: frozenset[str], word: str, method: str) -> bool:
    """Whether a scope grants the method on what `word` names: x, x:r, x:w, x:d."""
    found = (one.partition(":") for one in scope)
    return any(name == word and method in _METHODS.get(suffix, ()) for name, _, suffix in found)


def split_scope(scope: str) -> tuple[str, ...]:
    """The words of a scope, each once, in order (RFC 6749, section 3.3)."""
    return tuple(dict.fromkeys(scope.split(" ")))


def profile_by_default(client: Client) -> tuple[str, ...] | None:
    """The scope of a request without one: little; None refuses the request."""
    return ("profile",) if "profile" in client.scopes else None


def may_be_asked(scope: tuple[str, ...], client: Client, known: frozenset[str]) -> bool:
    """Whether the client may ask for all of it."""
    return all(word in known and word in client.scopes for word in scope)


def as_requested(scope: tuple[str, ...], _: Client) -> tuple[str, ...]:
    """What the user allows is what the client asked for."""
    return scope


def narrower(granted: tuple[str, ...], requested: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """The scope of a refreshed token (RFC 6749, section 6); None where it exceeds the grant."""
    if requested is None:
        return granted
    return requested if set(requested) <= set(granted) else None


# Protected resources

NOT_STORED: Headers = (("Cache-Control", "no-store"), ("Access-Control-Allow-Origin", "*"))
"""What every answer of the API carries; browser-based clients may read it."""


def challenge(parameters: dict[str, str], _: str) -> str:
    """A Bearer challenge (RFC 6750, section 3); the second argument is the token."""
    return "Bearer " + ", ".join(f'{name}="{value}"' for name, value in parameters.items())


def resource_status(error: str) -> int:
    """The status that belongs to an error code (RFC 6750, section 3.1)."""
    return {"invalid_request": 400, "insufficient_scope": 403}.get(error, 401)


def is_bearer(scheme: str) -> bool:
    """Whether an authentication scheme is Bearer; schemes have no case (RFC 9110, section 11.1)."""
    return scheme.lower() == "bearer"


def never_from_body(_: str, __: str) -> bool:
    """No token is taken from a body, whatever method and media type."""
    return False


def rfc9068_complete(claims: Members) -> str | None:
    """The first claim that is missing (RFC 9068, section 2.2), or None."""
    needed = ("iss", "exp", "aud", "sub", "client_id", "iat", "jti")
    return next((name for name in needed if name not in claims), None)


def has_come(claims: Members, now: float) -> bool:
    """Whether the time of a token has come (RFC 7519, section 4.1.5)."""
    nbf = claims.get("nbf", 0)
    return isinstance(nbf, (int, float)) and now >= nbf


def user_of_subject(claims: Members, registrations: Registrations) -> User | None:
    """The user whom a token is about; None where it is about a client."""
    users = registrations.users
    return next((user for user in users if user.subject == claims.get("sub")), None)


# Introspection, keys


def members_of_token(members: Members, _: Registrations) -> Members:
    """What introspection tells about a good token, as it is."""
    return members


def is_resource_server(client: Client) -> bool:
    """Whether the caller may introspect (RFC 7662, section 4)."""
    return client.introspects


def only_inactive(_: str) -> Members:
    """The answer about a token that is not good; why it is not, is kept back (section 2.2)."""
    return {"active": False}


def jwks_as_it_is(document: Members, _: Keys) -> Members:
    """The published key set as it is."""
    return document


def not_signed(_: Members, __: Keys) -> None:
    """The metadata comes as it is: nobody attests it with a signature."""


def signed_by_itself(document: Members, keys: Keys) -> str:
    """The metadata as a JWT that its own issuer attests (RFC 8414, section 2.1)."""
    claims = {**document, "iss": document["issuer"]}
    return signed_rs256({"alg": "RS256", "kid": keys.kid}, claims, keys)


# Pages


def html(_: str) -> str:
    """The media type of every page."""
    return "text/html; charset=utf-8"


def page_headers(_: str, style: str) -> Headers:
    """What keeps a page, of whatever name, from being framed, leaking its address, or more.

    RFC 9700, sections 4.2.4 and 4.16; `style` is the hash of the style sheet. There is no
    form-action: browsers hold the redirect after the consent form, to the client, against it.
    """
    policy = f"default-src 'none'; style-src '{style}'; base-uri 'none'; frame-ancestors 'none'"
    return (
        ("Content-Security-Policy", policy),
        ("X-Frame-Options", "DENY"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Cache-Control", "no-store"),
    )


def markup_as_it_is(_: str, markup: str) -> str:
    """A page as it was rendered; the first argument is its name."""
    return markup


def session_cookie(key: str) -> str:
    """The session cookie; it is not for scripts, other sites' forms or plain http."""
    return f"session={key}; Path=/; HttpOnly; Secure; SameSite=Lax"


def unless_remembered(
    client: Client, remembered: frozenset[str] | None, scope: tuple[str, ...]
) -> bool:
    """Whether the user is asked; always for a client that proves nothing (RFC 6749, 10.2)."""
    return client.proves_nothing or remembered is None or not set(scope) <= remembered


def user_and_client(username: str, client_id: str) -> tuple[str, str]:
    """What a consent is remembered by."""
    return username, client_id
