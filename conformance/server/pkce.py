"""The PKCE challenge of an authorization request (RFC 7636, sections 4.3 and 4.4.1)."""

from __future__ import annotations

from conformance.server.answers import Refusal
from conformance.server.installation import Installation
from conformance.server.parameters import Parameters
from conformance.server.registrations import Client


def challenge(at: Installation, sent: Parameters, client: Client) -> tuple[str | None, str | None]:
    """The PKCE challenge and its method (RFC 7636, sections 4.3 and 4.4.1)."""
    rules = at.rules
    challenge, method = sent.get("code_challenge"), sent.get("code_challenge_method")
    if challenge is None:
        replaced = rules.nonce_replaces_challenge and sent.get("nonce") is not None
        if (rules.challenge_required(client) and not replaced) or method is not None:
            raise Refusal(rules.challenge_missing_error, "The code_challenge is missing.")
        return None, None
    method = rules.challenge_default_method if method is None else method
    if method not in rules.challenge_methods:
        read_as = rules.challenge_unknown_method(method)
        if read_as is None:
            raise Refusal("invalid_request", "The code_challenge_method has to be S256.")
        method = read_as
    if not rules.challenge_valid(challenge):
        raise Refusal("invalid_request", "The code_challenge is malformed.")
    used = at.store.challenges_used[client.client_id, challenge]
    if rules.challenge_uses is not None and used >= rules.challenge_uses:
        raise Refusal("invalid_request", "The code_challenge never changes.")
    return challenge, method
