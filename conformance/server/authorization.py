"""The authorization endpoint: from the request to the code (RFC 6749, section 4.1)."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from conformance.server import (
    form_post,
    pages,
    parameters,
    pkce,
    responses,
    sessions,
    strangers,
    web_message,
)
from conformance.server.answers import Answer, Message, Refusal, redirect
from conformance.server.behaviours import Pairs, without_port
from conformance.server.installation import Installation
from conformance.server.parameters import Parameters
from conformance.server.registrations import Client
from conformance.server.store import Grant, Pending, Session, random_text

KNOWN = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "response_mode",
    "prompt",
    "nonce",
    "web_message_uri",
)


def authorize(at: Installation, message: Message) -> Answer:
    """Answer an authorization request: on to login, consent or client, or an error page.

    No CORS here: clients send browsers to it, and never call it (RFC 9700, section 2.6).
    """
    answer = _authorize(at, message)
    if at.rules.authorization_cors:
        return answer.having(*at.rules.cors(message.headers.get("Origin", "")))
    return answer


def _authorize(at: Installation, message: Message) -> Answer:
    if message.method not in at.rules.authorization_methods:
        return pages.error(at, "This page cannot be asked for in that way.", status=405)
    try:
        sent = _parameters(at, message)
        client = _client(at, sent)
        redirect_uri = _redirect_uri(at, sent, client, message.method)
    except _Unanswerable as error:
        if error.target is not None:
            pairs = [("error", error.code), ("error_description", error.sentence)]
            return redirect(at.rules.location_of_response(error.target, pairs))
        return pages.error(at, error.sentence, about=error.about)
    pending = _pending(at, sent, client, redirect_uri)
    session = sessions.current(at, message)
    if session is not None:
        sessions.keep(session, pending)
        return proceed(at, session, pending, message)
    session = sessions.opened(at)
    sessions.keep(session, pending)
    return sessions.with_cookie(at, session, proceed(at, session, pending, message))


class _Unanswerable(Exception):
    """A request that no client can be told about (RFC 6749, section 4.1.2.1)."""

    def __init__(
        self, sentence: str, about: str = "", code: str = "", target: str | None = None
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.about = about
        self.code = code
        self.target = target


def _parameters(at: Installation, message: Message) -> Parameters:
    rules = at.rules
    raw = message.query
    if message.method == "POST":
        if message.media_type != "application/x-www-form-urlencoded":
            raise _Unanswerable("The request is not form encoded.")
        raw = message.body.decode("utf-8", "surrogateescape")
    try:
        pairs = parameters.read(raw, rules.authorization_decode)
    except ValueError:
        raise _Unanswerable("The request is not in UTF-8.") from None
    named = tuple((rules.authorization_name(name), value) for name, value in pairs)
    names = {name for name, _ in named}
    if not rules.authorization_unknown_parameters_ignored and not names <= {
        *KNOWN,
        parameters.RESOURCE,
    }:
        raise _Unanswerable("The request has a parameter that is not known here.")
    return parameters.collect(
        named,
        (*KNOWN, *rules.authorization_needs),
        chosen=rules.authorization_repeated,
        empty_is_omitted=rules.authorization_empty_is_omitted,
    )


def _client(at: Installation, sent: Parameters) -> Client:
    if "client_id" in sent.repeated:
        raise _Unanswerable("The application was named more than once.")
    client = at.client(at.rules.client_id_read(sent.get("client_id") or ""))
    if client is None:
        redirects = at.rules.unknown_client_is_redirected
        target = sent.get("redirect_uri") if redirects else None
        raise _Unanswerable(
            "The application that sent you here is not registered.",
            sent.get("client_id") or "",
            "unauthorized_client",
            target,
        )
    return client


def _redirect_uri(at: Installation, sent: Parameters, client: Client, method: str) -> str:
    """The URI to answer to: registered for the client, and equal (RFC 6749, section 3.1.2.3)."""
    rules = at.rules
    given = sent.get("redirect_uri")
    if "redirect_uri" in sent.repeated:
        raise _Unanswerable("The redirect URI was given more than once.")
    if given is None:
        default = rules.default_redirect_uri(client.redirect_uris)
        if default is None:
            raise _Unanswerable("The application did not say where to return to.")
        return default
    if method not in rules.redirect_uri_checked_on:
        return given
    if not rules.redirect_uri_checked_for(sent.get("response_type")):
        return given
    if not client.redirect_uris and rules.any_redirect_uri_without_registration:
        return given
    if any(_matches(at, client, registered, given) for registered in client.redirect_uris):
        return given
    as_message = _mode(at, sent) == web_message.MODE
    if as_message and any(rules.message_receiver_matches(r, given) for r in client.redirect_uris):
        return given
    target = given if rules.invalid_redirect_uri_is_redirected_to else None
    raise _Unanswerable(
        "The redirect URI is not registered for this application.", given, "invalid_request", target
    )


def _matches(at: Installation, client: Client, registered: str, given: str) -> bool:
    if at.rules.redirect_uri_matches(registered, given):
        return True
    if not at.rules.loopback_port_is_free(client, registered):
        return False
    return without_port(given) == without_port(registered)


def _response_types(at: Installation, sent: Parameters) -> frozenset[str]:
    """The values of the response type that is asked for; none where it is not offered."""
    rules = at.rules
    asked = rules.response_type(sent.get("response_type"))
    if asked is None:
        return frozenset()
    offered = (one for one in rules.response_types if rules.response_type_is(asked, one))
    return frozenset(next(offered, "").split())


def _pending(at: Installation, sent: Parameters, client: Client, redirect_uri: str) -> Pending:
    rules = at.rules
    response_types = _response_types(at, sent)
    pending = Pending(
        key=random_text(),
        client=client,
        redirect_uri=redirect_uri,
        sent_redirect_uri=sent.get("redirect_uri"),
        state=sent.get("state"),
        scope=(),
        challenge=None,
        method=None,
        prompts=frozenset((sent.get("prompt") or "").split(" ")) & rules.prompts,
        problem=None,
        made_at=at.clock.now(),
        response_types=response_types,
        fragment=_mode(at, sent) == "fragment" or not response_types <= {"code"},
        message=_mode(at, sent) == web_message.MODE,
        sent=dict(sent.values),
    )
    try:
        _check(at, sent, pending)
    except Refusal as refusal:
        pending.problem = refusal
    return pending


def _mode(at: Installation, sent: Parameters) -> str:
    """The response mode that is asked for, where it is offered; the default for any other."""
    mode = sent.get("response_mode")
    return mode if mode is not None and mode in at.rules.response_modes else "query"


def _check(at: Installation, sent: Parameters, pending: Pending) -> None:
    """Fill in what is asked for; Refusal for what the client is told about (section 4.1.2.1)."""
    rules, client = at.rules, pending.client
    if sent.repeated:
        names = ", ".join(sorted(sent.repeated))
        raise Refusal("invalid_request", f"Sent more than once: {names}.")
    if any(sent.get(name) is None for name in rules.authorization_needs):
        raise Refusal("invalid_request", "The request lacks a parameter.")
    if rules.response_type(sent.get("response_type")) is None:
        raise Refusal("invalid_request", "The parameter response_type is missing.")
    if not pending.response_types:
        raise Refusal("unsupported_response_type", "This response_type is not offered.")
    mode, modes = sent.get("response_mode"), rules.response_modes
    if pending.response_types != {"code"}:
        modes -= {"query"}
    if mode is not None and rules.response_modes and mode not in modes:
        raise Refusal("invalid_request", "This response_mode is not offered.")
    if rules.authorization_grants_checked:
        responses.allowed(pending)
    if "none" in pending.prompts and len(pending.prompts) > 1:
        raise Refusal("invalid_request", "The prompt none excludes every other.")
    if len(sent.get("state") or "") < rules.state_at_least:
        raise Refusal("invalid_request", "The parameter state is too short.")
    asked = sent.get("scope")
    scope = rules.default_scope(client) if asked is None else rules.read_scope(asked)
    if scope is None:
        raise Refusal(rules.scope_missing_error, "The parameter scope is missing.")
    if not rules.scope_may_be_asked(scope, client, rules.scopes):
        raise Refusal("invalid_scope", "The client may not ask for this scope.")
    pending.scope = scope
    known = (rules.audience, rules.billing_audience)
    pending.audience = rules.token_audience(sent.resources, scope, known)
    responses.check_openid(sent, pending)
    forgotten = pending.message and not rules.message_keeps_challenge
    if rules.challenge_is_read and "code" in pending.response_types and not forgotten:
        pending.challenge, pending.method = pkce.challenge(at, sent, client)


def proceed(at: Installation, session: Session, pending: Pending, message: Message) -> Answer:
    """The next step of a request: login, consent, or the answer to the client."""
    rules = at.rules
    silent = "none" in pending.prompts
    if pending.problem is not None and (silent or not rules.errors_wait_for_login):
        return refuse(at, session, pending, pending.problem, message)
    if session.user is None and not rules.login_required:
        session.user = at.registrations.users[0]
    again = "login" in pending.prompts and session.signed_in_at < pending.made_at
    if session.user is None or again:
        if silent:
            refusal = Refusal("login_required", "The user is not signed in.")
            return refuse(at, session, pending, refusal, message)
        return redirect(f"/login?request={pending.key}", rules.page_redirect_status)
    if pending.problem is not None:
        return refuse(at, session, pending, pending.problem, message)
    remembered = at.store.consents.get(
        rules.consent_key(session.user.username, pending.client.client_id)
    )
    asked = rules.consent_required(pending.client, remembered, pending.scope)
    if (asked or "consent" in pending.prompts) and not pending.approved:
        if silent:
            refusal = Refusal("consent_required", "The user has not agreed yet.")
            return refuse(at, session, pending, refusal, message)
        return redirect(f"/consent?request={pending.key}", rules.page_redirect_status)
    return _grant(at, session, pending, message)


def _grant(at: Installation, session: Session, pending: Pending, message: Message) -> Answer:
    rules = at.rules
    grant = Grant(
        key=random_text(),
        client=pending.client,
        user=session.user,
        scope=rules.granted_scope(pending.scope, pending.client),
        signed_in_at=session.signed_in_at,
        audience=pending.audience,
        nonce=pending.sent.get("nonce"),
    )
    session.grants.append(grant)
    if rules.new_grant_revives_old_ones and session.user is not None:
        at.store.revive(pending.client.client_id, session.user)
    pairs = responses.parts(at, grant, pending)
    if pending.state is not None:
        pairs += _optional("state", rules.state_in_response(pending.state))
    if rules.iss_in_response:
        pairs.append(("iss", rules.iss(at.issuer, _host(message))))
    build = rules.response_in_fragment if pending.fragment else rules.location_of_response
    response = rules.authorization_response(pairs, pending.sent)
    return _respond(at, session, pending, response, build)


def refuse(
    at: Installation, session: Session, pending: Pending, refusal: Refusal, message: Message
) -> Answer:
    """Tell the client about an error (RFC 6749, section 4.1.2.1; RFC 9207, section 2)."""
    rules = at.rules
    if not rules.errors_are_redirected:
        return pages.error(at, refusal.description)
    pairs = [("error", refusal.code), ("error_description", refusal.description)]
    if pending.state is not None:
        pairs += _optional("state", rules.state_in_error(pending.state))
    if rules.iss_in_error:
        pairs.append(("iss", rules.iss(at.issuer, _host(message))))
    build = rules.error_in_fragment if pending.fragment else rules.location_of_response
    response = rules.authorization_error(pairs, pending.sent)
    if strangers.asks_first(at, pending, refusal):
        return strangers.page(at, pending, build(pending.redirect_uri, response))
    return _respond(at, session, pending, response, build)


def _respond(
    at: Installation,
    session: Session,
    pending: Pending,
    pairs: Pairs,
    build: Callable[[str, Pairs], str],
) -> Answer:
    session.pending.pop(pending.key, None)
    rules = at.rules
    if pending.message:
        target = rules.message_target(pending.redirect_uri, pending.sent)
        return web_message.page(rules.message_parameters(pairs), target)
    if (
        form_post.MODE in rules.response_modes
        and pending.sent.get("response_mode") == form_post.MODE
    ):
        return form_post.page(pairs, pending.redirect_uri)
    answer = redirect(build(pending.redirect_uri, pairs), rules.page_redirect_status)
    if rules.state_can_end_a_header:
        lines = (pending.state or "").splitlines()[1:]
        fields = (line.partition(":") for line in lines)
        answer = answer.having(*((name, value.strip()) for name, colon, value in fields if colon))
    return answer


def _optional(name: str, value: str | None) -> Pairs:
    return [] if value is None else [(name, value)]


def _host(message: Message) -> str:
    return urlsplit(message.url).netloc
