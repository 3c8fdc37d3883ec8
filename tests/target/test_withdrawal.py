"""Taking a consent back on the page of the embedded server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from conformance.errors import PageNotRecognised
from conformance.profile import UserSettings
from conformance.protocol.request import Draft
from conformance.secret import Secret
from conformance.server.registrations import PASSWORDS
from conformance.server.running import embedded
from conformance.target.agent import Decision
from conformance.target.forms import FormAgent
from conformance.target.recorder import Recorder
from conformance.target.wire import Wire
from conformance.target.withdrawal import withdraw

PAGE = "/account/applications"
CALLBACK = "https://client.example/callback"


@pytest.fixture
def agent() -> Iterator[FormAgent]:
    with (
        embedded("ilert", in_process=True) as server,
        closing(Wire(Recorder(), app=server.app)) as wire,
    ):
        user = UserSettings("alice", Secret(PASSWORDS["alice"], "password"))
        yield FormAgent(wire, user, lambda url: url.startswith(server.issuer))


def allow(agent: FormAgent, client_id: str, callback: str) -> str:
    """Lets a client in; the origin of the server."""
    origin = "https://embedded.test"
    query = (
        ("response_type", "code"),
        ("client_id", client_id),
        ("redirect_uri", callback),
        ("scope", "profile"),
    )
    url = f"{origin}/api/developers/oauth2/authorize"
    visit = agent.open(Draft("GET", url, query=query), callback=callback)
    assert "code=" in visit.url
    return origin


def test_what_a_client_was_allowed_is_taken_back(agent: FormAgent) -> None:
    origin = allow(agent, "web", CALLBACK)
    allow(agent, "web-post", "https://post.example/callback")

    pressed = withdraw(agent, f"{origin}{PAGE}", "web")

    shown = agent.open(Draft("GET", f"{origin}{PAGE}"), callback=None, decision=Decision.LOOK)
    assert pressed == 1
    assert "Example Post" in shown.text
    assert "Example Web" not in shown.text


def test_nothing_to_take_back_is_told(agent: FormAgent) -> None:
    with pytest.raises(PageNotRecognised, match="nothing that can be taken back"):
        withdraw(agent, f"https://embedded.test{PAGE}", "web")
