"""Headers that a reverse proxy sets say nothing when a client sends them (RFC 9700, 4.13)."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urljoin, urlsplit

import pytest

from conformance.check import check
from conformance.errors import NotApplicable, NotTheProtocol
from conformance.features import Feature
from conformance.protocol import pkce
from conformance.protocol.request import Draft
from conformance.protocol.uris import LOOPBACK
from conformance.target.flow import Flow
from conformance.target.location import origin
from conformance.target.server import AuthorizationServer

SANITIZE = (
    "Let the reverse proxy overwrite or drop these headers in every request that comes in, and use"
    " the configured name of the server for its own URLs."
)
HOST = "attacker.example"
FORGED = {
    "forwarded": ("Forwarded", f"for=203.0.113.7;host={HOST};proto=http"),
    "x-forwarded-host": ("X-Forwarded-Host", HOST),
    "x-forwarded-proto": ("X-Forwarded-Proto", "http"),
    "x-forwarded-prefix": ("X-Forwarded-Prefix", "/attacker"),
    "x-original-host": ("X-Original-Host", HOST),
}
HEADERS = pytest.mark.parametrize("name", FORGED)


def reached_over_a_network(server: AuthorizationServer) -> None:
    """NotApplicable on the loopback interface: between us and the server is no proxy."""
    if urlsplit(server.need("authorization_endpoint")).hostname in LOOPBACK:
        raise NotApplicable("On the loopback interface no reverse proxy is in between.")


@check("rfc9700-4.13-proxy-sanitizes-headers", remedy=SANITIZE, needs=[Feature.METADATA])
@HEADERS
def test_metadata_does_not_follow_forged_headers(
    flow: Flow, server: AuthorizationServer, name: str
) -> None:
    """The metadata is the same, whatever a client says about proxies (of known headers)."""
    reached_over_a_network(server)
    document = server.metadata
    if document is None:
        raise NotApplicable("The server publishes no metadata.")
    usual = flow.send(Draft("GET", document.url)).members
    if not usual:
        raise NotTheProtocol(f"{document.url} does not answer with its metadata again.")
    forged = FORGED[name]

    told = flow.send(Draft("GET", document.url, headers=(forged,)), f"{forged[0]} header").members

    changed = {key for key, value in usual.items() if told and told.get(key) != value}
    assert not changed, f"with {': '.join(forged)} the metadata differs in {sorted(changed)}"


@check("rfc9700-4.13-proxy-sanitizes-headers", remedy=SANITIZE)
@HEADERS
def test_redirects_do_not_follow_forged_headers(
    flow: Flow, server: AuthorizationServer, name: str
) -> None:
    """Redirects lead to the same place, whatever a client says about proxies (of known headers)."""
    reached_over_a_network(server)
    draft = flow.draft(verifier=pkce.verifier() if flow.client.sends_challenge else None)
    usual = flow.send(draft).header("location")
    if usual is None:
        raise NotApplicable("The authorization endpoint redirects a new browser nowhere.")
    forged = FORGED[name]

    told = flow.send(replace(draft, headers=(forged,)), f"{forged[0]} header").header("location")

    before, after = (urljoin(draft.url, one or "") for one in (usual, told))
    same = origin(before) == origin(after) and urlsplit(before).path == urlsplit(after).path
    assert told is None or same, (
        f"with {': '.join(forged)} it redirected to {after.partition('?')[0]}"
    )
