"""Access tokens that say wrong things of keys, or are wrapped wrongly (RFC 7515, 7516, 7519)."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding

from conformance.defects.record import Change, Defect, rule
from conformance.server.answers import Members
from conformance.server.behaviours import sign_access_token
from conformance.server.keys import InvalidToken, Keys, Read, decode, encode, verified_rs256

_KEY = secrets.token_bytes(32)
_BEGAN = datetime(2024, 1, 1, tzinfo=UTC)


@cache
def _authority() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def _chain(key: rsa.RSAPrivateKey) -> tuple[str, str]:
    """The certificate of a key, and that of the authority that signed it."""
    return _certificate("server.example", key), _certificate("authority.example", _authority())


def _certificate(name: str, key: rsa.RSAPrivateKey) -> str:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "authority.example")])
    signed = (
        x509.CertificateBuilder(issuer, subject, key.public_key(), 1)
        .not_valid_before(_BEGAN)
        .not_valid_after(_BEGAN + timedelta(days=36500))
        .sign(_authority(), hashes.SHA256())
    )
    return base64.b64encode(signed.public_bytes(Encoding.DER)).decode()


def _with_chain(order: Callable[[tuple[str, str]], list[str]]) -> Change:
    def sign(header: Members, claims: Members, keys: Keys) -> str:
        return sign_access_token({**header, "x5c": order(_chain(keys.private))}, claims, keys)

    return rule(sign_access_token=sign)


def _in_json(header: Members, claims: Members, keys: Keys) -> str:
    """The JSON serialization, in base64url so that it fits into a header."""
    token = sign_access_token({"alg": header["alg"]}, claims, keys)
    protected, payload, signature = token.split(".")
    flattened = {
        "protected": protected,
        "header": {"kid": header["kid"], "typ": header["typ"]},
        "payload": payload,
        "signature": signature,
    }
    return encode(json.dumps(flattened).encode())


def _from_json(token: str, keys: Keys) -> Read:
    try:
        found = json.loads(decode(token))
        compact = f"{found['protected']}.{found['payload']}.{found['signature']}"
        read = verified_rs256(compact, keys)
        return Read({**read.header, **found["header"]}, read.claims)
    except (ValueError, TypeError, KeyError) as error:
        raise InvalidToken("The token cannot be read.") from error


def encrypted(text: str, **head: str) -> str:
    """A JWE of a JWT, with a key that the server and its resources share (RFC 7516, 7.1)."""
    header = {"alg": "dir", "enc": "A256GCM", "typ": "at+jwt", **head}
    protected = encode(json.dumps(header).encode())
    start = secrets.token_bytes(12)
    sealed = AESGCM(_KEY).encrypt(start, text.encode(), protected.encode())
    return f"{protected}..{encode(start)}.{encode(sealed[:-16])}.{encode(sealed[-16:])}"


def _encrypt(**head: str) -> Callable[[Members, Members, Keys], str]:
    def sign(header: Members, claims: Members, keys: Keys) -> str:
        return encrypted(sign_access_token(header, claims, keys), **head)

    return sign


def _encrypt_for_most(header: Members, claims: Members, keys: Keys) -> str:
    """One client's tokens were not agreed to be encrypted."""
    sign = sign_access_token if claims["client_id"] == "web-post" else _encrypt(cty="JWT")
    return sign(header, claims, keys)


def _decrypted(token: str, keys: Keys) -> Read:
    try:
        protected, _, start, sealed, tag = token.split(".")
        text = AESGCM(_KEY).decrypt(decode(start), decode(sealed) + decode(tag), protected.encode())
        return verified_rs256(text.decode(), keys)
    except (ValueError, InvalidTag) as error:
        raise InvalidToken("The token is not encrypted for this resource.") from error


def _decrypted_or_plain(token: str, keys: Keys) -> Read:
    return _decrypted(token, keys) if token.count(".") == 4 else verified_rs256(token, keys)


DEFECTS = (
    Defect(
        "certificate chain of the token in reverse order",
        ("rfc7515-4.1.6-certificate-matches-signing-key",),
        _with_chain(lambda chain: list(reversed(chain))),
        base=_with_chain(list),
        kills=("jwt_keys.first_certificate_is_that_of_the_key",),
    ),
    Defect(
        "bound access token served without its key",
        ("rfc9700-2.2.1-sender-constrained-access-tokens",),
        rule(access_token_binding_checked=False),
        kills=(
            "sender_constraint.bound_access_token_needs_its_key[no-proof]",
            "sender_constraint.bound_access_token_needs_its_key[other-key]",
        ),
    ),
    Defect(
        "access tokens cannot be bound to a key",
        ("rfc9700-2.2.1-sender-constrained-access-tokens",),
        rule(dpop_algorithms=()),
        kills=("sender_constraint.access_token_can_be_bound_to_a_key",),
    ),
    Defect(
        "key of the access token named outside of what is signed",
        ("rfc7515-6-key-parameters-integrity-protected",),
        rule(
            sign_access_token=_in_json,
            access_token_read=_from_json,
            introspection_read=_from_json,
        ),
        kills=("jwt_keys.header_is_protected",),
    ),
    Defect(
        "cty missing on an encrypted token",
        ("rfc7519-5.2-cty-jwt-when-nested",),
        rule(sign_access_token=_encrypt()),
        base=rule(
            sign_access_token=_encrypt(cty="JWT"),
            access_token_read=_decrypted,
            introspection_read=_decrypted,
        ),
        kills=("jwt_keys.nested_token_says_so",),
    ),
    Defect(
        "token opens the resource without its encryption",
        ("rfc9068-4-rs-requires-encryption-if-negotiated",),
        rule(access_token_read=_decrypted_or_plain),
        base=rule(
            sign_access_token=_encrypt_for_most,
            access_token_read=_decrypted,
            introspection_read=_decrypted_or_plain,
        ),
        kills=("jwt_keys.plain_token_is_refused_where_others_are_encrypted[confidential-post]",),
    ),
)
