"""A browser and a client for the tests of the server, over WSGI in this process."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from flask import Flask

from conformance.server.app import create_app
from conformance.server.clock import Clock
from conformance.server.registrations import PASSWORDS, SECRETS, demonstration
from conformance.server.rules import Rules

ISSUER = "https://embedded.test"
VERIFIER = "a-verifier-that-is-long-enough-for-the-grammar-0123"
FORM = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


def s256(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass
class Site:
    """One server with one browser; paths are those of the dialect."""

    rules: Rules
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.app: Flask = create_app(self.rules, demonstration(), self.clock, ISSUER)
        self.browser = self.new_browser()
        self.api = self.new_browser()

    def new_browser(self) -> httpx.Client:
        transport = httpx.WSGITransport(app=self.app)
        return httpx.Client(transport=transport, base_url=ISSUER)

    def request(self, client_id: str = "web", **changes: str | None) -> dict[str, str]:
        client = demonstration().client(client_id)
        sent: dict[str, str | None] = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": client.redirect_uris[0] if client else None,
            "scope": "profile source:w offline_access",
            "state": "a state",
            "code_challenge": s256(VERIFIER),
            "code_challenge_method": "S256",
            **changes,
        }
        return {name: value for name, value in sent.items() if value is not None}

    def open(self, client_id: str = "web", **changes: str | None) -> httpx.Response:
        """Send the authorization request; what comes back is not followed."""
        request = self.request(client_id, **changes)
        return self.browser.get(self.rules.paths.authorization, params=request)

    def sign_in(self, page: httpx.Response, username: str = "alice") -> httpx.Response:
        login = self.browser.get(page.headers["Location"])
        fields = dict(FORM.findall(login.text))
        form = {**fields, "username": username, "password": PASSWORDS[username]}
        return self.browser.post("/login", data=form)

    def decide(self, page: httpx.Response, decision: str = "approve") -> httpx.Response:
        consent = self.browser.get(page.headers["Location"])
        return self.browser.post(
            "/consent", data={**dict(FORM.findall(consent.text)), "decision": decision}
        )

    def land(
        self,
        client_id: str = "web",
        username: str = "alice",
        decision: str = "approve",
        **changes: str | None,
    ) -> dict[str, str]:
        """Through login and consent to the client: the parameters that arrive there."""
        answer = self.open(client_id, **changes)
        if urlsplit(answer.headers.get("Location", "")).path == "/login":
            answer = self.sign_in(answer, username)
        if urlsplit(answer.headers.get("Location", "")).path == "/consent":
            answer = self.decide(answer, decision)
        assert answer.status_code == 303, answer.text
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))

    def post(self, path: str, client_id: str | None, **form: Any) -> httpx.Response:
        """A client's request with its credentials; a value of None is left out."""
        sent = {name: value for name, value in form.items() if value is not None}
        if client_id is None:
            return self.api.post(path, data=sent)
        if client_id not in SECRETS:
            return self.api.post(path, data={"client_id": client_id, **sent})
        if self.rules.paths.token_information is not None:
            secret = {"client_id": client_id, "client_secret": SECRETS[client_id]}
            return self.api.post(path, data={**secret, **sent})
        return self.api.post(path, data=sent, auth=credentials(client_id))

    def redeem(self, code: str, client_id: str = "web", **changes: Any) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": VERIFIER,
            **changes,
        }
        return self.post(self.rules.paths.token, client_id, **form)

    def tokens(self, client_id: str = "web", **changes: str | None) -> dict[str, Any]:
        answer = self.redeem(self.land(client_id, **changes)["code"], client_id)
        assert answer.status_code == 200, answer.text
        content: dict[str, Any] = answer.json()
        return content

    def refresh(self, token: str, client_id: str = "web", **changes: Any) -> httpx.Response:
        form = {"grant_type": "refresh_token", "refresh_token": token, **changes}
        return self.post(self.rules.paths.token, client_id, **form)

    def call(
        self, token: str | None, path: str = "/api/users/current", method: str = "GET"
    ) -> httpx.Response:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return self.api.request(method, path, headers=headers)


def credentials(client_id: str, secret: str | None = None) -> tuple[str, str]:
    """Identifier and secret for HTTP Basic, form-encoded (RFC 6749, section 2.3.1)."""
    quoted = httpx.QueryParams({"x": SECRETS[client_id] if secret is None else secret})
    return client_id, str(quoted).removeprefix("x=")
