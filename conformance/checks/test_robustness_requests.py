"""Robustness of every endpoint: bodies, queries and values that no client sends."""

from __future__ import annotations

import secrets
from dataclasses import replace

import pytest

from conformance.check import check
from conformance.checks.test_robustness_endpoints import url_of
from conformance.checks.test_robustness_pages import consent_page, login_page
from conformance.errors import ControlRefused
from conformance.protocol.request import FORM, Draft
from conformance.target.client import Client
from conformance.target.flow import Flow
from conformance.target.forms import FormAgent
from conformance.target.raw import Answered

SURVIVE = (
    "Read bodies and queries as bytes that may be anything, bound their size, refuse what is not as"
    " expected, and answer an error that was not foreseen in one place."
)
ESCAPE = "Write nothing of a request into a header or a page without encoding it for that place."

_MANY = b"&".join(b"p%d=x" % number for number in range(3_000))
BODIES = {
    "empty": (FORM, b""),
    "json": ("application/json", b'{"token": "x", "token": {}}'),
    "deep-json": ("application/json", b"[" * 20_000),
    "multipart": ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data"),
    "plain-text": ("text/plain", b"token=x"),
    "no-media-type": ("", b"token=x"),
    "odd-charset": (f"{FORM}; charset=no-such-charset", b"token=x"),
    "bad-encoding": (FORM, b"token=%zz&username=%&state=%u0041&=&&client_id"),
    "not-utf8": (FORM, b"token=\xff\xfe&username=%c0%af&%ff=x"),
    "nul": (FORM, b"token=a%00b&username=\x00&%00=x"),
    "arrays": (FORM, b"token[]=x&token[a][b]=y&scope[]=z&client_id[0]=w&username[]=v"),
    "repeated": (FORM, b"token=x&token=y&username=x&username=y"),
    "many": (FORM, _MANY),
    "long": (FORM, b"token=" + b"a" * 100_000),
    "long-name": (FORM, b"a" * 100_000 + b"=x"),
}
QUERIES = {
    "bad-encoding": "x=%zz&y=%&=&&z",
    "not-utf8": "x=%ff&y=%c0%af&%ff=z",
    "nul": "x=a%00b&%00=y",
    "line-break": "x=a%0d%0ab",
    "arrays": "scope[]=x&client_id[0]=y&a[b][c]=z",
    "repeated": "x=y&x=z&access_token=x&access_token=y",
    "many": "&".join(f"p{number}=x" for number in range(1_000)),
    "long": "x=" + "a" * 20_000,
}
OF_FORMS = {
    "token": "token_endpoint",
    "revocation": "revocation_endpoint",
    "introspection": "introspection_endpoint",
    "token-information": "token_information_endpoint",
    "authorization": "authorization_endpoint",
}
OF_QUERIES = {
    "authorization": "authorization_endpoint",
    "keys": "jwks_uri",
    "metadata": "metadata",
    "userinfo": "userinfo_endpoint",
    "resource": "resource",
    "token": "token_endpoint",
}
EVERYWHERE = OF_FORMS | OF_QUERIES
PARAMETERS = ("client_id", "token", "token_type_hint", "grant_type", "code", "state", "callback")

_E = "robustness-every-endpoint-"


def posted(flow: Flow, caller: Client, name: str, body: tuple[str, bytes]) -> Answered:
    """The answer of an endpoint to a body, sent by a client that may call it."""
    client = caller if name == "introspection_endpoint" else flow.client
    known = name not in ("token_information_endpoint", "authorization_endpoint")
    credentials = client.credentials if known else None
    draft = Draft("POST", url_of(flow, name), credentials=credentials).settled()
    return flow.send(replace(draft, body=body), "a body that is no form")


def with_value(flow: Flow, name: str, value: str) -> Answered:
    """The answer of an endpoint to a value in each of its parameters, by POST or in the query."""
    pairs = tuple((parameter, value) for parameter in PARAMETERS)
    url = url_of(flow, name)
    if name in OF_QUERIES.values() and name not in OF_FORMS.values():
        return flow.send(Draft("GET", url, query=pairs), "parameters added")
    return flow.send(Draft("POST", url, form=pairs), "parameters added")


def answer_to(answered: Answered) -> Answered:
    """The answer; ControlRefused where none came, which another check finds."""
    if answered.status is None:
        raise ControlRefused(f"There is no answer to read: {answered}.")
    return answered


@check(f"{_E}malformed-bodies-no-server-error", remedy=SURVIVE)
@pytest.mark.parametrize("name", OF_FORMS.values(), ids=OF_FORMS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_malformed_body_is_answered(
    flow: Flow, caller: Client, name: str, body: tuple[str, bytes]
) -> None:
    """An endpoint that takes forms answers any other body without a server error."""
    answered = posted(flow, caller, name, body)

    assert answered.survived, f"to a malformed body {answered}"


@check(f"{_E}malformed-bodies-no-server-error", remedy=SURVIVE)
@pytest.mark.parametrize("page", ["login", "consent"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_malformed_body_is_answered_by_a_page(
    flow: Flow, form_agent: FormAgent, page: str, body: tuple[str, bytes]
) -> None:
    """The login page and the consent page answer any body without a server error."""
    if page == "login":
        shown, sent, *_ = login_page(flow, form_agent)
    else:
        shown = consent_page(flow, form_agent)
        decide = shown.form_to_decide()
        sent = shown.submission(decide, decide.buttons[-1])

    dressed = form_agent.dressed(replace(sent, body=body), referer=shown.url)
    answered = flow.visit(dressed, "a body that is no form", in_session=False)

    assert answered.survived, f"to a malformed body {answered}"


@check(f"{_E}malformed-queries-no-server-error", remedy=SURVIVE)
@pytest.mark.parametrize("name", OF_QUERIES.values(), ids=OF_QUERIES)
@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_malformed_query_is_answered(flow: Flow, name: str, query: str) -> None:
    """An endpoint answers any query without a server error."""
    url = url_of(flow, name)
    joint = "&" if "?" in url else "?"

    answered = flow.send(Draft("GET", f"{url}{joint}{query}"), "parameters added")

    assert answered.survived, f"to a malformed query {answered}"


@check(f"{_E}no-header-injection", remedy=ESCAPE)
@pytest.mark.parametrize("name", EVERYWHERE.values(), ids=EVERYWHERE)
@pytest.mark.parametrize("line_end", ["\r\n", "\n"], ids=["crlf", "lf"])
def test_line_break_does_not_make_a_header(flow: Flow, name: str, line_end: str) -> None:
    """A line break in a parameter does not end a header of an endpoint's answer."""
    answered = answer_to(with_value(flow, name, f"a{line_end}X-Conformance: injected"))

    assert answered.header("x-conformance") is None, "a line break in a parameter made a header"


@check(f"{_E}no-unescaped-reflection", remedy=ESCAPE)
@pytest.mark.parametrize("name", EVERYWHERE.values(), ids=EVERYWHERE)
def test_parameter_is_not_repeated_as_markup(flow: Flow, name: str) -> None:
    """No endpoint repeats a parameter as markup in an answer that a browser takes for a page."""
    tag = f"<conformance-{secrets.token_hex(4)}>"

    answered = answer_to(with_value(flow, name, f"\"'>{tag}"))

    is_page = "html" in (answered.header("content-type") or "html").lower()
    assert not (is_page and tag in answered.text), "the answer repeats a parameter as markup"
