"""How a token reaches the protected resource (RFC 6750, 2; OAuth 2.1, 5.1)."""

from __future__ import annotations

import pytest

from conformance.check import check
from conformance.errors import ControlRefused, NotApplicable, NotRun
from conformance.features import Feature
from conformance.protocol.request import Draft
from conformance.target.flow import Flow
from conformance.target.resource import ResourceServer

HEADER = "Take the token from the Authorization header alone."
NEEDS = [Feature.PROTECTED_RESOURCE]


@check("rfc6750-2.1-authorization-header-supported", remedy=HEADER, needs=NEEDS)
def test_token_in_the_header_is_taken(bare_flow: Flow) -> None:
    """A fresh access token in the Authorization header opens the resource."""
    token = bare_flow.tokens().access_token or ""
    resource = bare_flow.need_resource

    answer = resource.call(None, headers=(("Authorization", f"Bearer {token}"),))

    assert answer.granted, f"to a fresh access token {answer}"


@check("oauth-2.1-5.1.1-bearer-scheme-case-insensitive", remedy=HEADER, needs=NEEDS)
@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "bEaReR"])
def test_scheme_is_case_insensitive(flow: Flow, scheme: str) -> None:
    """The name of the scheme is compared without regard to case."""
    token = flow.tokens().access_token or ""
    flow.must_serve(token)

    answer = flow.need_resource.call(None, headers=(("Authorization", f"{scheme} {token}"),))

    assert answer.granted, f"to the scheme {scheme} {answer}"


@check("oauth-2.1-5.1-query-token-ignored", remedy=HEADER, needs=NEEDS)
def test_token_in_the_query_is_ignored(flow: Flow) -> None:
    """A token in the query opens nothing."""
    token = flow.tokens().access_token or ""
    flow.must_serve(token)

    answer = flow.need_resource.call_with_query(token)

    assert not answer.granted, f"to a token in the query {answer}"


@check("rfc6750-2.3-query-token-response-cache-private", remedy=HEADER, needs=NEEDS)
def test_answer_to_a_token_in_the_query_is_private(flow: Flow) -> None:
    """Where a token in the query is taken, the answer is kept out of shared caches."""
    token = flow.tokens().access_token or ""
    answer = flow.need_resource.call_with_query(token)
    if not answer.granted:
        raise NotApplicable(f"A token in the query is not taken: {answer}.")

    control = ", ".join(answer.all("cache-control")).lower()

    assert "private" in control or "no-store" in control, f"Cache-Control is {control!r}"


@check("rfc6750-2.2-body-token-only-in-form-requests", remedy=HEADER, needs=NEEDS)
@pytest.mark.parametrize("kind", ["application/json", "text/plain"], ids=["json", "text"])
def test_token_in_another_body_is_ignored(
    flow: Flow, resources: tuple[ResourceServer, ...], kind: str
) -> None:
    """A token in a body that is no form opens nothing, where the token opens it in the header."""
    resource = next((one for one in resources if one.settings.method == "POST"), None)
    if resource is None:
        raise NotRun("It takes a resource with the method POST in the profile.")
    token = flow.tokens().access_token or ""
    served = resource.call(token)
    if not served.granted:
        raise ControlRefused(f"To the token in the header {served}.")
    body = f'{{"access_token": "{token}"}}' if "json" in kind else f"access_token={token}"

    answer = resource.send(Draft("POST", resource.url, body=(kind, body.encode())))

    assert not answer.granted, f"to a token in a body of {kind} {answer}"


@check("rfc6750-3.1-multiple-token-methods-invalid-request", remedy=HEADER, needs=NEEDS)
def test_token_sent_in_two_ways_is_refused(flow: Flow) -> None:
    """Where a token in the query is taken, one in header and query at once is refused."""
    token = flow.tokens().access_token or ""
    if not flow.need_resource.call_with_query(token).granted:
        raise NotApplicable("A token in the query is not taken.")
    resource = flow.need_resource
    twice = Draft(
        resource.settings.method,
        resource.url,
        query=(("access_token", token),),
        headers=(("Authorization", f"Bearer {token}"),),
    )

    answer = resource.send(twice)

    assert answer.refused, f"to a token in header and query {answer}"
