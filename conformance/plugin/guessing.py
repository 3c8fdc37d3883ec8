"""Guessing a password or a secret, as an attacker would: many, until something stops it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from conformance.errors import (
    ControlRefused,
    Inconclusive,
    NotApplicable,
    NotRun,
    RateLimited,
    SignInRefused,
)
from conformance.plugin.bench import Bench
from conformance.plugin.granting import Asking
from conformance.profile import UserSettings
from conformance.protocol.answers import error_code, json_object
from conformance.protocol.entropy import Sample, spread
from conformance.protocol.request import Draft, Pairs
from conformance.secret import Secret

MOST = 100
"""So many guesses have to meet a limit: the most that NIST SP 800-63B (5.2.2) allows in a row."""
LONGEST = 40.0
"""Seconds after which guessing ends, however far it came."""
ENOUGH = 50
"""With fewer guesses than that nothing is said about a limit."""
LOCK = 3600.0
"""How long the embedded server is given to forget wrong guesses, by moving its clock."""
SLOW = 1.0
"""Seconds that an answer takes at least when it is held back."""
SLOWER = 4.0
"""How much longer than in the beginning an answer takes when it is held back."""
STRONG = 128
"""Bits that nobody guesses (RFC 6749, section 10.10)."""

SignIn = Callable[[UserSettings, Draft], str | None]


@dataclass(frozen=True, slots=True)
class Burst:
    """How many guesses were made, in how many seconds, and what stopped them, if anything did."""

    guesses: int
    seconds: float
    limit: str | None

    def __str__(self) -> str:
        return f"{self.guesses} wrong guesses in {self.seconds:.1f} s"


class Guessing:
    """Guesses at what the profile gives for it: the client and the user that may be locked out."""

    def __init__(self, bench: Bench, sign_in: SignIn) -> None:
        self._bench = bench
        self._sign_in = sign_in

    def password(self, request: Callable[[], Draft]) -> Burst:
        """Signs in with wrong passwords, each in a new session, and then with the right one."""
        user = self._bench.sacrificial_user()
        if user.password is None:
            raise NotRun("The profile has no password of the user that may be locked out.")
        self._rest()
        problem = self._sign_in(user, request())
        if problem is not None:
            raise SignInRefused(f"The user that may be locked out is so already: {problem}")

        def attempt() -> None:
            wrong = Secret(f"wrong-{secrets.token_hex(4)}", "wrong password")
            if self._sign_in(replace(user, password=wrong), request()) is None:
                raise NotApplicable(
                    "A wrong password signs the user in: there is nothing to guess."
                )

        def refused() -> str | None:
            try:
                problem = self._sign_in(user, request())
            except Inconclusive as error:
                problem = str(error)
            return None if problem is None else f"the right password is refused, too: {problem}"

        return self._burst(attempt, refused)

    def password_grant(self, ask: Callable[[UserSettings], Asking]) -> Burst:
        """Asks for tokens with wrong passwords of a user (RFC 6749, 4.3), then with the right."""
        user = self._bench.sacrificial_user()
        self._rest()
        ask(user).granted()

        def attempt() -> None:
            wrong = Secret(f"wrong-{secrets.token_hex(4)}", "wrong password")
            asking = ask(replace(user, password=wrong))
            if asking.flow.request(asking.form).granted:
                raise ControlRefused("A wrong password was taken for the right one.")

        def refused() -> str | None:
            asking = ask(user)
            try:
                answer = asking.flow.request(asking.form)
            except RateLimited as error:
                return str(error)
            return None if answer.granted else f"to the right password {answer}, too"

        return self._burst(attempt, refused)

    def secret(self, endpoint: str) -> Burst:
        """Authenticates at an endpoint with wrong secrets, and then with the right one.

        NotRun where nothing stops it, but the secret is so long that nobody guesses it.
        """
        url = self._bench.server.need(endpoint)
        client = self._bench.client("sacrificial")
        if client.secret is None:
            raise NotRun("The client that may be locked out has no client_secret in the profile.")
        self._rest()

        def ask(secret: str) -> tuple[int, str | None]:
            credentials = replace(client.credentials, client_secret=secret)
            draft = Draft("POST", url, form=_form(endpoint), credentials=credentials).settled()
            reply = self._bench.wire.send(draft, who=client.who)
            return reply.status, error_code(json_object(reply.text))

        right, wrong = ask(client.secret), ask(secrets.token_hex(16))
        if right == wrong == (200, None):
            raise NotApplicable(f"The {endpoint} answers a wrong secret as it does the right one.")
        if right == wrong:
            status, error = right
            raise NotRun(
                f"The {endpoint} answers the right secret as it does a wrong one, with {status}"
                f" {error or ''}: the client is locked out by guessing at another endpoint, or its"
                " secret is not that of the profile."
            )

        def attempt() -> None:
            ask(secrets.token_hex(16))

        def refused() -> str | None:
            try:
                answer = ask(client.secret or "")
            except RateLimited as error:
                return str(error)
            return None if answer == right else "the right secret is refused, too"

        burst = self._burst(attempt, refused)
        if burst.limit is None and spread([Sample(client.secret, 0)]).has_room_for(STRONG):
            raise NotRun(
                f"{burst} met no limit. The secret of the client is so long that this does no harm:"
                " give the client with role = sacrificial a short one, if the server takes it."
            )
        return burst

    def _rest(self) -> None:
        """Lets the embedded server forget; the time of another one cannot be moved."""
        if self._bench.time.costs_nothing:
            self._bench.time.wait(LOCK)

    def _burst(self, attempt: Callable[[], None], refused: Callable[[], str | None]) -> Burst:
        """Guesses until something stops it; of the exchanges the first and the last are kept."""
        recorder = self._bench.recorder
        self._bench.wire.until += LONGEST
        mark, began = recorder.mark(), time.monotonic()
        times: list[float] = []
        limit = None
        while limit is None and len(times) < MOST and time.monotonic() - began < LONGEST:
            at = time.monotonic()
            try:
                attempt()
            except RateLimited as error:
                limit = str(error)
            except Inconclusive:
                break  # Whether this is a limit, the right one tells.
            times.append(time.monotonic() - at)
        seconds = time.monotonic() - began
        recorder.abridge(mark)
        limit = limit or held_back(times) or refused()
        if limit is None and len(times) < ENOUGH:
            raise NotRun(f"No more than {len(times)} guesses could be made in {seconds:.0f} s.")
        return Burst(len(times), seconds, limit)


def _form(endpoint: str) -> Pairs:
    invented = secrets.token_urlsafe(32)
    if endpoint == "token_endpoint":
        return (("grant_type", "refresh_token"), ("refresh_token", invented))
    return (("token", invented),)


def held_back(times: list[float]) -> str | None:
    """Whether answers came later and later."""
    if len(times) < 6:
        return None
    first, last = sorted(times[:3])[1], min(times[-3:])
    if last < max(SLOW, SLOWER * first):
        return None
    return f"answers take {last:.1f} s instead of {first:.1f} s"
