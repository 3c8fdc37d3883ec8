"""The first messages of TLS: what is offered, and what comes back, however it comes."""

from __future__ import annotations

import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.protocol import tls
from conformance.protocol.tls import ANY, Answer, Hello, Version, read

MODERN = Hello("modern", Version.TLS_1_3, tls.MODERN)


def record(kind: int, content: bytes) -> bytes:
    return struct.pack(">BHH", kind, 0x0303, len(content)) + content


def server_hello(version: int, suite: int, extensions: bytes = b"", session: bytes = b"") -> bytes:
    body = struct.pack(">H", version) + bytes(32) + bytes([len(session)]) + session
    body += struct.pack(">HB", suite, 0) + struct.pack(">H", len(extensions)) + extensions
    return b"\x02" + len(body).to_bytes(3) + body


TLS_1_3 = struct.pack(">HHH", 43, 2, 0x0304)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (server_hello(0x0303, 0xC02F), Answer(Version.TLS_1_2, 0xC02F)),
        (server_hello(0x0301, 0x0005, session=b"s" * 32), Answer(Version.TLS_1_0, 0x0005)),
        (server_hello(0x0303, 0x1301, TLS_1_3), Answer(Version.TLS_1_3, 0x1301)),
        (
            server_hello(0x0303, 0x1301, b"\x00\x0b\x00\x00" + TLS_1_3),
            Answer(Version.TLS_1_3, 0x1301),
        ),
    ],
    ids=["tls-1.2", "tls-1.0-with-session", "tls-1.3", "other-extension-first"],
)
def test_what_a_server_chose_is_read(message: bytes, expected: Answer) -> None:
    whole = record(22, message) + record(20, b"\x01")

    assert read(whole) == expected
    assert read(record(22, message[:9]) + record(22, message[9:])) == expected
    assert all(read(record(22, message)[:end]) is None for end in range(len(message) + 4))


def test_an_alert_is_read() -> None:
    assert read(record(21, b"\x02\x46")) == Answer(alert="protocol_version")
    assert str(read(record(21, b"\x02\xc8"))) == "the alert 200"


@pytest.mark.parametrize(
    "data", [b"HTTP/1.1 400 Bad Request\r\n\r\n", record(22, b"\x0b" + bytes(9))]
)
def test_what_is_no_answer_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="no "):
        read(data)


@given(st.binary(max_size=200))
@example(server_hello(0x0303, 0x1301, session=b"")[:38] + b"\xff" * 40)
@example(b"\x02\x00\x00\x26" + bytes(34) + b"\xff" + bytes(3))
@example(server_hello(0x0399, 0x1301))
def test_nothing_that_comes_breaks_the_reader(message: bytes) -> None:
    for data in (message, record(22, message), record(21, message)):
        try:
            answer = read(data)
        except ValueError:
            continue
        assert answer is None or str(answer)


def test_an_offer_says_what_it_is() -> None:
    old = Hello("old", Version.TLS_1_0, tls.USUAL).message("localhost")

    assert old[:3] == b"\x16\x03\x01"
    assert old[9:11] == b"\x03\x01"
    assert b"localhost" in old
    assert b"\x00\x2b" not in old[60 + 2 * len(tls.USUAL) :]


def test_an_address_is_no_server_name() -> None:
    assert b"127.0.0.1" not in ANY.message("127.0.0.1")
    assert b"server.example" in ANY.message("server.example")


def test_nothing_is_both_weak_and_modern() -> None:
    assert not {*tls.WEAK} & {*tls.MODERN, *tls.USUAL}
    assert len({*tls.MODERN, *tls.USUAL}) == len(tls.MODERN) + len(tls.USUAL)
    assert tls.suite_name(0x0005) == "0x0005 (RC4)"
    assert tls.suite_name(0x1301) == "0x1301"


@pytest.mark.parametrize(
    ("version", "words"),
    [(Version.SSL_3, "SSL 3.0"), (Version.TLS_1_0, "TLS 1.0"), (Version.TLS_1_3, "TLS 1.3")],
)
def test_versions_have_names(version: Version, words: str) -> None:
    assert version.words == words
