"""The authorization code: used once, by whom it was given to, and before it is old."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.check import Aged, check
from conformance.errors import ControlRefused, NotApplicable, NotRun
from conformance.features import Feature
from conformance.protocol import pkce
from conformance.protocol.request import As, Change, Replace, Without
from conformance.target.flow import Flow, Grant
from conformance.target.planted import Planted

ONCE = "Mark the code as used in the same step that reads it, and refuse it from then on."
BOUND = (
    "Keep with each code the client, the redirect URI and the challenge it was issued for, and"
    " compare all of them at the token endpoint."
)
ATOMIC = (
    "Read and spend the code in one atomic step (a transaction, a compare-and-set), so that of two"
    " requests only one can win."
)

RACERS = 8
"""Requests of one race; several rounds are run, because one can miss it."""
ROUNDS = 3

AGE = "Refuse a code that is older than its lifetime, a minute or ten at most."


@check("rfc6749-4.1.2-code-single-use", remedy=ONCE)
def test_code_is_refused_when_used_twice(flow: Flow) -> None:
    """A code that has been redeemed is refused when it is redeemed again."""
    grant = flow.grant()
    flow.must_grant(flow.redeem(grant), "The first redemption")

    again = flow.redeem(grant)

    assert again.refused, f"at the second redemption {again}"


@check(
    "rfc6749-4.1.2-code-reuse-revokes-tokens",
    remedy="When a code comes a second time, revoke every token that was issued for it.",
    needs=[Feature.PROTECTED_RESOURCE],
)
def test_replayed_code_revokes_the_access_token(flow: Flow) -> None:
    """When a code is redeemed a second time, the access token of the first time stops working."""
    grant = flow.grant()
    first = flow.must_grant(flow.redeem(grant), "The first redemption")
    token = first.access_token or ""
    flow.must_serve(token)
    flow.redeem(grant)

    after = flow.call(token)

    assert after.refused, f"after the code was replayed {after}"


@check(
    "rfc6749-4.1.2-code-reuse-revokes-tokens",
    remedy="When a code comes a second time, revoke every token that was issued for it.",
    needs=[Feature.REFRESH_TOKEN],
)
def test_replayed_code_revokes_the_refresh_token(confidential_flow: Flow) -> None:
    """When a code is redeemed a second time, the refresh token of the first time stops working."""
    flow = confidential_flow
    grant = flow.grant()
    first = flow.must_grant(flow.redeem(grant), "The first redemption")
    flow.redeem(grant)

    answer = flow.refresh(first.refresh_token or "")

    assert answer.refused, f"to the refresh token of the replayed code {answer}"


@check("oauth-2.1-4.1.3-one-access-token-per-code", remedy=ATOMIC)
def test_code_is_redeemed_once_by_simultaneous_requests(flow: Flow) -> None:
    """Of several redemptions of one code at the same instant, exactly one gets a token."""
    winners = [
        sum(answer.granted for answer in flow.race(*[flow.redemption(grant)] * RACERS))
        for grant in (flow.grant() for _ in range(ROUNDS))
    ]

    if not any(winners):
        raise ControlRefused(f"None of {RACERS} simultaneous redemptions got a token.")
    assert max(winners) <= 1, f"{max(winners)} of {RACERS} simultaneous redemptions got a token"


@check("oauth-2.1-7.5.2-invalid-replay-does-not-revoke", remedy=BOUND, needs=[Feature.PKCE])
def test_invalid_replay_leaves_the_tokens_alive(flow: Flow) -> None:
    """A replay of a used code that is not valid itself does not end the tokens of the code."""
    grant = flow.grant()
    first = flow.must_grant(flow.redeem(grant), "The first redemption")
    flow.redeem(grant, Replace("code_verifier", pkce.verifier()))

    answer = flow.call(first.access_token)

    assert answer.granted, f"after an invalid replay {answer}"


@check("rfc6749-4.1.3-code-bound-to-confidential-client", remedy=BOUND)
def test_code_of_another_confidential_client_is_refused(
    confidential_flow: Flow, second_flow: Flow
) -> None:
    """A code is not redeemed by another confidential client than the one it was issued to."""
    grant = confidential_flow.grant()

    answer = confidential_flow.redeem(grant, As(second_flow.client.credentials))

    assert answer.refused, f"to the code of another client {answer}"


@check("rfc6749-4.1.3-code-bound-to-public-client-id", remedy=BOUND)
def test_code_of_another_public_client_is_refused(proven: Callable[..., Flow]) -> None:
    """A code is not redeemed by another public client than the one it was issued to."""
    flow, other = proven("public"), proven("native")
    grant = flow.grant()

    answer = flow.redeem(grant, As(other.client.credentials))

    assert answer.refused, f"to the code of another client {answer}"


@check("rfc6749-4.1.3-redirect-uri-must-equal-earlier-value", remedy=BOUND)
@pytest.mark.parametrize("form", ["slash", "query", "case", "foreign"])
def test_other_redirect_uri_is_refused_at_the_token_endpoint(flow: Flow, form: str) -> None:
    """A code is not redeemed with another redirect_uri than it was asked for with."""
    uri = flow.client.redirect_uri
    other = {
        "slash": uri + "/",
        "query": uri + "?x=1",
        "case": uri.upper(),
        "foreign": "https://attacker.example/callback",
    }[form]
    grant = flow.grant()

    answer = flow.redeem(grant, Replace("redirect_uri", other))

    assert answer.refused, f"to another redirect_uri {answer}"


@check("rfc6749-4.1.3-redirect-uri-must-equal-earlier-value", remedy=BOUND)
def test_other_registered_redirect_uri_is_refused(second_flow: Flow) -> None:
    """Another registered redirect URI of the client does not redeem the code either."""
    if len(second_flow.client.redirect_uris) < 2:
        raise NotRun("The client confidential-2 needs two redirect_uris in the profile for it.")
    grant = second_flow.grant()

    answer = second_flow.redeem(grant, Replace("redirect_uri", second_flow.client.redirect_uris[1]))

    assert answer.refused, f"to another registered redirect_uri {answer}"


@check("rfc6749-4.1.3-redirect-uri-required-if-sent-before", remedy=BOUND)
@pytest.mark.parametrize(
    "change", [Without("redirect_uri"), Replace("redirect_uri", "")], ids=["missing", "empty"]
)
def test_missing_redirect_uri_is_refused(flow: Flow, change: Change) -> None:
    """A code that was asked for with a redirect_uri is not redeemed without it."""
    grant = flow.grant()

    answer = flow.redeem(grant, change)

    assert answer.refused, f"without redirect_uri {answer}"


@check("oauth-2.1-10.2-redirect-uri-allowed-in-token-request", remedy=BOUND)
def test_redirect_uri_is_taken_in_the_token_request(bare_flow: Flow) -> None:
    """A token request with the right redirect_uri is not refused for having one."""
    flow = bare_flow
    without = flow.redeem(flow.grant(), Without("redirect_uri"))
    flow.must_grant(without, "A token request without redirect_uri")

    answer = flow.redeem(flow.grant())

    assert answer.granted, f"with the right redirect_uri {answer}"


@check("oauth-2.1-10.2-redirect-uri-not-required", remedy="Do not demand redirect_uri here.")
def test_redirect_uri_is_not_demanded(flow: Flow) -> None:
    """A code is redeemed without redirect_uri, as OAuth 2.1 has it."""
    grant = flow.grant()

    answer = flow.redeem(grant, Without("redirect_uri"))

    assert answer.granted, f"without redirect_uri {answer}"


@check("rfc6749-4.1.3-code-validity-verified", remedy="Look codes up as a whole, exactly.")
@pytest.mark.parametrize("form", ["invented", "truncated", "altered", "longer", "case", "empty"])
def test_code_that_was_never_issued_is_refused(flow: Flow, form: str) -> None:
    """Only exactly a code that was issued is redeemed."""
    grant = flow.grant()
    code = grant.code
    middle = len(code) // 2
    other = {
        "invented": "invented-code-invented-code",
        "truncated": code[:-1],
        "altered": code[:middle] + ("A" if code[middle] != "A" else "B") + code[middle + 1 :],
        "longer": code + "A",
        "case": code.swapcase(),
        "empty": "",
    }[form]

    answer = flow.redeem(grant, Replace("code", other))

    assert answer.refused, f"to a code that was never issued {answer}"


@check("rfc6749-4.1.3-code-validity-verified", remedy="Look codes up as codes only.")
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_token_is_no_code(flow: Flow, kind: str) -> None:
    """A token in the place of a code is refused."""
    token = flow.tokens().text(kind)
    if token is None:
        raise NotApplicable(f"The token response has no {kind}.")
    grant = flow.grant()

    answer = flow.redeem(grant, Replace("code", token))

    assert answer.refused, f"to a token in the place of a code {answer}"


@check("rfc6749-A.11-code-syntax", remedy="Issue codes of printable ASCII characters.")
def test_code_is_printable(flow: Flow) -> None:
    """A code is one or more printable ASCII characters."""
    code = flow.grant().code

    strange = sorted({character for character in code if not " " <= character <= "~"})
    assert not strange, f"the code has the characters {strange}"


@check("rfc6749-4.1.2-code-expires", "profile-lifetimes-code-dies", remedy=AGE, ages=Aged.CODE)
def test_old_code_is_refused(
    planted_grant: Planted[Grant], bench: Any, proven: Callable[..., Flow]
) -> None:
    """A code that is older than its lifetime is refused."""
    owner = proven(*bench.planted_roles)
    grant = planted_grant.after_its_end(bench.planting.lifetime(Aged.CODE))

    answer = owner.redeem(grant)

    assert answer.refused, f"to a code of {planted_grant.age:.0f} s {answer}"
