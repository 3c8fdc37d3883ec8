"""Names that are registered, personal, or of everyday."""

from __future__ import annotations

from conformance.protocol.names import GENERIC, REGISTERED, personal, unregistered_and_generic


def test_what_is_registered_is_not_called_generic() -> None:
    assert not GENERIC & REGISTERED


def test_names_of_everyday_are_found_and_names_of_ones_own_are_not() -> None:
    names = ["id", "User-Id", "sub", "https://acme.test/id", "acme_user", "realm_access"]

    assert unregistered_and_generic(names) == ["User-Id", "id"]


def test_data_is_personal_where_no_scope_stands_for_it() -> None:
    members = {"email": "a@example.org", "name": "Alice", "birthdate": "", "sub": "7"}

    assert personal(members, frozenset()) == ["email", "name"]
    assert personal(members, frozenset({"profile"})) == ["email"]
    assert personal(members, frozenset({"profile", "email"})) == []
