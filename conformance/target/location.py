"""Where a browser goes: the targets of redirects, links and forms, read as browsers read them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from urllib.parse import quote, unquote_to_bytes, urlsplit

_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
_IGNORED = re.compile(r"[\t\n\r]")
_OUTSIDE = "".join(map(chr, range(0x21)))
_FORBIDDEN_IN_HOST = re.compile(r"[\x00-\x20#/<>?@\[\\\]^|%\x7f:]")
_KEPT = "%!$&'()*+,;=:@/?[]|{}^`\\~-._\"<>#"
_UP = {"..", ".%2e", "%2e.", "%2e%2e"}
_HERE = {".", "%2e"}

_REFRESH = re.compile(
    r"\s*(\d*)(?:\.\d*)?\s*[;,\s]\s*(?:url\s*=\s*)?(['\"]?)(.*?)\2\s*$", re.I | re.S
)
LONGEST_REFRESH = 10
"""Seconds that a refresh may wait to be followed."""

IsServer = Callable[[str], bool]
"""Says of an absolute URL, as a browser would write it, whether it points to the server."""


def resolve(base: str, target: str) -> str | None:
    """The absolute URL that a browser goes to from `base`, or None where it goes nowhere.

    Source: WHATWG URL Standard, section 4.4: tabs and line ends vanish, backslashes are slashes
    in http URLs, any number of slashes begins a host, IPv4 hosts have many spellings. URLs of
    other schemes come back as they are.
    """
    target = _IGNORED.sub("", target.strip(_OUTSIDE))
    found = _SCHEME.match(target)
    here = _split(base)
    if found is not None:
        scheme = found.group(1).lower()
        rest = target[found.end() :]
        if scheme not in _PORTS:
            return f"{scheme}:{rest}"
        slashed = _slashes(rest)
        if here is None or scheme != here[0] or slashed.startswith("//"):
            return _absolute(scheme, slashed.lstrip("/"))
        target = rest
    if here is None:
        return None
    scheme, authority, path, query = here
    slashed = _slashes(target)
    if slashed.startswith("//"):
        return _absolute(scheme, slashed.lstrip("/"))
    if slashed.startswith("/"):
        return f"{scheme}://{authority}{_path(slashed)}"
    if slashed.startswith("?") or not slashed or slashed.startswith("#"):
        kept = query if not slashed.startswith("?") else ""
        return f"{scheme}://{authority}{path}{kept}{_encoded(slashed)}"
    return f"{scheme}://{authority}{_path(path.rpartition('/')[0] + '/' + slashed)}"


def origin(url: str) -> str:
    """Scheme, host and port of an http URL as a browser writes them; empty for others."""
    parts = _split(url)
    return "" if parts is None else f"{parts[0]}://{parts[1].rpartition('@')[2]}"


def leaving(base: str, target: str, callback: str | None, is_server: IsServer) -> str | None:
    """The URL by which a redirect leaves the server, or None where it stays there.

    It leaves where it points to another origin, or is the callback that was asked for. A target
    that no browser can read counts as leaving: it is given as it came.
    """
    resolved = resolve(base, target)
    if resolved is None:
        return target.strip(_OUTSIDE)
    if _is_callback(base, target, resolved, callback):
        return resolved
    http = resolved.startswith(("http://", "https://"))
    return None if http and is_server(resolved) else resolved


def without_fragment(url: str) -> str:
    return url.partition("#")[0]


def _is_callback(base: str, target: str, resolved: str, callback: str | None) -> bool:
    if not callback:
        return False
    wanted = {callback, resolve(base, callback)}
    return any(
        _begins(seen, without_fragment(want))
        for want in wanted
        if want
        for seen in (target.strip(_OUTSIDE), resolved)
    )


def _begins(url: str, callback: str) -> bool:
    """Whether a URL is the callback with parameters added, and not merely a longer path."""
    if not callback or not url.startswith(callback):
        return False
    rest = url[len(callback) :]
    return (
        not rest
        or rest[0] in "?#"
        or ("?" in callback and (rest[0] == "&" or callback[-1] in "?&"))
    )


def _split(url: str) -> tuple[str, str, str, str] | None:
    """Scheme, authority, path and query (with its mark) of an absolute http URL."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not parts.netloc:
        return None
    authority = _authority(scheme, parts.netloc)
    if authority is None:
        return None
    query = f"?{parts.query}" if parts.query else ""
    return scheme, authority, parts.path or "/", query


def _slashes(text: str) -> str:
    """Backslashes as slashes, before query and fragment."""
    end = min((at for at in (text.find("?"), text.find("#")) if at >= 0), default=len(text))
    return text[:end].replace("\\", "/") + text[end:]


def _absolute(scheme: str, rest: str) -> str | None:
    end = next((at for at, char in enumerate(rest) if char in "/?#"), len(rest))
    authority = _authority(scheme, rest[:end])
    if authority is None:
        return None
    return f"{scheme}://{authority}{_path(rest[end:])}"


def _authority(scheme: str, text: str) -> str | None:
    user, at, place = text.rpartition("@")
    host, port = place, ""
    if not place.endswith("]"):
        name, colon, number = place.rpartition(":")
        if colon:
            host, port = name, number
    known = _host(host)
    if known is None or (port and not (port.isascii() and port.isdigit() and int(port) < 65536)):
        return None
    shown = "" if not port or int(port) == _PORTS[scheme] else f":{int(port)}"
    return f"{_encoded(user)}{at}{known}{shown}"


def _host(text: str) -> str | None:
    if text.startswith("[") and text.endswith("]"):
        try:
            return f"[{ipaddress.IPv6Address(text[1:-1]).compressed}]"
        except ValueError:
            return None
    try:
        name = unquote_to_bytes(text).decode("utf-8").lower()
        if not name.isascii():
            name = name.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    if not name or _FORBIDDEN_IN_HOST.search(name):
        return None
    return _ipv4(name)


def _ipv4(name: str) -> str | None:
    """A host that ends in a number is an IPv4 address, in any of its spellings, or invalid."""
    labels = name.removesuffix(".").split(".")
    if not re.fullmatch(r"\d+|0x[0-9a-f]*", labels[-1]):
        return name
    try:
        numbers = [_number(label) for label in labels]
    except ValueError:
        return None
    if len(numbers) > 4 or any(number > 255 for number in numbers[:-1]):
        return None
    if numbers[-1] >= 256 ** (5 - len(numbers)):
        return None
    value = numbers[-1] + sum(n << (8 * (3 - i)) for i, n in enumerate(numbers[:-1]))
    return str(ipaddress.IPv4Address(value))


def _number(text: str) -> int:
    if text.startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text, 8) if len(text) > 1 and text.startswith("0") else int(text, 10)


def _path(text: str) -> str:
    """Path, query and fragment with the dot segments of the path gone."""
    end = next((at for at, char in enumerate(text) if char in "?#"), len(text))
    segments = text[:end].removeprefix("/").split("/")
    kept: list[str] = []
    for place, segment in enumerate(segments):
        lowered = segment.lower()
        last = place == len(segments) - 1
        if lowered in _UP:
            del kept[-1:]
        elif lowered not in _HERE:
            kept.append(segment)
            continue
        if last:
            kept.append("")
    return _encoded("/" + "/".join(kept) + text[end:])


def _encoded(text: str) -> str:
    """Blanks, control characters and what is not ASCII percent-encoded; the rest untouched."""
    return quote(text, safe=_KEPT, errors="surrogateescape")


def refresh_target(value: str, base: str) -> str | None:
    """Where a `Refresh` header or its meta element sends the browser, None where it waits long."""
    found = _REFRESH.match(value)
    if found is None or not found.group(3):
        return None
    if int(found.group(1) or 0) > LONGEST_REFRESH:
        return None
    return resolve(base, found.group(3))


def plain_path(url: str) -> str:
    """The path without the parts that are made anew for each visit."""
    return "/".join(
        "…" if len(part) > 20 or re.search(r"\d{4}", part) else part
        for part in urlsplit(url).path.split("/")
    )
