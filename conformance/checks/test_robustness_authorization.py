"""Robustness of the authorization endpoint: whatever comes, it answers, and gives nothing away."""

from __future__ import annotations

import secrets
from dataclasses import replace

import pytest

from conformance.check import check
from conformance.errors import ControlRefused
from conformance.protocol import pkce
from conformance.protocol.internals import internals
from conformance.protocol.request import Draft, Replace
from conformance.target.flow import Flow
from conformance.target.raw import Answered

SURVIVE = (
    "Read parameters as bytes that may be anything, refuse what is not as expected, and answer an"
    " error that was not foreseen in one place, without its details."
)
ESCAPE = "Escape whatever comes from a request where it is written into a page or a header."
BOUND = "Bound the length of parameters before they are matched, and match without backtracking."
SILENT = "Show the user a sentence of your own, and write what went wrong to a log."

FIELDS = ("client_id", "scope", "state", "redirect_uri")
NOT_UTF8 = {
    "lone-byte": "\udcff",
    "overlong": "\udcc0\udcaf",
    "surrogate": "\udced\udca0\udc80",
    "cut-off": "\udce2\udc82",
}
CONTROLS = {"nul": "\x00", "line-break": "\r\n", "escape": "\x1b"}
HUGE = 100_000
ODD = {
    "brackets": "&state[]=x&scope[a][b]=y",
    "client-array": "&client_id[0]=x&redirect_uri[]=y&code_challenge[]=z",
    "many": "".join(f"&p{number}=x" for number in range(1_000)),
    "repeated": "&state=x&state=y",
    "without-value": "&state&scope=&nonce",
    "bad-encoding": "&state=%zz%&scope=%",
    "only-separators": "&&&==&",
    "bad-port": "&redirect_uri=https%3A%2F%2Fclient.example%3A999999%2Fcallback",
    "bad-host": "&redirect_uri=https%3A%2F%2F%5B%3A%3A%2Fcallback",
    "bad-uri": "&redirect_uri=%3A%2F%2F",
}
REFLECTED = ("client_id", "scope", "state", "redirect_uri", "response_type", "x-unknown")
FLOOR = 2.0
"""Seconds that an answer may take in any case."""
RATIO = 25.0
"""How much longer than a usual answer one may take."""

_A = "robustness-authorization-endpoint-"


def request(flow: Flow, field: str, value: str) -> Draft:
    """A fresh authorization request with another value in one parameter."""
    return flow.draft(Replace(field, value), verifier=pkce.verifier())


def odd(flow: Flow, tail: str) -> Draft:
    """A fresh request with something put behind its query, or instead of a parameter, as it is."""
    draft = flow.draft(verifier=pkce.verifier())
    names = {part.partition("=")[0] for part in tail.split("&") if part}
    kept = tuple(pair for pair in draft.query if pair[0] not in names)
    return Draft("GET", replace(draft, query=kept).full_url + tail)


def shown(answered: Answered) -> Answered:
    """The answer, where it is a page; a redirect or silence shows nothing."""
    if answered.status is None:
        raise ControlRefused(f"There is no page to read: {answered}.")
    return answered


@check(f"{_A}malformed-utf-8-no-server-error", remedy=SURVIVE)
@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", NOT_UTF8.values(), ids=NOT_UTF8)
def test_bytes_that_are_not_utf8_are_answered(flow: Flow, field: str, value: str) -> None:
    """Bytes that are not UTF-8 in a parameter are answered without a server error."""
    answered = flow.visit(request(flow, field, f"a{value}b"), f"{field} not in UTF-8")

    assert answered.survived, f"to {field} with bytes that are not UTF-8 {answered}"


@check(f"{_A}control-characters-no-server-error", remedy=SURVIVE)
@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", CONTROLS.values(), ids=CONTROLS)
def test_control_characters_are_answered(flow: Flow, field: str, value: str) -> None:
    """NUL and control characters in a parameter are answered without a server error."""
    answered = flow.visit(request(flow, field, f"a{value}b"), f"{field} with a control character")

    assert answered.survived, f"to {field} with a control character {answered}"


@check(f"{_A}huge-parameters-no-server-error", remedy=SURVIVE)
@pytest.mark.parametrize("field", ["state", "scope", "client_id"])
def test_very_long_parameters_are_answered(flow: Flow, field: str) -> None:
    """A parameter of 100 000 characters is answered without a server error."""
    answered = flow.visit(request(flow, field, "a" * HUGE), f"{field} of {HUGE} characters")

    assert answered.survived, f"to {field} of {HUGE} characters {answered}"


@check(f"{_A}malformed-parameters-no-server-error", remedy=SURVIVE)
@pytest.mark.parametrize("tail", ODD.values(), ids=ODD)
def test_parameters_of_odd_form_are_answered(flow: Flow, tail: str) -> None:
    """Parameters of a form that nobody expects are answered without a server error."""
    answered = flow.visit(odd(flow, tail), "parameters of odd form")

    assert answered.survived, f"to parameters of odd form {answered}"


@check(f"{_A}no-header-injection", remedy=ESCAPE)
@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"], ids=["crlf", "lf", "cr"])
@pytest.mark.parametrize("response_type", ["code", "bogus"])
def test_line_breaks_do_not_make_headers(flow: Flow, line_end: str, response_type: str) -> None:
    """A line break in state does not end a header of the answer."""
    state = Replace("state", f"a{line_end}X-Conformance: injected")
    refused = (Replace("response_type", response_type),) if response_type != "code" else ()
    draft = flow.draft(state, *refused, verifier=pkce.verifier())

    answered = flow.visit(draft, "; ".join(["state with a line break", *map(str, refused)]))

    assert answered.header("x-conformance") is None, "a line break in state made a header"


@check(f"{_A}no-unescaped-reflection", remedy=ESCAPE)
@pytest.mark.parametrize("field", REFLECTED)
def test_parameters_are_not_repeated_as_markup(flow: Flow, field: str) -> None:
    """No page of the authorization endpoint repeats a parameter as markup."""
    tag = f"<conformance-{secrets.token_hex(4)}>"

    answered = shown(flow.visit(request(flow, field, f"\"'>{tag}"), f"{field} with a tag"))

    is_page = "html" in (answered.header("content-type") or "html").lower()
    assert not (is_page and tag in answered.text), f"the page repeats {field} as markup"


@check(f"{_A}no-internals-in-error-pages", remedy=SILENT)
@pytest.mark.parametrize("tail", ODD.values(), ids=ODD)
def test_error_pages_show_nothing_of_the_inside(flow: Flow, tail: str) -> None:
    """An error page shows no stack trace, file, query or setting of the server."""
    answered = shown(flow.visit(odd(flow, tail), "parameters of odd form"))

    found = internals(answered.text)
    assert found is None, f"the page shows {found}"


@check(f"{_A}no-internals-in-error-pages", remedy=SILENT)
@pytest.mark.parametrize("field", FIELDS)
def test_error_pages_about_bad_bytes_show_nothing_of_the_inside(flow: Flow, field: str) -> None:
    """The page about bytes that are not UTF-8 shows nothing of the inside of the server."""
    answered = shown(flow.visit(request(flow, field, "a\udcff\x00b"), f"{field} not in UTF-8"))

    found = internals(answered.text)
    assert found is None, f"the page shows {found}"


@check(f"{_A}bounded-answer-time", remedy=BOUND)
@pytest.mark.parametrize("field", ["redirect_uri", "scope"])
def test_hard_parameters_are_answered_in_the_usual_time(flow: Flow, field: str) -> None:
    """Parameters that are hard to parse are answered in about the time of usual ones."""
    usual = flow.visit(request(flow, field, "a"), f"{field} short")
    hard = f"https://{'a.' * 15_000}example/{'../' * 5_000}{'a' * 20_000}!"

    answered = flow.visit(request(flow, field, hard), f"{field} hard to parse")

    limit = max(FLOOR, RATIO * usual.seconds)
    assert answered.seconds <= limit, f"{answered} after {answered.seconds:.1f} s"
