"""A secret does not show itself."""

import json

import pytest

from conformance.secret import Secret


def test_only_reveal_shows_the_text() -> None:
    secret = Secret("hunter2hunter2", "password of alice")

    assert secret.reveal() == "hunter2hunter2"
    for shown in (str(secret), repr(secret), f"{secret}", f"{secret!r}", "%s" % secret):  # noqa: UP031
        assert shown == "«password of alice»"
    assert "hunter2" not in repr({"key": [secret]})


def test_equals_secrets_and_never_a_string() -> None:
    secret = Secret("hunter2", "password of alice")

    assert secret == Secret("hunter2", "another name")
    assert hash(secret) == hash(Secret("hunter2"))
    assert secret != Secret("hunter3")
    assert secret != "hunter2"
    assert Secret("é") == Secret("é")


def test_is_not_written_as_json_by_accident() -> None:
    with pytest.raises(TypeError):
        json.dumps({"password": Secret("hunter2")})
