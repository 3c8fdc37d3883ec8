"""What a browser page does on the network, kept from the events of its developer tools."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from conformance.model import Exchange, Headers
from conformance.target.location import IsServer, leaving
from conformance.target.recorder import LONGEST_BODY

Event = Mapping[str, Any]
REDIRECTS = (301, 302, 303, 307, 308)
TOLD_IN_FULL = ("Document", "XHR", "Fetch", "Other")
"""Kinds of requests whose headers and bodies are evidence; of the others a line is kept."""
WAITED_FOR = ("Document", "XHR", "Fetch", "Script")
"""Kinds of requests after which a page may look different."""


class Session(Protocol):
    """A session with the developer tools of one page (Chrome DevTools Protocol)."""

    def on(self, event: str, f: Callable[..., Any]) -> None: ...


@dataclass(slots=True)
class Hop:
    """One request on the wire with what came back; a redirect ends one hop and begins the next."""

    request_id: str
    kind: str
    main: bool
    method: str
    url: str
    fragment: str = ""
    request_headers: Headers = ()
    request_body: str = ""
    status: int | None = None
    answer_headers: Headers = ()
    answer_body: str = ""
    problem: str | None = None
    finished: bool = False
    body_taken: bool = False
    loader: str = ""
    left: bool = False
    redirected: bool = False
    started: float = field(default_factory=time.monotonic)
    seconds: float = 0.0

    def header(self, name: str) -> str | None:
        return next((v for n, v in self.answer_headers if n.lower() == name), None)

    def sent_header(self, name: str) -> str | None:
        return next((v for n, v in self.request_headers if n.lower() == name), None)


@dataclass(frozen=True, slots=True)
class Away:
    """How the page left the server: the URL, and the status of the redirect (None: by script)."""

    url: str
    status: int | None


class Watch:
    """Follows one page; handlers only take down, so that no event ever blocks."""

    def __init__(self, is_server: IsServer, callback: str | None) -> None:
        self.is_server = is_server
        self.callback = callback
        self.away: Away | None = None
        self.hops: list[Hop] = []
        self.commits = 0
        self.frame = ""
        self._open: dict[str, list[Hop]] = {}
        self._sent_extra: dict[str, list[Headers]] = {}
        self._answer_extra: dict[str, list[tuple[int, Headers]]] = {}
        self._committed: set[str] = set()
        self._quiet_since = time.monotonic()

    def attach(self, session: Session, frame: str) -> None:
        """Listens to a page whose main frame has this id."""
        self.frame = frame
        session.on("Network.requestWillBeSent", self._on_request)
        session.on("Network.requestWillBeSentExtraInfo", self._on_sent)
        session.on("Network.responseReceived", self._on_response)
        session.on("Network.responseReceivedExtraInfo", self._on_answered)
        session.on("Network.loadingFinished", self._on_finished)
        session.on("Network.loadingFailed", self._on_failed)
        session.on("Page.frameNavigated", self._on_navigated)
        session.on("Page.frameRequestedNavigation", self._on_asked)
        session.on("Page.frameScheduledNavigation", self._on_asked)

    @property
    def document(self) -> Hop | None:
        """The last document of the main frame that was answered and did not redirect."""
        answered = (h for h in reversed(self.hops) if h.main and h.status is not None)
        return next((h for h in answered if h.status not in REDIRECTS), None)

    @property
    def last(self) -> Hop | None:
        """The last document of the main frame that was asked for, answered or not."""
        return next((hop for hop in reversed(self.hops) if hop.main), None)

    @property
    def navigating(self) -> bool:
        """A document of the main frame was asked for, and neither came nor failed yet."""
        last = self.last
        if last is None or last.left or last.problem is not None:
            return False
        return last.loader not in self._committed

    @property
    def quiet_for(self) -> float:
        """Seconds since the last request that may change the page ended; 0 while one runs."""
        busy = any(hops[-1].kind in WAITED_FOR for hops in self._open.values())
        return 0.0 if busy else time.monotonic() - self._quiet_since

    def exchanges(self, who: str) -> list[Exchange]:
        """What was sent and answered, in order, as evidence."""
        return [self._exchange(hop, who) for hop in self._told()]

    def _told(self) -> list[Hop]:
        """All but the target of a redirect away, which stands in its `Location` already."""
        self.join_extra()
        return [hop for hop in self.hops if not (hop.left and hop.redirected) and _is_told(hop.url)]

    def _exchange(self, hop: Hop, who: str) -> Exchange:
        full = hop.kind in TOLD_IN_FULL
        problem = "The browser was sent away from the server." if hop.left else hop.problem
        return Exchange(
            who=who,
            method=hop.method,
            url=hop.url + hop.fragment,
            request_headers=hop.request_headers if full else (),
            request_body=hop.request_body[:LONGEST_BODY],
            status=hop.status,
            answer_headers=hop.answer_headers if full else (),
            answer_body=hop.answer_body[:LONGEST_BODY] if full else "",
            problem=None if hop.status is not None else problem or "It was not answered.",
            note=None if hop.main else f"requested by the page ({hop.kind.lower()})",
            seconds=hop.seconds,
        )

    def _on_request(self, event: Event) -> None:
        identity = str(event["requestId"])
        sent = event["request"]
        kind = str(event.get("type", "Other"))
        main = kind == "Document" and event.get("frameId") == self.frame
        hops = self._open.setdefault(identity, [])
        redirect = event.get("redirectResponse")
        target = str(sent["url"]) + str(sent.get("urlFragment", ""))
        status = None
        if redirect is not None and hops:
            self._answer(hops[-1], redirect)
            hops[-1].finished = True
            status = hops[-1].status
            target = hops[-1].header("location") or target
        hop = Hop(
            identity,
            kind,
            main,
            str(sent["method"]),
            str(sent["url"]),
            fragment=str(sent.get("urlFragment", "")),
            request_headers=_pairs(sent.get("headers", {})),
            request_body=str(sent.get("postData", "")),
            loader=str(event.get("loaderId", "")),
            redirected=redirect is not None,
        )
        if main:
            base = hops[-1].url if hops else str(event.get("documentURL", sent["url"]))
            hop.left = self._leaves(base, target, status, hop)
        hops.append(hop)
        self.hops.append(hop)

    def _leaves(self, base: str, target: str, status: int | None, hop: Hop) -> bool:
        away = leaving(base, target, self.callback, self.is_server)
        if away is None:
            return False
        if status is None and hop.method == "POST" and hop.request_body:
            away = f"{away}{'&' if '?' in away else '?'}{hop.request_body}"
        self._left(away, status)
        return True

    def _left(self, url: str, status: int | None) -> None:
        if self.away is None:
            self.away = Away(url, status)

    def _on_sent(self, event: Event) -> None:
        headers = _pairs(event.get("headers", {}))
        self._sent_extra.setdefault(str(event["requestId"]), []).append(headers)

    def _on_answered(self, event: Event) -> None:
        identity = str(event["requestId"])
        status = int(event.get("statusCode", 0))
        headers = _pairs(event.get("headers", {}))
        self._answer_extra.setdefault(identity, []).append((status, headers))
        hops = self._open.get(identity)
        location = next((v for n, v in headers if n.lower() == "location"), None)
        if not hops or not hops[-1].main or location is None or status not in REDIRECTS:
            return
        # A redirect to a private-use scheme raises no other event than this one.
        number = len(self._answer_extra[identity]) - 1
        if number < len(hops):
            hop = hops[number]
            hop.status, hop.answer_headers = status, headers
            away = leaving(hop.url, location, self.callback, self.is_server)
            if away is not None:
                inherited = f"#{hop.fragment[1:]}" if hop.fragment and "#" not in away else ""
                self._left(away + inherited, status)

    def _on_response(self, event: Event) -> None:
        hops = self._open.get(str(event["requestId"]))
        if hops:
            self._answer(hops[-1], event["response"])

    def _answer(self, hop: Hop, response: Event) -> None:
        hop.status = int(response.get("status", 0))
        hop.seconds = time.monotonic() - hop.started
        hop.answer_headers = hop.answer_headers or _pairs(response.get("headers", {}))

    def _on_finished(self, event: Event) -> None:
        self._end(str(event["requestId"]), None)

    def _on_failed(self, event: Event) -> None:
        self._end(str(event["requestId"]), str(event.get("errorText", "failed")))

    def _end(self, identity: str, problem: str | None) -> None:
        hops = self._open.pop(identity, None)
        self._quiet_since = time.monotonic()
        if hops:
            hops[-1].finished = problem is None
            hops[-1].problem = problem

    def _on_navigated(self, event: Event) -> None:
        frame = event["frame"]
        if frame.get("id") == self.frame:
            self.commits += 1
            self._committed.add(str(frame.get("loaderId")))
            self._quiet_since = time.monotonic()

    def _on_asked(self, event: Event) -> None:
        """A script, a link or a refresh asked for another page; only other schemes end here."""
        url = str(event.get("url", ""))
        if event.get("frameId") != self.frame or url.startswith(("http:", "https:")):
            return
        if not url.startswith(("about:", "data:", "blob:", "javascript:")):
            self._left(url, None)
            self.hops.append(Hop("", "Document", main=True, method="GET", url=url, left=True))

    def join_extra(self) -> None:
        """Gives each hop the headers as they were on the wire, cookies among them."""
        by_request: dict[str, list[Hop]] = {}
        for hop in self.hops:
            by_request.setdefault(hop.request_id, []).append(hop)
        for identity, hops in by_request.items():
            for hop, headers in zip(hops, self._sent_extra.get(identity, ()), strict=False):
                hop.request_headers = headers
            answers = self._answer_extra.get(identity, ())
            for hop, (_, headers) in zip(hops, answers, strict=False):
                hop.answer_headers = headers


def _is_told(url: str) -> bool:
    """Requests of pages; not those that the browser makes up itself."""
    made_up = url.startswith(("data:", "blob:", "chrome", "about:"))
    return not made_up and not url.endswith("/favicon.ico")


def _pairs(headers: Mapping[str, str]) -> Headers:
    """Headers as the developer tools give them: values of one name are joined by line ends."""
    return tuple(
        (str(name), part) for name, value in headers.items() for part in str(value).split("\n")
    )
