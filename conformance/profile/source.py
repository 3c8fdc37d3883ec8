"""Finding profile files and laying one over another: `extends`, shipped profiles, merging."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeGuard

from conformance.errors import ProfileError

FILE = "profile.toml"

_PACKAGE = Path(__file__).parents[1]
_SHIPPED = (_PACKAGE / "profiles", _PACKAGE.parent / "profiles")
"""Where shipped profiles are: in an installed package, or else in a checkout."""

_WHERE = {"issuer", "embedded", "start"}

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """The content of a profile after `extends`, and which file each key came from."""

    path: Path
    content: dict[str, Any]
    origins: Mapping[Key, Path] = field(default_factory=dict)

    def origin(self, key: Key) -> Path:
        """The file that says what stands at this key, or at the nearest table above it."""
        while key and key not in self.origins:
            key = key[:-1]
        return self.origins.get(key, self.path)


def shipped() -> dict[str, Path]:
    """The profiles that come with the suite, by name."""
    folder = next((folder for folder in _SHIPPED if folder.is_dir()), None)
    files = sorted(folder.glob(f"*/{FILE}")) if folder else []
    return {file.parent.name: file for file in files}


def locate(path_or_name: str | Path, beside: Path | None = None) -> Path:
    """The profile file that a path (of the file or of its folder) or a shipped name means.

    Relative paths count from `beside`, or from the working directory. Raises ProfileError.
    """
    path = (beside or Path()) / path_or_name
    if path.is_file():
        return path
    if (path / FILE).is_file():
        return path / FILE
    name, profiles = str(path_or_name), shipped()
    if name in profiles:
        return profiles[name]
    if path.is_dir():
        raise ProfileError(f"{path} has no {FILE}")
    close = difflib.get_close_matches(name, profiles, n=1)
    hint = f'did you mean "{close[0]}"?' if close else f"shipped: {', '.join(profiles) or 'none'}"
    raise ProfileError(f'there is no profile "{name}", neither a file nor a shipped one; {hint}')


def read(path: Path) -> Source:
    """The content of the file, laid over what it extends. Raises ProfileError.

    Tables are merged key by key; everything else, arrays of tables too, replaces what the extended
    file says. A file that says where the server is (`issuer`, `embedded` or `start`) also drops the
    place and the endpoints that the extended file gives.
    """
    return _read(path, ())


def _read(path: Path, within: tuple[Path, ...]) -> Source:
    if path.resolve() in within:
        chain = " extends ".join(str(p) for p in (*within, path.resolve()))
        raise ProfileError(f"{path} extends itself: {chain}")
    own = _parse(path)
    extends = own.pop("extends", None)
    origins = dict.fromkeys(_keys(own), path)
    if extends is None:
        return Source(path, own, origins)
    if not isinstance(extends, str):
        raise ProfileError(f"{path}: extends must name one profile, as a string")
    try:
        base_path = locate(extends, beside=path.parent)
    except ProfileError as error:
        raise ProfileError(f'{path}: extends = "{extends}": {error}') from None
    base = _read(base_path, (*within, path.resolve()))
    _forget_place(base.content, own)
    return Source(path, _merged(base.content, own), {**base.origins, **origins})


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProfileError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ProfileError(f"{path} is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{path} is not TOML: {error}") from None


def _keys(table: Mapping[str, Any], above: Key = ()) -> Iterator[Key]:
    for key, value in table.items():
        yield (*above, key)
        if isinstance(value, dict):
            yield from _keys(value, (*above, key))


def _forget_place(base: dict[str, Any], own: Mapping[str, Any]) -> None:
    server, ours = base.get("server"), own.get("server")
    if isinstance(server, dict) and isinstance(ours, dict) and _WHERE & ours.keys():
        for key in list(server):
            if key in {*_WHERE, "tls"} or key == "jwks_uri" or key.endswith("_endpoint"):
                del server[key]


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        under = merged.get(key)
        if _is_table(under) and _is_table(value):
            merged[key] = _merged(under, value)
        else:
            merged[key] = value
    return merged


def _is_table(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict) and not is_reference(value)


def is_reference(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether it is `{ env = "NAME" }`, with or without a `default`."""
    return isinstance(value, dict) and "env" in value and value.keys() <= {"env", "default"}
