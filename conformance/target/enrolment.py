"""The clients of a profile that are registered for one run, and deleted with it (RFC 7591)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from conformance import signing
from conformance.errors import Inconclusive, NotApplicable
from conformance.profile import AuthenticationMethod, ClientSettings, GrantType, Role
from conformance.protocol.registration import RegistrationAnswer
from conformance.secret import Secret
from conformance.signing import SigningKey
from conformance.target.registration_endpoint import (
    RegisteredClients,
    algorithm_for,
    hint,
    register,
)
from conformance.target.server import AuthorizationServer

_CODE = (GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN)
_GRANTS = {
    Role.RESOURCE_SERVER: (GrantType.CLIENT_CREDENTIALS,),
    Role.FOREIGN_RESOURCE_SERVER: (GrantType.CLIENT_CREDENTIALS,),
    Role.SERVICE: (GrantType.CLIENT_CREDENTIALS,),
    Role.IMPLICIT: (GrantType.IMPLICIT,),
    Role.PASSWORD: (GrantType.PASSWORD,),
}
"""What clients are for that do not ask for codes."""

_NATIVE = frozenset({Role.NATIVE, Role.NATIVE_SECRET})
_LESS: tuple[tuple[str, ...], ...] = (
    (),
    ("scope",),
    ("grant_types", "response_types", "scope"),
)
"""What is left out, step by step, where a server refuses it."""


class Enrolment:
    """Registers clients at one server, and deletes those that it registered."""

    def __init__(self, server: AuthorizationServer) -> None:
        self._server = server
        self._clients = RegisteredClients(server)

    def enrol_all(
        self, clients: Iterable[ClientSettings]
    ) -> tuple[tuple[ClientSettings, ...], dict[Role, str]]:
        """The clients, those registered that want to be; and why others are not there, by role."""
        found: list[ClientSettings] = []
        refusals: dict[Role, str] = {}
        for client in clients:
            try:
                found.append(self.enrol(client) if client.register else client)
            except (Inconclusive, NotApplicable) as error:
                refusals[client.role] = str(error)
        return tuple(found), refusals

    def enrol(self, wished: ClientSettings) -> ClientSettings:
        """Registers one client as it is wished; gives it back with what the server made of it.

        A scope, the grants, and redirect URIs after the first are left out where they are refused.
        Raises NotApplicable, in words, where there is no such client to be had, Inconclusive where
        nobody answers.
        """
        key = self._key(wished)
        for metadata in _tries(self.metadata(wished, key)):
            answer = register(self._server, metadata)
            if answer.granted or answer.status != 400:
                break
        if not answer.granted:
            raise NotApplicable(f"{_sentence(str(answer))}{hint(self._server, answer)}")
        self._clients.add(answer)
        trouble = _trouble(wished, answer)
        if trouble:
            self._clients.delete(answer)
            raise NotApplicable(trouble)
        return _settings(wished, answer, key)

    def metadata(self, wished: ClientSettings, key: SigningKey | None) -> dict[str, Any]:
        """What is sent for a client (RFC 7591, section 2)."""
        grants = wished.grant_types or usual_grants(wished.role)
        responses = ["code"] if GrantType.AUTHORIZATION_CODE in grants else []
        responses += ["token"] if GrantType.IMPLICIT in grants else []
        found: dict[str, Any] = {
            "client_name": f"Conformance suite, {wished.role.value}",
            "redirect_uris": list(wished.redirect_uris),
            "grant_types": [one.value for one in grants],
            "response_types": responses,
            "token_endpoint_auth_method": wished.token_endpoint_auth_method.value,
        }
        if wished.scope:
            found["scope"] = wished.scope
        if wished.role in _NATIVE:
            found["application_type"] = "native"
        if key is not None:
            found["jwks"] = {"keys": [key.public_jwk]}
        return found

    def _key(self, wished: ClientSettings) -> SigningKey | None:
        if wished.private_key is not None:
            return signing.read(wished.private_key.reveal())
        if wished.token_endpoint_auth_method is not AuthenticationMethod.PRIVATE_KEY_JWT:
            return None
        return signing.generated(algorithm_for(self._server))

    def delete(self) -> tuple[str, ...]:
        """Deletes all of them (RFC 7592, 2.3); the identifiers of those that stay."""
        self._clients.delete()
        return tuple(self._clients.left)


def usual_grants(role: Role) -> tuple[GrantType, ...]:
    """What a client of a role is for."""
    return _GRANTS.get(role, _CODE)


def _tries(metadata: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The metadata, and then less and less of them."""
    uris = metadata["redirect_uris"]
    for some in (uris, uris[:1]) if len(uris) > 1 else (uris,):
        for less in _LESS:
            kept = {name: value for name, value in metadata.items() if name not in less}
            yield {**kept, "redirect_uris": some}


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _trouble(wished: ClientSettings, answer: RegistrationAnswer) -> str:
    """Why the client that was registered is not the one that was asked for, in words."""
    method = wished.token_endpoint_auth_method
    if answer.method != method.value:
        return (
            f"The server registered a client for {answer.method!r} instead of {method.value!r};"
            " it was not used."
        )
    if method.by_secret and answer.client_secret is None:
        return "The server registered the client without a client_secret; it was not used."
    return ""


def _settings(
    wished: ClientSettings, answer: RegistrationAnswer, key: SigningKey | None
) -> ClientSettings:
    """The client as the profile would have it, had it been registered by hand."""
    role, secret = wished.role.value, answer.client_secret
    with_secret = secret is not None and wished.token_endpoint_auth_method.by_secret
    scopes = wished.scopes if answer.scopes is None else answer.scopes
    granted = " ".join(one for one in wished.scopes if one in scopes)
    uris = answer.document.get("redirect_uris") or answer.sent["redirect_uris"]
    return replace(
        wished,
        client_id=answer.client_id or "",
        client_secret=Secret(secret or "", f"secret of {role}") if with_secret else None,
        private_key=None if key is None else Secret(key.pem, f"key of {role}"),
        scope=granted or None,
        redirect_uris=tuple(one for one in wished.redirect_uris if one in uris),
    )
