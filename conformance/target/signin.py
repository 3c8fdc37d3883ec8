"""Recognises login pages: which form, which fields, which button, among all that stands beside."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.profile import Fill as What
from conformance.protocol.totp import DIGITS
from conformance.target import vocabulary as words
from conformance.target.consent import decisions, sense_of
from conformance.target.pageview import TEXTS, Button, Field, Form, PageView
from conformance.target.steps import Fill, Kind, Page, Press, Step, Tick
from conformance.target.vocabulary import Sense, sense_of_text


def login_page(view: PageView, forms: list[Form]) -> Page | None:
    scored = [(_login_score(view, form), form) for form in forms]
    best = max(scored, key=lambda pair: pair[0], default=None)
    if best is None or best[0] <= 0:
        return None
    form = best[1]
    user = _username_field(form)
    password = _password_field(form)
    steps: list[Step] = []
    if user is not None and not user.readonly:
        steps.append(Fill(user.key, What.USERNAME))
    if password is not None:
        steps.append(Fill(password.key, What.PASSWORD))
    steps += (
        Tick(field.key)
        for field in form.fields
        if field.type == "checkbox" and field.required and not field.checked and field.usable
    )
    allowed, denied = decisions([form])
    press = Press(_sign_in_button(form), form.key)
    both = allowed is not None and denied is not None
    return Page(
        Kind.LOGIN,
        "a password field" if password is not None else "a field for the user's name alone",
        (*steps, press),
        deny=(*steps, Press(denied.key, form.key)) if both and denied is not None else (),
    )


def _login_score(view: PageView, form: Form) -> int:
    passwords = [f for f in form.fields if f.type == "password" and f.usable]
    said = " ".join([form.text, *(b.text for b in form.buttons if b.submits)])
    score = -1 if form.place in ("header", "nav", "footer", "aside") else 0
    if passwords:
        if _password_field(form) is None:
            return 0
        score += 10 + 2 * any("current-password" in f.autocomplete for f in passwords)
        score += 2 * (_username_field(form) is not None) - 3 * (len(passwords) - 1)
        score += 2 * (words.LOGIN.search(said) is not None)
        buttons = " ".join(b.text for b in form.buttons if b.submits)
        return score - 4 * (words.REGISTER.search(f"{form.action} {buttons}") is not None)
    user = _username_field(form)
    if user is None or not user.usable:
        return 0
    others = [f for f in form.fields if f.visible and f.type in TEXTS and f.key != user.key]
    wrong = words.NEWS.search(said) or words.RECOVERY.search(f"{view.title} {view.headings}")
    if len(others) > 1 or wrong or words.REGISTER.search(f"{form.action} {view.headings}"):
        return 0
    if _names_user(user) < 2 or not (form.buttons or form.real):
        return 0
    says_login = words.LOGIN.search(f"{said} {view.title} {view.headings} {form.action}")
    return score + 3 if says_login or "username" in user.autocomplete else 0


def _username_field(form: Form) -> Field | None:
    password = _password_field(form)
    fields = [f for f in form.fields if f.visible and not f.disabled and f.type in TEXTS]
    if password is not None:
        before = list(form.fields)[: form.fields.index(password)]
        fields = [f for f in fields if f in before] or fields
    fields = [f for f in fields if not is_search(f) and not _is_code(f)]
    best = max(fields, key=_names_user, default=None)
    if best is None or (_names_user(best) == 0 and (password is None or len(fields) > 1)):
        return fields[-1] if password is not None and fields else None
    return best


def _names_user(field: Field) -> int:
    """How surely a field is the user's name: 0 to 6."""
    score = 3 if {"username", "email"} & set(field.autocomplete.split()) else 0
    score += 2 if words.USERNAME.search(f"{field.name} {field.id}") else 0
    score += 1 if words.USERNAME.search(field.label) else 0
    return score + (1 if field.type == "email" else 0)


def _password_field(form: Form) -> Field | None:
    fields = [f for f in form.fields if f.type == "password" and f.usable]
    current = [f for f in fields if "current-password" in f.autocomplete]
    known = [f for f in fields if "new-password" not in f.autocomplete and not _is_code(f)]
    if current:
        return current[0]
    return known[0] if len(fields) == 1 and known else None


def is_search(field: Field) -> bool:
    named = f"{field.name} {field.id} {field.label}"
    return field.type == "search" or words.SEARCH.search(named) is not None


def _is_code(field: Field) -> bool:
    named = f"{field.name} {field.id} {field.label}".replace("_", " ")
    return "one-time-code" in field.autocomplete or words.SECOND_FACTOR.search(named) is not None


def _sign_in_button(form: Form) -> str | None:
    """The button that signs in, None where the form is best sent with the Enter key."""
    # A disabled button may wake up when the fields are filled, or the boxes ticked.
    seen = [b for b in form.buttons if b.visible and b.type != "reset"]
    fit = [b for b in seen if not _leads_elsewhere(b) and (b.type != "link" or b.role == "button")]
    ranked = sorted(fit, key=lambda b: (not b.submits, words.LOGIN.search(_said(b)) is None))
    by_words = [b for b in ranked if words.LOGIN.search(_said(b))]
    if ranked and ranked[0].submits:
        return ranked[0].key
    going_on = [b for b in ranked if sense_of_text(b.text) in (Sense.YES, Sense.MAYBE_YES)]
    return next((b.key for b in [*by_words, *going_on, *ranked]), None)


def _leads_elsewhere(button: Button) -> bool:
    text = button.text
    return bool(
        words.RECOVERY.search(_said(button))
        or words.REGISTER.search(_said(button))
        or words.ELSEWHERE.search(text)
        or words.PASSWORD.search(f"{button.name} {button.id}")
        or sense_of(button) in (Sense.NO, Sense.MAYBE_NO)
    )


def _said(button: Button) -> str:
    return f"{button.text} {button.name} {button.value} {button.id}".replace("_", " ")


def second_factor(view: PageView, forms: list[Form]) -> Iterator[Page]:
    for form in forms:
        fields = [f for f in form.fields if f.usable and f.type in (*TEXTS, "password")]
        single = [f for f in fields if f.longest == 1]
        if len(single) == DIGITS:
            one_each = tuple(Fill(f.key, What.TOTP, at) for at, f in enumerate(single))
            press = Press(_sign_in_button(form), form.key)
            yield Page(Kind.SECOND_FACTOR, "a field for each digit of a code", (*one_each, press))
            continue
        codes = [f for f in fields if _is_code(f)]
        if not codes and len(fields) == 1 and not is_search(fields[0]):
            codes = fields if words.SECOND_FACTOR.search(view.loud) else []
        if codes:
            yield Page(
                Kind.SECOND_FACTOR,
                "a field for a one-time code",
                (Fill(codes[0].key, What.TOTP), Press(_sign_in_button(form), form.key)),
            )
