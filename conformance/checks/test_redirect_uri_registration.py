"""Which redirect URIs can be registered: complete ones, literally, and nobody else's."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check import check
from conformance.errors import NotApplicable
from conformance.features import Feature
from conformance.protocol import uris
from conformance.protocol.answers import Landing
from conformance.protocol.request import NONE, Replace
from conformance.target.flow import Flow
from conformance.target.registration import CALLBACK, Registrar

DEMANDED = "Demand a redirect URI of every client that redirects, and serve no other one."
COMPLETE = "Register complete redirect URIs, path included, and compare them as strings."
LITERAL = "Refuse patterns as redirect URIs, or take them literally; compare as strings alone."
REVERSE = "Refuse private-use URI schemes without a period: they are no reverse domain names."
PARTIAL = "Where the query may vary, compare scheme, host, port and path as they are registered."

NEEDS = [Feature.DYNAMIC_REGISTRATION]
ELSEWHERE = "https://elsewhere.example/callback"
HOST = "https://registered.example"
PATTERNS = {
    "subdomain-wildcard": (
        "https://*.registered.example/callback",
        "https://evil.registered.example/callback",
    ),
    "host-wildcard": ("https://*/callback", ELSEWHERE),
    "path-wildcard": (f"{HOST}/*", f"{HOST}/other"),
    "path-expression": (f"{HOST}/.*", f"{HOST}/other"),
    "folder": (f"{HOST}/callback/", f"{HOST}/callback/other"),
}


def landing_of(registration: Registrar, asked: str, **registered: Any) -> Landing | None:
    """Where a client that registers so, and asks for this redirect URI, is led to.

    None where the server refuses to register it.
    """
    answer = registration.attempt(**registered)
    if not answer.granted:
        assert answer.refused, f"where a refusal was due {answer}"
        return None
    return registration.flow(answer).authorize(Replace("redirect_uri", asked))


def is_served(landing: Landing | None) -> bool:
    """Whether a code left the server."""
    return landing is not None and landing.granted


@check(
    "rfc6749-3.1.2.2-public-client-must-register-redirect-uri",
    "oauth-2.1-2.3.1-complete-redirect-uri-registration-required",
    remedy=DEMANDED,
    needs=NEEDS,
)
def test_public_client_without_redirect_uri_gets_no_code(registration: Registrar) -> None:
    """A public client that registers no redirect URI cannot have codes sent wherever it says."""
    landing = landing_of(
        registration, ELSEWHERE, redirect_uris=None, token_endpoint_auth_method=NONE
    )

    assert not is_served(landing), f"without any redirect URI registered {ended(landing)}"


@check(
    "rfc6749-3.1.2.2-all-clients-register-redirect-uri",
    "oauth-2.1-2.3.1-complete-redirect-uri-registration-required",
    remedy=DEMANDED,
    needs=NEEDS,
)
def test_client_without_redirect_uri_gets_no_code(registration: Registrar) -> None:
    """A client that registers no redirect URI cannot have codes sent wherever it says."""
    landing = landing_of(registration, ELSEWHERE, redirect_uris=None)

    assert not is_served(landing), f"without any redirect URI registered {ended(landing)}"


@check(
    "rfc6749-3.1.2.2-implicit-client-must-register-redirect-uri",
    remedy=DEMANDED,
    needs=[*NEEDS, Feature.IMPLICIT],
)
def test_implicit_client_without_redirect_uri_gets_no_token(registration: Registrar) -> None:
    """A confidential client without a redirect URI cannot have tokens sent wherever it says."""
    answer = registration.attempt(
        redirect_uris=None, grant_types=["implicit"], response_types=["token"]
    )
    landing = None if not answer.granted else implicit(registration.flow(answer))

    assert not is_served(landing), f"without any redirect URI registered {ended(landing)}"


def implicit(flow: Flow) -> Landing:
    """Where a request of the implicit grant for a foreign redirect URI ends."""
    return flow.authorize(Replace("response_type", "token"), Replace("redirect_uri", ELSEWHERE))


@check(
    "rfc6749-3.1.2.2-complete-redirect-uri-registered",
    "oauth-2.1-2.3.1-complete-redirect-uri-registration-required",
    remedy=COMPLETE,
    needs=NEEDS,
)
@pytest.mark.parametrize("asked", [CALLBACK, f"{HOST}/evil"], ids=["callback", "other-path"])
def test_redirect_uri_without_path_covers_no_other(registration: Registrar, asked: str) -> None:
    """A redirect URI that was registered without a path is refused, or leads nowhere else."""
    landing = landing_of(registration, asked, redirect_uris=[HOST])

    assert not is_served(landing), f"for a URI below the registered one {ended(landing)}"


@check(
    "rfc6749-3.1.2.2-complete-redirect-uri-registered",
    "rfc9700-2.1-no-redirect-uri-patterns",
    remedy=LITERAL,
    needs=NEEDS,
)
@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_pattern_is_no_redirect_uri(registration: Registrar, pattern: tuple[str, str]) -> None:
    """A pattern that was registered as redirect URI is refused, or covers nothing but itself."""
    registered, covered = pattern

    landing = landing_of(registration, covered, redirect_uris=[registered])

    assert not is_served(landing), f"for a URI that the pattern covers {ended(landing)}"


@check("rfc6749-3.1.2.2-partial-registration-covers-scheme-authority-path", remedy=PARTIAL)
@pytest.mark.parametrize("part", ["scheme", "host", "port", "path"])
def test_partial_registration_holds_all_but_the_query(flow: Flow, part: str) -> None:
    """Where the query of a redirect URI may vary, scheme, host, port and path may not."""
    uri = flow.client.redirect_uri
    if not flow.authorize(Replace("redirect_uri", f"{uri}?more=1")).granted:
        raise NotApplicable("The query of a redirect URI may not vary: it is registered in full.")
    scheme, _, rest = uri.partition("://")
    host, slash, path = rest.partition("/")
    varied = {
        "scheme": f"{'http' if scheme == 'https' else 'https'}://{rest}",
        "host": f"{scheme}://evil.{rest}",
        "port": uris.with_port(uri, 8443),
        "path": f"{scheme}://{host}{slash or '/'}evil/{path}",
    }[part]

    landing = flow.authorize(Replace("redirect_uri", varied))

    assert landing.refused_at_server, f"with another {part} the browser ended {landing.where}"


@check("oauth-2.1-2.3.1-private-use-scheme-reverse-domain", remedy=REVERSE, needs=NEEDS)
def test_private_use_scheme_is_a_reverse_domain_name(registration: Registrar) -> None:
    """A private-use URI scheme without a period is refused, where one with a period is taken."""
    native = {"token_endpoint_auth_method": NONE, "application_type": "native"}
    registration.register(**native, redirect_uris=["com.example.conformance:/callback"])

    answer = registration.attempt(**native, redirect_uris=["conformance:/callback"])

    assert answer.refused, f"to the scheme conformance {answer}"


def ended(landing: Landing | None) -> str:
    """The end of a landing in words."""
    return "the client was refused" if landing is None else f"the browser ended {landing.where}"
