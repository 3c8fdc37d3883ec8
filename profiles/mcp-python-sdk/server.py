"""Serves the MCP SDK's authorization server, with the clients and users of the profile."""

import contextlib
import html
import json
import logging
import os
import secrets
import socket
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from mcp.server.auth.middleware.auth_context import AuthContextMiddleware, get_access_token
from mcp.server.auth.middleware.bearer_auth import BearerAuthBackend, RequireAuthMiddleware
from mcp.server.auth.provider import (
    AccessToken,
    AuthorizationCode,
    AuthorizationParams,
    AuthorizeError,
    OAuthAuthorizationServerProvider,
    ProviderTokenVerifier,
    RefreshToken,
    RegistrationError,
    TokenError,
    construct_redirect_uri,
)
from mcp.server.auth.routes import create_auth_routes
from mcp.server.auth.settings import AuthSettings, ClientRegistrationOptions, RevocationOptions
from mcp.shared.auth import OAuthClientInformationFull, OAuthToken
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENTS = json.loads(os.environ["SERVER_CLIENTS"])
USERS = {one["username"]: one["password"] for one in json.loads(os.environ["SERVER_USERS"])}
RESOURCE = json.loads(os.environ["SERVER_RESOURCES"])[0]
LIFETIMES = json.loads(os.environ["SERVER_LIFETIMES"])
SCOPES = ["read", "write"]


# What the SDK asks of the application that embeds it, all in memory.


@dataclass
class Waiting:
    """An authorization request that waits for a user."""

    client: OAuthClientInformationFull
    params: AuthorizationParams


@dataclass
class Provider(OAuthAuthorizationServerProvider[AuthorizationCode, RefreshToken, AccessToken]):
    """Clients, codes and tokens."""

    clients: dict[str, OAuthClientInformationFull] = field(default_factory=dict)
    waiting: dict[str, Waiting] = field(default_factory=dict)
    codes: dict[str, AuthorizationCode] = field(default_factory=dict)
    access_tokens: dict[str, AccessToken] = field(default_factory=dict)
    refresh_tokens: dict[str, RefreshToken] = field(default_factory=dict)
    redeemed: dict[str, str] = field(default_factory=dict)
    """The grant, a name of ours, that each code and token belongs to."""

    async def get_client(self, client_id: str) -> OAuthClientInformationFull | None:
        return self.clients.get(client_id)

    async def register_client(self, client_info: OAuthClientInformationFull) -> None:
        for uri in client_info.redirect_uris or ():
            if uri.fragment is not None or uri.scheme in ("javascript", "data"):
                raise RegistrationError("invalid_redirect_uri", "This redirect URI is not taken.")
        self.clients[client_info.client_id] = client_info

    async def authorize(
        self, client: OAuthClientInformationFull, params: AuthorizationParams
    ) -> str:
        if params.resource not in (None, RESOURCE["audience"]):
            raise AuthorizeError("invalid_target", "There is no such resource.")
        ticket = secrets.token_urlsafe(24)
        self.waiting[ticket] = Waiting(client, params)
        return f"/consent?ticket={ticket}"

    def approved(self, waiting: Waiting, user: str) -> str:
        """Where the browser goes with a code for what was asked."""
        params = waiting.params
        code = secrets.token_urlsafe(32)
        self.codes[code] = AuthorizationCode(
            code=code,
            scopes=params.scopes or wanted(waiting),
            expires_at=time.time() + LIFETIMES["code"],
            client_id=waiting.client.client_id,
            code_challenge=params.code_challenge,
            redirect_uri=params.redirect_uri,
            redirect_uri_provided_explicitly=params.redirect_uri_provided_explicitly,
            resource=params.resource,
            subject=user,
        )
        return construct_redirect_uri(str(params.redirect_uri), code=code, state=params.state)

    async def load_authorization_code(
        self, client: OAuthClientInformationFull, authorization_code: str
    ) -> AuthorizationCode | None:
        if authorization_code in self.redeemed:
            self.end(self.redeemed[authorization_code])
        return self.codes.get(authorization_code)

    async def exchange_authorization_code(
        self, client: OAuthClientInformationFull, authorization_code: AuthorizationCode
    ) -> OAuthToken:
        if self.codes.pop(authorization_code.code, None) is None:
            raise TokenError("invalid_grant", "The code was redeemed.")
        grant = secrets.token_urlsafe(8)
        self.redeemed[authorization_code.code] = grant
        return self.issue(authorization_code, authorization_code.scopes, grant)

    def issue(
        self, source: AuthorizationCode | RefreshToken, scopes: list[str], grant: str
    ) -> OAuthToken:
        now = int(time.time())
        access, refresh = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        common = {
            "client_id": source.client_id,
            "resource": source.resource,
            "subject": source.subject,
        }
        self.access_tokens[access] = AccessToken(
            token=access, scopes=scopes, expires_at=now + LIFETIMES["access_token"], **common
        )
        # RFC 6749, 6: the new refresh token has the scope of the old one.
        self.refresh_tokens[refresh] = RefreshToken(
            token=refresh,
            scopes=source.scopes,
            expires_at=now + LIFETIMES["refresh_token"],
            **common,
        )
        self.redeemed |= {access: grant, refresh: grant}
        return OAuthToken(
            access_token=access,
            expires_in=LIFETIMES["access_token"],
            scope=" ".join(scopes),
            refresh_token=refresh,
        )

    async def load_refresh_token(
        self, client: OAuthClientInformationFull, refresh_token: str
    ) -> RefreshToken | None:
        found = self.refresh_tokens.get(refresh_token)
        if found is None and refresh_token in self.redeemed:
            self.end(self.redeemed[refresh_token])  # RFC 9700, 4.14.2
        return found

    async def exchange_refresh_token(
        self, client: OAuthClientInformationFull, refresh_token: RefreshToken, scopes: list[str]
    ) -> OAuthToken:
        if self.refresh_tokens.pop(refresh_token.token, None) is None:
            raise TokenError("invalid_grant", "The refresh token was used.")
        return self.issue(refresh_token, scopes, self.redeemed[refresh_token.token])

    async def load_access_token(self, token: str) -> AccessToken | None:
        return self.access_tokens.get(token)

    async def revoke_token(self, token: AccessToken | RefreshToken) -> None:
        self.end(self.redeemed[token.token])

    def end(self, grant: str) -> None:
        """End all tokens of a grant."""
        for tokens in (self.access_tokens, self.refresh_tokens):
            for token in [one for one in tokens if self.redeemed[one] == grant]:
                del tokens[token]


def wanted(waiting: Waiting) -> list[str]:
    return waiting.params.scopes or (waiting.client.scope or "").split()


def client(given: dict[str, Any]) -> OAuthClientInformationFull:
    """A client of the profile in the words of RFC 7591."""
    return OAuthClientInformationFull(
        client_id=given["client_id"],
        client_name=given["client_id"],
        client_secret=given.get("client_secret"),
        token_endpoint_auth_method=given["token_endpoint_auth_method"],
        redirect_uris=given["redirect_uris"],
        grant_types=given["grant_types"],
        scope=given["scope"],
    )


# The pages, which the SDK leaves to the application.


@dataclass
class Session:
    """A browser, and who is signed in there."""

    user: str | None = None
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(24))


SESSIONS: dict[str, Session] = {}

LAYOUT = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><h2>{title}</h2>{body}</body></html>"""

SIGN_IN = """{note}<form method="post" action="/sign-in">
<input type="hidden" name="csrf" value="{csrf}"><input type="hidden" name="ticket" value="{ticket}">
<input type="text" name="login" placeholder="User name" aria-label="User name">
<input type="password" name="secret" placeholder="Password" aria-label="Password">
<button type="submit">Continue</button></form>"""

CONSENT = """<p>{user}, the application <em>{client}</em> would like to use: {scopes}.</p>
<form method="post" action="/consent"><input type="hidden" name="csrf" value="{csrf}">
<input type="hidden" name="ticket" value="{ticket}">
<button name="choice" value="no">Decline</button> <button name="choice" value="yes">Accept</button>
</form>"""

SIGN_OUT = """<form method="post" action="/sign-out">
<input type="hidden" name="csrf" value="{csrf}">
<button>Sign out</button></form>"""

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}


def page(title: str, body: str, status: int = 200, **values: str) -> HTMLResponse:
    filled = body.format(**{name: html.escape(value) for name, value in values.items()})
    return HTMLResponse(LAYOUT.format(title=title, body=filled), status, HEADERS)


def session(request: Request) -> Session:
    return SESSIONS.get(request.cookies.get("session", ""), Session())


def begun(response: Response, made: Session) -> Response:
    name = secrets.token_urlsafe(24)
    SESSIONS[name] = made
    response.set_cookie("session", name, httponly=True, samesite="lax")
    return response


class Pages:
    """Sign-in, consent and sign-out."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    async def consent(self, request: Request) -> Response:
        here, ticket = session(request), request.query_params.get("ticket", "")
        waiting = self.provider.waiting.get(ticket)
        if waiting is None:
            return page("This request is not known", "", 404)
        if here.user is None:
            made = Session()
            shown = page("Sign in", SIGN_IN, note="", csrf=made.csrf, ticket=ticket)
            return begun(shown, made)
        return page(
            "Allow access?",
            CONSENT,
            user=here.user,
            client=waiting.client.client_id,
            scopes=", ".join(wanted(waiting)),
            csrf=here.csrf,
            ticket=ticket,
        )

    async def sign_in(self, request: Request) -> Response:
        here, form = session(request), await text_fields(request)
        known = USERS.get(form.get("login", ""), "")
        if not same(form.get("csrf", ""), here.csrf):
            return page("Start again", "The page was too old.", 403)
        if not known or not same(form.get("secret", ""), known):
            ticket, note = form.get("ticket", ""), "That is not right."
            return page("Sign in", SIGN_IN, 401, note=note, csrf=here.csrf, ticket=ticket)
        SESSIONS.pop(request.cookies.get("session", ""), None)
        ticket = form.get("ticket", "")
        target = f"/consent?ticket={ticket}" if ticket in self.provider.waiting else "/sign-out"
        return begun(RedirectResponse(target, 303, HEADERS), Session(form["login"]))

    async def decide(self, request: Request) -> Response:
        here, form = session(request), await text_fields(request)
        if here.user is None or not same(form.get("csrf", ""), here.csrf):
            return page("Start again", "The page was too old.", 403)
        waiting = self.provider.waiting.pop(form.get("ticket", ""), None)
        if waiting is None:
            return page("This request is not known", "", 404)
        params = waiting.params
        if form.get("choice") == "yes":
            target = self.provider.approved(waiting, here.user)
        else:
            target = construct_redirect_uri(
                str(params.redirect_uri), error="access_denied", state=params.state
            )
        return RedirectResponse(target, 303, HEADERS)

    async def ask_sign_out(self, request: Request) -> Response:
        here = session(request)
        if here.user is None:
            return page("Signed out", "")
        return page("Sign out?", SIGN_OUT, csrf=here.csrf)

    async def sign_out(self, request: Request) -> Response:
        form = await text_fields(request)
        if same(form.get("csrf", ""), session(request).csrf):
            SESSIONS.pop(request.cookies.get("session", ""), None)
        return page("Signed out", "")

    def routes(self) -> list[Route]:
        return [
            Route("/consent", self.consent),
            Route("/consent", self.decide, methods=["POST"]),
            Route("/sign-in", self.sign_in, methods=["POST"]),
            Route("/sign-out", self.ask_sign_out),
            Route("/sign-out", self.sign_out, methods=["POST"]),
        ]


def same(one: str, other: str) -> bool:
    return secrets.compare_digest(one.encode(), other.encode())


async def text_fields(request: Request) -> dict[str, str]:
    form = await request.form()
    return {name: value for name, value in form.items() if isinstance(value, str)}


async def resource(request: Request) -> Response:
    token = get_access_token()
    return JSONResponse({"sub": token and token.subject}, headers={"Cache-Control": "no-store"})


def application(issuer: str) -> Starlette:
    """The whole server as an ASGI application."""
    provider = Provider(clients={one["client_id"]: client(one) for one in CLIENTS})
    settings = AuthSettings(issuer_url=issuer, resource_server_url=None)
    routes = create_auth_routes(
        provider,
        settings.issuer_url,
        client_registration_options=ClientRegistrationOptions(
            enabled=True, valid_scopes=SCOPES, default_scopes=SCOPES
        ),
        revocation_options=RevocationOptions(enabled=True),
    )
    shown = Route(RESOURCE["url"], resource)
    shown.app = RequireAuthMiddleware(shown.app, RESOURCE["scope"].split()[:1])
    backend = BearerAuthBackend(ProviderTokenVerifier(provider))
    return Starlette(
        routes=[*routes, *Pages(provider).routes(), shown],
        middleware=[
            Middleware(AuthenticationMiddleware, backend=backend),
            Middleware(AuthContextMiddleware),
        ],
    )


class Server(uvicorn.Server):
    """Says on standard output when requests are taken."""

    issuer = ""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print(f"ready {self.issuer}", flush=True)


def main() -> None:
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", int(os.environ["SERVER_PORT"])))
    except OSError as error:
        sys.exit(f"start: the server cannot listen: {error.strerror}")
    issuer = f"http://127.0.0.1:{listening.getsockname()[1]}"
    config = uvicorn.Config(application(issuer), log_config=None, access_log=False, lifespan="off")
    server = Server(config)
    server.issuer = issuer
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listening])


main()
