"""What shows that a server works, or lets somebody in, beside the flow that is being judged."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from conformance.errors import ControlRefused, Inconclusive, PageNotRecognised, SignInRefused
from conformance.model import Exchange
from conformance.protocol.answers import Place, json_object, parameters
from conformance.protocol.request import Draft
from conformance.target.agent import Decision, UserAgent
from conformance.target.flow import Flow

_METHOD_NOT_TAKEN = (405, 501)


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
        return None if code is None else f"The browser was sent back with error={code!r}."
    if visit.place is not Place.CONSENT:
        raise PageNotRecognised(
            f"After the password came the server's {visit.place.value} (status {visit.status})."
        )
    return None


def witness(accused: Flow, others: Iterable[Flow], answer: Exchange) -> None:
    """Lets another client's tokens show that the server works; else ControlRefused.

    Where no client gets any, the `answer` that the accused flow ended with has to speak for itself:
    it says that the method is not taken, or it is JSON of a token endpoint (or comes from the
    authorization endpoint) while the login page still comes.
    """
    speaks = accused.only_authorized or _speaks(answer)
    for flow in others:
        with suppress(Inconclusive):
            flow.tokens()
            return
    if answer.status in _METHOD_NOT_TAKEN:
        return
    if not speaks:
        raise ControlRefused("No other client got tokens.")
    landing = accused.authorize(agent=accused.agent.fresh(), decision=Decision.STAY_OUT)
    if landing.met(Place.LOGIN) is None:
        raise ControlRefused(
            "No other client got tokens, and in a new session the browser ended"
            f" {landing.where}, without a login page."
        )


def _speaks(answer: Exchange) -> bool:
    return (answer.status or 500) < 500 and json_object(answer.answer_body) is not None
