"""TLS at each endpoint's own host and port: versions, cipher suites, the certificate, HSTS."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

import pytest

from conformance.check import check
from conformance.checks.test_transport import ENDPOINTS
from conformance.errors import NotApplicable
from conformance.features import Feature
from conformance.protocol import tls
from conformance.protocol.tls import Hello, Version
from conformance.target.server import AuthorizationServer
from conformance.target.transport import METADATA, RESOURCE, Transport

MODERN = "Serve TLS 1.2 and 1.3 with cipher suites of authenticated encryption (RFC 9325)."
OLD = "Switch off TLS 1.1, TLS 1.0 and SSL 3.0."
WEAK = (
    "Switch off cipher suites without encryption or authentication, of export strength, RC4, DES."
)
CERTIFICATE = (
    "Renew the certificate in time, for the very host names that clients use, from an authority"
    " that they know."
)
LASTING = "Send Strict-Transport-Security with a long max-age in every answer over TLS (RFC 6797)."

NEEDS = [Feature.HTTPS]
OFFERS = {
    "strong": Hello("TLS 1.3 and 1.2, with strong suites only", Version.TLS_1_3, tls.MODERN),
    "tls": Hello("TLS 1.3 and 1.2", Version.TLS_1_3, (*tls.MODERN, *tls.USUAL)),
    "tls-1.2": Hello("TLS 1.2 only", Version.TLS_1_2, (*tls.MODERN, *tls.USUAL)),
    "old": Hello("TLS 1.1 and older only", Version.TLS_1_1, (*tls.USUAL, *tls.RC4)),
    "tls-1.1": Hello("TLS 1.1 and older only", Version.TLS_1_1, (*tls.USUAL, *tls.RC4)),
    "tls-1.0": Hello("TLS 1.0 and older only", Version.TLS_1_0, (*tls.USUAL, *tls.RC4)),
    "ssl-3.0": Hello("SSL 3.0 only", Version.SSL_3, (*tls.USUAL, *tls.RC4)),
    "null": Hello("suites without encryption only", Version.TLS_1_2, tls.NULL),
    "anonymous": Hello("suites without authentication only", Version.TLS_1_2, tls.ANONYMOUS),
    "export": Hello("suites of export strength only", Version.TLS_1_2, tls.EXPORT),
    "rc4": Hello("suites with RC4 only", Version.TLS_1_2, tls.RC4),
    "des": Hello("suites with DES only", Version.TLS_1_2, tls.DES),
    "weak": Hello("weak suites only", Version.TLS_1_2, tls.WEAK),
}
VERSIONS = ("tls-1.1", "tls-1.0", "ssl-3.0")
SUITES = ("null", "anonymous", "export", "rc4", "des")


def over_tls(transport: Transport, name: str) -> str:
    """The URL of an endpoint; a violation where it is one of plain HTTP."""
    url = transport.url(name)
    assert urlsplit(url).scheme == "https", f"the {name} is {url}, without TLS"
    return url


def takes(transport: Transport, name: str, offer: str) -> tls.Answer:
    """What the host of an endpoint answers to an offer."""
    return transport.tls.offered(over_tls(transport, name), OFFERS[offer])


# Every endpoint


@check("robustness-transport-tls-1-2-or-later-offered", remedy=MODERN, needs=NEEDS)
@pytest.mark.parametrize("name", ENDPOINTS)
def test_modern_tls_is_taken(transport: Transport, name: str) -> None:
    """The host takes TLS 1.2 or 1.3."""
    answer = takes(transport, name, "tls")

    assert answer.version in (Version.TLS_1_2, Version.TLS_1_3), f"it answered with {answer}"


@check("robustness-transport-strong-cipher-suites-offered", remedy=MODERN, needs=NEEDS)
@pytest.mark.parametrize("name", ENDPOINTS)
def test_strong_suites_are_taken(transport: Transport, name: str) -> None:
    """The host takes a cipher suite of authenticated encryption and forward secrecy."""
    answer = takes(transport, name, "strong")

    assert answer.accepted, f"it answered with {answer}"


@check("robustness-transport-no-old-tls-versions", remedy=OLD, needs=NEEDS)
@pytest.mark.parametrize("name", ENDPOINTS)
def test_old_versions_are_refused(transport: Transport, name: str) -> None:
    """The host takes no version before TLS 1.2, as a scanner, where one is installed, sees too."""
    answer = takes(transport, name, "old")
    scan = transport.tls.scanned(transport.url(name))

    assert not answer.accepted, f"it took {answer}"
    assert scan is None or not scan.old, str(scan)


@check("robustness-transport-no-weak-cipher-suites", remedy=WEAK, needs=NEEDS)
@pytest.mark.parametrize("name", ENDPOINTS)
def test_weak_suites_are_refused(transport: Transport, name: str) -> None:
    """The host takes no cipher suite that protects nothing."""
    answer = takes(transport, name, "weak")

    assert not answer.accepted, f"it took {answer}"


@check("robustness-transport-certificate-valid", remedy=CERTIFICATE, needs=NEEDS)
@pytest.mark.parametrize("name", ENDPOINTS)
def test_certificate_verifies(transport: Transport, name: str) -> None:
    """The certificate verifies: chain, dates and the endpoint's own host name."""
    certificate = transport.tls.certificate(over_tls(transport, name))

    assert certificate.valid, f"{certificate.problem}; it is {certificate.described}"


@check("robustness-transport-hsts", remedy=LASTING, needs=NEEDS)
@pytest.mark.parametrize("name", ENDPOINTS)
def test_browsers_are_told_to_come_over_tls(
    server: AuthorizationServer, transport: Transport, name: str
) -> None:
    """An answer over TLS carries Strict-Transport-Security with a max-age above 0."""
    url = over_tls(transport, name)
    host = urlsplit(url).hostname or ""
    if re.fullmatch(r"[\d.]+|.*:.*", host):
        address = ipaddress.ip_address(host)
        raise NotApplicable(f"Browsers take no HSTS from an address such as {address}.")

    reply = server.wire.get(url, who="browser")

    told = reply.header("strict-transport-security") or ""
    seconds = re.search(r'max-age\s*=\s*"?(\d+)', told, re.I)
    assert seconds is not None, f"Strict-Transport-Security is {told or 'missing'}"
    assert int(seconds.group(1)) > 0, f"Strict-Transport-Security is {told}"


# What the specifications say of one endpoint


@check("rfc6749-10.9-tls-server-authentication", remedy=CERTIFICATE, needs=NEEDS)
@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint"])
def test_server_is_authenticated(transport: Transport, name: str) -> None:
    """Authorization and token endpoint authenticate the server with a valid certificate."""
    certificate = transport.tls.certificate(over_tls(transport, name))

    assert certificate.valid, f"{certificate.problem}; it is {certificate.described}"


@check("rfc7009-2-revocation-tls", remedy=MODERN, needs=[Feature.HTTPS, Feature.REVOCATION])
def test_revocation_is_reached_with_tls(transport: Transport) -> None:
    """The revocation endpoint is reached with TLS 1.2 or later, and a valid certificate."""
    answer = takes(transport, "revocation_endpoint", "tls")

    assert answer.version in (Version.TLS_1_2, Version.TLS_1_3), f"it answered with {answer}"
    certificate = transport.tls.certificate(transport.url("revocation_endpoint"))
    assert certificate.valid, f"{certificate.problem}; it is {certificate.described}"


@check(
    "rfc7662-4-introspection-tls-1-2",
    remedy=MODERN,
    needs=[Feature.HTTPS, Feature.INTROSPECTION],
)
def test_introspection_takes_tls_1_2(transport: Transport) -> None:
    """The introspection endpoint takes TLS 1.2."""
    answer = takes(transport, "introspection_endpoint", "tls-1.2")

    assert answer.version is Version.TLS_1_2, f"to an offer of TLS 1.2 it answered with {answer}"


@check("rfc8414-6.1-tls-1-2-supported", remedy=MODERN, needs=[Feature.HTTPS, Feature.METADATA])
def test_metadata_takes_tls_1_2(transport: Transport) -> None:
    """The host of the metadata takes TLS 1.2."""
    answer = takes(transport, METADATA, "tls-1.2")

    assert answer.version is Version.TLS_1_2, f"to an offer of TLS 1.2 it answered with {answer}"


@check("rfc8414-6.1-tls-strong-ciphersuite", remedy=WEAK, needs=[Feature.HTTPS, Feature.METADATA])
@pytest.mark.parametrize("suites", SUITES)
def test_metadata_is_confidential(transport: Transport, suites: str) -> None:
    """The host of the metadata takes no suite without confidentiality and integrity."""
    answer = takes(transport, METADATA, suites)

    assert not answer.accepted, f"it took {answer}"


@check("rfc9700-2.6-end-to-end-tls", remedy=OLD, needs=[Feature.HTTPS, Feature.PROTECTED_RESOURCE])
@pytest.mark.parametrize("version", VERSIONS)
def test_resource_takes_no_old_version(transport: Transport, version: str) -> None:
    """The resource's host takes no old version (where TLS ends behind it cannot be seen)."""
    answer = takes(transport, RESOURCE, version)

    assert not answer.accepted, f"it took {answer}"


@check("rfc9700-2.6-end-to-end-tls", remedy=WEAK, needs=[Feature.HTTPS, Feature.PROTECTED_RESOURCE])
@pytest.mark.parametrize("suites", SUITES)
def test_resource_takes_no_weak_suite(transport: Transport, suites: str) -> None:
    """The resource's host takes no weak suite (where TLS ends behind it cannot be seen)."""
    answer = takes(transport, RESOURCE, suites)

    assert not answer.accepted, f"it took {answer}"
