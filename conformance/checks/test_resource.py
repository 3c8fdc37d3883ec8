"""The protected resource: how it takes tokens, and how it says no (RFC 6750)."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from conformance.check import check
from conformance.errors import NotApplicable
from conformance.features import Feature
from conformance.protocol.answers import ResourceAnswer
from conformance.protocol.request import Replace
from conformance.target.flow import Flow

CHALLENGE = 'Answer 401 and 403 with WWW-Authenticate: Bearer realm="…", and error where due.'
HEADER = "Take the token from the Authorization header alone."
STATUS = "Answer an invalid token with 401 invalid_token, too small a scope with 403."
NEEDS = [Feature.PROTECTED_RESOURCE]
PRINTABLE = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*")
_PARAMETER = re.compile(r'([A-Za-z0-9_-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s,"]+)')


def bearer(answer: ResourceAnswer) -> list[tuple[str, str]]:
    """The parameters of the Bearer challenge; NotApplicable where there is none."""
    for challenge in answer.all("www-authenticate"):
        scheme, _, rest = challenge.strip().partition(" ")
        if scheme.lower() == "bearer":
            return [(name, value.strip('"')) for name, value in _PARAMETER.findall(rest)]
    raise NotApplicable(f"There is no Bearer challenge to look at: {answer}.")


def refusal(flow: Flow, kind: str) -> ResourceAnswer:
    """A refusal of the resource: without a token, of a bad one, or of too small a scope."""
    if kind == "no-token":
        return flow.call(None)
    if kind == "bad-token":
        return flow.call("not-a-token")
    return too_small(flow)


def too_small(flow: Flow) -> ResourceAnswer:
    """The answer to a good token without the scope; NotApplicable where none can be had."""
    needed = flow.need_resource.scope
    others = [one for one in flow.client.scopes if one not in needed and one != "offline_access"]
    if not needed or not others:
        raise NotApplicable("The profile names no scope that the resource does not take.")
    tokens = flow.tokens(Replace("scope", others[0]))
    if tokens.scope is not None and tokens.scope & needed:
        raise NotApplicable("The server grants the scope of the resource unasked.")
    return flow.call(tokens.access_token)


KINDS = pytest.mark.parametrize("kind", ["no-token", "bad-token", "small-scope"])


@check("rfc6750-3-www-authenticate-when-no-credentials", remedy=CHALLENGE, needs=NEEDS)
def test_request_without_token_is_challenged(flow: Flow) -> None:
    """A request without a token is refused with WWW-Authenticate."""
    answer = flow.call(None)

    assert answer.refused, str(answer)
    assert answer.header("www-authenticate"), f"{answer} without WWW-Authenticate"


@check("rfc6750-3-www-authenticate-when-token-unusable", remedy=CHALLENGE, needs=NEEDS)
@pytest.mark.parametrize("kind", ["bad-token", "small-scope"])
def test_unusable_token_is_challenged(flow: Flow, kind: str) -> None:
    """A token that does not open the resource is refused with WWW-Authenticate."""
    answer = refusal(flow, kind)

    assert answer.refused, str(answer)
    assert answer.header("www-authenticate"), f"{answer} without WWW-Authenticate"


@check("rfc6750-3-challenge-scheme-bearer", remedy=CHALLENGE, needs=NEEDS)
@KINDS
def test_challenge_is_bearer(flow: Flow, kind: str) -> None:
    """The challenge of the resource is of the scheme Bearer."""
    challenges = refusal(flow, kind).all("www-authenticate")
    if not challenges:
        raise NotApplicable("There is no challenge to look at.")

    schemes = {challenge.split(" ")[0].lower() for challenge in challenges}

    assert "bearer" in schemes, f"the challenges are of {sorted(schemes)}"


@check("rfc6750-3-challenge-has-parameter", remedy=CHALLENGE, needs=NEEDS)
@KINDS
def test_challenge_has_a_parameter(flow: Flow, kind: str) -> None:
    """A Bearer challenge has at least one parameter."""
    assert bearer(refusal(flow, kind)), "the Bearer challenge has no parameter"


@check("rfc6750-3-challenge-attributes-not-repeated", remedy=CHALLENGE, needs=NEEDS)
@KINDS
def test_challenge_names_each_attribute_once(flow: Flow, kind: str) -> None:
    """A Bearer challenge names no attribute twice."""
    counts = Counter(name.lower() for name, _ in bearer(refusal(flow, kind)))

    repeated = sorted(name for name, times in counts.items() if times > 1)
    assert not repeated, f"the challenge repeats {', '.join(repeated)}"


@check("rfc6750-3-error-attribute-when-token-rejected", remedy=CHALLENGE, needs=NEEDS)
def test_challenge_says_what_is_wrong(flow: Flow) -> None:
    """The challenge to a bad token has the attribute error."""
    names = [name for name, _ in bearer(flow.call("not-a-token"))]

    assert "error" in names, f"the challenge has only {', '.join(names) or 'nothing'}"


@check("rfc6750-3.1-no-error-information-without-authentication", remedy=CHALLENGE, needs=NEEDS)
def test_challenge_without_token_has_no_error(flow: Flow) -> None:
    """The challenge to a request without a token says nothing of an error."""
    names = {name for name, _ in bearer(flow.call(None))}

    said = sorted(names & {"error", "error_description", "error_uri"})
    assert not said, f"the challenge has {', '.join(said)}"


@check("rfc6750-3-challenge-error-charset", remedy=CHALLENGE, needs=NEEDS)
@pytest.mark.parametrize("token", ['bad"token', "bad\\token"], ids=["quote", "backslash"])
def test_challenge_is_printable(flow: Flow, token: str) -> None:
    """error and error_description of a challenge are printable, without quote and backslash."""
    told = dict(bearer(flow.call(token)))

    strange = [
        name
        for name in ("error", "error_description")
        if not PRINTABLE.fullmatch(told.get(name, ""))
    ]
    assert not strange, f"not printable: {', '.join(strange)}"


@check("rfc6750-3-challenge-scope-charset", remedy=CHALLENGE, needs=NEEDS)
def test_scope_of_the_challenge_is_well_formed(flow: Flow) -> None:
    """The scope of a challenge is scope values with single spaces between them."""
    scope = dict(bearer(too_small(flow))).get("scope")
    if scope is None:
        raise NotApplicable("The challenge names no scope.")

    good = re.fullmatch(r"[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*", scope)

    assert good, f"the scope of the challenge is {scope!r}"
    assert "[" not in scope, f"the scope of the challenge is {scope!r}"


@check("rfc6750-3-challenge-error-uri-syntax", remedy=CHALLENGE, needs=NEEDS)
def test_error_uri_of_the_challenge_is_a_uri(flow: Flow) -> None:
    """Where a challenge has an error_uri, it is an absolute URI."""
    uri = dict(bearer(flow.call("not-a-token"))).get("error_uri", "urn:none")

    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[!#-\[\]-~]+", uri), f"error_uri is {uri!r}"


@check("rfc6750-3.1-invalid-request-400", remedy="Answer a malformed request with 400.")
def test_malformed_header_is_an_invalid_request(flow: Flow) -> None:
    """An Authorization header with two tokens in it is answered with 400."""
    flow.call(None)

    answer = flow.need_resource.call(None, headers=(("Authorization", "Bearer one two"),))

    assert answer.status == 400, str(answer)


@check("rfc6750-3.1-invalid-token-401", remedy=STATUS, needs=NEEDS)
def test_bad_token_is_an_invalid_token(flow: Flow) -> None:
    """A token that is not valid is answered with 401 invalid_token."""
    answer = flow.call("not-a-token")

    assert answer.status == 401, str(answer)
    assert dict(bearer(answer)).get("error") == "invalid_token", str(answer)


@check("rfc6750-3.1-insufficient-scope-403", remedy=STATUS, needs=NEEDS)
def test_small_scope_is_an_insufficient_scope(flow: Flow) -> None:
    """A token without the scope is answered with 403 insufficient_scope."""
    answer = too_small(flow)

    assert answer.status == 403, str(answer)
    assert dict(bearer(answer)).get("error") == "insufficient_scope", str(answer)


@check("rfc6750-3.1-insufficient-scope-names-needed-scope", remedy=STATUS, needs=NEEDS)
def test_scope_of_the_challenge_opens_the_resource(flow: Flow) -> None:
    """A token of the scope that the challenge names opens the resource."""
    scope = dict(bearer(too_small(flow))).get("scope")
    if not scope:
        raise NotApplicable("The challenge names no scope.")

    grant = flow.grant_of(flow.authorize(Replace("scope", scope)))
    assert grant is not None, f"the challenge names the scope {scope!r}, which is not granted"
    answer = flow.call(flow.must_grant(flow.redeem(grant), "The redemption").access_token)

    assert answer.granted, f"to a token of the scope that the challenge names ({scope!r}) {answer}"


@check("rfc6749-7-rs-enforces-scope", remedy=STATUS, needs=NEEDS)
def test_scope_is_enforced(flow: Flow) -> None:
    """A token without the scope does not open the resource."""
    answer = too_small(flow)

    assert answer.refused, f"to a token without the scope {answer}"


@check("rfc6749-7.2-rs-informs-client-of-error", remedy=STATUS, needs=NEEDS)
@KINDS
def test_refusal_says_what_is_wrong(flow: Flow, kind: str) -> None:
    """A refusal of the resource has the status 400, 401 or 403."""
    answer = refusal(flow, kind)

    assert answer.status in (400, 401, 403), str(answer)
