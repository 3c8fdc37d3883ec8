"""Faults of TLS, and of what is answered without it; they need a socket."""

from __future__ import annotations

from collections.abc import Callable
from ssl import TLSVersion
from typing import Any

from conformance.defects.record import Change, Defect, rule
from conformance.server import certificates
from conformance.server.answers import Members, Message
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


def _at_another_host(member: str) -> Change:
    """The metadata that names an endpoint by another name of the same machine."""

    def changed(document: Members) -> Members:
        return {**document, member: document[member].replace("localhost", "127.0.0.1", 1)}

    return rule(metadata=changed)


def _forgetting(forgotten: str) -> Callable[[str], str]:
    """What browsers are told: to come over TLS for a year, but for one path no longer."""
    return lambda path: "max-age=0" if path == forgotten else "max-age=31536000"


def _form_to(target: str) -> Callable[[str, str], str]:
    """Pages whose login form goes elsewhere."""
    return lambda _, markup: markup.replace('action="/login"', f'action="{target}"')


def _leading_to_plain_http(message: Message, issuer: str) -> str:
    """Where the server takes itself to be: without TLS, for those who have to consent anew."""
    return issuer.replace("https:", "http:", 1) if "prompt=consent" in message.query else issuer


def _insecure(key: str) -> str:
    return f"session={key}; Path=/; HttpOnly; SameSite=Lax"


def _token_cookie(token: str) -> str:
    """A cookie that keeps a token, and that pages of all sites send."""
    return f"access_token={token}; Path=/; HttpOnly; Secure; SameSite=None"


def _believing(header: str) -> Callable[[Message, str], str]:
    """The server that takes its host from a header of the request."""

    def origin(message: Message, issuer: str) -> str:
        host = message.headers.get(header)
        return issuer if host is None else f"https://{host}"

    return origin


def _believing_the_scheme(message: Message, issuer: str) -> str:
    scheme = message.headers.get("X-Forwarded-Proto", "https")
    return issuer.replace("https:", f"{scheme}:", 1)


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
    # TLS itself
    _defect(
        "certificate that has expired",
        (
            "rfc6749-10.9-tls-server-authentication",
            "robustness-transport-certificate-valid",
        ),
        rule(tls_certificate=certificates.expired),
        "transport_tls.server_is_authenticated[authorization_endpoint]",
        "transport_tls.certificate_verifies[jwks_uri]",
    ),
    _defect(
        "certificate of another host",
        (
            "rfc6749-10.9-tls-server-authentication",
            "robustness-transport-certificate-valid",
        ),
        rule(tls_certificate=certificates.of_another_host),
        "transport_tls.server_is_authenticated[token_endpoint]",
        "transport_tls.certificate_verifies[metadata]",
    ),
    _defect(
        "certificate that nobody vouches for",
        (
            "rfc6749-10.9-tls-server-authentication",
            "robustness-transport-certificate-valid",
        ),
        rule(tls_certificate=certificates.self_signed),
        "transport_tls.server_is_authenticated[token_endpoint]",
        "transport_tls.certificate_verifies[resource]",
    ),
    _defect(
        "certificate without the host of the revocation endpoint",
        ("rfc7009-2-revocation-tls", "robustness-transport-certificate-valid"),
        rule(tls_certificate=certificates.of_one_host),
        "transport_tls.revocation_is_reached_with_tls",
        "transport_tls.certificate_verifies[revocation_endpoint]",
        base=_at_another_host("revocation_endpoint"),
    ),
    _defect(
        "TLS 1.0 and 1.1 still enabled",
        ("robustness-transport-no-old-tls-versions", "rfc9700-2.6-end-to-end-tls"),
        rule(tls_oldest=TLSVersion.TLSv1, tls_ciphers=_OLD_SUITES),
        "transport_tls.old_versions_are_refused[token_endpoint]",
        "transport_tls.resource_takes_no_old_version[tls-1.0]",
        "transport_tls.resource_takes_no_old_version[tls-1.1]",
    ),
    _defect(
        "nothing newer than TLS 1.0",
        ("robustness-transport-tls-1-2-or-later-offered",),
        rule(tls_oldest=TLSVersion.TLSv1, tls_newest=TLSVersion.TLSv1, tls_ciphers=_OLD_SUITES),
        "transport_tls.modern_tls_is_taken[metadata]",
    ),
    _defect(
        "no cipher suites of authenticated encryption",
        ("robustness-transport-strong-cipher-suites-offered",),
        rule(tls_newest=TLSVersion.TLSv1_2, tls_ciphers="ECDHE+AES:!AESGCM:!AESCCM"),
        "transport_tls.strong_suites_are_taken[revocation_endpoint]",
        "transport_tls.strong_suites_are_taken[resource]",
    ),
    _defect(
        "TLS 1.2 switched off",
        ("rfc8414-6.1-tls-1-2-supported", "rfc7662-4-introspection-tls-1-2"),
        rule(tls_oldest=TLSVersion.TLSv1_3),
        "transport_tls.metadata_takes_tls_1_2",
        "transport_tls.introspection_takes_tls_1_2",
    ),
    _defect(
        "cipher suites without encryption enabled",
        (
            "rfc8414-6.1-tls-strong-ciphersuite",
            "rfc9700-2.6-end-to-end-tls",
            "robustness-transport-no-weak-cipher-suites",
        ),
        rule(tls_ciphers="ECDHE+AESGCM:eNULL:@SECLEVEL=0"),
        "transport_tls.metadata_is_confidential[null]",
        "transport_tls.resource_takes_no_weak_suite[null]",
        "transport_tls.weak_suites_are_refused[token_endpoint]",
    ),
    _defect(
        "cipher suites without authentication enabled",
        ("rfc8414-6.1-tls-strong-ciphersuite", "robustness-transport-no-weak-cipher-suites"),
        rule(tls_ciphers="ECDHE+AESGCM:aNULL:@SECLEVEL=0"),
        "transport_tls.metadata_is_confidential[anonymous]",
        "transport_tls.weak_suites_are_refused[authorization_endpoint]",
    ),
    _defect(
        "browsers not told to come over TLS",
        ("robustness-transport-hsts",),
        rule(strict_transport=lambda _: None),
        "transport_tls.browsers_are_told_to_come_over_tls[authorization_endpoint]",
    ),
    _defect(
        "browsers told to forget TLS, on one path",
        ("robustness-transport-hsts",),
        rule(strict_transport=_forgetting("/token")),
        "transport_tls.browsers_are_told_to_come_over_tls[token_endpoint]",
    ),
    # Pages and cookies
    _defect(
        "login form sent without TLS",
        ("rfc6749-10.11-user-facing-endpoints-tls",),
        rule(page_markup=_form_to("http://localhost/login")),
        "transport_pages.login_form_is_sent_over_tls",
    ),
    _defect(
        "login page also served without TLS",
        ("rfc6749-10.11-user-facing-endpoints-tls",),
        _served("/login"),
        "transport_pages.page_is_not_served_without_tls[login]",
    ),
    _defect(
        "consent page also served without TLS",
        ("rfc6749-10.11-user-facing-endpoints-tls",),
        _served("/consent"),
        "transport_pages.page_is_not_served_without_tls[consent]",
    ),
    _defect(
        "browser led to a login page without TLS",
        ("rfc6749-10.11-user-facing-endpoints-tls",),
        rule(own_origin=_leading_to_plain_http),
        "transport_pages.pages_are_met_over_tls",
    ),
    _defect(
        "session cookie without Secure",
        ("robustness-transport-session-cookie-secure",),
        rule(session_cookie=_insecure),
        "transport_pages.session_cookie_is_sent_over_tls_only",
    ),
    _defect(
        "access token kept in a cookie without Secure",
        ("rfc6750-5.3-no-tokens-in-insecure-cookies",),
        rule(token_cookie=lambda token: f"access_token={token}; Path=/; HttpOnly"),
        "token_cookies.token_is_in_no_cookie_without_secure",
        base=rule(token_cookie=_token_cookie),
    ),
    Defect(
        "cookie taken as a token from any site",
        ("rfc6750-5.3-cookie-tokens-csrf-protected",),
        rule(cookie_token_needs_own_origin=False),
        base=rule(token_cookie=_token_cookie, cookie_token_is_read=True),
        kills=("token_cookies.token_in_a_cookie_does_not_serve_other_sites",),
    ),
    # Headers of reverse proxies
    Defect(
        "issuer built from X-Forwarded-Host",
        ("rfc9700-4.13-proxy-sanitizes-headers",),
        rule(own_origin=_believing("X-Forwarded-Host")),
        kills=(
            "forwarded_headers.metadata_does_not_follow_forged_headers[x-forwarded-host]",
            "forwarded_headers.redirects_do_not_follow_forged_headers[x-forwarded-host]",
        ),
    ),
    Defect(
        "scheme taken from X-Forwarded-Proto",
        ("rfc9700-4.13-proxy-sanitizes-headers",),
        rule(own_origin=_believing_the_scheme),
        kills=(
            "forwarded_headers.metadata_does_not_follow_forged_headers[x-forwarded-proto]",
            "forwarded_headers.redirects_do_not_follow_forged_headers[x-forwarded-proto]",
        ),
    ),
)
