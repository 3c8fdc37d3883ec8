"""Pages for developers: how a client is registered, and under which policy and terms."""

from __future__ import annotations

from conformance.server import pages
from conformance.server.answers import Answer, Message
from conformance.server.installation import Installation

POLICY, TERMS = "policy", "terms"
NAMES = {POLICY: "Policy for applications", TERMS: "Terms of service"}


def address(at: Installation, document: str) -> str:
    """Where the policy or the terms are (RFC 8414, section 2: op_policy_uri, op_tos_uri)."""
    return at.url(f"{at.rules.paths.developers}/{document}")


def register(at: Installation, _: Message) -> Answer:
    """Tell how to register, with links to policy and terms (RFC 8414, section 2)."""
    links = [(address(at, one), NAMES[one]) for one in NAMES if one in at.rules.developers_read]
    endpoint = at.url(at.rules.paths.registration or "")
    return pages.render(at, "developers", title="Register an application", links=links, to=endpoint)


def policy(at: Installation, _: Message) -> Answer:
    """The policy."""
    return pages.render(at, "developers", title=NAMES[POLICY], links=[], to="")


def terms(at: Installation, _: Message) -> Answer:
    """The terms of service."""
    return pages.render(at, "developers", title=NAMES[TERMS], links=[], to="")
