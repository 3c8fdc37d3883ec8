"""What a profile says that the server supports is there, and what it lacks is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from conformance.check import check
from conformance.errors import NotApplicable
from conformance.features import Feature
from conformance.profile import Profile
from conformance.protocol import jwt, pkce
from conformance.protocol.request import Change, Method, Replace, Without
from conformance.target.flow import Flow

SUPPORTS = "Mend the feature, or take it out of supports in [features] of the profile."
LACKS = "Switch the feature off, or take it out of lacks in [features] of the profile."


@dataclass(frozen=True, slots=True)
class Use:
    """Uses a feature once; what is missing in words, None where it works."""

    of: Callable[[Flow], str | None]


def _refresh(flow: Flow) -> str | None:
    token = flow.tokens().refresh_token
    if token is None:
        return "the token response has no refresh token"
    answer = flow.refresh(token)
    return None if answer.access_token is not None else f"to the refresh {answer}"


def _rotation(flow: Flow) -> str | None:
    token = flow.tokens().refresh_token
    if token is None:
        return "the token response has no refresh token"
    again = flow.refresh(token).refresh_token
    return None if again not in (None, token) else "the refresh brought no new refresh token"


def _offline(flow: Flow) -> str | None:
    words = {*flow.client.scopes, "offline_access"}
    answer = flow.tokens(Replace("scope", " ".join(sorted(words))))
    return None if answer.refresh_token else "offline_access brought no refresh token"


def _jwt(flow: Flow) -> str | None:
    token = flow.tokens().access_token or ""
    return None if jwt.looks_like(token) else "the access token is no JWT"


def _at_jwt(flow: Flow) -> str | None:
    typ = str(jwt.header(flow.tokens().access_token or "").get("typ")).lower()
    right = typ.removeprefix("application/") == "at+jwt"
    return None if right else f"typ of the access token is {typ!r}"


def _authorized(*changes: Change) -> Callable[[Flow], str | None]:
    def use(flow: Flow) -> str | None:
        landing = flow.authorize(*changes)
        return None if landing.granted else f"the browser ended {landing.where}"

    return use


def _iss(flow: Flow) -> str | None:
    return None if flow.authorize().get("iss") else "the authorization response has no iss"


def _revoked(member: str) -> Callable[[Flow], str | None]:
    def use(flow: Flow) -> str | None:
        token = flow.tokens().text(member)
        if token is None:
            return f"the token response has no {member}"
        answer = flow.revoke(token)
        return None if answer.status == 200 else f"to the revocation {answer}"

    return use


def _informs(flow: Flow) -> str | None:
    answer = flow.inform(flow.tokens().access_token or "")
    return None if answer.get("active") is True else "token information calls no token active"


USES = {
    Feature.REFRESH_TOKEN: Use(_refresh),
    Feature.REFRESH_TOKEN_ROTATION: Use(_rotation),
    Feature.OFFLINE_ACCESS: Use(_offline),
    Feature.JWT_ACCESS_TOKEN: Use(_jwt),
    Feature.RFC9068_ACCESS_TOKEN: Use(_at_jwt),
    Feature.POST_AUTHORIZATION: Use(_authorized(Method("POST"))),
    Feature.DEFAULT_SCOPE: Use(_authorized(Without("scope"))),
    Feature.ISS_PARAMETER: Use(_iss),
    Feature.REVOCATION: Use(_revoked("refresh_token")),
    Feature.REFRESH_TOKEN_REVOCATION: Use(_revoked("refresh_token")),
    Feature.ACCESS_TOKEN_REVOCATION: Use(_revoked("access_token")),
    Feature.TOKEN_INFORMATION: Use(_informs),
}


def _grant_type(name: str, **form: str) -> Callable[[Flow], str | None]:
    def use(flow: Flow) -> str | None:
        grant = flow.grant()
        changes: list[Change] = [Replace("grant_type", name), Without("code")]
        answer = flow.redeem(grant, *changes, *(Replace(*pair) for pair in form.items()))
        return f"to the grant type {name} {answer}" if answer.granted else None

    return use


def _implicit(flow: Flow) -> str | None:
    landing = flow.authorize(Replace("response_type", "token"))
    return f"the browser ended {landing.where}" if landing.granted else None


def _plain(flow: Flow) -> str | None:
    verifier = pkce.verifier()
    landing = flow.authorize(
        Replace("code_challenge", verifier),
        Replace("code_challenge_method", "plain"),
        verifier=verifier,
    )
    grant = flow.grant_of(landing)
    taken = grant is not None and flow.redeem(grant).granted
    return "a plain challenge was taken" if taken else None


def _in_query(flow: Flow) -> str | None:
    answer = flow.need_resource.call_with_query(flow.tokens().access_token or "")
    return f"to a token in the query {answer}" if answer.granted else None


def _in_body(flow: Flow) -> str | None:
    answer = flow.need_resource.call_with_body(flow.tokens().access_token or "")
    return f"to a token in the body {answer}" if answer.granted else None


ABSENT = {
    Feature.IMPLICIT: Use(_implicit),
    Feature.PASSWORD: Use(_grant_type("password", username="nobody", password="none")),
    Feature.CLIENT_CREDENTIALS: Use(_grant_type("client_credentials")),
    Feature.PKCE_PLAIN: Use(_plain),
    Feature.ISS_PARAMETER: Use(lambda flow: "iss is sent" if _iss(flow) is None else None),
    Feature.BEARER_TOKEN_IN_QUERY: Use(_in_query),
    Feature.BEARER_TOKEN_IN_BODY: Use(_in_body),
}
ANNOUNCED = [one for one in Feature if one.metadata is not None and one.metadata.conclusive]


@check("profile-features-supported-features-work", remedy=SUPPORTS)
@pytest.mark.parametrize("feature", USES, ids=lambda feature: feature.value)
def test_supported_feature_works(flow: Flow, profile: Profile, feature: Feature) -> None:
    """What the profile says that the server supports works when it is used."""
    if feature not in profile.features.supports:
        raise NotApplicable(f"The profile does not say that it supports {feature.value}.")

    problem = USES[feature].of(flow)

    assert problem is None, f"{feature.value}: {problem}"


@check("profile-features-lacking-features-absent", remedy=LACKS)
@pytest.mark.parametrize("feature", ABSENT, ids=lambda feature: feature.value)
def test_lacking_feature_does_not_work(flow: Flow, profile: Profile, feature: Feature) -> None:
    """What the profile says that the server lacks does not work when it is tried."""
    if feature not in profile.features.lacks:
        raise NotApplicable(f"The profile does not say that it lacks {feature.value}.")

    problem = ABSENT[feature].of(flow)

    assert problem is None, f"{feature.value}: {problem}"


@check("profile-features-lacking-features-absent", remedy=LACKS, needs=[Feature.METADATA])
@pytest.mark.parametrize("feature", ANNOUNCED, ids=lambda feature: feature.value)
def test_lacking_feature_is_not_announced(flow: Flow, profile: Profile, feature: Feature) -> None:
    """What the profile says that the server lacks is not announced in the metadata."""
    rule, document = feature.metadata, flow.server.metadata
    if feature not in profile.features.lacks or rule is None or document is None:
        raise NotApplicable(f"The profile does not say that it lacks {feature.value}.")

    announced = document.members.get(rule.member)

    there = bool(announced) if rule.value is None else rule.value in (announced or ())
    assert not there, f"the metadata announces {feature.value} in {rule.member}"
