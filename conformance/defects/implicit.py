"""The implicit grant, offered and done wrong (RFC 6749, section 4.2)."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.defects.record import Change, Defect, rule
from conformance.server.behaviours import Pairs, with_query
from conformance.server.store import random_text


def _without(name: str) -> Change:
    def kept(pairs: Pairs, _: Mapping[str, str]) -> Pairs:
        return [pair for pair in pairs if pair[0] != name]

    return rule(authorization_response=kept)


def _with_refresh_token(pairs: Pairs, sent: Mapping[str, str]) -> Pairs:
    if sent.get("response_type") != "token":
        return pairs
    return [*pairs, ("refresh_token", random_text())]


DEFECTS = (
    Defect(
        "redirect URI not compared where a token is asked for",
        ("rfc6749-4.2.1-implicit-redirect-uri-verified",),
        rule(redirect_uri_checked_for=lambda response_type: response_type != "token"),
        dialect="legacy",
        kills=(
            "implicit.token_is_not_sent_to_a_foreign_redirect_uri",
            "implicit.token_is_not_sent_to_an_altered_redirect_uri[path-suffix]",
        ),
    ),
    Defect(
        "implicit response in the query",
        ("rfc6749-4.2.2-implicit-response-in-fragment",),
        rule(response_in_fragment=with_query),
        dialect="legacy",
        kills=(
            "implicit.nothing_of_the_response_is_in_the_query",
            "implicit.response_is_in_the_fragment[access_token]",
        ),
    ),
    Defect(
        "implicit response without token_type",
        ("rfc6749-4.2.2-implicit-response-in-fragment",),
        _without("token_type"),
        dialect="legacy",
        kills=("implicit.response_is_in_the_fragment[token_type]",),
    ),
    Defect(
        "implicit response without expires_in",
        ("rfc6749-4.2.2-implicit-expires-in",),
        _without("expires_in"),
        dialect="legacy",
        kills=("implicit.implicit_response_says_how_long_the_token_lives",),
    ),
    Defect(
        "refresh token in the redirect",
        ("rfc6749-4.2.2-implicit-no-refresh-token",),
        rule(authorization_response=_with_refresh_token),
        dialect="legacy",
        kills=("implicit.implicit_response_has_no_refresh_token[usual]",),
    ),
    Defect(
        "errors of implicit requests in the query",
        ("rfc6749-4.2.2.1-implicit-errors-in-fragment",),
        rule(error_in_fragment=with_query),
        dialect="legacy",
        kills=(
            "implicit.error_of_an_implicit_request_is_in_the_fragment",
            "implicit.refusal_of_an_implicit_request_is_in_the_fragment",
        ),
    ),
)
