"""What a successful token response looks like, for a code and for a refresh (RFC 6749, 5.1)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from conformance.check import check
from conformance.errors import NotApplicable
from conformance.protocol import jwt
from conformance.protocol.answers import TokenAnswer
from conformance.protocol.registry import IN_TOKEN_RESPONSES
from conformance.target.flow import Flow

SHAPE = "Send a JSON object with access_token, token_type and expires_in at its top level."
STORE = "Send Cache-Control: no-store with every response that carries a token."
GRANTS = pytest.mark.parametrize("by", ["code", "refresh"])
TYPES: dict[str, tuple[type, ...]] = {
    "access_token": (str,),
    "token_type": (str,),
    "refresh_token": (str,),
    "scope": (str,),
    "expires_in": (int, float),
}


def response(flow: Flow, by: str) -> TokenAnswer:
    """A token response, whatever is wrong with it; NotApplicable without a refresh token."""
    first = flow.redeem(flow.grant())
    if by == "code":
        return first
    if first.refresh_token is None:
        raise NotApplicable("The token response has no refresh token.")
    return flow.refresh(first.refresh_token)


def successful(flow: Flow, by: str) -> TokenAnswer:
    """A token response with a token in it."""
    return flow.must_grant(response(flow, by), f"The {by}")


@check("rfc6749-5.1-success-status-200", remedy="Send token responses with status 200.")
@GRANTS
def test_status_is_200(flow: Flow, by: str) -> None:
    """A token response has status 200."""
    answer = successful(flow, by)

    assert answer.status == 200, str(answer)


@check("rfc6749-5.1-access-token-present", remedy=SHAPE)
@GRANTS
def test_access_token_is_there(bare_flow: Flow, by: str) -> None:
    """A token response has a string access_token that is not empty."""
    answer = response(bare_flow, by)

    assert answer.status >= 300 or answer.access_token, f"{answer}, without an access_token"


@check("rfc6749-5.1-token-type-present", remedy=SHAPE)
@GRANTS
def test_token_type_is_there(flow: Flow, by: str) -> None:
    """A token response has a string token_type that is not empty."""
    answer = successful(flow, by)

    assert answer.text("token_type"), f"token_type is {answer.get('token_type')!r}"


@check("rfc6749-5.1-json-media-type", remedy=SHAPE)
@GRANTS
def test_media_type_is_json(flow: Flow, by: str) -> None:
    """A token response is application/json."""
    answer = successful(flow, by)

    assert answer.content_type == "application/json", f"the type is {answer.content_type!r}"


@check("rfc6749-5.1-json-top-level-and-types", remedy=SHAPE)
@GRANTS
@pytest.mark.parametrize("member", TYPES)
def test_member_has_its_type(bare_flow: Flow, by: str, member: str) -> None:
    """Every member of a token response stands at the top and has its JSON type."""
    answer = response(bare_flow, by)
    value: Any = answer.get(member)
    if value is None and (member != "access_token" or answer.status >= 300):
        raise NotApplicable(f"The response has no {member}.")

    right = isinstance(value, TYPES[member]) and not isinstance(value, bool)

    assert right, f"{member} is of the type {type(value).__name__}"


@check("rfc6749-5.1-cache-control-no-store", remedy=STORE)
@GRANTS
def test_response_is_not_stored(flow: Flow, by: str) -> None:
    """A token response has Cache-Control: no-store."""
    answer = successful(flow, by)

    control = ", ".join(answer.all("cache-control")).lower()
    assert "no-store" in control, f"Cache-Control is {control or 'missing'!r}"


@check("rfc6749-5.1-pragma-no-cache", remedy="Send Pragma: no-cache beside it.")
@GRANTS
def test_response_has_pragma(flow: Flow, by: str) -> None:
    """A token response has Pragma: no-cache."""
    pragma = (successful(flow, by).header("pragma") or "").lower()

    assert "no-cache" in pragma, f"Pragma is {pragma or 'missing'!r}"


@check("rfc6749-3.2-no-repeated-response-parameter", remedy="Write each member once.")
@GRANTS
def test_members_are_named_once(flow: Flow, by: str) -> None:
    """A token response names every member once."""
    answer = successful(flow, by)

    repeated = jwt.repeated_members(answer.body)
    assert not repeated, f"the response repeats {', '.join(repeated)}"


@check("oauth-2.1-C.3-no-null-members", remedy="Leave members without a value out.")
@GRANTS
def test_no_member_is_null(flow: Flow, by: str) -> None:
    """No member of a token response is null."""
    document = successful(flow, by).document or {}

    empty = sorted(name for name, value in document.items() if value is None)
    assert not empty, f"null are {', '.join(empty)}"


@check("rfc6749-8.2-parameter-name-syntax", remedy="Name members with letters, digits, - . and _.")
def test_names_of_members_are_well_formed(flow: Flow) -> None:
    """The names of the members have letters, digits, hyphen, dot and underscore only."""
    document = successful(flow, "code").document or {}

    strange = sorted(name for name in document if not re.fullmatch(r"[A-Za-z0-9._-]+", name))
    assert not strange, f"strange names: {strange}"


@check(
    "rfc6749-8.2-vendor-parameter-prefix",
    remedy="Register the names of what token responses carry, or begin them with one of your own.",
)
def test_members_of_our_own_have_a_prefix(flow: Flow) -> None:
    """Members of a token response that are in no registry have names that begin with a prefix.

    A name of one word has none; whose a prefix is, is not seen.
    """
    names = set(flow.tokens().document or {}) - IN_TOKEN_RESPONSES

    bare = sorted(name for name in names if re.fullmatch(r"[A-Za-z0-9]+", name))

    assert not bare, f"the response has members of common names: {bare}"
