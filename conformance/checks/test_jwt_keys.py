"""What a JWT access token says about keys, and how it is wrapped (RFC 7515, 4.1 and 6; 7519, 5)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import jwt as pyjwt
import pytest
from cryptography import x509

from conformance.check import check
from conformance.errors import NotApplicable
from conformance.features import Feature
from conformance.protocol import jwt
from conformance.protocol.answers import TokenAnswer
from conformance.target.flow import Flow
from conformance.target.server import AuthorizationServer, Known

CHAIN = "Put the certificate of the signing key first in x5c, then each after the one it certifies."
COMPACT = "Issue access tokens in the compact serialization, which protects the whole header."
NESTED = "Set cty to JWT in the outer header of a token that was signed and then encrypted."
ENCRYPTED = "Where tokens are agreed to be encrypted, refuse those that are not."
OF_KEYS = ("alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256")
"""Header parameters on which trust decisions rest (RFC 7515, 6)."""


def first_certificate(token: str) -> x509.Certificate:
    """The first certificate of x5c; NotApplicable where there is none."""
    chain = jwt.header(token).get("x5c")
    if chain is None:
        raise NotApplicable("The access token has no x5c.")
    assert isinstance(chain, list), f"x5c is of the type {type(chain).__name__}"
    assert chain, "x5c is empty"
    return read(str(chain[0]))


def read(text: str) -> x509.Certificate:
    """A certificate as x5c has it: DER in base64, not base64url."""
    try:
        return x509.load_der_x509_certificate(base64.b64decode(text, validate=True))
    except ValueError:
        raise AssertionError("the first certificate of x5c cannot be read") from None


def verifies(token: str, certificate: x509.Certificate) -> bool:
    """Whether the key of a certificate verifies the signature of a token."""
    algorithm = str(jwt.header(token).get("alg"))
    try:
        key: Any = certificate.public_key()
        pyjwt.api_jws.PyJWS().decode(token, key=key, algorithms=[algorithm])
    except (pyjwt.PyJWTError, TypeError, ValueError):
        return False
    return True


@check(
    "rfc7515-4.1.6-certificate-matches-signing-key", remedy=CHAIN, needs=[Feature.JWT_ACCESS_TOKEN]
)
def test_first_certificate_is_that_of_the_key(tokens: TokenAnswer) -> None:
    """The first certificate in x5c is of the key that signed the access token."""
    token = tokens.access_token or ""

    certificate = first_certificate(token)

    assert verifies(token, certificate), "the first certificate of x5c does not verify the token"


@check("rfc7515-6-key-parameters-integrity-protected", remedy=COMPACT)
def test_header_is_protected(tokens: TokenAnswer) -> None:
    """No header parameter about keys stands outside of what the signature protects."""
    token = tokens.access_token or ""
    document = jwt.json_serialized(token)
    if document is None and not jwt.looks_like(token):
        raise NotApplicable("The access token is no JWS.")

    found = [document or {}, *((document or {}).get("signatures") or [])]
    bare = sorted({name for one in found for name in one.get("header") or {} if name in OF_KEYS})

    assert not bare, f"the access token has {', '.join(bare)} in an unprotected header"


@check("rfc7519-5.2-cty-jwt-when-nested", remedy=NESTED)
def test_nested_token_says_so(tokens: TokenAnswer, server: AuthorizationServer) -> None:
    """An access token that was signed and then encrypted has cty JWT in its outer header."""
    token = tokens.access_token or ""
    header = jwt.header(token)
    if not jwt.is_encrypted(token):
        raise NotApplicable("The access token is not encrypted.")
    profiled = server.knows(Feature.RFC9068_ACCESS_TOKEN).known is Known.OFFERED
    if "cty" not in header and "at+jwt" not in str(header.get("typ")).lower() and not profiled:
        raise NotApplicable("Whether a signed token is in the encrypted one cannot be seen.")

    kind = header.get("cty")

    assert str(kind).upper() == "JWT", f"cty of the encrypted access token is {kind!r}"


@check(
    "rfc9068-4-rs-requires-encryption-if-negotiated",
    remedy=ENCRYPTED,
    needs=[Feature.PROTECTED_RESOURCE],
)
@pytest.mark.parametrize("role", ["confidential-2", "confidential-post", "public", "native"])
def test_plain_token_is_refused_where_others_are_encrypted(
    flow: Flow, proven: Callable[..., Flow], role: str
) -> None:
    """A resource that takes one client's encrypted tokens refuses a plain one of another client."""
    token = flow.tokens().access_token or ""
    if not jwt.is_encrypted(token):
        raise NotApplicable("The access token is not encrypted.")
    flow.must_serve(token)
    plain = proven(role).tokens().access_token or ""
    if not jwt.looks_like(plain):
        raise NotApplicable(f"The tokens of the client {role} are no plain JWTs either.")

    answer = flow.call_instead(token, plain)

    assert answer.refused, f"to an access token that is not encrypted {answer}"
