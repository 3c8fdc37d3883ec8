"""What a page of another site can do with the server's pages, seen in the real browser.

Each look has a positive twin in the same browser: a page of ours that lets it be done. Without the
twin the browser would stop everything, and nothing that was stopped proves anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from conformance.model import Headers
from conformance.protocol.request import Draft
from conformance.target.browser import LONGEST_VISIT, BrowserAgent
from conformance.target.foreign import TARGET_FRAME, TWIN_FRAME
from conformance.target.location import origin
from conformance.target.way import QUIET

HARMLESS = "document.documentElement.dataset.conformance=1"
"""A script that does nothing but show that it ran."""
INJECTED = f"\"'><script>{HARMLESS}</script><img src=x onerror={HARMLESS}><svg onload={HARMLESS}>"
"""Markup that runs it, wherever it is repeated as it came."""
LISTENING = 3.0
"""Seconds that a page waits for a message of the window that it has opened."""

_RAN = "document.documentElement.dataset.conformance === '1'"
_READ = """async url => {
  const options = {credentials: "include", signal: AbortSignal.timeout(4000)};
  try { return (await (await fetch(url, options)).text()).length >= 0; } catch { return false; }
}"""
_HEAR = """([url, seconds]) => new Promise(heard => {
  addEventListener("message", event => {
    const said = JSON.stringify(event.data) || "";
    if (/"(code|error|access_token)"/.test(said)) heard(event.origin);
  });
  open(url);
  setTimeout(() => heard(null), seconds * 1000);
})"""
_ITSELF = "<!doctype html><title>The client</title><p>The client's own page.</p>"


@dataclass(frozen=True, slots=True)
class Seen:
    """Whether something could be done with the server's page, and with the twin of ours."""

    done: bool
    twin_done: bool


@dataclass(frozen=True, slots=True)
class Framing:
    """Whether a foreign page could frame a URL.

    `twin_framed` says whether the same page could frame an unprotected page of ours: without it
    the browser would frame nothing, and `framed` proves nothing. `url` is what the frame showed.
    """

    framed: bool
    twin_framed: bool
    url: str
    status: int | None = None
    headers: Headers = ()


def framed(agent: BrowserAgent, url: str) -> Framing:
    """Whether a page of another origin can show `url`, with this session, in a frame."""
    foreign = agent.browser.foreign
    with agent.visiting() as (live, watch):
        live.send(Draft("GET", foreign.framing(url)), LONGEST_VISIT)
        while watch.quiet_for < QUIET:
            live.wait(0.05)
        target, twin = (live.page.frame(name=name) for name in (TARGET_FRAME, TWIN_FRAME))
        watch.join_extra()
        hops = [
            hop
            for hop in watch.hops
            if hop.kind == "Document" and not hop.main and not hop.url.startswith(foreign.url)
        ]
        return Framing(
            framed=target is not None and _shows(target.url, url),
            twin_framed=twin is not None and _shows(twin.url, foreign.url),
            url="" if target is None else target.url,
            status=hops[-1].status if hops else None,
            headers=hops[-1].answer_headers if hops else (),
        )


def _shows(seen: str, url: str) -> bool:
    """Whether a frame shows a page of the URL's origin, and not the browser's own refusal."""
    return origin(seen) != "" and origin(seen) == origin(url)


def read(agent: BrowserAgent, request: Draft) -> Seen:
    """Whether a script of another site can read an answer, with the session of this user."""
    foreign = agent.browser.foreign
    with agent.visiting() as (live, _):
        live.send(Draft("GET", foreign.plain), LONGEST_VISIT)
        done, twin = (
            bool(live.page.evaluate(_READ, url)) for url in (request.full_url, foreign.readable)
        )
    return Seen(done, twin)


def ran(agent: BrowserAgent, request: Draft) -> Seen:
    """Whether a script in a request runs in the page that comes, with the session of this user."""
    twin = f"{agent.browser.foreign.url}/reflecting?{urlencode({'of': INJECTED})}"
    with agent.visiting() as (live, watch):
        seen = []
        for draft in (request, Draft("GET", twin)):
            live.send(draft, LONGEST_VISIT)
            while watch.quiet_for < QUIET:
                live.wait(0.05)
            seen.append(bool(live.page.evaluate(_RAN)))
    return Seen(*seen)


def heard(agent: BrowserAgent, request: Draft, client: str) -> Seen:
    """Whether a page of another site that opens a request hears the response in a message.

    The twin is the client's own page, at the origin of `client`, which has to hear it.
    """
    own = origin(client)
    with agent.visiting() as (live, _):
        live.answer(f"{own}/**", _ITSELF)
        told = []
        for page in (agent.browser.foreign.plain, f"{own}/"):
            live.send(Draft("GET", page), LONGEST_VISIT)
            told.append(live.page.evaluate(_HEAR, [request.full_url, LISTENING]) is not None)
    return Seen(*told)
