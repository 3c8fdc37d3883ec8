"""Where the endpoints are, and what each answers to those who come without TLS."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import urljoin, urlsplit

from conformance.errors import ControlRefused, NotApplicable, ServerUnreachable, TlsFailed
from conformance.model import Exchange
from conformance.protocol.answers import json_object
from conformance.protocol.request import Draft
from conformance.target.raw import Answered, send
from conformance.target.resource import ResourceServer
from conformance.target.server import AuthorizationServer
from conformance.target.tls import Tls
from conformance.target.wire import Wire

ISSUER = "issuer"
METADATA = "metadata"
RESOURCE = "resource"
_NOBODY = "conformance-probe"
"""A client, a code and a token that nobody has: no secret goes out without TLS."""


class Transport:
    """The endpoints of a server, as addresses: with TLS, and without."""

    def __init__(
        self, server: AuthorizationServer, resources: Sequence[ResourceServer], wire: Wire
    ) -> None:
        self.server = server
        self.tls = Tls(wire)
        self._resources = resources
        self._wire = wire

    def url(self, name: str) -> str:
        """Where an endpoint, the metadata or the resource is; NotApplicable without it.

        Where the certificate does not verify, so that nobody should believe the metadata, it is
        still read for where the endpoints are.
        """
        if name == ISSUER:
            if self.server.issuer is None:
                raise NotApplicable("The profile names no issuer.")
            return self.server.issuer
        if name == RESOURCE:
            if not self._resources:
                raise NotApplicable("The profile names no [[resources]].")
            return self._resources[0].url
        if name == METADATA:
            return self._metadata_url()
        try:
            return self.server.need(name)
        except TlsFailed:
            return self._unverified.need(name)

    @cached_property
    def _unverified(self) -> AuthorizationServer:
        """The server by its metadata, read without a look at the certificate."""
        with closing(self._wire.unverified()) as wire:
            server = AuthorizationServer(self.server.profile, wire, self.server.issuer)
            server.metadata  # noqa: B018 - read while the wire is open, and kept
        return server

    def announced(self, name: str) -> str:
        """The URL of an endpoint as clients learn it, with what tells it as evidence."""
        url = self.url(name)
        document = self.server.metadata
        if document is not None:
            self._wire.recorder.cite(document.transcript)
            return url
        with suppress(ServerUnreachable):
            self._wire.get(url, who="client")
        return url

    def _metadata_url(self) -> str:
        try:
            document = self.server.metadata
        except TlsFailed:
            place = self.server.well_known("oauth-authorization-server")
            if place is None:
                raise
            return place
        if document is None:
            raise NotApplicable("The server publishes no metadata.")
        return document.url

    def request(self, name: str) -> Draft:
        """A request to an endpoint that it answers like one in earnest, and that gives nothing."""
        form = _FORMS.get(name)
        if form is None:
            return Draft("GET", self.url(name))
        return Draft("POST", self.url(name), form=form).settled()

    def without_tls(self, draft: Draft) -> tuple[Plain, ...]:
        """What a request to an https URL gets without TLS, at each port where it may be heard.

        That is the port of the URL itself, and 80 where that is 443. The same request over TLS is
        the control, before and after.
        """
        over_tls = self._control(draft)
        found = tuple(
            Plain(url, over_tls, self._plainly(replace(draft, url=url)))
            for url in _plain_urls(draft.url)
        )
        self._control(draft)
        return found

    def _control(self, draft: Draft) -> Answered:
        answered = send(self._wire, draft, who="client")
        if not answered.survived or answered.status in (404, 429):
            raise ControlRefused(f"Over TLS, to the same request, {answered}.")
        return answered

    def _plainly(self, draft: Draft) -> Answered | None:
        words = "sent without TLS"
        try:
            return send(self._wire, draft, who="client", changed=words)
        except ServerUnreachable as error:
            with self._wire.recorder.changing(words):
                self._wire.recorder.record(
                    Exchange("client", draft.method, draft.full_url, problem=str(error))
                )
            return None


@dataclass(frozen=True, slots=True)
class Plain:
    """What a request without TLS got at a URL, beside what the same got over TLS."""

    url: str
    over_tls: Answered
    answered: Answered | None

    @property
    def redirected(self) -> bool:
        """Sent to where the same host has TLS."""
        target = urlsplit(self._target(self.answered, self.url))
        return target.scheme == "https" and target.hostname == urlsplit(self.url).hostname

    @property
    def reached(self) -> bool:
        """Somebody speaks HTTP there, and not only to say that it takes TLS."""
        status = None if self.answered is None else self.answered.status
        return status is not None and status not in _TAKES_TLS and status < 500

    @property
    def served(self) -> bool:
        """The answer is the one that the endpoint gives over TLS, so it was looked at."""
        plain = self.answered
        if plain is None or plain.status is None or self.redirected:
            return False
        return self._print(plain) == self._print(self.over_tls)

    def _print(self, answered: Answered) -> tuple[object, ...]:
        """What tells an endpoint's answer from that of whoever else listens on a port."""
        document = json_object(answered.text) or {}
        return (
            answered.status,
            (answered.header("content-type") or "").partition(";")[0].strip().lower(),
            (answered.header("www-authenticate") or "").partition(" ")[0].lower(),
            urlsplit(self._target(answered, self.url)).path,
            document.get("error"),
            frozenset(document),
        )

    @staticmethod
    def _target(answered: Answered | None, url: str) -> str:
        location = None if answered is None else answered.header("location")
        return "" if location is None else urljoin(url, location)

    def __str__(self) -> str:
        if self.answered is None:
            return "nobody answers there without TLS"
        return f"without TLS, at {self.url}, {self.answered}"


def _plain_urls(url: str) -> tuple[str, ...]:
    parts = urlsplit(url)
    port = parts.port or 443
    ports = (port, 80) if port == 443 else (port,)
    host = parts.hostname or ""
    name = f"[{host}]" if ":" in host else host
    return tuple(parts._replace(scheme="http", netloc=f"{name}:{one}").geturl() for one in ports)


_TAKES_TLS = (400, 421, 426, 497)
"""The statuses of a port that is not made for plain HTTP, and says so in it."""

_FORMS = {
    "token_endpoint": (
        ("grant_type", "authorization_code"),
        ("code", _NOBODY),
        ("client_id", _NOBODY),
        ("redirect_uri", "https://client.example/callback"),
    ),
    "revocation_endpoint": (("token", _NOBODY), ("client_id", _NOBODY)),
    "introspection_endpoint": (("token", _NOBODY), ("client_id", _NOBODY)),
    "pushed_authorization_request_endpoint": (("client_id", _NOBODY), ("response_type", "code")),
}
