"""Which clients the checks can use at a server, as far as its metadata tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.profile import AuthenticationMethod, ClientSettings, GrantType, Role
from conformance.target.enrolment import usual_grants

_MODEST = ("openid", "profile", "email", "offline_access")
"""Scope values of OpenID Connect, that a client gets without more."""

_SOME = 4
"""How many of other scope values are asked for."""


def clients(members: Mapping[str, Any]) -> tuple[ClientSettings, ...]:
    """The clients that are worth registering, by the metadata of the server (RFC 8414, 2).

    No resource server: one that registers itself is not trusted with the tokens of others.
    """
    methods = _words(members, "token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    untold = "token_endpoint_auth_methods_supported" not in members
    grants = _words(members, "grant_types_supported") or ["authorization_code", "implicit"]
    secret = next((one for one in AuthenticationMethod if one.by_secret and one in methods), None)
    scope = scope_of(members)
    asking = (("prompt", "consent"),) if _is_offline(scope) else ()
    found: list[ClientSettings] = []

    def wish(role: Role, method: AuthenticationMethod, *uris: str) -> None:
        usual = usual_grants(role)
        found.append(
            ClientSettings(
                role=role,
                client_id="",
                token_endpoint_auth_method=method,
                redirect_uris=uris,
                scope=scope,
                grant_types=tuple(one for one in usual if one in grants) or usual[:1],
                authorization_parameters=asking,
                register=True,
            )
        )

    key, none = AuthenticationMethod.PRIVATE_KEY_JWT, AuthenticationMethod.NONE
    if secret is not None:
        wish(Role.CONFIDENTIAL, secret, _callback("client"))
        other = "https://other-client.example"
        several = (f"{other}/callback", f"{other}/second", f"{other}/cb?a=1&b=%2F")
        wish(Role.CONFIDENTIAL_2, secret, *several)
    if AuthenticationMethod.POST in methods:
        wish(Role.CONFIDENTIAL_POST, AuthenticationMethod.POST, _callback("post-client"))
    if key in methods:
        wish(Role.CONFIDENTIAL_KEY, key, _callback("key-client"))
    if none in methods or untold:
        wish(Role.PUBLIC, none, _callback("public-client"))
        wish(Role.NATIVE, none, "http://127.0.0.1/callback")
    if secret is not None:
        wish(Role.SACRIFICIAL, secret, _callback("sacrificial-client"))
        if GrantType.CLIENT_CREDENTIALS in grants:
            wish(Role.SERVICE, secret, _callback("service-client"))
        if GrantType.PASSWORD in grants:
            wish(Role.PASSWORD, secret, _callback("password-client"))
    responses = _words(members, "response_types_supported")
    if GrantType.IMPLICIT in grants and "token" in responses:
        wish(Role.IMPLICIT, none, _callback("implicit-client"))
    return tuple(found)


def scope_of(members: Mapping[str, Any]) -> str | None:
    """A scope that a new client can expect to get; None where the metadata names none."""
    listed = _words(members, "scopes_supported")
    modest = [one for one in _MODEST if one in listed]
    return " ".join(modest or listed[:_SOME]) or None


def _is_offline(scope: str | None) -> bool:
    """Whether it is one that is granted only with prompt=consent (OpenID Connect Core, 11)."""
    return {"openid", "offline_access"} <= set((scope or "").split())


def _words(members: Mapping[str, Any], name: str) -> list[str]:
    value = members.get(name)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _callback(host: str) -> str:
    return f"https://{host}.example/callback"
