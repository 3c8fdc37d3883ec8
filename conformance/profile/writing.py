"""Writing a profile: TOML as a person would write it, with what is missing as comments."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from conformance.profile.model import ClientSettings, GrantType

Value = str | bool | Sequence[str] | Mapping[str, str]


def pair(key: str, value: Value) -> str:
    """One line `key = value`; a text of several lines keeps them."""
    return f"{key} = {_literal(value)}"


def table(name: str, lines: Iterable[str]) -> str:
    """A table with its lines; `name` has its brackets, `[server]` or `[[clients]]`."""
    return "\n".join([name, *lines])


def comments(*lines: str) -> str:
    """Lines that say something and do nothing."""
    return "\n".join(f"# {line}".rstrip() for line in lines)


def from_environment(name: str) -> Mapping[str, str]:
    """A value that stands in the environment instead of the file."""
    return {"env": name}


def client(settings: ClientSettings) -> str:
    """A client: one that is registered for each run, or one with what it was registered as."""
    found: dict[str, Value | None] = {"role": settings.role.value}
    if settings.register:
        found["register"] = True
    else:
        secret, key = settings.client_secret, settings.private_key
        found["client_id"] = settings.client_id
        found["client_secret"] = None if secret is None else secret.reveal()
        found["private_key"] = None if key is None else key.reveal()
    found["token_endpoint_auth_method"] = settings.token_endpoint_auth_method.value
    found["redirect_uris"] = settings.redirect_uris or None
    found["scope"] = settings.scope
    found["grant_types"] = _grants(settings.grant_types)
    found["authorization_parameters"] = dict(settings.authorization_parameters) or None
    return table("[[clients]]", (pair(key, one) for key, one in found.items() if one is not None))


def _grants(grants: Sequence[GrantType]) -> Sequence[str] | None:
    return [one.value for one in grants] or None


def _literal(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"""\n{value}"""' if "\n" in value else json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return f"{{ {', '.join(pair(key, one) for key, one in value.items())} }}"
    return f"[{', '.join(map(_literal, value))}]"
