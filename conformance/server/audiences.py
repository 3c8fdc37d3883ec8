"""Which protected resource a token is for (RFC 8707; RFC 9068, sections 3 and 5)."""

from __future__ import annotations

from conformance.server.answers import Refusal

Audience = str | tuple[str, ...]
"""One resource, or several."""

Resources = tuple[str, str]
"""The identifiers of the two protected resources: the API, and billing."""

SHARED = frozenset({"profile", "offline_access", "openid"})
"""Scope values that mean something at every resource."""


def owners(scope: tuple[str, ...], known: Resources) -> tuple[str, ...]:
    """The resources that values of a scope belong to alone."""
    api, billing = known
    found = (billing if word.startswith("billing") else api for word in scope if word not in SHARED)
    return tuple(dict.fromkeys(found))


def of_request(asked: tuple[str, ...], scope: tuple[str, ...], known: Resources) -> Audience:
    """The one resource of a request: the one that is asked for, else the one of its scope.

    Refusal where it would be ambiguous (RFC 9068, section 3), or is not known (RFC 8707, 2).
    """
    wanted = owners(scope, known)
    if len(asked) > 1 or not set(asked) <= set(known):
        raise Refusal("invalid_target", "A token is for one resource that is known here.")
    if len(wanted) > 1 or (asked and not set(wanted) <= set(asked)):
        raise Refusal("invalid_scope", "The scope belongs to another resource.")
    return (*asked, *wanted, known[0])[0]


def only_granted(granted: Audience, asked: str) -> Audience | None:
    """What a token request gets that names a resource; None where it was not granted."""
    return asked if asked in ((granted,) if isinstance(granted, str) else granted) else None
