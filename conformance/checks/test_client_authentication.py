"""Who asks at the token endpoint, and how that is proved (RFC 6749, 2.3 and 3.2.1)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from urllib.parse import quote

import pytest

from conformance.check import check
from conformance.errors import NotApplicable
from conformance.features import Feature
from conformance.protocol.request import (
    BASIC,
    NONE,
    POST,
    Add,
    Authenticate,
    Change,
    Credentials,
    Header,
    InQuery,
    Replace,
    Without,
)
from conformance.target.flow import Flow

VERIFY = (
    "Verify the client's credentials in every token request, in full, and answer anything but a"
    " match with invalid_client."
)
CHALLENGE = "Answer failed authentication by header with 401 and WWW-Authenticate: Basic."
BOTH_WAYS = "Take client credentials by HTTP Basic and in the request body."
ONE_WAY = "Refuse a request that authenticates in more than one way with invalid_request."

WRONG: dict[str, Callable[[str], str]] = {
    "invented": lambda _: "wrong-secret-wrong-secret-wrong",
    "prefix": lambda secret: secret[:-1],
    "longer": lambda secret: secret + "A",
    "case": str.swapcase,
    "blank-after": lambda secret: secret + " ",
}


def secret_of(flow: Flow) -> str:
    """The secret of a flow's client; NotApplicable for a public one."""
    if flow.client.secret is None:
        raise NotApplicable("The client has no secret.")
    return flow.client.secret


@check("rfc6749-4.1.3-included-client-authentication-verified", remedy=VERIFY)
@pytest.mark.parametrize("alter", WRONG.values(), ids=WRONG)
def test_wrong_secret_is_refused(confidential_flow: Flow, alter: Callable[[str], str]) -> None:
    """A code is not redeemed with a secret that is not exactly the client's."""
    flow = confidential_flow
    grant = flow.grant()

    answer = flow.redeem(grant, Replace("client_secret", alter(secret_of(flow))))

    assert answer.refused, f"to a wrong secret {answer}"


@check("rfc6749-4.1.3-included-client-authentication-verified", remedy=VERIFY)
def test_wrong_secret_in_the_body_is_refused(post_flow: Flow) -> None:
    """A wrong secret in the request body is refused too."""
    grant = post_flow.grant()

    answer = post_flow.redeem(grant, Replace("client_secret", "wrong-secret-wrong-secret"))

    assert answer.refused, f"to a wrong secret in the body {answer}"


@check("rfc6749-4.1.3-included-client-authentication-verified", remedy=VERIFY)
def test_secret_of_another_client_is_refused(confidential_flow: Flow, second_flow: Flow) -> None:
    """The secret of one client does not authenticate another."""
    grant = confidential_flow.grant()

    answer = confidential_flow.redeem(grant, Replace("client_secret", secret_of(second_flow)))

    assert answer.refused, f"to another client's secret {answer}"


@check("rfc6749-4.1.3-confidential-client-must-authenticate", remedy=VERIFY)
@pytest.mark.parametrize(
    "change",
    [Without("client_secret"), Replace("client_secret", ""), Authenticate(NONE)],
    ids=["missing", "empty", "client-id-alone"],
)
def test_confidential_client_must_authenticate(confidential_flow: Flow, change: Change) -> None:
    """A client that has a secret does not redeem a code without it."""
    grant = confidential_flow.grant()

    answer = confidential_flow.redeem(grant, change)

    assert answer.refused, f"without the secret {answer}"


@check("oauth-2.1-2.1-client-has-one-type", remedy=VERIFY)
def test_confidential_client_is_never_public(confidential_flow: Flow) -> None:
    """A client with a secret is not served as a public one because it uses PKCE."""
    grant = confidential_flow.grant()

    answer = confidential_flow.redeem(grant, Authenticate(NONE))

    assert answer.refused, f"to the client_id and the verifier alone {answer}"


@check("rfc6749-2.3.1-basic-authentication-supported", remedy=BOTH_WAYS)
def test_basic_is_taken(bare: Callable[..., Flow], post_flow: Flow) -> None:
    """A client with a secret may authenticate by HTTP Basic (another client proves the server)."""
    post_flow.tokens()
    flow = bare("confidential")
    if flow.client.credentials.method != BASIC:
        raise NotApplicable("The profile gives the client another method.")

    answer = flow.redeem(flow.grant())

    assert answer.granted, f"to the secret by HTTP Basic {answer}"


@check("oauth-2.1-2.4.1-client-secret-post-supported", remedy=BOTH_WAYS)
def test_secret_in_the_body_is_taken(confidential_flow: Flow) -> None:
    """A client with a secret may send it in the request body."""
    grant = confidential_flow.grant()
    secret_of(confidential_flow)

    answer = confidential_flow.redeem(grant, Authenticate(POST))

    assert answer.granted, f"to the secret in the body {answer}"


@check(
    "rfc6749-2.3.1-basic-credentials-form-decoded",
    remedy="Form-decode the client id and the secret after splitting HTTP Basic at the colon.",
    needs=[Feature.CLIENT_SECRET_BASIC],
)
def test_basic_credentials_are_form_decoded(
    confidential_flow: Flow, bare: Callable[..., Flow]
) -> None:
    """A secret with characters that form encoding changes is taken in its encoded form."""
    confidential_flow.tokens()
    flow = bare("encoded-secret", "confidential-2")
    secret = secret_of(flow)
    if flow.client.credentials.method != BASIC or quote(secret, safe="-._~") == secret:
        raise NotApplicable("No client in the profile has such characters in its secret.")

    answer = flow.redeem(flow.grant())

    assert answer.granted, f"to the encoded secret {answer}"


@check("rfc6749-2.3.1-client-secret-not-in-uri", remedy="Read credentials from the body alone.")
def test_secret_in_the_query_is_refused(confidential_flow: Flow) -> None:
    """Client credentials in the query authenticate nobody."""
    flow = confidential_flow
    secret_of(flow)
    grant = flow.grant()

    answer = flow.redeem(grant, Authenticate(POST), InQuery("client_id"), InQuery("client_secret"))

    assert answer.refused, f"to credentials in the query {answer}"


@check("rfc6749-5.2-multiple-client-authentication-rejected", remedy=ONE_WAY)
def test_two_methods_at_once_are_refused(confidential_flow: Flow) -> None:
    """A request that authenticates by header and in the body is refused."""
    secret_of(confidential_flow)
    grant = confidential_flow.grant()

    answer = confidential_flow.redeem(grant, Authenticate("both"))

    assert answer.refused, f"to two methods at once {answer}"


@check("rfc6749-5.2-multiple-client-authentication-rejected", remedy=ONE_WAY)
def test_other_client_id_in_the_body_is_refused(confidential_flow: Flow, second_flow: Flow) -> None:
    """A client_id in the body that is not that of the header is refused."""
    secret_of(confidential_flow)
    grant = confidential_flow.grant()

    answer = confidential_flow.redeem(grant, Add("client_id", second_flow.client.client_id))

    assert answer.refused, f"to another client_id in the body {answer}"


@check("rfc6749-5.2-invalid-client-error", remedy=VERIFY)
@pytest.mark.parametrize("case", ["unknown-client", "wrong-secret", "no-secret"])
def test_failed_authentication_is_an_invalid_client(confidential_flow: Flow, case: str) -> None:
    """Failed client authentication is reported as invalid_client."""
    flow = confidential_flow
    changes: dict[str, Change] = {
        "unknown-client": Replace("client_id", "unknown-client"),
        "wrong-secret": Replace("client_secret", "wrong-secret-wrong-secret"),
        "no-secret": Without("client_secret"),
    }
    grant = flow.grant()

    answer = flow.redeem(grant, changes[case])

    assert answer.error == "invalid_client", str(answer)


@check("rfc6749-5.2-invalid-client-401-for-authorization-header", remedy=CHALLENGE)
def test_failed_basic_is_answered_with_401(confidential_flow: Flow) -> None:
    """Failed authentication by header is answered with status 401."""
    flow = confidential_flow
    wrong = Credentials(flow.client.client_id, "wrong-secret-wrong-secret", BASIC).as_header()
    grant = flow.grant()

    answer = flow.redeem(grant, Authenticate(NONE), Header("Authorization", wrong))

    assert answer.status == 401, f"to a wrong secret by HTTP Basic {answer}"


@check("rfc6749-5.2-invalid-client-www-authenticate", remedy=CHALLENGE)
def test_failed_basic_is_challenged(confidential_flow: Flow) -> None:
    """The 401 to failed HTTP Basic has a WWW-Authenticate for Basic."""
    flow = confidential_flow
    wrong = Credentials(flow.client.client_id, "wrong-secret-wrong-secret", BASIC).as_header()
    answer = flow.redeem(flow.grant(), Authenticate(NONE), Header("Authorization", wrong))
    if answer.status != 401:
        raise NotApplicable(f"There is no 401 to look at: {answer}.")

    challenges = " ".join(answer.all("www-authenticate")).lower()

    assert "basic" in challenges, f"WWW-Authenticate is {challenges or 'missing'!r}"


@check("rfc6749-4.1.3-client-id-required-without-authentication", remedy=VERIFY)
def test_client_id_is_required(public_flow: Flow) -> None:
    """A public client does not redeem a code without saying who it is."""
    grant = public_flow.grant()

    answer = public_flow.redeem(grant, Without("client_id"))

    assert answer.refused, f"without client_id {answer}"


@check("rfc6749-4.1.3-confidential-client-must-authenticate", remedy=VERIFY)
@pytest.mark.parametrize(
    "value",
    ["Basic", "Basic !!!", "Basic " + base64.b64encode(b":").decode()],
    ids=["scheme-alone", "no-base64", "empty-pair"],
)
def test_empty_basic_is_refused(confidential_flow: Flow, value: str) -> None:
    """An Authorization header without credentials in it is no authentication."""
    grant = confidential_flow.grant()

    answer = confidential_flow.redeem(grant, Authenticate(NONE), Header("Authorization", value))

    assert answer.refused, f"to an empty Authorization header {answer}"
