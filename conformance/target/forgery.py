"""Forms of the server as another site would send them: without what belongs to the session."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum

from conformance.errors import NotApplicable, PageNotRecognised
from conformance.protocol.answers import base
from conformance.protocol.request import Draft
from conformance.target.forms import FormAgent, entries
from conformance.target.pages import recognise
from conformance.target.pageview import Form
from conformance.target.steps import Press, Tick
from conformance.target.submission import Shown

ELSEWHERE = "https://attacker.example/page"
"""The page of another site that a forged form comes from."""
_NAMED = re.compile(r"csrf|xsrf|forgery|authenticity|verification.?token", re.IGNORECASE)


class Forgery(StrEnum):
    """What a form of another site has instead of the session's own anti-forgery value."""

    EMPTIED = "emptied"
    LEFT_OUT = "left-out"
    FOREIGN = "of-another-session"


def secrets_of(form: Form) -> dict[str, str]:
    """The hidden values of a form that are named as anti-forgery ones; NotApplicable without."""
    found = {
        field.name: field.value
        for field in form.fields
        if field.type == "hidden" and _NAMED.search(field.name)
    }
    if not found:
        raise NotApplicable("The form has no hidden value with the name of an anti-forgery one.")
    return found


def forged(genuine: Draft, own: Mapping[str, str], how: Forgery, other: Mapping[str, str]) -> Draft:
    """The submission as another site sends it; `other` are the values of another session."""
    form = tuple(
        (name, other.get(name, "") if name in own and how is Forgery.FOREIGN else value)
        for name, value in genuine.form
        if how is not Forgery.LEFT_OUT or name not in own
    )
    if how is Forgery.EMPTIED:
        form = tuple((name, "" if name in own else value) for name, value in form)
    return replace(genuine, form=form, headers=(("Sec-Fetch-Site", "cross-site"),))


def approval(page: Shown, agent: FormAgent) -> tuple[Form, Draft]:
    """The form of a consent page, and what it sends when the user approves."""
    steps = recognise(page.view, agent.hints, username=agent.username).approve
    ticked = frozenset(step.key for step in steps if isinstance(step, Tick))
    for step in steps:
        if isinstance(step, Press) and step.key is not None:
            form, button = page.view.form_of(step.key), page.view.button(step.key)
            if form is not None and form.real and button is not None:
                sent = page.submission(form, button)
                return form, replace(sent, form=entries(form, button, {}, ticked))
    raise PageNotRecognised(f"The page at {base(page.url)} has no form that approves.")
