"""However a client secret is written: it authenticates, and nothing else does."""

from __future__ import annotations

import base64
from collections.abc import Callable

from conformance.check import check
from conformance.checks.test_client_authentication import secret_of
from conformance.errors import NotApplicable
from conformance.features import Feature
from conformance.plugin.probing import Probe
from conformance.probing import texts
from conformance.protocol.request import BASIC, Authenticate, Header, Replace
from conformance.target.flow import Flow

VERIFY = "Compare the whole secret, byte by byte, as it is after form decoding and nothing else."
DECODE = (
    "Decode user name and password of HTTP Basic as forms are decoded: + is a blank, %XX a byte, in"
    " capital and in small hexadecimal digits."
)


@check("rfc6749-4.1.3-included-client-authentication-verified", remedy=VERIFY)
def test_altered_secret_is_refused(confidential_flow: Flow, probe: Probe) -> None:
    """A secret that is one step away from the client's redeems nothing."""
    flow = confidential_flow

    def granted(secret: str) -> str | None:
        grant = flow.grant()
        answer = flow.redeem(grant, Replace("client_secret", secret))
        if answer.granted:
            return f"to a wrong secret ({texts.difference(secret_of(flow), secret)}) {answer}"
        flow.tokens()  # Some servers lock clients out that seem to guess.
        return None

    found = probe(texts.altered_secrets(secret_of(flow)), granted)

    assert found is None, str(found)


@check(
    "rfc6749-2.3.1-basic-credentials-form-decoded",
    remedy=DECODE,
    needs=[Feature.CLIENT_SECRET_BASIC],
)
def test_every_encoding_is_taken(confidential_flow: Flow, probe: Probe) -> None:
    """The client's secret is taken in Basic by every spelling that form encoding has for it."""
    flow = confidential_flow
    if flow.client.credentials.method != BASIC:
        raise NotApplicable("The client does not authenticate by HTTP Basic.")

    def refused(encoded: str) -> str | None:
        pair = base64.b64encode(f"{flow.client.client_id}:{encoded}".encode()).decode()
        header = Header("Authorization", f"Basic {pair}")
        answer = flow.redeem(flow.grant(), header)
        if answer.granted:
            return None
        flow.tokens()  # Some servers lock clients out that seem to guess.
        return f"to {spelling(encoded)} {answer}"

    found = probe(texts.encodings(secret_of(flow)), refused)

    assert found is None, str(found)


@check("rfc6749-2.3.1-basic-credentials-form-decoded", remedy=DECODE)
def test_every_secret_is_taken(client_with_secret: Callable[[str], Flow], probe: Probe) -> None:
    """Every secret of printable ASCII characters is taken in Basic, form-encoded."""

    def refused(secret: str) -> str | None:
        flow = client_with_secret(secret)
        answer = flow.redeem(flow.grant(), Authenticate(BASIC))
        return None if answer.granted else f"to a right secret ({secret!r}) {answer}"

    found = probe(texts.secrets(), refused)

    assert found is None, str(found)


def spelling(encoded: str) -> str:
    """How a secret was encoded, without showing it."""
    small = any(part[:2] != part[:2].upper() for part in encoded.split("%")[1:])
    number = encoded.count("%")
    return f"the right secret with {number} of its characters as {'%xx' if small else '%XX'}"
