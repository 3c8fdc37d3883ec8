"""The page of a server where a user signs out."""

from __future__ import annotations

import re

from conformance.errors import PageNotRecognised
from conformance.protocol.answers import base
from conformance.protocol.request import Draft
from conformance.target.forms import FormAgent
from conformance.target.pageview import Button, Form
from conformance.target.submission import Shown, show

_SIGNS_OUT = re.compile(
    r"(sign|log)[\s_-]*(me[\s_-]*)?(out|off)|abmeld|déconnex|cerrar sesión|esci\b|uitloggen", re.I
)


def sign_out(agent: FormAgent, url: str) -> None:
    """Presses what signs the user out at the page; PageNotRecognised where that changes nothing."""
    shown = show(agent, Draft("GET", url))
    found = _ways_out(shown)
    if not found:
        raise PageNotRecognised(f"The page at {base(url)} shows nothing that signs out.")
    form, button = found[0]
    show(agent, shown.submission(form, button), referer=shown.url)
    if _ways_out(show(agent, Draft("GET", url))):
        raise PageNotRecognised(f"The page at {base(url)} still shows a user who can sign out.")


def _ways_out(shown: Shown) -> list[tuple[Form, Button]]:
    return [
        (form, button)
        for form in shown.view.forms
        for button in form.buttons
        if form.real and button.submits and _SIGNS_OUT.search(f"{button.text} {button.value}")
    ]
