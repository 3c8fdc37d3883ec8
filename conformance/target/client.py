"""One registered client: who it is, and how it proves it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from conformance import signing
from conformance.errors import NotRun
from conformance.profile import ClientSettings
from conformance.protocol.request import NONE, Credentials
from conformance.signing import SigningKey


@dataclass(frozen=True)
class Client:
    """A client as the flow uses it; one of the profile, or one that the suite `registered`.

    `audience` is the issuer that it signs its assertions for, `clock` tells the server's time.
    """

    settings: ClientSettings
    audience: str | None = None
    clock: Callable[[], float] = time.time
    registered: bool = False

    @property
    def role(self) -> str:
        return self.settings.role

    @property
    def client_id(self) -> str:
        return self.settings.client_id

    @property
    def is_confidential(self) -> bool:
        settings = self.settings
        return settings.client_secret is not None or settings.private_key is not None

    @property
    def redirect_uri(self) -> str:
        """The redirect URI that the flow asks for: the first one registered."""
        return self.settings.redirect_uris[0]

    @property
    def redirect_uris(self) -> tuple[str, ...]:
        return self.settings.redirect_uris

    @property
    def scope(self) -> str:
        return self.settings.scope or ""

    @property
    def scopes(self) -> tuple[str, ...]:
        return self.settings.scopes

    @property
    def sends_challenge(self) -> bool:
        """Whether the known-good request carries a code challenge."""
        return self.settings.pkce != "none"

    @cached_property
    def secret(self) -> str | None:
        secret = self.settings.client_secret
        return None if secret is None else secret.reveal()

    @cached_property
    def key(self) -> SigningKey | None:
        """The key that signs its assertions."""
        key = self.settings.private_key
        return None if key is None else signing.read(key.reveal())

    def assertion(self, **claims: Any) -> str:
        """A fresh assertion for the server (RFC 7523, 3); other claims come over the due ones."""
        if self.key is None or self.audience is None:
            raise NotRun("The client signs no assertions, or nothing tells the server's issuer.")
        return self.key.assertion(self.client_id, self.audience, self.clock(), **claims)

    @property
    def credentials(self) -> Credentials:
        """What the client authenticates with where it does everything right."""
        method = self.settings.token_endpoint_auth_method if self.is_confidential else NONE
        sign = None if self.key is None else self.assertion
        return Credentials(self.client_id, self.secret, method, sign)

    @property
    def who(self) -> str:
        return f"{'registered ' if self.registered else ''}{self.role} client"
