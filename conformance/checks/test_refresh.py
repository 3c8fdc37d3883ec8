"""Refresh tokens: bound to their client, never worth more than was granted (RFC 6749, 6)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.check import check
from conformance.errors import NotApplicable
from conformance.features import Feature
from conformance.protocol.answers import TokenAnswer
from conformance.protocol.request import (
    NONE,
    Add,
    As,
    Authenticate,
    Change,
    Replace,
    Without,
)
from conformance.target.flow import Flow

BOUND = "Keep with each refresh token the client and the scope of its grant, and compare them."
VERIFY = "Authenticate the client in every refresh, as in every other token request."
ROTATE = (
    "Give a new refresh token with every refresh, end the old one in the same step, and end the"
    " whole family when an ended one comes back."
)
EXACT = "Look refresh tokens up as a whole, exactly, and as refresh tokens only."
NEEDS = [Feature.REFRESH_TOKEN]
RACERS = 8
ROUNDS = 3


def refreshable(flow: Flow, *changes: Change) -> TokenAnswer:
    """Fresh tokens with a refresh token; NotApplicable where none comes."""
    tokens = flow.tokens(*changes)
    if tokens.refresh_token is None:
        raise NotApplicable("The token response has no refresh token.")
    return tokens


def token_of(answer: TokenAnswer) -> str:
    return answer.refresh_token or ""


def narrower(flow: Flow, tokens: TokenAnswer) -> str:
    """A part of the granted scope that leaves something out; NotApplicable where none can be."""
    granted = tokens.scope or frozenset(flow.client.scopes)
    parts = sorted(granted - {"openid", "offline_access"})
    if len(parts) < 2:
        raise NotApplicable("The granted scope has no two values to choose from.")
    return " ".join(sorted(granted - {parts[-1]}))


@check("rfc6749-6-refresh-client-authentication-required", remedy=VERIFY, needs=NEEDS)
@pytest.mark.parametrize(
    "change",
    [Authenticate(NONE), Replace("client_secret", "")],
    ids=["client-id-alone", "empty-secret"],
)
def test_refresh_needs_client_authentication(confidential_flow: Flow, change: Change) -> None:
    """A client with a secret does not refresh without it."""
    tokens = refreshable(confidential_flow)

    answer = confidential_flow.refresh(token_of(tokens), change)

    assert answer.refused, f"without the secret {answer}"


@check("rfc6749-6-refresh-included-authentication-verified", remedy=VERIFY, needs=NEEDS)
def test_refresh_with_a_wrong_secret_is_refused(confidential_flow: Flow) -> None:
    """A refresh with a wrong secret is refused."""
    tokens = refreshable(confidential_flow)

    answer = confidential_flow.refresh(
        token_of(tokens), Replace("client_secret", "wrong-secret-wrong-secret")
    )

    assert answer.refused, f"to a wrong secret {answer}"


@check("rfc6749-6-refresh-token-bound-to-authenticated-client", remedy=BOUND, needs=NEEDS)
def test_refresh_token_of_another_client_is_refused(
    confidential_flow: Flow, second_flow: Flow
) -> None:
    """A refresh token does not work for another confidential client."""
    tokens = refreshable(confidential_flow)

    answer = confidential_flow.refresh(token_of(tokens), As(second_flow.client.credentials))

    assert answer.refused, f"to another client's refresh token {answer}"


@check("rfc6749-10.4-refresh-token-bound-to-public-client", remedy=BOUND)
def test_refresh_token_of_another_public_client_is_refused(proven: Callable[..., Flow]) -> None:
    """A refresh token does not work for another public client."""
    flow, other = proven("public"), proven("native")
    tokens = refreshable(flow)

    answer = flow.refresh(token_of(tokens), As(other.client.credentials))

    assert answer.refused, f"to another client's refresh token {answer}"


@check("rfc6749-6-refresh-token-validated", remedy=EXACT, needs=NEEDS)
@pytest.mark.parametrize("form", ["invented", "access-token", "code", "truncated", "empty"])
def test_what_is_no_refresh_token_is_refused(flow: Flow, form: str) -> None:
    """Only exactly a refresh token that was issued gets new tokens."""
    tokens = refreshable(flow)
    other = {
        "invented": "invented-refresh-token",
        "access-token": tokens.access_token or "",
        "code": flow.grant().code if form == "code" else "",
        "truncated": token_of(tokens)[:-1],
        "empty": "",
    }[form]

    answer = flow.refresh(other)

    assert answer.refused, f"to what is no refresh token {answer}"


@check("rfc6749-10.4-refresh-token-unforgeable", remedy=EXACT, needs=NEEDS)
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9], ids=["beginning", "middle", "end"])
def test_altered_refresh_token_is_refused(flow: Flow, part: float) -> None:
    """A refresh token in which one character is another one is refused."""
    token = token_of(refreshable(flow))
    at = int(part * len(token))
    letter = "A" if token[at] != "A" else "B"

    answer = flow.refresh(token[:at] + letter + token[at + 1 :])

    assert answer.refused, f"to an altered refresh token {answer}"


@check("rfc6749-A.17-refresh-token-syntax", remedy="Issue printable ASCII, or no refresh token.")
@pytest.mark.parametrize("by", ["code", "refresh"])
def test_refresh_token_is_printable(flow: Flow, by: str) -> None:
    """A refresh token is one or more printable ASCII characters."""
    answer = refreshable(flow)
    if by == "refresh":
        answer = flow.must_grant(flow.refresh(token_of(answer)), "The refresh")
    if "refresh_token" not in (answer.document or {}):
        raise NotApplicable("The response has no refresh token.")

    value = answer.get("refresh_token")

    assert isinstance(value, str), f"refresh_token is of the type {type(value).__name__}"
    strange = sorted({letter for letter in value if not " " <= letter <= "~"})
    assert value, "refresh_token is empty"
    assert not strange, f"the refresh token has the characters {strange}"


@check("rfc6749-6-refresh-scope-not-exceeding-grant", remedy=BOUND, needs=NEEDS)
def test_refresh_does_not_widen_the_scope(flow: Flow) -> None:
    """A refresh that asks for more than was granted does not get it."""
    everything = refreshable(flow)
    less = narrower(flow, everything)
    offline = {"offline_access"} & set(flow.client.scopes)
    tokens = refreshable(flow, Replace("scope", " ".join(sorted({*less.split(), *offline}))))
    granted = tokens.scope or frozenset(less.split())
    left_out = (everything.scope or frozenset(flow.client.scopes)) - granted
    if not left_out:
        raise NotApplicable("Who asks for less is granted the same scope.")

    answer = flow.refresh(token_of(tokens), Add("scope", f"{less} {' '.join(sorted(left_out))}"))

    got = answer.scope if answer.scope is not None else granted | left_out
    assert answer.refused or not got & left_out, f"{answer}, of the scope {sorted(got)}"


@check(
    "rfc6749-5.2-invalid-scope-error", remedy="Answer a scope beyond the grant with invalid_scope."
)
def test_unknown_scope_of_a_refresh_is_an_invalid_scope(flow: Flow) -> None:
    """A scope beyond the grant is answered with invalid_scope, or left out and said so."""
    tokens = refreshable(flow)

    answer = flow.refresh(token_of(tokens), Add("scope", "no-such-scope"))

    left_out = answer.granted and "no-such-scope" not in (answer.scope or {"no-such-scope"})
    assert left_out or answer.error == "invalid_scope", str(answer)


@check("rfc6749-6-refresh-omitted-scope-equals-grant", remedy=BOUND, needs=NEEDS)
def test_refresh_without_scope_keeps_the_scope(flow: Flow) -> None:
    """A refresh without scope gives the scope that was granted."""
    tokens = refreshable(flow)
    granted = tokens.scope or frozenset(flow.client.scopes)

    answer = flow.must_grant(flow.refresh(token_of(tokens)), "The refresh")

    got = answer.scope if answer.scope is not None else granted
    assert got == granted, f"granted was {sorted(granted)}, refreshed {sorted(got)}"


@check("rfc6749-6-refresh-narrower-scope-honoured", remedy=BOUND, needs=NEEDS)
def test_refresh_narrows_the_scope(flow: Flow) -> None:
    """A refresh that asks for a part of the scope gives that part, or says what it gives."""
    tokens = refreshable(flow)
    less = narrower(flow, tokens)

    answer = flow.must_grant(flow.refresh(token_of(tokens), Add("scope", less)), "The refresh")

    assert answer.scope is not None, "the response names no scope"
    assert answer.scope == frozenset(less.split()), (
        f"asked for {less!r} the server granted {sorted(answer.scope)}"
    )


@check("rfc6749-6-new-refresh-token-scope-identical", remedy=BOUND, needs=NEEDS)
def test_narrowed_refresh_keeps_the_grant(flow: Flow) -> None:
    """After a refresh for a part of the scope the next one can have all of it again."""
    tokens = refreshable(flow)
    granted = tokens.scope or frozenset(flow.client.scopes)
    less = narrower(flow, tokens)
    second = flow.must_grant(flow.refresh(token_of(tokens), Add("scope", less)), "The refresh")
    if second.refresh_token in (None, tokens.refresh_token):
        raise NotApplicable("A refresh gives no new refresh token.")

    answer = flow.refresh(token_of(second), Add("scope", " ".join(sorted(granted))))

    assert answer.granted, f"to the scope of the grant {answer}"
    assert (answer.scope or granted) == granted, f"granted was {sorted(answer.scope or ())}"


@check("rfc6749-5.2-invalid-grant-error", remedy="Answer a bad refresh token with invalid_grant.")
def test_bad_refresh_token_is_an_invalid_grant(flow: Flow) -> None:
    """A refresh token that was never issued is reported as invalid_grant."""
    refreshable(flow)

    answer = flow.refresh("invented-refresh-token")

    assert answer.error == "invalid_grant", str(answer)


@check("rfc6749-5.2-invalid-request-error", remedy="Answer a missing parameter: invalid_request.")
def test_missing_refresh_token_is_an_invalid_request(flow: Flow) -> None:
    """A refresh without a refresh token is reported as invalid_request."""
    refreshable(flow)

    answer = flow.refresh("unused", Without("refresh_token"))

    assert answer.error == "invalid_request", str(answer)
