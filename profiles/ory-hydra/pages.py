"""The login and consent application that Hydra sends users to, as its makers intend."""

from __future__ import annotations

import html
import http.server
import json
import secrets
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.cookies import SimpleCookie
from typing import Any

LAYOUT = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1>{body}</body></html>"""

LOGIN = """<p role="alert">{note}</p><form method="post" action="/login">
<input type="hidden" name="csrf" value="{csrf}">
<input type="hidden" name="challenge" value="{challenge}">
<label>Your name <input name="name" autocomplete="username"></label>
<label>Your password <input name="word" type="password" autocomplete="current-password"></label>
<input type="submit" name="action" value="Log in">
</form>"""

CONSENT = """<p>{subject}, {client} wants access to:</p><form method="post" action="/consent">
<input type="hidden" name="csrf" value="{csrf}">
<input type="hidden" name="challenge" value="{challenge}">
{scopes}
<input type="submit" name="action" value="Allow access">
<input type="submit" name="action" value="Deny access">
</form>"""

LOGOUT = """<form method="post" action="/logout"><input type="hidden" name="csrf" value="{csrf}">
<input type="hidden" name="challenge" value="{challenge}">
<input type="submit" name="action" value="Log out"></form>"""

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}

SECONDS = 20


class AdminAPI:
    """Hydra's administrative endpoints."""

    def __init__(self, url: str) -> None:
        self._url = url

    def register(self, given: Mapping[str, Any]) -> None:
        """Make a client of the profile; its words are those of RFC 7591."""
        grants = given.get("grant_types", [])
        self._ask(
            "POST",
            "/admin/clients",
            {
                **{name: given[name] for name in ("client_id", "client_secret") if name in given},
                "client_name": given["client_id"],
                "token_endpoint_auth_method": given["token_endpoint_auth_method"],
                "redirect_uris": given.get("redirect_uris", []),
                "grant_types": grants or ["client_credentials"],
                "response_types": ["code"] if "authorization_code" in grants else [],
                "scope": given.get("scope", ""),
            },
        )

    def request(self, kind: str, challenge: str) -> dict[str, Any]:
        """What a login, consent or logout request is about."""
        return self._ask("GET", f"/admin/oauth2/auth/requests/{kind}?{_query(kind, challenge)}")

    def accept(self, kind: str, challenge: str, answer: Mapping[str, Any]) -> str:
        """Where the browser goes on."""
        return self._decide(kind, "accept", challenge, answer)

    def reject(self, kind: str, challenge: str) -> str:
        """Where the browser goes on."""
        return self._decide(kind, "reject", challenge, {"error": "access_denied"})

    def _decide(self, kind: str, word: str, challenge: str, answer: Mapping[str, Any]) -> str:
        path = f"/admin/oauth2/auth/requests/{kind}/{word}?{_query(kind, challenge)}"
        return str(self._ask("PUT", path, answer)["redirect_to"])

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        asked = urllib.request.Request(self._url + path, data, headers, method=method)
        with urllib.request.urlopen(asked, timeout=SECONDS) as answer:
            return dict(json.load(answer))


def _query(kind: str, challenge: str) -> str:
    return urllib.parse.urlencode({f"{kind}_challenge": challenge})


@contextmanager
def serving(api: AdminAPI, users: Mapping[str, str]) -> Iterator[str]:
    """Serves the pages on a free port of 127.0.0.1 while the block runs; yields their address."""

    class Handler(Pages):
        pass

    Handler.api, Handler.users = api, users
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class Pages(http.server.BaseHTTPRequestHandler):
    """Login, consent, logout, and the errors that Hydra shows."""

    api: AdminAPI
    users: Mapping[str, str]
    timeout = SECONDS

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        given = dict(urllib.parse.parse_qsl(query))
        shown = {
            "/login": self.show_login,
            "/consent": self.show_consent,
            "/logout": self.show_logout,
            "/logged-out": lambda _: self.page("You are logged out", ""),
            "/error": lambda one: self.page(
                "This did not work", "{text}", 400, text=one.get("error_description", "")
            ),
        }.get(path)
        self.answer(shown, given)

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        size = int(length) if length.isdecimal() else 0
        body = self.rfile.read(min(size, 100_000)).decode("utf-8", "replace")
        given = dict(urllib.parse.parse_qsl(body))
        handled = {
            "/login": self.login,
            "/consent": self.consent,
            "/logout": self.logout,
        }.get(self.path)
        if handled is not None and not self.came_from_our_page(given):
            self.page("Start again", "The page was too old.", 403)
        else:
            self.answer(handled, given)

    def answer(self, handle: Any, given: dict[str, str]) -> None:
        if handle is None:
            self.page("There is no such page", "", 404)
            return
        try:
            handle(given)
        except urllib.error.HTTPError:
            self.page("This request is not known", "", 400)

    def show_login(self, given: dict[str, str]) -> None:
        challenge = given.get("login_challenge", "")
        asked = self.api.request("login", challenge)
        if asked["skip"]:
            self.go(self.api.accept("login", challenge, {"subject": asked["subject"]}))
        else:
            self.page("Log in", LOGIN, note="", challenge=challenge)

    def login(self, given: dict[str, str]) -> None:
        challenge, name = given.get("challenge", ""), given.get("name", "")
        known = self.users.get(name, "")
        if not known or not _same(given.get("word", ""), known):
            note = "The name or the password is wrong."
            self.page("Log in", LOGIN, 401, note=note, challenge=challenge)
            return
        answer = {"subject": name, "remember": True, "remember_for": 3600}
        self.go(self.api.accept("login", challenge, answer))

    def show_consent(self, given: dict[str, str]) -> None:
        challenge = given.get("consent_challenge", "")
        asked = self.api.request("consent", challenge)
        boxes = "".join(
            f'<label><input type="checkbox" checked disabled> {html.escape(one)}</label>'
            for one in asked["requested_scope"]
        )
        body = CONSENT.replace("{scopes}", boxes.replace("{", "{{").replace("}", "}}"))
        client = asked["client"]["client_name"]
        self.page("Consent", body, subject=asked["subject"], client=client, challenge=challenge)

    def consent(self, given: dict[str, str]) -> None:
        challenge = given.get("challenge", "")
        if given.get("action") != "Allow access":
            self.go(self.api.reject("consent", challenge))
            return
        asked = self.api.request("consent", challenge)
        answer = {
            "grant_scope": asked["requested_scope"],
            "grant_access_token_audience": asked["requested_access_token_audience"],
        }
        self.go(self.api.accept("consent", challenge, answer))

    def show_logout(self, given: dict[str, str]) -> None:
        challenge = given.get("logout_challenge", "")
        self.api.request("logout", challenge)
        self.page("Log out?", LOGOUT, challenge=challenge)

    def logout(self, given: dict[str, str]) -> None:
        self.go(self.api.accept("logout", given.get("challenge", ""), {}))

    def came_from_our_page(self, given: dict[str, str]) -> bool:
        known = self.cookie()
        return known is not None and _same(given.get("csrf", ""), known)

    def cookie(self) -> str | None:
        found = SimpleCookie(self.headers.get("Cookie", "")).get("csrf")
        return None if found is None else found.value

    def page(self, title: str, body: str, status: int = 200, **values: str) -> None:
        token = self.cookie() or secrets.token_urlsafe(24)
        filled = body.format(
            csrf=html.escape(token), **{name: html.escape(value) for name, value in values.items()}
        )
        content = LAYOUT.format(title=title, body=filled).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Set-Cookie", f"csrf={token}; HttpOnly; SameSite=Lax; Path=/")
        self.finish_head()
        self.wfile.write(content)

    def go(self, target: str) -> None:
        self.send_response(303)
        self.send_header("Location", target)
        self.send_header("Content-Length", "0")
        self.finish_head()

    def finish_head(self) -> None:
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the server tells what goes wrong."""


def _same(one: str, other: str) -> bool:
    return secrets.compare_digest(one.encode(), other.encode())
