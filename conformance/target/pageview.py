"""A page as one sees it: texts, forms, fields and buttons; whoever read it, browser or parser."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, field

TEXTS = ("text", "email", "tel", "url", "number")
"""Types of fields that take a text which may be seen."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form. `type` is lower case; `select` and `textarea` are types here too.

    `label` joins everything that names the field for a human: labels, ARIA, placeholder, title;
    `longest` is how many characters it takes, 0 where it does not say; `problem` is why a browser
    would not send what is in it.
    """

    key: str
    name: str = ""
    id: str = ""
    type: str = "text"
    label: str = ""
    autocomplete: str = ""
    value: str = ""
    visible: bool = True
    required: bool = False
    checked: bool = False
    readonly: bool = False
    disabled: bool = False
    longest: int = 0
    problem: str = ""

    @property
    def usable(self) -> bool:
        """A human can put something in."""
        return self.visible and not self.disabled and not self.readonly


@dataclass(frozen=True, slots=True)
class Button:
    """Anything to press. `type`: submit, image, button, reset or link; `target` is what a link or
    a `formaction` points to."""

    key: str
    text: str = ""
    type: str = "submit"
    name: str = ""
    value: str = ""
    id: str = ""
    role: str = ""
    target: str = ""
    visible: bool = True
    disabled: bool = False

    @property
    def submits(self) -> bool:
        return self.type in ("submit", "image")


@dataclass(frozen=True, slots=True)
class Form:
    """A form, or (`real` false) the loose controls of one part of the page.

    `place` names the part: main, header, nav, footer, aside, dialog or search.
    """

    key: str
    action: str = ""
    method: str = "get"
    enctype: str = ""
    real: bool = True
    place: str = "main"
    text: str = ""
    fields: tuple[Field, ...] = ()
    buttons: tuple[Button, ...] = ()

    def has_password(self, filled: Container[str]) -> bool:
        """Whether one of the fields that were filled in (keys) holds a password."""
        return any(field.key in filled and field.type == "password" for field in self.fields)


@dataclass(frozen=True, slots=True)
class PageView:
    """One page.

    `alerts` is what it says in places made for errors; `matched` says which element (key) each
    selector of the profile found; `refresh` is the target of a refresh that needs no click, None
    without one; `scripted` whether any script runs; `submits_itself` whether a script sends a form
    at once.
    """

    url: str
    status: int | None = None
    title: str = ""
    headings: str = ""
    text: str = ""
    alerts: str = ""
    forms: tuple[Form, ...] = ()
    matched: dict[str, str] = field(default_factory=dict)
    refresh: str | None = None
    scripted: bool = False
    submits_itself: bool = False
    has_captcha: bool = False

    def form_of(self, key: str) -> Form | None:
        """The form that a control belongs to."""
        return next((form for form in self.forms if key in _keys(form)), None)

    def form_key(self, key: str) -> str:
        form = self.form_of(key)
        return "" if form is None else form.key

    @property
    def loud(self) -> str:
        """What the page says loudest: title and headings."""
        return f"{self.title} {self.headings}"

    @property
    def links(self) -> tuple[str, ...]:
        """Where the links that are seen lead to, in order."""
        buttons = (button for form in self.forms for button in form.buttons)
        return tuple(one.target for one in buttons if one.type == "link" and one.visible)

    def button(self, key: str) -> Button | None:
        return next((b for form in self.forms for b in form.buttons if b.key == key), None)


def _keys(form: Form) -> Iterator[str]:
    yield from (field.key for field in form.fields)
    yield from (button.key for button in form.buttons)
