"""Access tokens as attackers forge them, at the protected resource (RFC 9068, 4; RFC 8725, 2)."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check import check
from conformance.errors import NotApplicable
from conformance.features import Feature
from conformance.protocol import jwt
from conformance.protocol.forgery import Forger, data_url, spellings
from conformance.target.flow import Flow
from conformance.target.keyhost import KeyHost
from conformance.target.server import AuthorizationServer

VERIFY = (
    "Verify the signature with the server's published keys and a fixed list of asymmetric"
    " algorithms, and take nothing of the token's header for granted."
)
KEYS = "Take keys from the server's jwks_uri alone; ignore jwk, jku, x5u and x5c of a token."
KID = "Take kid for a name to compare with those of the published keys: no path, no query."
MACS = "Fix the algorithm beside the key: a public key never verifies an HMAC."
JWT = [Feature.PROTECTED_RESOURCE, Feature.JWT_ACCESS_TOKEN]
SECRET = b"conformance"
"""What the injected query gives back as the key."""
PATHS = {
    "dev-null": "/dev/null",
    "dev-null-from-below": "../../../../../../../../dev/null",
    "dev-null-as-url": "file:///dev/null",
}
QUERIES = {
    "quoted": "x' UNION SELECT 'conformance'-- ",
    "double-quoted": "x\" UNION SELECT 'conformance'-- ",
    "bare": "0 UNION SELECT 'conformance'-- ",
}
SPELLINGS = (
    "pem",
    "pem-without-line-break",
    "pem-with-windows-line-breaks",
    "der",
    "jwk",
    "number",
    "number-as-text",
)


@pytest.fixture
def forger(flow: Flow) -> Forger:
    """An attacker with a JWT access token that opens the resource."""
    token = flow.tokens().access_token or ""
    if not jwt.looks_like(token):
        raise NotApplicable("The access token is no signed JWT.")
    return Forger.of(token)


@check("rfc9068-4-rs-uses-only-server-keys", remedy=KEYS, needs=JWT)
@pytest.mark.parametrize("at", ["data-url", "url"])
@pytest.mark.parametrize("member", ["jku", "x5u"])
def test_key_that_the_token_points_to_is_not_used(
    flow: Flow, forger: Forger, key_host: KeyHost, member: str, at: str
) -> None:
    """A JWT that points to an attacker's hosted key with jku or x5u does not open the resource."""
    kind, content = {
        "jku": ("application/json", forger.key_set),
        "x5u": ("application/pem-certificate-chain", forger.certificate_file),
    }[member]
    url = (
        data_url(kind, content) if at == "data-url" else key_host.host(f"/{member}", kind, content)
    )
    forged = forger.signed(kid=forger.jwk["kid"], **{member: url})

    answer = flow.call_instead(forger.token, forged)

    assert answer.refused, f"to a foreign key that {member} points to {answer}"


@check(
    "rfc9068-4-rs-checks-issuer",
    remedy="Compare iss, whole, with the issuer that is configured, before looking for a key.",
    needs=[Feature.PROTECTED_RESOURCE, Feature.RFC9068_ACCESS_TOKEN],
)
def test_token_of_another_issuer_is_refused(flow: Flow, forger: Forger, key_host: KeyHost) -> None:
    """A JWT of another issuer, who publishes the keys for it, does not open the resource.

    One of another issuer with the server's own keys cannot be had from outside.
    """
    key_host.host_issuer(key_host.origin, forger.key_set)
    forged = forger.signed_as(key_host.origin)

    answer = flow.call_instead(forger.token, forged)

    assert answer.refused, f"to a token of another issuer {answer}"


@check("rfc9068-4-rs-uses-only-server-keys", remedy=KEYS, needs=JWT)
def test_certificate_that_the_token_brings_is_not_used(flow: Flow, forger: Forger) -> None:
    """A JWT with an attacker's own certificate in x5c does not open the resource."""
    forged = forger.signed(**forger.certificate_head)

    answer = flow.call_instead(forger.token, forged)

    assert answer.refused, f"to a foreign certificate in x5c {answer}"


@check("rfc9068-4-rs-uses-only-server-keys", remedy=KID, needs=JWT)
@pytest.mark.parametrize("kid", PATHS.values(), ids=PATHS)
def test_key_identifier_is_no_path(flow: Flow, forger: Forger, kid: str) -> None:
    """A JWT whose kid is the path of an empty file, the key of its HMAC, is refused."""
    forged = forger.maced(b"", kid=kid)

    answer = flow.call_instead(forger.token, forged)

    assert answer.refused, f"to a kid that is a path {answer}"


@check("rfc9068-4-rs-uses-only-server-keys", remedy=KID, needs=JWT)
@pytest.mark.parametrize("kid", QUERIES.values(), ids=QUERIES)
def test_key_identifier_is_no_query(flow: Flow, forger: Forger, kid: str) -> None:
    """A JWT whose kid would make a database give out the key of its HMAC is refused."""
    forged = forger.maced(SECRET, kid=kid)

    answer = flow.call_instead(forger.token, forged)

    assert answer.refused, f"to a kid that is a query {answer}"


@check("rfc9068-4-rs-uses-only-server-keys", remedy=MACS, needs=[*JWT, Feature.JWKS])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_published_key_is_no_secret(
    flow: Flow, server: AuthorizationServer, forger: Forger, spelling: str
) -> None:
    """A JWT whose HMAC was made with the server's public key, however written, is refused."""
    secrets = spelled(server, forger.token)

    answer = flow.call_instead(forger.token, forger.maced(secrets[spelling]))

    assert answer.refused, f"to an HMAC with the public key ({spelling}) {answer}"


def spelled(server: AuthorizationServer, token: str) -> dict[str, bytes]:
    """The public key that verifies a token, as it may be written."""
    members = server.jwks.members.get("keys", []) if server.jwks is not None else []
    for key in server.keys:
        if jwt.verifies(token, [key]):
            published = (one for one in members if one.get("kid") == key.key_id)
            return spellings(key.key, next(published, {}))
    raise NotApplicable("No published key verifies the access token.")


@check("rfc9068-4-rs-verifies-signature", remedy=VERIFY, needs=JWT)
@pytest.mark.parametrize("zeros", [0, 1, 64], ids=["empty", "one-zero", "zeros"])
def test_signature_of_nothing_is_refused(flow: Flow, forger: Forger, zeros: int) -> None:
    """A JWT whose signature is empty, or zeros (which a faulty ECDSA takes), is refused."""
    forged = forger.assembled(bytes(zeros))

    answer = flow.call_instead(forger.token, forged)

    assert answer.refused, f"to a signature of {zeros} zeros {answer}"


NO_ALGORITHM: dict[str, Any] = {"missing": None, "empty": "", "list": ["none"], "false": False}


@check("rfc7519-7.2-rs-rejects-unacceptable-algorithms", remedy=VERIFY, needs=JWT)
@pytest.mark.parametrize("algorithm", NO_ALGORITHM.values(), ids=NO_ALGORITHM)
def test_jwt_without_an_algorithm_is_refused(flow: Flow, forger: Forger, algorithm: Any) -> None:
    """An unsigned JWT whose header has no algorithm, or nothing that could be one, is refused."""
    forged = forger.assembled(b"", alg=algorithm)

    answer = flow.call_instead(forger.token, forged)

    assert answer.refused, f"to alg {algorithm!r} {answer}"
