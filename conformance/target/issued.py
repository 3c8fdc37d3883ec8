"""The codes and tokens that the server issued in unchanged flows, in the order of their issue."""

from __future__ import annotations

from enum import StrEnum

from conformance.protocol.answers import Landing, TokenAnswer
from conformance.protocol.entropy import Sample
from conformance.target.agent import UserAgent


class Kind(StrEnum):
    """What a value is, in words for many of them."""

    CODE = "codes"
    ACCESS_TOKEN = "access tokens"
    REFRESH_TOKEN = "refresh tokens"


class Issued:
    """Values by kind and client, with the session that each belongs to.

    With `one_session` (a saved one) all user agents of a user are taken for one session.
    """

    def __init__(self, *, one_session: bool = False) -> None:
        self.one_session = one_session
        self.states: list[tuple[str, tuple[str, ...]]] = []
        """Every state that was sent with an unchanged request, and what came back."""
        self._values: dict[tuple[Kind, str], list[Sample]] = {}
        self._sessions: list[UserAgent] = []
        self._session_of: dict[str, int] = {}

    def take_code(self, client_id: str, landing: Landing, agent: UserAgent) -> None:
        """Takes down the code that this user agent was given, where it was given one."""
        sent = landing.sent.value("state")
        if landing.granted and sent is not None:
            self.states.append((sent, landing.all("state")))
        if landing.granted and landing.error is None:
            self._take(Kind.CODE, client_id, landing.code, self._session(agent))

    def take_tokens(self, client_id: str, by: str, answer: TokenAnswer) -> None:
        """Takes down the tokens that were given for a code or a refresh token."""
        session = self._session_of.get(by)
        if session is not None:
            self._take(Kind.ACCESS_TOKEN, client_id, answer.access_token, session)
            self._take(Kind.REFRESH_TOKEN, client_id, answer.refresh_token, session)

    def of(self, kind: Kind, client_id: str) -> tuple[Sample, ...]:
        """The values of a kind that a client was given."""
        return tuple(self._values.get((kind, client_id), ()))

    def _take(self, kind: Kind, client_id: str, value: str | None, session: int) -> None:
        if value:
            self._values.setdefault((kind, client_id), []).append(Sample(value, session))
            self._session_of[value] = session

    def _session(self, agent: UserAgent) -> int:
        for number, known in enumerate(self._sessions):
            if known is agent or (self.one_session and known.username == agent.username):
                return number
        self._sessions.append(agent)
        return len(self._sessions) - 1
