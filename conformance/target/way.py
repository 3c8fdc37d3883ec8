"""The way of a human through live pages, from a request to where it ends."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from conformance.errors import DeadlineExceeded, PageNotRecognised, ServerUnreachable
from conformance.model import Headers
from conformance.profile import PageSettings, UserSettings
from conformance.protocol.answers import PageMet, Place, base
from conformance.protocol.request import Draft
from conformance.target.agent import Decision, Visit
from conformance.target.devtools import Watch
from conformance.target.human import Progress, answers, met, next_steps
from conformance.target.pages import recognise, selectors
from conformance.target.pageview import Button, Field, Form, PageView
from conformance.target.steps import Fill, Kind, Page, Press, Step, Tick

MOST_STEPS = 20
PATIENCE = 3.0
"""Seconds that a page which is not recognised gets to finish itself."""
QUIET = 0.3
"""Seconds without a request after which such a page counts as finished."""
BRIEFLY_QUIET = 0.1
"""The same, for a page on which there is something to do."""
UNCHANGED = 5.0
"""Seconds after which a press that changed nothing is taken as that."""
LINGERING = 1.0
"""Seconds that a form gets to go away, once its script has sent it."""

_TO_DO = (Kind.LOGIN, Kind.SECOND_FACTOR, Kind.CONSENT, Kind.CONTINUE)


class LivePage(Protocol):
    """A page in a browser, as the way needs it."""

    @property
    def url(self) -> str: ...

    def send(self, request: Draft, seconds: float) -> str | None:
        """Sends a request as a navigation; in words why it failed, None where it did not."""

    def look(self, selectors: Sequence[str]) -> Mapping[str, Any] | None:
        """What is seen now (snapshot.js); None where the page is not there yet."""

    def fill(self, key: str, text: str) -> None: ...

    def tick(self, key: str) -> None: ...

    def press(self, key: str | None, form: str) -> None: ...

    def keep_bodies(self) -> None:
        """Takes the bodies of the answers, before the page goes away."""

    def take_picture(self, kind: str, url: str) -> None: ...

    def wait(self, seconds: float) -> None:
        """Lets the page live on."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A page as it was seen; `signature` changes when something that matters does."""

    view: PageView
    page: Page
    commits: int
    signature: str


class Way:
    """Goes from a request through whatever pages come."""

    def __init__(
        self,
        live: LivePage,
        watch: Watch,
        user: UserSettings,
        hints: PageSettings,
        decision: Decision,
        deadline: float,
        before: tuple[PageMet, ...] = (),
    ) -> None:
        """`deadline` is in monotonic seconds; `before` are the pages met on the way so far."""
        self.live = live
        self.watch = watch
        self.user = user
        self.hints = hints
        self.decision = decision
        self.deadline = deadline
        self.done = Progress(before)
        self.pressed = False

    def run(self, request: Draft) -> Visit:
        """The end of the way; raises like UserAgent.open."""
        self._send(request)
        before: Seen | None = None
        for _ in range(MOST_STEPS):
            seen = self._settled(before)
            if seen is None:
                return self._landed()
            document = self.watch.document
            headers: Headers = () if document is None else document.answer_headers
            self.done.meet(met(seen.page, seen.view, headers))
            self.live.take_picture(seen.page.kind.value, seen.view.url)
            steps = next_steps(seen.page, seen.view, self.decision, self.done, self.user)
            if isinstance(steps, Place):
                return Visit(
                    place=steps,
                    url=seen.view.url,
                    status=seen.view.status,
                    from_submission=self.pressed,
                    text=seen.view.text,
                    pages=self.done.pages,
                    links=seen.view.links,
                )
            self.live.keep_bodies()
            before = seen
            self._do(steps)
        raise PageNotRecognised(
            f"The pages did not end within {MOST_STEPS} steps; the last one was"
            f" {base(self.live.url)}."
        )

    def _send(self, request: Draft) -> None:
        problem = self.live.send(request, max(0.1, self.deadline - time.monotonic()))
        if problem is None:
            return
        # The events of the developer tools may come a moment after the failure.
        for _ in range(10):
            if self.watch.away is not None or self.watch.document is not None:
                return
            self.live.wait(0.02)
        self._check_time()
        raise ServerUnreachable(f"{base(request.url)} cannot be opened: {problem}.")

    def _settled(self, before: Seen | None) -> Seen | None:
        """The next page, when it has finished; None where the browser was sent away."""
        start = time.monotonic()
        while self.watch.away is None:
            self._check_time()
            seen = self._look()
            if seen is not None and self._is_final(seen, before, time.monotonic() - start):
                # What the page asked for last may have been to go away.
                self.live.wait(0.0)
                return seen if self.watch.away is None else None
            self.live.wait(0.015)
        return None

    def _look(self) -> Seen | None:
        watch = self.watch
        last = watch.last
        if watch.navigating:
            return None
        if last is not None and last.problem is not None and not last.left:
            if last.status is not None:
                # An answer without a page: an empty error, a download, a 204.
                return self._seen(PageView(last.url, last.status))
            if last.problem != "net::ERR_ABORTED":
                raise ServerUnreachable(f"{base(last.url)} cannot be opened: {last.problem}.")
        if watch.commits == 0:
            return None
        data = self.live.look(selectors(self.hints))
        if data is None:
            return None
        document = watch.document
        return self._seen(view_of(data, None if document is None else document.status))

    def _seen(self, view: PageView) -> Seen:
        page = recognise(view, self.hints, username=self.user.username)
        controls = [(f.name, f.type, f.visible) for form in view.forms for f in form.fields]
        return Seen(view, page, self.watch.commits, f"{view.url} {view.text} {controls}")

    def _is_final(self, seen: Seen, before: Seen | None, waited: float) -> bool:
        quiet = self.watch.quiet_for
        fresh = before is None or self.watch.commits > before.commits
        if not fresh and before is not None and seen.signature == before.signature:
            return waited > UNCHANGED
        plain = fresh and not seen.view.scripted
        if plain and (seen.page.kind in _TO_DO or (seen.view.status or 0) >= 400):
            return True
        if seen.page.kind in _TO_DO:
            lingers = not fresh and before is not None and seen.page.kind is before.page.kind
            return quiet >= (LINGERING if lingers else BRIEFLY_QUIET)
        if seen.page.kind is Kind.ERROR and (seen.view.status or 0) >= 400:
            return quiet >= BRIEFLY_QUIET
        return quiet >= QUIET and (plain or waited >= PATIENCE)

    def _do(self, steps: Sequence[Step]) -> None:
        filled = answers(steps, self.user)
        for step in steps:
            self._check_time()
            match step:
                case Fill(key):
                    self.live.fill(key, filled[key])
                case Tick(key):
                    self.live.tick(key)
                case Press(key, form):
                    self.pressed = True
                    self.live.press(key, form)

    def _landed(self) -> Visit:
        away = self.watch.away
        return Visit(
            place=Place.CALLBACK,
            url="" if away is None else away.url,
            status=None if away is None else away.status,
            redirect_status=None if away is None else away.status,
            from_submission=self.pressed,
            pages=self.done.pages,
        )

    def _check_time(self) -> None:
        if time.monotonic() > self.deadline:
            raise DeadlineExceeded(
                f"The pages took too long; the last one was {base(self.live.url)}."
            )


def view_of(data: Mapping[str, Any], status: int | None) -> PageView:
    """A page view from what snapshot.js gave."""
    forms = tuple(
        Form(
            key=form["key"],
            action=form["action"],
            method=form["method"],
            enctype=form["enctype"],
            real=form["real"],
            place=form["place"],
            text=form["text"],
            fields=tuple(Field(**field) for field in form["fields"]),
            buttons=tuple(Button(**button) for button in form["buttons"]),
        )
        for form in data["forms"]
    )
    return PageView(
        url=data["url"],
        status=status,
        title=data["title"],
        headings=data["headings"],
        text=data["text"],
        alerts=data["alerts"],
        forms=forms,
        matched=dict(data["matched"]),
        scripted=data["scripted"],
        has_captcha=data["captcha"],
    )
