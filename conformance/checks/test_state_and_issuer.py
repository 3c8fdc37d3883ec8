"""state comes back as it was sent, and iss says who answers (RFC 6749, 4.1.2; RFC 9207)."""

from __future__ import annotations

import string
from urllib.parse import urlsplit

import pytest

from conformance.check import check
from conformance.errors import NotApplicable
from conformance.features import Feature
from conformance.plugin.visits import FirstVisits
from conformance.protocol.request import Change, Replace, Without
from conformance.target.flow import Flow
from conformance.target.server import AuthorizationServer

ENOUGH = 20
"""So many states at least are looked at; a run of all checks has hundreds."""
VERBATIM = "Treat state as an opaque string: store it whole and return it form-encoded, no more."
NAMED = "Add iss, exactly the issuer of the metadata, to every authorization response."

# None is so short that a server could hold it for guessable.
STATES = {
    "letters": string.ascii_letters + string.digits,
    "punctuation": string.punctuation,
    "space": "a b  c d   e f",
    "plus": "a+b++c+++d+e",
    "percent": "100% %20 %2B %zz",
    "encoded": "%C3%A4%26code%3Dx",
    "parameters": "x&code=attacker&error=none#frag",
    "markup": "<script>alert(1)</script>&amp;",
    "quotes": "\"'`\\ \"'`\\ \"'`\\",
    "json": '{"a": [1, "b"]}',
    "base64": "c3RhdGU/Pz8+Pj4=",
    "long": "s" * 500,
    "number": "00123456789",
}
ERRORS: dict[str, Change] = {
    "response-type": Replace("response_type", "bogus"),
    "scope": Replace("scope", "no-such-scope"),
    "response-type-missing": Without("response_type"),
    "challenge-method": Replace("code_challenge_method", "bogus"),
}
HARD = "a b+c%20&=#\"'<>\\~é"[:-1]


@check("rfc6749-4.1.2-state-returned-unchanged", remedy=VERBATIM)
@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_state_comes_back_unchanged(flow: Flow, state: str) -> None:
    """The response with a code carries exactly the state of the request."""
    landing = flow.authorize(Replace("state", state))

    assert landing.granted, f"with this state the browser ended {landing.where}"
    assert landing.all("state") == (state,), f"the state that came back is {landing.get('state')!r}"


@check("rfc6749-4.1.2-state-returned-unchanged", remedy=VERBATIM)
def test_response_without_state_has_none(flow: Flow) -> None:
    """The response to a request without state carries none."""
    landing = flow.authorize(Without("state"))

    if not landing.granted:
        raise NotApplicable(f"Without state the browser ended {landing.where}.")
    assert landing.get("state") is None, f"the state that came is {landing.get('state')!r}"


@check("rfc6749-4.1.2-state-returned-unchanged", remedy=VERBATIM, gathers=True)
def test_every_state_came_back(flow: Flow) -> None:
    """Of all states of the run, random ones of the usual kind, each came back as it was sent."""
    states = states_of_the_run(flow)

    other = [got for sent, got in states if got != (sent,)]

    assert not other, f"{len(other)} of {len(states)} states came back otherwise: {other[0]}"


def states_of_the_run(flow: Flow) -> list[tuple[str, tuple[str, ...]]]:
    """Every state of the unchanged requests so far with what came back; a few more if need be."""
    issued = flow.server.issued
    for _ in range(max(0, ENOUGH - len(issued.states))):
        flow.grant()
    return issued.states


@check("rfc6749-4.1.2.1-error-state-returned", remedy=VERBATIM)
@pytest.mark.parametrize("change", ERRORS.values(), ids=ERRORS)
def test_state_comes_back_with_an_error(flow: Flow, change: Change) -> None:
    """An error response carries exactly the state of the request."""
    landing = flow.must_tell(flow.authorize(change, Replace("state", HARD)))

    assert landing.all("state") == (HARD,), f"the state that came back is {landing.get('state')!r}"


@check("rfc6749-4.1.2.1-error-state-returned", remedy=VERBATIM, needs=[Feature.DENY_CONSENT])
def test_state_comes_back_when_the_user_refuses(flow: Flow, first_visits: FirstVisits) -> None:
    """The response to a refusal of the user carries exactly the state of the request."""
    landing = flow.must_tell(first_visits.refusal(flow, Replace("state", HARD)))

    assert landing.all("state") == (HARD,), f"the state that came back is {landing.get('state')!r}"


@check("rfc9207-2-iss-in-success-response", remedy=NAMED, needs=[Feature.ISS_PARAMETER])
def test_iss_is_in_the_response(flow: Flow) -> None:
    """The response with a code names the issuer, once."""
    landing = flow.authorize()

    assert len(landing.all("iss")) == 1, f"the response has iss {len(landing.all('iss'))} times"


@check("rfc9207-2-iss-in-error-response", remedy=NAMED, needs=[Feature.ISS_PARAMETER])
@pytest.mark.parametrize("change", ERRORS.values(), ids=ERRORS)
def test_iss_is_in_an_error_response(flow: Flow, change: Change) -> None:
    """An error response names the issuer, once."""
    landing = flow.must_tell(flow.authorize(change))

    times = len(landing.all("iss"))
    assert times == 1, f"the error response has iss {times} times"


@check("rfc9207-2-iss-in-error-response", remedy=NAMED, needs=[Feature.ISS_PARAMETER])
def test_iss_is_in_the_response_to_a_refusal(flow: Flow, first_visits: FirstVisits) -> None:
    """The response to a refusal of the user names the issuer, once."""
    landing = flow.must_tell(first_visits.refusal(flow))

    times = len(landing.all("iss"))
    assert times == 1, f"the error response has iss {times} times"


@check(
    "rfc9207-2.3-iss-identical-to-metadata-issuer",
    remedy=NAMED,
    needs=[Feature.ISS_PARAMETER, Feature.METADATA],
)
def test_iss_is_the_issuer_of_the_metadata(flow: Flow, server: AuthorizationServer) -> None:
    """iss is the issuer of the metadata, character by character."""
    landing = flow.authorize()
    if server.metadata is None:
        raise NotApplicable("The server publishes no metadata.")
    server.wire.recorder.cite(server.metadata.transcript)

    iss, issuer = landing.get("iss"), server.metadata.members.get("issuer")
    if iss is None:
        raise NotApplicable("The response has no iss.")

    assert iss == issuer, f"iss is {iss!r}, the issuer of the metadata {issuer!r}"


@check(
    "rfc9207-2.3-support-advertised",
    remedy="Publish authorization_response_iss_parameter_supported: true where iss is sent.",
    needs=[Feature.METADATA],
)
def test_iss_is_announced(flow: Flow, server: AuthorizationServer) -> None:
    """A server that sends iss says so in its metadata, and one that says so sends it."""
    landing = flow.authorize()
    if server.metadata is None:
        raise NotApplicable("The server publishes no metadata.")
    server.wire.recorder.cite(server.metadata.transcript)

    announced = server.metadata.members.get("authorization_response_iss_parameter_supported")

    sent = landing.get("iss") is not None
    assert sent == (announced is True), (
        f"iss is {'' if sent else 'not '}sent, announced: {announced}"
    )


@check("rfc9207-2-iss-is-https-url", remedy=NAMED, needs=[Feature.ISS_PARAMETER])
def test_iss_is_a_url_without_query_and_fragment(flow: Flow) -> None:
    """iss is an https URL without query and fragment (http is taken on the loopback interface)."""
    iss = flow.authorize().get("iss")
    if iss is None:
        raise NotApplicable("The response has no iss.")

    parts = urlsplit(iss)
    local = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")
    assert (parts.scheme == "https" or local) and parts.hostname, f"iss is {iss!r}"  # noqa: PT018
    assert "?" not in iss, f"iss is {iss!r}"
    assert "#" not in iss, f"iss is {iss!r}"
