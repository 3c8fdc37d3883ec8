"""The registration endpoint, and that where a client is read and deleted (RFC 7591, RFC 7592)."""

from __future__ import annotations

import hmac
from dataclasses import replace

from conformance.server.answers import NO_STORE, Answer, Members, Message, Refusal, as_json
from conformance.server.client_metadata import Metadata, invalid, members_of, read
from conformance.server.installation import Installation
from conformance.server.registrations import Authentication, Client, secret_hash
from conformance.server.store import Registered, digest, random_text

_WITH_SECRET = (Authentication.BASIC, Authentication.POST)


def register(at: Installation, message: Message) -> Answer:
    """Register a client (RFC 7591, section 3); always JSON."""
    try:
        _admit(at, message)
        if message.media_type != "application/json":
            raise invalid("The body has to be of type application/json.")
        sent = members_of(message.body)
        return _registered(at, sent, _checked(at, read(sent, at.rules.grant_types)))
    except Refusal as refusal:
        return _refused(refusal)


def configure(at: Installation, message: Message) -> Answer:
    """Read or delete a registered client (RFC 7592, section 2)."""
    try:
        registered = _own(at, message)
        if message.method == "DELETE":
            at.store.unregister(registered.client.client_id)
            return Answer(204, "", NO_STORE)
        return as_json(dict(registered.answer), 200, NO_STORE)
    except Refusal as refusal:
        return _refused(refusal)


def _admit(at: Installation, message: Message) -> None:
    token = at.rules.initial_access_token
    if token is not None and not hmac.compare_digest(_bearer(message), token.encode()):
        raise _unauthorized("The initial access token is missing or wrong.")


def _own(at: Installation, message: Message) -> Registered:
    client_id = message.path.rpartition("/")[2]
    registered = at.store.registered.get(client_id)
    given = digest(_bearer(message).decode("latin-1"))
    if registered is None or not hmac.compare_digest(given, registered.access_token):
        raise _unauthorized("The registration access token is not that of a client.")
    return registered


def _bearer(message: Message) -> bytes:
    scheme, _, token = message.headers.get("Authorization", "").partition(" ")
    return token.strip().encode("utf-8", "replace") if scheme.lower() == "bearer" else b""


def _unauthorized(description: str) -> Refusal:
    challenge = (("WWW-Authenticate", 'Bearer realm="registration", error="invalid_token"'),)
    return Refusal("invalid_token", description, status=401, headers=challenge)


def _refused(refusal: Refusal) -> Answer:
    members = {"error": refusal.code, "error_description": refusal.description}
    return as_json(members, refusal.status, (*NO_STORE, *refusal.headers))


def _checked(at: Installation, metadata: Metadata) -> Metadata:
    rules = at.rules
    if metadata.redirects and not metadata.redirect_uris and rules.redirect_uris_required:
        raise Refusal("invalid_redirect_uri", "The client needs a redirect URI.")
    for uri in metadata.redirect_uris:
        if not rules.redirect_uri_registrable(uri, metadata.native):
            raise Refusal("invalid_redirect_uri", "This redirect URI cannot be registered.")
    if not rules.client_assertion_algorithms and metadata.jwks:
        raise invalid("This token_endpoint_auth_method is not offered.")
    return replace(metadata, authentication=rules.registered_method(metadata))


def _registered(at: Installation, sent: Members, metadata: Metadata) -> Answer:
    rules, now = at.rules, int(at.clock.now())
    client_id = rules.make_client_id(sent)
    authentication = Authentication(metadata.authentication)
    secret = rules.make_client_secret() if rules.client_secret_due(authentication) else None
    secret_counts = secret is not None and authentication in _WITH_SECRET
    scopes = frozenset(rules.registrable_scopes if metadata.scope is None else metadata.scope)
    client = Client(
        client_id=client_id,
        name=metadata.name,
        developer="",
        secret_hash=secret_hash(secret) if secret is not None and secret_counts else None,
        authentication=authentication,
        redirect_uris=metadata.redirect_uris,
        scopes=scopes & rules.registrable_scopes,
        grant_types=metadata.grant_types,
        native=metadata.native,
        jwks=metadata.jwks,
        registered_itself=True,
    )
    access_token = random_text()
    answer: Members = {
        **metadata.members,
        "client_id": client_id,
        "client_id_issued_at": now,
        "token_endpoint_auth_method": authentication.value,
        "grant_types": sorted(metadata.grant_types),
        "scope": " ".join(sorted(client.scopes)),
        "registration_access_token": access_token,
        "registration_client_uri": at.url(f"{at.rules.paths.registration}/{client_id}"),
    }
    if metadata.jwks:
        answer["jwks"] = sent["jwks"]
    if secret is not None:
        answer |= {"client_secret": secret, "client_secret_expires_at": 0}
    with at.store.lock:
        at.store.registered[client_id] = Registered(client, digest(access_token), answer)
    return as_json(answer, 201, NO_STORE)
