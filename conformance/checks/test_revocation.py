"""Revocation: its effect, and not only its answer (RFC 7009)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.check import check
from conformance.errors import ControlRefused, NotApplicable
from conformance.features import Feature
from conformance.protocol.answers import TokenAnswer
from conformance.protocol.request import NONE, Add, As, Authenticate, Change, Replace, Without
from conformance.target.flow import Flow
from conformance.target.server import AuthorizationServer

DEAD = "End a token when its revocation is answered, everywhere that it is looked at."
OWNER = "Authenticate the client, and revoke only tokens that were issued to it."
FORM = "Answer as RFC 7009, 2.2 says: 200 for every token, known or not, errors as RFC 6749, 5.2."
HINT = "Take token_type_hint for a hint: search everywhere when it does not fit or is not known."
NEEDS = [Feature.REVOCATION]
REFRESH = [Feature.REVOCATION, Feature.REFRESH_TOKEN]
OPENS = [Feature.REVOCATION, Feature.PROTECTED_RESOURCE]


def refreshable(flow: Flow) -> TokenAnswer:
    """Fresh tokens with a refresh token; NotApplicable where none comes."""
    tokens = flow.tokens()
    if tokens.refresh_token is None:
        raise NotApplicable("The token response has no refresh token.")
    return tokens


def revoked_access_token(flow: Flow) -> str:
    """An access token whose revocation was answered with 200; NotApplicable otherwise."""
    token = flow.tokens().access_token or ""
    flow.must_serve(token)
    answer = flow.revoke(token)
    if answer.status != 200:
        raise NotApplicable(f"Access tokens cannot be revoked here: {answer}.")
    return token


@check("rfc7009-2-refresh-token-revocation-supported", remedy=DEAD, needs=REFRESH)
def test_revoked_refresh_token_is_dead(flow: Flow) -> None:
    """A refresh token that was revoked is refused."""
    token = refreshable(flow).refresh_token or ""
    flow.revoke(token)

    answer = flow.refresh(token)

    assert answer.refused, f"to the revoked refresh token {answer}"


@check("rfc7009-2-access-token-revocation-supported", remedy=DEAD, needs=OPENS)
def test_revoked_access_token_is_dead(flow: Flow) -> None:
    """An access token can be revoked, and does not open the resource afterwards."""
    token = flow.tokens().access_token or ""
    flow.must_serve(token)
    answered = flow.revoke(token)

    answer = flow.call(token)

    assert answered.status == 200, f"to the revocation {answered}"
    assert answer.refused, f"to the revoked access token {answer}"


@check("rfc7009-2.1-revocation-immediate", remedy=DEAD, needs=REFRESH)
def test_revocation_of_a_refresh_token_is_immediate(flow: Flow) -> None:
    """A refresh token is dead as soon as its revocation was answered."""
    token = refreshable(flow).refresh_token or ""
    if flow.revoke(token).status != 200:
        raise NotApplicable("The revocation was not answered with 200.")

    answer = flow.refresh(token)

    assert answer.refused, f"to the revoked refresh token {answer}"


@check("rfc7009-2.1-revocation-immediate", remedy=DEAD, needs=[*OPENS, Feature.INTROSPECTION])
def test_revoked_access_token_is_inactive(
    flow: Flow, introspected: Callable[..., TokenAnswer]
) -> None:
    """An access token whose revocation was answered with 200 is not active any more."""
    token = revoked_access_token(flow)

    answer = introspected(token)

    if not isinstance(answer.get("active"), bool):
        raise ControlRefused(f"Introspection tells nothing of it: {answer}.")
    assert not answer.get("active"), "active is true"


@check("rfc7009-2.2.1-unsupported-token-type-error", remedy=DEAD, needs=OPENS)
def test_revocation_without_effect_is_no_success(flow: Flow) -> None:
    """A revocation of an access token that is answered with 200 has an effect."""
    token = revoked_access_token(flow)

    answer = flow.call(token)

    assert answer.refused, f"to a token whose revocation was answered with 200 {answer}"


@check("rfc7009-2.1-refresh-revocation-kills-access-tokens", remedy=DEAD, needs=[*REFRESH, *OPENS])
def test_revoked_refresh_token_ends_the_access_token(flow: Flow) -> None:
    """When a refresh token is revoked, the access tokens of its grant end too."""
    revoked_access_token(flow)  # First: it may end every grant of the session (RFC 7009, 2.1).
    tokens = refreshable(flow)
    flow.must_serve(tokens.access_token or "")
    flow.revoke(tokens.refresh_token or "")

    answer = flow.call(tokens.access_token)

    assert answer.refused, f"to the access token of the revoked grant {answer}"


@check("rfc7009-2.1-refresh-revocation-kills-access-tokens", remedy=DEAD, needs=[*REFRESH, *OPENS])
def test_revoked_refresh_token_ends_the_family(flow: Flow) -> None:
    """When a refreshed token is revoked, the access token from before the refresh ends too."""
    revoked_access_token(flow)
    first = refreshable(flow)
    second = flow.must_grant(flow.refresh(first.refresh_token or ""), "The refresh")
    flow.must_serve(second.access_token or "")
    if not flow.call(first.access_token).granted:
        raise NotApplicable("A refresh ends the access token that was given before it.")
    flow.revoke(second.refresh_token or first.refresh_token or "")

    answer = flow.call(first.access_token)

    assert answer.refused, f"to an access token of the revoked family {answer}"


@check("rfc7009-2.1-access-token-revocation-may-kill-refresh-token", remedy=DEAD, needs=REFRESH)
def test_refresh_after_the_access_token_was_revoked_is_clean(flow: Flow) -> None:
    """After its access token was revoked, a refresh token works or is refused, and no more."""
    tokens = refreshable(flow)
    flow.revoke(tokens.access_token or "")

    answer = flow.refresh(tokens.refresh_token or "")

    clean = answer.granted or answer.error == "invalid_grant"
    assert clean, f"to the refresh token {answer}"


@check("rfc7009-2-revocation-url-conforms", remedy="Publish it without a fragment.", needs=NEEDS)
def test_endpoint_has_no_fragment(server: AuthorizationServer) -> None:
    """The URI of the revocation endpoint has no fragment."""
    endpoint = server.need("revocation_endpoint")

    server.wire.get(endpoint.partition("#")[0], who="client")

    assert "#" not in endpoint, f"the revocation endpoint is {endpoint}"


@check("rfc7009-2-revocation-by-post", remedy=FORM, needs=REFRESH)
def test_revocation_by_post_is_taken(flow: Flow) -> None:
    """A revocation by POST is not refused for its method."""
    answer = flow.revoke(refreshable(flow).refresh_token or "")

    assert answer.status not in (404, 405, 501), str(answer)


@check("rfc7009-2.1-token-parameter-required", remedy=FORM, needs=NEEDS)
def test_missing_token_is_an_invalid_request(flow: Flow) -> None:
    """A revocation without a token is answered with 400 invalid_request."""
    answer = flow.revoke("unused", Without("token"))

    assert answer.status == 400, str(answer)
    assert answer.error == "invalid_request", str(answer)


@check("rfc7009-2.1-search-beyond-wrong-hint", remedy=HINT, needs=REFRESH)
def test_wrong_hint_does_not_save_a_token(flow: Flow) -> None:
    """A refresh token that is revoked as an access token is dead."""
    token = refreshable(flow).refresh_token or ""
    flow.revoke(token, Add("token_type_hint", "access_token"))

    answer = flow.refresh(token)

    assert answer.refused, f"to a token that was revoked with the wrong hint {answer}"


@check("rfc7009-2.1-search-beyond-wrong-hint", remedy=HINT, needs=OPENS)
def test_wrong_hint_does_not_save_an_access_token(flow: Flow) -> None:
    """An access token that is revoked as a refresh token is dead."""
    revoked_access_token(flow)
    token = flow.tokens().access_token or ""
    flow.must_serve(token)
    answered = flow.revoke(token, Add("token_type_hint", "refresh_token"))

    answer = flow.call(token)

    assert answer.refused, f"to the wrong hint {answered}, and to the token then {answer}"


@check("rfc7009-2.2-unknown-hint-ignored", remedy=HINT, needs=REFRESH)
def test_unknown_hint_is_ignored(flow: Flow) -> None:
    """A hint that is not known makes no difference."""
    token = refreshable(flow).refresh_token or ""
    answered = flow.revoke(token, Add("token_type_hint", "bogus"))

    answer = flow.refresh(token)

    assert (answered.status or 500) < 300, f"to the unknown hint {answered}"
    assert answer.refused, f"to a token that was revoked with an unknown hint {answer}"


@check("rfc7009-2.1-confidential-client-authenticated", remedy=OWNER, needs=REFRESH)
@pytest.mark.parametrize(
    "change",
    [Replace("client_secret", "wrong-secret-wrong-secret"), Authenticate(NONE)],
    ids=["wrong-secret", "client-id-alone"],
)
def test_revocation_needs_the_client(confidential_flow: Flow, change: Change) -> None:
    """A revocation without the client's credentials is refused and has no effect."""
    flow = confidential_flow
    token = refreshable(flow).refresh_token or ""

    answer = flow.revoke(token, change)

    assert answer.refused, f"without the secret {answer}"
    assert flow.refresh(token).granted, "the token was revoked all the same"


@check("rfc7009-2.1-public-client-identified", remedy=OWNER, needs=NEEDS)
def test_public_client_revokes_with_its_client_id(public_flow: Flow) -> None:
    """A public client revokes its token by saying who it is."""
    token = refreshable(public_flow).refresh_token or ""

    answer = public_flow.revoke(token)

    assert answer.status == 200, f"to the client_id alone {answer}"
    assert public_flow.refresh(token).refused, "the token lives on"


@check("rfc7009-2.1-token-must-belong-to-client", remedy=OWNER, needs=REFRESH)
def test_foreign_token_stays_alive(confidential_flow: Flow, second_flow: Flow) -> None:
    """A client cannot end a token of another client."""
    token = refreshable(confidential_flow).refresh_token or ""
    confidential_flow.revoke(token, As(second_flow.client.credentials))

    answer = confidential_flow.refresh(token)

    assert answer.granted, f"after another client's revocation {answer}"


@check("rfc7009-2.1-token-must-belong-to-client", remedy=OWNER, needs=OPENS)
def test_foreign_access_token_stays_alive(confidential_flow: Flow, second_flow: Flow) -> None:
    """A client cannot end an access token of another client."""
    revoked_access_token(confidential_flow)
    token = confidential_flow.tokens().access_token or ""
    confidential_flow.revoke(token, As(second_flow.client.credentials))

    answer = confidential_flow.call(token)

    assert answer.granted, f"after another client's revocation {answer}"


@check("rfc7009-2.1-foreign-token-refused-with-error", remedy=OWNER, needs=REFRESH)
def test_foreign_token_is_refused(confidential_flow: Flow, second_flow: Flow) -> None:
    """The revocation of another client's token is answered with an error."""
    token = refreshable(confidential_flow).refresh_token or ""

    answer = confidential_flow.revoke(token, As(second_flow.client.credentials))

    assert answer.error is not None, f"to another client's revocation {answer}"


@check("rfc7009-2.2-success-200", remedy=FORM, needs=REFRESH)
def test_revocation_is_answered_with_200(flow: Flow) -> None:
    """The revocation of a live token is answered with 200."""
    answer = flow.revoke(refreshable(flow).refresh_token or "")

    assert answer.status == 200, str(answer)


@check("rfc7009-2.2-invalid-token-200", remedy=FORM, needs=NEEDS)
@pytest.mark.parametrize("form", ["invented", "revoked"])
def test_dead_token_is_answered_with_200(flow: Flow, form: str) -> None:
    """The revocation of a token that is unknown or dead is answered with 200 too."""
    token = "invented-token"
    if form == "revoked":
        token = refreshable(flow).refresh_token or ""
        flow.revoke(token)

    answer = flow.revoke(token)

    assert answer.status == 200, str(answer)


@check("rfc7009-2.2.1-error-format", remedy=FORM, needs=NEEDS)
def test_error_is_a_token_error(confidential_flow: Flow) -> None:
    """An error of revocation has the form of a token error."""
    answer = confidential_flow.revoke(
        "invented-token", Replace("client_secret", "wrong-secret-wrong-secret")
    )

    assert answer.content_type == "application/json", str(answer)
    assert answer.text("error"), str(answer)
