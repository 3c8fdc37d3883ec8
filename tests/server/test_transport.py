"""TLS under the embedded server, and plain HTTP on its port."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from conformance.server import certificates
from conformance.server.certificates import Certificate
from conformance.server.dialects import standard
from conformance.server.plain_http import PlainHttp
from conformance.server.running import RunningServer


def trusted(server: RunningServer) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(server.ca))


def test_serves_over_tls_with_a_certificate_of_its_authority() -> None:
    with RunningServer(standard(), tls=True) as server:
        answer = httpx.get(f"{server.issuer}/jwks", verify=trusted(server))
        address = server.issuer.replace("localhost", "127.0.0.1")
        by_address = httpx.get(f"{address}/jwks", verify=trusted(server))
        ca = server.ca

    assert server.issuer.startswith("https://localhost:")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert by_address.status_code == 200
    assert ca is not None
    assert not ca.exists()


@pytest.mark.parametrize(
    ("certificate", "words"),
    [
        (certificates.expired, "has expired"),
        (certificates.of_another_host, "Hostname mismatch"),
        (certificates.self_signed, "self-signed certificate"),
    ],
)
def test_a_faulty_certificate_does_not_verify(certificate: Certificate, words: str) -> None:
    with (
        RunningServer(replace(standard(), tls_certificate=certificate), tls=True) as server,
        pytest.raises(httpx.ConnectError, match=words),
    ):
        httpx.get(f"{server.issuer}/jwks", verify=trusted(server))


@pytest.mark.parametrize(
    ("told", "status", "location"),
    [
        (PlainHttp.REFUSED, 400, None),
        (PlainHttp.REDIRECTED, 308, "{issuer}/jwks?a=b"),
        (PlainHttp.SERVED, 200, None),
    ],
)
def test_plain_http_on_the_same_port(told: PlainHttp, status: int, location: str | None) -> None:
    rule: Callable[[str], PlainHttp] = {"/jwks": told}.__getitem__
    with RunningServer(replace(standard(), plain_http=rule), tls=True) as server:
        answer = httpx.get(f"{server.issuer.replace('https', 'http')}/jwks?a=b")

    expected = None if location is None else location.format(issuer=server.issuer)
    assert answer.status_code == status
    assert answer.headers.get("Location") == expected
    assert "Strict-Transport-Security" not in answer.headers
