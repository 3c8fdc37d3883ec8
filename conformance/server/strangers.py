"""Errors on the way to clients that registered themselves (RFC 9700, section 4.11.2)."""

from __future__ import annotations

from urllib.parse import urlsplit

from conformance.server import pages
from conformance.server.answers import Answer, Refusal
from conformance.server.installation import Installation
from conformance.server.store import Pending


def asks_first(at: Installation, pending: Pending, refusal: Refusal) -> bool:
    """Whether the user is asked before an error is sent to somebody whom nobody vouches for.

    Not after a decision of the user's, and not where no page may come.
    """
    if at.rules.strangers_are_redirected_at_once or pending.message or "none" in pending.prompts:
        return False
    return pending.client.registered_itself and refusal is pending.problem


def page(at: Installation, pending: Pending, location: str) -> Answer:
    """Say where the way leads, and let the user go on or not."""
    target = urlsplit(pending.redirect_uri).netloc or pending.redirect_uri
    name = pending.client.name
    return pages.render(at, "leaving", client=name, target=target, location=location)
