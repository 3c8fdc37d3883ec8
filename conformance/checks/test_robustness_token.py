"""Robustness of the token endpoint: whatever comes, it answers in JSON, and gives nothing away."""

from __future__ import annotations

import json
import secrets
from dataclasses import replace

import pytest

from conformance.check import check
from conformance.errors import ControlRefused, NotApplicable
from conformance.protocol import jwt, pkce
from conformance.protocol.internals import internals
from conformance.protocol.request import FORM, Authenticate, Draft, Replace, changed
from conformance.target.flow import Flow
from conformance.target.raw import Answered

SURVIVE = (
    "Read body and headers as bytes that may be anything, refuse what is not as expected, and"
    " answer an error that was not foreseen in one place, without its details."
)
AS_JSON = "Let no error of the web framework reach the client: answer every one of them in JSON."
SILENT = "Say what is wrong in words of your own, and repeat nothing of what was sent."
BOUND = "Bound the number and the length of parameters, and match without backtracking."

FIELDS = ("code", "code_verifier", "client_id", "grant_type")
NOT_UTF8 = {"lone-byte": "\udcff", "overlong": "\udcc0\udcaf", "cut-off": "\udce2\udc82"}
CONTROLS = {"nul": "\x00", "line-break": "\r\n", "escape": "\x1b", "delete": "\x7f"}
HUGE = 100_000
BODIES = {
    "empty": (FORM, b""),
    "json": ("application/json", b'{"grant_type": "authorization_code"}'),
    "deep-json": ("application/json", b"[" * 20_000),
    "multipart": ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data"),
    "no-boundary": ("multipart/form-data", b"grant_type=authorization_code"),
    "plain-text": ("text/plain", b"grant_type=authorization_code&code=x"),
    "no-media-type": ("", b"grant_type=authorization_code&code=x"),
    "odd-charset": (f"{FORM}; charset=no-such-charset", b"grant_type=authorization_code&code=x"),
    "bad-encoding": (FORM, b"grant_type=%zz&code=%&=&&client_id"),
    "raw-bytes": (FORM, b"grant_type=\xff\xfe&code=\x00\x01"),
}
BASIC = {
    "alone": "Basic",
    "empty": "Basic ",
    "not-base64": "Basic !!!!",
    "not-utf8": "Basic //79",
    "without-colon": "Basic Y2xpZW50",
    "unknown-scheme": "Conformance abc",
    "raw-bytes": "Basic \udcff\udcfe",
}
FLOOR = 2.0
"""Seconds that an answer may take in any case."""
RATIO = 25.0
"""How much longer than a usual answer one may take."""

_T = "robustness-token-endpoint-"


def request(flow: Flow, field: str, value: str) -> Draft:
    """A token request that fits its field, with another value in it; nothing is granted by it."""
    invented = secrets.token_urlsafe(32)
    if field == "refresh_token":
        return flow.refreshing(invented, Replace(field, value))
    form = (
        ("grant_type", "authorization_code"),
        ("code", invented),
        ("redirect_uri", flow.client.redirect_uri),
        *((("code_verifier", pkce.verifier()),) if flow.client.sends_challenge else ()),
        *flow.client.settings.token_parameters,
    )
    url = flow.server.need("token_endpoint")
    draft = Draft("POST", url, form=form, credentials=flow.client.credentials)
    by_post = (Authenticate("client_secret_post"),) if field.startswith("client_") else ()
    return changed(draft, (*by_post, Replace(field, value)))


def with_body(flow: Flow, body: tuple[str, bytes]) -> Draft:
    """A token request with that media type and body."""
    return replace(request(flow, "code", "x"), body=body)


def answer_to(answered: Answered) -> Answered:
    """The answer; ControlRefused where none came, which another check finds."""
    if answered.status is None:
        raise ControlRefused(f"There is no answer to read: {answered}.")
    return answered


@check(f"{_T}malformed-utf-8-no-server-error", remedy=SURVIVE)
@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", NOT_UTF8.values(), ids=NOT_UTF8)
def test_bytes_that_are_not_utf8_are_answered(flow: Flow, field: str, value: str) -> None:
    """Bytes that are not UTF-8 in a parameter are answered without a server error."""
    answered = flow.send(request(flow, field, f"a{value}b"), f"{field} not in UTF-8")

    assert answered.survived, f"to {field} with bytes that are not UTF-8 {answered}"


@check(f"{_T}control-characters-no-server-error", remedy=SURVIVE)
@pytest.mark.parametrize("field", ["code", "code_verifier", "client_id", "refresh_token"])
@pytest.mark.parametrize("value", CONTROLS.values(), ids=CONTROLS)
def test_control_characters_are_answered(flow: Flow, field: str, value: str) -> None:
    """NUL and control characters in a parameter are answered without a server error."""
    answered = flow.send(request(flow, field, f"a{value}b"), f"{field} with a control character")

    assert answered.survived, f"to {field} with a control character {answered}"


@check(f"{_T}huge-parameters-no-server-error", remedy=SURVIVE)
@pytest.mark.parametrize("field", ["code", "code_verifier", "client_secret"])
def test_very_long_parameters_are_answered(flow: Flow, field: str) -> None:
    """A parameter of 100 000 characters is answered without a server error."""
    answered = flow.send(request(flow, field, "a" * HUGE), f"{field} of {HUGE} characters")

    assert answered.survived, f"to {field} of {HUGE} characters {answered}"


@check(f"{_T}malformed-body-no-server-error", remedy=SURVIVE)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_body_that_is_no_form_is_answered(flow: Flow, body: tuple[str, bytes]) -> None:
    """A body that is not form encoded is answered without a server error."""
    answered = flow.send(with_body(flow, body), "a body that is no form")

    assert answered.survived, f"to a body that is no form {answered}"


@check(f"{_T}malformed-basic-header-no-server-error", remedy=SURVIVE)
@pytest.mark.parametrize("header", BASIC.values(), ids=BASIC)
def test_malformed_authorization_header_is_answered(flow: Flow, header: str) -> None:
    """A malformed Authorization header is answered without a server error."""
    draft = replace(request(flow, "code", "x"), headers=(("Authorization", header),))

    answered = flow.send(draft, "a malformed Authorization header")

    assert answered.survived, f"to a malformed Authorization header {answered}"


@check(f"{_T}malformed-grants-no-server-error", remedy=SURVIVE)
@pytest.mark.parametrize("field", ["code", "code_verifier"])
@pytest.mark.parametrize("form", ["cut", "extended", "altered", "empty", "one-dot", "dots"])
def test_malformed_code_or_verifier_is_answered(flow: Flow, field: str, form: str) -> None:
    """A malformed code or verifier is answered without a server error."""
    grant = flow.grant()
    good = grant.code if field == "code" else grant.verifier
    if good is None:
        raise NotApplicable("The unchanged flow sends no code_verifier.")

    answered = flow.send(
        flow.redemption(grant, Replace(field, malformed(good, form))), f"{field} malformed"
    )

    assert answered.survived, f"to a malformed {field} {answered}"


@check(f"{_T}malformed-grants-no-server-error", remedy=SURVIVE)
@pytest.mark.parametrize("form", ["cut", "extended", "altered", "empty", "one-dot", "dots"])
def test_malformed_refresh_token_is_answered(flow: Flow, form: str) -> None:
    """A malformed refresh token is answered without a server error."""
    good = flow.tokens().refresh_token
    if good is None:
        raise NotApplicable("The control was answered without a refresh token.")

    answered = flow.send(flow.refreshing(malformed(good, form)), "refresh_token malformed")

    assert answered.survived, f"to a malformed refresh token {answered}"


def malformed(good: str, form: str) -> str:
    """A text that is nearly the good one, or like a part of a JWT."""
    header = jwt.encode(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    return {
        "cut": good[: len(good) // 2],
        "extended": f"{good}{good}",
        "altered": good[:-2] + ("+/" if good[-2:] != "+/" else "=="),
        "empty": "",
        "one-dot": f"{header}.{header}",
        "dots": f"{header}..",
    }[form]


@check(f"{_T}errors-are-json", remedy=AS_JSON)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_malformed_body_is_answered_in_json(flow: Flow, body: tuple[str, bytes]) -> None:
    """A malformed token request is answered in JSON, as every token error."""
    answered = answer_to(flow.send(with_body(flow, body), "a body that is no form"))

    kind = (answered.header("content-type") or "").split(";")[0].strip().lower()
    assert kind == "application/json", f"{answered}, media type {kind or 'none'}"


@check(f"{_T}no-secrets-in-errors", remedy=SILENT)
@pytest.mark.parametrize("field", ["code", "code_verifier", "client_secret", "refresh_token"])
def test_errors_do_not_repeat_what_was_sent(flow: Flow, field: str) -> None:
    """A token error does not repeat a code, verifier, secret or token that was sent."""
    secret = f"conformance-{secrets.token_urlsafe(32)}"

    answered = answer_to(flow.send(request(flow, field, secret), f"another {field}"))

    assert secret not in answered.text, f"the error repeats the {field} that was sent"


@check(f"{_T}no-internals-in-errors", remedy=SILENT)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_errors_show_nothing_of_the_inside(flow: Flow, body: tuple[str, bytes]) -> None:
    """A token error shows no stack trace, file, query or setting of the server."""
    answered = answer_to(flow.send(with_body(flow, body), "a body that is no form"))

    found = internals(answered.text)
    assert found is None, f"the error shows {found}"


@check(f"{_T}bounded-answer-time", remedy=BOUND)
@pytest.mark.parametrize("kind", ["long-verifier", "many-parameters"])
def test_hard_requests_are_answered_in_the_usual_time(flow: Flow, kind: str) -> None:
    """Token requests that are hard to parse are answered in about the time of usual ones."""
    usual = request(flow, "code_verifier", "a" * 43)
    many = tuple((f"p{number}", "x") for number in range(10_000))
    hard, changed_in_words = {
        "long-verifier": (
            request(flow, "code_verifier", f"{'a' * 100_000}!"),
            "code_verifier hard to parse",
        ),
        "many-parameters": (replace(usual, form=(*usual.form, *many)), "many parameters added"),
    }[kind]
    before = flow.send(usual, "another code_verifier")

    answered = flow.send(hard, changed_in_words)

    limit = max(FLOOR, RATIO * before.seconds)
    assert answered.seconds <= limit, f"{answered} after {answered.seconds:.1f} s"
