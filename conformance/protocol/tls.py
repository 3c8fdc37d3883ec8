"""The first two messages of TLS, read and written by hand (RFC 8446, 4.1; RFC 5246, 7.4.1).

A library refuses to offer what nobody should take any more, and so cannot ask whether it is taken.
"""

from __future__ import annotations

import ipaddress
import os
import struct
from dataclasses import dataclass
from enum import IntEnum

_ALERT, _HANDSHAKE = 21, 22
_CLIENT_HELLO, _SERVER_HELLO = 1, 2
_SERVER_NAME, _GROUPS, _POINTS, _SIGNATURES, _VERSIONS, _KEY_SHARE = 0, 10, 11, 13, 43, 51
_SCSV = 0x00FF
"""Says that there is nothing to renegotiate, to servers that want it said (RFC 5746, 3.3)."""
_ALL_GROUPS = (0x001D, 0x0017, 0x0018, 0x0019)
_ALL_SIGNATURES = (
    *(0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805, 0x0806),
    *(0x0401, 0x0501, 0x0601, 0x0203, 0x0201),
)


class Version(IntEnum):
    """A version of the protocol, by its number on the wire."""

    SSL_3 = 0x0300
    TLS_1_0 = 0x0301
    TLS_1_1 = 0x0302
    TLS_1_2 = 0x0303
    TLS_1_3 = 0x0304

    @property
    def words(self) -> str:
        return self.name.replace("_", " ", 1).replace("_", ".") + (".0" if self == 0x300 else "")


Suites = tuple[int, ...]

MODERN: Suites = (0x1301, 0x1302, 0x1303, 0xC02B, 0xC02C, 0xC02F, 0xC030, 0xCCA8, 0xCCA9, 0xCCAA)
"""Authenticated encryption with keys of one connection only (RFC 8446; RFC 5288; RFC 7905)."""

USUAL: Suites = (
    *(0x009E, 0x009F, 0xC023, 0xC024, 0xC027, 0xC028, 0x0067, 0x006B),
    *(0xC009, 0xC00A, 0xC013, 0xC014, 0x0033, 0x0039),
    *(0x009C, 0x009D, 0x003C, 0x003D, 0x002F, 0x0035, 0x000A),
)
"""What servers of the last twenty years take, besides."""

NULL: Suites = (0x0001, 0x0002, 0x003B, 0xC001, 0xC006, 0xC00B, 0xC010, 0xC015)
ANONYMOUS: Suites = (
    *(0x001B, 0x0034, 0x003A, 0x006C, 0x006D, 0x00A6, 0x00A7),
    *(0xC017, 0xC018, 0xC019),
)
EXPORT: Suites = (0x0003, 0x0006, 0x0008, 0x000B, 0x000E, 0x0011, 0x0014, 0x0017, 0x0019)
RC4: Suites = (0x0004, 0x0005, 0x0018, 0xC002, 0xC007, 0xC00C, 0xC011, 0xC016)
DES: Suites = (0x0009, 0x000C, 0x000F, 0x0012, 0x0015, 0x001A)
WEAK: Suites = (*NULL, *ANONYMOUS, *EXPORT, *RC4, *DES)
"""What protects nothing: no encryption, no authentication, or a cipher that is broken."""

_ALERTS = {
    0: "close_notify",
    10: "unexpected_message",
    20: "bad_record_mac",
    40: "handshake_failure",
    47: "illegal_parameter",
    70: "protocol_version",
    71: "insufficient_security",
    80: "internal_error",
    86: "inappropriate_fallback",
    109: "missing_extension",
    112: "unrecognized_name",
}


@dataclass(frozen=True, slots=True)
class Hello:
    """What a client offers: versions up to one (`only`: no lower one in TLS 1.3), and suites."""

    words: str
    newest: Version
    suites: Suites
    only: bool = False

    def message(self, host: str) -> bytes:
        """The record that a client begins with; `host` is told where it is a name."""
        legacy = min(self.newest, Version.TLS_1_2)
        suites = struct.pack(f">{len(self.suites) + 1}H", *self.suites, _SCSV)
        extensions = b"" if self.newest is Version.SSL_3 else _sized(2, self._extensions(host))
        body = (
            struct.pack(">H", legacy)
            + os.urandom(32)
            + _sized(1, b"")
            + _sized(2, suites)
            + _sized(1, b"\x00")
            + extensions
        )
        handshake = struct.pack(">B", _CLIENT_HELLO) + _sized(3, body)
        # Servers that know no later version read the first record by an early one.
        record = min(self.newest, Version.TLS_1_0)
        return struct.pack(">BH", _HANDSHAKE, record) + _sized(2, handshake)

    def _extensions(self, host: str) -> bytes:
        found = _extension(_GROUPS, _sized(2, _numbers(_ALL_GROUPS)))
        found += _extension(_POINTS, _sized(1, b"\x00"))
        if not _is_address(host):
            name = b"\x00" + _sized(2, host.encode("idna"))
            found += _extension(_SERVER_NAME, _sized(2, name))
        if self.newest >= Version.TLS_1_2:
            found += _extension(_SIGNATURES, _sized(2, _numbers(_ALL_SIGNATURES)))
        if self.newest is Version.TLS_1_3:
            versions = [self.newest] if self.only else sorted(Version, reverse=True)[:-1]
            found += _extension(_VERSIONS, _sized(1, _numbers(tuple(versions))))
            # No share of a key: whoever speaks TLS 1.3 asks for one, and has answered by that.
            found += _extension(_KEY_SHARE, _sized(2, b""))
        return found


ANY = Hello(
    "every version and the usual cipher suites", Version.TLS_1_3, (*MODERN, *USUAL, *RC4, *NULL)
)
"""What every server that speaks TLS takes."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered: what it chose, or why not; neither where it closed the connection."""

    version: Version | None = None
    suite: int | None = None
    alert: str | None = None

    @property
    def accepted(self) -> bool:
        return self.version is not None

    def __str__(self) -> str:
        if self.version is not None:
            return f"{self.version.words} with cipher suite {suite_name(self.suite or 0)}"
        return "a closed connection" if self.alert is None else f"the alert {self.alert}"


def read(data: bytes) -> Answer | None:
    """What the first bytes of a server say; None where more are needed to tell.

    ValueError where they are no TLS.
    """
    handshake = b""
    while len(data) >= 5:
        kind, _, length = struct.unpack(">BHH", data[:5])
        if kind not in (_ALERT, _HANDSHAKE):
            raise ValueError("no record of TLS")
        part, data = data[5 : 5 + length], data[5 + length :]
        if kind == _ALERT:
            return None if len(part) < 2 else Answer(alert=_ALERTS.get(part[1], str(part[1])))
        handshake += part
        if (answer := _server_hello(handshake)) is not None or len(part) < length:
            return answer
    return None


def _server_hello(message: bytes) -> Answer | None:
    if len(message) < 4:
        return None
    if message[0] != _SERVER_HELLO:
        raise ValueError("no answer to a client's first message")
    length = int.from_bytes(message[1:4])
    body = message[4 : 4 + length]
    if len(body) < length:
        return None
    after = 35 + body[34] if length > 34 else length
    if length < after + 3:
        raise ValueError("no whole answer")
    (version,) = struct.unpack(">H", body[:2])
    (suite,) = struct.unpack(">H", body[after : after + 2])
    extensions = body[after + 5 :]
    while len(extensions) >= 4:
        kind, size = struct.unpack(">HH", extensions[:4])
        if kind == _VERSIONS and size == 2:
            (version,) = struct.unpack(">H", extensions[4:6])
        extensions = extensions[4 + size :]
    return Answer(Version(version), suite)


def suite_name(number: int) -> str:
    """A cipher suite by its kind, where it is one that nobody should take, and by its number."""
    kinds = {"NULL": NULL, "anonymous": ANONYMOUS, "export": EXPORT, "RC4": RC4, "DES": DES}
    kind = next((words for words, suites in kinds.items() if number in suites), None)
    return f"0x{number:04X}" + (f" ({kind})" if kind else "")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _numbers(numbers: tuple[int, ...]) -> bytes:
    return struct.pack(f">{len(numbers)}H", *numbers)


def _sized(octets: int, content: bytes) -> bytes:
    return len(content).to_bytes(octets) + content


def _extension(kind: int, content: bytes) -> bytes:
    return struct.pack(">H", kind) + _sized(2, content)
