"""Responses in messages between windows: to the client alone, and as well protected as others."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from conformance.check import check
from conformance.errors import NotApplicable
from conformance.features import Feature
from conformance.protocol import pkce
from conformance.protocol.request import Add, Change, Replace
from conformance.target.agent import Decision, UserAgent
from conformance.target.flow import Flow
from conformance.target.location import origin

EXACT = "Compare the whole origin of the receiver with those registered, as strings."
CLIENT = (
    "Name the registered origin of the client as the target of postMessage, never anything else."
)
ALIKE = "Check a request for a message as any other, and put the same parameters into the answer."
NEEDS = [Feature.WEB_MESSAGE]
MESSAGE = Replace("response_mode", "web_message")
ATTACKER = "https://attacker.example"
RECEIVERS: dict[str, tuple[Change, ...]] = {
    "unchanged": (),
    "web-message-uri": (Add("web_message_uri", ATTACKER),),
    "web-message-target": (Add("web_message_target", ATTACKER),),
    "origin": (Add("origin", ATTACKER),),
}


def _with_host(uri: str, change: Callable[[str], str]) -> str:
    parts = urlsplit(uri)
    return parts._replace(netloc=change(parts.netloc)).geturl()


NEAR_MISSES: dict[str, Callable[[str], str]] = {
    "other-port": lambda uri: _with_host(uri, lambda host: f"{host.partition(':')[0]}:8443"),
    "longer-name": lambda uri: _with_host(uri, lambda host: f"not-{host}"),
    "subdomain": lambda uri: _with_host(uri, lambda host: f"other.{host}"),
    "parent": lambda uri: _with_host(uri, lambda host: f"{host}.attacker.example"),
}


@check("rfc9700-4.17.2-message-sent-to-trusted-origin", remedy=CLIENT, needs=NEEDS)
@pytest.mark.parametrize("changes", RECEIVERS.values(), ids=RECEIVERS)
def test_message_is_for_the_client(by_message: Flow, changes: tuple[Change, ...]) -> None:
    """The message with the response is for the client's origin, whatever the request names."""
    landing = by_message.authorize(MESSAGE, *changes)

    client = origin(by_message.client.redirect_uri)
    assert landing.message_target in (None, client), f"the message is for {landing.message_target}"


@check("rfc9700-4.17.2-no-wildcard-message-target", remedy=CLIENT, needs=NEEDS)
def test_message_is_not_for_everyone(by_message: Flow) -> None:
    """The message with the response names its receiver, and not the wildcard."""
    landing = by_message.authorize(MESSAGE)

    assert landing.message_target != "*", "the message is for whoever opened the page"


@check("rfc9700-4.17.2-message-receiver-origin-exact", remedy=EXACT, needs=NEEDS)
@pytest.mark.parametrize("alter", NEAR_MISSES.values(), ids=NEAR_MISSES)
def test_similar_origin_gets_no_message(by_message: Flow, alter: Callable[[str], str]) -> None:
    """An origin that is almost a registered one gets no message."""
    altered = alter(by_message.client.redirect_uri)
    landing = by_message.authorize(MESSAGE, Replace("redirect_uri", altered))

    told = landing.granted and landing.message_target not in (
        None,
        origin(by_message.client.redirect_uri),
    )
    assert not told, f"a code was sent to {landing.message_target}"


@check("rfc9700-4.17.2-same-protections-for-messages", remedy=ALIKE, needs=NEEDS)
@pytest.mark.parametrize("name", ["state", "iss"])
def test_message_has_what_a_redirect_has(by_message: Flow, name: str) -> None:
    """The message carries state, and the issuer where redirects carry it."""
    redirected = by_message.authorize()
    if redirected.get(name) is None:
        raise NotApplicable(f"No response of this server carries {name}.")

    landing = by_message.authorize(MESSAGE)

    due = landing.sent.value("state") if name == "state" else redirected.get(name)
    assert landing.get(name) == due, f"the message has {name} {landing.get(name)!r}"


@check("rfc9700-4.17.2-same-protections-for-messages", remedy=ALIKE, needs=NEEDS)
def test_code_of_a_message_needs_its_verifier(by_message: Flow) -> None:
    """The code of a message is bound to its code challenge, as any other."""
    flow = by_message
    if not flow.client.sends_challenge:
        raise NotApplicable("The client does without a code challenge.")
    flow.must_grant(flow.redeem(flow.grant(MESSAGE)), "The redemption with the right verifier")

    answer = flow.redeem(flow.grant(MESSAGE), Replace("code_verifier", pkce.verifier()))

    assert answer.refused, f"to another verifier {answer}"


@check("rfc9700-4.17.2-same-protections-for-messages", remedy=ALIKE, needs=NEEDS)
def test_bad_redirect_uri_gets_no_message(by_message: Flow) -> None:
    """A redirect URI that is not registered gets no message, as it gets no redirect."""
    landing = by_message.authorize(MESSAGE, Replace("redirect_uri", f"{ATTACKER}/callback"))

    assert not landing.granted, f"the browser ended {landing.where}"


@check("rfc9700-4.17.2-same-protections-for-messages", remedy=ALIKE, needs=NEEDS)
def test_message_needs_a_sign_in(by_message: Flow, stranger: UserAgent) -> None:
    """A browser without a session gets no message with a code."""
    landing = by_message.authorize(MESSAGE, agent=stranger, decision=Decision.STAY_OUT)

    assert not landing.granted, f"without a sign-in the browser ended {landing.where}"
