"""Token responses that are not what RFC 6749, section 5.1, describes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from conformance.defects.record import Defect, rule
from conformance.server.answers import Headers, Members
from conformance.server.behaviours import Issue

TYPES = "rfc6749-5.1-json-top-level-and-types"

Hook = Callable[[Members, Issue], Members]


def _without(name: str) -> Hook:
    return lambda members, _: {key: value for key, value in members.items() if key != name}


def _with(**members: Any) -> Hook:
    return lambda old, _: {**old, **members}


def _null_if_absent(members: Members, _: Issue) -> Members:
    return {"refresh_token": None, **members}


def _scope_twice(members: Members) -> str:
    text = json.dumps(members)
    return f'{text[:-1]}, "scope": {json.dumps(members.get("scope"))}}}'


def _no_store_for_codes(grant_type: str) -> Headers:
    if grant_type != "authorization_code":
        return (("Pragma", "no-cache"),)
    return (("Cache-Control", "no-store"), ("Pragma", "no-cache"))


def _credentialed(origin: str) -> Headers:
    return (
        ("Access-Control-Allow-Origin", origin or "*"),
        ("Access-Control-Allow-Credentials", "true"),
    )


DEFECTS = (
    Defect(
        "members of the token response are null",
        ("oauth-2.1-C.3-no-null-members",),
        rule(token_members=_null_if_absent),
    ),
    Defect(
        "scope sent twice in the token response",
        ("rfc6749-3.2-no-repeated-response-parameter",),
        rule(token_text=_scope_twice),
        kills=("token_response.members_are_named_once[code]",),
    ),
    Defect(
        "tokens sent with status 201",
        ("rfc6749-5.1-success-status-200",),
        rule(token_status=201),
        kills=("token_response.status_is_200[code]",),
    ),
    Defect(
        "refresh response without access_token",
        ("rfc6749-5.1-access-token-present",),
        rule(refresh_members=_without("access_token")),
        kills=("token_response.access_token_is_there[refresh]",),
    ),
    Defect(
        "token response with an access_token of another name",
        ("rfc6749-5.1-access-token-present",),
        rule(
            token_members=lambda members, _: {
                "token" if name == "access_token" else name: value
                for name, value in members.items()
            }
        ),
        kills=("token_response.access_token_is_there[code]",),
    ),
    Defect(
        "refresh response without token_type",
        ("rfc6749-5.1-token-type-present",),
        rule(refresh_members=_without("token_type")),
        kills=("token_response.token_type_is_there[refresh]",),
    ),
    Defect(
        "token response without token_type",
        ("rfc6749-5.1-token-type-present",),
        rule(token_members=_without("token_type")),
        kills=("token_response.token_type_is_there[code]",),
    ),
    Defect(
        "token response sent as text/html",
        ("rfc6749-5.1-json-media-type",),
        rule(token_media_type="text/html"),
        kills=("token_response.media_type_is_json[code]",),
    ),
    Defect(
        "expires_in sent as a string",
        (TYPES, "rfc6749-A.14-expires-in-syntax"),
        rule(expires_in=lambda seconds: str(int(seconds))),
        kills=(
            "lifetimes.expires_in_is_a_whole_number",
            "token_response.member_has_its_type[expires_in-code]",
        ),
    ),
    Defect(
        "token response within another object",
        (TYPES,),
        rule(token_text=lambda members: json.dumps({"data": members})),
        kills=("token_response.member_has_its_type[access_token-code]",),
    ),
    Defect(
        "token response of a refresh may be cached",
        ("rfc6749-5.1-cache-control-no-store",),
        rule(token_headers=_no_store_for_codes),
        kills=("token_response.response_is_not_stored[refresh]",),
    ),
    Defect(
        "token response may be cached",
        ("rfc6749-5.1-cache-control-no-store",),
        rule(token_headers=lambda _: (("Pragma", "no-cache"),)),
        kills=("token_response.response_is_not_stored[code]",),
    ),
    Defect(
        "token response without Pragma",
        ("rfc6749-5.1-pragma-no-cache",),
        rule(token_headers=lambda _: (("Cache-Control", "no-store"),)),
        kills=("token_response.response_has_pragma[code]",),
    ),
    Defect(
        "token response with a member whose name has a space",
        ("rfc6749-8.2-parameter-name-syntax",),
        rule(token_members=lambda members, _: {**members, "user id": "4711"}),
        kills=("token_response.names_of_members_are_well_formed",),
    ),
    Defect(
        "token response with a member of a common name",
        ("rfc6749-8.2-vendor-parameter-prefix",),
        rule(token_members=_with(role="admin")),
        kills=("token_response.members_of_our_own_have_a_prefix",),
    ),
    Defect(
        "every origin allowed with credentials",
        ("rfc9700-2.6-cors-at-directly-used-endpoints",),
        rule(cors=_credentialed),
        kills=(
            "cross_origin.endpoint_allows_no_credentials_to_any_origin[jwks_uri]",
            "token_request.no_origin_is_allowed_with_credentials",
        ),
    ),
)
