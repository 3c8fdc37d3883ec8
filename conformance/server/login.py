"""The login page, and signing out."""

from __future__ import annotations

from conformance.server import authorization, pages, sessions
from conformance.server.answers import Answer, Message, redirect
from conformance.server.installation import Installation
from conformance.server.store import Session

APPLICATIONS = "/account/applications"


def login(at: Installation, message: Message) -> Answer:
    """Show the login page, or sign in and go on with the request that led here."""
    if message.method == "POST":
        return _sign_in(at, message)
    session = sessions.current(at, message)
    key = pages.query(message).get("request", "")
    if session is None:
        session = sessions.opened(at)
        return sessions.with_cookie(at, session, _page(at, session, key, message))
    return _page(at, session, key, message)


def _page(
    at: Installation,
    session: Session,
    key: str,
    message: Message,
    *,
    username: str = "",
    problem: str = "",
) -> Answer:
    pending = session.pending.get(key)
    return pages.render(
        at,
        "login",
        403 if problem else 200,
        csrf=session.csrf,
        request=key if pending else "",
        next=pages.query(message).get("next", "") if at.rules.login_follows_next else "",
        client=pending.client if pending else None,
        username=username,
        problem=problem,
    )


def _sign_in(at: Installation, message: Message) -> Answer:
    session = sessions.current(at, message)
    fields = pages.form(message)
    if session is None or not sessions.genuine(at, session, "login", fields.get("csrf")):
        return pages.error(at, "This login page is too old. Please start again.")
    key = fields.get("request", "")
    username, password = fields.get("username", ""), fields.get("password", "")
    user = sessions.verified(at, username, password, "login")
    if user is None:
        problem = "The user name or the password is not right, or was wrong too often of late."
        return _page(at, session, key, message, username=username, problem=problem)
    session = sessions.signed_in(at, session, user)
    pending = session.pending.get(key)
    if at.rules.login_follows_next and fields.get("next"):
        answer = redirect(fields["next"], at.rules.page_redirect_status)
    elif pending is None:
        answer = redirect(APPLICATIONS, at.rules.page_redirect_status)
    else:
        answer = authorization.proceed(at, session, pending, message)
    return sessions.with_cookie(at, session, answer)


def logout(at: Installation, message: Message) -> Answer:
    """Sign out; a form of our own pages, so that nobody else does it."""
    session = sessions.current(at, message)
    if session is None or not sessions.genuine(
        at, session, "logout", pages.form(message).get("csrf")
    ):
        return pages.error(at, "This page is too old. Please start again.")
    sessions.closed(at, session)
    return redirect("/login").having(("Set-Cookie", "session=; Path=/; Max-Age=0; HttpOnly"))
