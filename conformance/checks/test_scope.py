"""Scope: never more than was asked for, and said when it is less (RFC 6749, 3.3)."""

from __future__ import annotations

import re

import pytest

from conformance.check import check
from conformance.errors import NotApplicable, NotRun
from conformance.features import Feature
from conformance.plugin.bench import Bench
from conformance.protocol import jwt
from conformance.protocol.answers import TokenAnswer
from conformance.protocol.request import Replace, Without
from conformance.target.flow import Flow
from conformance.target.server import Known

LIMITED = "Grant what was asked for, is known, and this client may have; report what was granted."
TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
"""One scope value (RFC 6749, 3.3)."""
UNKNOWN = "no-such-scope"
MALFORMED = {
    "quote": 'no"such',
    "backslash": "no\\such",
    "control": "no\x01such",
    "foreign": "größe",
}


def granted(flow: Flow, *changes: Replace | Without) -> TokenAnswer | None:
    """The tokens of an authorization with changes, or None where it got none."""
    grant = flow.grant_of(flow.authorize(*changes))
    if grant is None:
        return None
    return flow.must_grant(flow.redeem(grant), "The unchanged token request")


def scope_of(flow: Flow, answer: TokenAnswer) -> frozenset[str]:
    """What was granted: as the answer says, else (RFC 6749, 5.1) what was asked for."""
    return frozenset(flow.client.scopes) if answer.scope is None else answer.scope


def narrow(flow: Flow) -> str:
    """One scope value of a client that has several; NotRun where it has not."""
    values = [one for one in flow.client.scopes if one not in ("openid", "offline_access")]
    if len(values) < 2:
        raise NotRun("The client needs at least two scope values in the profile for it.")
    return values[0]


@check("rfc6749-3.3-scope-order-irrelevant", remedy="Treat scope as a set of values.")
def test_order_of_scope_values_does_not_matter(flow: Flow) -> None:
    """The same scope values in another order are granted the same."""
    narrow(flow)
    ordered = flow.tokens()
    backwards = " ".join(reversed(flow.client.scopes))

    turned = flow.tokens(Replace("scope", backwards))

    first, second = scope_of(flow, ordered), scope_of(flow, turned)
    assert first == second, f"granted were {sorted(first)}, backwards {sorted(second)}"


@check("rfc6749-3.3-scope-values-case-sensitive", remedy="Compare scope values as they are.")
def test_scope_values_are_case_sensitive(flow: Flow, bench: Bench) -> None:
    """A scope value in another case is not the same one."""
    value = narrow(flow)

    answer = granted(flow, Replace("scope", value.upper()))

    got = frozenset[str]() if answer is None else known_scope(flow, bench, answer)
    assert value not in got, f"asked for {value.upper()!r} the server granted {value!r}"


@check("rfc6749-3.3-scope-syntax", remedy="Separate scope values by spaces, nothing else.")
def test_granted_scope_is_well_formed(flow: Flow) -> None:
    """The scope that the server names is a list of values separated by single spaces."""
    answer = flow.tokens()
    scope = answer.get("scope")
    if scope is None:
        raise NotApplicable("The token response names no scope.")

    values = str(scope).split(" ")

    assert isinstance(scope, str), f"scope is {type(scope).__name__}, not a string"
    assert all(TOKEN.fullmatch(value) for value in values), f"scope is {scope!r}"


@check("rfc6749-3.3-scope-syntax", remedy="Refuse scope values outside of the grammar.")
@pytest.mark.parametrize("value", MALFORMED.values(), ids=MALFORMED)
def test_malformed_scope_is_not_granted(flow: Flow, bench: Bench, value: str) -> None:
    """A scope value outside of the grammar is refused or left out."""
    good = flow.client.scopes[0] if flow.client.scopes else ""

    answer = granted(flow, Replace("scope", f"{good} {value}".strip()))

    got = frozenset[str]() if answer is None else known_scope(flow, bench, answer)
    assert value not in got, f"the server granted the malformed scope {value!r}"


@check(
    "rfc6749-4.1.2.1-invalid-scope-error",
    remedy="Answer an unknown scope with invalid_scope, or leave it out and say so.",
)
@pytest.mark.parametrize("beside", ["alone", "beside-a-known-one"])
def test_unknown_scope_is_not_granted(flow: Flow, beside: str) -> None:
    """An unknown scope value is answered with invalid_scope, or with less, and that is said."""
    known = f"{flow.client.scopes[0]} " if beside != "alone" and flow.client.scopes else ""

    landing = flow.authorize(Replace("scope", known + UNKNOWN))
    grant = flow.grant_of(landing)
    answer = None if grant is None else flow.redeem(grant)

    if answer is None:
        assert landing.error == "invalid_scope", f"the browser ended {landing.where}"
    else:
        named = answer.scope is not None and UNKNOWN not in answer.scope
        assert named or answer.error == "invalid_scope", (
            f"{answer} for an unknown scope, and the scope that it names is {answer.get('scope')!r}"
        )


@check("rfc6749-3.3-scope-returned-when-different", remedy="Name the scope that was granted.")
def test_narrower_scope_is_named(flow: Flow) -> None:
    """Where less is granted than was asked for, the token response names what was granted."""
    value = narrow(flow)
    answer = granted(flow, Replace("scope", f"{value} {UNKNOWN}"))
    if answer is None:
        raise NotApplicable("The server refuses an unknown scope instead of granting less.")

    named = answer.get("scope")

    assert isinstance(named, str), "less was granted than asked for, and no scope is named"
    assert UNKNOWN not in named.split(), f"the scope named is {named!r}"


@check(
    "rfc6749-3.3-omitted-scope-default-or-error",
    remedy="Without scope grant a default scope, or answer invalid_scope.",
)
def test_omitted_scope_gets_a_default_or_an_error(flow: Flow) -> None:
    """A request without scope is granted a default, or refused with invalid_scope."""
    landing = flow.authorize(Without("scope"))

    good = landing.granted or landing.error == "invalid_scope"
    assert good, f"without scope the browser ended {landing.where}"


@check("rfc6749-3.3-omitted-scope-default-or-error", remedy="Make the default scope a fixed one.")
def test_default_scope_is_always_the_same(flow: Flow) -> None:
    """Two requests without scope are granted the same."""
    first = granted(flow, Without("scope"))
    second = granted(flow, Without("scope"))
    if first is None or second is None:
        raise NotApplicable("A request without scope is granted nothing.")

    assert first.scope == second.scope, f"granted were {first.scope} and then {second.scope}"


@check("rfc6750-5.2-token-scope-restricted", remedy=LIMITED)
def test_narrow_scope_stays_narrow(flow: Flow) -> None:
    """A token that was asked for with one scope value has this scope and no other."""
    value = narrow(flow)

    answer = flow.tokens(Replace("scope", value))

    got = frozenset({value}) if answer.scope is None else answer.scope
    assert got <= {value}, f"asked for {value!r} the server granted {sorted(got)}"


@check("rfc9700-2.3-minimum-privileges", remedy=LIMITED)
def test_no_more_is_granted_than_asked_for(flow: Flow) -> None:
    """The scope that is granted is never larger than the one that was asked for."""
    asked = frozenset(flow.client.scopes)
    if not asked:
        raise NotRun("The client needs a scope in the profile for it.")

    answer = flow.tokens()

    more = scope_of(flow, answer) - asked
    assert not more, f"beyond what was asked for the server granted {sorted(more)}"


@check("oauth-2.1-3.2.3-scope-returned-if-identical", remedy="Name the scope in every response.")
def test_scope_is_named_when_granted_in_full(flow: Flow) -> None:
    """The token response names the scope, even where it is the one that was asked for."""
    answer = flow.tokens()

    assert answer.get("scope"), "the token response names no scope"


@check(
    "rfc9700-2.3-tokens-restricted-to-resources-and-actions",
    remedy="State in each token, or in its introspection, the scope and the audience it is for.",
)
def test_token_states_how_far_it_goes(flow: Flow, bench: Bench) -> None:
    """A token states, itself or by introspection, the scope that it was limited to, and no more."""
    value = narrow(flow)
    wide = stated(flow, bench, flow.tokens())

    little = stated(flow, bench, flow.tokens(Replace("scope", value)))

    assert little, f"nothing limits a token that was asked for with the scope {value!r}"
    assert little < wide, f"a token of {value!r} states {sorted(little)}, a wide one {sorted(wide)}"


def known_scope(flow: Flow, bench: Bench, answer: TokenAnswer) -> frozenset[str]:
    """What was granted: as the answer says, else as the token itself or its introspection does."""
    return stated(flow, bench, answer) if answer.scope is None else answer.scope


def stated(flow: Flow, bench: Bench, answer: TokenAnswer) -> frozenset[str]:
    """The scope that a token states of itself, else its introspection; NotApplicable if neither."""
    claims = jwt.claims(answer.access_token or "") or {}
    value = claims.get("scope", claims.get("scp"))
    if value is None and flow.server.knows(Feature.INTROSPECTION).known is Known.OFFERED:
        caller = bench.client("resource-server", "confidential", "confidential-post")
        value = flow.introspect(answer.access_token or "", caller=caller).get("scope")
    if value is None:
        raise NotApplicable("Neither the access token nor its introspection states a scope.")
    return frozenset(value if isinstance(value, list) else str(value).split())
