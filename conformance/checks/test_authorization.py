"""The authorization endpoint: which requests it takes, and how it says no (RFC 6749, 3.1, 4.1)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from conformance.check import check
from conformance.errors import NotApplicable
from conformance.protocol import pkce
from conformance.protocol.answers import Landing, base
from conformance.protocol.request import Add, Change, Draft, Method, Replace, Twice, Without
from conformance.target.agent import Decision, UserAgent
from conformance.target.flow import Flow
from conformance.target.server import AuthorizationServer

BY_REDIRECT = (
    "Where client and redirect URI are valid, send the browser back with error, state and iss in"
    " the query."
)
CODES = (
    "Use the codes of RFC 6749, 4.1.2.1, exactly as they are spelled, and put details into"
    " error_description."
)
PRINTABLE = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*")
"""What error and error_description may hold (RFC 6749, 4.1.2.1)."""
URI_CHARACTERS = re.compile(r"([A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")
"""What a URI reference is written with (RFC 3986, 2), which error_uri is (RFC 6749, A.9)."""
TIMES = 8
"""How often a parameter is sent: which of two names that differ in case counts may be chance."""

DEFINED = frozenset(
    {
        "invalid_request",
        "unauthorized_client",
        "access_denied",
        "unsupported_response_type",
        "invalid_scope",
        "server_error",
        "temporarily_unavailable",
        # Registered by RFC 8707, RFC 9101 and OpenID Connect Core 3.1.2.6.
        "invalid_target",
        "invalid_request_uri",
        "invalid_request_object",
        "request_not_supported",
        "request_uri_not_supported",
        "interaction_required",
        "login_required",
        "account_selection_required",
        "consent_required",
        "registration_not_supported",
    }
)

ERRORS: dict[str, Change] = {
    "unknown-response-type": Replace("response_type", "bogus"),
    "missing-response-type": Without("response_type"),
    "repeated-scope": Add("scope", "another"),
    "unknown-scope": Replace("scope", "no-such-scope"),
    "unknown-challenge-method": Replace("code_challenge_method", "bogus"),
}
HOSTILE: dict[str, Change] = {
    "quoted-scope": Replace("scope", 'no"such\\scope'),
    "foreign-scope": Replace("scope", "kein-größerer"),
    "quoted-response-type": Replace("response_type", 'bo"gus\\'),
    "foreign-response-type": Replace("response_type", "bögüs"),
}


@check("rfc6749-3.1-authorization-endpoint-get", remedy="Take authorization requests by GET.")
def test_request_by_get_is_taken(bare: Callable[..., Flow]) -> None:
    """An authorization request by GET is not refused for its method."""
    landing = bare("confidential", "confidential-post", "public", "native").authorize()

    assert landing.status not in (405, 501), f"the browser ended {landing.where}"


@check(
    "rfc6749-3.1-authorization-endpoint-no-fragment",
    remedy="Publish the authorization endpoint without a fragment.",
)
def test_endpoint_has_no_fragment(server: AuthorizationServer) -> None:
    """The URI of the authorization endpoint has no fragment."""
    endpoint = server.need("authorization_endpoint")

    server.wire.get(endpoint.partition("#")[0], who="client")

    assert "#" not in endpoint, f"the authorization endpoint is {endpoint}"


@check("rfc6749-3.1-authorization-endpoint-post", remedy="Hold POST requests to the same rules.")
@pytest.mark.parametrize(
    "change",
    [Replace("client_id", "unknown-client"), Replace("response_type", "bogus")],
    ids=["unknown-client", "unknown-response-type"],
)
def test_bad_request_by_post_is_refused(flow: Flow, change: Change) -> None:
    """What is refused by GET is refused by POST."""
    landing = flow.authorize(Method("POST"), change)

    assert not landing.granted, f"the browser ended {landing.where}"


@check("rfc6749-3.1-unknown-parameters-ignored", remedy="Ignore parameters that are not known.")
@pytest.mark.parametrize("name", ["extra", "x-vendor.ext", "Redirect_uri"])
def test_unknown_parameter_is_ignored(flow: Flow, name: str) -> None:
    """A parameter that the server does not know makes no difference, however often it is sent."""
    landings = [flow.authorize(Add(name, "1")) for _ in range(TIMES)]

    refused = next((one for one in landings if not one.granted), None)
    assert refused is None, f"with the parameter {name} the browser ended {refused.where}"


@check(
    "rfc6749-3.1-empty-parameter-treated-as-omitted",
    remedy="Treat a parameter without a value as if it had not been sent.",
)
def test_empty_state_is_not_echoed(flow: Flow) -> None:
    """An empty state counts as none: nothing comes back for it."""
    landing = flow.authorize(Replace("state", ""))

    if not landing.granted and not flow.authorize(Without("state")).granted:
        raise NotApplicable("The server takes no request without state.")
    assert landing.granted, f"the browser ended {landing.where}"
    assert not landing.all("state"), "the response has a state although none was sent"


@check(
    "rfc6749-3.1-empty-parameter-treated-as-omitted",
    remedy="Treat a parameter without a value as if it had not been sent.",
)
@pytest.mark.parametrize("name", ["scope", "redirect_uri", "nonce-of-no-meaning"])
def test_empty_parameter_counts_as_omitted(flow: Flow, name: str) -> None:
    """A parameter without a value leads to where the request without it leads."""
    without = flow.authorize(Without(name))

    empty = flow.authorize(Replace(name, ""))

    same = (without.place, without.error, without.granted)
    assert (empty.place, empty.error, empty.granted) == same, (
        f"without {name} the browser ended {without.where}, with an empty one {empty.where}"
    )


@check(
    "rfc6749-3.1-repeated-request-parameter-rejected",
    remedy="Refuse a request that repeats a parameter: invalid_request.",
)
@pytest.mark.parametrize(
    "name", ["response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge"]
)
@pytest.mark.parametrize("second", ["same", "other"])
def test_repeated_parameter_is_refused(flow: Flow, name: str, second: str) -> None:
    """A request that has a parameter twice gets no code."""
    if name == "code_challenge" and not flow.client.sends_challenge:
        raise NotApplicable("The client sends no code challenge.")
    value = None if second == "same" else pkce.s256(pkce.verifier())

    landing = flow.authorize(Twice(name, value))

    assert landing.refused, f"with {name} twice the browser ended {landing.where}"


@check("rfc6749-3.1-no-repeated-response-parameter", remedy="Write each response parameter once.")
def test_response_names_each_parameter_once(flow: Flow) -> None:
    """The response with a code has every parameter once."""
    landing = flow.authorize()

    repeated = _repeated(landing)
    assert not repeated, f"the response repeats {', '.join(repeated)}"


@check("rfc6749-3.1-no-repeated-response-parameter", remedy="Write each response parameter once.")
@pytest.mark.parametrize("change", ERRORS.values(), ids=ERRORS)
def test_error_names_each_parameter_once(flow: Flow, change: Change) -> None:
    """An error response has every parameter once."""
    landing = flow.must_tell(flow.authorize(change))

    repeated = _repeated(landing)
    assert not repeated, f"the error response repeats {', '.join(repeated)}"


@check("rfc6749-3.1.1-response-type-missing", remedy=BY_REDIRECT)
def test_missing_response_type_is_an_error(flow: Flow) -> None:
    """A request without response_type goes back to the client as an error."""
    landing = flow.authorize(Without("response_type"))

    assert landing.at_callback, f"the browser ended {landing.where}"
    assert landing.refused, f"the browser ended {landing.where}"


@check("rfc6749-3.1.1-response-type-unknown", remedy=BY_REDIRECT)
@pytest.mark.parametrize("value", ["bogus", "CODE", "code bogus"], ids=["word", "case", "two"])
def test_unknown_response_type_is_an_error(flow: Flow, value: str) -> None:
    """A response_type that the server does not understand goes back to the client as an error."""
    landing = flow.authorize(Replace("response_type", value))

    assert landing.refused, f"with response_type={value!r} the browser ended {landing.where}"
    assert landing.at_callback, f"with response_type={value!r} the browser ended {landing.where}"


@check("rfc6749-4.1.2.1-errors-returned-by-redirect", remedy=BY_REDIRECT)
@pytest.mark.parametrize("name", ["unknown-response-type", "repeated-scope"])
def test_error_is_sent_to_the_client(flow: Flow, name: str) -> None:
    """With a valid client and redirect URI an error goes to the client, in the query, alone."""
    landing = flow.authorize(ERRORS[name])

    assert landing.at_callback, f"the browser ended {landing.where}"
    assert not landing.in_fragment, "the error is in the fragment"
    assert len(landing.all("error")) == 1, f"the browser ended {landing.where}"
    assert landing.code is None, "the error response carries a code"


@check("rfc6749-4.1.2.1-error-code-from-defined-set", remedy=CODES)
@pytest.mark.parametrize("change", ERRORS.values(), ids=ERRORS)
def test_error_code_is_a_defined_one(flow: Flow, change: Change) -> None:
    """The error code of an authorization response is one of the defined ones."""
    landing = flow.must_tell(flow.authorize(change))

    assert landing.error in DEFINED, f"the error code is {landing.error!r}"


@check("rfc6749-4.1.2.1-invalid-request-error", remedy=CODES)
def test_repeated_parameter_is_an_invalid_request(flow: Flow) -> None:
    """A repeated parameter is reported as invalid_request."""
    landing = flow.authorize(Add("scope", "another"))

    assert landing.error == "invalid_request", f"the browser ended {landing.where}"


@check("rfc6749-4.1.2.1-error-charset", remedy=CODES)
@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
def test_error_code_is_printable(flow: Flow, change: Change) -> None:
    """The error code has printable ASCII only, without quote and backslash."""
    landing = flow.must_tell(flow.authorize(change))

    assert PRINTABLE.fullmatch(landing.error or ""), f"the error code is {landing.error!r}"


@check("rfc6749-4.1.2.1-error-description-charset", remedy=CODES)
@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
def test_error_description_is_printable(flow: Flow, change: Change) -> None:
    """The error description has printable ASCII only, without quote and backslash."""
    landing = flow.must_tell(flow.authorize(change))

    description = landing.get("error_description") or ""

    assert PRINTABLE.fullmatch(description), f"the description is {description!r}"


@check("rfc6749-4.1.2-code-delivered-in-query", remedy="Put the code into the query.")
def test_code_is_in_the_query(flow: Flow) -> None:
    """The code comes in the query of the redirect URI, and nothing in its fragment."""
    landing = flow.authorize()

    fragment = urlsplit(landing.url).fragment
    assert not landing.in_fragment, "the response is in the fragment"
    assert "code=" not in fragment, "the code is in the fragment"
    assert base(landing.url) == base(flow.client.redirect_uri), f"it went to {landing.where}"


@check("rfc9700-2.6-no-cors-at-authorization-endpoint", remedy="Send no CORS headers here.")
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_endpoint_allows_no_cross_origin_reads(
    flow: Flow, server: AuthorizationServer, method: str
) -> None:
    """The authorization endpoint does not support CORS."""
    draft = flow.draft(verifier=pkce.verifier() if flow.client.sends_challenge else None)
    headers = (("Origin", "https://attacker.example"), ("Access-Control-Request-Method", "GET"))

    reply = server.wire.send(
        Draft(method, draft.url, query=draft.query, headers=headers), who="script of another site"
    )

    allowed = reply.header("access-control-allow-origin")
    assert allowed is None, f"the answer has Access-Control-Allow-Origin: {allowed}"


@check("rfc9700-4.11.2-user-authenticated-before-redirect", remedy="Sign the user in first.")
@pytest.mark.parametrize("name", ["unknown-response-type", "unknown-scope", "repeated-scope"])
def test_error_is_not_redirected_before_sign_in(flow: Flow, name: str, stranger: UserAgent) -> None:
    """The browser of a user who has not signed in is not redirected with an error."""
    landing = flow.authorize(ERRORS[name], agent=stranger, decision=Decision.STAY_OUT)

    assert not landing.at_callback, f"without a sign-in the browser ended {landing.where}"


def _repeated(landing: Landing) -> list[str]:
    counts = Counter(name for name, _ in landing.parameters)
    return sorted(name for name, count in counts.items() if count > 1)


@check("rfc6749-4.1.2.1-error-uri-syntax", remedy="Put a URI into error_uri, or leave it out.")
@pytest.mark.parametrize("change", ERRORS.values(), ids=ERRORS)
def test_error_uri_is_a_uri(flow: Flow, change: Change) -> None:
    """Where an error response has an error_uri, it has the form and the characters of a URI."""
    landing = flow.must_tell(flow.authorize(change))
    value = landing.get("error_uri")
    if value is None:
        raise NotApplicable("The error response has no error_uri.")

    assert URI_CHARACTERS.fullmatch(value), f"error_uri is {value!r}"
