"""How long codes and tokens live: as promised, as said, and not for ever."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from conformance.check import Aged, check
from conformance.errors import NotApplicable
from conformance.features import Feature
from conformance.profile import Profile
from conformance.protocol import jwt
from conformance.protocol.answers import TokenAnswer
from conformance.target.flow import Flow, Grant
from conformance.target.planted import Planted
from conformance.target.server import AuthorizationServer

SAID = "Send expires_in with every token response: the seconds that the token will live."
KEPT = "Keep the lifetimes that are promised, or promise others in the profile."
SHORT = "Let codes live for a minute or ten, access tokens for an hour at most."
OPENS = [Feature.PROTECTED_RESOURCE]
SLACK = 30.0
"""Seconds between what is said and what is so that nobody notices."""
YEAR = 365 * 86400.0


def promised(value: float | None, what: str) -> float:
    """A lifetime of the profile; NotApplicable where it promises none."""
    if value is None:
        raise NotApplicable(f"The profile promises no lifetime of the {what}.")
    return value


def owner(bench: Any, proven: Callable[..., Flow]) -> Flow:
    """The flow that planted things belong to."""
    return proven(*bench.planted_roles)


@check("rfc6749-5.1-expires-in-present", remedy=SAID)
def test_expires_in_is_there(flow: Flow) -> None:
    """The token response says how long the access token lives."""
    answer = flow.tokens()

    assert answer.get("expires_in") is not None, "the token response has no expires_in"


@check("rfc6749-5.1-expires-in-omitted-lifetime-otherwise-known", remedy=SAID)
def test_lifetime_is_known_otherwise(
    flow: Flow, server: AuthorizationServer, introspected: Callable[..., TokenAnswer]
) -> None:
    """Where the response has no expires_in, the token itself or introspection tells its end.

    Documentation may tell it, too, and is not seen.
    """
    answer = flow.tokens()
    if answer.get("expires_in") is not None:
        raise NotApplicable("The token response has expires_in.")

    end = (jwt.claims(answer.access_token or "") or {}).get("exp")
    if end is None and server.endpoint("introspection_endpoint") is not None:
        end = introspected(answer.access_token or "").get("exp")

    assert isinstance(end, int | float), "neither the response, the token nor introspection tells"


@check("rfc6749-A.14-expires-in-syntax", remedy=SAID)
def test_expires_in_is_a_whole_number(flow: Flow) -> None:
    """expires_in is written with digits only: no sign, no fraction, no exponent, no quotes."""
    answer = flow.tokens()
    if answer.get("expires_in") is None:
        raise NotApplicable("The token response has no expires_in.")

    written = re.search(r'"expires_in"\s*:\s*([^,}\s]+)', answer.body)

    said = written.group(1) if written else ""
    assert re.fullmatch(r"\d+", said), f"expires_in is written {said}"


@check("rfc6749-5.1-expires-in-matches-lifetime", remedy=SAID, needs=[Feature.JWT_ACCESS_TOKEN])
def test_expires_in_agrees_with_exp(flow: Flow) -> None:
    """exp of a JWT access token is expires_in after the response."""
    answer = flow.tokens()
    exp = (jwt.claims(answer.access_token or "") or {}).get("exp")
    if answer.expires_in is None or not isinstance(exp, int | float) or answer.date is None:
        raise NotApplicable("It takes expires_in, exp and Date to compare them.")

    apart = abs(exp - answer.date - answer.expires_in)

    assert apart <= SLACK, f"exp and expires_in are {apart:.0f} s apart"


@check(
    "rfc6749-5.1-expires-in-matches-lifetime",
    remedy=SAID,
    needs=OPENS,
    ages=Aged.ACCESS_TOKEN,
)
def test_token_is_dead_when_expires_in_is_over(
    flow: Flow, planted_tokens: Planted[TokenAnswer], bench: Any
) -> None:
    """An access token does not work long after expires_in is over."""
    tokens = planted_tokens.after_its_end(bench.planting.lifetime(Aged.ACCESS_TOKEN))
    if tokens.expires_in is None or tokens.expires_in + SLACK > planted_tokens.age:
        raise NotApplicable("The token is not as old as its expires_in says.")
    flow.must_serve(flow.tokens().access_token or "")

    answer = flow.call(tokens.access_token)

    assert answer.refused, f"{planted_tokens.age:.0f} s after its issue {answer}"


@check("rfc6750-5.3-token-lifetime-one-hour", remedy=SHORT)
def test_access_token_lives_for_an_hour_at_most(flow: Flow) -> None:
    """An access token lives for an hour or less."""
    answer = flow.tokens()
    if answer.expires_in is None:
        raise NotApplicable("The token response has no expires_in.")

    assert answer.expires_in <= 3600, f"expires_in is {answer.expires_in:.0f} s"


@check("rfc6750-5.2-token-lifetime-limited", remedy=SHORT)
def test_lifetime_of_access_tokens_is_limited(flow: Flow) -> None:
    """An access token has an end, within a year: in the token itself where it can be read."""
    answer = flow.tokens()
    claims = jwt.claims(answer.access_token or "")
    if claims is not None:
        exp = claims.get("exp")
        assert isinstance(exp, int | float), f"exp of the access token is {exp!r}"
        ends = exp - (answer.date or 0.0) if answer.date is not None else answer.expires_in
    else:
        ends = answer.expires_in
    if ends is None:
        raise NotApplicable("Nothing says how long this access token lives.")

    assert ends < YEAR, f"the token lives for {ends:.0f} s"


@check("rfc6749-4.1.2-code-lifetime-max-ten-minutes", remedy=SHORT, ages=Aged.CODE, at_least=605.0)
def test_code_lives_for_ten_minutes_at_most(
    planted_grant: Planted[Grant], bench: Any, proven: Callable[..., Flow]
) -> None:
    """A code that is older than ten minutes is refused."""
    flow = owner(bench, proven)
    grant = planted_grant.aged(605.0)

    answer = flow.redeem(grant)

    assert answer.refused, f"to a code of {planted_grant.age:.0f} s {answer}"


@check("profile-lifetimes-code-lives", remedy=KEPT, ages=Aged.CODE, alive=True)
def test_code_lives_as_promised(
    planted_grant: Planted[Grant], profile: Profile, bench: Any, proven: Callable[..., Flow]
) -> None:
    """A code can be redeemed for as long as the profile promises."""
    flow = owner(bench, proven)
    grant = planted_grant.before_its_end(promised(profile.lifetimes.code, "code"))

    answer = flow.redeem(grant)

    assert answer.granted, f"to a code of {planted_grant.age:.0f} s {answer}"


@check("profile-lifetimes-access-token-expires-in", remedy=KEPT)
def test_expires_in_is_as_promised(flow: Flow, profile: Profile) -> None:
    """expires_in is the lifetime of access tokens that the profile promises."""
    wanted = promised(profile.lifetimes.access_token, "access token")

    answer = flow.tokens()

    said = answer.expires_in
    assert said is not None, "the token response has no expires_in"
    assert abs(said - wanted) <= SLACK, f"expires_in is {said:.0f} s, promised were {wanted:.0f}"


@check(
    "profile-lifetimes-access-token-lives",
    remedy=KEPT,
    needs=OPENS,
    ages=Aged.ACCESS_TOKEN,
    alive=True,
)
def test_access_token_lives_as_promised(
    planted_tokens: Planted[TokenAnswer], profile: Profile, bench: Any, proven: Callable[..., Flow]
) -> None:
    """An access token opens the resource for as long as the profile promises."""
    flow = owner(bench, proven)
    wanted = promised(profile.lifetimes.access_token, "access token")
    tokens = planted_tokens.before_its_end(wanted)

    answer = flow.call(tokens.access_token)

    assert answer.granted, f"to a token of {planted_tokens.age:.0f} s {answer}"


@check("profile-lifetimes-access-token-dies", remedy=KEPT, needs=OPENS, ages=Aged.ACCESS_TOKEN)
def test_access_token_dies_as_promised(
    planted_tokens: Planted[TokenAnswer], profile: Profile, bench: Any, proven: Callable[..., Flow]
) -> None:
    """An access token does not outlive the lifetime that the profile promises."""
    flow = owner(bench, proven)
    wanted = promised(profile.lifetimes.access_token, "access token")
    tokens = planted_tokens.after_its_end(wanted)
    flow.must_serve(flow.tokens().access_token or "")

    answer = flow.call(tokens.access_token)

    assert answer.refused, f"to a token of {planted_tokens.age:.0f} s {answer}"


@check(
    "profile-lifetimes-refresh-token-lives",
    remedy=KEPT,
    needs=[Feature.REFRESH_TOKEN],
    ages=Aged.REFRESH_TOKEN,
    alive=True,
)
def test_refresh_token_lives_as_promised(
    planted_tokens: Planted[TokenAnswer], profile: Profile, bench: Any, proven: Callable[..., Flow]
) -> None:
    """A refresh token works for as long as the profile promises."""
    flow = owner(bench, proven)
    wanted = promised(profile.lifetimes.refresh_token, "refresh token")
    tokens = planted_tokens.before_its_end(wanted)

    answer = flow.refresh(tokens.refresh_token or "")

    assert answer.granted, f"to a refresh token of {planted_tokens.age:.0f} s {answer}"


@check(
    "profile-lifetimes-refresh-token-dies",
    remedy=KEPT,
    needs=[Feature.REFRESH_TOKEN],
    ages=Aged.REFRESH_TOKEN,
)
def test_refresh_token_dies_as_promised(
    planted_tokens: Planted[TokenAnswer], profile: Profile, bench: Any, proven: Callable[..., Flow]
) -> None:
    """A refresh token does not outlive the lifetime that the profile promises."""
    flow = owner(bench, proven)
    wanted = promised(profile.lifetimes.refresh_token, "refresh token")
    tokens = planted_tokens.after_its_end(wanted)

    answer = flow.refresh(tokens.refresh_token or "")

    assert answer.refused, f"to a refresh token of {planted_tokens.age:.0f} s {answer}"


@check(
    "rfc9700-4.14.2-refresh-token-expires-when-unused",
    remedy="Let refresh tokens end when they are not used.",
    needs=[Feature.REFRESH_TOKEN],
    ages=Aged.REFRESH_TOKEN,
)
def test_unused_refresh_token_expires(
    planted_tokens: Planted[TokenAnswer], bench: Any, proven: Callable[..., Flow]
) -> None:
    """A refresh token that was not used for its lifetime is refused."""
    flow = owner(bench, proven)
    tokens = planted_tokens.after_its_end(bench.planting.lifetime(Aged.REFRESH_TOKEN))

    answer = flow.refresh(tokens.refresh_token or "")

    assert answer.refused, f"to a refresh token of {planted_tokens.age:.0f} s {answer}"
