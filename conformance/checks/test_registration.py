"""Registration by the client itself: what is issued, and to whom (RFC 7591; RFC 6749, 2)."""

from __future__ import annotations

import re

import pytest

from conformance.check import check
from conformance.errors import NotApplicable, NotRun
from conformance.features import Feature
from conformance.protocol import jwt
from conformance.protocol.registration import RegistrationAnswer
from conformance.protocol.request import NONE
from conformance.target.flow import Flow
from conformance.target.registration import Registrar

UNIQUE = "Make every client_id at random, whatever the client says of itself."
SYNTAX = "Make client_id and client_secret of printable ASCII characters alone."
NO_SECRET = "Issue no secret to a client that is registered to authenticate with none."
CHOSEN = "Ignore a client_id in a registration request, and make every client_id at random."

NEEDS = [Feature.DYNAMIC_REGISTRATION]
PRINTABLE = re.compile(r"[\x20-\x7e]+")
LOOPBACK = "http://127.0.0.1/callback"
NATIVE = {
    "token_endpoint_auth_method": NONE,
    "application_type": "native",
    "redirect_uris": [LOOPBACK],
}
BROWSER = {"token_endpoint_auth_method": NONE}
KINDS = {"native": NATIVE, "browser-based": BROWSER}


def public(answer: RegistrationAnswer) -> RegistrationAnswer:
    """The answer, where the client was registered as a public one; else NotApplicable."""
    if not answer.is_public:
        raise NotApplicable(f"Asked for none, the server registers {answer.method!r} instead.")
    return answer


@check("rfc6749-2.2-client-id-unique", remedy=UNIQUE, needs=NEEDS)
def test_client_ids_are_unique(registration: Registrar) -> None:
    """Clients that say the same of themselves are issued different identifiers (a sample)."""
    first = registration.register()

    second = registration.register()

    assert first.client_id != second.client_id, "two clients were issued the same client_id"


@check("rfc6749-A.1-client-id-and-secret-syntax", remedy=SYNTAX, needs=NEEDS)
@pytest.mark.parametrize("member", ["client_id", "client_secret"])
def test_what_is_issued_is_printable(registration: Registrar, member: str) -> None:
    """Identifiers and secrets that the server issues are of printable ASCII characters."""
    answer = registration.register()

    value = answer.text(member)
    if value is None:
        raise NotApplicable(f"The server issues no {member} to the client.")
    assert PRINTABLE.fullmatch(value), f"the {member} issued has other than printable characters"


@check("rfc6749-10.1-no-credentials-for-native-or-browser-clients", remedy=NO_SECRET, needs=NEEDS)
@pytest.mark.parametrize("metadata", KINDS.values(), ids=KINDS)
def test_public_client_is_issued_no_secret(
    registration: Registrar, metadata: dict[str, object]
) -> None:
    """A native or browser-based client that registers as a public one is issued no secret."""
    answer = public(registration.register(**metadata))

    assert answer.client_secret is None, "a public client was issued a client_secret"


@check(
    "rfc9700-4.15.1-clients-cannot-choose-confusable-identifier",
    remedy=CHOSEN,
    needs=NEEDS,
)
@pytest.mark.parametrize("name", ["subject", "user-name"])
def test_client_cannot_choose_the_identifier_of_a_user(
    flow: Flow, registration: Registrar, name: str
) -> None:
    """A client that asks for the identifier of a user as its client_id is issued another one."""
    tokens = flow.tokens()
    wanted = flow.agent.username
    if name == "subject":
        wanted = str((jwt.claims(tokens.access_token or "") or {}).get("sub") or "")
    if not wanted:
        raise NotRun("The access token does not tell the user's sub: it is no JWT with one.")

    answer = registration.attempt(client_id=wanted)

    assert answer.client_id != wanted, "the server issued the identifier of a user as client_id"
