"""What a profile promises of its resources: served, protected, for a scope and audience."""

from __future__ import annotations

import pytest

from conformance.check import check
from conformance.errors import ControlRefused, NotApplicable
from conformance.features import Feature
from conformance.protocol import jwt
from conformance.protocol.answers import TokenAnswer
from conformance.protocol.request import Replace
from conformance.target.client import Client
from conformance.target.flow import Flow
from conformance.target.resource import ResourceServer

SERVED = "Mend the resource, or correct url, method and scope of [[resources]] in the profile."
PROTECTED = "Demand an access token of the scope before anything is served."
AUDIENCE = "Put the audience of the resource into its access tokens, or correct it in the profile."

FIRST_THREE = pytest.mark.parametrize("index", [0, 1, 2], ids=["first", "second", "third"])


def one_of(resources: tuple[ResourceServer, ...], index: int) -> ResourceServer:
    """The resource of that place in the profile; NotApplicable where there are fewer."""
    if len(resources) <= index:
        raise NotApplicable(f"The profile names no more than {index} resources.")
    return resources[index]


def tokens_for(flow: Flow, resource: ResourceServer) -> TokenAnswer:
    """Fresh tokens of the scope of a resource."""
    scope = resource.settings.scope
    return flow.tokens() if scope is None else flow.tokens(Replace("scope", scope))


@check("profile-resources-good-token-served", remedy=SERVED, needs=[Feature.PROTECTED_RESOURCE])
@FIRST_THREE
def test_resource_serves_a_good_token(
    flow: Flow, resources: tuple[ResourceServer, ...], index: int
) -> None:
    """Every resource of the profile answers a fresh token of its scope with 2xx."""
    resource = one_of(resources, index)
    token = tokens_for(flow, resource).access_token

    answer = resource.call(token)

    assert answer.granted, f"to a good token {answer}"


@check("profile-resources-token-demanded", remedy=PROTECTED, needs=[Feature.PROTECTED_RESOURCE])
@FIRST_THREE
def test_resource_demands_a_token(
    flow: Flow, resources: tuple[ResourceServer, ...], index: int
) -> None:
    """No resource of the profile is served without a token."""
    resource = one_of(resources, index)
    if not resource.call(tokens_for(flow, resource).access_token).granted:
        raise ControlRefused("The resource does not even serve a good token.")

    answer = resource.call(None)

    assert not answer.granted, f"without a token {answer}"


@check("profile-resources-scope-demanded", remedy=PROTECTED, needs=[Feature.PROTECTED_RESOURCE])
@FIRST_THREE
def test_resource_demands_its_scope(
    flow: Flow, resources: tuple[ResourceServer, ...], index: int
) -> None:
    """A resource with a scope is not served to a token of another scope of the same client."""
    resource = one_of(resources, index)
    words = {one.partition(":")[0] for one in resource.scope}
    others = [s for s in flow.client.scopes if s.partition(":")[0] not in words]
    others = [scope for scope in others if scope not in ("offline_access", "openid")]
    if not words or not others:
        raise NotApplicable("The profile names no scope for it, or no other one of the client.")
    if not resource.call(tokens_for(flow, resource).access_token).granted:
        raise ControlRefused("The resource does not even serve a good token.")
    token = flow.tokens(Replace("scope", others[0])).access_token

    answer = resource.call(token)

    assert not answer.granted, f"to a token of the scope {others[0]} {answer}"


@check(
    "profile-resources-audience-as-promised", remedy=AUDIENCE, needs=[Feature.PROTECTED_RESOURCE]
)
@FIRST_THREE
def test_token_names_the_audience_of_the_resource(
    flow: Flow, resources: tuple[ResourceServer, ...], caller: Client, index: int
) -> None:
    """A token for a resource with an audience names it in aud."""
    resource = one_of(resources, index)
    wanted = resource.settings.audience
    if wanted is None:
        raise NotApplicable("The profile names no audience for this resource.")
    token = tokens_for(flow, resource).access_token or ""

    claims = jwt.claims(token) if jwt.looks_like(token) else None
    told = claims or flow.introspect(token, caller=caller).document or {}

    audience = told.get("aud")
    values = audience if isinstance(audience, list) else [audience]
    assert wanted in values, f"aud is {audience!r}"
