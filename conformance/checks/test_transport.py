"""Endpoints are https URLs, and give nothing to those who come without TLS."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from conformance.check import check
from conformance.errors import NotApplicable
from conformance.features import Feature
from conformance.protocol import pkce
from conformance.protocol.request import Draft
from conformance.target.flow import Flow
from conformance.target.raw import send
from conformance.target.server import AuthorizationServer
from conformance.target.transport import METADATA, RESOURCE, Transport

HTTPS = "Publish the https URL of every endpoint, and serve it with TLS."
TLS_ONLY = (
    "Let the port without TLS redirect to https, or close it; answer no request of the protocol"
    " there."
)
REVOKE_TOO = (
    "Where the host answers over plain HTTP, revoke there too, so that tokens sent by accident die;"
    " better, do not answer over plain HTTP at all."
)
NEEDS = [Feature.HTTPS]

ENDPOINTS = (
    "authorization_endpoint",
    "token_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "jwks_uri",
    "userinfo_endpoint",
    "registration_endpoint",
    "pushed_authorization_request_endpoint",
    "device_authorization_endpoint",
    METADATA,
    RESOURCE,
)
"""What a server publishes, or a profile names, as a place to send requests to."""

_BY_THEMSELVES = ("authorization_endpoint", "token_endpoint", "introspection_endpoint")
READ = tuple(name for name in ENDPOINTS if name not in _BY_THEMSELVES)
"""The places that no check of their own tries without TLS, by the names of the metadata."""


def given_away(transport: Transport, draft: Draft) -> str:
    """What a request gets without TLS that it should not, in words; empty where it gets nothing."""
    if urlsplit(draft.url).scheme != "https":
        return f"{draft.url} is plain HTTP"
    return next((str(one) for one in transport.without_tls(draft) if one.served), "")


@check("oauth-2.1-1.5-all-protocol-urls-https", remedy=HTTPS, needs=NEEDS)
@pytest.mark.parametrize("name", ["issuer", *ENDPOINTS])
def test_endpoint_is_an_https_url(transport: Transport, name: str) -> None:
    """Every URL of the protocol that the server publishes, or the profile names, is https."""
    url = transport.announced(name)

    assert urlsplit(url).scheme == "https", f"the {name} is {url}"


@check(
    "rfc7009-2-revocation-url-https",
    remedy=HTTPS,
    needs=[Feature.HTTPS, Feature.REVOCATION],
)
def test_revocation_endpoint_is_an_https_url(transport: Transport) -> None:
    """The revocation endpoint that is published is an https URL."""
    url = transport.announced("revocation_endpoint")

    assert urlsplit(url).scheme == "https", f"the revocation_endpoint is {url}"


@check("rfc8414-2-jwks-uri-https", remedy=HTTPS, needs=[Feature.HTTPS, Feature.METADATA])
def test_jwks_uri_is_an_https_url(transport: Transport) -> None:
    """The jwks_uri of the metadata is an https URL."""
    url = transport.announced("jwks_uri")

    assert urlsplit(url).scheme == "https", f"the jwks_uri is {url}"


@check("oauth-2.1-1.5-all-protocol-urls-https", remedy=TLS_ONLY, needs=NEEDS)
@pytest.mark.parametrize("name", READ)
def test_endpoint_is_not_served_without_tls(transport: Transport, name: str) -> None:
    """A request without TLS, on the endpoint's own port and on 80, gets no answer of its own."""
    draft = transport.request(name)

    given = given_away(transport, draft)

    assert not given, given


@check("rfc6749-3.1-authorization-endpoint-tls", remedy=TLS_ONLY, needs=NEEDS)
def test_authorization_endpoint_is_not_served_without_tls(flow: Flow, transport: Transport) -> None:
    """An authorization request without TLS gets neither a login page nor a code."""
    draft = flow.draft(verifier=pkce.verifier() if flow.client.sends_challenge else None)

    given = given_away(transport, draft)

    assert not given, given


@check("rfc6749-3.2-token-endpoint-tls", remedy=TLS_ONLY, needs=NEEDS)
def test_token_endpoint_is_not_served_without_tls(transport: Transport) -> None:
    """A token request without TLS is not processed: no tokens, and no OAuth error."""
    draft = transport.request("token_endpoint")

    given = given_away(transport, draft)

    assert not given, given


@check(
    "rfc7662-2-introspection-tls",
    remedy=TLS_ONLY,
    needs=[Feature.HTTPS, Feature.INTROSPECTION],
)
def test_introspection_endpoint_is_not_served_without_tls(transport: Transport) -> None:
    """An introspection request without TLS is not processed."""
    draft = transport.request("introspection_endpoint")

    given = given_away(transport, draft)

    assert not given, given


@check("rfc8414-3-metadata-over-https", remedy=TLS_ONLY, needs=[Feature.HTTPS, Feature.METADATA])
def test_metadata_is_not_served_without_tls(transport: Transport) -> None:
    """The metadata is served over TLS only."""
    draft = transport.request(METADATA)

    given = given_away(transport, draft)

    assert not given, given


@check(
    "rfc6750-5.2-rs-requires-tls",
    remedy=TLS_ONLY,
    needs=[Feature.HTTPS, Feature.PROTECTED_RESOURCE],
)
def test_resource_is_not_served_without_tls(transport: Transport) -> None:
    """A request for the resource without TLS is not looked at: no challenge comes either."""
    draft = transport.request(RESOURCE)

    given = given_away(transport, draft)

    assert not given, given


@check(
    "rfc7009-2-revocation-over-http-also-served",
    remedy=REVOKE_TOO,
    needs=[Feature.HTTPS, Feature.REVOCATION],
)
def test_revocation_works_without_tls_where_http_is_answered(
    public_flow: Flow, server: AuthorizationServer, transport: Transport
) -> None:
    """Where the host answers over plain HTTP, a token that is revoked there is dead."""
    probe = transport.request("revocation_endpoint")
    reached = [one.url for one in transport.without_tls(probe) if one.reached]
    if not reached:
        raise NotApplicable("The host of the revocation endpoint does not answer over plain HTTP.")
    tokens = public_flow.tokens()
    token = tokens.refresh_token or tokens.access_token or ""
    form = (("token", token), ("client_id", public_flow.client.client_id))

    answered = send(server.wire, Draft("POST", reached[0], form=form), who="client")

    alive = (
        public_flow.refresh(token).granted
        if tokens.refresh_token
        else public_flow.call(token).granted
    )
    public_flow.revoke(token)
    assert not alive, f"to a revocation without TLS {answered}, and the token still works"
