"""What we were told about one server: its profile, read from TOML, nothing unknown in it."""

from pathlib import Path

from conformance.profile.model import (
    ENDPOINTS,
    AuthenticationMethod,
    ClientSettings,
    Dialect,
    ErrorSettings,
    FeatureSettings,
    Fill,
    GrantType,
    KnownDeviation,
    Lifetimes,
    Pace,
    PageSettings,
    Parameters,
    Pkce,
    Profile,
    ResourceSettings,
    Role,
    ServerSettings,
    Skip,
    Step,
    UserSettings,
)
from conformance.profile.promises import unpromised
from conformance.profile.reading import load
from conformance.profile.source import shipped

SCHEMA = Path(__file__).parent / "schema.json"
"""The JSON Schema of the profile, for editors."""

__all__ = [
    "ENDPOINTS",
    "SCHEMA",
    "AuthenticationMethod",
    "ClientSettings",
    "Dialect",
    "ErrorSettings",
    "FeatureSettings",
    "Fill",
    "GrantType",
    "KnownDeviation",
    "Lifetimes",
    "Pace",
    "PageSettings",
    "Parameters",
    "Pkce",
    "Profile",
    "ResourceSettings",
    "Role",
    "ServerSettings",
    "Skip",
    "Step",
    "UserSettings",
    "load",
    "shipped",
    "unpromised",
]
