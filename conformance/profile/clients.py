"""Reading `[[clients]]`: roles, secrets and what has to hold between them."""

from __future__ import annotations

from conformance import signing
from conformance.profile.model import AuthenticationMethod, ClientSettings, GrantType, Pkce, Role
from conformance.profile.table import Table
from conformance.profile.urls import trouble_with_redirect_uri
from conformance.secret import Secret

_METHODS = {
    Role.CONFIDENTIAL_POST: AuthenticationMethod.POST,
    Role.CONFIDENTIAL_KEY: AuthenticationMethod.PRIVATE_KEY_JWT,
    Role.PUBLIC: AuthenticationMethod.NONE,
}
"""Roles that are defined by one way to authenticate."""

_WITH_SECRET = {
    Role.CONFIDENTIAL,
    Role.CONFIDENTIAL_2,
    Role.CONFIDENTIAL_POST,
    Role.NATIVE_SECRET,
    Role.ENCODED_SECRET,
    Role.RESOURCE_SERVER,
    Role.FOREIGN_RESOURCE_SERVER,
    Role.SERVICE,
}
_WITHOUT_SECRET = {Role.NATIVE, Role.PUBLIC, Role.IMPLICIT}
"""Roles whose client, where the suite registers it, has no secret."""

_WITHOUT_REDIRECTION = {
    Role.RESOURCE_SERVER,
    Role.FOREIGN_RESOURCE_SERVER,
    Role.SERVICE,
    Role.PASSWORD,
}
"""Roles whose client asks no user for anything."""

_ON_THEIR_OWN = {
    Role.CONFIDENTIAL_2,
    Role.FOREIGN_RESOURCE_SERVER,
    Role.SACRIFICIAL,
    Role.SERVICE,
    Role.IMPLICIT,
    Role.PASSWORD,
}
"""Roles whose client must not be the client of another role."""


def read_clients(profile: Table) -> tuple[ClientSettings, ...]:
    """The clients of a profile; what is wrong with them is noted in the table."""
    clients: list[ClientSettings] = []
    for table in profile.tables("clients"):
        client = _client(table)
        table.close()
        if client is None:
            continue
        for other in clients:
            if other.role is client.role:
                table.problem("role", f'role "{client.role}" was given before; each has one client')
            elif _same(other, client) and _ON_THEIR_OWN & {other.role, client.role}:
                table.problem(
                    "client_id",
                    f'client_id "{client.client_id}" is that of role "{other.role}" too; '
                    f'"{client.role}" needs another client',
                )
        clients.append(client)
    if profile.raw("clients") in (None, []):
        profile.problem("clients", "has no client; add [[clients]] with at least one")
    return tuple(clients)


def _same(one: ClientSettings, other: ClientSettings) -> bool:
    return one.client_id == other.client_id and not one.register


def _client(table: Table) -> ClientSettings | None:
    role = table.word("role", Role, required=True)
    register = table.flag("register", default=False)
    client_id = table.text("client_id", required=not register)
    has_secret = "client_secret" in table
    secret = table.secret("client_secret", f"secret of {client_id}")
    private_key = table.file_or_secret("private_key", f"private key of {client_id}")
    given = table.word("token_endpoint_auth_method", AuthenticationMethod)
    uris = table.texts("redirect_uris", required=role not in _WITHOUT_REDIRECTION) or ()
    scope, pkce = table.text("scope"), table.word("pkce", Pkce)
    grant_types = table.words("grant_types", GrantType)
    authorization = table.pairs("authorization_parameters")
    token = table.pairs("token_parameters")
    any_scope = table.flag("any_scope", default=False)
    if "redirect_uris" in table and not uris:
        table.problem("redirect_uris", "redirect_uris holds no URI")
    for uri in uris:
        if trouble := trouble_with_redirect_uri(uri):
            table.problem("redirect_uris", f"redirect_uris: {trouble}")
    if role is None or (client_id is None and not register):
        return None
    if register:
        method = given or _METHODS.get(role) or _method(role not in _WITHOUT_SECRET)
        _check_registered(table)
    else:
        method = given or _METHODS.get(role) or _method(has_secret)
        _check_secret(table, role, method, has_secret)
        _check_key(table, method, private_key)
    return ClientSettings(
        role=role,
        client_id=client_id or "",
        client_secret=secret,
        private_key=private_key,
        token_endpoint_auth_method=method,
        redirect_uris=uris,
        scope=scope,
        grant_types=grant_types,
        pkce=pkce or Pkce.REQUIRED,
        authorization_parameters=authorization,
        token_parameters=token,
        any_scope=any_scope,
        register=register,
    )


def _method(has_secret: bool) -> AuthenticationMethod:
    return AuthenticationMethod.BASIC if has_secret else AuthenticationMethod.NONE


def _check_registered(table: Table) -> None:
    for key in ("client_id", "client_secret", "private_key"):
        if key in table:
            table.problem(key, f"has register = true and {key}, which comes of the registration")


def _check_secret(table: Table, role: Role, method: AuthenticationMethod, has_secret: bool) -> None:
    due = _METHODS.get(role, method)
    if role in _WITH_SECRET and not has_secret:
        table.problem("role", f'has no client_secret, and a client of role "{role}" needs one')
    elif method is not due:
        table.problem(
            "token_endpoint_auth_method",
            f'token_endpoint_auth_method is "{method}", and role "{role}" stands for "{due}"',
        )
    elif not method.by_secret and has_secret:
        table.problem("client_secret", f'has a client_secret, and its method is "{method}"')
    elif method.by_secret and not has_secret:
        table.problem("role", f'has no client_secret, and its method "{method}" needs one')


def _check_key(table: Table, method: AuthenticationMethod, private_key: Secret | None) -> None:
    by_key = method is AuthenticationMethod.PRIVATE_KEY_JWT
    if by_key and "private_key" not in table:
        table.problem("role", f'has no private_key, and its method "{method}" needs one')
    elif not by_key and "private_key" in table:
        table.problem("private_key", f'has a private_key, and its method is "{method}"')
    if private_key is None:
        return
    try:
        signing.read(private_key.reveal())
    except ValueError as error:
        table.problem("private_key", f"private_key {error}")
