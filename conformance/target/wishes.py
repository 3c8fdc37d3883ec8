"""Which clients the checks can use at a server, as far as its metadata tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conformance.profile import AuthenticationMethod, ClientSettings, GrantType, Role

_CODE = (GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN)
_BY_SECRET = (AuthenticationMethod.BASIC, AuthenticationMethod.POST)
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
    secret = next((one for one in _BY_SECRET if one.value in methods), None)
    scope = scope_of(members)
    code = tuple(one for one in _CODE if one.value in grants) or _CODE[:1]
    asking = (("prompt", "consent"),) if _is_offline(scope) else ()
    found: list[ClientSettings] = []

    def wish(
        role: Role,
        method: AuthenticationMethod,
        uris: Sequence[str],
        grant_types: tuple[GrantType, ...] = code,
    ) -> None:
        found.append(
            ClientSettings(
                role=role,
                client_id="",
                token_endpoint_auth_method=method,
                redirect_uris=tuple(uris),
                scope=scope,
                grant_types=grant_types,
                authorization_parameters=asking,
                register=True,
            )
        )

    if secret is not None:
        wish(Role.CONFIDENTIAL, secret, [_callback("client")])
        other = "https://other-client.example"
        several = [f"{other}/callback", f"{other}/second", f"{other}/cb?a=1&b=%2F"]
        wish(Role.CONFIDENTIAL_2, secret, several)
    if AuthenticationMethod.POST in methods:
        wish(Role.CONFIDENTIAL_POST, AuthenticationMethod.POST, [_callback("post-client")])
    if AuthenticationMethod.PRIVATE_KEY_JWT in methods:
        method = AuthenticationMethod.PRIVATE_KEY_JWT
        wish(Role.CONFIDENTIAL_KEY, method, [_callback("key-client")])
    if AuthenticationMethod.NONE in methods or untold:
        wish(Role.PUBLIC, AuthenticationMethod.NONE, [_callback("public-client")])
        wish(Role.NATIVE, AuthenticationMethod.NONE, ["http://127.0.0.1/callback"])
    if secret is not None:
        wish(Role.SACRIFICIAL, secret, [_callback("sacrificial-client")])
        if GrantType.CLIENT_CREDENTIALS.value in grants:
            alone = (GrantType.CLIENT_CREDENTIALS,)
            wish(Role.SERVICE, secret, [_callback("service-client")], alone)
        if GrantType.PASSWORD.value in grants:
            wish(Role.PASSWORD, secret, [_callback("password-client")], (GrantType.PASSWORD,))
    if GrantType.IMPLICIT.value in grants and "token" in _words(
        members, "response_types_supported"
    ):
        implicit = (GrantType.IMPLICIT,)
        wish(Role.IMPLICIT, AuthenticationMethod.NONE, [_callback("implicit-client")], implicit)
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
