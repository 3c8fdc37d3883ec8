"""A user agent for pages that are plain forms: the same human, without a browser."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from conformance.errors import DeadlineExceeded, PageNotRecognised
from conformance.profile import PageSettings, UserSettings
from conformance.protocol.answers import PageMet, Place, base
from conformance.protocol.request import Draft, Pairs, form_encoded
from conformance.target import messages
from conformance.target.agent import Decision, Visit
from conformance.target.cookies import Cookie, CookieJar, saved_session
from conformance.target.human import Progress, answers, met, next_steps
from conformance.target.location import (
    IsServer,
    leaving,
    origin,
    refresh_target,
    resolve,
    without_fragment,
)
from conformance.target.markup import decoded, read_page
from conformance.target.pages import NO_HINTS, recognise, selectors
from conformance.target.pageview import Button, Field, Form, PageView
from conformance.target.steps import Kind, Press, Step, Tick
from conformance.target.wire import Reply, Wire

MOST_REQUESTS = 40
"""Requests of one visit: redirects and pages together."""
LONGEST_VISIT = 30.0
"""Seconds that one visit may take."""
REDIRECTS = (301, 302, 303, 307, 308)
ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


class ScriptNeeded(PageNotRecognised):
    """A page does nothing without JavaScript; a browser may go on from `url`.

    `url` is None where the page answered a POST: a browser has to begin anew.
    """

    def __init__(self, sentence: str, url: str | None, pages: tuple[PageMet, ...] = ()) -> None:
        super().__init__(sentence)
        self.url = url
        self.pages = pages


class FormAgent:
    """A human at a user agent that reads HTML and sends forms, and runs no script.

    Keeps cookies, follows redirects, refreshes and forms that send themselves, by hand and within
    bounds. A form that sends itself away from the server (`response_mode=form_post`) is a
    callback: the parameters of the form are put into the query of `Visit.url`; so is a page that
    posts a response to another window (`response_mode=web_message`). Raises ScriptNeeded where a
    page shows nothing without JavaScript.
    """

    def __init__(
        self,
        wire: Wire,
        user: UserSettings,
        is_server: IsServer,
        pages: PageSettings = NO_HINTS,
        *,
        who: str = "browser",
        cookies: Iterable[Cookie] = (),
        user_agent: str | None = None,
    ) -> None:
        self.wire = wire
        self.user = user
        self.is_server = is_server
        self.hints = pages
        self.who = who
        self.user_agent = user_agent
        self.jar = CookieJar(cookies)
        if pages.session is not None and not self.jar.all():
            self.jar.replace(saved_session(pages.session))
        if user.password is not None:
            wire.recorder.learn("password", user.password.reveal())

    @property
    def username(self) -> str:
        return self.user.username

    def fresh(self) -> FormAgent:
        return FormAgent(
            self.wire,
            self.user,
            self.is_server,
            self.hints if self.user.password is None else replace(self.hints, session=None),
            who=self.who,
            user_agent=self.user_agent,
        )

    def at_another_site(self, method: str = "POST") -> FormAgent:
        """The same human on a page of another site: fewer cookies go out from there."""
        agent = self.fresh()
        agent.jar.replace(self.jar.sent_from_other_sites(method))
        return agent

    def cookies(self) -> dict[str, str]:
        return self.jar.by_name()

    def send(self, request: Draft, *, referer: str = "") -> Reply:
        """One request as this browser sends it: with its cookies, which the answer may change."""
        reply = self.wire.send(self.dressed(request, referer=referer), who=self.who)
        self.jar.take(reply.all("set-cookie"), without_fragment(request.full_url))
        return reply

    def dressed(self, request: Draft, *, referer: str = "") -> Draft:
        """The request with the headers that this browser adds: its cookies, where it came from."""
        url = without_fragment(request.full_url)
        headers: Pairs = (("Accept", ACCEPT), ("Accept-Language", "en-US,en;q=0.9"))
        if self.user_agent is not None:
            headers += (("User-Agent", self.user_agent),)
        if request.method != "GET" and referer:
            headers += (("Origin", origin(referer)),)
        if referer:
            same = origin(referer) == origin(url)
            shown = without_fragment(referer) if same else f"{origin(referer)}/"
            headers += (("Referer", shown),)
        if cookies := self.jar.header(url):
            headers += (("Cookie", cookies),)
        given = {name.lower() for name, _ in headers}
        rest = tuple(h for h in request.headers if h[0].lower() not in given)
        own = {name.lower(): value for name, value in request.headers}
        headers = tuple((name, own.get(name.lower(), value)) for name, value in headers)
        return replace(request, headers=(*headers, *rest))

    def open(
        self, request: Draft, *, callback: str | None, decision: Decision = Decision.APPROVE
    ) -> Visit:
        return _Visit(self, callback, decision).run(request)


@dataclass(frozen=True, slots=True)
class _Sending:
    """A request of the visit, and how it came about."""

    draft: Draft
    referer: str = ""
    submission: bool = False


class _Visit:
    """One way from an authorization request to its end."""

    def __init__(self, agent: FormAgent, callback: str | None, decision: Decision) -> None:
        self.agent = agent
        self.callback = callback
        self.decision = decision
        self.done = Progress()
        self.deadline = time.monotonic() + LONGEST_VISIT

    def run(self, request: Draft) -> Visit:
        sending = _Sending(request)
        for _ in range(MOST_REQUESTS):
            if time.monotonic() > self.deadline:
                raise DeadlineExceeded(
                    f"The way from the authorization request took longer than {LONGEST_VISIT:g} s."
                )
            reply = self._send(sending)
            following = self._after(sending, reply)
            if isinstance(following, Visit):
                return following
            sending = following
        raise PageNotRecognised(
            f"The way from the authorization request did not end within {MOST_REQUESTS} requests:"
            f" the last went to {base(sending.draft.url)}."
        )

    def _send(self, sending: _Sending) -> Reply:
        return self.agent.send(sending.draft, referer=sending.referer)

    def _after(self, sending: _Sending, reply: Reply) -> _Sending | Visit:
        url = sending.draft.full_url
        location = reply.header("location")
        if reply.status in REDIRECTS and location is not None:
            away = self._leaves(url, location)
            if away is not None:
                return self._landed(away, reply.status, sending.submission)
            target = _with_fragment(resolve(url, location) or location, url)
            return self._redirected(sending, target, reply.status)
        later = refresh_target(reply.header("refresh") or "", url)
        if later is not None:
            return self._go(later, url, sending)
        return self._on_page(sending, reply)

    def _on_page(self, sending: _Sending, reply: Reply) -> _Sending | Visit:
        agent = self.agent
        url = sending.draft.full_url
        kind = (reply.header("content-type") or "").lower()
        html = decoded(reply.body, kind)
        if kind and "html" not in kind and "xml" not in kind:
            view = PageView(url, reply.status, text=html[:4000])
        else:
            view = read_page(html, url=url, status=reply.status, selectors=selectors(agent.hints))
        if view.refresh is not None:
            return self._go(view.refresh, url, sending)
        form = _self_sending_form(view)
        if form is not None:
            return self._submit(view, form, entries(form, None, {}, frozenset()), sending, None)
        message = messages.read(html)
        if message is not None:
            landed = self._landed(message.carried_to(self.callback), None, sending.submission)
            return replace(landed, message_target=message.target)
        page = recognise(view, agent.hints, username=agent.username)
        self.done.meet(met(page, view, reply.headers))
        if page.kind is Kind.UNKNOWN and view.scripted:
            raise self._script_needed(sending, view)
        steps = next_steps(page, view, self.decision, self.done, agent.user)
        if isinstance(steps, Place):
            return Visit(
                place=steps,
                url=url,
                status=reply.status,
                from_submission=sending.submission,
                text=view.text,
                pages=self.done.pages,
                links=view.links,
            )
        return self._do(steps, view, sending)

    def _do(self, steps: tuple[Step, ...], view: PageView, sending: _Sending) -> _Sending | Visit:
        filled = answers(steps, self.agent.user)
        ticked = frozenset(step.key for step in steps if isinstance(step, Tick))
        for step in steps:
            if isinstance(step, Press):
                return self._press(view, step.key, step.form, filled, ticked, sending)
        raise self._script_needed(sending, view)

    def _press(
        self,
        view: PageView,
        key: str | None,
        form_key: str,
        filled: dict[str, str],
        ticked: frozenset[str],
        sending: _Sending,
    ) -> _Sending | Visit:
        button = None if key is None else view.button(key)
        if button is not None and button.type == "link" and button.target:
            return self._go(button.target, view.url, replace(sending, submission=True))
        form = next((form for form in view.forms if form.key == form_key), None)
        shows = form is not None and form.method == "get" and form.has_password(filled)
        unsafe = shows and view.scripted
        dead = button is not None and (not button.submits or button.disabled)
        if form is None or not form.real or unsafe or dead:
            raise self._script_needed(sending, view)
        filled_in = entries(form, button, filled, ticked)
        return self._submit(view, form, filled_in, sending, button)

    def _submit(
        self, view: PageView, form: Form, entries: Pairs, sending: _Sending, button: Button | None
    ) -> _Sending | Visit:
        action = (button.target if button is not None else "") or form.action
        target: str = resolve(view.url, action) or view.url
        if form.method != "post":
            target = without_fragment(target).partition("?")[0]
            target = f"{target}?{form_encoded(entries)}"
        away = self._leaves(view.url, target)
        if away is not None:
            joint = "&" if "?" in away else "?"
            posted = form.method == "post" and entries
            carried = f"{away}{joint}{form_encoded(entries)}" if posted else away
            return self._landed(carried, None, sending.submission or button is not None)
        if form.method != "post":
            return _Sending(Draft("GET", target), view.url, submission=True)
        body = _multipart(entries) if form.enctype == "multipart/form-data" else None
        draft = Draft("POST", without_fragment(target), form=entries, body=body)
        return _Sending(draft, view.url, submission=True)

    def _redirected(self, sending: _Sending, target: str, status: int) -> _Sending:
        keeps = status in (307, 308)
        draft = sending.draft
        to_get = draft.method != "GET" and not keeps
        if to_get or draft.method == "GET":
            draft = Draft("GET", target)
        else:
            draft = replace(draft, url=target, query=(), headers=())
        return replace(sending, draft=draft)

    def _go(self, target: str, url: str, sending: _Sending) -> _Sending | Visit:
        away = self._leaves(url, target)
        if away is not None:
            return self._landed(away, None, sending.submission)
        return _Sending(Draft("GET", target), url, sending.submission)

    def _leaves(self, url: str, target: str) -> str | None:
        away = leaving(url, target, self.callback, self.agent.is_server)
        return None if away is None else _with_fragment(away, url)

    def _landed(self, url: str, status: int | None, submission: bool) -> Visit:
        return Visit(
            place=Place.CALLBACK,
            url=url,
            status=status,
            redirect_status=status,
            from_submission=submission,
            pages=self.done.pages,
        )

    def _script_needed(self, sending: _Sending, view: PageView) -> ScriptNeeded:
        again = sending.draft.full_url if sending.draft.method == "GET" else None
        return ScriptNeeded(
            f"The page at {base(view.url)} does nothing without JavaScript; it needs a browser.",
            again,
            self.done.pages,
        )


def _with_fragment(target: str, url: str) -> str:
    """A redirect without a fragment inherits the one of the request (RFC 9110, 10.2.2)."""
    fragment = url.partition("#")[2]
    return f"{target}#{fragment}" if fragment and "#" not in target else target


def _self_sending_form(view: PageView) -> Form | None:
    """The form of a page that is nothing but a form, sent by a script at once."""
    real = [form for form in view.forms if form.real]
    if not view.submits_itself or len(real) != 1:
        return None
    return None if any(field.visible for field in real[0].fields) else real[0]


def entries(
    form: Form, button: Button | None, filled: dict[str, str], ticked: frozenset[str]
) -> Pairs:
    """The form's entries as a browser sends them (HTML Standard, 4.10.21.4), the button's last."""
    chosen = {field.name for field in form.fields if field.key in ticked and field.type == "radio"}
    entries = [
        (field.name, filled.get(field.key, field.value))
        for field in form.fields
        if field.name and _is_sent(field, ticked, chosen)
    ]
    if button is not None and button.name:
        if button.type == "image":
            entries += [(f"{button.name}.x", "1"), (f"{button.name}.y", "1")]
        else:
            entries.append((button.name, button.value))
    return tuple(entries)


def _is_sent(field: Field, ticked: frozenset[str], chosen: set[str]) -> bool:
    if field.disabled or field.type == "file":
        return False
    if field.type == "radio" and field.name in chosen:
        return field.key in ticked
    return field.type not in ("checkbox", "radio") or field.checked or field.key in ticked


def _multipart(entries: Pairs) -> tuple[str, bytes]:
    boundary = f"----form{secrets.token_hex(12)}"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in entries
    ]
    text = "".join([*parts, f"--{boundary}--\r\n"])
    return f"multipart/form-data; boundary={boundary}", text.encode()
