"""What the server remembers, in memory: sessions, codes, grants, tokens, consents, guesses."""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from dataclasses import dataclass, field
from threading import RLock

from conformance.server.answers import Members, Refusal
from conformance.server.audiences import Audience
from conformance.server.registrations import Client, User


@dataclass(slots=True)
class Pending:
    """An authorization request on its way through login and consent.

    `problem` is the error that is reported once the user is known (RFC 9700, section 4.11.2).
    `sent_redirect_uri` is None where the request left it out.
    """

    key: str
    client: Client
    redirect_uri: str
    sent_redirect_uri: str | None
    state: str | None
    scope: tuple[str, ...]
    challenge: str | None
    method: str | None
    prompts: frozenset[str]
    problem: Refusal | None
    made_at: float
    response_types: frozenset[str]
    fragment: bool
    message: bool
    approved: bool = False
    audience: Audience = ""
    sent: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Session:
    """A browser; `user` is None before someone has signed in."""

    key: str
    csrf: str
    made_at: float
    user: User | None = None
    signed_in_at: float = 0.0
    pending: dict[str, Pending] = field(default_factory=dict)
    grants: list[Grant] = field(default_factory=list)


@dataclass(slots=True)
class Grant:
    """What a user allowed a client once; codes and tokens descend from it, and end with it.

    `refreshed` counts its refreshes; a refresh token's `generation` is that count when it was made.
    """

    key: str
    client: Client
    user: User | None
    scope: tuple[str, ...]
    signed_in_at: float
    nonce: str | None = None
    audience: Audience = ""
    revoked: bool = False
    signed_out: bool = False
    proven_key: str = ""
    refreshed: int = 0


@dataclass(slots=True)
class Code:
    """An authorization code."""

    grant: Grant
    redirect_uri: str
    sent_redirect_uri: str | None
    challenge: str | None
    method: str | None
    expires_at: float
    used: bool = False


@dataclass(slots=True)
class RefreshToken:
    """A refresh token; `used` once it was exchanged for its successor."""

    grant: Grant
    scope: tuple[str, ...]
    issued_at: float
    expires_at: float
    generation: int = 0
    used: bool = False
    revoked: bool = False


@dataclass(slots=True)
class AccessToken:
    """An access token and what it says; `expires_at` is what the server itself thinks."""

    grant: Grant
    claims: Members
    expires_at: float
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Registered:
    """A client that registered itself: what it was told, and its token's digest (RFC 7592)."""

    client: Client
    access_token: str
    answer: Members


@dataclass(slots=True)
class Guesses:
    """Failed attempts in a row, and until when no more are looked at."""

    failed: int = 0
    locked_until: float = 0.0


def random_text() -> str:
    """256 random bits in base64url (RFC 6749, section 10.10, asks for 160)."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is kept of a code or token, so that the store cannot leak any."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


class Store:
    """Everything, behind one lock; hold it for what has to happen in one step."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.sessions: dict[str, Session] = {}
        self.codes: dict[str, Code] = {}
        self.refresh_tokens: dict[str, RefreshToken] = {}
        self.access_tokens: dict[str, AccessToken] = {}
        self.consents: dict[tuple[str, str], frozenset[str]] = {}
        self.guesses: dict[str, Guesses] = {}
        self.assertions: dict[tuple[str, str], float] = {}
        self.registered: dict[str, Registered] = {}
        self.alert_sources: dict[str, Members] = {}
        self.proofs: set[str] = set()
        self.verdicts: dict[str, tuple[Members, float]] = {}
        self.last_challenge: dict[str, str | None] = {}
        self.challenges_used: Counter[tuple[str, str]] = Counter()

    def refresh_tokens_of(self, client: Client, user: User) -> list[RefreshToken]:
        """The refresh tokens of a client and user, the oldest first."""
        return [
            token
            for token in self.refresh_tokens.values()
            if token.grant.client == client and token.grant.user == user
        ]

    def withdraw(self, client_id: str, user: User) -> None:
        """End what the user allowed the client: consents, codes and grants."""
        with self.lock:
            self.consents.pop((user.username, client_id), None)
            for grant in self.grants_of(user):
                if grant.client.client_id == client_id:
                    grant.revoked = True

    def revive(self, client_id: str, user: User) -> None:
        """Forget that what the user allowed the client before has ended."""
        with self.lock:
            for grant in self.grants_of(user):
                if grant.client.client_id == client_id:
                    grant.revoked = False
            for token in self.refresh_tokens.values():
                if token.grant.client.client_id == client_id and token.grant.user == user:
                    token.revoked = False

    def end_grants_of(self, user: User) -> None:
        """End everything that the user allowed; the consents stay."""
        with self.lock:
            for grant in self.grants_of(user):
                grant.revoked = True

    def unregister(self, client_id: str) -> None:
        """Forget a client, and end what it was allowed (RFC 7592, section 2.3)."""
        with self.lock:
            self.registered.pop(client_id, None)
            for key in [one for one in self.consents if one[1] == client_id]:
                del self.consents[key]
            for grant in self._grants():
                if grant.client.client_id == client_id:
                    grant.revoked = True

    def has_revoked_access_token(self, grant: Grant) -> bool:
        """Whether an access token of the grant was revoked by itself."""
        return any(one.revoked for one in self.access_tokens.values() if one.grant is grant)

    def grants_of(self, user: User) -> list[Grant]:
        """The grants of a user that something descends from."""
        return [grant for grant in self._grants() if grant.user == user]

    def _grants(self) -> list[Grant]:
        holders: list[Code | RefreshToken | AccessToken] = [
            *self.codes.values(),
            *self.refresh_tokens.values(),
            *self.access_tokens.values(),
        ]
        found = {one.grant.key: one.grant for one in holders}
        return list(found.values())
