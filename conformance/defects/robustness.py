"""A server that falls over, thinks too long, or says too much when it is handed nonsense."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping

from conformance.defects.record import Change, Defect, rule
from conformance.protocol.answers import json_object
from conformance.server.answers import Members, Message, Refusal
from conformance.server.behaviours import error_members

AUTHORIZATION = "robustness-authorization-endpoint"
TOKEN = "robustness-token-endpoint"
_LONG = 4000
_PAUSE = 3.0


def _text(message: Message) -> str:
    return message.query + message.body.decode("latin-1")


def _on(path: str, trouble: Callable[[str], bool]) -> Change:
    """A server that fails where the query or body at this path makes trouble."""
    return rule(falls_over=lambda message: message.path == path and trouble(_text(message)))


def _thinking(path: str) -> Change:
    """A server that takes its time over long values at this path."""
    return rule(
        seconds_to_think=lambda message: (
            _PAUSE if message.path == path and len(_text(message)) > _LONG else 0.0
        )
    )


def _not_utf8(text: str) -> bool:
    return re.search(r"%(?:[89a-f][0-9a-f])", text, re.IGNORECASE) is not None and _undecodable(
        text
    )


def _undecodable(text: str) -> bool:
    data = re.sub(
        rb"%([0-9a-fA-F]{2})",
        lambda found: bytes([int(found[1], 16)]),
        text.encode("latin-1", "replace"),
    )
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def _control(text: str) -> bool:
    return re.search(r"%(?:0[0-9a-f]|1[0-9a-f]|7f)", text, re.IGNORECASE) is not None


def _huge(text: str) -> bool:
    return len(text) > _LONG


def _odd_form(text: str) -> bool:
    return re.search(r"%3A\d{6}|%5B|prompt=none\+|\[\]|redirect_uri=(?:[^h]|$)", text) is not None


def _odd_body(message: Message) -> bool:
    wanted = "application/x-www-form-urlencoded"
    return message.path == "/token" and message.method == "POST" and message.media_type != wanted


def _odd_basic(message: Message) -> bool:
    scheme, _, encoded = message.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        return b":" not in base64.b64decode(encoded, validate=True)
    except ValueError:
        return True


def _odd_grant(text: str) -> bool:
    found = re.search(r"(?:^|&)(?:code|refresh_token|code_verifier)=([^&]*)", text)
    return found is not None and re.fullmatch(r"[\w\-.~]{43,}", found[1]) is None


def _odd_accept(message: Message) -> bool:
    known = message.path.startswith("/.well-known/")
    accept = message.headers.get("Accept", "*/*")
    return known and (message.query != "" or ("json" not in accept and "*/*" not in accept))


def _repeating_secrets(error: Refusal, sent: Mapping[str, str]) -> Members:
    names = ("client_secret", "code", "code_verifier", "refresh_token")
    said = ", ".join(f"{name} {sent[name]}" for name in names if name in sent)
    return {**error_members(error, sent), "error_description": f"{error.description} ({said})"}


WITH_STATE = frozenset({"client", "developer", "scopes", "state"})

DEFECTS = (
    Defect(
        "authorization endpoint falls over bytes that are not UTF-8",
        (f"{AUTHORIZATION}-malformed-utf-8-no-server-error",),
        _on("/authorize", _not_utf8),
        kills=("robustness_authorization.bytes_that_are_not_utf8_are_answered",),
    ),
    Defect(
        "authorization endpoint falls over control characters",
        (f"{AUTHORIZATION}-control-characters-no-server-error",),
        _on("/authorize", _control),
        kills=("robustness_authorization.control_characters_are_answered",),
    ),
    Defect(
        "authorization endpoint falls over long values",
        (f"{AUTHORIZATION}-huge-parameters-no-server-error",),
        _on("/authorize", _huge),
        kills=("robustness_authorization.very_long_parameters_are_answered",),
    ),
    Defect(
        "authorization endpoint falls over parameters of odd form",
        (f"{AUTHORIZATION}-malformed-parameters-no-server-error",),
        _on("/authorize", _odd_form),
        kills=("robustness_authorization.parameters_of_odd_form_are_answered",),
    ),
    Defect(
        "line break in state ends a header",
        (f"{AUTHORIZATION}-no-header-injection",),
        rule(state_can_end_a_header=True),
        kills=("robustness_authorization.line_breaks_do_not_make_headers",),
    ),
    Defect(
        "authorization endpoint thinks long about long values",
        (f"{AUTHORIZATION}-bounded-answer-time",),
        _thinking("/authorize"),
        kills=("robustness_authorization.hard_parameters_are_answered_in_the_usual_time",),
    ),
    Defect(
        "token endpoint falls over bytes that are not UTF-8",
        (f"{TOKEN}-malformed-utf-8-no-server-error",),
        _on("/token", _not_utf8),
        kills=("robustness_token.bytes_that_are_not_utf8_are_answered",),
    ),
    Defect(
        "token endpoint falls over control characters",
        (f"{TOKEN}-control-characters-no-server-error",),
        _on("/token", _control),
        kills=("robustness_token.control_characters_are_answered",),
    ),
    Defect(
        "token endpoint falls over long values",
        (f"{TOKEN}-huge-parameters-no-server-error",),
        _on("/token", _huge),
        kills=("robustness_token.very_long_parameters_are_answered",),
    ),
    Defect(
        "token endpoint falls over a body that is no form",
        (f"{TOKEN}-malformed-body-no-server-error",),
        rule(falls_over=_odd_body),
        kills=("robustness_token.body_that_is_no_form_is_answered",),
    ),
    Defect(
        "token endpoint falls over a malformed Basic header",
        (f"{TOKEN}-malformed-basic-header-no-server-error",),
        rule(falls_over=lambda message: message.path == "/token" and _odd_basic(message)),
        kills=("robustness_token.malformed_authorization_header_is_answered",),
    ),
    Defect(
        "token endpoint falls over malformed grants",
        (f"{TOKEN}-malformed-grants-no-server-error",),
        _on("/token", _odd_grant),
        kills=(
            "robustness_token.malformed_code_or_verifier_is_answered",
            "robustness_token.malformed_refresh_token_is_answered",
        ),
    ),
    Defect(
        "token error repeats secrets",
        (f"{TOKEN}-no-secrets-in-errors",),
        rule(error_members=_repeating_secrets),
        kills=("robustness_token.errors_do_not_repeat_what_was_sent",),
    ),
    Defect(
        "token endpoint thinks long about long values",
        (f"{TOKEN}-bounded-answer-time",),
        _thinking("/token"),
        kills=("robustness_token.hard_requests_are_answered_in_the_usual_time",),
    ),
    Defect(
        "registration endpoint falls over bodies that are no JSON object",
        ("robustness-registration-endpoint-malformed-body-no-server-error",),
        rule(
            falls_over=lambda message: (
                message.path == "/register"
                and message.method == "POST"
                and json_object(message.body.decode("latin-1")) is None
            )
        ),
        kills=("robustness_registration.malformed_body_is_answered",),
    ),
    Defect(
        "registration endpoint falls over control characters",
        ("robustness-registration-endpoint-malformed-metadata-no-server-error",),
        rule(
            falls_over=lambda message: message.path == "/register" and "\\u0000" in _text(message)
        ),
        kills=(
            "robustness_registration.malformed_member_is_answered[name-with-nul]",
            "robustness_registration.malformed_member_is_answered[redirect-uri-with-nul]",
        ),
    ),
    Defect(
        "login page falls over control characters",
        ("robustness-login-page-malformed-credentials-no-server-error",),
        rule(
            falls_over=lambda message: (
                message.path == "/login" and message.method == "POST" and _control(_text(message))
            )
        ),
        kills=("robustness_pages.malformed_credentials_are_answered",),
    ),
    Defect(
        "consent form carries state as it came",
        ("robustness-consent-page-no-unescaped-reflection",),
        rule(page_escapes=False),
        base=rule(consent_shows=WITH_STATE),
        kills=("robustness_pages.consent_page_does_not_repeat_parameters_as_markup",),
    ),
    Defect(
        "consent form without its fields makes the server fall over",
        ("robustness-consent-page-malformed-form-no-server-error",),
        rule(
            falls_over=lambda message: (
                message.path == "/consent"
                and message.method == "POST"
                and not {"csrf", "request", "decision"}
                <= {pair.partition("=")[0] for pair in _text(message).split("&")}
            )
        ),
        kills=("robustness_pages.malformed_consent_form_is_answered",),
    ),
    Defect(
        "metadata document falls over unexpected requests",
        ("robustness-metadata-unexpected-requests-no-server-error",),
        rule(falls_over=_odd_accept),
        kills=("robustness_endpoints.unexpected_request_is_answered_at_the_metadata",),
    ),
    Defect(
        "methods that an endpoint does not know make the server fall over",
        ("robustness-every-endpoint-unexpected-methods-no-server-error",),
        rule(falls_over=lambda message: message.method not in ("GET", "POST", "OPTIONS")),
        kills=("robustness_endpoints.unexpected_method_is_answered",),
    ),
    Defect(
        "TRACE repeats the request",
        ("robustness-every-endpoint-no-trace",),
        rule(trace_is_answered=True),
        kills=("robustness_endpoints.trace_is_not_answered_with_the_request",),
    ),
)
