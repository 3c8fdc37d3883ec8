"""Requests of the grants without a code, by clients that may make them (RFC 6749, 4.2 to 4.4)."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.errors import ControlRefused, NotApplicable, NotRun
from conformance.plugin.bench import Bench
from conformance.profile import GrantType, UserSettings
from conformance.protocol.answers import Landing, TokenAnswer
from conformance.protocol.request import Change, Pairs, Replace, Without
from conformance.target.agent import Decision, UserAgent
from conformance.target.client import Client
from conformance.target.flow import Flow

_ROLES = ("confidential", "confidential-post", "public", "native")
_SECRET = ("service", *_ROLES[:2])
_CHALLENGE = (Without("code_challenge"), Without("code_challenge_method"))


@dataclass(frozen=True, slots=True)
class Asking:
    """A token request that is known to be good, and what it is made by."""

    flow: Flow
    form: Pairs

    @property
    def client(self) -> Client:
        return self.flow.client

    def granted(self) -> TokenAnswer:
        """The answer to the request as it is; where none is due, why this cannot be judged."""
        answer = self.flow.request(self.form)
        if answer.error == "unsupported_grant_type":
            raise NotApplicable(f"The server does not offer this grant: {answer}.")
        if answer.refused and not self.client.settings.grant_types:
            raise NotRun(
                f"The {self.client.who} seems not to be registered for this grant ({answer}): say"
                " in grant_types of the profile which client may use it."
            )
        return self._due(answer)

    def instead(self, *changes: Change) -> TokenAnswer:
        """The answer to the request with changes, between two that are granted as it is.

        Where the changed one is granted, too, that is proof by itself.
        """
        self.granted()
        answer = self.flow.request(self.form, *changes)
        if not answer.granted:
            self._due(self.flow.request(self.form))
        return answer

    def _due(self, answer: TokenAnswer) -> TokenAnswer:
        return self.flow.must_grant(answer, f"The unchanged request of {self.form[0][1]}")


@dataclass(frozen=True, slots=True)
class Implicit:
    """The implicit grant of one client, and of the user of its flow."""

    flow: Flow

    def ask(
        self,
        *changes: Change,
        decision: Decision = Decision.APPROVE,
        agent: UserAgent | None = None,
    ) -> Landing:
        """An authorization request for a token in the redirect (RFC 6749, section 4.2.1)."""
        usual = (Replace("response_type", "token"), *_CHALLENGE)
        return self.flow.authorize(*usual, *changes, decision=decision, agent=agent)

    def granted(self) -> Landing:
        """Where the browser ends with a token; where none is due, why this cannot be judged."""
        landing = self.ask()
        if landing.error == "unsupported_response_type":
            raise NotApplicable(f"The server does not offer this grant: it ended {landing.where}.")
        if landing.refused and not self.flow.client.settings.grant_types:
            raise NotRun(
                f"The {self.flow.client.who} seems not to be registered for this grant: it ended"
                f" {landing.where}. Say in grant_types of the profile which client may use it."
            )
        if landing.get("access_token") is None:
            raise ControlRefused(f"No token comes in the redirect: it ended {landing.where}.")
        return landing

    def instead(self, *changes: Change) -> Landing:
        """Where the changed request ends, between two that are granted as they are."""
        self.granted()
        landing = self.ask(*changes)
        if not landing.granted and self.ask().get("access_token") is None:
            raise ControlRefused("The unchanged request brings no token in the redirect any more.")
        return landing


class Granting:
    """Makes them; the client of each is one that the profile says may use the grant."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    @property
    def implicit(self) -> Implicit:
        return Implicit(self._flow(self._bench.client_for(GrantType.IMPLICIT, *_ROLES)))

    def client_credentials(self, within: Client | None = None) -> Asking:
        """A request of a client for itself, for what another client may have, too."""
        client = self._bench.client_for(GrantType.CLIENT_CREDENTIALS, *_SECRET)
        return self.of_client(client, within)

    def of_every_client(self) -> tuple[Asking, ...]:
        """Requests for themselves of all clients that may make them."""
        clients = self._bench.clients_for(GrantType.CLIENT_CREDENTIALS, *_SECRET)
        return tuple(self.of_client(client) for client in clients)

    def password(self, user: UserSettings) -> Asking:
        """A request with the name and the password of a user."""
        if user.password is None:
            raise NotRun("The profile has no password of this user.")
        client = self._bench.client_for(GrantType.PASSWORD, *_ROLES[:2])
        credentials = (("username", user.username), ("password", user.password.reveal()))
        return self._asking(client, "password", credentials, client.scope)

    def told(self, grant: GrantType, usual: Flow) -> Flow:
        """The flow of the client that the profile says may use a grant; else the usual one."""
        found = self._bench.clients_for(grant)
        return self._flow(found[0]) if found else usual

    def without(self, *grants: GrantType) -> tuple[Client, GrantType]:
        """A client with a secret that may not use one of these grants, and which one."""
        for settings in self._bench.profile.clients:
            lacking = [one for one in grants if one not in settings.grant_types]
            if settings.grant_types and settings.client_secret is not None and lacking:
                return self._bench.client_of(settings), lacking[0]
        raise NotRun(
            "The profile names no client that may not use some grant: add grant_types to one whose"
            " grants the server restricts."
        )

    def of_client(self, client: Client, within: Client | None = None) -> Asking:
        """A request of this client for itself."""
        words = [one for one in client.scopes if within is None or one in within.scopes]
        return self._asking(client, "client_credentials", (), " ".join(words))

    def _asking(self, client: Client, grant_type: str, form: Pairs, scope: str) -> Asking:
        pairs = (("grant_type", grant_type), *form, *((("scope", scope),) if scope else ()))
        return Asking(self._flow(client), (*pairs, *client.settings.token_parameters))

    def _flow(self, client: Client) -> Flow:
        return self._bench.flow(client.role)
