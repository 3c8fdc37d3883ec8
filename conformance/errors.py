"""Everything that can go wrong and is not a verdict, as one drawn hierarchy.

ConformanceError
├── UsageError               what we were told does not hold; nothing is sent (exit 4)
│   ├── ProfileError           a profile, or something that it names
│   ├── WaiverError            a waiver or a skip that names nothing
│   └── BrowserMissing         no browser can be found or installed; a check that needs one is
│                              inconclusive
├── Inconclusive             a check could not be judged (verdict *inconclusive*)
│   ├── ControlRefused         the known-good flow was refused before or after the act
│   ├── ServerUnreachable      no connection, or none that lasts
│   │   ├── DeadlineExceeded     the answer did not end within its deadline
│   │   └── TlsFailed            somebody answers, and no trusted connection comes about
│   ├── RateLimited            the server asked for peace (429, or Retry-After)
│   ├── ServerFailing          one server error after the other: it is not asked any more
│   ├── NotSeenAgain           what broke a rule among generated cases did not break it again
│   ├── PageNotRecognised      a page of the server is not one that we know how to use
│   ├── SignInRefused          the login page did not let the user in
│   └── NotTheProtocol         an answer of the control does not speak OAuth
├── NotApplicable            positive evidence that the server does not offer a feature
└── NotRun                   a check cannot be tried: no client for it, too long a wait, a skip

An `AssertionError` raised inside `conformance/checks/` is a verdict and no part of this tree;
any other exception is a bug of ours (verdict *broken*).
"""


class ConformanceError(Exception):
    """The root; its text is one clear sentence that can be shown to a user."""


class UsageError(ConformanceError):
    """What we were told does not hold; nothing has been sent."""


class ProfileError(UsageError):
    """A profile cannot be used as it is."""


class WaiverError(UsageError):
    """A waiver or a skip names nothing that exists."""


class BrowserMissing(UsageError):
    """No browser could be found, and none installed."""


class Inconclusive(ConformanceError):
    """Something stood in the way of judging; says nothing about the requirement."""


class ControlRefused(Inconclusive):
    """The unchanged, known-good flow did not work."""


class ServerUnreachable(Inconclusive):
    """No connection to the server, or none that lasts."""


class DeadlineExceeded(ServerUnreachable):
    """An answer did not end within its deadline."""


class TlsFailed(ServerUnreachable):
    """Somebody answers, but TLS with them fails, or their certificate does not verify."""


class RateLimited(Inconclusive):
    """The server asks for fewer requests (429, or 503 with Retry-After).

    `retry_after`: for how many seconds it asks to be left alone; None where it does not say so, or
    by a date.
    """

    def __init__(self, sentence: str, retry_after: str | None = None) -> None:
        super().__init__(sentence)
        told = (retry_after or "").strip()
        self.retry_after = float(told) if told.isascii() and told.isdigit() else None


class ServerFailing(Inconclusive):
    """The server answers one request after the other with an error of its own."""


class NotSeenAgain(Inconclusive):
    """A generated case broke a rule once, and did not when it was tried again."""


class PageNotRecognised(Inconclusive):
    """A page is neither one that we know how to use nor an answer."""


class SignInRefused(Inconclusive):
    """The login page did not let the user in with what the profile says."""


class NotTheProtocol(Inconclusive):
    """An answer that the control needs does not speak OAuth."""


class NotApplicable(ConformanceError):
    """The server does not offer what a check needs; the text is the evidence."""


class NotRun(ConformanceError):
    """A check is not tried; the text says why and what would change that."""
