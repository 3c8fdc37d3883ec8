"""What the registration endpoint answered (RFC 7591, section 3.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.protocol.request import NONE, Pairs

_DEFAULT_METHOD = "client_secret_basic"


@dataclass(frozen=True, slots=True)
class RegistrationAnswer:
    """The answer to a registration; `sent` are the metadata of the request."""

    status: int
    headers: Pairs
    sent: Mapping[str, Any]
    document: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None

    def text(self, name: str) -> str | None:
        """A member of the answer, where it is a string that is not empty."""
        value = self.document.get(name)
        return value if isinstance(value, str) and value else None

    @property
    def client_id(self) -> str | None:
        return self.text("client_id")

    @property
    def client_secret(self) -> str | None:
        return self.text("client_secret")

    @property
    def granted(self) -> bool:
        """A client was registered, whatever the status."""
        return self.client_id is not None and self.error is None

    @property
    def refused(self) -> bool:
        """A positive sign of refusal: an error of RFC 7591, 3.2.2, or a status 4xx."""
        return not self.granted and 400 <= self.status < 500

    @property
    def method(self) -> str:
        """How the client is registered to authenticate; the server may change what it was asked."""
        asked = self.sent.get("token_endpoint_auth_method", _DEFAULT_METHOD)
        return self.text("token_endpoint_auth_method") or str(asked)

    @property
    def is_public(self) -> bool:
        return self.method == NONE

    @property
    def scopes(self) -> frozenset[str] | None:
        """The scope values that the client is registered for, or None where that is not said."""
        scope = self.document.get("scope")
        return frozenset(scope.split()) if isinstance(scope, str) else None

    @property
    def management(self) -> tuple[str, str] | None:
        """Where the client is managed, and its token for it (RFC 7592, 3); None without it."""
        uri, token = self.text("registration_client_uri"), self.text("registration_access_token")
        return (uri, token) if uri and token else None

    def __str__(self) -> str:
        """What the server did, in words for a message, without any secret."""
        if self.granted:
            return f"the server answered {self.status} and registered the client"
        named = f" {self.error!r}" if self.error else ""
        return f"the server answered {self.status}{named} to the registration"
