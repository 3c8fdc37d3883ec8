"""The token endpoint: what comes in, and the form of what goes out (RFC 6749, sections 3.2, 5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from conformance.server import dpop, grants, parameters
from conformance.server.answers import NO_STORE, Answer, Headers, Members, Message, Refusal
from conformance.server.behaviours import Issue
from conformance.server.client_authentication import authenticated
from conformance.server.installation import Installation
from conformance.server.parameters import Parameters
from conformance.server.registrations import Client

KNOWN = (
    "grant_type",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "code",
    "redirect_uri",
    "code_verifier",
    "refresh_token",
    "scope",
    "username",
    "password",
)

Granted = tuple[Members, Issue]

_GRANTS: Mapping[str, Callable[[Installation, Client, Parameters], Granted]] = {
    "authorization_code": grants.redeem,
    "refresh_token": grants.refresh,
    "client_credentials": grants.for_itself,
    "password": grants.for_user,
}


def token(at: Installation, message: Message) -> Answer:
    """Answer a token request; always JSON."""
    values: Mapping[str, str] = {}
    try:
        sent = read(at, message, at.rules.token_methods)
        values = sent.values
        return _granted(at, message, sent)
    except Refusal as refusal:
        return refused(at, refusal, values)


def read(
    at: Installation, message: Message, methods: frozenset[str], further: tuple[str, ...] = ()
) -> Parameters:
    """The parameters of a request with a form body; Refusal where it is not one."""
    if message.method not in methods:
        allow = (("Allow", ", ".join(sorted(methods))),)
        raise Refusal("invalid_request", "The method has to be POST.", status=405, headers=allow)
    raw = message.query
    if message.method == "POST":
        if message.media_type != "application/x-www-form-urlencoded":
            raise Refusal("invalid_request", "The body has to be form encoded.")
        raw = at.rules.token_form(message.body.decode("utf-8", "surrogateescape"), message.query)
    return form(at, raw, (*KNOWN, *further))


def form(at: Installation, raw: str, known: tuple[str, ...]) -> Parameters:
    """The known parameters of a form; Refusal where it is malformed or says one twice."""
    rules = at.rules
    try:
        pairs = parameters.read(raw, rules.token_decode)
    except ValueError:
        raise Refusal("invalid_request", "The request is not in UTF-8.") from None
    named = tuple((rules.token_name(name), value) for name, value in rules.token_pairs(pairs))
    names = {name for name, _ in named}
    if not rules.token_unknown_parameters_ignored and not names <= {*known, parameters.RESOURCE}:
        raise Refusal("invalid_request", "The request has a parameter that is not known here.")
    if rules.token_forbidden_parameters & names:
        raise Refusal("invalid_request", "The request has a parameter that has no place here.")
    sent = parameters.collect(
        named,
        known,
        chosen=rules.token_repeated,
        empty_is_omitted=rules.token_empty_is_omitted,
    )
    if sent.repeated:
        names_again = ", ".join(sorted(sent.repeated))
        raise Refusal("invalid_request", f"Sent more than once: {names_again}.")
    return sent


def _granted(at: Installation, message: Message, sent: Parameters) -> Answer:
    rules = at.rules
    grant_type = rules.token_grant_type(grants.needed(at, sent, "grant_type"))
    client = authenticated(
        at, message, sent, grant_type, lambda: grants.client_of_code(at, sent.get("code"))
    )
    if grant_type not in rules.grant_types or grant_type not in _GRANTS:
        raise Refusal(rules.grant_type_unknown_error, "This grant_type is not offered.")
    if rules.client_grants_checked and grant_type not in client.grant_types:
        raise Refusal("unauthorized_client", "The client may not use this grant_type.")
    try:
        sent = replace(sent, proven_key=dpop.key_of_proof(at, message))
    except dpop.InvalidProof as error:
        raise Refusal("invalid_dpop_proof", str(error)) from None
    members, issue = _GRANTS[grant_type](at, client, sent)
    members = rules.token_members(members, issue)
    if grant_type == "refresh_token":
        members = rules.refresh_members(members, issue)
    return Answer(
        rules.token_status,
        rules.token_text(members),
        (
            ("Content-Type", rules.token_media_type),
            *rules.token_headers(grant_type),
            *_cookie(at, members),
            *cors(at, message),
        ),
    )


def _cookie(at: Installation, members: Members) -> Headers:
    """The cookie that keeps the access token, where the rules have one."""
    cookie = at.rules.token_cookie(str(members.get("access_token", "")))
    return () if cookie is None else (("Set-Cookie", cookie),)


def refused(at: Installation, refusal: Refusal, sent: Mapping[str, str]) -> Answer:
    """The answer to a client about its error (RFC 6749, section 5.2)."""
    rules = at.rules
    return Answer(
        rules.error_status(refusal),
        rules.error_text(rules.error_members(refusal, sent)),
        (
            ("Content-Type", rules.error_media_type),
            *NO_STORE,
            *rules.cors(""),
            *refusal.headers,
        ),
    )


def cors(at: Installation, message: Message) -> Any:
    """The CORS headers of an endpoint that browser-based clients call (RFC 9700, section 2.6)."""
    return at.rules.cors(message.headers.get("Origin", ""))
