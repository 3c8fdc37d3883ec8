"""The consent page, and the page where a user takes consents back."""

from __future__ import annotations

from urllib.parse import urlsplit

from conformance.server import authorization, pages, sessions
from conformance.server.answers import Answer, Message, Refusal, redirect
from conformance.server.behaviours import is_loopback_ip
from conformance.server.installation import Installation
from conformance.server.login import APPLICATIONS
from conformance.server.store import Pending, Session

MEANINGS = {
    "profile": "See your name and user name",
    "openid": "Know that you signed in",
    "offline_access": "Keep access while you are away",
    "": "Read {}",
    "r": "Read {}",
    "w": "Read and change {}",
    "d": "Read, change and delete {}",
}


def meaning(scope: str) -> str:
    """What a scope allows, in words."""
    word, _, suffix = scope.partition(":")
    thing = f"your {word.replace('_', ' ')} entries"
    return MEANINGS.get(scope) or MEANINGS.get(suffix, scope).format(thing)


def consent(at: Installation, message: Message) -> Answer:
    """Ask the user, or take the decision (RFC 6749, section 4.1.1)."""
    session = sessions.current(at, message)
    sent = pages.form(message) if message.method == "POST" else pages.query(message)
    pending = None if session is None else session.pending.get(sent.get("request", ""))
    if session is None or session.user is None or pending is None:
        return pages.error(at, "This request is too old. Please start again at the application.")
    if pending.problem is not None:
        return authorization.refuse(at, session, pending, pending.problem, message)
    if message.method != "POST":
        if at.rules.consent_by_get and "decision" in sent:
            return _decided(at, session, pending, sent["decision"], message)
        return _page(at, session, pending)
    if not sessions.genuine(at, session, "consent", sent.get("csrf")):
        return pages.error(at, "This consent page is too old. Please start again.")
    return _decided(at, session, pending, sent.get("decision"), message)


def _page(at: Installation, session: Session, pending: Pending) -> Answer:
    shows = at.rules.consent_shows
    return pages.render(
        at,
        "consent",
        csrf=session.csrf,
        request=pending.key,
        client=pending.client.name if "client" in shows else "",
        developer=pending.client.developer if "developer" in shows else "",
        user=session.user,
        scopes=[(word, meaning(word)) for word in pending.scope] if "scopes" in shows else [],
        stranger=pending.client.registered_itself and at.rules.consent_warns_of_strangers,
        insecure=_is_insecure(pending.redirect_uri) and at.rules.consent_warns_of_insecure_redirect,
        state=(pending.state or "") if "state" in shows else "",
        target=urlsplit(pending.redirect_uri).netloc or pending.redirect_uri,
    )


def _is_insecure(redirect_uri: str) -> bool:
    """Whether a response sent there can be read on the way (RFC 6749, section 3.1.2.1)."""
    parts = urlsplit(redirect_uri)
    return parts.scheme == "http" and not is_loopback_ip(parts.hostname)


def _decided(
    at: Installation, session: Session, pending: Pending, decision: str | None, message: Message
) -> Answer:
    rules, user = at.rules, session.user
    if decision != "approve" and not (decision == "deny" and rules.consent_denial_is_approval):
        if decision != "deny":
            return pages.error(at, "The consent page was not filled in.")
        if rules.consent_denial_ends_grants and user is not None:
            at.store.withdraw(pending.client.client_id, user)
        refusal = Refusal("access_denied", "The user did not agree.")
        return authorization.refuse(at, session, pending, refusal, message)
    pending.approved = True
    if user is not None:
        key = rules.consent_key(user.username, pending.client.client_id)
        with at.store.lock:
            remembered = at.store.consents.get(key, frozenset())
            at.store.consents[key] = remembered | frozenset(pending.scope)
    return authorization.proceed(at, session, pending, message)


def applications(at: Installation, message: Message) -> Answer:
    """The applications that the user let in, to shut them out again (OAuth 2.1, section 7.9)."""
    session = sessions.current(at, message)
    if session is None or session.user is None:
        return redirect("/login")
    user = session.user
    if message.method == "POST":
        fields = pages.form(message)
        if not sessions.genuine(at, session, "applications", fields.get("csrf")):
            return pages.error(at, "This page is too old. Please start again.")
        if at.rules.withdrawal_works:
            at.store.withdraw(fields.get("client_id", ""), user)
        return redirect(APPLICATIONS)
    with at.store.lock:
        grants = [grant for grant in at.store.grants_of(user) if not grant.revoked]
        found = {grant.client.client_id: (grant.client.name, set[str]()) for grant in grants}
        for grant in grants:
            found[grant.client.client_id][1].update(grant.scope)
        for (username, client_id), scope in at.store.consents.items():
            client = at.client(client_id)
            if username == user.username and client is not None:
                found.setdefault(client_id, (client.name, set()))[1].update(scope)
    entries = [(key, name, sorted(scope)) for key, (name, scope) in sorted(found.items())]
    return pages.render(at, "applications", csrf=session.csrf, user=user, entries=entries)
