"""Confidential and public clients: told apart, and each treated as what it is (RFC 6749, 2.1)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.check import check
from conformance.checks.test_registration import BROWSER, NATIVE, NEEDS, public
from conformance.errors import NotApplicable
from conformance.features import Feature
from conformance.protocol.request import NONE, Authenticate, Replace
from conformance.target.agent import Decision
from conformance.target.flow import Flow
from conformance.target.registration import Registrar

PUBLIC = "Take codes of a public client with client_id and code_verifier alone."
TYPE = (
    "Record at registration whether a client is confidential or public, by its"
    " token_endpoint_auth_method, and hold every token request to that."
)
AS_THEY_ARE = "Compare client_id code point by code point, and never normalise it."
NO_PROOF = "Treat a native client as a public one, even where it has a secret: ask the user again."


@check("oauth-2.1-8.1-no-shared-secret-required-of-native-clients", remedy=PUBLIC, needs=NEEDS)
@pytest.mark.usefixtures("flow")
def test_native_client_needs_no_secret(registration: Registrar) -> None:
    """A native client that registered as a public one gets tokens without any secret."""
    flow = registration.flow(public(registration.register(**NATIVE)))
    grant = flow.grant()

    answer = flow.redeem(grant)

    assert answer.granted, f"to a code of a native client without secret {answer}"


@check("oauth-2.1-8.1.1-client-type-recorded", remedy=TYPE, needs=NEEDS)
@pytest.mark.usefixtures("flow")
def test_registered_public_client_needs_no_secret(registration: Registrar) -> None:
    """A client that registered as a public one, with an https redirect URI, is treated as one."""
    flow = registration.flow(public(registration.register(**BROWSER)))
    grant = flow.grant()

    answer = flow.redeem(grant)

    assert answer.granted, f"to a code of a public client {answer}"


@check("oauth-2.1-8.1.1-client-type-recorded", remedy=TYPE, needs=NEEDS)
def test_registered_confidential_client_has_to_authenticate(
    registered: Callable[..., Flow],
) -> None:
    """A client that registered as a confidential one gets no tokens without its secret."""
    flow = registered()
    if not flow.client.is_confidential:
        raise NotApplicable("The server registers no client with a secret.")
    grant = flow.grant()

    answer = flow.redeem(grant, Authenticate(NONE))

    assert answer.refused, f"without the client's secret {answer}"


@check("rfc8414-4-string-comparison-by-code-point", remedy=AS_THEY_ARE)
def test_client_id_in_other_code_points_is_unknown(flow: Flow) -> None:
    """A client_id whose characters are only equivalent to those of a client's names no client."""
    alike = "".join(_fullwidth(character) for character in flow.client.client_id)

    landing = flow.authorize(Replace("client_id", alike))

    assert not landing.granted, f"with a client_id in full-width forms it ended {landing.where}"


def _fullwidth(character: str) -> str:
    """The full-width form of a visible ASCII character, which NFKC makes that character of."""
    return chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character


@check(
    "oauth-2.1-8.1-static-native-secret-not-proof",
    remedy=NO_PROOF,
    needs=[Feature.NATIVE_CLIENT_SECRET],
)
def test_secret_of_a_native_client_is_no_proof(
    native_flow: Flow, proven: Callable[..., Flow]
) -> None:
    """A native client with a shared secret is consented to anew, as one without any secret is."""
    if native_flow.authorize(decision=Decision.LOOK).granted:
        raise NotApplicable("Consent is remembered for native clients without a secret, too.")
    flow = proven("native-secret")

    landing = flow.authorize(decision=Decision.LOOK)

    assert not landing.granted, f"with a shared secret, unasked, the browser ended {landing.where}"
