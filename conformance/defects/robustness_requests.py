"""A server that falls over bodies and queries, or lets them write into its answers."""

from __future__ import annotations

from urllib.parse import unquote_plus

from conformance.defects.record import Defect, rule
from conformance.server.answers import Answer, Message

EVERY = "robustness-every-endpoint"
_PAGE = (("Content-Type", "text/html; charset=utf-8"),)


def _text(message: Message) -> str:
    return f"{message.query}&{message.body.decode('latin-1')}"


def _array_in_a_form(message: Message) -> bool:
    return message.method == "POST" and b"[" in message.body and message.path != "/register"


def _bad_query(message: Message) -> bool:
    return message.path == "/jwks" and "%ff" in message.query


def _with_headers_of_the_request(message: Message, answer: Answer) -> Answer:
    """Whatever a line break puts at the beginning of a line becomes a header of an API's answer."""
    pairs = (line.partition(": ") for line in unquote_plus(_text(message)).splitlines()[1:])
    found = ((name, value.partition("&")[0]) for name, colon, value in pairs if colon)
    return answer.having(*found) if answer.status >= 400 else answer


def _repeating_the_request(message: Message, answer: Answer) -> Answer:
    if answer.status < 400 or message.path not in ("/token", "/revoke"):
        return answer
    return Answer(answer.status, f"<p>Bad request: {unquote_plus(_text(message))}</p>", _PAGE)


DEFECTS = (
    Defect(
        "arrays in a form make the server fall over",
        (f"{EVERY}-malformed-bodies-no-server-error",),
        rule(falls_over=_array_in_a_form),
        kills=(
            "robustness_requests.malformed_body_is_answered",
            "robustness_requests.malformed_body_is_answered_by_a_page",
        ),
    ),
    Defect(
        "key set falls over a query that is not UTF-8",
        (f"{EVERY}-malformed-queries-no-server-error",),
        rule(falls_over=_bad_query),
        kills=("robustness_requests.malformed_query_is_answered",),
    ),
    Defect(
        "line break in a parameter ends a header of an error",
        (f"{EVERY}-no-header-injection",),
        rule(answer_to=_with_headers_of_the_request),
        kills=("robustness_requests.line_break_does_not_make_a_header",),
    ),
    Defect(
        "errors of the token endpoint are pages that repeat the request",
        (f"{EVERY}-no-unescaped-reflection",),
        rule(answer_to=_repeating_the_request),
        kills=("robustness_requests.parameter_is_not_repeated_as_markup",),
    ),
)
