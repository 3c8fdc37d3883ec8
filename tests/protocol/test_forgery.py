"""Forged tokens are what they say: the attacker's key verifies them, and nothing else is wrong."""

from __future__ import annotations

import base64
import json

import jwt as pyjwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from conformance.protocol import jwt
from conformance.protocol.forgery import Forger, data_url, spellings

CLAIMS = {"sub": "alice", "scope": "profile"}
KEYS = {
    "RS256": rsa.generate_private_key(65537, 2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}


@pytest.mark.parametrize("algorithm", KEYS)
def test_a_forger_signs_as_the_server_does_with_a_key_of_its_own(algorithm: str) -> None:
    good = jwt.signed({"typ": "at+jwt", "kid": "1"}, CLAIMS, KEYS[algorithm], algorithm)

    forger = Forger.of(good)
    forged = forger.signed(jku="https://attacker.example/keys")

    keys = pyjwt.PyJWKSet.from_json(forger.key_set.decode()).keys
    assert jwt.header(forged) == {**jwt.header(good), "jku": "https://attacker.example/keys"}
    assert jwt.claims(forged) == CLAIMS
    assert jwt.verifies(forged, keys)
    assert not jwt.verifies(good, keys)


@pytest.mark.parametrize("algorithm", KEYS)
def test_the_certificate_is_of_the_forgers_key(algorithm: str) -> None:
    forger = Forger.of(jwt.signed({}, CLAIMS, KEYS[algorithm], algorithm))

    der = base64.b64decode(forger.certificate_head["x5c"][0])
    brought = x509.load_der_x509_certificate(der)
    hosted = x509.load_pem_x509_certificate(forger.certificate_file)

    assert brought.public_key() == hosted.public_key() == forger.key.public_key()


def test_a_token_put_together_keeps_what_is_not_changed() -> None:
    forger = Forger.of(jwt.signed({"typ": "at+jwt"}, CLAIMS, KEYS["RS256"], "RS256"))

    assert jwt.header(forger.assembled(b"", alg=None)) == {"typ": "at+jwt"}
    assert forger.assembled(bytes(64)).rpartition(".")[2] == jwt.encode(bytes(64))
    assert jwt.header(forger.maced(b"", kid="/dev/null"))["kid"] == "/dev/null"


def test_a_public_key_is_spelled_in_every_way() -> None:
    key = KEYS["RS256"].public_key()
    published = pyjwt.algorithms.RSAAlgorithm.to_jwk(key, as_dict=True)

    found = spellings(key, published)

    assert len(set(found.values())) == len(found)
    assert json.loads(found["jwk"]) == published
    assert int.from_bytes(found["number"], "big") == key.public_numbers().n


def test_a_data_url_is_its_own_document() -> None:
    assert data_url("text/plain", b"key") == "data:text/plain;base64,a2V5"
