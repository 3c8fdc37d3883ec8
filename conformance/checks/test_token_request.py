"""The token endpoint: which requests it takes, and how it says no (RFC 6749, 3.2 and 5.2)."""

from __future__ import annotations

import re

import pytest

from conformance.check import check
from conformance.errors import NotApplicable
from conformance.protocol.answers import TokenAnswer
from conformance.protocol.request import (
    Add,
    Change,
    Header,
    Method,
    Replace,
    Twice,
    Without,
)
from conformance.target.flow import Flow
from conformance.target.server import AuthorizationServer

CODES = "Use the error codes of RFC 6749, 5.2, each for what it stands for, with status 400."
SHAPE = "Answer every token error with a JSON object that has the member error."
PLAIN = "Use printable ASCII without quote and backslash, and repeat nothing of the request."
PRINTABLE = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*")
ONCE = "Refuse a request that repeats a parameter with invalid_request."

ERRORS: dict[str, tuple[Change, ...]] = {
    "unknown-code": (Replace("code", "unknown-code-unknown-code"),),
    "missing-code": (Without("code"),),
    "missing-grant-type": (Without("grant_type"),),
    "unknown-grant-type": (Replace("grant_type", "urn:example:bogus"),),
}
HOSTILE: dict[str, tuple[Change, ...]] = {
    "grant-type": (Replace("grant_type", 'bo"gus\\ größe'),),
    "code": (Replace("code", 'bo"gus\\ größe'),),
    "verifier": (Replace("code_verifier", 'bo"gus\\ größe'),),
}


def error_of(flow: Flow, *changes: Change) -> TokenAnswer:
    """The answer to a request that is due to fail; NotApplicable where it does not."""
    answer = flow.redeem(flow.grant(), *changes)
    if answer.granted:
        raise NotApplicable(f"This request does not fail: {answer}.")
    return answer


@check("rfc6749-3.2-token-endpoint-no-fragment", remedy="Publish it without a fragment.")
def test_endpoint_has_no_fragment(server: AuthorizationServer) -> None:
    """The URI of the token endpoint has no fragment."""
    endpoint = server.need("token_endpoint")

    server.wire.get(endpoint.partition("#")[0], who="client")

    assert "#" not in endpoint, f"the token endpoint is {endpoint}"


@check("rfc6749-3.2-token-endpoint-post-only", remedy="Take token requests by POST alone.")
def test_request_by_get_is_refused(flow: Flow) -> None:
    """A token request by GET gets no token."""
    grant = flow.grant()

    answer = flow.redeem(grant, Method("GET"))

    assert answer.refused, f"to a token request by GET {answer}"


@check("rfc6749-3.2-unknown-parameters-ignored", remedy="Ignore what is not known.")
@pytest.mark.parametrize("name", ["extra", "x-vendor.ext"])
def test_unknown_parameter_is_ignored(flow: Flow, name: str) -> None:
    """A parameter that the server does not know makes no difference."""
    grant = flow.grant()

    answer = flow.redeem(grant, Add(name, "1"))

    assert answer.granted, f"with the parameter {name} {answer}"


@check(
    "rfc6749-3.2-empty-parameter-treated-as-omitted",
    remedy="Treat a parameter without a value as if it had not been sent.",
)
@pytest.mark.parametrize("name", ["code", "grant_type"])
def test_empty_parameter_counts_as_omitted(flow: Flow, name: str) -> None:
    """A parameter without a value is answered as if it were missing."""
    missing = flow.redeem(flow.grant(), Without(name))

    empty = flow.redeem(flow.grant(), Replace(name, ""))

    assert (empty.status, empty.error) == (missing.status, missing.error), (
        f"without {name}: {missing}; with an empty one: {empty}"
    )


@check("rfc6749-3.2-empty-parameter-treated-as-omitted", remedy="Ignore empty parameters.")
@pytest.mark.parametrize("name", ["scope", "resource-of-no-meaning"])
def test_empty_optional_parameter_is_ignored(flow: Flow, name: str) -> None:
    """An optional parameter without a value makes no difference."""
    grant = flow.grant()

    answer = flow.redeem(grant, Add(name, ""))

    assert answer.granted, f"with an empty {name} {answer}"


@check("rfc6749-3.2-repeated-request-parameter-rejected", remedy=ONCE)
@pytest.mark.parametrize("name", ["grant_type", "code", "code_verifier"])
@pytest.mark.parametrize("second", ["same", "other-first", "other-last"])
def test_repeated_parameter_is_refused(flow: Flow, name: str, second: str) -> None:
    """A token request that has a parameter twice gets no token."""
    grant = flow.grant()
    if name == "code_verifier" and grant.verifier is None:
        raise NotApplicable("The client uses no PKCE.")
    good = flow.redemption(grant).value(name) or ""
    changes: dict[str, tuple[Change, ...]] = {
        "same": (Twice(name),),
        "other-first": (Replace(name, "other" * 10), Add(name, good)),
        "other-last": (Twice(name, "other" * 10),),
    }

    answer = flow.redeem(grant, *changes[second])

    assert answer.refused, f"with {name} twice {answer}"


@check(
    "rfc6749-1.9-case-sensitive-names-and-values", remedy="Compare names and values as they are."
)
@pytest.mark.parametrize("form", ["grant-type", "name-of-code"])
def test_names_and_values_are_case_sensitive(flow: Flow, form: str) -> None:
    """A parameter or a value in another case is not the one that is defined."""
    grant = flow.grant()
    changes: dict[str, tuple[Change, ...]] = {
        "grant-type": (Replace("grant_type", "AUTHORIZATION_CODE"),),
        "name-of-code": (Without("code"), Add("Code", grant.code)),
    }

    answer = flow.redeem(grant, *changes[form])

    assert answer.refused, f"to another case {answer}"


@check("rfc6749-5.2-error-status-400", remedy=CODES)
@pytest.mark.parametrize("changes", ERRORS.values(), ids=ERRORS)
def test_error_is_sent_with_400(flow: Flow, changes: tuple[Change, ...]) -> None:
    """A token error that is not about the client's credentials has status 400."""
    answer = error_of(flow, *changes)

    assert answer.status == 400, str(answer)


@check("rfc6749-5.2-error-body-json", remedy=SHAPE)
@pytest.mark.parametrize("changes", ERRORS.values(), ids=ERRORS)
def test_error_is_a_json_object(flow: Flow, changes: tuple[Change, ...]) -> None:
    """A token error is a JSON object with a string named error."""
    answer = error_of(flow, *changes)

    assert answer.content_type == "application/json", str(answer)
    assert answer.text("error"), f"the member error is {answer.get('error')!r}"


@check("rfc6749-5.2-invalid-request-error", remedy=CODES)
@pytest.mark.parametrize("name", ["missing-code", "missing-grant-type"])
def test_missing_parameter_is_an_invalid_request(flow: Flow, name: str) -> None:
    """A missing parameter is reported as invalid_request."""
    answer = error_of(flow, *ERRORS[name])

    assert answer.error == "invalid_request", str(answer)


@check("rfc6749-5.2-invalid-grant-error", remedy=CODES)
@pytest.mark.parametrize("form", ["unknown", "used"])
def test_bad_code_is_an_invalid_grant(flow: Flow, form: str) -> None:
    """A code that is unknown or used is reported as invalid_grant."""
    grant = flow.grant()
    if form == "used":
        flow.must_grant(flow.redeem(grant), "The first redemption")
    changes = ERRORS["unknown-code"] if form == "unknown" else ()

    answer = flow.redeem(grant, *changes)

    assert answer.error == "invalid_grant", str(answer)


@check("rfc6749-5.2-unsupported-grant-type-error", remedy=CODES)
@pytest.mark.parametrize("value", ["bogus", "urn:example:bogus"], ids=["word", "uri"])
def test_unknown_grant_type_is_unsupported(flow: Flow, value: str) -> None:
    """An unknown grant type is reported as unsupported_grant_type."""
    answer = error_of(flow, Replace("grant_type", value))

    assert answer.error == "unsupported_grant_type", str(answer)


@check("rfc6749-5.2-error-charset", remedy=PLAIN)
@pytest.mark.parametrize("changes", HOSTILE.values(), ids=HOSTILE)
def test_error_code_is_printable(flow: Flow, changes: tuple[Change, ...]) -> None:
    """The error code has printable ASCII only, without quote and backslash."""
    answer = error_of(flow, *changes)

    assert PRINTABLE.fullmatch(answer.error or ""), f"the error code is {answer.error!r}"


@check("rfc6749-5.2-error-description-charset", remedy=PLAIN)
@pytest.mark.parametrize("changes", HOSTILE.values(), ids=HOSTILE)
def test_error_description_is_printable(flow: Flow, changes: tuple[Change, ...]) -> None:
    """The error description has printable ASCII only, without quote and backslash."""
    description = error_of(flow, *changes).text("error_description") or ""

    assert PRINTABLE.fullmatch(description), f"the description is {description!r}"


@check("rfc6749-5.2-error-uri-syntax", remedy="Put a URI into error_uri, or leave it out.")
@pytest.mark.parametrize("changes", ERRORS.values(), ids=ERRORS)
def test_error_uri_is_a_uri(flow: Flow, changes: tuple[Change, ...]) -> None:
    """Where there is an error_uri, it has the characters of a URI."""
    value = error_of(flow, *changes).text("error_uri") or ""

    assert re.fullmatch(r"[\x21\x23-\x5b\x5d-\x7e]*", value), f"error_uri is {value!r}"


@check("rfc9700-2.6-cors-at-directly-used-endpoints", remedy="Allow no credentials to any origin.")
def test_no_origin_is_allowed_with_credentials(flow: Flow) -> None:
    """The token endpoint does not allow requests with credentials to any origin that asks."""
    origin = "https://attacker.example"
    answer = flow.redeem(flow.grant(), Header("Origin", origin))

    allowed = answer.header("access-control-allow-origin")
    credentials = answer.header("access-control-allow-credentials")

    assert (allowed, credentials) != (origin, "true"), "any origin may send credentials"
