"""Looking at a host and port below HTTP, with what is seen as evidence."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from ssl import TLSVersion
from typing import Any

import pytest

from conformance.errors import NotTheProtocol, ServerUnreachable
from conformance.protocol import tls
from conformance.protocol.tls import Hello, Version
from conformance.server import certificates
from conformance.server.dialects import standard
from conformance.server.running import RunningServer
from conformance.target.recorder import Recorder
from conformance.target.tls import Tls
from conformance.target.wire import Wire

OLD = Hello("old versions", Version.TLS_1_1, tls.USUAL)
MODERN = Hello("modern", Version.TLS_1_3, tls.MODERN)
EXPORT = Hello("export", Version.TLS_1_2, tls.EXPORT)

Start = Callable[..., tuple[RunningServer, Tls, Recorder]]


@pytest.fixture
def start() -> Iterator[Start]:
    with ExitStack() as stack:

        def begin(over_tls: bool = True, **rules: Any) -> tuple[RunningServer, Tls, Recorder]:
            server = stack.enter_context(RunningServer(replace(standard(), **rules), tls=over_tls))
            recorder = Recorder()
            wire = stack.enter_context(closing(Wire(recorder, timeout=3, ca=server.ca)))
            return server, Tls(wire), recorder

        yield begin


def test_a_sound_server_takes_modern_offers_only(start: Start) -> None:
    server, seen, _ = start()

    assert seen.offered(server.issuer, MODERN).version is Version.TLS_1_3
    assert seen.offered(server.issuer, OLD).alert == "protocol_version"
    assert seen.offered(server.issuer, EXPORT).alert == "handshake_failure"


def test_an_old_version_is_seen_whatever_our_library_offers(start: Start) -> None:
    server, seen, _ = start(tls_oldest=TLSVersion.TLSv1, tls_ciphers="ECDHE+AES:@SECLEVEL=0")

    assert seen.offered(server.issuer, OLD).version is Version.TLS_1_1


def test_a_refusal_stands_between_two_offers_that_are_taken(start: Start) -> None:
    server, seen, recorder = start()

    seen.offered(server.issuer, OLD)

    story = [(one.method, one.request_body, one.answer_body) for one in recorder.raw_since(0)]
    assert [method for method, _, _ in story] == ["TLS"] * 3
    assert [asked for _, asked, _ in story][1] == "ClientHello: old versions"
    assert [told for _, _, told in story][1] == "the alert protocol_version"
    assert story[0][2].startswith("ServerHello: TLS 1.3")
    assert story[2][2].startswith("ServerHello: TLS 1.3")


def test_what_was_seen_is_cited_and_not_asked_again(start: Start) -> None:
    server, seen, recorder = start()
    seen.offered(server.issuer + "/token", OLD)
    mark, made = recorder.mark(), recorder.recorded

    seen.offered(server.issuer + "/jwks", OLD)

    assert len(recorder.raw_since(mark)) == 3
    assert recorder.recorded == made


@pytest.mark.parametrize(
    ("certificate", "problem"),
    [
        (certificates.valid, None),
        (certificates.expired, "certificate has expired"),
        (certificates.of_another_host, "Hostname mismatch"),
        (certificates.self_signed, "self-signed certificate"),
    ],
)
def test_certificates(
    start: Start, certificate: certificates.Certificate, problem: str | None
) -> None:
    server, seen, recorder = start(tls_certificate=certificate)

    found = seen.certificate(server.issuer)

    assert found.valid is (problem is None)
    assert (problem or "") in (found.problem or "")
    assert "localhost" in found.described or "other.example" in found.described
    assert recorder.raw_since(0)[0].answer_body == found.described


def test_a_port_without_tls_is_said(start: Start) -> None:
    server, seen, recorder = start(over_tls=False)

    with pytest.raises((NotTheProtocol, ServerUnreachable)):
        seen.offered(server.issuer.replace("http:", "https:"), MODERN)

    assert recorder.raw_since(0)


def test_a_port_where_nobody_listens_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    recorder = Recorder()
    with closing(Wire(recorder)) as wire, pytest.raises(ServerUnreachable, match="refused"):
        Tls(wire).certificate(f"https://127.0.0.1:{port}")

    assert "refused" in (recorder.raw_since(0)[0].problem or "")
