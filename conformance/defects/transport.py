"""Faults of TLS, and of what is answered without it; they need a socket."""

from __future__ import annotations

from typing import Any

from conformance.defects.record import Change, Defect, rule
from conformance.server.answers import Members
from conformance.server.plain_http import PlainHttp

_OLD_SUITES = "ECDHE+AESGCM:ECDHE+AES:@SECLEVEL=0"


def _served(*paths: str) -> Change:
    """The server that answers these paths without TLS as it does with it."""

    def told(path: str) -> PlainHttp:
        return PlainHttp.SERVED if path.startswith(paths) else PlainHttp.REFUSED

    return rule(plain_http=told)


def _redirecting_all_but(*paths: str) -> Change:
    """The server that sends those who come without TLS to where it is, but for these paths."""

    def told(path: str) -> PlainHttp:
        return PlainHttp.SERVED if path in paths else PlainHttp.REDIRECTED

    return rule(plain_http=told)


def _announced_without_tls(member: str) -> Change:
    """The metadata that names an endpoint by a URL of plain HTTP."""

    def changed(document: Members) -> Members:
        return {**document, member: document[member].replace("https:", "http:", 1)}

    return rule(metadata=changed)


def _defect(
    name: str, violates: tuple[str, ...], change: Change, *kills: str, **more: Any
) -> Defect:
    return Defect(name, violates, change, kills=kills, over_tls=True, **more)


_ALL_HTTPS = "oauth-2.1-1.5-all-protocol-urls-https"

DEFECTS: tuple[Defect, ...] = (
    # Endpoints named by a URL of plain HTTP
    _defect(
        "token endpoint announced without TLS",
        (_ALL_HTTPS,),
        _announced_without_tls("token_endpoint"),
        "transport.endpoint_is_an_https_url[token_endpoint]",
    ),
    _defect(
        "revocation endpoint announced without TLS",
        ("rfc7009-2-revocation-url-https", _ALL_HTTPS),
        _announced_without_tls("revocation_endpoint"),
        "transport.revocation_endpoint_is_an_https_url",
        "transport.endpoint_is_an_https_url[revocation_endpoint]",
    ),
    _defect(
        "keys announced without TLS",
        ("rfc8414-2-jwks-uri-https", _ALL_HTTPS),
        _announced_without_tls("jwks_uri"),
        "transport.jwks_uri_is_an_https_url",
        "transport.endpoint_is_an_https_url[jwks_uri]",
    ),
    # Endpoints that are answered without TLS
    _defect(
        "keys also served without TLS",
        (_ALL_HTTPS,),
        _served("/jwks"),
        "transport.endpoint_is_not_served_without_tls[jwks_uri]",
    ),
    _defect(
        "revocation also served without TLS",
        (_ALL_HTTPS,),
        _served("/revoke"),
        "transport.endpoint_is_not_served_without_tls[revocation_endpoint]",
    ),
    _defect(
        "authorization endpoint also served without TLS",
        ("rfc6749-3.1-authorization-endpoint-tls", _ALL_HTTPS),
        _served("/authorize", "/login", "/consent"),
        "transport.authorization_endpoint_is_not_served_without_tls",
    ),
    _defect(
        "token endpoint also served without TLS",
        ("rfc6749-3.2-token-endpoint-tls", _ALL_HTTPS),
        _served("/token"),
        "transport.token_endpoint_is_not_served_without_tls",
    ),
    _defect(
        "introspection also served without TLS",
        ("rfc7662-2-introspection-tls", _ALL_HTTPS),
        _served("/introspect"),
        "transport.introspection_endpoint_is_not_served_without_tls",
    ),
    _defect(
        "metadata also served without TLS",
        ("rfc8414-3-metadata-over-https", _ALL_HTTPS),
        _served("/.well-known/"),
        "transport.metadata_is_not_served_without_tls",
    ),
    _defect(
        "resource also served without TLS",
        ("rfc6750-5.2-rs-requires-tls", _ALL_HTTPS),
        _served("/api/"),
        "transport.resource_is_not_served_without_tls",
        "transport.endpoint_is_not_served_without_tls[resource]",
    ),
    _defect(
        "plain HTTP only redirects where tokens are revoked",
        ("rfc7009-2-revocation-over-http-also-served",),
        _redirecting_all_but(),
        "transport.revocation_works_without_tls_where_http_is_answered",
        base=_redirecting_all_but("/revoke"),
        standards=("rfc7009",),
    ),
)
