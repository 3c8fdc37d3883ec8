"""The server's codes and tokens are kept in order, each with its session."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import cast

from conformance.protocol.answers import Landing, Place, TokenAnswer, json_object
from conformance.protocol.entropy import Sample
from conformance.protocol.request import Draft
from conformance.target.agent import UserAgent
from conformance.target.issued import Issued, Kind

SENT = Draft("GET", "https://login.example/authorize")


@dataclass(eq=False)
class Human:
    """A user agent, as far as it is looked at."""

    username: str


def human(username: str = "alice") -> UserAgent:
    return cast("UserAgent", Human(username))


def landing(**parameters: str) -> Landing:
    pairs = tuple(parameters.items())
    return Landing(Place.CALLBACK, "https://client.example/", SENT, parameters=pairs)


def answer(**members: str) -> TokenAnswer:
    body = json.dumps(members)
    return TokenAnswer(200, (), body, SENT, json_object(body))


def test_tokens_belong_to_the_session_of_their_code() -> None:
    issued, first, second = Issued(), human(), human()
    issued.take_code("web", landing(code="c1"), first)
    issued.take_code("web", landing(code="c2"), second)
    issued.take_tokens("web", "c2", answer(access_token="a2", refresh_token="r2"))
    issued.take_tokens("web", "r2", answer(access_token="a3"))
    issued.take_tokens("web", "of nobody", answer(access_token="a4"))

    assert issued.of(Kind.CODE, "web") == (Sample("c1", 0), Sample("c2", 1))
    assert issued.of(Kind.ACCESS_TOKEN, "web") == (Sample("a2", 1), Sample("a3", 1))
    assert issued.of(Kind.REFRESH_TOKEN, "web") == (Sample("r2", 1),)
    assert issued.of(Kind.CODE, "native") == ()


def test_a_saved_session_is_one_session_of_its_user() -> None:
    issued = Issued(one_session=True)
    for code, username in (("c1", "alice"), ("c2", "alice"), ("c3", "bob")):
        issued.take_code("web", landing(code=code), human(username))

    assert [one.session for one in issued.of(Kind.CODE, "web")] == [0, 0, 1]


def test_a_landing_with_an_error_has_no_code() -> None:
    issued = Issued()
    issued.take_code("web", landing(error="access_denied", code="1004"), human())

    assert issued.of(Kind.CODE, "web") == ()
