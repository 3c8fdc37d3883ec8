"""Proofs of a key as RFC 9449 has them."""

from __future__ import annotations

import jwt as pyjwt

from conformance.protocol import jwt
from conformance.protocol.dpop import Prover, thumbprint


def test_the_thumbprint_is_that_of_the_example() -> None:
    # RFC 7638, 3.1.
    n = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJE"
        "CPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2Q"
        "vzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6"
        "WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    key = {"kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"}

    assert thumbprint(key) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_a_proof_is_for_one_request_and_one_token() -> None:
    prover = Prover.fresh()

    proof = prover.proof("GET", "https://api.example/me?x=1#y", 1000.5, token="abc", nonce="n")

    claims = jwt.claims(proof) or {}
    assert jwt.header(proof)["typ"] == "dpop+jwt"
    assert jwt.verifies(proof, [pyjwt.PyJWK(jwt.header(proof)["jwk"], "ES256")])
    assert (claims["htm"], claims["htu"]) == ("GET", "https://api.example/me")
    assert (claims["iat"], claims["nonce"]) == (1000, "n")
    assert claims["ath"] == "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"
    assert claims["jti"] != (jwt.claims(prover.proof("GET", "https://a.example", 1)) or {})["jti"]
    assert thumbprint(jwt.header(proof)["jwk"]) == prover.thumbprint
