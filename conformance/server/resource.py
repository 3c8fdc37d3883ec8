"""The protected API: who may call what, and what a caller without the right is told (RFC 6750)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from conformance.server import dpop, pages, tokens
from conformance.server.answers import Answer, Members, Message, as_json, redirect
from conformance.server.installation import Installation
from conformance.server.keys import InvalidToken
from conformance.server.store import digest, random_text

_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
_SUFFIXES = {"POST": ":w", "PUT": ":w", "DELETE": ":d"}


class Denied(Exception):
    """A request that is not served; `code` is empty where no token came (section 3.1)."""

    def __init__(self, code: str, description: str = "", scope: str = "", token: str = "") -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.scope = scope
        self.token = token


def current_user(at: Installation, message: Message) -> Answer:
    """GET: the user whom the token is about; scope `profile`."""

    def served(claims: Members) -> Answer:
        user = at.rules.access_token_user(claims, at.registrations)
        about = {} if user is None else {"username": user.username, "name": user.name}
        return as_json(about, headers=at.rules.resource_headers)

    if message.method not in ("GET", "HEAD"):
        return _not_allowed(at, "GET, HEAD")
    return _guarded(at, message, "profile", served)


def account(at: Installation, message: Message) -> Answer:
    """GET: the user's account at another API; scopes `profile`, and `billing:r` of its own."""
    if message.method not in ("GET", "HEAD"):
        return _not_allowed(at, "GET, HEAD")

    def served(_: Members) -> Answer:
        return as_json({"currency": "EUR", "balance": 0}, headers=at.rules.resource_headers)

    return _guarded(at, message, "profile billing", served, at.rules.billing_audience)


def alert_sources(at: Installation, message: Message) -> Answer:
    """Alert sources, to read and to change; scopes `source` and `source:r`, `:w`, `:d`."""
    if message.method not in ("GET", "HEAD", "POST", "PUT", "DELETE"):
        return _not_allowed(at, "GET, HEAD, POST, PUT, DELETE")
    return _guarded(at, message, "source", lambda _: _alert_sources(at, message))


def _alert_sources(at: Installation, message: Message) -> Answer:
    """The collection, or the one whose identifier ends the path."""
    sources = at.store.alert_sources
    key = message.path.removeprefix("/api/alert-sources").strip("/")
    with at.store.lock:
        if key and key not in sources:
            return as_json({"error": "not_found"}, 404, at.rules.resource_headers)
        if message.method == "POST":
            key = random_text()[:8]
            sources[key] = {"id": key, "name": _name(message)}
            return as_json(sources[key], 201, at.rules.resource_headers)
        if message.method == "PUT":
            for one in [key] if key else list(sources):
                sources[one] = {"id": one, "name": _name(message)}
        elif message.method == "DELETE":
            for one in [key] if key else list(sources):
                del sources[one]
            return Answer(204, "", at.rules.resource_headers)
        return as_json(
            sources[key] if key else list(sources.values()), headers=at.rules.resource_headers
        )


def _name(message: Message) -> str:
    try:
        content = json.loads(message.body)
    except ValueError:
        return "Alert source"
    name = content.get("name") if isinstance(content, dict) else None
    return name if isinstance(name, str) else "Alert source"


def _not_allowed(at: Installation, allow: str) -> Answer:
    headers = (("Allow", allow), *at.rules.resource_headers)
    return as_json({"error": "method_not_allowed"}, 405, headers)


def _guarded(
    at: Installation,
    message: Message,
    word: str,
    served: Callable[[Members], Answer],
    audience: str | None = None,
) -> Answer:
    rules = at.rules
    try:
        claims = _authorized(at, message, word, audience or rules.audience)
    except Denied as denied:
        if rules.resource_signs_in:
            return redirect("/login", 302)
        code = rules.resource_error(denied.code)
        members = {"realm": "api", "error": code, "error_description": denied.description}
        shown = {name: value for name, value in members.items() if value}
        if denied.scope:
            shown["scope"] = denied.scope
        challenge = rules.resource_challenge(shown, denied.token)
        body = {"error": code or "unauthorized", "error_description": denied.description}
        answer = as_json(body, rules.resource_status(code), at.rules.resource_headers)
        return answer if challenge is None else answer.having(("WWW-Authenticate", challenge))
    return served(claims)


def _authorized(at: Installation, message: Message, word: str, audience: str) -> Members:
    """The claims of the token that opens the resource (RFC 9068, section 4)."""
    rules = at.rules
    try:
        token = _token(at, message)
    except Denied as denied:
        if not denied.code and not rules.resource_demands_token:
            return {}
        raise
    if not rules.resource_checks_token:
        return {}
    try:
        claims = _remembered(at, token, audience)
        _check_key(at, message, token, claims)
    except InvalidToken as error:
        if rules.resource_fails_on_malformed:
            raise
        raise Denied("invalid_token", str(error), token=token) from None
    scope, words = tokens.scope_of(at, claims), word.split()
    if not any(rules.resource_needs(scope, one, message.method) for one in words):
        word = words[0]
        needed = word if word == "profile" else word + _SUFFIXES.get(message.method, ":r")
        raise Denied("insufficient_scope", "The token does not go that far.", needed, token)
    return claims


def _check_key(at: Installation, message: Message, token: str, claims: Members) -> None:
    """A bound token comes with a proof of its key, any other one without (RFC 9449, section 7)."""
    bound = dpop.key_of_token(claims)
    scheme = message.headers.get("Authorization", "").partition(" ")[0].lower()
    if not at.rules.access_token_binding_checked:
        return
    try:
        proven = dpop.key_of_proof(at, message, token) if scheme == "dpop" else ""
    except dpop.InvalidProof as error:
        raise InvalidToken(str(error)) from error
    if proven != bound:
        raise InvalidToken("The token is bound to another key, or to none.")


def _remembered(at: Installation, token: str, audience: str) -> Members:
    """The claims of a good token; a rule lets the resource remember for a while that it is good."""
    keeps, verdicts = at.rules.resource_keeps_verdicts, at.store.verdicts
    key, now = digest(f"{audience} {token}"), at.clock.now()
    if keeps and key in verdicts and now < verdicts[key][1]:
        return verdicts[key][0]
    claims = _good(at, token, audience)
    if keeps:
        verdicts[key] = (claims, now + keeps)
    return claims


def _good(at: Installation, token: str, audience: str) -> Members:
    rules = at.rules
    claims = tokens.verified(at, tokens.read(at, token, rules.access_token_read))
    if tokens.expired(at, claims) or tokens.premature(at, claims):
        raise InvalidToken("The token has expired, or its time has not come.")
    if rules.access_token_audience_checked and not tokens.meant_for(audience, claims):
        raise InvalidToken("The token is for another resource.")
    if rules.access_token_revocation_seen and tokens.ended(at, token):
        raise InvalidToken("The token was revoked.")
    return claims


def _token(at: Installation, message: Message) -> str:
    """The one token of a request; from the header only, unless rules say otherwise."""
    rules = at.rules
    found: list[str] = []
    scheme, _, credentials = message.headers.get("Authorization", "").partition(" ")
    bound = scheme.lower() == "dpop" and bool(rules.dpop_algorithms)
    if scheme and rules.header_token_is_read and (bound or rules.bearer_scheme(scheme)):
        found.append(credentials.strip(" "))
    if not found and rules.cookie_token_is_read and _is_from_own_page(at, message):
        found += filter(None, [message.cookies.get("access_token")])
    if rules.query_token_is_read:
        found += filter(None, [pages.query(message).get("access_token")])
    if rules.body_token_is_read(message.method, message.media_type):
        found += filter(None, [pages.form(message).get("access_token")])
    if not found:
        raise Denied("")
    if len(found) > 1 and rules.several_tokens_refused:
        raise Denied("invalid_request", "The token was sent in more than one way.")
    if not _TOKEN.fullmatch(found[-1]):
        if rules.resource_fails_on_malformed:
            raise InvalidToken("The header is malformed.")
        raise Denied("invalid_request", "The token is malformed.", token=found[-1])
    return found[-1]


def _is_from_own_page(at: Installation, message: Message) -> bool:
    """Whether no page of another origin sent the request (RFC 6750, section 5.3)."""
    if not at.rules.cookie_token_needs_own_origin:
        return True
    return message.headers.get("Origin", at.issuer) == at.issuer
