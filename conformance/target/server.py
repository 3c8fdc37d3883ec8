"""The authorization server as met on the wire: endpoints, metadata, keys, features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import jwt

from conformance.errors import NotApplicable, NotTheProtocol
from conformance.features import Feature, MetadataRule
from conformance.model import Transcript
from conformance.profile import Profile, unpromised
from conformance.protocol.answers import base, json_object
from conformance.protocol.uris import LOOPBACK
from conformance.target.issued import Issued
from conformance.target.turns import Turns
from conformance.target.wire import Reply, Wire

_DEFAULT_PORTS = {"http": 80, "https": 443}
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth"})
_INDISPENSABLE = ("authorization_endpoint", "token_endpoint")


class Known(StrEnum):
    """Whether a feature is there: three values."""

    OFFERED = "offered"
    NOT_OFFERED = "not offered"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known of a feature, and from where."""

    known: Known
    evidence: str


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON document that was fetched, with the exchanges that made it."""

    url: str
    reply: Reply
    members: Mapping[str, Any]
    transcript: Transcript


class AuthorizationServer:
    """One server under test: what the profile and its own metadata say of it."""

    def __init__(
        self, profile: Profile, wire: Wire, issuer: str | None, turns: Path | None = None
    ) -> None:
        self.turns = Turns(wire, turns)
        self.profile = profile
        self.wire = wire
        self.issuer = issuer
        self.issued = Issued(one_session=profile.pages.session is not None)
        self._observed: dict[Feature, Knowledge] = {}

    @cached_property
    def metadata(self) -> Document | None:
        """Authorization server metadata (RFC 8414, 3), else OpenID discovery, else None."""
        return self.oauth_metadata or self.openid_metadata or self.appended_metadata

    @cached_property
    def oauth_metadata(self) -> Document | None:
        """The document at the well-known path of RFC 8414, 3.1; None where there is none."""
        return _metadata(self._fetch(self.well_known("oauth-authorization-server")))

    @cached_property
    def openid_metadata(self) -> Document | None:
        """The document of OpenID Connect Discovery; None where there is none."""
        return _metadata(self._fetch(self.well_known("openid-configuration", inserted=False)))

    @cached_property
    def appended_metadata(self) -> Document | None:
        """The document where the well-known path stands behind the issuer's; None without one.

        RFC 8414, 3.1, puts it before; what stands here tells where the endpoints are all the same.
        """
        before = self.well_known("oauth-authorization-server")
        after = self.well_known("oauth-authorization-server", inserted=False)
        return None if before == after else _metadata(self._fetch(after))

    def well_known(self, suffix: str, *, inserted: bool = True) -> str | None:
        """The URL of a well-known document, its path before that of the issuer or after it."""
        if self.issuer is None or not self.profile.server.metadata:
            return None
        parts = urlsplit(self.issuer)
        path = parts.path.rstrip("/")
        host = f"{parts.scheme}://{parts.netloc}"
        if inserted:
            return f"{host}/.well-known/{suffix}{path}"
        return f"{host}{path}/.well-known/{suffix}"

    def _fetch(self, url: str | None) -> Document | None:
        if url is None:
            return None
        recorder = self.wire.recorder
        mark = recorder.mark()
        reply = self.wire.get(url, who="client")
        if reply.status >= 500:
            raise NotTheProtocol(f"Whether there is a {base(url)} cannot be told: {reply.status}.")
        members = json_object(reply.text)
        if reply.status != 200 or members is None:
            return None
        return Document(url, reply, members, recorder.raw_since(mark))

    @property
    def identifier(self) -> str | None:
        """The issuer identifier: as the metadata has it, else as the profile; None if unknown."""
        published = None if self.metadata is None else self.metadata.members.get("issuer")
        return published if isinstance(published, str) and published else self.issuer

    def endpoint(self, name: str) -> str | None:
        """The URL of an endpoint by its metadata name, the profile's word first; None if unknown.

        A relative URL of the profile is resolved against the issuer.
        """
        told = self.profile.server.endpoint(name)
        if told is not None:
            return self.absolute(told)
        published = None if self.metadata is None else self.metadata.members.get(name)
        return published if isinstance(published, str) and published else None

    def absolute(self, url: str) -> str:
        """A URL of the profile; a path is meant on the host of the issuer."""
        return urljoin(self.issuer, url) if self.issuer else url

    def need(self, name: str) -> str:
        """The URL of an endpoint; NotApplicable where neither profile nor metadata names it.

        Without the two endpoints that every flow needs nothing can be judged: Inconclusive.
        """
        url = self.endpoint(name)
        if url is not None:
            return url
        unnamed = f"Neither the profile nor the metadata names a {name}."
        if name in _INDISPENSABLE:
            raise NotTheProtocol(f"{unnamed} Give it in [server] of the profile.")
        raise NotApplicable(unnamed)

    @cached_property
    def jwks(self) -> Document | None:
        """The published key set; None where no jwks_uri is named."""
        url = self.endpoint("jwks_uri")
        document = self._fetch(url)
        if document is None and url is not None:
            raise NotTheProtocol(f"The jwks_uri {base(url)} answers with no JSON object.")
        return document

    @property
    def keys(self) -> tuple[jwt.PyJWK, ...]:
        """The published keys that can be used; NotApplicable where no key set is published."""
        document = self.jwks
        if document is None:
            raise NotApplicable("The server publishes no key set (jwks_uri).")
        try:
            return tuple(jwt.PyJWKSet.from_dict(_public(document.members)).keys)
        except jwt.PyJWTError as error:
            raise NotTheProtocol(f"The key set at {document.url} has no usable key.") from error

    def owns(self, url: str) -> bool:
        """Whether a URL is at the server (its origins, and the profile's further hosts)."""
        try:
            origin = _origin(url)
        except ValueError:
            return False
        return origin in self.origins or origin[1] in self.profile.server.hosts

    @cached_property
    def origins(self) -> frozenset[tuple[str, str, int | None]]:
        """Scheme, host and port of the issuer and of every endpoint that a browser meets."""
        names = ("authorization_endpoint", "end_session_endpoint", "token_endpoint")
        urls = (self.issuer, *map(self.endpoint, names))
        return frozenset(_origin(url) for url in urls if url)

    @property
    def hosts(self) -> frozenset[str]:
        """Hosts that the browser may reach."""
        return frozenset(host for _, host, _ in self.origins) | frozenset(self.profile.server.hosts)

    def observe(self, feature: Feature, offered: bool, evidence: str) -> None:
        """Takes down what an unchanged flow showed; the first observation stays."""
        known = Known.OFFERED if offered else Known.NOT_OFFERED
        self._observed.setdefault(feature, Knowledge(known, evidence))

    def knows(self, feature: Feature) -> Knowledge:
        """What is known of a feature: by the profile, by what was seen, by the metadata."""
        told = self.profile.features
        if feature in told.lacks:
            return Knowledge(Known.NOT_OFFERED, f"The profile says that it lacks {feature.value}.")
        if feature in told.supports:
            return Knowledge(Known.OFFERED, f"The profile says that it supports {feature.value}.")
        if feature in self._observed:
            return self._observed[feature]
        if lack := unpromised(self.profile, feature):
            return Knowledge(Known.NOT_OFFERED, lack)
        if feature is Feature.HTTPS:
            return self._over_tls()
        rule = feature.metadata
        if rule is None:
            return Knowledge(Known.UNKNOWN, "Nothing tells.")
        if rule.member.endswith(("_endpoint", "_uri")):
            return self._named(rule.member)
        return self._announced(rule)

    def _over_tls(self) -> Knowledge:
        """Plain HTTP is taken on the loopback interface, where nobody else listens."""
        if self.wire.in_process:
            return Knowledge(Known.NOT_OFFERED, "The server is in this process, without a socket.")
        place = self.issuer or self.profile.server.endpoint("authorization_endpoint") or ""
        parts = urlsplit(place)
        if parts.scheme == "http" and parts.hostname in LOOPBACK:
            words = f"{base(place)} is on the loopback interface, where it needs no TLS."
            return Knowledge(Known.NOT_OFFERED, words)
        words = "is an https URL" if parts.scheme == "https" else "is reached over a network"
        return Knowledge(Known.OFFERED, f"{base(place)} {words}.")

    def _named(self, member: str) -> Knowledge:
        if self.endpoint(member) is not None:
            return Knowledge(Known.OFFERED, f"There is a {member}.")
        # Where metadata was looked for in vain, a flow has to work before that is evidence: `need`.
        silent = self.metadata is None and self.well_known("oauth-authorization-server")
        return Knowledge(
            Known.UNKNOWN if silent else Known.NOT_OFFERED,
            f"Neither the profile nor the metadata names a {member}.",
        )

    def _announced(self, rule: MetadataRule) -> Knowledge:
        if self.metadata is None:
            return Knowledge(Known.UNKNOWN, "There is no metadata that would tell.")
        announced = self.metadata.members.get(rule.member, list(rule.default) or None)
        if rule.value is None:
            there, words = bool(announced), rule.member
        else:
            there = isinstance(announced, list) and rule.value in announced
            words = f"{rule.value!r} in {rule.member}"
        if there:
            return Knowledge(Known.OFFERED, f"The metadata has {words}.")
        known = Known.NOT_OFFERED if rule.conclusive else Known.UNKNOWN
        return Knowledge(known, f"The metadata has no {words}.")

    def require(self, feature: Feature) -> None:
        """Raises NotApplicable with the evidence where the feature is not offered."""
        knowledge = self.knows(feature)
        if knowledge.known is Known.NOT_OFFERED:
            raise NotApplicable(knowledge.evidence)


def _public(members: Mapping[str, Any]) -> dict[str, Any]:
    """The key set without the private parts that should not be in it (RFC 7518, 6.2.2, 6.3.2)."""
    keys = members.get("keys")
    if not isinstance(keys, list):
        return dict(members)
    shown = [
        {name: value for name, value in key.items() if name not in _PRIVATE}
        if isinstance(key, dict)
        else key
        for key in keys
    ]
    return {**members, "keys": shown}


def _metadata(document: Document | None) -> Document | None:
    """The document, unless it is a JSON object of something else, as for a path without answer."""
    named = ("issuer", *_INDISPENSABLE)
    return document if document and any(map(document.members.get, named)) else None


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return (
        parts.scheme,
        (parts.hostname or "").lower(),
        parts.port or _DEFAULT_PORTS.get(parts.scheme),
    )
