"""Where the browser may be sent: the registered redirect URI, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from urllib.parse import parse_qsl, urlsplit

import pytest

from conformance.check import check
from conformance.errors import ControlRefused, NotApplicable, NotRun
from conformance.features import Feature
from conformance.profile import Profile
from conformance.protocol import uris
from conformance.protocol.answers import base
from conformance.protocol.request import Add, Method, Replace, Without
from conformance.protocol.uris import Alteration
from conformance.target.agent import UserAgent
from conformance.target.flow import Flow

EXACT = (
    "Compare the redirect_uri of the request with the registered ones as strings, character by"
    " character, before anything is done with it."
)
AT_HOME = (
    "Answer a request whose client or redirect URI is not valid with an error page of the"
    " server's own, and never redirect."
)
ATTACKER = "https://attacker.example/callback"

BAD = {
    "foreign": ATTACKER,
    "script": "javascript:alert(document.domain)",
    "data": "data:text/html,attacker",
    "no-uri": "::not a uri::",
    "http": "http://attacker.example/callback",
    "custom-scheme": "attacker-app:/callback",
}
SECOND_ERRORS = {
    "scope": Replace("scope", 'unknown-scope-"'),
    "response-type": Replace("response_type", "bogus"),
    "response-type-missing": Without("response_type"),
    "challenge-method": Replace("code_challenge_method", "bogus"),
}


@check("rfc6749-3.1.2.3-redirect-uri-simple-string-comparison", remedy=EXACT)
@pytest.mark.parametrize("alteration", uris.ALTERATIONS, ids=attrgetter("slug"))
def test_altered_redirect_uri_is_refused(flow: Flow, alteration: Alteration) -> None:
    """A redirect URI that is not exactly the registered one gets neither a code nor a redirect."""
    altered = uris.altered(flow.client.redirect_uri, alteration)

    landing = flow.authorize(Replace("redirect_uri", altered))

    assert landing.refused_at_server, f"with {alteration.words} the browser ended {landing.where}"


@check("rfc6749-3.1.2.3-redirect-uri-must-match-registered", remedy=EXACT)
def test_foreign_redirect_uri_is_refused(flow: Flow) -> None:
    """A redirect URI that has nothing in common with the registered ones is refused."""
    landing = flow.authorize(Replace("redirect_uri", ATTACKER))

    assert landing.refused_at_server, f"the browser ended {landing.where}"


@check("rfc6749-3.1.2.3-redirect-uri-must-match-registered", remedy=EXACT)
def test_redirect_uri_of_another_client_is_refused(flow: Flow, second_flow: Flow) -> None:
    """The registered redirect URI of one client is no redirect URI of another."""
    foreign = second_flow.client.redirect_uri

    landing = flow.authorize(Replace("redirect_uri", foreign))

    assert landing.refused_at_server, f"the browser ended {landing.where}"


@check("rfc6749-3.1.2.4-no-redirect-to-invalid-redirect-uri", remedy=AT_HOME)
@pytest.mark.parametrize("uri", BAD.values(), ids=BAD)
def test_browser_is_not_sent_to_a_bad_redirect_uri(flow: Flow, uri: str) -> None:
    """A user who is signed in is never sent to a redirect URI that is not valid."""
    landing = flow.authorize(Replace("redirect_uri", uri))

    assert not landing.at_callback, f"the browser ended {landing.where}"


@check("rfc6749-3.1.2.4-no-redirect-to-invalid-redirect-uri", remedy=AT_HOME)
@pytest.mark.parametrize("second", SECOND_ERRORS.values(), ids=SECOND_ERRORS)
def test_browser_is_not_sent_to_a_bad_redirect_uri_with_another_error(
    flow: Flow, second: Replace | Without
) -> None:
    """A second error in the request does not make a bad redirect URI good for an error."""
    landing = flow.authorize(Replace("redirect_uri", ATTACKER), second)

    assert not landing.at_callback, f"the browser ended {landing.where}"


@check("rfc6749-3.1.2.4-no-redirect-to-invalid-redirect-uri", remedy=AT_HOME)
def test_browser_without_session_is_not_sent_to_a_bad_redirect_uri(
    flow: Flow, stranger: UserAgent
) -> None:
    """A user who has still to sign in is not sent to a redirect URI that is not valid either."""
    landing = flow.authorize(Replace("redirect_uri", ATTACKER), agent=stranger)

    assert not landing.at_callback, f"the browser ended {landing.where}"


@check("rfc6749-3.1-authorization-endpoint-post", remedy="Check POST requests as those by GET.")
def test_redirect_uri_is_checked_in_a_post_too(flow: Flow) -> None:
    """An authorization request by POST is held to the same redirect URIs as one by GET."""
    landing = flow.authorize(Method("POST"), Replace("redirect_uri", ATTACKER))

    assert not landing.at_callback, f"the browser ended {landing.where}"


@check("rfc6749-4.1.2.1-no-redirect-on-invalid-client", remedy=AT_HOME)
@pytest.mark.parametrize(
    "change",
    [Without("client_id"), Replace("client_id", "unknown-client"), Replace("client_id", "")],
    ids=["missing", "unknown", "empty"],
)
def test_bad_client_is_refused_without_redirect(flow: Flow, change: Replace | Without) -> None:
    """A request whose client is missing or unknown is refused on a page of the server."""
    landing = flow.authorize(change)

    assert landing.refused_at_server, f"the browser ended {landing.where}"


@check("rfc6749-3.1.2.4-user-informed-of-redirect-or-client-error", remedy=AT_HOME)
def test_user_is_told_of_a_bad_redirect_uri(flow: Flow) -> None:
    """The page that refuses a bad redirect URI says something to the user."""
    landing = flow.authorize(Replace("redirect_uri", ATTACKER))

    assert landing.refused_at_server, f"the browser ended {landing.where}"
    assert len(landing.text.split()) >= 3, "the page that refuses says nothing that a user can read"


@check("rfc6749-3.1.2-redirect-uri-no-fragment", remedy=EXACT)
@pytest.mark.parametrize("suffix", ["#evil", "%23evil", "#"], ids=["plain", "encoded", "empty"])
def test_redirect_uri_with_fragment_is_refused(flow: Flow, suffix: str) -> None:
    """A redirect URI has no fragment: with one it is refused."""
    landing = flow.authorize(Replace("redirect_uri", flow.client.redirect_uri + suffix))

    assert landing.refused_at_server, f"the browser ended {landing.where}"


@check("rfc6749-3.1.2-redirect-uri-absolute", remedy=EXACT)
@pytest.mark.parametrize("form", ["path", "network-path", "name"])
def test_relative_redirect_uri_is_refused(flow: Flow, form: str) -> None:
    """A redirect URI is absolute: a relative one is refused."""
    parts = urlsplit(flow.client.redirect_uri)
    relative = {
        "path": parts.path or "/callback",
        "network-path": f"//{parts.netloc}{parts.path}",
        "name": "callback",
    }[form]

    landing = flow.authorize(Replace("redirect_uri", relative))

    assert landing.refused_at_server, f"the browser ended {landing.where}"


@check(
    "rfc6749-3.1.2.3-redirect-uri-required-when-ambiguous",
    remedy="Demand redirect_uri of a client that has registered more than one.",
)
def test_missing_redirect_uri_is_refused_when_several_are_registered(
    proven: Callable[..., Flow],
) -> None:
    """A client with several redirect URIs has to name one: without it the request is refused."""
    flow = proven("confidential-2")
    if len(flow.client.redirect_uris) < 2:
        raise NotRun("The client confidential-2 needs two redirect_uris in the profile for it.")

    landing = flow.authorize(Without("redirect_uri"))

    assert not landing.at_callback, f"the browser ended {landing.where}"


@check(
    "rfc6749-4.1.1-redirect-uri-optional-with-single-registration",
    remedy="Use the one registered redirect URI where the request names none, or refuse it.",
)
def test_missing_redirect_uri_leads_to_the_registered_one(flow: Flow) -> None:
    """A request without redirect_uri is refused, or leads to the one that is registered."""
    if len(flow.client.redirect_uris) > 1:
        raise NotRun("The main client needs a single redirect URI in the profile for it.")

    landing = flow.authorize(Without("redirect_uri"))

    elsewhere = landing.at_callback and base(landing.url) != base(flow.client.redirect_uri)
    assert not elsewhere, f"the browser ended {landing.where}"


@check("rfc9700-2.6-no-http-redirect-uris", remedy="Refuse http redirect URIs, but for loopback.")
def test_http_redirect_uri_is_refused(flow: Flow) -> None:
    """A redirect URI of the scheme http is refused, whatever its host."""
    uri = flow.client.redirect_uri
    if not uri.startswith("https://"):
        raise NotRun("The main client needs an https redirect URI in the profile for it.")

    landing = flow.authorize(Replace("redirect_uri", uri.replace("https://", "http://", 1)))

    assert landing.refused_at_server, f"the browser ended {landing.where}"


@check(
    "rfc9700-4.1.3-loopback-port-variable",
    remedy="Compare loopback redirect URIs of native clients without their port.",
    needs=[Feature.NATIVE_LOOPBACK],
)
@pytest.mark.parametrize("port", [1024, 49152, 65535])
def test_any_loopback_port_is_taken(native_flow: Flow, port: int) -> None:
    """A native client may ask for its loopback redirect URI with any port."""
    uri = uris.with_port(native_flow.client.redirect_uri, port)

    landing = native_flow.authorize(Replace("redirect_uri", uri))

    assert landing.granted, f"with another port the browser ended {landing.where}"
    assert base(landing.url) == base(uri), f"the browser ended {landing.where}"


@check(
    "rfc9700-4.1.3-loopback-port-variable",
    remedy="Compare everything but the port of a loopback redirect URI, as a string.",
    needs=[Feature.NATIVE_LOOPBACK],
)
@pytest.mark.parametrize("part", ["path", "host", "scheme", "query"])
def test_loopback_redirect_uri_is_exact_but_for_its_port(native_flow: Flow, part: str) -> None:
    """In a loopback redirect URI only the port is free: another path or host is refused."""
    uri = uris.with_port(native_flow.client.redirect_uri, 49152)
    altered = {
        "path": uri + "/evil",
        "host": uri.replace("127.0.0.1", "127.0.0.1.attacker.example").replace("[::1]", "[::2]"),
        "scheme": uri.replace("http://", "https://", 1),
        "query": uri + "?evil=1",
    }[part]

    landing = native_flow.authorize(Replace("redirect_uri", altered))

    assert landing.refused_at_server, f"the browser ended {landing.where}"


@check("rfc6749-3.1-repeated-request-parameter-rejected", remedy="Refuse repeated parameters.")
@pytest.mark.parametrize("order", ["first", "last"])
def test_second_redirect_uri_is_refused(flow: Flow, order: str) -> None:
    """A request that names two redirect URIs is refused, and the browser goes to neither."""
    good = flow.client.redirect_uri
    first, last = (ATTACKER, good) if order == "first" else (good, ATTACKER)

    landing = flow.authorize(Replace("redirect_uri", first), Add("redirect_uri", last))

    assert not landing.granted, f"the browser ended {landing.where}"
    assert ATTACKER not in landing.url, f"the browser ended {landing.where}"


@check(
    "rfc6749-3.1.2-redirect-uri-query-retained",
    remedy="Add the parameters of the response to the query that the redirect URI has already.",
)
@pytest.mark.parametrize("changes", [(), (SECOND_ERRORS["scope"],)], ids=["code", "error"])
def test_query_of_the_redirect_uri_is_kept(
    proven: Callable[..., Flow], profile: Profile, changes: tuple[Replace, ...]
) -> None:
    """The parameters of a redirect URI arrive unchanged, beside those of the response."""
    role, uri = with_query(profile)
    flow = proven(role)

    landing = flow.authorize(Replace("redirect_uri", uri), *changes)

    own = parse_qsl(urlsplit(uri).query, keep_blank_values=True)
    arrived = [(name, value) for name, _ in own for value in landing.all(name)]
    if not changes and (not landing.at_callback or landing.error):
        raise ControlRefused(f"With its registered URI the browser ended {landing.where}.")
    if changes and not landing.at_callback:
        raise NotApplicable(f"This request ends with no error at the client: {landing.where}.")
    assert arrived == own, f"of the query {urlsplit(uri).query!r} there arrived {arrived}"


def with_query(profile: Profile) -> tuple[str, str]:
    """A redirect URI with a query, and the role of its client; NotRun where there is none."""
    for client in profile.clients:
        for uri in client.redirect_uris:
            if urlsplit(uri).query:
                return client.role, uri
    raise NotRun("No client has a redirect URI with a query: register one, such as …/cb?a=1&b=%2F.")
