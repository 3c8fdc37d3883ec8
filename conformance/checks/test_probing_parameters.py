"""Parameters in any order, and others beside them: who gets what does not change."""

from __future__ import annotations

import pytest

from conformance.check import check
from conformance.checks.test_redirect_uri import ATTACKER
from conformance.checks.test_robustness_authorization import SURVIVE
from conformance.plugin.probing import Probe
from conformance.probing import parameters
from conformance.probing.parameters import Beside, Ordered
from conformance.protocol import pkce
from conformance.protocol.request import Replace
from conformance.target.flow import Flow

IGNORE = "Look parameters up by their exact names, and leave alone whatever has another name."
ONE_VALUE = "Refuse a request that repeats a parameter: invalid_request."
ANY_ORDER = "Read all parameters first, and look at them by name."
REQUEST = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
)
REDEMPTION = ("grant_type", "code", "redirect_uri", "code_verifier", "client_id", "client_secret")
LONGEST = 8.0
"""Seconds that an answer may take; the usual one comes in a small part of one."""


@check("rfc6749-3.1-unknown-parameters-ignored", remedy=IGNORE)
def test_unknown_parameters_change_nothing(flow: Flow, probe: Probe) -> None:
    """A parameter whose name is not exactly a known one makes no difference to a request."""

    def refused(beside: Beside) -> str | None:
        landing = flow.authorize(beside)
        same = landing.granted and landing.all("state") == (landing.sent.value("state"),)
        return None if same else f"with {beside} the browser ended {landing.where}"

    found = probe(parameters.unknown(REQUEST), refused)

    assert found is None, str(found)


@check("rfc6749-3.2-unknown-parameters-ignored", remedy=IGNORE)
def test_unknown_parameters_change_nothing_at_the_token_endpoint(flow: Flow, probe: Probe) -> None:
    """A parameter whose name is not exactly a known one makes no difference to a redemption."""

    def refused(beside: Beside) -> str | None:
        answer = flow.redeem(flow.grant(), beside)
        return None if answer.granted else f"with {beside} {answer}"

    found = probe(parameters.unknown(REDEMPTION), refused)

    assert found is None, str(found)


@check("rfc6749-3.1-repeated-request-parameter-rejected", remedy=ONE_VALUE)
def test_second_value_gets_no_code(flow: Flow, probe: Probe) -> None:
    """A request that has a parameter more than once gets no code, whatever its values are."""
    known = flow.client.scopes
    narrow = (Replace("scope", known[0]),) if known else ()
    sent = flow.grant(*narrow).landing.sent
    values = {
        "response_type": ("code", "token", "none"),
        "client_id": (flow.client.client_id, "another"),
        "redirect_uri": (*flow.client.redirect_uris, ATTACKER),
        "scope": (*known, " ".join(known), " ".join(known[1:])),
        "state": ("other", "\0"),
        "code_challenge": (pkce.s256("v" * 43),),
        "code_challenge_method": ("S256", "plain"),
    }
    present = {
        name: [one for one in more if one]
        for name, more in values.items()
        if sent.value(name) is not None
    }

    def granted(beside: Beside) -> str | None:
        landing = flow.authorize(*narrow, beside)
        return f"with {beside} the browser ended {landing.where}" if landing.granted else None

    found = probe(parameters.second(present), granted)

    assert found is None, str(found)


@check("rfc6749-B-form-encoding-utf8", remedy=ANY_ORDER, disputable=True)
@pytest.mark.parametrize("where", ["authorization", "token"])
def test_order_changes_nothing(flow: Flow, probe: Probe, where: str) -> None:
    """The same parameters in another order get the same."""

    def refused(order: Ordered) -> str | None:
        if where == "authorization":
            landing = flow.authorize(order)
            return None if landing.granted else f"the browser ended {landing.where}"
        grant = flow.grant()
        answer = flow.redeem(grant, order)
        names = ", ".join(name for name, _ in answer.sent.form)
        return None if answer.granted else f"in the order {names} {answer}"

    found = probe(parameters.orders(), refused)

    assert found is None, str(found)


@check(
    "robustness-authorization-endpoint-malformed-parameters-no-server-error",
    remedy=SURVIVE,
)
def test_strange_parameters_are_answered(flow: Flow, probe: Probe) -> None:
    """Whatever stands beside the parameters of a request, it is answered, in a bounded time."""

    def failed(beside: Beside) -> str | None:
        draft = flow.draft(beside, verifier=pkce.verifier())
        answered = flow.visit(draft, str(beside))
        late = answered.seconds > LONGEST
        return f"with {beside} {answered}" if late or not answered.survived else None

    found = probe(parameters.strange(REQUEST), failed)

    assert found is None, str(found)


@check("robustness-token-endpoint-malformed-body-no-server-error", remedy=SURVIVE)
def test_strange_parameters_are_answered_at_the_token_endpoint(flow: Flow, probe: Probe) -> None:
    """Whatever stands beside the parameters of a redemption, it is answered, in a bounded time."""
    grant = flow.grant()
    flow.must_grant(flow.redeem(grant), "The unchanged token request")

    def failed(beside: Beside) -> str | None:
        answered = flow.send(flow.redemption(grant, beside), str(beside))
        late = answered.seconds > LONGEST
        return f"with {beside} {answered}" if late or not answered.survived else None

    found = probe(parameters.strange(REDEMPTION), failed)

    assert found is None, str(found)
