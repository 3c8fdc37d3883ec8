"""Codes and tokens that nobody can guess, as far as samples tell (RFC 6749, 10.10; 7519, 4.1.7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from conformance.check import check
from conformance.errors import NotApplicable
from conformance.features import Feature
from conformance.protocol import jwt
from conformance.protocol.entropy import Sample, spread
from conformance.target.flow import Flow
from conformance.target.issued import Kind

RANDOM = "Make each of them of 160 bits or more from a cryptographic source of randomness."
UNIQUE = "Give every access token a jti of its own, as 128 random bits."
WANTED = 20
"""So many values are looked at, at least, so that no more flows than that come on top."""
SESSIONS = 8
MOST = 400
"""So many of the latest: a run of all checks is given hundreds."""
KINDS = pytest.mark.parametrize("kind", list(Kind), ids=lambda kind: kind.name.lower())


def given(flow: Flow, bench: Any, kind: Kind) -> Sequence[Sample]:
    """What the client was given, topped up with values of new sessions.

    They are not those of the user to whom planted things belong: a server that allows so many
    tokens would end those.
    """
    issued, client_id = flow.server.issued, flow.client.client_id
    users = bench.users[:-1] or bench.users
    sessions = len(users) if issued.one_session else SESSIONS
    for number in range(WANTED):
        have = issued.of(kind, client_id)
        lacks_sessions = len({one.session for one in have}) < sessions
        if number and not have:
            raise NotApplicable(f"The server issues no {kind}.")
        if number and not lacks_sessions and len(have) >= WANTED:
            break
        bench.begin(bench.options.check_timeout)
        agent = bench.new_session(users[number % len(users)]) if lacks_sessions else None
        answer = flow.redeem(flow.grant(agent=agent))
        flow.must_grant(answer, "The unchanged token request")
    return latest(issued.of(kind, client_id))


def latest(values: Sequence[Sample]) -> Sequence[Sample]:
    """The latest of many values, and one of every session before."""
    earlier = {one.session: one for one in values[:-MOST]}
    return [*earlier.values(), *values[-MOST:]]


def is_signed(token: str) -> bool:
    """Whether it is a JWT whose signature guards it from being guessed."""
    algorithm = str(jwt.header(token).get("alg", "none")).lower()
    return jwt.looks_like(token) and algorithm != "none" and not token.endswith(".")


def guessable(flow: Flow, bench: Any, kind: Kind) -> Sequence[Sample]:
    """What can only be guarded by being hard to guess; NotApplicable where signatures guard all.

    A code is made for each request; tokens may be handed out again while they live.
    """
    known = flow.server.issued.of(kind, flow.client.client_id)
    if known and all(is_signed(one.value) for one in known):
        raise NotApplicable(f"The {kind} are signed JWTs: their signature guards them.")
    bare = [one for one in given(flow, bench, kind) if not is_signed(one.value)]
    return bare if kind is Kind.CODE else list({one.value: one for one in bare}.values())


@check("rfc6749-10.10-generated-secrets-guess-probability-128", remedy=RANDOM, gathers=True)
@KINDS
def test_values_can_have_128_bits(flow: Flow, bench: Any, kind: Kind) -> None:
    """Twenty values or more leave room for 128 random bits in each (they cannot prove them)."""
    seen = spread(guessable(flow, bench, kind))

    assert seen.has_room_for(128), f"of the {kind} {seen}"


@check("rfc6749-10.10-generated-secrets-guess-probability-160", remedy=RANDOM, gathers=True)
@KINDS
def test_values_can_have_160_bits(flow: Flow, bench: Any, kind: Kind) -> None:
    """Twenty values or more leave room for 160 random bits in each (they cannot prove them)."""
    seen = spread(guessable(flow, bench, kind))

    assert seen.has_room_for(160), f"of the {kind} {seen}"


@check("rfc7519-4.1.7-jti-unique", remedy=UNIQUE, needs=[Feature.JWT_ACCESS_TOKEN], gathers=True)
def test_no_jti_comes_twice(flow: Flow, bench: Any) -> None:
    """No two of twenty different access tokens or more have the same jti."""
    tokens = {one.value for one in given(flow, bench, Kind.ACCESS_TOKEN)}
    named = [str(jti) for jti in map(_jti, tokens) if jti is not None]
    if len(named) < 2:
        raise NotApplicable("The access tokens have no jti.")

    again = len(named) - len(set(named))

    assert again == 0, f"{again} of {len(named)} access tokens have the jti of another one"


def _jti(token: str) -> object:
    return (jwt.claims(token) or {}).get("jti")
