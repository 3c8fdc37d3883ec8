"""What a profile's own tables say about features: promised, or not promised."""

from __future__ import annotations

from collections.abc import Callable

from conformance.features import Feature
from conformance.profile.model import Profile

_PROMISES: dict[Feature, tuple[Callable[[Profile], object], str]] = {
    Feature.PROTECTED_RESOURCE: (lambda profile: profile.resources, "names no [[resources]]"),
    Feature.CODE_LIFETIME: (
        lambda profile: profile.lifetimes.code,
        "promises no lifetime of the code",
    ),
    Feature.ACCESS_TOKEN_LIFETIME: (
        lambda profile: profile.lifetimes.access_token,
        "promises no lifetime of the access token",
    ),
    Feature.REFRESH_TOKEN_LIFETIME: (
        lambda profile: profile.lifetimes.refresh_token,
        "promises no lifetime of the refresh token",
    ),
}


def unpromised(profile: Profile, feature: Feature) -> str:
    """Why the profile's own tables exclude the feature, in one sentence; empty if they do not."""
    promised, lack = _PROMISES.get(feature, (None, ""))
    return "" if promised is None or promised(profile) else f"The profile {lack}."
