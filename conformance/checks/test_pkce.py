"""Proof Key for Code Exchange: only who began the flow can finish it (RFC 7636, RFC 9700 2.1.1)."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

import pytest

from conformance.check import check
from conformance.errors import ControlRefused, NotApplicable
from conformance.features import Feature
from conformance.protocol import pkce
from conformance.protocol.request import Add, Change, Replace, Without
from conformance.target.flow import Flow, Grant

COMPARE = (
    "Compute the challenge from the code_verifier by the method stored with the code, compare it"
    " with the stored challenge, and answer anything else with 400 invalid_grant."
)
DEMAND = "Refuse an authorization request without code_challenge with error=invalid_request."
METHODS = "Offer S256 alone, and answer any other code_challenge_method with invalid_request."
GRAMMAR = "Take verifiers and challenges of 43 to 128 unreserved characters, and no others."
NEEDS = [Feature.PKCE]
LONG = 64

WRONG: dict[str, Callable[[str], str]] = {
    "random": lambda _: pkce.verifier(LONG),
    "last-character": pkce.altered,
    "case": str.swapcase,
    "longer": lambda verifier: verifier + "A",
    "prefix": lambda verifier: verifier[:43],
    "reversed": lambda verifier: verifier[::-1],
    "challenge": pkce.s256,
}
MALFORMED = {"short": "A" * 42, "long": "A" * 129, "character": "A" * 42 + "$"}


def challenged(flow: Flow, verifier: str) -> Grant:
    """A code for this verifier; NotApplicable where the client uses no PKCE."""
    if not flow.client.sends_challenge:
        raise NotApplicable("The profile says that this client uses no PKCE.")
    grant = flow.grant_of(flow.authorize(verifier=verifier))
    if grant is None:
        raise ControlRefused("An authorization request with an S256 challenge got no code.")
    return grant


@check("rfc7636-4.6-wrong-verifier-invalid-grant", remedy=COMPARE, needs=NEEDS)
@pytest.mark.parametrize("alter", WRONG.values(), ids=WRONG)
def test_wrong_verifier_is_refused(flow: Flow, alter: Callable[[str], str]) -> None:
    """A code is not redeemed with any verifier but the one that it was asked for with."""
    verifier = pkce.verifier(LONG)
    grant = challenged(flow, verifier)

    answer = flow.redeem(grant, Replace("code_verifier", alter(verifier)))

    assert answer.refused, f"to a wrong verifier {answer}"


@check("rfc7636-4.6-wrong-verifier-invalid-grant", remedy=COMPARE, needs=NEEDS)
def test_wrong_verifier_is_an_invalid_grant(flow: Flow) -> None:
    """A verifier that does not fit is answered with invalid_grant."""
    grant = challenged(flow, pkce.verifier(LONG))

    answer = flow.redeem(grant, Replace("code_verifier", pkce.verifier(LONG)))

    assert answer.error == "invalid_grant", f"to a wrong verifier {answer}"


@check("rfc7636-4.5-verifier-required-when-challenge-sent", remedy=COMPARE, needs=NEEDS)
@pytest.mark.parametrize(
    "change", [Without("code_verifier"), Replace("code_verifier", "")], ids=["missing", "empty"]
)
def test_missing_verifier_is_refused(flow: Flow, change: Change) -> None:
    """A code that was asked for with a challenge is not redeemed without the verifier."""
    grant = challenged(flow, pkce.verifier())

    answer = flow.redeem(grant, change)

    assert answer.refused, f"without the verifier {answer}"


@check("rfc7636-4.5-verifier-required-when-challenge-sent", remedy=COMPARE, needs=NEEDS)
def test_missing_verifier_of_a_public_client_is_refused(public_flow: Flow) -> None:
    """A public client does not redeem a code without the verifier."""
    grant = challenged(public_flow, pkce.verifier())

    answer = public_flow.redeem(grant, Without("code_verifier"))

    assert answer.refused, f"without the verifier {answer}"


@check("rfc6749-3.2-empty-parameter-treated-as-omitted", remedy=COMPARE, needs=NEEDS)
def test_empty_verifier_counts_as_none(flow: Flow) -> None:
    """An empty code_verifier is none: it satisfies no comparison."""
    grant = challenged(flow, pkce.verifier())

    answer = flow.redeem(grant, Replace("code_verifier", ""))

    assert answer.refused, f"to an empty verifier {answer}"


@check("rfc7636-4.4-challenge-bound-to-code", remedy=COMPARE, needs=NEEDS)
@pytest.mark.parametrize("which", ["first", "second"])
def test_verifier_of_another_code_is_refused(flow: Flow, which: str) -> None:
    """Of two codes of one client and user, neither is redeemed with the other's verifier."""
    verifiers = {"first": pkce.verifier(), "second": pkce.verifier()}
    grants = {name: challenged(flow, verifier) for name, verifier in verifiers.items()}
    other = verifiers["second" if which == "first" else "first"]

    answer = flow.redeem(grants[which], Replace("code_verifier", other))

    assert answer.refused, f"to the verifier of another code {answer}"


@check("rfc7636-4.5-verification-uses-method-of-authorization-request", remedy=COMPARE, needs=NEEDS)
@pytest.mark.parametrize("method", [None, "plain"], ids=["silent", "plain-named"])
def test_challenge_as_verifier_is_refused(flow: Flow, method: str | None) -> None:
    """A code with an S256 challenge is not redeemed with the challenge itself."""
    verifier = pkce.verifier()
    grant = challenged(flow, verifier)
    named = () if method is None else (Add("code_challenge_method", method),)

    answer = flow.redeem(grant, Replace("code_verifier", pkce.s256(verifier)), *named)

    assert answer.refused, f"to the challenge as verifier {answer}"


@check("rfc7636-4.6-matching-verifier-accepted", remedy=GRAMMAR, needs=NEEDS)
@pytest.mark.parametrize(
    "verifier",
    ["A" * 43, pkce.UNRESERVED, "~" * 128],
    ids=["shortest", "every-character", "longest"],
)
def test_right_verifier_is_taken(flow: Flow, verifier: str) -> None:
    """Every legal verifier, short, long, and of every character, redeems its code."""
    grant = challenged(flow, verifier)

    answer = flow.redeem(grant)

    assert answer.granted, f"to the right verifier of {len(verifier)} characters {answer}"


@check("rfc7636-4.2-s256-supported", remedy="Support S256.")
def test_s256_is_known(bare: Callable[..., Flow]) -> None:
    """A challenge of the method S256 is not refused for its method."""
    flow = bare("confidential", "confidential-post", "public", "native")
    if not flow.client.sends_challenge:
        raise NotApplicable("The profile says that this client uses no PKCE.")

    landing = flow.authorize()

    assert landing.error != "invalid_request", f"the browser ended {landing.where}"


@check("rfc9700-2.1.1-pkce-supported", remedy=COMPARE)
def test_challenge_is_not_ignored(flow: Flow) -> None:
    """A server that takes a challenge holds the redemption to it."""
    grant = challenged(flow, pkce.verifier())

    answer = flow.redeem(grant, Replace("code_verifier", pkce.verifier()))

    assert answer.refused, f"to a verifier that does not fit {answer}"


@check("rfc7636-4.1-verifier-grammar-enforced", remedy=GRAMMAR, needs=NEEDS)
@pytest.mark.parametrize("verifier", MALFORMED.values(), ids=MALFORMED)
def test_malformed_verifier_is_refused(flow: Flow, verifier: str) -> None:
    """A verifier outside of the grammar is refused, even where its challenge fits."""
    landing = flow.authorize(Replace("code_challenge", pkce.s256(verifier)))
    grant = flow.grant_of(landing)
    if grant is None:
        raise NotApplicable(f"The request got no code: {landing.where}.")

    answer = flow.redeem(grant, Replace("code_verifier", verifier))

    assert answer.refused, f"to a malformed verifier that fits {answer}"


@check("rfc7636-4.2-challenge-grammar-enforced", remedy=GRAMMAR, needs=NEEDS)
@pytest.mark.parametrize("form", ["short", "long", "padded", "plain-base64", "character"])
def test_malformed_challenge_is_refused(flow: Flow, form: str) -> None:
    """A challenge outside of the grammar gets no code."""
    good = pkce.s256(pkce.verifier())
    bad = {
        "short": good[:42],
        "long": good * 4,
        "padded": good + "=",
        "plain-base64": base64.b64encode(b"\xfb\xff" * 16).decode().rstrip("="),
        "character": good[:-1] + "$",
    }[form]

    landing = flow.authorize(Replace("code_challenge", bad))

    assert landing.refused, f"with a malformed challenge the browser ended {landing.where}"


@check("rfc7636-4.3-method-defaults-to-plain", remedy=METHODS, needs=NEEDS)
def test_missing_method_is_not_read_as_s256(flow: Flow) -> None:
    """A challenge without a method is plain or refused, and never taken for S256."""
    verifier = pkce.verifier()
    grant = flow.grant_of(flow.authorize(Without("code_challenge_method"), verifier=verifier))
    answer = None if grant is None else flow.redeem(grant)

    assert answer is None or answer.refused, f"to the verifier of an unnamed method {answer}"


@check("rfc7636-4.4-challenge-not-disclosed", remedy="Keep the challenge out of the code.")
def test_code_does_not_show_the_challenge(flow: Flow) -> None:
    """Neither the code nor the redirect shows the challenge, in plain or decoded."""
    verifier = pkce.verifier()
    grant = challenged(flow, verifier)
    parts = [grant.landing.url, *map(_decoded, grant.code.split("."))]

    shown = any(pkce.s256(verifier) in part for part in parts)

    assert not shown, "the challenge can be read in the authorization response"


@check("rfc7636-4.4.1-missing-challenge-invalid-request", remedy=DEMAND, needs=NEEDS)
def test_missing_challenge_is_an_invalid_request(flow: Flow) -> None:
    """Where PKCE is required, a request without challenge is answered with invalid_request."""
    landing = flow.authorize(Without("code_challenge"), Without("code_challenge_method"))
    if landing.granted:
        raise NotApplicable("PKCE is not required: the request got a code.")

    assert landing.error == "invalid_request", f"the browser ended {landing.where}"


@check("rfc7636-4.4.1-unsupported-method-invalid-request", remedy=METHODS, needs=NEEDS)
@pytest.mark.parametrize("method", ["S512", "s256", "none"])
def test_unknown_method_is_an_invalid_request(flow: Flow, method: str) -> None:
    """A method that the server does not know is answered with invalid_request."""
    landing = flow.authorize(Replace("code_challenge_method", method))

    assert landing.error == "invalid_request", f"the browser ended {landing.where}"


@check("rfc7636-4.4.1-pkce-error-explained", remedy="Say in error_description what was wrong.")
@pytest.mark.parametrize("case", ["method", "challenge"])
def test_pkce_error_is_explained(flow: Flow, case: str) -> None:
    """An error about the challenge says so in error_description or error_uri."""
    method = (Replace("code_challenge_method", "S512"),)
    challenge = (Without("code_challenge"), Without("code_challenge_method"))
    landing = flow.must_tell(flow.authorize(*(method if case == "method" else challenge)))

    explained = landing.get("error_description") or landing.get("error_uri")

    assert explained, f"the error {landing.error!r} comes without a word"


@check("rfc7636-7.2-plain-not-supported", remedy=METHODS, needs=NEEDS)
def test_plain_is_refused(flow: Flow) -> None:
    """The method plain is refused."""
    verifier = pkce.verifier()

    landing = flow.authorize(
        Replace("code_challenge", verifier), Replace("code_challenge_method", "plain")
    )

    assert landing.refused, f"with the method plain the browser ended {landing.where}"


def _decoded(part: str) -> str:
    """The part as base64url, as far as it is: other characters, and one too many, are left out."""
    letters = re.sub(r"[^\w-]", "", part, flags=re.ASCII)
    whole = letters[: len(letters) - (len(letters) % 4 == 1)]
    return base64.urlsafe_b64decode(whole + "=" * (-len(whole) % 4)).decode("latin-1")
