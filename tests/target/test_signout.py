"""Signing out on the page of the embedded server."""

from __future__ import annotations

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
from conformance.target.signout import sign_out
from conformance.target.wire import Wire

PAGE = "/account/applications"


def test_who_has_signed_out_has_nothing_to_sign_out_of() -> None:
    with (
        embedded("standard", in_process=True) as server,
        closing(Wire(Recorder(), app=server.app)) as wire,
    ):
        user = UserSettings("alice", Secret(PASSWORDS["alice"], "password"))
        agent = FormAgent(wire, user, lambda url: url.startswith(server.issuer))
        url = server.issuer + PAGE
        agent.open(Draft("GET", url), callback=None, decision=Decision.LOOK)

        sign_out(agent, url)

        with pytest.raises(PageNotRecognised, match="nothing that signs out"):
            sign_out(agent, url)
