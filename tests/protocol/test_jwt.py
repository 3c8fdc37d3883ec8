"""Which algorithms and keys a token was really signed with."""

from __future__ import annotations

import jwt as pyjwt
import pytest

from conformance.protocol import jwt

KEY, OTHER = jwt.new_rsa_key(), jwt.new_rsa_key()
PUBLISHED = pyjwt.PyJWK({**jwt.public_jwk(KEY), "kid": "one"}, "RS256")
FOREIGN = pyjwt.PyJWK({**jwt.public_jwk(OTHER), "kid": "two"}, "RS256")


@pytest.mark.parametrize("algorithm", ["RS256", "PS384"])
def test_the_algorithm_is_found_whatever_the_header_names(algorithm: str) -> None:
    head, body, _ = jwt.signed({}, {"sub": "a"}, KEY, algorithm).split(".")
    message = f"{head}.{body}"
    signature = pyjwt.get_algorithm_by_name(algorithm).sign(message.encode(), KEY)

    found = jwt.verifying(f"{message}.{jwt.encode(signature)}", [FOREIGN, PUBLISHED])

    assert found == {algorithm}


def test_nothing_is_found_for_a_foreign_key_or_what_is_no_signature() -> None:
    token = jwt.signed({}, {"sub": "a"}, KEY, "RS256")

    assert jwt.verifying(token, [FOREIGN]) == frozenset()
    assert jwt.verifying(token[:-8], [PUBLISHED]) == frozenset()
    assert jwt.verifying("no token", [PUBLISHED]) == frozenset()


def test_repeated_members_are_told() -> None:
    assert jwt.repeated_members('{"a": 1, "b": 2, "a": 3}') == ("a",)
    assert jwt.repeated_members("no json") == ()


def test_a_jwe_is_told_from_a_jws() -> None:
    head = jwt.encode(b'{"alg":"dir","enc":"A256GCM"}')

    assert jwt.is_encrypted(f"{head}..aaaa.bbbb.cccc")
    assert not jwt.is_encrypted(f"{head}.aaaa.bbbb")
    assert not jwt.is_encrypted("a.b.c.d.e")


def test_a_json_serialization_is_read_plain_and_encoded() -> None:
    text = '{"payload": "e30", "header": {"kid": "1"}, "signature": "AA"}'

    for token in (text, jwt.encode(text.encode())):
        found = jwt.json_serialized(token)
        assert found is not None
        assert found["header"] == {"kid": "1"}
    assert jwt.json_serialized("e30.e30.AA") is None
    assert jwt.json_serialized("opaque") is None
