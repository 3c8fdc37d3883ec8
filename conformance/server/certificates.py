"""The certificate of a server on this machine, and the authority that vouches for it."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_DAY = datetime.timedelta(days=1)
HERE = ("localhost", "127.0.0.1", "::1")
"""The names that a server on the loopback interface is reached by."""


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority: whoever trusts its certificate trusts those that it issues."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> bytes:
        """Its certificate, as clients take it."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)


Certificate = Callable[[Authority], bytes]
"""Makes the certificate of a server, with its private key, as PEM."""


@cache
def authority() -> Authority:
    """The authority of this process; its key is nowhere else."""
    return _authority("Example Authority")


def valid(issuer: Authority) -> bytes:
    """A certificate for this machine that holds for a month."""
    return _issued(issuer, HERE, -_DAY, 30 * _DAY)


def expired(issuer: Authority) -> bytes:
    """A certificate that ended yesterday."""
    return _issued(issuer, HERE, -30 * _DAY, -_DAY)


def of_one_host(issuer: Authority) -> bytes:
    """A certificate for one of the names of this machine."""
    return _issued(issuer, HERE[:1], -_DAY, 30 * _DAY)


def of_another_host(issuer: Authority) -> bytes:
    """A certificate for a name that this machine is not reached by."""
    return _issued(issuer, ("other.example",), -_DAY, 30 * _DAY)


def self_signed(_: Authority) -> bytes:
    """A certificate that nobody but its owner vouches for."""
    alone = _authority(HERE[0])
    return _issued(alone, HERE, -_DAY, 30 * _DAY, key=alone.key)


def _authority(name: str) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    constraints = x509.BasicConstraints(ca=True, path_length=0)
    certificate = (
        _begun(name, name, key, -_DAY, 365 * _DAY)
        .add_extension(constraints, critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(key, certificate)


def _issued(
    issuer: Authority,
    hosts: Sequence[str],
    begins: datetime.timedelta,
    ends: datetime.timedelta,
    key: ec.EllipticCurvePrivateKey | None = None,
) -> bytes:
    key = key or ec.generate_private_key(ec.SECP256R1())
    by = issuer.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    certificate = (
        _begun(hosts[0], str(by), key, begins, ends)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(map(_name, hosts)), critical=False)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()),
            critical=False,
        )
        .sign(issuer.key, hashes.SHA256())
    )
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ) + certificate.public_bytes(serialization.Encoding.PEM)


def _begun(
    name: str,
    by: str,
    key: ec.EllipticCurvePrivateKey,
    begins: datetime.timedelta,
    ends: datetime.timedelta,
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_distinguished(name))
        .issuer_name(_distinguished(by))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
    )


def _distinguished(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
