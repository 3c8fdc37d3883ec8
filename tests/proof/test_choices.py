"""What a server may choose, and a check once took for a violation, is accused no more."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from conformance.defects.catalogue import named
from conformance.defects.record import Change, rule
from conformance.model import Headers, Verdict
from conformance.server import behaviours as be
from conformance.server.dialects import DIALECTS
from conformance.server.registrations import Client
from tests.proof.harness import judge

ALWAYS = ("profile", "source:w")
NOT_ACCUSED = (Verdict.PASSED, Verdict.NOT_APPLICABLE, Verdict.NOT_RUN)


@dataclass(frozen=True)
class Choice:
    """Rules that a sound server may have, and the checks that once accused it for them."""

    change: Change
    checks: tuple[str, ...]


def all_scopes(asked: tuple[str, ...], client: Client) -> tuple[str, ...]:
    """The scopes that every client is granted, whatever it asks for, and what it asks for."""
    return (*asked, *(one for one in ALWAYS if one not in asked))


def as_json(page: str) -> str:
    """Errors are not told to people."""
    return "application/json" if page == "error" else be.html(page)


def without_policy(page: str, style: str) -> Headers:
    return () if page == "error" else be.page_headers(page, style)


CHOICES = {
    "answers without Date": Choice(
        rule(dated=False),
        (
            "introspection.member_is_true[exp]",
            "sender_constraint.access_token_can_be_bound_to_a_key",
            "sender_constraint.bound_access_token_needs_its_key",
        ),
    ),
    "who asks for less is granted all": Choice(
        rule(granted_scope=all_scopes), ("refresh.refresh_does_not_widen_the_scope",)
    ),
    "consent is asked for once, whatever prompt says": Choice(
        rule(prompts=frozenset({"none", "login"})),
        (
            "consent.consent_page_shows_scopes",
            "consent.refusal_is_access_denied",
            "consent.forged_consent_is_refused",
            "consent.consent_by_a_link_is_refused",
            "profile_server.user_can_refuse",
            "robustness_pages.malformed_consent_form_is_answered",
            "robustness_pages.empty_consent_form_is_no_approval",
            "robustness_requests.malformed_body_is_answered_by_a_page",
            "state_and_issuer.state_comes_back_when_the_user_refuses",
            "state_and_issuer.iss_is_in_the_response_to_a_refusal",
        ),
    ),
    "a state is demanded that cannot be guessed": Choice(
        rule(state_at_least=8),
        ("authorization.empty_state_is_not_echoed", "state_and_issuer.state_comes_back_unchanged"),
    ),
    "an unknown scope is dropped, and none ever named": Choice(
        # Another check's violation, and none of these.
        named("unknown scope dropped and the scope never sent").change,
        ("scope.scope_values_are_case_sensitive", "scope.malformed_scope_is_not_granted"),
    ),
    "a revocation ends every grant of the user": Choice(
        rule(revocation_reach=lambda _: "user"),
        (
            "revocation.refresh_after_the_access_token_was_revoked_is_clean",
            "revocation.revoked_refresh_token_ends_the_access_token",
            "revocation.revoked_refresh_token_ends_the_family",
            "revocation.wrong_hint_does_not_save_an_access_token",
        ),
    ),
    "errors shown as JSON": Choice(
        rule(page_type=as_json, page_headers=without_policy, page_escapes=False),
        ("pages.markup_of_a_request_is_escaped[client_id]", "pages.every_page_has_a_policy[error]"),
    ),
}


@pytest.mark.parametrize("choice", CHOICES.values(), ids=CHOICES)
def test_a_choice_is_no_violation(choice: Choice, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = DIALECTS["standard"]
    monkeypatch.setitem(DIALECTS, "standard", lambda: choice.change(usual()))

    judged = judge("embedded-standard", checks=choice.checks)

    selected = {one.partition("[")[0] for one in judged.run.header.selected}
    assert selected == {one.partition("[")[0] for one in choice.checks}
    assert set(judged.selected_with(*NOT_ACCUSED)) == set(judged.run.header.selected), (
        judged.explain(*set(Verdict) - set(NOT_ACCUSED))
    )
