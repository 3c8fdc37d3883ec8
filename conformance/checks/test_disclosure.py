"""What tokens and introspection tell about a user, and under which names (RFC 7519; 7662; 9068)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.check import check
from conformance.checks.test_introspection_callers import Ask, told_of
from conformance.errors import NotApplicable
from conformance.features import Feature
from conformance.protocol import jwt
from conformance.protocol.answers import TokenAnswer
from conformance.protocol.names import personal, unregistered_and_generic
from conformance.target.flow import Flow

LESS = "Leave personal data out where no granted scope stands for it, or encrypt the token."
NAMES = "Name further members by a URI or a prefix of your own, or register them."


def granted(flow: Flow, answer: TokenAnswer) -> frozenset[str]:
    """The scope of a token response."""
    return frozenset(flow.client.scopes) if answer.scope is None else answer.scope


def claims_of(answer: TokenAnswer) -> Mapping[str, Any]:
    """The claims that anyone can read who has the token; NotApplicable where there are none."""
    claims = jwt.claims(answer.access_token or "")
    if claims is None:
        raise NotApplicable("The access token cannot be read by who has it.")
    return claims


@check(
    "rfc7519-12-privacy-sensitive-claims-protected", remedy=LESS, needs=[Feature.JWT_ACCESS_TOKEN]
)
def test_token_shows_no_personal_data(flow: Flow) -> None:
    """A readable access token names no e-mail address, birth date or the like that was not asked.

    Data that a granted scope of OpenID Connect stands for is taken for asked; whom else it may be
    shown to, cannot be seen from outside.
    """
    answer = flow.tokens()

    shown = personal(claims_of(answer), granted(flow, answer))

    assert not shown, f"who has the access token can read {', '.join(shown)} of the user"


@check("rfc7662-5-privacy-sensitive-data-protected", remedy=LESS, needs=[Feature.INTROSPECTION])
def test_introspection_shows_no_personal_data(flow: Flow, introspected: Ask) -> None:
    """Introspection tells a caller no e-mail address, birth date or the like that was not asked.

    Data that a granted scope of OpenID Connect stands for is taken for asked; whom else it may be
    shown to, cannot be seen from outside.
    """
    answer = flow.tokens()

    shown = personal(told_of(introspected, answer.access_token or ""), granted(flow, answer))

    assert not shown, f"introspection tells {', '.join(shown)} of the user"


@check(
    "rfc9068-2.2.2-private-claims-collision-resistant",
    remedy=NAMES,
    needs=[Feature.RFC9068_ACCESS_TOKEN],
)
def test_claims_have_names_of_their_own(tokens: TokenAnswer) -> None:
    """No claim of an access token has an unregistered name that any other system would use too.

    Within a system that nobody else reads tokens of, such names do no harm: that cannot be seen.
    """
    common = unregistered_and_generic(claims_of(tokens))

    assert not common, f"claims with unregistered names of everyday: {', '.join(common)}"


@check("rfc7662-2.2-cross-domain-names-registered", remedy=NAMES, needs=[Feature.INTROSPECTION])
def test_members_have_names_of_their_own(tokens: TokenAnswer, introspected: Ask) -> None:
    """No member of an introspection answer has an unregistered name that any service would use.

    Names of a service's own are free; whether a member is meant for other domains cannot be seen.
    """
    common = unregistered_and_generic(told_of(introspected, tokens.access_token or ""))

    assert not common, f"members with unregistered names of everyday: {', '.join(common)}"
