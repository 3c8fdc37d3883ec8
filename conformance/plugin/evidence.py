"""What shows that a server works, or lets somebody in, beside the flow that is being judged."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from conformance.errors import (
    ControlRefused,
    Inconclusive,
    NotApplicable,
    PageNotRecognised,
    SignInRefused,
)
from conformance.model import Exchange
from conformance.protocol.answers import Place, error_code, json_object, parameters
from conformance.protocol.request import Change, Draft, Replace
from conformance.target.agent import Decision, UserAgent
from conformance.target.flow import Flow
from conformance.target.forms import FormAgent, ScriptNeeded

_METHOD_NOT_TAKEN = (405, 501)
_OF_THE_CLIENT = ("invalid_client", "unauthorized_client")
"""Error codes that speak of the one client that asked (RFC 6749, 5.2)."""

_FAULTS = (
    Replace("grant_type", "urn:conformance:no-such-grant"),
    Replace("client_id", "conformance-no-such-client"),
)


def problem_of_sign_in(agent: UserAgent, request: Draft) -> str | None:
    """What the server says when an agent without a session signs in; None where it is let in.

    PageNotRecognised where no login page comes, or after it neither the consent page nor the end:
    a server that answers everything so has let nobody in.
    """
    callback = request.value("redirect_uri")
    try:
        visit = agent.open(request, callback=callback, decision=Decision.LOOK)
    except SignInRefused as error:
        return str(error)
    if not any(page.kind is Place.LOGIN for page in visit.pages):
        raise PageNotRecognised("No login page came in a new session.")
    if visit.place is Place.CALLBACK:
        code = dict(parameters(visit.url)[0]).get("error")
        if code not in (None, "access_denied"):
            raise ControlRefused(f"The authorization request was refused with error={code!r}.")
        return None if code is None else f"The browser was sent back with error={code!r}."
    if visit.place is not Place.CONSENT:
        raise PageNotRecognised(
            f"After the password came the server's {visit.place.value} (status {visit.status})."
        )
    return None


def stopped_without_scripts(flow: Flow, agent: FormAgent, asking: Change) -> str | None:
    """What keeps a user who runs no scripts from agreeing on the consent page; None for nothing.

    `asking` makes the request one that asks for consent. NotApplicable where no consent page comes
    without scripts.
    """
    try:
        landing = flow.authorize(asking, agent=agent)
    except ScriptNeeded as needed:
        if not any(page.kind is Place.CONSENT for page in needed.pages):
            raise NotApplicable(f"Without scripts no consent page comes: {needed}") from needed
        return str(needed)
    if landing.met(Place.CONSENT) is None:
        raise NotApplicable(f"No consent page came: the browser ended {landing.where}.")
    if not landing.granted:
        raise ControlRefused(f"After approving without scripts the browser ended {landing.where}.")
    return None


def witness(accused: Flow, others: Iterable[Flow], answer: Exchange) -> None:
    """Lets another client's tokens show that the server works; else ControlRefused.

    Where no client gets any, the `answer` that the accused flow ended with has to speak for itself,
    and a login page has to come: a server that has given up answers everything alike.
    """
    at_the_authorization_endpoint = accused.only_authorized
    for flow in others:
        with suppress(Inconclusive):
            flow.tokens()
            return
    not_taken = answer.status in _METHOD_NOT_TAKEN
    if at_the_authorization_endpoint and not_taken:
        if not _is_told_apart(accused, answer):
            raise ControlRefused(f"Every endpoint answers with {answer.status}.")
        return
    if not (at_the_authorization_endpoint or not_taken or _speaks(accused, answer)):
        raise ControlRefused("No other client got tokens.")
    landing = accused.authorize(agent=accused.agent.fresh(), decision=Decision.STAY_OUT)
    if landing.met(Place.LOGIN) is None:
        raise ControlRefused(
            "No other client got tokens, and in a new session the browser ended"
            f" {landing.where}, without a login page."
        )


def _speaks(accused: Flow, answer: Exchange) -> bool:
    """Whether an answer of the token endpoint is one to this request, and not to every one."""
    if (answer.status or 500) >= 500 or json_object(answer.answer_body) is None:
        return False
    return _code(accused, answer) in _OF_THE_CLIENT or _is_told_apart(accused, answer)


def _is_told_apart(accused: Flow, answer: Exchange) -> bool:
    """Whether the token endpoint answers otherwise to a request with another fault."""
    for fault in _FAULTS:
        with suppress(Inconclusive):
            told = accused.refresh("invented-token", fault)
            alike = (told.status, told.error) == (answer.status, _code(accused, answer))
            if told.status < 500 and not alike:
                return True
    return False


def _code(accused: Flow, answer: Exchange) -> str | None:
    member = accused.server.profile.errors.code_member
    return error_code(json_object(answer.answer_body), member)
