"""Access tokens as they are given out: type, characters, audience, where they must not be."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from conformance.check import check
from conformance.errors import NotApplicable
from conformance.features import Feature
from conformance.model import Exchange
from conformance.plugin.bench import Bench
from conformance.profile import Profile
from conformance.protocol import jwt
from conformance.protocol.answers import TokenAnswer
from conformance.target.flow import Flow
from conformance.target.server import AuthorizationServer, Known

REGISTERED_TYPES = frozenset({"bearer", "n_a", "pop", "dpop", "mac"})
"""The registry of access token types (RFC 6749, 11.1), lower case."""
PRINTABLE = re.compile(r"[\x20-\x7e]+")
B64TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
IN_URLS = "Send tokens in response bodies and Authorization headers only, never in a URL."
RESTRICT = "Name in aud, or in the introspection answer, the resource server a token is meant for."


def urls(exchange: Exchange) -> list[str]:
    """The URLs of one exchange: where it went, and where it was sent on to."""
    locations = [v for n, v in exchange.answer_headers if n.lower() == "location"]
    return [exchange.url, *locations]


def carries(url: str, tokens: list[str]) -> bool:
    """Whether a URL has a token in it: one of these, or a parameter that is named like one."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query) + parse_qsl(parts.fragment)
    named = any(name in ("access_token", "refresh_token") for name, _ in pairs)
    return named or any(token in url for token in tokens)


def audience(bench: Bench, flow: Flow, token: str) -> tuple[Any, ...]:
    """The audiences that a token names, itself or by introspection; NotApplicable if unreadable."""
    claims = jwt.claims(token) if jwt.looks_like(token) else None
    if claims is None or "aud" not in claims:
        claims = introspected(bench, flow, token) or claims
    if claims is None:
        raise NotApplicable("The access token cannot be read, and there is no introspection.")
    value = claims.get("aud")
    return tuple(value) if isinstance(value, list) else (value,)


def introspected(bench: Bench, flow: Flow, token: str) -> dict[str, Any] | None:
    """What introspection tells about a token, or None where there is none or it tells nothing."""
    if flow.server.knows(Feature.INTROSPECTION).known is not Known.OFFERED:
        return None
    caller = bench.client("resource-server", "confidential", "confidential-post")
    answer = flow.introspect(token, caller=caller)
    return answer.document if answer.get("active") is True else None


def announced(answer: TokenAnswer) -> str:
    """The token_type; NotApplicable where there is none (that it is there is a duty of its own)."""
    kind = answer.get("token_type")
    if kind is None:
        raise NotApplicable("The token response has no token_type.")
    return str(kind)


@check("rfc6749-8.1-token-type-registered-or-uri", remedy="Use Bearer as token_type.")
def test_token_type_is_registered_or_a_uri(tokens: TokenAnswer) -> None:
    """The token type is a registered name or an absolute URI."""
    kind = announced(tokens)

    good = kind.lower() in REGISTERED_TYPES or bool(urlsplit(kind).scheme)
    assert good, f"token_type is {kind!r}"


@check(
    "rfc6750-6.1.1-token-type-bearer",
    remedy="Announce bearer tokens with token_type Bearer.",
    needs=[Feature.PROTECTED_RESOURCE],
)
def test_bearer_token_is_announced_as_bearer(flow: Flow) -> None:
    """A token that works as a bearer token has the token type Bearer."""
    answer = flow.tokens()
    flow.must_serve(answer.access_token or "")

    kind = announced(answer)

    assert kind.lower() == "bearer", f"a token that works as bearer token has type {kind!r}"


@check("rfc6749-A.12-access-token-syntax", remedy="Use printable ASCII in access tokens.")
def test_access_token_is_printable_ascii(tokens: TokenAnswer) -> None:
    """An access token is a string of printable ASCII characters."""
    token = tokens.access_token or ""

    strange = sorted({char for char in token if not PRINTABLE.fullmatch(char)})
    assert not strange, f"the access token has the characters {strange}"


@check("rfc6750-2.1-bearer-token-syntax", remedy="Encode access tokens in base64url.")
def test_access_token_fits_into_the_authorization_header(tokens: TokenAnswer) -> None:
    """A bearer token consists of letters, digits, - . _ ~ + / and trailing =."""
    token = tokens.access_token or ""

    strange = sorted({char for char in token if not B64TOKEN.fullmatch(char) and char != "="})
    assert B64TOKEN.fullmatch(token), f"the access token is no b64token: {strange or 'inner ='}"


@check(
    "rfc6750-5.3-no-tokens-in-urls", "oauth-2.1-7.1.3.7-no-bearer-tokens-in-urls", remedy=IN_URLS
)
def test_no_url_carries_a_token(flow: Flow) -> None:
    """No URL of an authorization, on the way of the browser or of the client, has a token in it."""
    recorder = flow.server.wire.recorder
    mark = recorder.mark()
    answer = flow.tokens()

    tokens = [one for one in (answer.access_token, answer.refresh_token) if one]
    found = [
        url.split("?")[0].split("#")[0]
        for exchange in recorder.raw_since(mark)
        for url in urls(exchange)
        if carries(url, tokens)
    ]

    assert not found, f"a token was in the URL {found[0]}"


@check("rfc6750-5.3-audience-restricted-tokens", remedy=RESTRICT)
def test_access_token_is_restricted_to_an_audience(flow: Flow, bench: Bench) -> None:
    """An access token is meant for named resource servers: not for anyone, not for the client."""
    answer = flow.tokens()

    named = audience(bench, flow, answer.access_token or "")

    nobody = {None, "", "*", flow.client.client_id}
    assert not set(map(str, named)) <= set(map(str, nobody)), f"the audience is {list(named)}"


@check("profile-resources-audience-as-promised", remedy=RESTRICT)
def test_audience_is_the_promised_one(flow: Flow, bench: Bench, profile: Profile) -> None:
    """A token for a resource of the profile names the audience that the profile promises."""
    promised = profile.resources[0].audience if profile.resources else None
    if promised is None:
        raise NotApplicable("The profile promises no audience.")
    answer = flow.tokens()

    named = audience(bench, flow, answer.access_token or "")

    assert promised in named, f"the audience is {list(named)}, not {promised!r}"


@check(
    "rfc9068-4-keys-and-issuer-in-metadata",
    remedy="Publish issuer and jwks_uri in the metadata, so that resource servers need no more.",
    needs=[Feature.RFC9068_ACCESS_TOKEN, Feature.METADATA],
)
def test_keys_and_issuer_are_published(flow: Flow, server: AuthorizationServer) -> None:
    """With issuer and jwks_uri of the metadata alone an access token can be verified."""
    answer = flow.tokens()
    token = answer.access_token or ""
    members = {} if server.metadata is None else server.metadata.members

    assert members.get("jwks_uri"), "the metadata names no jwks_uri"
    assert jwt.verifies(token, server.keys), "no key at jwks_uri verifies the access token"
    said = (jwt.claims(token) or {}).get("iss")
    assert said == members.get("issuer"), f"iss is {said!r}, issuer {members.get('issuer')!r}"
