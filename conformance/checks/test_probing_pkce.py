"""Whatever a code verifier consists of: the right one redeems its code, and no other."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.check import check
from conformance.checks.test_pkce import challenged
from conformance.features import Feature
from conformance.plugin.probing import Probe
from conformance.probing import parameters, texts
from conformance.probing.parameters import Further
from conformance.probing.texts import Alteration
from conformance.protocol import pkce
from conformance.protocol.answers import TokenAnswer
from conformance.protocol.request import Change, Replace
from conformance.target.flow import Flow

COMPARE = (
    "Compute the challenge from the code_verifier exactly as it came, and compare it with the one"
    " that is stored with the code."
)
ONE_VALUE = (
    "Read code_verifier from the body alone, and refuse a request that has it more than once."
)
GRAMMAR = "Take verifiers of 43 to 128 unreserved characters: letters, digits and -._~."
NEEDS = [Feature.PKCE]


@check("rfc7636-4.6-matching-verifier-accepted", remedy=GRAMMAR, needs=NEEDS)
def test_right_verifier_is_taken(probe: Probe, redeemed: Callable[..., TokenAnswer]) -> None:
    """Every verifier of the grammar redeems the code that was asked for with its challenge."""

    def refused(drawn: str) -> str | None:
        verifier = texts.freshened(drawn)
        answer = redeemed(verifier)
        ends = f"from {verifier[:2]!r} to {verifier[-2:]!r}"
        told = f"to the right verifier, {len(verifier)} characters {ends}, {answer}"
        return None if answer.granted else told

    found = probe(texts.verifiers(), refused)

    assert found is None, str(found)


@check("rfc7636-4.6-wrong-verifier-invalid-grant", remedy=COMPARE, needs=NEEDS)
def test_altered_verifier_is_refused(probe: Probe, redeemed: Callable[..., TokenAnswer]) -> None:
    """A verifier that is one step away from the right one redeems nothing."""

    def granted(drawn: tuple[str, Alteration]) -> str | None:
        verifier = texts.freshened(drawn[0])
        other = drawn[1].of(verifier)
        if other == verifier:
            return None
        answer = redeemed(verifier, Replace("code_verifier", other))
        told = f"to a wrong verifier ({texts.difference(verifier, other)}) {answer}"
        return told if answer.granted else None

    found = probe(texts.altered_verifiers(), granted)

    assert found is None, str(found)


@check("rfc6749-3.2-repeated-request-parameter-rejected", remedy=ONE_VALUE, needs=NEEDS)
def test_right_verifier_beside_a_wrong_one_is_refused(
    probe: Probe, redeemed: Callable[..., TokenAnswer]
) -> None:
    """A wrong verifier redeems nothing, whatever else is sent under its name, and where."""

    def granted(further: Further) -> str | None:
        right, wrong = pkce.verifier(), pkce.verifier()
        others = further.changes("code_verifier", right, wrong)
        answer = redeemed(right, Replace("code_verifier", wrong), *others)
        told = f"to a wrong verifier in the body and beside it {further}, {answer}"
        return told if answer.granted else None

    found = probe(parameters.further(), granted)

    assert found is None, str(found)


@pytest.fixture
def redeemed(flow: Flow) -> Callable[..., TokenAnswer]:
    """The answer to the redemption, with changes, of a fresh code for this verifier."""

    def redeem(verifier: str, *changes: Change) -> TokenAnswer:
        return flow.redeem(challenged(flow, verifier), *changes)

    return redeem
