"""How the metadata is retrieved, and whether it says the same wherever it is (RFC 8414, 3)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from conformance.check import check
from conformance.checks.test_metadata import absent, published
from conformance.errors import ControlRefused, NotApplicable, NotRun
from conformance.features import Feature
from conformance.protocol.answers import json_object
from conformance.protocol.request import Draft
from conformance.target.flow import Flow
from conformance.target.server import AuthorizationServer, Document
from conformance.target.wire import Reply

PUBLISH = "Publish the metadata at the well-known path of RFC 8414, 3.1, for everyone, by GET."
STATUS = "Answer with 200 where there is metadata, and with 404 where there is none."
ONE_SOURCE = "Make both documents of one source, so that they cannot differ."

REGISTERED = ("oauth-authorization-server", "openid-configuration", "uma2-configuration")
"""Suffixes for metadata of this kind in the registry of well-known URIs (RFC 8615, 5)."""
INVENTED = (
    "oauth-config",
    "oauth-configuration",
    "oauth-metadata",
    "oauth-server",
    "oauth2-configuration",
    "oauth2-authorization-server",
    "authorization-server",
)
"""Suffixes that are not in it, and that somebody may have thought of."""
ENDPOINTS = (
    "authorization_endpoint",
    "token_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "registration_endpoint",
)
_NOBODY = "conformance-no-such-issuer"
_NAMES = ("issuer", "authorization_endpoint", "token_endpoint")


def metadata_in(reply: Reply) -> dict[str, Any] | None:
    """The metadata that an answer holds, whatever its status; None where it holds none."""
    members = json_object(reply.text)
    return members if members and any(map(members.get, _NAMES)) else None


def url_of_metadata(server: AuthorizationServer) -> str:
    """Where the metadata is, or would be; NotApplicable where there is no issuer to ask."""
    url = server.well_known("oauth-authorization-server")
    if url is None:
        raise NotApplicable("The profile names no issuer to look for metadata at.")
    return url if server.metadata is None else server.metadata.url


def asked(server: AuthorizationServer, proven: Callable[..., Flow]) -> Reply:
    """The answer to a plain GET of the metadata, where it is one of a server that works."""
    reply = server.wire.get(url_of_metadata(server), who="client")
    if metadata_in(reply) is None:
        absent(reply, proven)
    return reply


def is_under(server: AuthorizationServer, suffix: str) -> bool:
    """Whether there is metadata at a suffix, with the issuer's path on either side of it."""
    urls = (server.well_known(suffix), server.well_known(suffix, inserted=False))
    replies = (server.wire.get(url, who="client") for url in dict.fromkeys(urls) if url)
    return any(metadata_in(reply) for reply in replies)


@check("rfc8414-3-well-known-suffix-registered", remedy=PUBLISH)
def test_suffix_of_the_well_known_path_is_registered(server: AuthorizationServer) -> None:
    """Where there is metadata, it is under a well-known suffix that is registered."""
    url_of_metadata(server)
    if any(is_under(server, suffix) for suffix in REGISTERED):
        return
    invented = [suffix for suffix in INVENTED if is_under(server, suffix)]
    if not invented:
        raise NotApplicable("There is no metadata, under no well-known suffix that was tried.")

    assert not invented, f"metadata is under {', '.join(invented)} alone"


@check("rfc8414-3.1-metadata-by-get", remedy=PUBLISH)
def test_metadata_comes_by_a_plain_get(
    server: AuthorizationServer, proven: Callable[..., Flow]
) -> None:
    """A plain GET without any credentials brings the metadata."""
    reply = asked(server, proven)
    if metadata_in(reply) is None and reply.status not in (401, 403, 405):
        raise NotApplicable(f"There is no metadata: the well-known path answers {reply.status}.")

    assert metadata_in(reply) is not None, f"a plain GET was answered {reply.status}"


@check("rfc8414-3.2-metadata-status-200", remedy=STATUS)
def test_metadata_comes_with_status_200(
    server: AuthorizationServer, proven: Callable[..., Flow]
) -> None:
    """The metadata is sent with the status 200, and no other that means success."""
    reply = asked(server, proven)
    if metadata_in(reply) is None:
        raise NotApplicable(f"There is no metadata: the well-known path answers {reply.status}.")

    assert reply.status == 200, f"the metadata came with the status {reply.status}"


@check("rfc8414-3.2-error-status-appropriate", remedy=STATUS, needs=[Feature.METADATA])
def test_metadata_of_no_issuer_is_an_error(flow: Flow, server: AuthorizationServer) -> None:
    """The metadata of an issuer that there is not is answered with a status that says so."""
    document = published(server)
    asked_for = f"{document.url}/{_NOBODY}"
    if document is server.openid_metadata:
        asked_for = f"{server.issuer}/{_NOBODY}/.well-known/openid-configuration"

    answered = flow.send(Draft("GET", asked_for))

    if answered.status is None:
        raise ControlRefused(f"There is no answer to read: {answered}.")
    if (json_object(answered.text) or {}).get("issuer") == f"{server.issuer}/{_NOBODY}":
        raise NotApplicable("Every path is an issuer of its own there.")
    assert answered.status >= 300, f"to an issuer that there is not {answered}"
    assert answered.survived, f"to an issuer that there is not {answered}"


def both(server: AuthorizationServer) -> tuple[Document, Document]:
    """The two documents as evidence; NotApplicable where one of them is missing."""
    oauth, openid = server.oauth_metadata, server.openid_metadata
    if oauth is None or openid is None:
        raise NotApplicable("The server publishes only one document of metadata, or none.")
    server.wire.recorder.cite((*oauth.transcript, *openid.transcript))
    return oauth, openid


def keys_at(server: AuthorizationServer, url: object) -> frozenset[str]:
    """The keys of a key set in a form that can be compared."""
    members = json_object(server.wire.get(str(url), who="client").text) or {}
    keys = members.get("keys")
    if not isinstance(keys, list):
        raise ControlRefused("There is no key set at the jwks_uri of one of the two documents.")
    return frozenset(json.dumps(key, sort_keys=True) for key in keys)


_CONSISTENT = "rfc9068-4-metadata-consistent-with-openid-discovery"


@check(_CONSISTENT, remedy=ONE_SOURCE, needs=[Feature.METADATA, Feature.RFC9068_ACCESS_TOKEN])
@pytest.mark.usefixtures("flow")
def test_both_documents_name_the_same_issuer(server: AuthorizationServer) -> None:
    """OAuth metadata and OpenID discovery name the same issuer."""
    oauth, openid = (one.members.get("issuer") for one in both(server))

    assert oauth == openid, f"the issuer is {oauth!r} in one and {openid!r} in the other"


@check(_CONSISTENT, remedy=ONE_SOURCE, needs=[Feature.METADATA, Feature.RFC9068_ACCESS_TOKEN])
@pytest.mark.usefixtures("flow")
def test_both_documents_lead_to_the_same_keys(server: AuthorizationServer) -> None:
    """The keys of OAuth metadata and of OpenID discovery are the same."""
    oauth, openid = (one.members.get("jwks_uri") for one in both(server))
    if oauth is None or openid is None:
        raise NotApplicable("One of the two documents has no jwks_uri.")

    assert oauth == openid or keys_at(server, oauth) == keys_at(server, openid), (
        "the two documents lead to different keys"
    )


@check(
    _CONSISTENT,
    remedy=ONE_SOURCE,
    needs=[Feature.METADATA, Feature.RFC9068_ACCESS_TOKEN],
    disputable=True,
)
@pytest.mark.usefixtures("flow")
@pytest.mark.parametrize("name", ENDPOINTS)
def test_both_documents_name_the_same_endpoint(server: AuthorizationServer, name: str) -> None:
    """An endpoint that both documents name has the same address in both."""
    oauth, openid = (one.members.get(name) for one in both(server))
    if oauth is None or openid is None:
        raise NotApplicable(f"Only one of the two documents has a {name}, or none.")

    assert oauth == openid, f"the {name} is {oauth!r} in one and {openid!r} in the other"


@check(
    "rfc9207-2.3-issuer-identifier-provided",
    remedy="Name the issuer in the metadata, so that clients can compare iss with it.",
    needs=[Feature.ISS_PARAMETER],
)
def test_issuer_is_provided_where_iss_is_sent(flow: Flow, server: AuthorizationServer) -> None:
    """A server that sends iss names its issuer in its metadata (documentation is not read)."""
    if flow.authorize().get("iss") is None:
        raise NotApplicable("The response has no iss.")
    if server.metadata is None:
        raise NotRun("There is no metadata; whether the documentation names the issuer is unread.")

    issuer = published(server).members.get("issuer")

    assert isinstance(issuer, str), f"iss is sent, and the metadata has issuer {issuer!r}"
