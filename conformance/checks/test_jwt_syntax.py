"""JWT access tokens as JWTs and as JWSs: form, header, registered claims (RFC 7519, RFC 7515)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from conformance.check import check
from conformance.errors import NotApplicable
from conformance.features import Feature
from conformance.plugin.bench import Bench
from conformance.protocol import jwt
from conformance.protocol.answers import TokenAnswer
from conformance.target.flow import Flow
from conformance.target.server import AuthorizationServer

ENCODE = "Serialize tokens with a library: base64url without padding, each name once, UTF-8."
NAME = "Name in the header the algorithm and the key that really signed the token."
PLAIN = "Leave header parameters out that the token does not need."
TIMES = "Write times as JSON numbers: seconds since 1970-01-01T00:00:00Z."
VALUES = "Use a URI wherever iss, sub or aud has a colon, and a subject of its own for every user."
NEEDS = [Feature.JWT_ACCESS_TOKEN]
COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*")
REGISTERED = frozenset(
    {"alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit"}
)
"""Header parameters of RFC 7515, 4.1: crit must not list them."""
LATEST = 10**11
"""No number of seconds is as large; one of milliseconds is."""


@pytest.fixture
def token(tokens: TokenAnswer) -> str:
    """A fresh JWT access token; NotApplicable where it is none that can be read."""
    found = tokens.access_token or ""
    if not jwt.looks_like(found):
        raise NotApplicable("The access token is no signed JWT.")
    return found


@pytest.fixture
def header(token: str) -> dict[str, Any]:
    """The JOSE header of a fresh access token."""
    return jwt.header(token)


@pytest.fixture
def claims(token: str) -> dict[str, Any]:
    """The claims of a fresh access token."""
    return jwt.claims(token) or {}


def present(members: dict[str, Any], name: str) -> Any:
    """A member of a header or of claims; NotApplicable where it is not there."""
    if members.get(name) is None:
        raise NotApplicable(f"The access token has no {name}.")
    return members[name]


def is_numeric_date(value: Any) -> bool:
    """Whether it is a number of seconds (RFC 7519, 2)."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value < LATEST


def faults_of_crit(header: dict[str, Any]) -> list[str]:
    """What is wrong with crit (RFC 7515, 4.1.11); nothing where it is not there."""
    if "crit" not in header:
        return []
    listed = header["crit"]
    if not isinstance(listed, list) or not listed:
        return ["it is no list with a member"]
    faults = [f"{name} is registered" for name in listed if name in REGISTERED]
    faults += [f"{name} is not in the header" for name in listed if name not in header]
    return faults + [f"{name} is listed twice" for name in listed if listed.count(name) > 1]


@check("rfc7519-7.1-jwt-well-formed", remedy=ENCODE, needs=NEEDS)
def test_token_is_well_formed(token: str) -> None:
    """A JWT has three parts of base64url without padding, of which two are JSON in UTF-8."""
    assert COMPACT.fullmatch(token), "a part has characters that base64url without padding has not"
    assert all(jwt.raw(token, part) for part in (0, 1)), "a part is no text in UTF-8"


@check("rfc7515-4-header-names-unique", remedy=ENCODE, needs=NEEDS)
def test_header_names_each_parameter_once(token: str) -> None:
    """The header names every parameter once."""
    repeated = jwt.repeated_members(jwt.raw(token, 0))

    assert not repeated, f"the header repeats {', '.join(repeated)}"


@check("rfc7519-4-claim-names-unique", remedy=ENCODE, needs=NEEDS)
def test_claims_are_named_once(token: str) -> None:
    """The claims name every claim once."""
    repeated = jwt.repeated_members(jwt.raw(token, 1))

    assert not repeated, f"the claims repeat {', '.join(repeated)}"


@check("rfc7515-4.1.1-alg-present", remedy=NAME, needs=NEEDS)
def test_algorithm_is_the_one_that_was_used(token: str, server: AuthorizationServer) -> None:
    """The header names the algorithm that the token was signed with."""
    named = jwt.header(token).get("alg")
    assert isinstance(named, str), f"alg is {named!r}"

    used = jwt.verifying(token, server.keys) if server.jwks is not None else frozenset()

    assert not used or named in used, f"alg is {named!r}, signed it was with {', '.join(used)}"


@check("rfc7515-4.1.4-kid-string", remedy=NAME, needs=[*NEEDS, Feature.JWKS])
def test_kid_is_that_of_the_key(token: str, server: AuthorizationServer) -> None:
    """kid is a string, and where it names a published key, this key signed the token."""
    kid = present(jwt.header(token), "kid")
    named = [key for key in server.keys if key.key_id == kid]

    assert isinstance(kid, str), f"kid is {kid!r}"
    assert not named or jwt.verifying(token, named), "the key that kid names did not sign the token"


@check("rfc7515-6-key-identifiable", remedy=NAME, needs=[*NEEDS, Feature.JWKS])
def test_key_can_be_found(header: dict[str, Any], server: AuthorizationServer) -> None:
    """Where several keys are published, the header says which one signed the token."""
    if len(server.keys) < 2:
        raise NotApplicable("The server publishes one key.")

    said = [name for name in ("kid", "x5t", "x5t#S256", "jwk", "x5c") if header.get(name)]

    assert said, f"of {len(server.keys)} published keys the header names none"


@check("rfc7519-5.2-cty-absent-when-not-nested", remedy=PLAIN, needs=NEEDS)
def test_token_that_holds_none_has_no_cty(header: dict[str, Any]) -> None:
    """A JWT that is not nested has no cty."""
    assert "cty" not in header, f"cty is {header['cty']!r}"


@check("rfc7515-4.1.11-crit-well-formed", remedy=PLAIN, needs=NEEDS)
def test_crit_is_well_formed(header: dict[str, Any]) -> None:
    """crit is not there, or lists extensions that are in the header, each once."""
    wrong = faults_of_crit(header)

    assert not wrong, f"crit is {header.get('crit')!r}: {', '.join(wrong)}"


@check("rfc7515-4.1.2-key-url-https", remedy="Refer to keys by https.", needs=NEEDS)
@pytest.mark.parametrize("name", ["jku", "x5u"])
def test_keys_are_referred_to_by_https(header: dict[str, Any], name: str) -> None:
    """A URL of keys in the header is an https URL."""
    url = present(header, name)

    assert str(url).lower().startswith("https://"), f"{name} is {url!r}"


@check("rfc7519-4.1.4-exp-numericdate", remedy=TIMES, needs=NEEDS)
def test_exp_is_a_numeric_date(claims: dict[str, Any]) -> None:
    """exp is a number of seconds."""
    value = present(claims, "exp")

    assert is_numeric_date(value), f"exp is {value!r}"


@check("rfc7519-4.1.5-nbf-numericdate", remedy=TIMES, needs=NEEDS)
def test_nbf_is_a_numeric_date(claims: dict[str, Any]) -> None:
    """nbf is a number of seconds."""
    value = present(claims, "nbf")

    assert is_numeric_date(value), f"nbf is {value!r}"


@check("rfc7519-4.1.6-iat-numericdate", remedy=TIMES, needs=NEEDS)
def test_iat_is_a_numeric_date(claims: dict[str, Any]) -> None:
    """iat is a number of seconds."""
    value = present(claims, "iat")

    assert is_numeric_date(value), f"iat is {value!r}"


@check("rfc7519-4.1.3-aud-form", remedy=VALUES, needs=NEEDS)
def test_aud_has_its_form(claims: dict[str, Any]) -> None:
    """aud is a string or an array of strings."""
    aud = present(claims, "aud")

    values = aud if isinstance(aud, list) else [aud]

    assert all(isinstance(value, str) for value in values), f"aud is {aud!r}"


@check("rfc7519-4.1.1-iss-string-or-uri", remedy=VALUES, needs=NEEDS)
@pytest.mark.parametrize("name", ["iss", "sub", "aud"])
def test_value_with_a_colon_is_a_uri(claims: dict[str, Any], name: str) -> None:
    """A value of iss, sub or aud with a colon in it is a URI."""
    value = present(claims, name)

    values = [one for one in (value if isinstance(value, list) else [value]) if ":" in str(one)]

    strange = [one for one in values if not URI.fullmatch(str(one))]
    assert not strange, f"{name} has the values {strange}"


@check("rfc7519-4.1.2-sub-unique-within-issuer", remedy=VALUES, needs=NEEDS)
def test_two_users_have_two_subjects(
    flow: Flow, claims: dict[str, Any], bench: Bench, proven: Callable[..., Flow]
) -> None:
    """Two users have different values of sub."""
    subject = present(claims, "sub")
    other = proven(flow.client.role, user=bench.other_user().username)

    second = (jwt.claims(other.tokens().access_token or "") or {}).get("sub")

    assert second != subject, "two users have the same sub"
