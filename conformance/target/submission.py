"""Pages and their forms one step at a time: for what a human at a browser never sends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urljoin

from conformance.errors import PageNotRecognised
from conformance.protocol.answers import base
from conformance.protocol.request import Draft, Pairs
from conformance.target.forms import REDIRECTS, FormAgent, entries
from conformance.target.location import leaving, resolve
from conformance.target.markup import decoded, read_page
from conformance.target.pageview import Button, Form, PageView
from conformance.target.wire import Reply

_MOST_REDIRECTS = 10


@dataclass(frozen=True, slots=True)
class Shown:
    """What a browser shows after one request: a page of the server, or that it is sent away.

    `away` is where it is sent, None where it stays; `markup` the page as it came.
    """

    url: str
    reply: Reply
    view: PageView
    markup: str
    away: str | None = None

    def form_with(self, kind: str) -> Form:
        """The first form with a visible field of that type; PageNotRecognised without one."""
        for form in self.view.forms:
            if form.real and any(f.type == kind and f.visible for f in form.fields):
                return form
        raise PageNotRecognised(f"The page at {base(self.url)} has no form with a {kind} field.")

    def form_to_decide(self) -> Form:
        """The first form with buttons and without visible text fields, as a consent page has it."""
        for form in self.view.forms:
            asks = any(f.visible and f.type in ("text", "password", "email") for f in form.fields)
            if form.real and form.method == "post" and form.buttons and not asks:
                return form
        raise PageNotRecognised(f"The page at {base(self.url)} has no form that asks to decide.")

    def submission(self, form: Form, button: Button | None = None) -> Draft:
        """The request that the form sends when the button is pressed."""
        pressed = button if button is not None and button.submits else None
        action = (pressed.target if pressed is not None else "") or form.action
        target = resolve(self.url, action) or urljoin(self.url, action) or self.url
        pairs = entries(form, pressed, {}, frozenset())
        if form.method == "post":
            return Draft("POST", target, form=pairs)
        return Draft("GET", target.partition("?")[0], query=pairs)


def show(agent: FormAgent, request: Draft, *, referer: str = "") -> Shown:
    """One request and the redirects that it leads to, as long as they stay at the server."""
    for _ in range(_MOST_REDIRECTS):
        url = request.full_url
        reply = agent.send(request, referer=referer)
        location = reply.header("location")
        if reply.status not in REDIRECTS or location is None:
            markup = decoded(reply.body, reply.header("content-type") or "")
            view = read_page(markup, url=url, status=reply.status)
            return Shown(url, reply, view, markup)
        away = leaving(url, location, None, agent.is_server)
        if away is not None:
            return Shown(url, reply, PageView(url, reply.status), "", away)
        request = Draft("GET", resolve(url, location) or location)
    raise PageNotRecognised(f"{base(request.url)} redirected {_MOST_REDIRECTS} times.")


def with_value(draft: Draft, field: str, value: str) -> Draft:
    """The submission with another value in one field."""
    return replace(draft, form=_with(draft.form, field, value))


def _with(pairs: Pairs, field: str, value: str) -> Pairs:
    return tuple((name, value if name == field else old) for name, old in pairs)
