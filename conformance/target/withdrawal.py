"""The page of a server where a user takes back what a client was allowed."""

from __future__ import annotations

import re

from conformance.errors import PageNotRecognised
from conformance.protocol.answers import base
from conformance.protocol.request import Draft
from conformance.target.agent import Decision
from conformance.target.forms import FormAgent
from conformance.target.pageview import Button, Form
from conformance.target.submission import Shown, show

_WITHDRAWS = re.compile(
    r"revoke|remove|withdraw|disconnect|delete|unlink|forget|entfern|widerruf|entzieh"
    r"|révoqu|supprim|revoc|elimin|retir",
    re.I,
)
_MOST = 20


def withdraw(agent: FormAgent, url: str, client_id: str) -> int:
    """Signs in at the page and takes back what the client was allowed; how often it pressed.

    Where no form names the client, everything on the page is taken back: an application is shown
    there by a name that only the server knows. Raises PageNotRecognised where nothing can be
    pressed.
    """
    agent.open(Draft("GET", url), callback=None, decision=Decision.LOOK)
    shown = show(agent, Draft("GET", url))
    ours = [form for form, _ in _choices(shown) if _names(form, client_id)]
    pressed = 0
    while pressed < _MOST:
        found = [(f, b) for f, b in _choices(shown) if not ours or _names(f, client_id)]
        if not found:
            break
        form, button = found[0]
        before = _keys(found)
        show(agent, shown.submission(form, button), referer=shown.url)
        pressed += 1
        shown = show(agent, Draft("GET", url))
        if _keys(_choices(shown)) >= before:
            # The page lists it as before: a second press would tell nothing new.
            break
    if pressed == 0:
        raise PageNotRecognised(f"The page at {base(url)} shows nothing that can be taken back.")
    return pressed


def _choices(shown: Shown) -> list[tuple[Form, Button]]:
    return [
        (form, button)
        for form in shown.view.forms
        for button in form.buttons
        if form.real and button.submits and _WITHDRAWS.search(f"{button.text} {button.value}")
    ]


def _names(form: Form, client_id: str) -> bool:
    return any(field.value == client_id for field in form.fields) or client_id in form.text.split()


def _keys(choices: list[tuple[Form, Button]]) -> frozenset[tuple[str, str]]:
    return frozenset(
        (button.text, " ".join(field.value for field in form.fields if field.type != "hidden"))
        for form, button in choices
    )
