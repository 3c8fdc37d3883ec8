"""Robustness of every other endpoint: tokens, headers and methods that nobody expects."""

from __future__ import annotations

import json
import secrets
from dataclasses import replace

import pytest

from conformance.check import check
from conformance.errors import NotApplicable
from conformance.features import Feature
from conformance.protocol import jwt
from conformance.protocol.request import FORM, Draft
from conformance.target.client import Client
from conformance.target.flow import Flow

SURVIVE = (
    "Read tokens, headers and methods as bytes that may be anything, refuse what is not as"
    " expected, and answer an error that was not foreseen in one place."
)

HUGE = 100_000


def _jwt(head: object, body: object) -> str:
    parts = (json.dumps(part).encode() for part in (head, body))
    return ".".join((*map(jwt.encode, parts), jwt.encode(b"signature")))


RS256 = {"alg": "RS256", "typ": "JWT"}
TOKENS = {
    "empty": "",
    "nul": "a\x00b",
    "not-utf8": "a\udcff\udcfeb",
    "huge": "a" * HUGE,
    "two-parts": _jwt(RS256, {}).rpartition(".")[0],
    "dots": "..",
    "not-base64": "!!!.???.###",
}
JWTS = {
    "header-no-json": f"{jwt.encode(b'no json')}.{jwt.encode(b'{}')}.{jwt.encode(b'x')}",
    "header-a-list": _jwt([], {}),
    "alg-a-number": _jwt({"alg": 256}, {}),
    "alg-an-object": _jwt({"alg": {}}, {}),
    "alg-none": _jwt({"alg": "none"}, {"sub": "x"}),
    "kid-an-object": _jwt({**RS256, "kid": {}}, {}),
    "claims-a-list": _jwt(RS256, [1, 2]),
    "claims-no-json": f"{jwt.encode(json.dumps(RS256).encode())}.{jwt.encode(b'x')}.eA",
    "times-texts": _jwt(RS256, {"exp": "soon", "nbf": "late", "iat": "now"}),
    "times-large": _jwt(RS256, {"exp": 10**400, "iat": -(10**400)}),
    "deep": _jwt(RS256, {"a": json.loads("[" * 500 + "]" * 500)}),
    "two-parts": _jwt(RS256, {}).rpartition(".")[0],
    "four-parts": _jwt(RS256, {}) + ".eA",
}
HEADERS = {
    "alone": ("Bearer",),
    "two-spaces": ("Bearer  abc",),
    "comma": ("Bearer abc, Bearer def",),
    "raw-bytes": ("Bearer \udcff\udcfe",),
    "long": ("Bearer " + "a" * 16_000,),
    "unknown-scheme": ("Conformance abc",),
    "only-spaces": ("Bearer    ",),
    "empty": ("",),
    "twice": ("Bearer abc", "Bearer def"),
}
METHODS = ("PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "CONFORM")
ENDPOINTS = {
    "authorization": "authorization_endpoint",
    "token": "token_endpoint",
    "revocation": "revocation_endpoint",
    "introspection": "introspection_endpoint",
    "token-information": "token_information_endpoint",
    "userinfo": "userinfo_endpoint",
    "keys": "jwks_uri",
    "registration": "registration_endpoint",
    "metadata": "metadata",
    "resource": "resource",
}
REQUESTS = {
    "query": ("?x=y&x=%ff", "GET", ()),
    "path-behind": ("/more/of/it", "GET", ()),
    "html": ("", "GET", (("Accept", "text/html"),)),
    "odd-accept": ("", "GET", (("Accept", "x/y;q=zz,,*"),)),
    "post": ("", "POST", ()),
}


def url_of(flow: Flow, name: str) -> str:
    """The URL of an endpoint, of the metadata or of the resource; NotApplicable without it."""
    if name == "resource":
        if flow.resource is None:
            raise NotApplicable("The profile names no [[resources]].")
        return flow.resource.url
    if name == "metadata":
        document = flow.server.metadata
        if document is None:
            raise NotApplicable("The server publishes no metadata.")
        return document.url
    return flow.server.need(name)


@check(
    "robustness-revocation-endpoint-malformed-tokens-no-server-error",
    remedy=SURVIVE,
    needs=[Feature.REVOCATION],
)
@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS)
def test_malformed_token_is_answered_at_revocation(flow: Flow, token: str) -> None:
    """The revocation endpoint answers malformed tokens without a server error."""
    url = flow.server.need("revocation_endpoint")
    form = (("token", token),)

    answered = flow.send(
        Draft("POST", url, form=form, credentials=flow.client.credentials).settled(),
        "token malformed",
    )

    assert answered.survived, f"to a malformed token {answered}"


@check("robustness-introspection-endpoint-malformed-tokens-no-server-error", remedy=SURVIVE)
@pytest.mark.parametrize("token", (TOKENS | JWTS).values(), ids=TOKENS | JWTS)
def test_malformed_token_is_answered_at_introspection(
    flow: Flow, caller: Client, token: str
) -> None:
    """The introspection or token information endpoint answers malformed tokens."""
    told = flow.server.endpoint("token_information_endpoint")
    url = told or flow.server.need("introspection_endpoint")
    draft = Draft("POST", url, form=(("token", token),))
    draft = draft if told else replace(draft, credentials=caller.credentials).settled()

    answered = flow.send(draft, "token malformed")

    assert answered.survived, f"to a malformed token {answered}"


@check(
    "robustness-protected-resource-malformed-header-no-server-error",
    remedy=SURVIVE,
    needs=[Feature.PROTECTED_RESOURCE],
)
@pytest.mark.parametrize("values", HEADERS.values(), ids=HEADERS)
def test_malformed_header_is_answered_at_the_resource(flow: Flow, values: tuple[str, ...]) -> None:
    """The protected resource answers a malformed Authorization header."""
    resource = flow.need_resource
    headers = tuple(("Authorization", value) for value in values)

    answered = flow.send(
        Draft(resource.settings.method, resource.url, headers=headers),
        "a malformed Authorization header",
    )

    assert answered.survived, f"to a malformed Authorization header {answered}"


@check(
    "robustness-protected-resource-malformed-tokens-no-server-error",
    remedy=SURVIVE,
    needs=[Feature.PROTECTED_RESOURCE],
)
@pytest.mark.parametrize("token", JWTS.values(), ids=JWTS)
def test_malformed_token_is_answered_at_the_resource(flow: Flow, token: str) -> None:
    """The protected resource answers tokens that are nearly JWTs."""
    resource = flow.need_resource
    headers = (("Authorization", f"Bearer {token}"),)

    answered = flow.send(
        Draft(resource.settings.method, resource.url, headers=headers),
        "a malformed Authorization header",
    )

    assert answered.survived, f"to a malformed token {answered}"


@check(
    "robustness-metadata-unexpected-requests-no-server-error",
    remedy=SURVIVE,
    needs=[Feature.METADATA],
)
@pytest.mark.parametrize("kind", REQUESTS)
def test_unexpected_request_is_answered_at_the_metadata(flow: Flow, kind: str) -> None:
    """The metadata document answers requests that nobody expects."""
    tail, method, headers = REQUESTS[kind]
    url = url_of(flow, "metadata") + tail
    body = (FORM, b"x=y") if method == "POST" else None

    answered = flow.send(Draft(method, url, headers=headers, body=body), f"with {kind}")

    assert answered.survived, f"to an unexpected request {answered}"


@check("robustness-every-endpoint-unexpected-methods-no-server-error", remedy=SURVIVE)
@pytest.mark.parametrize("name", ENDPOINTS.values(), ids=ENDPOINTS)
@pytest.mark.parametrize("method", METHODS)
def test_unexpected_method_is_answered(flow: Flow, name: str, method: str) -> None:
    """An endpoint answers methods that it does not know without a server error."""
    url = url_of(flow, name)

    answered = flow.send(Draft(method, url, body=(FORM, b"")), f"sent by {method}")

    assert answered.survived, f"to {method} {answered}"


@check(
    "robustness-every-endpoint-no-trace",
    remedy="Refuse TRACE with 405 in front of every endpoint.",
)
@pytest.mark.parametrize("name", ENDPOINTS.values(), ids=ENDPOINTS)
def test_trace_is_not_answered_with_the_request(flow: Flow, name: str) -> None:
    """TRACE is not answered with what was sent."""
    url = url_of(flow, name)
    mark = secrets.token_hex(16)

    answered = flow.send(Draft("TRACE", url, headers=(("X-Conformance", mark),)), "sent by TRACE")

    assert mark not in answered.text, "the answer to TRACE has the headers of the request"
