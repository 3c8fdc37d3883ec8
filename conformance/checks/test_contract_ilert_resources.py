"""ilert's contract: the two resources, and what a scope with its suffix lets a client do."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from conformance.check import check
from conformance.errors import NotApplicable, NotRun, NotTheProtocol
from conformance.protocol.answers import Landing, ResourceAnswer
from conformance.protocol.request import Replace
from conformance.target.flow import Flow
from conformance.target.resource import ResourceServer

SERVE = "Serve users/current to the scope profile and alert-sources to the scopes of source."
SUFFIX = "x and x:r grant GET; x:w GET, POST and PUT; x:d GET, POST, PUT and DELETE. No more."

USER = "/api/users/current"
SOURCES = "/api/alert-sources"
KNOWN = [
    "profile",
    "offline_access",
    "policy",
    "schedule",
    "source",
    "support_hour",
    "action",
    "connector",
    "maintenance",
    "report",
    "template",
    "service",
    "status_page",
    "team",
    "user",
    "alert",
    "incident",
    "metric",
    "metric_source",
]
REFUSALS = (401, 403)

_E = "contract-ilert-endpoints-of-the-live-service-"
_S = "contract-ilert-scopes-"


def at(resources: tuple[ResourceServer, ...], path: str) -> ResourceServer:
    """The resource with that path; NotRun where the profile does not name it."""
    for resource in resources:
        if urlsplit(resource.url).path == path:
            return resource
    raise NotRun(f"The profile does not name it: add [[resources]] with the path {path}.")


def decided(answer: ResourceAnswer) -> ResourceAnswer:
    """The answer, where it grants or refuses; another one says nothing of scopes."""
    if not answer.granted and answer.status not in REFUSALS:
        raise NotTheProtocol(f"It was neither served nor refused for its scope: {answer}.")
    return answer


def used(
    flow: Flow, resources: tuple[ResourceServer, ...], path: str, scope: str, method: str
) -> ResourceAnswer:
    """What a resource answers to a fresh token of that scope."""
    token = flow.tokens(Replace("scope", scope)).access_token
    return decided(at(resources, path).call(token, method=method))


@check(f"{_E}current-user-served", remedy=SERVE)
def test_current_user_is_served_to_profile(
    flow: Flow, resources: tuple[ResourceServer, ...]
) -> None:
    """users/current answers GET with a token of the scope profile."""
    answer = used(flow, resources, USER, "profile", "GET")

    assert answer.granted, f"to the scope profile {answer}"


@check(f"{_E}current-user-needs-profile", remedy=SERVE)
@pytest.mark.parametrize("scope", ["source", "source:d", "schedule"])
def test_current_user_is_kept_from_other_scopes(
    flow: Flow, resources: tuple[ResourceServer, ...], scope: str
) -> None:
    """users/current is not served to a token without the scope profile."""
    answer = used(flow, resources, USER, scope, "GET")

    assert not answer.granted, f"to the scope {scope} {answer}"


@check(f"{_E}alert-sources-served", remedy=SERVE)
def test_alert_sources_are_served_to_source(
    flow: Flow, resources: tuple[ResourceServer, ...]
) -> None:
    """alert-sources answers GET with a token of the scope source."""
    answer = used(flow, resources, SOURCES, "source", "GET")

    assert answer.granted, f"to the scope source {answer}"


@check(f"{_E}alert-sources-need-source", remedy=SERVE)
@pytest.mark.parametrize("scope", ["profile", "schedule:d", "metric_source"])
def test_alert_sources_are_kept_from_other_scopes(
    flow: Flow, resources: tuple[ResourceServer, ...], scope: str
) -> None:
    """alert-sources is not served to a token without a scope of source."""
    answer = used(flow, resources, SOURCES, scope, "GET")

    assert not answer.granted, f"to the scope {scope} {answer}"


@check(f"{_S}plain-scope-grants-get", remedy=SUFFIX)
def test_plain_scope_reads(flow: Flow, resources: tuple[ResourceServer, ...]) -> None:
    """The scope source lets a client GET alert-sources."""
    answer = used(flow, resources, SOURCES, "source", "GET")

    assert answer.granted, f"to GET with source {answer}"


@check(f"{_S}read-scope-grants-get", remedy=SUFFIX)
def test_read_scope_reads(flow: Flow, resources: tuple[ResourceServer, ...]) -> None:
    """The scope source:r lets a client GET alert-sources."""
    answer = used(flow, resources, SOURCES, "source:r", "GET")

    assert answer.granted, f"to GET with source:r {answer}"


@check(f"{_S}write-scope-grants-get-post-put", remedy=SUFFIX)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_write_scope_reads_and_writes(
    flow: Flow, resources: tuple[ResourceServer, ...], method: str
) -> None:
    """The scope source:w lets a client GET, POST and PUT at alert-sources."""
    answer = used(flow, resources, SOURCES, "source:w", method)

    assert answer.granted, f"to {method} with source:w {answer}"


@check(f"{_S}delete-scope-grants-all", remedy=SUFFIX)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_delete_scope_does_everything(
    flow: Flow, resources: tuple[ResourceServer, ...], method: str
) -> None:
    """The scope source:d lets a client GET, POST, PUT and DELETE at alert-sources."""
    answer = used(flow, resources, SOURCES, "source:d", method)

    assert answer.granted, f"to {method} with source:d {answer}"


@check(f"{_S}plain-scope-does-not-write", remedy=SUFFIX)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_plain_scope_does_not_write(
    flow: Flow, resources: tuple[ResourceServer, ...], method: str
) -> None:
    """The scope source lets a client do nothing but GET."""
    answer = used(flow, resources, SOURCES, "source", method)

    assert not answer.granted, f"to {method} with source {answer}"


@check(f"{_S}read-scope-does-not-write", remedy=SUFFIX)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_read_scope_does_not_write(
    flow: Flow, resources: tuple[ResourceServer, ...], method: str
) -> None:
    """The scope source:r lets a client do nothing but GET."""
    answer = used(flow, resources, SOURCES, "source:r", method)

    assert not answer.granted, f"to {method} with source:r {answer}"


@check(f"{_S}write-scope-does-not-delete", remedy=SUFFIX)
def test_write_scope_does_not_delete(flow: Flow, resources: tuple[ResourceServer, ...]) -> None:
    """The scope source:w does not let a client DELETE."""
    answer = used(flow, resources, SOURCES, "source:w", "DELETE")

    assert not answer.granted, f"to DELETE with source:w {answer}"


@check(f"{_S}all-scopes-known", remedy="Know every scope of the documented list.")
@pytest.mark.parametrize("scope", KNOWN)
def test_scope_of_the_list_is_known(bare: Callable[..., Flow], scope: str) -> None:
    """Every scope of the list that the client is registered for is granted."""
    flow = bare("confidential-2", "confidential", "public")

    landing = registered(flow, scope, flow.authorize(Replace("scope", scope)))

    grant = flow.grant_of(landing)
    assert grant is not None, f"with the scope {scope} the browser ended {landing.where}"
    answer = flow.must_grant(flow.redeem(grant), "The token request")
    assert scope in (answer.scope or {scope}), f"the granted scope is {answer.get('scope')!r}"


def registered(flow: Flow, scope: str, landing: Landing) -> Landing:
    """The landing; NotApplicable where a refusal is due, because the scope was not registered."""
    if not landing.granted and scope not in flow.client.scopes:
        raise NotApplicable(
            f"The profile does not say that the {flow.client.who} is registered for {scope}."
        )
    return landing
