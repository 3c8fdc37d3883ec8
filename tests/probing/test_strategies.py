"""What is drawn is what it is said to be, for every form that a server's own values may have."""

from __future__ import annotations

import re
from typing import TypeVar
from urllib.parse import unquote_plus

import pytest
from hypothesis.strategies import SearchStrategy

from conformance.probing import parameters, redirect_uris, texts, tokens
from conformance.probing.parameters import Place
from conformance.probing.search import Limits, search
from conformance.protocol.request import Draft

_Case = TypeVar("_Case")

REGISTERED = (
    "https://client.example/callback",
    "https://client.example",
    "http://127.0.0.1:8765/cb",
    "http://[::1]:8765/cb",
    "https://client.example:8443/a/b?x=y",
    "com.example.app:/callback",
    "urn:ietf:wg:oauth:2.0:oob",
)
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJlLXNpZ25hdHVyZS1zaWc"


def drawn(cases: SearchStrategy[_Case], number: int = 120) -> list[_Case]:
    """So many different cases, or all that there are."""
    found: list[_Case] = []
    search(cases, found.append, Limits(number, 60), 11)
    return found


@pytest.mark.parametrize("registered", REGISTERED)
def test_a_spelling_is_never_the_registered_uri(registered: str) -> None:
    found = drawn(redirect_uris.spellings(registered))

    assert registered not in found
    assert any(uri.startswith(registered) for uri in found)


def test_spellings_reach_every_part_of_the_grammar() -> None:
    found = drawn(redirect_uris.spellings(REGISTERED[0]), 600)

    for part in ("@", ":\\\\", "://client.example:", "/./", "%", "\n", "\0", "。", "ｃ", "0x7f"):
        assert any(part in uri for uri in found), f"none has {part!r}"
    assert any(len(uri) > 2000 for uri in found)


def test_states_are_of_the_characters_that_they_say() -> None:
    printable = re.compile(r"[\x20-\x7e]*")

    assert all(printable.fullmatch(one) for one in drawn(texts.printable_states()))
    assert not any(printable.fullmatch(one) for one in drawn(texts.other_states()))


def test_verifiers_are_legal_and_reach_both_borders() -> None:
    found = drawn(texts.verifiers())

    assert all(re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", one) for one in found)
    assert {43, 128} <= {len(one) for one in found}
    fresh = [texts.freshened(one) for one in found]
    assert all(re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", one) for one in fresh)
    assert all(
        (a[0], a[-1], len(a)) == (b[0], b[-1], len(b)) for a, b in zip(found, fresh, strict=True)
    )
    assert set(found).isdisjoint(fresh)


def test_what_is_altered_differs() -> None:
    altered = [(one, alteration.of(one)) for one, alteration in drawn(texts.altered_verifiers())]

    assert sum(one != other for one, other in altered) > len(altered) * 0.9
    assert "the-secret" not in drawn(texts.altered_secrets("the-secret"))


def test_an_encoding_says_the_same() -> None:
    secret = "a b+c%d:é~.-_*"

    assert {unquote_plus(one) for one in drawn(texts.encodings(secret))} == {secret}


def test_a_difference_shows_nothing_of_what_is_right() -> None:
    told = texts.difference("the-right-secret", "the-right-secreT and more")

    assert told == "25 characters instead of 16, from the 16. on 'T an'"
    assert texts.difference("the-right-secret", "the-right").endswith("on nothing")


def test_parameters_stand_beside_those_of_the_request() -> None:
    request = Draft("GET", "https://server.example/authorize", query=(("a", "1"), ("b", "2")))

    for beside in drawn(parameters.unknown(("a", "b"))):
        query = beside.apply(request).query
        rest = query[-2:] if beside.place is Place.BEFORE else query[:2]
        assert rest == request.query
        assert {name for name, _ in beside.pairs}.isdisjoint({"a", "b"})


def test_parameters_stand_in_the_body_or_the_query_of_a_form() -> None:
    request = Draft("POST", "https://server.example/token", form=(("a", "1"),))
    cases = drawn(parameters.strange(("a",)))

    assert {beside.place for beside in cases} == set(Place)
    assert {one.place for one in drawn(parameters.unknown(("a",)))} == {Place.BEFORE, Place.BEHIND}
    for beside in cases:
        changed = beside.apply(request)
        in_query = beside.place is Place.QUERY
        assert changed.query == (beside.pairs if in_query else ())
        assert len(changed.form) == 1 + (0 if in_query else len(beside.pairs))


def test_second_values_are_those_of_one_parameter() -> None:
    values = {"a": ("1", "2"), "b": ("3",)}
    request = Draft("GET", "x", query=(("a", "0"), ("b", "0")))
    cases = drawn(parameters.second(values))

    assert {name for beside in cases for name, _ in beside.pairs} == set(values)
    for beside in cases:
        (name,) = {name for name, _ in beside.pairs}
        assert {value for _, value in beside.pairs} <= set(values[name])
        sent = [one for one, _ in beside.apply(request).query]
        assert sorted(set(sent)) == ["a", "b"]
        assert len(sent) == 2 + len(beside.pairs)


def test_further_values_have_the_right_one_among_them() -> None:
    cases = drawn(parameters.further())
    made = [further.changes("a", "right", "wrong") for further in cases]
    request = Draft("POST", "x", form=(("a", "wrong"),))

    for further, changes in zip(cases, made, strict=True):
        changed = request
        for change in changes:
            changed = change.apply(changed)
        values = [value for _, value in (*changed.query, *changed.form)]
        assert ("a", "wrong") in changed.form
        assert "right" in values
        assert len(values) == 1 + len(further.values)
        assert str(further).count("the ") >= len(further.values)
    assert {len(changes) for changes in made} == {1, 2, 3}


def test_an_order_keeps_the_parameters() -> None:
    form = tuple((name, name) for name in "abcdefghijk")
    orders = [
        order.apply(Draft("POST", "x", form=form)).form for order in drawn(parameters.orders())
    ]

    assert all(sorted(one) == list(form) for one in orders)
    assert len(set(orders)) > 50


@pytest.mark.parametrize("token", [TOKEN, "an-opaque-token-0123456789"])
def test_a_changed_token_is_another_one(token: str) -> None:
    assert all(flip.of(token) != token for flip in drawn(tokens.flips()))
    assert all(cut.of(token) != token for cut in drawn(tokens.cuts()))


def test_a_flip_changes_one_bit_of_the_bytes() -> None:
    signature = tokens.decoded(TOKEN.rpartition(".")[2])
    other = tokens.decoded(tokens.Flip(2, -1, 3).of(TOKEN).rpartition(".")[2])

    assert len(signature) == len(other)
    assert [a ^ b for a, b in zip(signature, other, strict=True) if a != b] == [8]


def test_a_spelling_of_a_signature_has_its_bytes() -> None:
    signature = tokens.decoded(TOKEN.rpartition(".")[2])
    found = tokens.re_encodings(TOKEN)

    assert len(found) >= 2
    assert TOKEN not in found
    assert all(tokens.decoded(one.rpartition(".")[2]) == signature for one in found)
