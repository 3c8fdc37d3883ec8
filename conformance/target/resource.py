"""The protected resource, called with access tokens in every way that RFC 6750 names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.errors import NotRun
from conformance.profile import ResourceSettings
from conformance.protocol.answers import ResourceAnswer
from conformance.protocol.request import Draft, Pairs
from conformance.target.wire import Wire


@dataclass(frozen=True)
class ResourceServer:
    """One resource of the profile; `url` is absolute."""

    settings: ResourceSettings
    url: str
    wire: Wire

    @property
    def scope(self) -> frozenset[str]:
        """The scope values that it asks for, as the profile says."""
        return frozenset((self.settings.scope or "").split())

    def call(
        self, token: str | None, *, headers: Pairs = (), method: str | None = None
    ) -> ResourceAnswer:
        """A request with the token in the Authorization header (RFC 6750, 2.1), or without any."""
        bearer = () if token is None else (("Authorization", f"Bearer {token}".rstrip(" ")),)
        return self.send(
            Draft(method or self.settings.method, self.url, headers=(*bearer, *headers))
        )

    def call_with_query(self, token: str) -> ResourceAnswer:
        """The token as query parameter (RFC 6750, 2.3)."""
        return self.send(Draft(self.settings.method, self.url, query=(("access_token", token),)))

    def call_with_body(self, token: str, *, method: str = "POST") -> ResourceAnswer:
        """The token as form parameter (RFC 6750, 2.2)."""
        return self.send(Draft(method, self.url, form=(("access_token", token),)))

    def send(self, draft: Draft) -> ResourceAnswer:
        """Any request to the resource."""
        reply = self.wire.send(draft, who="client at the resource")
        return ResourceAnswer(reply.status, reply.headers, reply.text, reply.date)


@dataclass(frozen=True)
class TwoResources:
    """A resource of the profile and a foreign one, with a scope value that each has for its own.

    `shared` is a value that means something at both; None where there is none.
    """

    home: ResourceServer
    foreign: ResourceServer
    home_scope: str
    foreign_scope: str
    shared: str | None

    @staticmethod
    def among(homes: Sequence[ResourceServer], foreign: ResourceServer) -> TwoResources:
        """The foreign resource and the first one that differs; NotRun where no scope does."""
        known = frozenset[str]().union(*(home.scope for home in homes))
        own = sorted(foreign.scope - known)
        shared = sorted(foreign.scope & known)
        for home in homes:
            at_home = sorted(home.scope - foreign.scope)
            if own and at_home:
                return TwoResources(home, foreign, at_home[0], own[0], (*shared, None)[0])
        raise NotRun(
            "The profile names no scope that belongs to the foreign resource alone: add it to the"
            " scope of its [[resources]]."
        )

    def audience(self, which: ResourceServer) -> str:
        """The identifier of a resource; NotRun where the profile does not tell."""
        if which.settings.audience is None:
            raise NotRun("The profile names no audience of this resource: add it to [[resources]].")
        return which.settings.audience
