"""Authorization server metadata: there, well formed, and true (RFC 8414)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from conformance.check import check
from conformance.errors import NotApplicable
from conformance.features import Feature
from conformance.protocol import pkce
from conformance.protocol.request import Replace
from conformance.target.flow import Flow
from conformance.target.server import AuthorizationServer, Document
from conformance.target.wire import Reply

PUBLISH = "Publish the metadata at the well-known path of RFC 8414, 3.1, for everyone, by GET."
SHAPE = "Give every member the type of RFC 8414, 2, and leave out what has no value."
TRUE = "Let the metadata say what the server does, no more and no less."
ISSUER = "Publish the issuer exactly as clients write it: a URL without query and fragment."
NEEDS = [Feature.METADATA]

URLS = (
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "registration_endpoint",
    "service_documentation",
    "op_policy_uri",
    "op_tos_uri",
    "revocation_endpoint",
    "introspection_endpoint",
)
LISTS = (
    "scopes_supported",
    "response_types_supported",
    "response_modes_supported",
    "grant_types_supported",
    "token_endpoint_auth_methods_supported",
    "token_endpoint_auth_signing_alg_values_supported",
    "ui_locales_supported",
    "revocation_endpoint_auth_methods_supported",
    "introspection_endpoint_auth_methods_supported",
    "code_challenge_methods_supported",
)
BOOLEANS = ("authorization_response_iss_parameter_supported",)


def published(server: AuthorizationServer) -> Document:
    """The metadata as evidence; NotApplicable where there is none."""
    document = server.metadata
    if document is None:
        raise NotApplicable("The server publishes no metadata.")
    server.wire.recorder.cite(document.transcript)
    return document


def found(server: AuthorizationServer, proven: Callable[..., Flow]) -> Document | None:
    """The metadata as evidence, or None where an answer says that there is none."""
    if server.metadata is not None:
        return published(server)
    absent(lookup(server), proven)
    return None


def lookup(server: AuthorizationServer) -> Reply:
    """What the well-known path answers; NotApplicable where there is none to ask."""
    url = server.well_known("oauth-authorization-server")
    if url is None:
        raise NotApplicable("The profile names no issuer to look for metadata at.")
    return server.wire.get(url, who="client")


def absent(reply: Reply, proven: Callable[..., Flow]) -> None:
    """Lets an answer count as saying that there is no metadata.

    404 and 410, and 401 to everyone, say so by themselves. Any other answer says it where a flow
    works: a server that answers everything so says nothing.
    """
    if reply.status not in (401, 404, 410):
        proven("confidential", "confidential-post", "public", "native")


def member(server: AuthorizationServer, name: str) -> Any:
    """A member of the metadata; NotApplicable where it is not there."""
    value = published(server).members.get(name)
    if value is None:
        raise NotApplicable(f"The metadata has no {name}.")
    return value


@check("rfc9700-2.6-metadata-published", remedy=PUBLISH)
def test_metadata_is_published(server: AuthorizationServer, proven: Callable[..., Flow]) -> None:
    """The server publishes metadata at a well-known path."""
    document = found(server, proven)

    assert document is not None, "there is no metadata at the well-known paths"


@check("rfc8414-3-metadata-at-well-known-path", remedy=PUBLISH, needs=NEEDS)
def test_metadata_is_at_the_well_known_path(
    server: AuthorizationServer, proven: Callable[..., Flow]
) -> None:
    """The metadata is at the path that is made of the issuer."""
    reply = lookup(server)
    there = reply.status == 200 and server.oauth_metadata is not None
    if not there:
        absent(reply, proven)

    assert there, f"the well-known path answered {reply.status}, without metadata"


@check("rfc8414-3.2-metadata-json", remedy=PUBLISH, needs=NEEDS)
def test_metadata_is_json(server: AuthorizationServer) -> None:
    """The metadata is a JSON object of the type application/json."""
    kind = (published(server).reply.header("content-type") or "").split(";")[0].strip().lower()

    assert kind == "application/json", f"the type is {kind!r}"


@check("rfc8414-3.2-empty-members-omitted", remedy=SHAPE, needs=NEEDS)
def test_empty_members_are_left_out(server: AuthorizationServer) -> None:
    """No member of the metadata is an empty list."""
    empty = sorted(name for name, value in published(server).members.items() if value == [])

    assert not empty, f"empty are {', '.join(empty)}"


@check("rfc8414-2-member-types", remedy=SHAPE, needs=NEEDS)
@pytest.mark.parametrize("name", [*URLS, *LISTS, *BOOLEANS])
def test_member_has_its_type(server: AuthorizationServer, name: str) -> None:
    """Every member has its type: a URL is a string, a list a list of strings."""
    value = member(server, name)

    if name in BOOLEANS:
        good = isinstance(value, bool)
    elif name in LISTS:
        good = isinstance(value, list) and all(isinstance(one, str) for one in value)
    else:
        good = isinstance(value, str) and bool(urlsplit(value).scheme)
    assert good, f"{name} is {value!r}"


@check("rfc8414-2-issuer-present-and-well-formed", remedy=ISSUER, needs=NEEDS)
def test_issuer_is_a_url(server: AuthorizationServer) -> None:
    """issuer is a URL without query and fragment (http is taken on the loopback interface)."""
    issuer = published(server).members.get("issuer")

    parts = urlsplit(str(issuer))
    local = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")
    assert parts.scheme == "https" or local, f"issuer is {issuer!r}"
    assert parts.hostname, f"issuer is {issuer!r}"
    assert not re.search(r"[?#]", str(issuer)), f"issuer is {issuer!r}"


@check("rfc8414-3.3-issuer-identical", remedy=ISSUER, needs=NEEDS)
def test_issuer_is_the_one_that_was_asked(server: AuthorizationServer) -> None:
    """issuer is the identifier that the metadata's URL was made of, character by character."""
    issuer = published(server).members.get("issuer")

    assert issuer == server.issuer, f"issuer is {issuer!r}, asked was {server.issuer!r}"


@check("rfc8414-2-authorization-endpoint-present", remedy=SHAPE, needs=NEEDS)
def test_authorization_endpoint_is_named(server: AuthorizationServer) -> None:
    """The metadata names the authorization endpoint."""
    assert published(server).members.get("authorization_endpoint"), "it is not named"


@check("rfc8414-2-token-endpoint-present", remedy=SHAPE, needs=NEEDS)
def test_token_endpoint_is_named(server: AuthorizationServer) -> None:
    """The metadata names the token endpoint."""
    assert published(server).members.get("token_endpoint"), "it is not named"


@check("rfc8414-2-response-types-supported-present", remedy=SHAPE, needs=NEEDS)
def test_response_types_are_listed(server: AuthorizationServer) -> None:
    """The metadata lists the response types."""
    value = published(server).members.get("response_types_supported")

    assert isinstance(value, list), f"response_types_supported is {value!r}"
    assert value, "response_types_supported is empty"


@check("rfc6749-8.4-response-type-name-syntax", remedy=SHAPE, needs=NEEDS)
def test_response_types_are_well_formed(server: AuthorizationServer) -> None:
    """The names of response types have letters, digits and underscore only."""
    value = member(server, "response_types_supported")

    strange = [one for one in value if not re.fullmatch(r"[A-Za-z0-9_]+( [A-Za-z0-9_]+)*", one)]
    assert not strange, f"strange response types: {strange}"


@check("rfc8414-2-response-types-supported-accurate", remedy=TRUE, needs=NEEDS)
def test_listed_response_types_are_known(flow: Flow, server: AuthorizationServer) -> None:
    """Every response type that is listed is known to the authorization endpoint."""
    listed = member(server, "response_types_supported")

    unknown = [
        one
        for one in listed
        if flow.authorize(Replace("response_type", one)).error == "unsupported_response_type"
    ]

    assert not unknown, f"listed and not supported: {unknown}"


@check("rfc8414-2-scopes-supported-present", remedy=SHAPE, needs=NEEDS)
def test_scopes_are_listed(server: AuthorizationServer) -> None:
    """The metadata lists scopes."""
    assert published(server).members.get("scopes_supported"), "scopes_supported is not there"


@check("rfc8414-2-code-challenge-methods-accurate", remedy=TRUE, needs=NEEDS)
def test_unlisted_challenge_methods_are_refused(flow: Flow, server: AuthorizationServer) -> None:
    """A challenge method that is not listed is refused."""
    if "plain" in member(server, "code_challenge_methods_supported"):
        raise NotApplicable("The method plain is listed.")

    landing = flow.authorize(
        Replace("code_challenge", pkce.verifier()), Replace("code_challenge_method", "plain")
    )

    assert landing.refused, f"with the method plain the browser ended {landing.where}"


@check("rfc9700-2.1.1-code-challenge-methods-published", remedy=TRUE, needs=NEEDS)
def test_challenge_methods_are_published(server: AuthorizationServer) -> None:
    """The metadata lists S256 as a challenge method."""
    listed = published(server).members.get("code_challenge_methods_supported") or []

    assert "S256" in listed, f"code_challenge_methods_supported is {listed!r}"


@check("rfc9700-2.1.1-pkce-support-detectable", remedy=TRUE)
def test_pkce_can_be_detected(server: AuthorizationServer, proven: Callable[..., Flow]) -> None:
    """Clients can find out that PKCE is supported."""
    document = found(server, proven)

    members = {} if document is None else document.members
    assert members.get("code_challenge_methods_supported"), "nothing says that PKCE is supported"
