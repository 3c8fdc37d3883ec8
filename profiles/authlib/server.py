"""Serves Authlib in a Flask application, with the clients and users of the profile."""

import json
import os
import re
import secrets
import signal
import sys
import time
from dataclasses import dataclass
from typing import Any

import flask
import waitress
from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector
from authlib.oauth2 import OAuth2Error, rfc7009, rfc7662, rfc8414, rfc9068, rfc9207
from authlib.oauth2.rfc6749 import ClientMixin, errors, grants
from authlib.oauth2.rfc6749.util import list_to_scope, scope_to_list
from authlib.oauth2.rfc7636 import CodeChallenge
from joserfc.jwk import KeySet, RSAKey
from markupsafe import Markup

CLIENTS = {one["client_id"]: one for one in json.loads(os.environ["SERVER_CLIENTS"])}
USERS = {one["username"]: one["password"] for one in json.loads(os.environ["SERVER_USERS"])}
RESOURCE = json.loads(os.environ["SERVER_RESOURCES"])[0]
LIFETIMES = json.loads(os.environ["SERVER_LIFETIMES"])

KEYS = KeySet([RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)])
SCOPES = ("read", "write")
GRANTS = ("authorization_code", "client_credentials", "password", "refresh_token")
METHODS = ("client_secret_basic", "client_secret_post", "none")
LOOPBACK_PORT = re.compile(r"^(http://127\.0\.0\.1):[0-9]{1,5}(?=/)")
SECRET_METHODS = ("client_secret_basic", "client_secret_post")


# What the library asks of the application that embeds it, all in memory.


@dataclass(frozen=True)
class User:
    """A user, who is a name."""

    name: str

    def get_user_id(self) -> str:
        return self.name


@dataclass(frozen=True)
class Client(ClientMixin):
    """A client of the profile."""

    data: dict[str, Any]

    def get_client_id(self) -> str:
        return self.data["client_id"]

    def get_default_redirect_uri(self) -> str | None:
        uris = self.data.get("redirect_uris", [])
        return uris[0] if len(uris) == 1 else None

    def get_allowed_scope(self, scope: str | None) -> str:
        known = self.data.get("scope", "").split()
        if not scope:
            return list_to_scope(known)
        return list_to_scope([one for one in scope_to_list(scope) if one in known])

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        registered = self.data.get("redirect_uris", [])
        # RFC 8252, 7.3: any port on the loopback interface.
        without_port = LOOPBACK_PORT.sub(r"\1", redirect_uri)
        return redirect_uri in registered or without_port in registered

    def check_client_secret(self, client_secret: str) -> bool:
        known = self.data.get("client_secret", "")
        return secrets.compare_digest(known.encode(), client_secret.encode())

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return self.data["token_endpoint_auth_method"] == method

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code" and self.check_grant_type("authorization_code")

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in self.data.get("grant_types", [])


@dataclass(frozen=True)
class Code:
    """An authorization code that nobody has redeemed."""

    code: str
    client_id: str
    redirect_uri: str | None
    scope: str
    user: User
    code_challenge: str | None
    code_challenge_method: str | None
    expires_at: float

    def get_redirect_uri(self) -> str | None:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope


@dataclass(frozen=True)
class RefreshToken:
    """A refresh token; access tokens are JWTs, and not kept."""

    token: str
    client_id: str
    scope: str
    user: User
    issued_at: int
    expires_at: int

    def check_client(self, client: Client) -> bool:
        return self.client_id == client.get_client_id()

    def get_scope(self) -> str:
        return self.scope

    def is_expired(self) -> bool:
        return self.expires_at <= time.time()

    def is_revoked(self) -> bool:
        return self.token not in REFRESH_TOKENS


CODES: dict[str, Code] = {}
REFRESH_TOKENS: dict[str, RefreshToken] = {}


def save_token(token: dict[str, Any], request: Any) -> None:
    """Keep what was issued, as far as it has to be looked up."""
    if "refresh_token" in token:
        now = int(time.time())
        REFRESH_TOKENS[token["refresh_token"]] = RefreshToken(
            token["refresh_token"],
            request.client.get_client_id(),
            token.get("scope", ""),
            request.user,
            now,
            now + LIFETIMES["refresh_token"],
        )


def query_client(client_id: str) -> Client | None:
    data = CLIENTS.get(client_id)
    return None if data is None else Client(data)


def found_user(username: str, password: str) -> User | None:
    known = USERS.get(username, "")
    right = secrets.compare_digest(known.encode(), password.encode())
    return User(username) if known and right else None


class AuthorizationCodeGrant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def save_authorization_code(self, code: str, request: Any) -> None:
        data = request.payload.data
        CODES[code] = Code(
            code,
            request.client.get_client_id(),
            request.payload.redirect_uri,
            request.scope,
            request.user,
            data.get("code_challenge"),
            data.get("code_challenge_method"),
            time.time() + LIFETIMES["code"],
        )

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        found = CODES.get(code)
        if found is None or found.client_id != client.get_client_id():
            return None
        return found if found.expires_at > time.time() else None

    def delete_authorization_code(self, authorization_code: Code) -> None:
        # The library saves the tokens first: whoever comes second gets none of them.
        if CODES.pop(authorization_code.code, None) is None:
            raise errors.InvalidGrantError("The code was redeemed.")

    def authenticate_user(self, authorization_code: Code) -> User:
        return authorization_code.user


class RefreshTokenGrant(grants.RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> RefreshToken | None:
        found = REFRESH_TOKENS.get(refresh_token)
        return None if found is None or found.is_expired() else found

    def authenticate_user(self, refresh_token: RefreshToken) -> User:
        return refresh_token.user

    def revoke_old_credential(self, refresh_token: RefreshToken) -> None:
        if REFRESH_TOKENS.pop(refresh_token.token, None) is None:
            raise errors.InvalidGrantError("The refresh token was used.")


class ClientCredentialsGrant(grants.ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = SECRET_METHODS


class PasswordGrant(grants.ResourceOwnerPasswordCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = SECRET_METHODS

    def authenticate_user(self, username: str, password: str) -> User | None:
        return found_user(username, password)


# RFC 9068, and the endpoints for such tokens and for refresh tokens.


class TokenGenerator(rfc9068.JWTBearerTokenGenerator):
    def get_jwks(self) -> KeySet:
        return KEYS

    def get_audiences(self, client: Client, user: User | None, scope: str) -> str:
        return RESOURCE["audience"]


class TokenValidator(rfc9068.JWTBearerTokenValidator):
    def get_jwks(self) -> KeySet:
        return KEYS


class JWTRevocation(rfc9068.JWTRevocationEndpoint):
    CLIENT_AUTH_METHODS = METHODS

    def get_jwks(self) -> KeySet:
        return KEYS


class JWTIntrospection(rfc9068.JWTIntrospectionEndpoint):
    CLIENT_AUTH_METHODS = SECRET_METHODS

    def get_jwks(self) -> KeySet:
        return KEYS

    def check_permission(self, token: Any, client: Client, request: Any) -> bool:
        return may_introspect(client, token["client_id"])


class Revocation(rfc7009.RevocationEndpoint):
    CLIENT_AUTH_METHODS = METHODS

    def query_token(self, token_string: str, token_type_hint: str | None) -> RefreshToken | None:
        return REFRESH_TOKENS.get(token_string)

    def revoke_token(self, token: RefreshToken, request: Any) -> None:
        REFRESH_TOKENS.pop(token.token, None)


class Introspection(rfc7662.IntrospectionEndpoint):
    CLIENT_AUTH_METHODS = SECRET_METHODS

    def query_token(self, token_string: str, token_type_hint: str | None) -> RefreshToken | None:
        return REFRESH_TOKENS.get(token_string)

    def check_permission(self, token: RefreshToken, client: Client, request: Any) -> bool:
        return may_introspect(client, token.client_id)

    def introspect_token(self, token: RefreshToken) -> dict[str, Any]:
        return {
            "client_id": token.client_id,
            "scope": token.scope,
            "sub": token.user.name,
            "exp": token.expires_at,
            "iat": token.issued_at,
        }


def may_introspect(client: Client, client_id: str) -> bool:
    """The client itself, and the one that has no grant: it is there for the resource."""
    return client.get_client_id() == client_id or not client.data.get("grant_types")


class Issuer(rfc9207.IssuerParameter):
    def __init__(self, issuer: str) -> None:
        self.issuer = issuer

    def get_issuer(self) -> str:
        return self.issuer


# The application around it: sessions and pages.


HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}

LAYOUT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<main><h1>{title}</h1>{body}</main></html>"""

SIGN_IN = """{note}<form method="post" action="/sign-in">
<input type="hidden" name="csrf" value="{csrf}"><input type="hidden" name="next" value="{next}">
<div><label for="who">User name</label> <input id="who" name="username" autofocus required></div>
<div><label for="what">Password</label> <input id="what" name="password" type="password"></div>
<div><input type="submit" value="Sign in"></div></form>"""

CONSENT = """<p>The application <b>{client}</b> asks {user} for:</p><ul>{scopes}</ul>
<form method="post" action="{action}"><input type="hidden" name="csrf" value="{csrf}">
<input type="submit" name="answer" value="Deny">
<input type="submit" name="answer" value="Authorize">
</form>"""

SIGN_OUT = """<form method="post" action="/sign-out">
<input type="hidden" name="csrf" value="{csrf}">
<input type="submit" value="Sign out"></form>"""


def page(title: str, body: str, status: int = 200, **values: object) -> flask.Response:
    text = Markup(LAYOUT).format(title=title, body=Markup(body).format(**values))
    return flask.Response(text, status, mimetype="text/html")


def protected(response: flask.Response) -> flask.Response:
    if response.mimetype == "text/html" or flask.request.endpoint == "authorize":
        response.headers.update(HEADERS)
    return response


def csrf() -> str:
    return flask.session.setdefault("csrf", secrets.token_urlsafe(24))


def came_from_our_page() -> bool:
    sent = flask.request.form.get("csrf", "")
    return secrets.compare_digest(sent.encode(), csrf().encode())


def application(issuer: str) -> flask.Flask:
    """The whole server as a WSGI application."""
    app = flask.Flask("authlib_under_test", static_folder=None)
    app.config |= {
        "SECRET_KEY": secrets.token_bytes(32),
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "OAUTH2_SCOPES_SUPPORTED": SCOPES,
        "OAUTH2_REFRESH_TOKEN_GENERATOR": True,
        "OAUTH2_TOKEN_EXPIRES_IN": dict.fromkeys(GRANTS, LIFETIMES["access_token"]),
    }
    server = AuthorizationServer(app, query_client, save_token)
    server.register_token_generator("default", generator(server, issuer, app))
    server.register_grant(AuthorizationCodeGrant, [CodeChallenge(required=True)])
    for grant in (RefreshTokenGrant, ClientCredentialsGrant, PasswordGrant):
        server.register_grant(grant)
    for endpoint in (JWTRevocation(issuer), Revocation, JWTIntrospection(issuer), Introspection):
        server.register_endpoint(endpoint)
    server.register_extension(Issuer(issuer))
    add_endpoints(app, server, issuer)
    add_pages(app, server)
    app.after_request(protected)
    return app


def generator(server: AuthorizationServer, issuer: str, app: flask.Flask) -> TokenGenerator:
    usual = server.create_bearer_token_generator(app.config)
    return TokenGenerator(issuer, "RS256", usual.refresh_token_generator, usual.expires_generator)


def add_endpoints(app: flask.Flask, server: AuthorizationServer, issuer: str) -> None:
    """The token endpoint and its neighbours, the metadata and a protected resource."""
    metadata = rfc8414.AuthorizationServerMetadata(
        issuer=issuer,
        authorization_endpoint=f"{issuer}/authorize",
        token_endpoint=f"{issuer}/token",
        revocation_endpoint=f"{issuer}/revoke",
        introspection_endpoint=f"{issuer}/introspect",
        jwks_uri=f"{issuer}/jwks.json",
        end_session_endpoint=f"{issuer}/sign-out",
        scopes_supported=SCOPES,
        response_types_supported=["code"],
        grant_types_supported=GRANTS,
        token_endpoint_auth_methods_supported=METHODS,
        revocation_endpoint_auth_methods_supported=METHODS,
        introspection_endpoint_auth_methods_supported=SECRET_METHODS,
        code_challenge_methods_supported=CodeChallenge.SUPPORTED_CODE_CHALLENGE_METHOD,
        authorization_response_iss_parameter_supported=True,
    )
    require = ResourceProtector()
    require.register_token_validator(TokenValidator(issuer, RESOURCE["audience"]))

    @app.get("/.well-known/oauth-authorization-server")
    def described() -> Any:
        return flask.jsonify(metadata)

    @app.get("/jwks.json")
    def keys() -> Any:
        return flask.jsonify(KEYS.as_dict(private=False))

    @app.post("/token")
    def token() -> Any:
        return server.create_token_response()

    @app.post("/revoke")
    def revoke() -> Any:
        return server.create_endpoint_response("revocation")

    @app.post("/introspect")
    def introspect() -> Any:
        return server.create_endpoint_response("introspection")

    @app.get(RESOURCE["url"])
    @require(RESOURCE["scope"].split()[0])
    def resource() -> Any:
        claims = flask.g.authlib_server_oauth2_token
        return flask.jsonify(sub=claims["sub"]), {"Cache-Control": "no-store"}


def add_pages(app: flask.Flask, server: AuthorizationServer) -> None:
    """The authorization endpoint, sign-in and sign-out."""

    @app.route("/authorize", methods=["GET", "POST"])
    def authorize() -> Any:
        user = User(flask.session["user"]) if "user" in flask.session else None
        answer = flask.request.form.get("answer")
        grant, problem = None, None
        try:
            grant = server.get_consent_grant(end_user=user)
        except OAuth2Error as error:
            problem = error
        # RFC 9700, 4.11.2: nobody is sent to a client before signing in.
        if problem is not None and (user is not None or problem.redirect_uri is None):
            return server.handle_error_response(server.create_oauth2_request(None), problem)
        if user is None:
            here = flask.request.full_path
            return page("Sign in", SIGN_IN, note="", csrf=csrf(), next=here)
        if flask.request.method == "POST" and came_from_our_page():
            granted = user if answer == "Authorize" else None
            return server.create_authorization_response(grant_user=granted, grant=grant)
        return page(
            "Authorize the application",
            CONSENT,
            client=grant.client.get_client_id(),
            user=user.name,
            scopes=Markup("").join(
                Markup("<li>{}</li>").format(one) for one in grant.request.scope.split()
            ),
            action=flask.request.full_path,
            csrf=csrf(),
        )

    @app.post("/sign-in")
    def sign_in() -> Any:
        form = flask.request.form
        target = form.get("next", "/sign-out")
        if not came_from_our_page():
            return page("Start again", "The page was too old.", 403)
        user = found_user(form.get("username", ""), form.get("password", ""))
        if user is None:
            note = Markup('<p role="alert">The user name or the password is wrong.</p>')
            return page("Sign in", SIGN_IN, 401, note=note, csrf=csrf(), next=target)
        flask.session.clear()
        flask.session["user"] = user.name
        ours = target.startswith("/") and not target.startswith(("//", "/\\"))
        return flask.redirect(target if ours else "/sign-out", 303)

    @app.get("/sign-out")
    def ask_sign_out() -> Any:
        if "user" not in flask.session:
            return page("Signed out", "")
        return page("Sign out?", SIGN_OUT, csrf=csrf())

    @app.post("/sign-out")
    def sign_out() -> Any:
        if came_from_our_page():
            flask.session.clear()
        return page("Signed out", "")


def main() -> None:
    """Serve until a signal comes; say on standard output when requests are taken."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    holder: list[flask.Flask] = []
    try:
        server = waitress.create_server(
            lambda *call: holder[0](*call),
            host="127.0.0.1",
            port=int(os.environ["SERVER_PORT"]),
            threads=8,
        )
    except OSError as error:
        sys.exit(f"start: the server cannot listen: {error.strerror}")
    issuer = f"http://127.0.0.1:{server.effective_port}"
    holder.append(application(issuer))
    print(f"ready {issuer}", flush=True)
    server.run()


main()
