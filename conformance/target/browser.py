"""A human at a real Chromium: the user agent, and what only a real browser can tell."""

from __future__ import annotations

import hashlib
import html
import os
import re
import signal
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from playwright.sync_api import (
    Browser as Chromium,
)
from playwright.sync_api import (
    BrowserContext,
    Locator,
    Page,
    Playwright,
    sync_playwright,
)
from playwright.sync_api import (
    Error as PlaywrightError,
)

from conformance.errors import (
    BrowserMissing,
    DeadlineExceeded,
    NotApplicable,
    PageNotRecognised,
    SignInRefused,
)
from conformance.model import Headers, Phase, Screenshot
from conformance.profile import PageSettings, UserSettings
from conformance.protocol.answers import PageMet, Place, base
from conformance.protocol.request import Draft
from conformance.target.agent import Decision, Visit
from conformance.target.chromium import BrowserBinary, Search
from conformance.target.cookies import Cookie, CookieJar, saved_session
from conformance.target.devtools import REDIRECTS, TOLD_IN_FULL, Watch
from conformance.target.foreign import ForeignSite
from conformance.target.forms import FormAgent, ScriptNeeded
from conformance.target.location import IsServer, plain_path
from conformance.target.pages import NO_HINTS
from conformance.target.recorder import LONGEST_BODY, Recorder
from conformance.target.way import Way
from conformance.target.wire import Wire

LONGEST_VISIT = 15.0
"""Seconds of one visit."""
LONGEST_ACTION = 4.0
"""Seconds that one field or button may take; after this and the visit the browser is killed."""

_SILENT = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
    "--metrics-recording-only",
)
_SNAPSHOT = resources.files("conformance.target").joinpath("snapshot.js").read_text("utf-8")
_READ_URL = """([target, base]) => {
  try { return new URL(target, base).href } catch { return null } }"""
_SCROLL_ALL = """() => { for (const e of document.querySelectorAll("*"))
  if (e.scrollHeight > e.clientHeight + 4 && /auto|scroll/.test(getComputedStyle(e).overflowY))
    e.scrollTop = e.scrollHeight; }"""


@dataclass(frozen=True, slots=True)
class Referrer:
    """A request that left the server's origin, with the `Referer` that it carried (or None)."""

    url: str
    referer: str | None


class Browser:
    """One Chromium, started when it is first needed and again when it broke.

    It reaches `hosts` (a name, or name and port) and nothing else: no callback, no attacker's
    host, no font server. `pictures` is the folder of the run, for screenshots.
    """

    def __init__(
        self,
        recorder: Recorder,
        *,
        hosts: Iterable[str],
        headed: bool = False,
        install: bool = False,
        pictures: Path | None = None,
        proxy: str | None = None,
        headers: Headers = (),
        trusts_any_certificate: bool = False,
    ) -> None:
        self.recorder = recorder
        self.hosts = tuple(sorted(set(hosts)))
        self.pictures = pictures
        self.user_agent: str | None = None
        self._headed = headed
        self._search = Search(install)
        self._proxy = proxy
        self._headers = headers
        self._trusts = trusts_any_certificate
        self._playwright: Playwright | None = None
        self._chromium: Chromium | None = None
        self._foreign: ForeignSite | None = None
        self._blank: Page | None = None
        self._process: int | None = None
        self._taken: set[tuple[str, str]] = set()
        self.killed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the browser; a browser that does not end is killed."""
        chromium, playwright, foreign = self._chromium, self._playwright, self._foreign
        self._chromium = self._playwright = self._foreign = self._blank = None
        if chromium is not None:
            with self.within(5.0), suppress(PlaywrightError):
                chromium.close()
        if playwright is not None:
            playwright.stop()
        if foreign is not None:
            foreign.close()

    @property
    def foreign(self) -> ForeignSite:
        """The foreign site that this browser can reach."""
        if self._foreign is None:
            self._foreign = ForeignSite()
        return self._foreign

    def start(self) -> None:
        """Finds (or installs) a browser and starts it, where it does not run yet."""
        self._running()

    def context(self, state: dict[str, Any] | None = None) -> BrowserContext:
        """A new session, with the cookies and storage of an earlier one where they are given."""
        chromium = self._running()
        options: dict[str, Any] = {"user_agent": self.user_agent, "locale": "en-US"}
        if state is not None:
            options["storage_state"] = state
        if self._headers:
            options["extra_http_headers"] = dict(self._headers)
        context = chromium.new_context(ignore_https_errors=self._trusts, **options)
        context.set_default_timeout(LONGEST_ACTION * 1000)
        return context

    def read_url(self, base: str, target: str) -> str | None:
        """Where this browser goes from `base` by that target; None where it goes nowhere."""
        try:
            with self.within(LONGEST_ACTION):
                if self._blank is None or self._blank.context.browser is not self._running():
                    self._blank = self.context().new_page()
                found = self._blank.evaluate(_READ_URL, [target, base])
        except PlaywrightError as error:
            raise DeadlineExceeded(f"The browser did not read a URL: {_words(error)}") from error
        return None if found is None else str(found)

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Kills the browser when what is done inside takes longer; content() has no timeout."""
        self.killed = False
        timer = threading.Timer(seconds, self._kill)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def is_new(self, kind: str, url: str) -> bool:
        """Whether no picture was taken yet of this kind of page at this path."""
        page = (kind, plain_path(url))
        new = self.pictures is not None and page not in self._taken
        self._taken.add(page)
        return new

    def keep_picture(self, kind: str, url: str, data: bytes) -> None:
        """Writes a screenshot (PNG) into the folder of the run, and tells the recorder."""
        if self.pictures is None:
            return
        folder = self.pictures / "screenshots"
        folder.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256(data).hexdigest()
        name = f"{re.sub(r'[^a-z]+', '-', kind.lower()).strip('-')}-{digest[:12]}.png"
        (folder / name).write_bytes(data)
        title = f"{kind} at {plain_path(url)}"
        self.recorder.picture(Screenshot(title, f"screenshots/{name}", digest))

    def _running(self) -> Chromium:
        if self._chromium is not None and self._chromium.is_connected():
            return self._chromium
        if self._playwright is None:
            try:
                self._playwright = sync_playwright().start()
            except (PlaywrightError, OSError) as error:
                raise BrowserMissing(f"Playwright does not start: {_words(error)}") from error
        binary = self._search.find(self._playwright.chromium.executable_path)
        self._chromium = self._launched(self._playwright, binary)
        session = self._chromium.new_browser_cdp_session()
        processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
        self._process = next((int(p["id"]) for p in processes if p["type"] == "browser"), None)
        agent = str(session.send("Browser.getVersion")["userAgent"])
        self.user_agent = agent.replace("HeadlessChrome", "Chrome")
        session.detach()
        return self._chromium

    def _launched(self, playwright: Playwright, binary: BrowserBinary) -> Chromium:
        arguments = [*_SILENT, f"--host-resolver-rules={self._rules()}"]
        if self._proxy is None:
            arguments.append("--no-proxy-server")
        options: dict[str, Any] = {
            "executable_path": str(binary.path),
            "headless": not self._headed,
            "args": arguments,
            "timeout": 30_000,
        }
        if self._proxy is not None:
            options["proxy"] = {"server": self._proxy}
        is_root = hasattr(os, "geteuid") and os.geteuid() == 0
        try:
            return playwright.chromium.launch(chromium_sandbox=not is_root, **options)
        except PlaywrightError as error:
            if is_root:
                raise BrowserMissing(_does_not_start(binary, error)) from error
        try:  # A container may give no sandbox to anyone.
            return playwright.chromium.launch(chromium_sandbox=False, **options)
        except PlaywrightError as error:
            raise BrowserMissing(_does_not_start(binary, error)) from error

    def _rules(self) -> str:
        """The first rule that fits a host counts; one with a port names that port alone."""
        ours, namesake = self.foreign.authority, self.foreign.namesake
        reachable = [*self.hosts, ours]
        rules = [*(f"MAP {host} {host}" for host in reachable), f"MAP {namesake} {ours}"]
        return ", ".join([*rules, "MAP * ~NOTFOUND"])

    def _kill(self) -> None:
        self.killed = True
        if self._process is not None:
            with suppress(OSError):
                os.kill(self._process, getattr(signal, "SIGKILL", signal.SIGTERM))


class LiveChromiumPage:
    """One page of Chromium, watched."""

    def __init__(self, browser: Browser, context: BrowserContext, watch: Watch) -> None:
        self.browser = browser
        self.watch = watch
        self.scripted = False
        self.page = context.new_page()
        self.session = context.new_cdp_session(self.page)
        tree = self.session.send("Page.getFrameTree")["frameTree"]
        watch.attach(self.session, tree["frame"]["id"])
        self.session.send("Network.enable")
        self.session.send("Page.enable")

    @property
    def url(self) -> str:
        return self.page.url

    def send(self, request: Draft, seconds: float) -> str | None:
        page = self.page
        if request.headers:
            page.set_extra_http_headers(dict(request.headers))
        try:
            if request.method == "GET":
                page.goto(request.full_url, wait_until="commit", timeout=seconds * 1000)
            else:
                page.set_content(_form_page(request))
                page.evaluate("document.forms[0].submit()")
                self.wait(0.02)
        except PlaywrightError as error:
            self._raise_if_killed(error)
            return _words(error)
        return None

    def look(self, selectors: Sequence[str]) -> Mapping[str, Any] | None:
        try:
            data = self.page.evaluate(_SNAPSHOT, list(selectors))
        except PlaywrightError as error:
            self._raise_if_killed(error)
            self.wait(0.02)
            return None
        if not isinstance(data, dict):
            return None
        self.scripted = self.scripted or bool(data["scripted"])
        return data

    def fill(self, key: str, text: str) -> None:
        field = self._find(key)
        try:
            field.fill(text)
        except PlaywrightError as error:
            self._raise_if_killed(error)
            raise PageNotRecognised(
                f"A field of {base(self.url)} could not be filled in: {_words(error)}."
            ) from error

    def tick(self, key: str) -> None:
        box = self._find(key)
        try:
            box.check(timeout=1000)
        except PlaywrightError as error:
            self._raise_if_killed(error)
            # Drawn boxes lie above the real one.
            box.dispatch_event("click")

    def press(self, key: str | None, form: str) -> None:
        if key is None:
            script = "form => form.requestSubmit ? form.requestSubmit() : form.submit()"
            self._find(form).evaluate(script)
            return
        button = self._find(key)
        self.page.evaluate(_SCROLL_ALL)
        try:
            button.click(no_wait_after=True)
        except PlaywrightError as error:
            self._raise_if_killed(error)
            if not self.watch.navigating and self.watch.away is None:
                # Something lies above it: a banner, an animation that never ends.
                button.dispatch_event("click")

    def keep_bodies(self) -> None:
        for hop in self.watch.hops:
            if hop.body_taken or not hop.finished or hop.kind not in TOLD_IN_FULL:
                continue
            hop.body_taken = True
            if hop.status in REDIRECTS:
                continue
            with suppress(PlaywrightError):
                answer = self.session.send("Network.getResponseBody", {"requestId": hop.request_id})
                if not answer["base64Encoded"]:
                    hop.answer_body = str(answer["body"])[: LONGEST_BODY + 1]

    def take_picture(self, kind: str, url: str) -> None:
        planting = self.browser.recorder.phase is Phase.PLANTED  # No check would show it.
        if planting or not self.browser.is_new(kind, url):
            return
        secret = self.page.locator("input[type=password]")
        with suppress(PlaywrightError):
            data = self.page.screenshot(mask=[secret], timeout=3000)
            self.browser.keep_picture(kind, url, data)

    def answer(self, pattern: str, page: str) -> None:
        """Answers requests for such URLs itself: a page of a site that cannot be reached."""
        self.page.route(pattern, lambda route: route.fulfill(body=page, content_type="text/html"))

    def wait(self, seconds: float) -> None:
        self.page.wait_for_timeout(seconds * 1000)

    def _find(self, key: str) -> Locator:
        return self.page.locator(f'[data-conformance-key="{key}"]').first

    def _raise_if_killed(self, error: PlaywrightError) -> None:
        if self.browser.killed or self.page.is_closed():
            raise error


class BrowserAgent:
    """A human at a real browser.

    The first visit goes through the browser; once the human is signed in, later ones take the
    session's cookies and go over HTTP where the pages are plain forms (3 to 15 times cheaper), and
    back to the browser where a page needs JavaScript. `always_browser` keeps to the browser, for
    checks whose subject is the pages; with `forms_first` the first visit goes over HTTP, too.
    """

    def __init__(
        self,
        browser: Browser,
        wire: Wire,
        user: UserSettings,
        is_server: IsServer,
        pages: PageSettings = NO_HINTS,
        *,
        who: str = "browser",
        always_browser: bool = False,
        forms_first: bool = False,
    ) -> None:
        self.browser = browser
        self.wire = wire
        self.user = user
        self.is_server = is_server
        self.hints = pages
        self.who = who
        self.always_browser = always_browser
        self.forms_first = forms_first
        self.signed_in = False
        self.jar = CookieJar()
        self.storage: list[Any] = []
        if pages.session is not None:
            self.jar.replace(saved_session(pages.session))
        if user.password is not None:
            wire.recorder.learn("password", user.password.reveal())

    @property
    def username(self) -> str:
        return self.user.username

    def fresh(self) -> BrowserAgent:
        return BrowserAgent(
            self.browser,
            self.wire,
            self.user,
            self.is_server,
            self.hints if self.user.password is None else replace(self.hints, session=None),
            who=self.who,
            always_browser=self.always_browser,
            forms_first=self.forms_first,
        )

    def cookies(self) -> dict[str, str]:
        return self.jar.by_name()

    def open(
        self, request: Draft, *, callback: str | None, decision: Decision = Decision.APPROVE
    ) -> Visit:
        by_forms = (self.signed_in or self.forms_first) and not self.always_browser
        if request.body is not None or by_forms:
            try:
                return self._by_forms(request, callback, decision)
            except ScriptNeeded as needed:
                if request.body is not None:
                    raise
                anew = request if needed.url is None else Draft("GET", needed.url)
                met_before = needed.pages[:-1] if needed.url is not None else ()
                return self._browse(anew, callback, decision, met_before)
            except (PageNotRecognised, SignInRefused, NotApplicable):
                # A page may do more in a browser than its form says: only the browser can tell.
                if request.body is not None:
                    raise
        return self._browse(request, callback, decision, ())

    def referrers(
        self, request: Draft, *, callback: str | None, decision: Decision = Decision.APPROVE
    ) -> tuple[Referrer, ...]:
        """The requests of one visit that left the server's origin, with what they told of it.

        Goes through the browser; those to the callback and to hosts that cannot be reached count,
        although they were never answered.
        """
        watch, _ = self._watched(request, callback, decision, ())
        return tuple(
            Referrer(hop.url, hop.sent_header("referer"))
            for hop in watch.hops
            if hop.url.startswith(("http:", "https:")) and not self.is_server(hop.url)
        )

    def _by_forms(self, request: Draft, callback: str | None, decision: Decision) -> Visit:
        forms = FormAgent(
            self.wire,
            self.user,
            self.is_server,
            replace(self.hints, session=None),
            who=self.who,
            cookies=self.jar.all(),
            user_agent=self.browser.user_agent,
        )
        try:
            return forms.open(request, callback=callback, decision=decision)
        finally:
            self.jar.replace(forms.jar.all())

    def _browse(
        self,
        request: Draft,
        callback: str | None,
        decision: Decision,
        before: tuple[PageMet, ...],
    ) -> Visit:
        return self._watched(request, callback, decision, before)[1]

    def _watched(
        self,
        request: Draft,
        callback: str | None,
        decision: Decision,
        before: tuple[PageMet, ...],
    ) -> tuple[Watch, Visit]:
        self._start()
        deadline = min(time.monotonic() + LONGEST_VISIT, self.wire.until)
        with self.visiting(callback) as (live, watch):
            way = Way(live, watch, self.user, self.hints, decision, deadline, before)
            visit = way.run(request)
        has_session = self.hints.session is not None and visit.place is Place.CALLBACK
        self.signed_in = self.signed_in or way.done.passed_login or has_session
        return watch, visit

    def _start(self) -> None:
        # To find, install and start a browser takes none of the time that the server is given.
        began = time.monotonic()
        self.browser.start()
        self.wire.until += time.monotonic() - began

    @contextmanager
    def visiting(self, callback: str | None = None) -> Iterator[tuple[LiveChromiumPage, Watch]]:
        """A page of a browser with this session; what it sends is recorded whatever happens."""
        self._start()
        cookies = [cookie.to_browser() for cookie in self.jar.all()]
        watch = Watch(self.is_server, callback)
        try:
            with self.browser.within(LONGEST_VISIT + LONGEST_ACTION):
                context = self.browser.context({"cookies": cookies, "origins": self.storage})
                live = LiveChromiumPage(self.browser, context, watch)
                try:
                    yield live, watch
                finally:
                    if not self.browser.killed:
                        live.keep_bodies()
                        self._keep(context, live.scripted)
        except PlaywrightError as error:
            if self.browser.killed:
                raise DeadlineExceeded(
                    "A page of the server hung, and the browser with it: it was killed after"
                    f" {LONGEST_VISIT + LONGEST_ACTION:g} s."
                ) from error
            raise PageNotRecognised(f"The browser broke off: {_words(error)}.") from error
        finally:
            for exchange in watch.exchanges(self.who):
                self.wire.recorder.record(exchange)

    def _keep(self, context: BrowserContext, scripted: bool) -> None:
        """Keeps the session; what scripts store is only asked for (slow) where scripts ran."""
        cookies: Sequence[Mapping[str, Any]] = context.cookies()
        if scripted:
            self.storage = list(context.storage_state().get("origins", ()))
        self.jar.replace(Cookie.from_browser(cookie) for cookie in cookies)
        context.close()


def _form_page(request: Draft) -> str:
    """A page that posts the parameters as a client's page would (RFC 6749, 3.1)."""
    fields = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in request.form
    )
    target = html.escape(request.full_url)
    return f'<!doctype html><form method="post" action="{target}">{fields}</form>'


def _does_not_start(binary: BrowserBinary, error: PlaywrightError) -> str:
    return (
        f"The browser {binary.path} ({binary.source}) does not start: {_words(error)}."
        " Try --install-browser."
    )


def _words(error: Exception) -> str:
    """The first line of an error, without the name of the call that failed."""
    line = str(error).strip().split("\n")[0]
    return re.sub(r"^\w+\.\w+: ", "", line).rstrip(".")
