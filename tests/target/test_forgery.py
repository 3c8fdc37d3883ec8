"""What another site sends is the form of the server without the values of the session."""

from __future__ import annotations

import pytest

from conformance.errors import NotApplicable
from conformance.protocol.request import Draft
from conformance.target.forgery import Forgery, forged, secrets_of
from conformance.target.pageview import Field, Form

OWN = {"csrf_token": "mine"}
GENUINE = Draft(
    "POST", "https://as.test/consent", form=(("csrf_token", "mine"), ("decision", "approve"))
)


@pytest.mark.parametrize(
    ("how", "form"),
    [
        (Forgery.EMPTIED, (("csrf_token", ""), ("decision", "approve"))),
        (Forgery.LEFT_OUT, (("decision", "approve"),)),
        (Forgery.FOREIGN, (("csrf_token", "theirs"), ("decision", "approve"))),
    ],
)
def test_only_the_anti_forgery_value_is_changed(
    how: Forgery, form: tuple[tuple[str, str], ...]
) -> None:
    assert forged(GENUINE, OWN, how, {"csrf_token": "theirs"}).form == form


def test_visible_fields_and_others_are_no_anti_forgery_values() -> None:
    fields = (
        Field("1", "csrf_token", type="hidden", value="mine"),
        Field("2", "request", type="hidden", value="7"),
        Field("3", "csrf_note", type="text", value="seen"),
    )

    assert secrets_of(Form("f", fields=fields)) == OWN


def test_form_without_any_is_not_judged() -> None:
    with pytest.raises(NotApplicable, match="anti-forgery"):
        secrets_of(Form("f", fields=(Field("1", "request", type="hidden", value="7"),)))
