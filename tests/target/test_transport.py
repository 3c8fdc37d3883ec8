"""What is taken for an endpoint that is served without TLS, and what is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import Any

import pytest

from conformance.errors import ControlRefused, NotApplicable
from conformance.features import Feature
from conformance.profile import load
from conformance.protocol.request import Draft
from conformance.server.dialects import standard
from conformance.server.running import RunningServer
from conformance.target.raw import Answered
from conformance.target.recorder import Recorder
from conformance.target.server import AuthorizationServer, Known
from conformance.target.transport import METADATA, RESOURCE, Plain, Transport
from conformance.target.wire import Reply, Wire

URL = "http://server.example/authorize"
LOGIN = "https://server.example/login?request=1"
PROFILE = load("embedded-tls")


def answered(status: int, location: str = "", body: str = "", kind: str = "text/html") -> Answered:
    headers = (("Content-Type", kind), *((("Location", location),) if location else ()))
    return Answered(Reply("", status, headers, body.encode(), 0.0), 0.0)


@pytest.mark.parametrize(
    ("over_tls", "plain", "served"),
    [
        (answered(303, "/login?request=1"), answered(303, "/login?request=2"), True),
        (answered(303, "/login?request=1"), answered(308, LOGIN), False),
        (answered(303, LOGIN), answered(303, "http://server.example/login?request=2"), True),
        (answered(303, "/login"), answered(303, "http://www.server.example/"), False),
        (answered(303, "/login"), answered(200, body="<h1>It works!</h1>"), False),
        (answered(200), answered(200, kind="text/plain"), False),
        (answered(401, body='{"error": "invalid_client"}'), answered(401, body="{}"), False),
        (
            answered(401, body='{"error": "invalid_client"}'),
            answered(401, body='{"error": "invalid_client"}'),
            True,
        ),
        (answered(401), answered(400), False),
        (answered(401), None, False),
        (answered(401), Answered(None, 0.0), False),
    ],
)
def test_the_same_answer_as_over_tls_is_one_of_the_endpoint(
    over_tls: Answered, plain: Answered | None, served: bool
) -> None:
    assert Plain(URL, over_tls, plain).served is served


@pytest.mark.parametrize(
    ("plain", "reached"),
    [(answered(308, LOGIN), True), (answered(404), True), (answered(400), False), (None, False)],
)
def test_who_only_says_that_it_takes_tls_is_not_reached(
    plain: Answered | None, reached: bool
) -> None:
    assert Plain(URL, answered(401), plain).reached is reached


Start = Callable[..., tuple[Transport, Recorder]]


@pytest.fixture
def start() -> Iterator[Start]:
    with ExitStack() as stack:

        def begin(**rules: Any) -> tuple[Transport, Recorder]:
            server = stack.enter_context(RunningServer(replace(standard(), **rules), tls=True))
            recorder = Recorder()
            wire = stack.enter_context(closing(Wire(recorder, timeout=3, ca=server.ca)))
            return Transport(AuthorizationServer(PROFILE, wire, server.issuer), (), wire), recorder

        yield begin


def test_a_request_without_tls_stands_between_two_with_it(start: Start) -> None:
    transport, recorder = start()
    draft = transport.request("token_endpoint")
    mark = recorder.mark()

    (plain,) = transport.without_tls(draft)

    story = recorder.raw_since(mark)
    assert not plain.served
    assert not plain.reached
    assert [(one.url.partition(":")[0], one.status) for one in story] == [
        ("https", 401),
        ("http", 400),
        ("https", 401),
    ]
    assert [one.changed for one in story] == [None, "sent without TLS", None]


def test_what_does_not_work_over_tls_is_not_judged(start: Start) -> None:
    transport, _ = start()
    nowhere = transport.url("token_endpoint") + "/nowhere"

    with pytest.raises(ControlRefused, match="404"):
        transport.without_tls(Draft("GET", nowhere))


def test_a_host_without_a_port_is_asked_on_80_too(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(_: Wire, draft: Draft, **__: Any) -> Answered:
        asked.append(draft.url)
        return answered(401)

    monkeypatch.setattr("conformance.target.transport.send", answer)
    with closing(Wire(Recorder())) as wire:
        transport = Transport(AuthorizationServer(PROFILE, wire, None), (), wire)
        transport.without_tls(Draft("GET", "https://server.example/token"))
        transport.without_tls(Draft("GET", "https://server.example:8443/token"))

    plain = [url for url in asked if url.startswith("http:")]
    assert plain == [
        "http://server.example:443/token",
        "http://server.example:80/token",
        "http://server.example:8443/token",
    ]


def test_endpoints_are_found_though_the_certificate_does_not_verify(start: Start) -> None:
    transport, _ = start()
    issuer = transport.server.issuer or ""
    recorder = Recorder()
    secret = (("X-Gateway", "secret"),)
    with closing(Wire(recorder, headers=secret)) as untrusting:
        blind = Transport(AuthorizationServer(PROFILE, untrusting, issuer), (), untrusting)

        assert blind.url("token_endpoint") == f"{issuer}/token"
        assert blind.url(METADATA).startswith(f"{issuer}/.well-known/")
        with pytest.raises(NotApplicable):
            blind.url("userinfo_endpoint")
    read = [one for one in recorder.raw_since(0) if one.status == 200]
    assert read
    assert all(secret[0] not in one.request_headers for one in read)


def test_what_the_profile_has_not_is_not_applicable(start: Start) -> None:
    transport, _ = start()

    with pytest.raises(NotApplicable):
        transport.url(RESOURCE)


@pytest.mark.parametrize(
    ("issuer", "known", "words"),
    [
        ("http://127.0.0.1:8000", Known.NOT_OFFERED, "on the loopback interface"),
        ("https://localhost:8000", Known.OFFERED, "an https URL"),
        ("http://server.example", Known.OFFERED, "over a network"),
        ("https://server.example", Known.OFFERED, "an https URL"),
    ],
)
def test_only_the_loopback_interface_needs_no_tls(issuer: str, known: Known, words: str) -> None:
    with closing(Wire(Recorder())) as wire:
        knowledge = AuthorizationServer(PROFILE, wire, issuer).knows(Feature.HTTPS)

    assert knowledge.known is known
    assert words in knowledge.evidence
