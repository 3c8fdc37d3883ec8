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
