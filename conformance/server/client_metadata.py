"""What a client says of itself when it registers, read strictly (RFC 7591, section 2)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

import jwt

from conformance.server.answers import Members, Refusal
from conformance.server.behaviours import is_loopback_ip
from conformance.server.registrations import Authentication
from conformance.server.store import random_text

TEXTS = (
    "client_name",
    "client_uri",
    "logo_uri",
    "tos_uri",
    "policy_uri",
    "scope",
    "token_endpoint_auth_method",
    "application_type",
    "software_id",
    "software_version",
)
LISTS = ("redirect_uris", "grant_types", "response_types", "contacts")
LONGEST = 2000
"""Characters of a value, and ten times as many entries as a list may have."""

_INVISIBLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_RESPONSE_TYPE_OF = {"authorization_code": "code", "implicit": "token"}


@dataclass(frozen=True, slots=True)
class Metadata:
    """Client metadata with its defaults."""

    name: str
    authentication: str
    redirect_uris: tuple[str, ...]
    grant_types: frozenset[str]
    scope: tuple[str, ...] | None
    native: bool
    jwks: str
    members: Members

    @property
    def redirects(self) -> bool:
        """Whether the client uses a flow that redirects."""
        return bool(self.grant_types & _RESPONSE_TYPE_OF.keys())


def invalid(description: str) -> Refusal:
    """The refusal of metadata (RFC 7591, section 3.2.2)."""
    return Refusal("invalid_client_metadata", description)


def members_of(body: bytes) -> Members:
    """The JSON object in a body; Refusal where there is none."""
    try:
        found = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise invalid("The body has to be a JSON object.") from None
    if not isinstance(found, dict):
        raise invalid("The body has to be a JSON object.")
    return found


def read(sent: Mapping[str, Any], grant_types: frozenset[str]) -> Metadata:
    """The metadata in a registration request; Refusal where they do not hold.

    `grant_types` are those that the server offers.
    """
    for name in TEXTS:
        _check_text(name, sent.get(name))
    for name in LISTS:
        _check_list(name, sent.get(name))
    redirect_uris = tuple(dict.fromkeys(sent.get("redirect_uris") or ()))
    known = {name: sent[name] for name in (*TEXTS, *LISTS) if sent.get(name) is not None}
    method = str(sent.get("token_endpoint_auth_method") or Authentication.BASIC.value)
    if method not in set(Authentication):
        raise invalid("This token_endpoint_auth_method is not offered.")
    scope = sent.get("scope")
    return Metadata(
        name=sent.get("client_name") or "An application without a name",
        authentication=method,
        redirect_uris=redirect_uris,
        grant_types=_grant_types(sent, grant_types),
        scope=None if scope is None else tuple(dict.fromkeys(scope.split())),
        native=_native(sent.get("application_type"), redirect_uris),
        jwks=_jwks(sent, method),
        members=known,
    )


def _check_text(name: str, value: object) -> None:
    if value is None:
        return
    if not isinstance(value, str) or len(value) > LONGEST or _INVISIBLE.search(value):
        raise invalid(f"The value of {name} has to be a string, and not a long one.")


def _check_list(name: str, value: object) -> None:
    if value is None:
        return
    if not isinstance(value, list) or len(value) > LONGEST / 10:
        raise invalid(f"The value of {name} has to be an array of strings.")
    for one in value:
        if one is None:
            raise invalid(f"The value of {name} has to be an array of strings.")
        _check_text(name, one)


def _grant_types(sent: Mapping[str, Any], offered: frozenset[str]) -> frozenset[str]:
    """The grant types, which have to go with the response types (RFC 7591, section 2.1)."""
    found = frozenset(sent.get("grant_types") or ("authorization_code",))
    if not found <= offered:
        raise invalid("A grant type is not offered.")
    default = [_RESPONSE_TYPE_OF[one] for one in found if one in _RESPONSE_TYPE_OF]
    responses = sent.get("response_types")
    if frozenset(default if responses is None else responses) != frozenset(default):
        raise invalid("The response types do not go with the grant types.")
    return found


def _native(application_type: str | None, redirect_uris: tuple[str, ...]) -> bool:
    """Whether the client is installed on a device; said, or told by where it is called back."""
    if application_type is not None:
        return application_type == "native"
    return any(_is_of_a_device(uri) for uri in redirect_uris)


def _is_of_a_device(uri: str) -> bool:
    parts = _parts(uri)
    if parts is None:
        return False
    return is_loopback_ip(parts.hostname) or parts.scheme not in ("http", "https")


def _jwks(sent: Mapping[str, Any], method: str) -> str:
    """The client's public keys as JSON; empty where it uses none."""
    if method != Authentication.PRIVATE_KEY_JWT:
        return ""
    try:
        keys = jwt.PyJWKSet.from_dict(sent["jwks"])
    except (KeyError, TypeError, ValueError, AttributeError, jwt.PyJWTError):
        raise invalid("The client needs its public keys as jwks.") from None
    if any({"d", "k"} & key.keys() for key in sent["jwks"]["keys"]) or not keys.keys:
        raise invalid("The jwks has to hold public keys alone.")
    return json.dumps(sent["jwks"])


# What is issued (RFC 7591, section 3.2.1)


def method_as_told(metadata: Metadata) -> str:
    """How the client will authenticate: as it says."""
    return metadata.authentication


def secret_due(authentication: Authentication) -> bool:
    """Whether a client that authenticates so needs a secret."""
    return authentication in (Authentication.BASIC, Authentication.POST)


def random_client_id(_: Members) -> str:
    """An identifier says nothing, whatever the client would like to be called."""
    return random_text()


# Redirect URIs (RFC 6749, 3.1.2; RFC 8252, 7; OAuth 2.1, 2.3.1)


def registrable(uri: str, native: bool) -> bool:
    """Whether a redirect URI may be registered: complete, and nobody else's.

    https with a path; for clients on a device also http on a loopback address, and private-use
    schemes that are reverse domain names.
    """
    parts = _parts(uri)
    if parts is None or not parts.path or re.search(r"[#*\s\\]", uri) or "@" in parts.netloc:
        return False
    if parts.scheme == "https":
        return bool(parts.hostname)
    if parts.scheme == "http":
        return native and is_loopback_ip(parts.hostname)
    return native and "." in parts.scheme


def _parts(uri: str) -> SplitResult | None:
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return None
    return parts
