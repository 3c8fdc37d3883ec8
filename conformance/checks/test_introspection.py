"""Introspection: who may ask, and whether the answer is true (RFC 7662)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from conformance.check import Aged, check
from conformance.errors import ControlRefused, NotApplicable
from conformance.features import Feature
from conformance.protocol import jwt
from conformance.protocol.answers import TokenAnswer
from conformance.protocol.request import (
    NONE,
    Add,
    As,
    Authenticate,
    Change,
    Header,
    Method,
    Replace,
    Without,
)
from conformance.target.client import Client
from conformance.target.flow import Flow
from conformance.target.planted import Planted

TRUE = "Answer active: true for a live token and active: false, alone, for anything else."
CALLER = "Authenticate every caller, and answer only those that were authorized to ask."
FORM = "Answer with a JSON object of the members of RFC 7662, 2.2, in their defined form."
NEEDS = [Feature.INTROSPECTION]
Ask = Callable[..., TokenAnswer]
"""Introspects a token, as the caller who may."""
NOBODY: tuple[Change, ...] = (Without("client_secret"), Without("client_id"))
TYPES: dict[str, tuple[type, ...]] = {
    "scope": (str,),
    "client_id": (str,),
    "username": (str,),
    "token_type": (str,),
    "exp": (int,),
    "iat": (int,),
    "nbf": (int,),
    "sub": (str,),
    "aud": (str, list),
    "iss": (str,),
    "jti": (str,),
}


@dataclass(frozen=True, slots=True)
class Active:
    """A token that introspection calls active: the access token, else the refresh token."""

    token: str
    answer: TokenAnswer
    tokens: TokenAnswer

    @property
    def is_access_token(self) -> bool:
        return self.token == self.tokens.access_token


def active(flow: Flow, introspected: Ask) -> Active:
    """A fresh token that is active; that the access token is, another check demands."""
    tokens = flow.tokens()
    answers = {}
    for token in filter(None, (tokens.access_token, tokens.refresh_token)):
        answers[token] = introspected(token)
        if answers[token].get("active") in (True, "true"):
            return Active(token, answers[token], tokens)
    said = ", then ".join(map(str, answers.values()))
    raise ControlRefused(f"No fresh token is active: {said}.")


@check("rfc7662-2.1-introspection-by-post", remedy=FORM, needs=NEEDS)
def test_introspection_by_post_is_taken(flow: Flow, introspected: Ask) -> None:
    """An introspection by POST is not refused for its method."""
    answer = introspected(flow.tokens().access_token or "")

    assert answer.status not in (404, 405, 501), str(answer)


@check("rfc7662-2.2-active-true-for-valid-token", remedy=TRUE, needs=NEEDS)
def test_fresh_token_is_active(flow: Flow, introspected: Ask) -> None:
    """A fresh access token is active."""
    tokens = flow.tokens()
    flow.must_serve(tokens.access_token or "")

    answer = introspected(tokens.access_token or "")

    assert answer.get("active"), f"{answer}, and active is {answer.get('active')!r}"


@check("rfc7662-2.2-active-present-boolean", remedy=FORM, needs=NEEDS)
@pytest.mark.parametrize("kind", ["live", "unknown"])
def test_active_is_a_boolean(flow: Flow, introspected: Ask, kind: str) -> None:
    """active is true or false, as JSON has it."""
    live = flow.tokens().access_token or ""

    answer = introspected(live if kind == "live" else "invented-token")

    assert isinstance(answer.get("active"), bool), f"active is {answer.get('active')!r}"


@check("rfc7662-2.2-json-response", remedy=FORM, needs=NEEDS)
@pytest.mark.parametrize("kind", ["live", "unknown"])
def test_answer_is_json(flow: Flow, introspected: Ask, kind: str) -> None:
    """The answer is a JSON object of the type application/json."""
    live = flow.tokens().access_token or ""

    answer = introspected(live if kind == "live" else "invented-token")

    assert answer.content_type == "application/json", f"the type is {answer.content_type!r}"
    assert answer.document is not None, "the body is no JSON object"


@check("rfc7662-2.2-optional-members-well-formed", remedy=FORM, needs=NEEDS)
@pytest.mark.parametrize("member", TYPES)
def test_member_has_its_form(flow: Flow, introspected: Ask, member: str) -> None:
    """Every member of an answer has its defined type, times are seconds."""
    value = active(flow, introspected).answer.get(member)
    if value is None:
        raise NotApplicable(f"The answer has no {member}.")

    assert isinstance(value, TYPES[member]), f"{member} is of the type {type(value).__name__}"
    assert not isinstance(value, int) or value < 10**11, f"{member} is {value}, no seconds"


@check("rfc7662-2.2-optional-members-correct", remedy=TRUE, needs=NEEDS)
@pytest.mark.parametrize("member", ["client_id", "scope", "exp", "iss", "sub"])
def test_member_is_true(flow: Flow, introspected: Ask, member: str) -> None:
    """What the answer says of a token is what was granted, and what the token says itself."""
    found = active(flow, introspected)
    tokens, value = found.tokens, found.answer.get(member)
    if value is None:
        raise NotApplicable(f"The answer has no {member}.")
    if member == "exp" and not found.is_access_token:
        raise NotApplicable("Nothing but the answer says when a refresh token ends.")
    own = jwt.claims(tokens.access_token or "") or {}
    granted = tokens.scope or frozenset(flow.client.scopes)
    if not found.is_access_token:
        granted |= frozenset(flow.client.scopes)
    if member == "exp" and tokens.date is None:
        raise NotApplicable("The token response has no Date to reckon from.")
    date = tokens.date or 0.0
    wrong = {
        "client_id": value != flow.client.client_id,
        "scope": not frozenset(str(value).split()) <= granted,
        "exp": tokens.expires_in is not None
        and abs(float(value if isinstance(value, int) else 0) - date - tokens.expires_in) > 30,
        "iss": "iss" in own and value != own["iss"],
        "sub": "sub" in own and value != own["sub"],
    }[member]

    assert not wrong, f"{member} is {value!r}"


@check("rfc7662-2.2-inactive-token-active-false", remedy=TRUE, needs=NEEDS)
@pytest.mark.parametrize("form", ["invented", "code", "truncated"])
def test_what_is_no_token_is_inactive(flow: Flow, introspected: Ask, form: str) -> None:
    """What is no live token is answered with 200 and active: false."""
    token = active(flow, introspected).token
    other = {
        "invented": "invented-token",
        "code": flow.grant().code if form == "code" else "",
        "truncated": token[:-5],
    }[form]

    answer = introspected(other)

    assert answer.status == 200, str(answer)
    assert answer.get("active") is False, f"active is {answer.get('active')!r}"


@check("rfc7662-2.1-inactive-when-state-unknown", remedy=TRUE, needs=NEEDS)
def test_foreign_jwt_is_inactive(flow: Flow, introspected: Ask) -> None:
    """A JWT of another issuer is not active."""
    active(flow, introspected)
    foreign = jwt.signed({}, {"iss": "https://other.example"}, jwt.new_rsa_key(), "RS256")

    answer = introspected(foreign)

    assert answer.get("active") is False, f"{answer}, and active is {answer.get('active')!r}"


@check("rfc7662-2.2-inactive-response-minimal", remedy=TRUE, needs=NEEDS)
def test_inactive_answer_says_nothing_else(flow: Flow, introspected: Ask) -> None:
    """The answer for a token that is not active has no other member."""
    active(flow, introspected)

    document = introspected("invented-token").document or {}
    if "active" not in document:
        raise NotApplicable("An unknown token is not answered with active.")

    more = sorted(name for name in document if name != "active")
    assert not more, f"the answer also has {', '.join(more)}"


@check("rfc7662-2.1-search-beyond-wrong-hint", remedy=TRUE, needs=NEEDS)
@pytest.mark.parametrize("hint", ["refresh_token", "bogus"])
def test_wrong_hint_makes_no_difference(flow: Flow, introspected: Ask, hint: str) -> None:
    """A live token is active, whatever the hint says."""
    found = active(flow, introspected)
    if hint == "refresh_token" and not found.is_access_token:
        hint = "access_token"

    answer = introspected(found.token, Add("token_type_hint", hint))

    assert answer.get("active") in (True, "true"), f"with the hint {hint} {answer}"


@check("rfc7662-2.1-token-parameter-required", remedy=FORM, needs=NEEDS)
def test_missing_token_is_refused(flow: Flow, introspected: Ask) -> None:
    """An introspection without a token is an invalid request."""
    active(flow, introspected)

    answer = introspected("unused", Without("token"))

    assert answer.refused or answer.get("active") is False, f"without a token {answer}"
    assert answer.error != "server_error", f"without a token {answer}"


@check("rfc7662-2.1-authorization-required", remedy=CALLER, needs=NEEDS)
@pytest.mark.parametrize("form", ["nobody", "client-id-alone", "wrong-secret"])
def test_caller_must_authenticate(flow: Flow, introspected: Ask, form: str) -> None:
    """Who does not authenticate is told nothing about a token."""
    token = active(flow, introspected).token
    changes: dict[str, tuple[Change, ...]] = {
        "nobody": NOBODY,
        "client-id-alone": (Authenticate(NONE),),
        "wrong-secret": (Replace("client_secret", "wrong-secret-wrong-secret"),),
    }

    answer = introspected(token, *changes[form])

    assert answer.get("active") is not True, f"{answer}, and active is true"
    other = introspected("invented-token", *changes[form])
    same = (answer.status, answer.get("active")) == (other.status, other.get("active"))
    assert same, f"to a live token {answer}, to an invented one {other}"


@check("rfc7662-2.3-invalid-client-credentials-401", remedy=CALLER, needs=NEEDS)
def test_wrong_secret_is_answered_with_401(flow: Flow, introspected: Ask) -> None:
    """A caller with a wrong secret is answered with 401."""
    token = active(flow, introspected).token

    answer = introspected(token, Replace("client_secret", "wrong-secret-wrong-secret"))

    assert answer.status == 401, f"to a wrong secret {answer}"


@check("rfc7662-2.3-invalid-bearer-authorization-401", remedy=CALLER, needs=NEEDS)
def test_access_token_of_a_user_is_no_authorization(flow: Flow, introspected: Ask) -> None:
    """An ordinary access token does not authorize its bearer to introspect."""
    found = active(flow, introspected)

    bearer = Header("Authorization", f"Bearer {found.tokens.access_token}")
    answer = introspected(found.token, *NOBODY, bearer)

    assert answer.get("active") is None, f"{answer}, and active is {answer.get('active')!r}"


@check("rfc7662-4-caller-specifically-authorized", remedy=CALLER, needs=NEEDS)
def test_other_client_is_told_nothing(flow: Flow, introspected: Ask, second_flow: Flow) -> None:
    """An ordinary client is told nothing about the token of another one."""
    token = active(flow, introspected).token

    answer = introspected(token, As(second_flow.client.credentials))

    assert answer.get("active") is not True, f"{answer}, and the token is active"


@check("rfc7662-4-get-may-be-disallowed", remedy=CALLER, needs=NEEDS)
def test_get_needs_the_caller_too(flow: Flow, introspected: Ask) -> None:
    """An introspection by GET without credentials is told nothing."""
    token = active(flow, introspected).token

    answer = introspected(token, *NOBODY, Method("GET"))

    assert answer.get("active") is not True, f"{answer}, and active is true"


@check("rfc7662-4-signature-checked", remedy=TRUE, needs=[*NEEDS, Feature.JWT_ACCESS_TOKEN])
@pytest.mark.parametrize("form", ["claim", "none", "foreign-key"])
def test_forged_jwt_is_inactive(flow: Flow, introspected: Ask, form: str) -> None:
    """A JWT whose signature does not fit is not active."""
    found = active(flow, introspected)
    if not found.is_access_token:
        raise NotApplicable(f"JWTs are not introspected here, refresh tokens are: {found.answer}.")
    token = found.token
    head = {name: value for name, value in jwt.header(token).items() if name != "alg"}
    claims = jwt.claims(token) or {}
    forged = {
        "claim": jwt.with_claims(token, scope="everything"),
        "none": jwt.assembled({**head, "alg": "none"}, claims, b""),
        "foreign-key": jwt.signed(head, claims, jwt.new_rsa_key(), "RS256"),
    }[form]

    answer = introspected(forged)

    assert answer.get("active") is False, f"{answer}, and active is {answer.get('active')!r}"


@check(
    "rfc7662-4-revocation-checked",
    remedy=TRUE,
    needs=[*NEEDS, Feature.REVOCATION, Feature.REFRESH_TOKEN],
)
def test_revoked_token_is_inactive(flow: Flow, introspected: Ask) -> None:
    """A refresh token that was revoked is not active."""
    token = active(flow, introspected).tokens.refresh_token or ""
    if introspected(token).get("active") is not True:
        raise NotApplicable("Live refresh tokens are not introspected here.")
    if flow.revoke(token).status != 200:
        raise NotApplicable("The revocation was not answered with 200.")

    answer = introspected(token)

    assert answer.get("active") is False, f"active is {answer.get('active')!r}"


@check("rfc7662-4-expiry-checked", remedy=TRUE, needs=NEEDS, ages=Aged.ACCESS_TOKEN)
def test_expired_token_is_inactive(
    flow: Flow,
    introspected: Ask,
    planted_tokens: Planted[TokenAnswer],
    bench: Any,
    caller: Client,
) -> None:
    """An access token that is older than its lifetime is not active."""
    tokens = planted_tokens.after_its_end(bench.planting.lifetime(Aged.ACCESS_TOKEN))
    if not active(flow, introspected).is_access_token:
        raise NotApplicable("Live access tokens are not introspected here.")

    answer = introspected(tokens.access_token or "")

    assert answer.get("active") is False, f"to {caller.who}: active {answer.get('active')!r}"
