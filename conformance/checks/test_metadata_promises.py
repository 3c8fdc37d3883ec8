"""What the metadata promises, tried: grants, response types and modes, scopes, PKCE methods."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.check import check
from conformance.checks.test_metadata import member, published
from conformance.errors import NotApplicable, NotRun
from conformance.features import Feature
from conformance.profile import Profile, UserSettings
from conformance.protocol import pkce
from conformance.protocol.request import Add, Change, Replace, Without
from conformance.target.flow import Flow
from conformance.target.server import AuthorizationServer

TRUE = "Let the metadata say what the server does, no more and no less."
NEEDS = [Feature.METADATA]

_URN = "urn:ietf:params:oauth:grant-type:"
AT_THE_TOKEN_ENDPOINT = {
    "refresh-token": "refresh_token",
    "client-credentials": "client_credentials",
    "password": "password",
    "device-code": f"{_URN}device_code",
    "token-exchange": f"{_URN}token-exchange",
    "jwt-bearer": f"{_URN}jwt-bearer",
    "saml2-bearer": f"{_URN}saml2-bearer",
    "ciba": "urn:openid:params:grant-type:ciba",
}
BY_DEFAULT = ("authorization_code", "implicit")
"""What a missing grant_types_supported stands for (RFC 8414, section 2)."""
WITHOUT_A_CODE = (Without("code"), Without("redirect_uri"), Without("code_verifier"))
IN_FRONT = ("token", "id_token", "code token", "code id_token", "code id_token token")
MODES = ("query", "fragment", "form_post")


def is_listed(server: AuthorizationServer, name: str, value: str, default: bool = False) -> bool:
    """Whether a list of the metadata has a value; the default where there is no such list."""
    listed = published(server).members.get(name)
    return value in listed if isinstance(listed, list) else default


def if_listed(server: AuthorizationServer, name: str, value: str) -> None:
    """NotApplicable where a list of the metadata has not this value."""
    if value not in member(server, name):
        raise NotApplicable(f"{name} does not list {value}.")


def if_not_listed(server: AuthorizationServer, name: str, value: str) -> None:
    """NotApplicable where a list of the metadata has this value, or is not there."""
    if value in member(server, name):
        raise NotApplicable(f"{name} lists {value}.")


# Grants

_GRANTS = "rfc8414-2-grant-types-supported-accurate"


@check(_GRANTS, remedy=TRUE, needs=NEEDS)
@pytest.mark.parametrize("grant_type", AT_THE_TOKEN_ENDPOINT.values(), ids=AT_THE_TOKEN_ENDPOINT)
def test_listed_grant_is_known(flow: Flow, server: AuthorizationServer, grant_type: str) -> None:
    """A grant that is listed is one that the token endpoint knows: it issues a token or refuses."""
    if_listed(server, "grant_types_supported", grant_type)
    grant = flow.grant()

    answer = flow.redeem(grant, Replace("grant_type", grant_type))

    known = answer.status < 500 and answer.error != "unsupported_grant_type"
    assert known, f"to the listed {grant_type} {answer}"


@check(_GRANTS, remedy=TRUE, needs=NEEDS)
def test_listed_implicit_grant_is_known(flow: Flow, server: AuthorizationServer) -> None:
    """Where the implicit grant is listed, a response type of it is known."""
    if_listed(server, "grant_types_supported", "implicit")

    landing = flow.authorize(Replace("response_type", _implicit(server)))

    assert landing.error != "unsupported_response_type", f"the browser ended {landing.where}"


@check(_GRANTS, remedy=TRUE, needs=NEEDS, disputable=True)
def test_grant_that_is_there_by_default_is_known(flow: Flow, server: AuthorizationServer) -> None:
    """Without a list of grants the implicit one is there, since that is what no list means."""
    if published(server).members.get("grant_types_supported") is not None:
        raise NotApplicable("The metadata lists the grants.")

    landing = flow.authorize(Replace("response_type", _implicit(server)))

    assert landing.error != "unsupported_response_type", (
        f"grant_types_supported is missing, and the browser ended {landing.where}"
    )


def _implicit(server: AuthorizationServer) -> str:
    """A response type of the implicit grant: a listed one if there is one."""
    listed = published(server).members.get("response_types_supported") or []
    return next((one for one in ("token", "id_token", "id_token token") if one in listed), "token")


@check(_GRANTS, remedy=TRUE, needs=NEEDS, disputable=True)
def test_unlisted_implicit_grant_is_not_there(flow: Flow, server: AuthorizationServer) -> None:
    """Where the implicit grant is not listed, the response type token brings no token."""
    if_not_listed(server, "grant_types_supported", "implicit")

    landing = flow.authorize(Replace("response_type", "token"))

    assert landing.get("access_token") is None, f"the browser ended {landing.where}"


@check(_GRANTS, remedy=TRUE, needs=NEEDS, disputable=True)
def test_unlisted_refresh_grant_is_not_there(flow: Flow, server: AuthorizationServer) -> None:
    """Where refreshing is not listed, no refresh token works."""
    if is_listed(server, "grant_types_supported", "refresh_token"):
        raise NotApplicable("grant_types_supported lists refresh_token.")
    token = flow.tokens().refresh_token

    refreshed = token is not None and flow.refresh(token).granted

    assert not refreshed, "refresh_token is not listed, and a refresh token was exchanged"


@check(_GRANTS, remedy=TRUE, needs=NEEDS, disputable=True)
@pytest.mark.parametrize("grant_type", ["client_credentials", "password"])
def test_unlisted_grant_is_not_there(
    confidential_flow: Flow, server: AuthorizationServer, user: UserSettings, grant_type: str
) -> None:
    """A grant that is not listed brings no token."""
    if is_listed(server, "grant_types_supported", grant_type):
        raise NotApplicable(f"grant_types_supported lists {grant_type}.")
    grant = confidential_flow.grant()

    answer = confidential_flow.redeem(
        grant, Replace("grant_type", grant_type), *WITHOUT_A_CODE, *_proof(grant_type, user)
    )

    assert not answer.granted, f"{grant_type} is not listed, and {answer}"


def _proof(grant_type: str, user: UserSettings) -> tuple[Change, ...]:
    """What a grant needs besides the client's authentication."""
    if grant_type == "client_credentials":
        return ()
    if user.password is None:
        raise NotRun("The profile has no password of this user.")
    return (Add("username", user.username), Add("password", user.password.reveal()))


# Response types and response modes


@check("rfc8414-2-response-types-supported-accurate", remedy=TRUE, needs=NEEDS, disputable=True)
@pytest.mark.parametrize("response_type", IN_FRONT, ids=lambda one: one.replace(" ", "-"))
def test_unlisted_response_type_is_not_there(
    flow: Flow, server: AuthorizationServer, response_type: str
) -> None:
    """A response type that is not listed brings nothing."""
    listed = {" ".join(sorted(one.split())) for one in member(server, "response_types_supported")}
    if response_type in listed:
        raise NotApplicable(f"response_types_supported lists {response_type}.")

    landing = flow.authorize(Replace("response_type", response_type))

    assert not landing.granted, f"{response_type} is not listed: the browser ended {landing.where}"


_MODES = "rfc8414-2-response-modes-default-honoured"


@check(_MODES, remedy=TRUE, needs=NEEDS)
@pytest.mark.parametrize("mode", MODES)
def test_listed_response_mode_is_used(flow: Flow, server: AuthorizationServer, mode: str) -> None:
    """The response comes in the mode that was asked for, where that is listed."""
    if_listed(server, "response_modes_supported", mode)

    landing = flow.authorize(Add("response_mode", mode))

    assert landing.granted, f"{mode} is listed, and the browser ended {landing.where}"
    used = "form_post" if landing.redirect_status is None else _in_the_redirect(landing.in_fragment)
    assert used == mode, f"{mode} is listed, and the response came by {used}"


def _in_the_redirect(in_fragment: bool) -> str:
    return "fragment" if in_fragment else "query"


@check(_MODES, remedy=TRUE, needs=NEEDS, disputable=True)
@pytest.mark.parametrize("mode", ["query", "fragment"])
def test_response_mode_that_is_there_by_default_is_known(
    flow: Flow, server: AuthorizationServer, mode: str
) -> None:
    """Without a list of response modes query and fragment are known: that is what no list means."""
    if published(server).members.get("response_modes_supported") is not None:
        raise NotApplicable("The metadata lists the response modes.")

    landing = flow.authorize(Add("response_mode", mode))

    assert landing.granted, (
        f"response_modes_supported is missing; with {mode} the browser ended {landing.where}"
    )


# Scopes


@check("rfc8414-2-scopes-supported-accurate", remedy=TRUE, needs=NEEDS)
def test_listed_scopes_are_known(
    profile: Profile, proven: Callable[..., Flow], server: AuthorizationServer
) -> None:
    """No scope that is listed is invalid for a client that may ask for all of them."""
    listed = member(server, "scopes_supported")
    roles = [one.role for one in profile.clients if one.any_scope and one.redirect_uris]
    if not roles:
        raise NotRun(
            "No client of the profile may ask for every scope that is listed: any_scope = true in"
            " [[clients]] says so of one."
        )
    flow = proven(*roles)

    together = flow.authorize(Replace("scope", " ".join(listed)))
    alone = listed if together.error == "invalid_scope" else []
    unknown = [
        one for one in alone if flow.authorize(Replace("scope", one)).error == "invalid_scope"
    ]

    assert not unknown, f"listed, and answered with invalid_scope: {', '.join(unknown)}"


# PKCE


@check("rfc8414-2-code-challenge-methods-accurate", remedy=TRUE, needs=NEEDS)
def test_listed_method_plain_works(flow: Flow, server: AuthorizationServer) -> None:
    """Where the challenge method plain is listed, a code is redeemed with it."""
    if_listed(server, "code_challenge_methods_supported", "plain")
    verifier = pkce.verifier()

    landing = flow.authorize(
        Replace("code_challenge", verifier),
        Replace("code_challenge_method", "plain"),
        verifier=verifier,
    )
    grant = flow.grant_of(landing)

    assert grant is not None, f"plain is listed, and the browser ended {landing.where}"
    answer = flow.redeem(grant)
    assert answer.granted, f"plain is listed, and {answer}"
