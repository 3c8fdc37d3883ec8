"""What a profile promises of the server: issuer, endpoints, users, pages, errors."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest

from conformance.check import check
from conformance.errors import ControlRefused, NotApplicable
from conformance.features import Feature
from conformance.plugin.visits import FirstVisits
from conformance.profile import Profile, UserSettings
from conformance.protocol import pkce
from conformance.protocol.answers import Place
from conformance.protocol.request import Draft, Replace
from conformance.target.agent import Decision
from conformance.target.flow import Flow

ISSUER = "Give the issuer in the profile that the server calls itself, character by character."
ENDPOINTS = "Give the endpoints that there are, in the metadata and in the profile."
USERS = "Correct the user's name or password in the profile, or unlock the user."
PAGES = "Mend the page, or correct [pages] of the profile."
ERRORS = "Name the member that holds the error code in [errors] of the profile."

NAMES = (
    "authorization_endpoint",
    "token_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "token_information_endpoint",
    "jwks_uri",
    "userinfo_endpoint",
    "registration_endpoint",
    "pushed_authorization_request_endpoint",
)
BY_GET = ("authorization_endpoint", "jwks_uri", "userinfo_endpoint")
ABSENT = (404, 410)
CODES = frozenset(
    (
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
        "access_denied",
        "server_error",
        "temporarily_unavailable",
    )
)


@check("profile-server-issuer-as-promised", remedy=ISSUER, needs=[Feature.METADATA])
def test_issuer_of_the_metadata_is_the_promised_one(flow: Flow) -> None:
    """The issuer of the metadata is the one of the profile."""
    document = flow.server.metadata
    if document is None or flow.server.issuer is None:
        raise NotApplicable("There is no metadata, or no issuer to compare it with.")

    named = flow.server.wire.get(document.url, who="client")

    assert document.members.get("issuer") == flow.server.issuer, (
        f"the metadata ({named.status}) names the issuer {document.members.get('issuer')!r}"
    )


@check("profile-server-issuer-as-promised", remedy=ISSUER, needs=[Feature.ISS_PARAMETER])
def test_iss_of_the_response_is_the_promised_one(flow: Flow) -> None:
    """Where the authorization response has iss, it is the issuer of the profile."""
    if flow.server.issuer is None:
        raise NotApplicable("The profile names no issuer to compare iss with.")

    iss = flow.authorize().get("iss")

    if iss is None:
        raise NotApplicable("The authorization response has no iss.")
    assert iss == flow.server.issuer, f"iss is {iss!r}"


@check("profile-server-endpoints-answer", remedy=ENDPOINTS)
@pytest.mark.parametrize("name", NAMES)
def test_endpoint_is_there(flow: Flow, name: str) -> None:
    """Every endpoint that the profile or the metadata gives is answered by somebody."""
    url = flow.server.need(name)

    answered = flow.send(Draft("GET" if name in BY_GET else "POST", url), "without parameters")

    assert answered.survived, f"at the {name} {answered}"
    assert answered.status not in (*ABSENT, 501), f"at the {name} {answered}"


@check("profile-users-sign-in-works", remedy=USERS)
@pytest.mark.parametrize("index", [0, 1, 2], ids=["first", "second", "third"])
def test_user_signs_in(
    bare: Callable[..., Flow],
    profile: Profile,
    problem_of_sign_in: Callable[[UserSettings, Draft], str | None],
    index: int,
) -> None:
    """Every user of the profile is let in by the login page."""
    users = [user for user in profile.users if not user.sacrificial]
    if len(users) <= index:
        raise NotApplicable(f"The profile has no more than {index} users of this kind.")
    if users[index].password is None:
        raise NotApplicable("The profile has a saved session, and no password, for this user.")
    flow = bare("confidential", "confidential-post", "public", "native")

    problem = problem_of_sign_in(users[index], flow.draft(verifier=pkce.verifier()))

    assert problem is None, problem


@check("profile-pages-denial-works", remedy=PAGES, needs=[Feature.DENY_CONSENT])
def test_user_can_refuse(flow: Flow, profile: Profile, first_visits: FirstVisits) -> None:
    """A user who refuses on the consent page is taken at their word: no code is given."""
    if not profile.pages.deny and Feature.DENY_CONSENT not in profile.features.supports:
        raise NotApplicable("The profile does not say that the user can refuse.")

    landing = first_visits.refusal(flow)

    assert not landing.granted, f"after the refusal the browser ended {landing.where}"
    assert landing.place is not Place.CONSENT, "after the refusal the consent page stays"


@check("profile-pages-withdrawal-works", remedy=PAGES, needs=[Feature.REFRESH_TOKEN])
def test_withdrawal_ends_the_refresh_token(
    confidential_flow: Flow, withdraw: Callable[[Flow], None]
) -> None:
    """When the user takes the consent back on the page of the profile, the refresh token dies."""
    flow = confidential_flow
    token = flow.tokens().refresh_token
    if token is None:
        raise NotApplicable("The control was answered without a refresh token.")
    withdraw(flow)

    answer = flow.refresh(token)

    assert answer.refused, f"after the consent was taken back {answer}"


@check("profile-pages-withdrawal-works", remedy=PAGES, needs=[Feature.CONSENT])
def test_withdrawal_brings_the_consent_page_back(
    flow: Flow, withdraw: Callable[[Flow], None]
) -> None:
    """When the user has taken the consent back, the server asks for it again."""
    withdraw(flow)

    landing = flow.authorize(decision=Decision.LOOK)

    assert landing.place is Place.CONSENT, f"the browser ended {landing.where}"


@check("profile-errors-code-in-promised-member", remedy=ERRORS)
def test_error_code_stands_in_the_promised_member(flow: Flow, profile: Profile) -> None:
    """A token error has its code in the member that the profile names."""
    member = profile.errors.code_member
    grant = flow.grant()

    answer = flow.redeem(grant, Replace("code", secrets.token_urlsafe(32)))

    if answer.granted:
        raise ControlRefused(f"An unknown code was not refused: {answer}.")
    assert answer.get(member) in CODES, f"the member {member} is {answer.get(member)!r}"
