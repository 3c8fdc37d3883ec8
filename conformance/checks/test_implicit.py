"""The implicit grant, where it is still offered: tokens in the fragment (RFC 6749, 4.2)."""

from __future__ import annotations

import re

import pytest

from conformance.check import check
from conformance.errors import NotApplicable
from conformance.features import Feature
from conformance.plugin.granting import Granting
from conformance.protocol import uris
from conformance.protocol.answers import Landing
from conformance.protocol.request import Replace, Without
from conformance.target.agent import Decision, UserAgent

NEEDS = [Feature.IMPLICIT]
EXACT = "Compare the redirect_uri with the registered ones for response_type=token, too."
FRAGMENT = "Put every parameter of an implicit response into the fragment, and none into the query."
SAID = "Add expires_in to the fragment: the seconds that the token will live."
NO_REFRESH = "Issue no refresh token where response_type is token."
ALTERATIONS = {
    one.slug: one
    for one in uris.ALTERATIONS
    if one.slug in ("path-suffix", "name-suffix", "other-path", "extra-query")
}
SCOPE = Replace("scope", "no-such-scope")


def told(landing: Landing) -> Landing:
    """The landing, where it is an error at the client; NotApplicable where it is none."""
    if not landing.at_callback or landing.error is None:
        raise NotApplicable(f"This request ends with no error at the client: {landing.where}.")
    return landing


@check("rfc6749-4.2.1-implicit-redirect-uri-verified", remedy=EXACT, needs=NEEDS)
def test_token_is_not_sent_to_a_foreign_redirect_uri(granting: Granting) -> None:
    """A request for a token is refused where its redirect URI is not one of the client's."""
    foreign = Replace("redirect_uri", "https://attacker.example/callback")

    landing = granting.implicit.instead(foreign)

    assert landing.refused_at_server, f"the browser ended {landing.where}"


@check("rfc6749-4.2.1-implicit-redirect-uri-verified", remedy=EXACT, needs=NEEDS)
@pytest.mark.parametrize("slug", ALTERATIONS)
def test_token_is_not_sent_to_an_altered_redirect_uri(granting: Granting, slug: str) -> None:
    """A request for a token is refused where its redirect URI is not exactly the registered one."""
    implicit, alteration = granting.implicit, ALTERATIONS[slug]
    altered = uris.altered(implicit.flow.client.redirect_uri, alteration)

    landing = implicit.instead(Replace("redirect_uri", altered))

    assert landing.refused_at_server, f"with {alteration.words} the browser ended {landing.where}"


@check("rfc6749-4.2.2-implicit-response-in-fragment", remedy=FRAGMENT, needs=NEEDS)
@pytest.mark.parametrize("name", ["access_token", "token_type"])
def test_response_is_in_the_fragment(granting: Granting, name: str) -> None:
    """An implicit response has access_token and token_type in its fragment."""
    landing = granting.implicit.granted()

    assert landing.fragment.get(name), f"the fragment has no {name}: it ended {landing.where}"


@check("rfc6749-4.2.2-implicit-response-in-fragment", remedy=FRAGMENT, needs=NEEDS)
def test_nothing_of_the_response_is_in_the_query(granting: Granting) -> None:
    """An implicit response has no parameter in its query, where servers and their logs see it."""
    landing = granting.implicit.granted()

    names = {"access_token", "token_type", "expires_in", "scope", "state"}
    in_query = sorted(names & set(landing.in_query))
    assert not in_query, f"the query has {', '.join(in_query)}"


@check("rfc6749-4.2.2-implicit-expires-in", remedy=SAID, needs=NEEDS)
def test_implicit_response_says_how_long_the_token_lives(granting: Granting) -> None:
    """An implicit response has expires_in, a whole number of seconds that is not nought."""
    landing = granting.implicit.granted()

    said = landing.get("expires_in")
    assert re.fullmatch(r"0*[1-9]\d*", said or ""), f"expires_in of the response is {said!r}"


@check("rfc6749-4.2.2-implicit-no-refresh-token", remedy=NO_REFRESH, needs=NEEDS)
@pytest.mark.parametrize("changes", [(), (Without("scope"),)], ids=["usual", "without-scope"])
def test_implicit_response_has_no_refresh_token(
    granting: Granting, changes: tuple[Without, ...]
) -> None:
    """An implicit response has no refresh token, whatever scope is asked for."""
    implicit = granting.implicit
    implicit.granted()

    landing = implicit.ask(*changes)

    if not landing.granted:
        raise NotApplicable(f"Such a request brings no token: it ended {landing.where}.")
    assert not landing.all("refresh_token"), "a refresh token came in the redirect"


@check("rfc6749-4.2.2.1-implicit-errors-in-fragment", remedy=FRAGMENT, needs=NEEDS)
def test_error_of_an_implicit_request_is_in_the_fragment(granting: Granting) -> None:
    """An error of a request for a token comes in the fragment, and not in the query."""
    landing = told(granting.implicit.instead(SCOPE))

    assert landing.fragment.get("error"), "the error is not in the fragment"
    assert "error" not in landing.in_query, "the error is in the query"


@check(
    "rfc6749-4.2.2.1-implicit-errors-in-fragment",
    remedy=FRAGMENT,
    needs=[*NEEDS, Feature.DENY_CONSENT],
)
def test_refusal_of_an_implicit_request_is_in_the_fragment(
    granting: Granting, stranger: UserAgent
) -> None:
    """Where the user refuses a token, the error comes in the fragment, and not in the query."""
    implicit = granting.implicit
    implicit.granted()

    landing = told(
        implicit.ask(Replace("prompt", "consent"), decision=Decision.DENY, agent=stranger)
    )

    assert landing.fragment.get("error"), "the error is not in the fragment"
    assert "error" not in landing.in_query, "the error is in the query"
