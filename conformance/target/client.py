"""One registered client: who it is, and how it proves it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from conformance.profile import ClientSettings
from conformance.protocol.request import NONE, Credentials


@dataclass(frozen=True)
class Client:
    """A client of the profile, as the flow uses it."""

    settings: ClientSettings

    @property
    def role(self) -> str:
        return self.settings.role

    @property
    def client_id(self) -> str:
        return self.settings.client_id

    @property
    def is_confidential(self) -> bool:
        return self.settings.client_secret is not None

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

    @property
    def credentials(self) -> Credentials:
        """What the client authenticates with where it does everything right."""
        method = self.settings.token_endpoint_auth_method if self.secret is not None else NONE
        return Credentials(self.client_id, self.secret, method)

    @property
    def who(self) -> str:
        return f"{self.role} client"
