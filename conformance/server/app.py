"""The WSGI application: which path is answered by whom."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from email.utils import formatdate
from typing import Any, cast
from urllib.parse import quote, urljoin

from flask import Flask, Response, request
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException

from conformance.server import (
    authorization,
    consent,
    developers,
    introspection,
    login,
    metadata,
    pages,
    registration,
    resource,
    revocation,
    token,
)
from conformance.server.answers import NO_STORE, Answer, Message, as_json
from conformance.server.clock import Clock
from conformance.server.installation import Installation
from conformance.server.keys import Keys, generated
from conformance.server.registrations import Registrations, demonstration
from conformance.server.rules import Rules
from conformance.server.store import Store

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE")
_LARGEST_BODY = 256 * 1024


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A path with who answers it; `page` for people, else JSON for programs.

    Methods are None where the endpoint itself says what it takes. Browser-based clients may call
    a `cross_origin` endpoint from other origins.
    """

    path: str
    answers: Callable[[Installation, Message], Answer]
    methods: tuple[str, ...] | None = None
    page: bool = False
    cross_origin: bool = False


INSTALLATION = "installation"
"""The extension of the application that is the installation itself."""


def create_app(
    rules: Rules,
    registrations: Registrations | None = None,
    clock: Clock | None = None,
    issuer: str = "https://embedded.test",
    keys: Keys | None = None,
) -> Flask:
    """The server as a WSGI application; `issuer` is its origin, without a path.

    Everything but the rules has a default: the demonstration's registrations, a clock of its own,
    and the keys of this process.
    """
    at = Installation(
        rules=rules,
        registrations=registrations or demonstration(),
        clock=clock or Clock(),
        issuer=issuer,
        keys=keys or generated(),
        store=Store(),
    )
    app = Flask("conformance.server", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_BODY
    app.extensions[INSTALLATION] = at
    for endpoint in _endpoints(rules):
        app.add_url_rule(
            endpoint.path,
            endpoint=endpoint.path,
            view_func=_view(at, endpoint),
            methods=_METHODS,
            provide_automatic_options=False,
        )
    pages_of = {endpoint.path for endpoint in _endpoints(rules) if endpoint.page}

    def failed(error: HTTPException) -> Response:
        sentence = f"{error.name}."
        known = request.path in pages_of or not _is_known(app, request.path)
        answer = (
            pages.error(at, sentence, status=error.code or 500)
            if known
            else as_json(_error(error), error.code or 500, NO_STORE)
        )
        if error.code == 404 and rules.metadata_for_every_path:
            answer = metadata.metadata(at, _message())
        return _response(at, answer)

    app.register_error_handler(HTTPException, failed)
    return app


def _is_known(app: Flask, path: str) -> bool:
    return any(rule.rule == path for rule in app.url_map.iter_rules())


def _error(error: HTTPException) -> dict[str, str]:
    code = "server_error" if (error.code or 500) >= 500 else "invalid_request"
    return {"error": code, "error_description": f"{error.name}."}


def _endpoints(rules: Rules) -> list[Endpoint]:
    paths = rules.paths
    form = ("GET", "HEAD", "POST")
    read = ("GET", "HEAD")
    found = [
        Endpoint(paths.authorization, authorization.authorize, page=True),
        Endpoint("/login", login.login, form, page=True),
        Endpoint("/logout", login.logout, ("POST",), page=True),
        Endpoint("/consent", consent.consent, form, page=True),
        Endpoint(login.APPLICATIONS, consent.applications, form, page=True),
        Endpoint(paths.token, token.token, cross_origin=True),
        Endpoint(paths.revocation, revocation.revoke, cross_origin=True),
        Endpoint("/api/users/current", resource.current_user, cross_origin=True),
        Endpoint("/api/alert-sources", resource.alert_sources, cross_origin=True),
        Endpoint("/api/alert-sources/<key>", resource.alert_sources, cross_origin=True),
    ]
    if paths.developers is not None:
        found += [
            Endpoint(paths.developers, developers.register, read, page=True),
            Endpoint(f"{paths.developers}/policy", developers.policy, read, page=True),
            Endpoint(f"{paths.developers}/terms", developers.terms, read, page=True),
        ]
    if paths.registration is not None:
        found.append(Endpoint(paths.registration, registration.register, ("POST",)))
        client = f"{paths.registration}/<key>"
        found.append(Endpoint(client, registration.configure, ("GET", "HEAD", "DELETE")))
    if paths.billing is not None:
        found.append(Endpoint(paths.billing, resource.account))
    if paths.introspection is not None:
        found.append(Endpoint(paths.introspection, introspection.introspect))
    if paths.token_information is not None:
        found.append(Endpoint(paths.token_information, introspection.information))
    if paths.jwks is not None:
        found.append(Endpoint(paths.jwks, metadata.jwks, read, cross_origin=True))
    if paths.metadata is not None:
        found.append(Endpoint(paths.metadata, metadata.metadata, read, cross_origin=True))
    if paths.openid_discovery is not None:
        discovery = metadata.openid_discovery
        found.append(Endpoint(paths.openid_discovery, discovery, read, cross_origin=True))
    return found


def _view(at: Installation, endpoint: Endpoint) -> Callable[..., Response]:
    def view(**_: str) -> Response:
        message = _message()
        origin = at.rules.own_origin(message, at.issuer)
        if origin == at.issuer:
            return _response(at, _answer(at, endpoint, message))
        return _response(
            at, _elsewhere(_answer(replace(at, issuer=origin), endpoint, message), origin)
        )

    return view


def _elsewhere(answer: Answer, origin: str) -> Answer:
    """The answer of a server that takes itself to be elsewhere: its redirects lead there."""
    headers = tuple(
        (name, urljoin(origin, value) if name == "Location" else value)
        for name, value in answer.headers
    )
    return replace(answer, headers=headers)


def _answer(at: Installation, endpoint: Endpoint, message: Message) -> Answer:
    rules = at.rules
    if rules.falls_over(message):
        raise RuntimeError("The server fell over.")
    if (seconds := rules.seconds_to_think(message)) > 0:
        time.sleep(seconds)
    if message.method == "TRACE":
        return _traced(at, message)
    if message.method == "OPTIONS":
        return _preflight(at, endpoint, message)
    methods = endpoint.methods
    if methods is not None and message.method not in methods:
        allow = ("Allow", ", ".join(methods))
        if endpoint.page:
            return pages.error(at, "This page takes no such request.", status=405).having(allow)
        return as_json({"error": "invalid_request"}, 405, (allow,))
    answer = rules.answer_to(message, endpoint.answers(at, message))
    if not endpoint.page:
        return answer
    return answer.having(*rules.page_cors(message.path, message.headers.get("Origin", "")))


def _traced(at: Installation, message: Message) -> Answer:
    """TRACE is not answered: it would show scripts what they must not see."""
    if not at.rules.trace_is_answered:
        return as_json({"error": "invalid_request"}, 405)
    text = "".join(f"{name}: {value}\r\n" for name, value in message.headers.items())
    return Answer(200, f"TRACE {message.path}\r\n{text}", (("Content-Type", "message/http"),))


def _preflight(at: Installation, endpoint: Endpoint, message: Message) -> Answer:
    """What browsers ask before a request from another origin (RFC 9700, section 2.6)."""
    if not endpoint.cross_origin:
        return Answer(204)
    allowed = ("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE")
    headers = ("Access-Control-Allow-Headers", "Authorization, Content-Type")
    return Answer(204, "", (*token.cors(at, message), allowed, headers))


def _message() -> Message:
    raw = request.environ.get("QUERY_STRING", "")
    return Message(
        method="GET" if request.method == "HEAD" else request.method,
        url=request.base_url,
        path=request.path,
        query=raw.encode("latin-1").decode("utf-8", "surrogateescape"),
        body=request.get_data(cache=False),
        headers=cast("Mapping[str, str]", request.headers),
        cookies=request.cookies,
    )


class _AsWritten(Response):
    """A response whose Location goes out as it was written: the framework would tidy it up."""

    def get_wsgi_headers(self, environ: dict[str, Any]) -> Headers:
        location = self.headers.pop("Location", None)
        headers = super().get_wsgi_headers(environ)
        if location is not None:
            self.headers["Location"] = location
            headers["Location"] = quote(location, safe=_PRINTABLE, errors="surrogateescape")
        return headers


_PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))


def _response(at: Installation, answer: Answer) -> Response:
    """The answer on the wire; its Date, where it has one, is that of the server's clock."""
    response = _AsWritten(answer.body, status=answer.status)
    del response.headers["Content-Type"]
    for name, value in answer.headers:
        response.headers.add(name, value)
    if at.rules.dated:
        response.headers["Date"] = formatdate(at.clock.now(), usegmt=True)
    response.headers["Server"] = "oauth-conformance"
    if request.scheme == "https" and (lasting := at.rules.strict_transport(request.path)):
        response.headers["Strict-Transport-Security"] = lasting
    return response
