"""ilert's contract: which error of the token endpoint has which status, and how it is told."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from conformance.check import check
from conformance.errors import ControlRefused
from conformance.features import Feature
from conformance.protocol.answers import TokenAnswer
from conformance.protocol.request import Change, Replace, Without
from conformance.target.flow import Flow

TABLE = "Answer each error of the token endpoint with the status of the documented table."
BODY = 'Answer a token error with {"code": "<the code>", "error": "<a sentence>"}.'

CODES = frozenset(
    [
        "invalid_request",
        "invalid_scope",
        "access_denied",
        "unsupported_grant_type",
        "invalid_grant",
        "server_error",
        "invalid_client",
    ]
)
UNKNOWN_GRANT_TYPE = Replace("grant_type", "urn:conformance:no-such-grant")

_E = "contract-ilert-errors-"


@dataclass(frozen=True, slots=True)
class Mistake:
    """One way to be refused by the token endpoint."""

    make: Callable[[Flow], TokenAnswer]


MISTAKES = {
    "unknown-code": Mistake(lambda flow: flow.redeem(flow.grant(), Replace("code", unknown()))),
    "no-code": Mistake(lambda flow: flow.redeem(flow.grant(), Without("code"))),
    "unknown-grant-type": Mistake(lambda flow: flow.redeem(flow.grant(), UNKNOWN_GRANT_TYPE)),
}


def unknown() -> str:
    """A code, or a refresh token, that the server has never issued."""
    return secrets.token_urlsafe(32)


def refused(answer: TokenAnswer) -> TokenAnswer:
    """The answer, where it is a refusal; a grant is another check's finding."""
    if answer.granted:
        raise ControlRefused(f"The bad request was not refused: {answer}.")
    return answer


@check(f"{_E}invalid-request-400", remedy=TABLE)
@pytest.mark.parametrize("field", ["grant_type", "code"])
def test_missing_parameter_is_invalid_request(confidential_flow: Flow, field: str) -> None:
    """A token request without grant_type or code is answered with 400 invalid_request."""
    grant = confidential_flow.grant()

    answer = confidential_flow.redeem(grant, Without(field))

    assert (answer.status, answer.error) == (400, "invalid_request"), f"without {field} {answer}"


@check(f"{_E}invalid-scope-400", remedy=TABLE, needs=[Feature.REFRESH_TOKEN])
def test_unknown_scope_is_invalid_scope(confidential_flow: Flow) -> None:
    """A refresh with a scope that is not known is answered with 400 invalid_scope."""
    token = confidential_flow.tokens().refresh_token or ""

    answer = confidential_flow.refresh(token, Replace("scope", "no-such-scope"))

    assert (answer.status, answer.error) == (400, "invalid_scope"), f"to the scope {answer}"


@check(f"{_E}unsupported-grant-type-400", remedy=TABLE)
def test_unknown_grant_type_is_unsupported_grant_type(confidential_flow: Flow) -> None:
    """A grant type that is not known is answered with 400 unsupported_grant_type."""
    grant = confidential_flow.grant()

    answer = confidential_flow.redeem(grant, UNKNOWN_GRANT_TYPE)

    assert (answer.status, answer.error) == (400, "unsupported_grant_type"), f"to it {answer}"


@check(f"{_E}invalid-grant-401", remedy=TABLE)
def test_unknown_code_is_invalid_grant(confidential_flow: Flow) -> None:
    """A code that the server has not issued is answered with 401 invalid_grant."""
    grant = confidential_flow.grant()

    answer = confidential_flow.redeem(grant, Replace("code", unknown()))

    assert (answer.status, answer.error) == (401, "invalid_grant"), f"to the code {answer}"


@check(f"{_E}invalid-grant-401", remedy=TABLE)
def test_unknown_refresh_token_is_invalid_grant(confidential_flow: Flow) -> None:
    """A refresh token that the server has not issued is answered with 401 invalid_grant."""
    answer = confidential_flow.refresh(unknown())

    assert (answer.status, answer.error) == (401, "invalid_grant"), f"to the refresh {answer}"


@check(f"{_E}body-code", remedy=BODY)
@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_error_code_stands_in_code(confidential_flow: Flow, mistake: Mistake) -> None:
    """The body of a token error has a code of the table in its member code."""
    answer = refused(mistake.make(confidential_flow))

    assert answer.get("code") in CODES, f"the member code is {answer.get('code')!r}"


@check(f"{_E}body-error-sentence", remedy=BODY)
@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_error_is_a_sentence(confidential_flow: Flow, mistake: Mistake) -> None:
    """The body of a token error has a sentence in its member error."""
    answer = refused(mistake.make(confidential_flow))

    sentence = answer.text("error") or ""
    assert len(sentence.split()) >= 2, f"the member error is {answer.get('error')!r}"


@check(f"{_E}wrong-secret-invalid-client-401", remedy=TABLE)
@pytest.mark.parametrize(
    "change",
    [Replace("client_secret", "wrong-secret-of-the-conformance-run"), Without("client_secret")],
    ids=["wrong", "missing"],
)
def test_wrong_secret_is_invalid_client(confidential_flow: Flow, change: Change) -> None:
    """A wrong or missing client secret is answered with 401 invalid_client."""
    grant = confidential_flow.grant()

    answer = confidential_flow.redeem(grant, change)

    assert (answer.status, answer.error) == (401, "invalid_client"), f"to the secret {answer}"
