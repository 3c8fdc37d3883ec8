"""Whether what the metadata gives the address of is there (RFC 8414, section 2)."""

from __future__ import annotations

import json
import secrets

from conformance.check import check
from conformance.checks.test_metadata import member
from conformance.errors import ControlRefused, NotApplicable
from conformance.features import Feature
from conformance.protocol.answers import error_code, json_object
from conformance.protocol.request import Draft
from conformance.target.client import Client
from conformance.target.flow import Flow
from conformance.target.raw import Answered
from conformance.target.server import AuthorizationServer

THERE = "Publish the addresses of endpoints that are there, and leave out the others."
NEEDS = [Feature.METADATA]

_WORK = "rfc8414-2-optional-endpoints-work"
_UNAVAILABLE = 503


def in_html(answered: Answered) -> bool:
    return "html" in (answered.header("content-type") or "").lower()


def error_of(server: AuthorizationServer, answered: Answered) -> str | None:
    """The error code of an answer in JSON."""
    member_of_code = server.profile.errors.code_member
    return error_code(json_object(answered.text), member_of_code)


@check(_WORK, remedy=THERE, needs=NEEDS)
def test_published_revocation_endpoint_is_one(flow: Flow, server: AuthorizationServer) -> None:
    """The revocation endpoint of the metadata answers as RFC 7009 has it."""
    url = member(server, "revocation_endpoint")
    form = (("token", secrets.token_urlsafe(32)),)
    draft = Draft("POST", url, form=form, credentials=flow.client.credentials)

    answered = flow.send(draft.settled())

    done = answered.status == 200 and not (in_html(answered) and answered.text.strip())
    told = error_of(server, answered) or answered.status in (401, _UNAVAILABLE)
    assert done or told, f"to a request for revocation {answered}, and no error of OAuth"


@check(_WORK, remedy=THERE, needs=NEEDS)
def test_published_introspection_endpoint_is_one(
    flow: Flow, caller: Client, server: AuthorizationServer
) -> None:
    """The introspection endpoint of the metadata answers as RFC 7662 has it."""
    url = member(server, "introspection_endpoint")
    form = (("token", secrets.token_urlsafe(32)),)
    draft = Draft("POST", url, form=form, credentials=caller.credentials)

    answered = flow.send(draft.settled())

    done = isinstance((json_object(answered.text) or {}).get("active"), bool)
    told = error_of(server, answered) or answered.status in (401, 403, _UNAVAILABLE)
    assert done or told, f"to a request for introspection {answered}, and no error of OAuth"


@check(_WORK, remedy=THERE, needs=NEEDS)
def test_published_registration_endpoint_is_one(flow: Flow, server: AuthorizationServer) -> None:
    """The registration endpoint of the metadata answers as RFC 7591 has it."""
    url = member(server, "registration_endpoint")
    body = json.dumps({"redirect_uris": ["no URI"]}).encode()

    answered = flow.send(Draft("POST", url, body=("application/json", body)))

    done = (json_object(answered.text) or {}).get("client_id") is not None
    told = error_of(server, answered) or answered.status in (401, 403, _UNAVAILABLE)
    assert done or told, f"to a request for registration {answered}, and no error of OAuth"


@check("rfc8414-2-registration-documented", remedy=THERE, needs=NEEDS)
def test_documentation_is_there(flow: Flow, server: AuthorizationServer) -> None:
    """Without dynamic registration service_documentation leads to a page; it is not read."""
    url = member(server, "service_documentation")
    if server.endpoint("registration_endpoint") is not None:
        raise NotApplicable("Clients can register themselves.")

    answered = flow.send(Draft("GET", url))

    if answered.status not in (404, 410) and (answered.status or 500) >= 400:
        raise ControlRefused(f"Whether the documentation is there cannot be told: {answered}.")
    assert answered.status not in (404, 410), f"at service_documentation {answered}"


@check(
    "rfc8414-2-jwks-contains-signing-keys",
    remedy="Serve a JWK Set (RFC 7517, 5) at the jwks_uri of the metadata.",
    needs=NEEDS,
)
def test_key_set_is_there(flow: Flow, server: AuthorizationServer) -> None:
    """At the jwks_uri of the metadata there is a JWK Set."""
    url = member(server, "jwks_uri")

    answered = flow.send(Draft("GET", url))

    keys = (json_object(answered.text) or {}).get("keys")
    assert answered.status == 200, f"at the jwks_uri {answered}"
    assert isinstance(keys, list), "at the jwks_uri there is no JWK Set"
