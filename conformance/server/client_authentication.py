"""Which client is asking, and the proof (RFC 6749, sections 2.3 and 3.2.1)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from conformance.server import client_assertion, parameters, sessions
from conformance.server.answers import Headers, Message, Refusal
from conformance.server.client_assertion import InvalidAssertion
from conformance.server.installation import Installation
from conformance.server.parameters import Parameters
from conformance.server.registrations import Client


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request says about its client; `secret` is None where it says none."""

    client_id: str | None
    secret: str | None
    basic: bool
    assertion: str | None = None


def authenticated(
    at: Installation,
    message: Message,
    sent: Parameters,
    purpose: str,
    inferred: Callable[[], Client | None] = lambda: None,
) -> Client:
    """The client that asks, proved if it is confidential; Refusal otherwise.

    `purpose` is the grant type, `revocation` or `introspection`.
    """
    rules = at.rules
    given = _credentials(at, message, sent, purpose)
    client = at.client(given.client_id)
    if client is None and given.client_id is None and rules.client_inferred_from_code:
        client = inferred()
    if client is None:
        raise _failed(at, rules.unknown_client_error, "The client is not known.")
    if given.assertion is not None:
        _prove_by_key(at, client, given.assertion)
        return client
    if client.public:
        if (given.secret or given.basic) and rules.secret_of_public_client_refused:
            raise _failed(at, "invalid_client", "The client has no secret.")
        if rules.secret_required(client, purpose, sent.values):
            raise _failed(at, "invalid_client", "The client did not prove who it is.")
        return client
    if given.secret is None:
        if rules.secret_required(client, purpose, sent.values):
            raise _failed(at, "invalid_client", "The client did not prove who it is.")
        return client
    _prove(at, client, given.secret, purpose)
    return client


def _prove(at: Installation, client: Client, secret: str, purpose: str) -> None:
    rules, key = at.rules, f"client {client.client_id}"
    if sessions.locked(at, key, rules.client_guesses):
        raise _failed(at, "invalid_client", "Too many wrong secrets of late.")
    right = rules.secret_matches(client, secret, purpose)
    sessions.count(at, key, right, rules.client_guesses)
    if not right:
        raise _failed(at, "invalid_client", "The client did not prove who it is.")


def _prove_by_key(at: Installation, client: Client, assertion: str) -> None:
    try:
        client_assertion.verify(at, client, assertion)
    except InvalidAssertion as error:
        raise _failed(at, "invalid_client", str(error)) from error


def _failed(at: Installation, code: str, description: str) -> Refusal:
    challenge = at.rules.client_challenge
    headers: Headers = () if challenge is None else (("WWW-Authenticate", challenge),)
    return Refusal(code, description, status=at.rules.invalid_client_status, headers=headers)


def _credentials(at: Installation, message: Message, sent: Parameters, purpose: str) -> Credentials:
    rules = at.rules
    by_post = rules.post_is_read and rules.credentials_are_read(purpose, "client_secret_post")
    by_basic = rules.basic_is_read and rules.credentials_are_read(purpose, "client_secret_basic")
    values: Mapping[str, str] = sent.values
    if rules.credentials_in_query:
        values = {**dict(parameters.read(message.query)), **values}
    client_id = values.get("client_id")
    secret = values.get("client_secret") if by_post else None
    basic = _basic(at, message) if by_basic else None
    assertion = _assertion(values) if rules.client_assertion_algorithms else None
    if assertion is not None:
        return _by_assertion(at, client_id, secret or basic, assertion)
    if basic is None:
        return Credentials(client_id, secret, basic=False)
    if secret is not None:
        if rules.several_methods_refused:
            raise Refusal("invalid_request", "The client proves itself in two ways at once.")
        return Credentials(client_id or basic[0], secret, basic=True)
    if client_id not in (None, basic[0]) and rules.differing_client_ids_refused:
        raise Refusal("invalid_request", "The request names two clients.")
    return Credentials(basic[0], basic[1], basic=True)


def _assertion(values: Mapping[str, str]) -> str | None:
    """The client assertion of a request (RFC 7521, section 4.2)."""
    assertion, kind = values.get("client_assertion"), values.get("client_assertion_type")
    if assertion is None and kind is None:
        return None
    if assertion is None or kind != client_assertion.TYPE:
        raise Refusal("invalid_request", "The client assertion is incomplete.")
    return assertion


def _by_assertion(
    at: Installation, client_id: str | None, other: object, assertion: str
) -> Credentials:
    if other is not None and at.rules.several_methods_refused:
        raise Refusal("invalid_request", "The client proves itself in two ways at once.")
    named = client_assertion.named_client(assertion)
    if client_id not in (None, named) and at.rules.differing_client_ids_refused:
        raise Refusal("invalid_request", "The request names two clients.")
    return Credentials(named, None, basic=False, assertion=assertion)


def _basic(at: Installation, message: Message) -> tuple[str, str] | None:
    """Identifier and secret of HTTP Basic, form-decoded (RFC 6749, section 2.3.1)."""
    scheme, _, encoded = message.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
        name, colon, secret = text.partition(":")
        decode = at.rules.basic_decode
        decoded = decode(name), decode(secret)
    except (ValueError, binascii.Error):
        raise _failed(at, "invalid_client", "The Authorization header is malformed.") from None
    if not colon:
        raise _failed(at, "invalid_client", "The Authorization header is malformed.")
    return decoded
