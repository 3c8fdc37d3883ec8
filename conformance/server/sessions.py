"""Browser sessions: cookies, anti-forgery tokens, signing in and out."""

from __future__ import annotations

import hmac

from conformance.server.answers import Answer, Message
from conformance.server.installation import Installation
from conformance.server.registrations import User
from conformance.server.store import Guesses, Pending, Session, random_text

_LOCK = 300.0
_MOST_PENDING = 50


def current(at: Installation, message: Message) -> Session | None:
    """The session of the browser, if it is still good."""
    session = at.store.sessions.get(message.cookies.get("session", ""))
    if session is None or at.clock.now() - session.made_at > at.rules.session_lifetime:
        return None
    return session


def opened(at: Installation) -> Session:
    """A new session, of nobody yet."""
    session = Session(random_text(), random_text(), at.clock.now())
    at.store.sessions[session.key] = session
    return session


def with_cookie(at: Installation, session: Session, answer: Answer) -> Answer:
    """The answer that gives the browser its session."""
    return answer.having(("Set-Cookie", at.rules.session_cookie(session.key)))


def keep(session: Session, pending: Pending) -> None:
    """Remember an authorization request; a browser does not keep many."""
    while len(session.pending) >= _MOST_PENDING:
        session.pending.pop(next(iter(session.pending)), None)
    session.pending[pending.key] = pending


def signed_in(at: Installation, session: Session, user: User) -> Session:
    """The session after a sign-in: a new one, so that none can be planted before."""
    if at.rules.login_renews_session:
        at.store.sessions.pop(session.key, None)
        pending = session.pending
        session = opened(at)
        session.pending = pending
    session.user = user
    session.signed_in_at = at.clock.now()
    return session


def closed(at: Installation, session: Session) -> None:
    """Sign out."""
    for grant in session.grants:
        grant.signed_out = True
    at.store.sessions.pop(session.key, None)


def genuine(at: Installation, session: Session, page: str, token: str | None) -> bool:
    """Whether a form came from our own page (RFC 6749, section 10.12)."""
    if not at.rules.csrf_checked(page):
        return True
    return hmac.compare_digest(session.csrf.encode(), (token or "").encode("utf-8", "replace"))


def verified(at: Installation, username: str, password: str, purpose: str) -> User | None:
    """The user whose password this is; None after too many wrong ones, right or not.

    `purpose` is `login`, or the grant type `password`.
    """
    rules = at.rules
    user = at.registrations.user(username)
    if username in rules.login_locked_out:
        return None
    if not rules.login_checks_password:
        return user
    key = f"user {username}"
    most = rules.login_guesses if purpose == "login" else rules.password_grant_guesses
    if locked(at, key, most):
        return None
    right = rules.password_matches(user, password, purpose)
    count(at, key, right, most)
    return user if right else None


def locked(at: Installation, key: str, most: int | None) -> bool:
    """Whether so many attempts in a row failed that none is looked at for a while."""
    guesses = at.store.guesses.get(key)
    return most is not None and guesses is not None and at.clock.now() < guesses.locked_until


def count(at: Installation, key: str, right: bool, most: int | None) -> None:
    """Take down an attempt (RFC 6749, sections 2.3.1 and 10.10)."""
    with at.store.lock:
        if right:
            at.store.guesses.pop(key, None)
            return
        guesses = at.store.guesses.setdefault(key, Guesses())
        guesses.failed += 1
        if most is not None and guesses.failed >= most:
            guesses.failed = 0
            guesses.locked_until = at.clock.now() + _LOCK
