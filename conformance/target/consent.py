"""Recognises consent pages, and tells the control that approves from the one that denies."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.target import vocabulary as words
from conformance.target.pageview import TEXTS, Button, Form, PageView
from conformance.target.steps import Kind, Page, Press, Step, Tick
from conformance.target.vocabulary import Sense, sense_of_names, sense_of_text


def consent_page(view: PageView, forms: list[Form]) -> Page | None:
    main = [form for form in forms if form.place in ("main", "dialog")]
    allowed, denied = decisions(main)
    radios = _radios(main, Sense.YES)
    refusing = _radios(main, Sense.NO)
    submit = next((b for form in main for b in form.buttons if b.submits and b.visible), None)
    if radios and refusing and submit is not None:
        where = view.form_key(submit.key)
        press = Press(submit.key if allowed is None else allowed.key, where)
        away = press if denied is None else Press(denied.key, view.form_key(denied.key))
        return Page(
            Kind.CONSENT,
            "a choice between yes and no",
            approve=(*radios, *ticks(main), press),
            deny=(*refusing, away),
            choices=1,
        )
    if allowed is None:
        return None
    form = view.form_of(allowed.key)
    told = f"{view.title} {view.headings} {'' if form is None else form.text} {view.text[:2000]}"
    asks = words.ASKS.search(told) is not None
    boxes = ticks([form] if form is not None else main)
    sure = sense_of(allowed, form) is Sense.YES
    twin = denied is not None and sense_of(denied, view.form_of(denied.key)) is Sense.NO
    if not ((sure and (twin or asks or boxes)) or (twin and asks) or (boxes and asks)):
        return None
    if any(f.visible and f.type in (*TEXTS, "password") for f in (form.fields if form else ())):
        return None
    return Page(
        Kind.CONSENT,
        "a control that approves" + (" and one that denies" if denied is not None else ""),
        approve=(*boxes, Press(allowed.key, view.form_key(allowed.key))),
        deny=() if denied is None else (Press(denied.key, view.form_key(denied.key)),),
        choices=sum(1 for form in main for button in form.buttons if button.visible),
    )


def decisions(forms: Iterable[Form]) -> tuple[Button | None, Button | None]:
    """The controls that approve and deny; buttons before links, sure ones before vague ones."""
    buttons = [(b, form) for form in forms for b in form.buttons if b.visible]
    ranked: dict[Sense, Button] = {}
    for button, form in sorted(buttons, key=lambda pair: pair[0].type == "link"):
        sense = sense_of(button, form)
        if button.type == "link" and button.role != "button" and sense is not Sense.NO:
            continue
        if sense is not None and not words.ELSEWHERE.search(button.text):
            ranked.setdefault(sense, button)
    allowed = ranked.get(Sense.YES) or ranked.get(Sense.MAYBE_YES)
    denied = ranked.get(Sense.NO) or ranked.get(Sense.MAYBE_NO)
    return allowed, denied


def sense_of(button: Button, form: Form | None = None) -> Sense | None:
    """What pressing says: to the server (names, values, targets) first, to the human second."""
    shown_as_value = button.type == "submit" and button.value == button.text
    value = "" if shown_as_value else button.value
    by_names = sense_of_names(button.name, value) if button.submits or button.value else None
    if by_names is not None and not (shown_as_value and sense_of_text(button.text) is Sense.NO):
        return by_names
    if form is not None and sum(b.submits and b.visible for b in form.buttons) == 1:
        for field in form.fields:
            hidden = sense_of_names(field.name, field.value) if field.type == "hidden" else None
            if hidden is not None and button.submits:
                return hidden
    by_text = sense_of_text(button.text)
    if by_text in (Sense.YES, Sense.NO):
        return by_text
    target = button.target or (form.action if form is not None and button.submits else "")
    last = target.partition("?")[0].rstrip("/").rpartition("/")[2]
    by_target = sense_of_names("", last) if len(last) < 20 else None
    return by_target or sense_of_names("", button.id) or by_text


def ticks(forms: Iterable[Form]) -> tuple[Step, ...]:
    """The boxes of scopes that are not ticked yet."""
    return tuple(
        Tick(f.key)
        for form in forms
        for f in form.fields
        if f.type == "checkbox"
        and f.usable
        and not f.checked
        and (f.required or not words.REMEMBER.search(f"{f.name} {f.id} {f.label}"))
    )


def _radios(forms: Iterable[Form], wanted: Sense) -> tuple[Step, ...]:
    return tuple(
        Tick(f.key)
        for form in forms
        for f in form.fields
        if f.type == "radio"
        and f.usable
        and (sense_of_names(f.name, f.value) or sense_of_text(f.label)) is wanted
    )
