"""One server, several resources: which of them a token is for (RFC 9068, 3 and 5; RFC 8707)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from conformance.check import check
from conformance.errors import ControlRefused, NotApplicable
from conformance.features import Feature
from conformance.protocol import jwt
from conformance.protocol.answers import Landing, TokenAnswer
from conformance.protocol.request import Add, Change, Pairs, Replace, Without
from conformance.target.flow import Flow, Grant
from conformance.target.resource import ResourceServer, TwoResources

RESOURCE = "Put the resource that is asked for into aud, and refuse what was not granted."
INFER = "Keep with each scope value the resource that it belongs to, and name that one in aud."
ONE = "Refuse with invalid_scope what belongs to several resources: one token is for one of them."
DISTINCT = "Give every resource an identifier of its own, and every token the one of its resource."
NEEDS = [Feature.RFC9068_ACCESS_TOKEN]
BY_NAME = [Feature.RFC9068_ACCESS_TOKEN, Feature.RESOURCE_INDICATORS]


def unnamed(parameters: Pairs) -> tuple[Change, ...]:
    """What leaves out a resource that the profile has the client always ask for."""
    return (Without("resource"),) if "resource" in dict(parameters) else ()


def redeemed(flow: Flow, grant: Grant) -> TokenAnswer:
    """The answer to a code where no token request names a resource."""
    return flow.redeem(grant, *unnamed(flow.client.settings.token_parameters))


def scoped(flow: Flow, scope: str) -> Landing:
    """Where an authorization request for a scope alone ends, without a resource."""
    named = unnamed(flow.client.settings.authorization_parameters)
    return flow.authorize(*named, Replace("scope", scope))


def tokens_of(flow: Flow, *changes: Change) -> TokenAnswer:
    """Tokens of an authorization with changes; NotApplicable where the server refuses it."""
    return tokens_at(flow, flow.authorize(*changes))


def tokens_at(flow: Flow, landing: Landing) -> TokenAnswer:
    """Tokens of where an authorization ended; NotApplicable where it brought no code."""
    grant = flow.grant_of(landing)
    if grant is None:
        raise NotApplicable(f"The server grants no such request: {landing.where}.")
    return flow.must_grant(redeemed(flow, grant), "The redemption")


def of_scope(flow: Flow, scope: str) -> TokenAnswer:
    """Tokens for a scope alone; NotApplicable where these are no JWTs, whose aud can be read."""
    answer = tokens_at(flow, scoped(flow, scope))
    if jwt.claims(answer.access_token or "") is None:
        raise NotApplicable("Without a resource parameter the access token is no JWT.")
    return answer


def audience_of(answer: TokenAnswer) -> frozenset[str]:
    """The values of aud of the access token; ControlRefused where it cannot be read."""
    claims = jwt.claims(answer.access_token or "")
    if claims is None:
        raise ControlRefused("The claims of the access token cannot be read.")
    value = claims.get("aud")
    return frozenset(map(str, value if isinstance(value, list) else [value]))


def scope_of(answer: TokenAnswer) -> frozenset[str]:
    """The values of the claim scope."""
    return frozenset(str((jwt.claims(answer.access_token or "") or {}).get("scope", "")).split())


def said(audience: frozenset[str]) -> str:
    return ", ".join(sorted(audience))


def defaults(flow: Flow, two_resources: TwoResources) -> Sequence[frozenset[str]]:
    """The audiences that each resource's own scope leads to; NotApplicable if they are the same."""
    found = [
        audience_of(of_scope(flow, one))
        for one in (two_resources.home_scope, two_resources.foreign_scope)
    ]
    if found[0] == found[1]:
        raise NotApplicable("The scopes of both resources lead to the same audience.")
    return found


@check("rfc9068-3-aud-equals-requested-resource", remedy=RESOURCE, needs=BY_NAME)
@pytest.mark.parametrize("which", ["home", "foreign"])
def test_audience_is_the_resource_that_was_asked_for(
    flow: Flow, two_resources: TwoResources, which: str
) -> None:
    """Where a request names a resource, aud of its access token is that resource."""
    resource = two_resources.home if which == "home" else two_resources.foreign
    own = two_resources.home_scope if which == "home" else two_resources.foreign_scope
    wanted = two_resources.audience(resource)
    scope = Replace("scope", two_resources.shared or own)

    answer = tokens_of(flow, scope, Replace("resource", wanted))

    found = audience_of(answer)
    assert found == {wanted}, f"asked for {wanted} aud is {said(found)}"


@check("rfc9068-3-default-resource-inferred-from-scope", remedy=INFER, needs=NEEDS)
def test_audience_follows_the_scope(flow: Flow, two_resources: TwoResources) -> None:
    """Without a resource parameter, scopes of two resources lead to two audiences."""
    first = audience_of(of_scope(flow, two_resources.home_scope))

    second = audience_of(of_scope(flow, two_resources.foreign_scope))

    assert first != second, (
        f"for {two_resources.home_scope} and for {two_resources.foreign_scope} aud is {said(first)}"
    )


@check("rfc9068-3-conflicting-scopes-invalid-scope", remedy=ONE, needs=NEEDS)
def test_scopes_of_two_resources_are_an_invalid_scope(
    flow: Flow, two_resources: TwoResources
) -> None:
    """A request for scopes of two resources at once is refused with invalid_scope."""
    defaults(flow, two_resources)

    landing = scoped(flow, f"{two_resources.home_scope} {two_resources.foreign_scope}")

    grant = flow.grant_of(landing)
    error = landing.error if grant is None else redeemed(flow, grant).error
    assert error == "invalid_scope", (
        f"for scopes of two resources the browser ended {landing.where}"
    )


@check("rfc9068-2.2.3-scopes-meaningful-for-audience", remedy=ONE, needs=NEEDS)
def test_every_scope_belongs_to_the_audience(flow: Flow, two_resources: TwoResources) -> None:
    """An access token has no scope value of a resource that its aud does not name.

    Which value belongs to which resource is what the profile says.
    """
    home, foreign = defaults(flow, two_resources)

    grant = flow.grant_of(scoped(flow, f"{two_resources.home_scope} {two_resources.foreign_scope}"))
    answer = None if grant is None else redeemed(flow, grant)

    if answer is not None and answer.granted:
        found, scope = audience_of(answer), scope_of(answer)
        belongs = {two_resources.home_scope: home, two_resources.foreign_scope: foreign}
        strange = [one for one, where in belongs.items() if one in scope and not where <= found]
        assert not strange, f"aud is {said(found)}, and the scope has {', '.join(strange)}"


@check("rfc9068-3-no-ambiguous-authorization", remedy=ONE, needs=BY_NAME)
def test_shared_scope_is_for_one_resource(flow: Flow, two_resources: TwoResources) -> None:
    """No access token has the audiences of two resources and a scope value that both know.

    That is the one ambiguity that can be seen from outside.
    """
    if two_resources.shared is None:
        raise NotApplicable("The profile names no scope that both resources know.")
    names = [
        two_resources.audience(two_resources.home),
        two_resources.audience(two_resources.foreign),
    ]
    scope = Replace("scope", two_resources.shared)
    if [audience_of(tokens_of(flow, scope, Replace("resource", one))) for one in names] != [
        {one} for one in names
    ]:
        raise NotApplicable("The resource parameter does not lead to its audience.")

    both_named = (Replace("resource", names[0]), Add("resource", names[1]))
    grant = flow.grant_of(flow.authorize(scope, *both_named))
    answer = None if grant is None else redeemed(flow, grant)

    if answer is not None and answer.granted:
        both = set(names) <= audience_of(answer) and two_resources.shared in scope_of(answer)
        assert not both, f"one token is for both resources, with the scope {two_resources.shared}"


@check("rfc9068-5-distinct-aud-per-resource", remedy=DISTINCT, needs=NEEDS)
def test_two_resources_have_two_audiences(flow: Flow, two_resources: TwoResources) -> None:
    """Access tokens that open two resources, each its own, have different values of aud."""
    first = of_scope(flow, two_resources.home_scope)
    second = of_scope(flow, two_resources.foreign_scope)
    served = (
        two_resources.home.call(first.access_token),
        two_resources.foreign.call(second.access_token),
    )
    if not all(answer.granted for answer in served):
        raise NotApplicable("The scope alone leads to no token that the foreign resource takes.")

    same = audience_of(first) & audience_of(second)

    assert not same, f"the access tokens of two resources both have aud {said(same)}"


@check(
    "rfc9700-4.14.2-refresh-token-bound-to-resource-servers",
    remedy="Compare the resource of a refresh with what the user agreed to.",
    needs=[Feature.REFRESH_TOKEN, Feature.PROTECTED_RESOURCE],
)
def test_refresh_leads_to_no_other_resource(flow: Flow, foreign_resource: ResourceServer) -> None:
    """A refresh that names another resource is refused, or its token does not open that one."""
    other = foreign_resource.settings.audience
    tokens = flow.tokens()
    if other is None or tokens.refresh_token is None:
        raise NotApplicable("There is no refresh token, or no audience of the foreign resource.")
    if foreign_resource.call(tokens.access_token).granted:
        raise NotApplicable("The foreign resource takes the first access token already.")

    answer = flow.refresh(tokens.refresh_token, Replace("resource", other))

    if answer.granted:
        called = foreign_resource.call(answer.access_token)
        assert not called.granted, f"to a token that was refreshed for it {called}"
