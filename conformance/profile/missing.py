"""What a profile does not say, and what checks could do with it; in the words of its keys."""

from __future__ import annotations

from conformance.profile.model import Profile, Role

_ROLES = {
    Role.CONFIDENTIAL_2: "what must not be shared between clients",
    Role.CONFIDENTIAL_POST: "secrets in the body",
    Role.PUBLIC: "clients without a secret",
    Role.NATIVE: "loopback redirect URIs",
    Role.SERVICE: "client credentials",
    Role.SACRIFICIAL: "guessing of secrets",
    Role.RESOURCE_SERVER: "introspection",
}


def missing(profile: Profile) -> tuple[str, ...]:
    """A line for each key that would open checks: the key, and what they are about."""
    found = [
        f'[[clients]] role = "{role.value}": {about}'
        for role, about in _ROLES.items()
        if profile.client(role) is None
    ]
    users = [user for user in profile.users if not user.sacrificial]
    if len(users) < 2:
        found.append("a second [[users]]: what belongs to another user")
    if len(users) == len(profile.users):
        found.append("[[users]] with sacrificial = true: guessing of passwords")
    if not profile.resources:
        found.append("[[resources]]: whether tokens live and die")
    if not profile.foreign_resources:
        found.append("[[resources]] with foreign = true: tokens for another audience")
    if profile.lifetimes.code is None or profile.lifetimes.access_token is None:
        found.append("[lifetimes]: whether codes and tokens end when they should")
    return tuple(found)
