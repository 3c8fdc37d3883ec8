"""Which page is this, and what does one do on it; by structure first, by words second."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from conformance.profile import Fill as What
from conformance.profile import PageSettings
from conformance.profile import Step as ToldStep
from conformance.protocol.answers import Place
from conformance.target import vocabulary as words
from conformance.target.pageview import Button, Field, Form, PageView
from conformance.target.vocabulary import Sense, sense_of_names, sense_of_text


class Kind(StrEnum):
    """What a page is taken for."""

    LOGIN = "login page"
    CONSENT = "consent page"
    CONTINUE = "page that asks to go on as the user who is signed in"
    SECOND_FACTOR = "page that asks for a second factor"
    OBSTACLE = "page that only a human gets past"
    ERROR = "error page"
    LOGGED_OUT = "page that says that the user is signed out"
    UNKNOWN = "page that we do not know"

    @property
    def place(self) -> Place:
        return _PLACES.get(self, Place.OTHER)


_PLACES = {
    Kind.LOGIN: Place.LOGIN,
    Kind.SECOND_FACTOR: Place.LOGIN,
    Kind.CONSENT: Place.CONSENT,
    Kind.ERROR: Place.ERROR,
}


@dataclass(frozen=True, slots=True)
class Fill:
    """Put something into a field."""

    key: str
    what: What


@dataclass(frozen=True, slots=True)
class Tick:
    """Choose a box or a radio button."""

    key: str


@dataclass(frozen=True, slots=True)
class Press:
    """Press a button; without a key: send the form with the Enter key."""

    key: str | None
    form: str = ""


Step = Fill | Tick | Press


NO_HINTS = PageSettings()


def selectors(hints: PageSettings) -> tuple[str, ...]:
    """The CSS selectors that the profile names; readers of pages look them up."""
    steps = (*hints.login, *hints.approve, *hints.deny)
    named = [*(step.selector for step in steps), *filter(None, [hints.error])]
    return tuple(dict.fromkeys(named))


@dataclass(frozen=True, slots=True)
class Page:
    """A recognised page: its kind, why it is taken for that, and the steps to do on it.

    `go_on` signs in, answers the second factor or goes on; `approve` and `deny` are empty where
    the page offers no such choice. `message` is what the page says went wrong.
    """

    kind: Kind
    why: str
    go_on: tuple[Step, ...] = ()
    approve: tuple[Step, ...] = ()
    deny: tuple[Step, ...] = ()
    message: str = ""
    choices: int = 0

    @property
    def asks_password(self) -> bool:
        return any(isinstance(step, Fill) and step.what is What.PASSWORD for step in self.go_on)


def recognise(view: PageView, hints: PageSettings = NO_HINTS, *, username: str = "") -> Page:
    """What the page is. Pure; knows no brand. `username` finds the own account in a chooser."""
    return next(_readings(view, hints, username))


def refuses_sign_in(page: Page, status: int | None) -> bool:
    """Whether a page that came after a submitted password says that it was not accepted.

    The one place where a login page that comes back, and an error page about credentials, are
    told from an error of the authorization request.
    """
    if page.kind is Kind.LOGIN:
        return True
    about_user = words.CREDENTIALS.search(page.message) is not None
    return page.kind is Kind.ERROR and (status == 401 or about_user)


def place_of(page: Page, status: int | None) -> Place:
    """Where a browser that stands on this page has landed."""
    if page.kind is Kind.ERROR and status is not None and status >= 500:
        return Place.SERVER_ERROR
    return page.kind.place


def _readings(view: PageView, hints: PageSettings, username: str) -> Iterator[Page]:
    """The possible readings, the strongest first."""
    status = view.status or 200
    forms = [form for form in view.forms if not _is_decoy(form)]
    message = _message(view, hints)
    if status < 500:
        yield from _as_told(view, hints, message)
        login = _login(view, forms)
        if login is not None and not (status in (400, 404) and words.ERROR.search(_loud(view))):
            yield replace(login, message=message)
        yield from _second_factor(view, forms)
    if status >= 400:
        yield Page(Kind.ERROR, f"status {status}", message=message or _short(view.text))
    if hints.error is not None and hints.error in view.matched:
        yield Page(Kind.ERROR, "the profile's selector", message=message)
    consent = _consent(view, forms)
    if consent is not None and consent.approve and consent.deny:
        yield consent
    if words.ERROR.search(_loud(view)):
        yield Page(Kind.ERROR, "its title or heading", message=message)
    if consent is not None:
        yield consent
    yield from _obstacle(view, forms)
    yield from _last(view, forms, message, username)


def _as_told(view: PageView, hints: PageSettings, message: str) -> Iterator[Page]:
    why = "the profile's selectors"
    login = _told(view, hints.login)
    if any(isinstance(step, Fill) for step in login):
        yield Page(Kind.LOGIN, why, login, message=message)
    approve = _told(view, hints.approve)
    deny = _told(view, hints.deny)
    if approve or deny:
        form = view.form_of(_key_of((approve or deny)[-1]))
        main = [form] if form is not None else []
        allowed, denied = _decisions(main)
        if not approve and allowed is not None:
            approve = (Press(allowed.key, _form_key(view, allowed.key)),)
        if not deny and denied is not None:
            deny = (Press(denied.key, _form_key(view, denied.key)),)
        yield Page(Kind.CONSENT, why, approve=(*_ticks(main), *approve), deny=deny)


def _told(view: PageView, told: tuple[ToldStep, ...]) -> tuple[Step, ...]:
    """The steps of the profile that this page can take, up to the first button."""
    steps: list[Step] = []
    for step in told:
        key = view.matched.get(step.selector)
        if key is None:
            continue
        if step.fill is None:
            return (*steps, Press(key, _form_key(view, key)))
        steps.append(Fill(key, step.fill))
    return (*steps, Press(None, _form_key(view, _key_of(steps[-1])))) if steps else ()


def _login(view: PageView, forms: list[Form]) -> Page | None:
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
    allowed, denied = _decisions([form])
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
    others = [f for f in form.fields if f.visible and f.type in _TEXTS and f.key != user.key]
    wrong = words.NEWS.search(said) or words.RECOVERY.search(f"{view.title} {view.headings}")
    if len(others) > 1 or wrong or words.REGISTER.search(f"{form.action} {view.headings}"):
        return 0
    if _names_user(user) < 2 or not (form.buttons or form.real):
        return 0
    says_login = words.LOGIN.search(f"{said} {view.title} {view.headings} {form.action}")
    return score + 3 if says_login or "username" in user.autocomplete else 0


_TEXTS = ("text", "email", "tel", "url", "number")


def _username_field(form: Form) -> Field | None:
    password = _password_field(form)
    fields = [f for f in form.fields if f.visible and not f.disabled and f.type in _TEXTS]
    if password is not None:
        before = list(form.fields)[: form.fields.index(password)]
        fields = [f for f in fields if f in before] or fields
    fields = [f for f in fields if not _is_search(f) and not _is_code(f)]
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


def _is_search(field: Field) -> bool:
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
        or _sense(button) in (Sense.NO, Sense.MAYBE_NO)
    )


def _said(button: Button) -> str:
    return f"{button.text} {button.name} {button.value} {button.id}".replace("_", " ")


def _second_factor(view: PageView, forms: list[Form]) -> Iterator[Page]:
    for form in forms:
        fields = [f for f in form.fields if f.usable and f.type in (*_TEXTS, "password")]
        codes = [f for f in fields if _is_code(f)]
        if not codes and len(fields) == 1 and not _is_search(fields[0]):
            codes = fields if words.SECOND_FACTOR.search(_loud(view)) else []
        if codes:
            yield Page(
                Kind.SECOND_FACTOR,
                "a field for a one-time code",
                (Fill(codes[0].key, What.TOTP), Press(_sign_in_button(form), form.key)),
            )


def _consent(view: PageView, forms: list[Form]) -> Page | None:
    main = [form for form in forms if form.place in ("main", "dialog")]
    allowed, denied = _decisions(main)
    radios = _radios(main, Sense.YES)
    refusing = _radios(main, Sense.NO)
    submit = next((b for form in main for b in form.buttons if b.submits and b.visible), None)
    if radios and refusing and submit is not None:
        where = _form_key(view, submit.key)
        press = Press(submit.key if allowed is None else allowed.key, where)
        away = press if denied is None else Press(denied.key, _form_key(view, denied.key))
        return Page(
            Kind.CONSENT,
            "a choice between yes and no",
            approve=(*radios, *_ticks(main), press),
            deny=(*refusing, away),
            choices=1,
        )
    if allowed is None:
        return None
    form = view.form_of(allowed.key)
    told = f"{view.title} {view.headings} {'' if form is None else form.text} {view.text[:2000]}"
    asks = words.ASKS.search(told) is not None
    boxes = _ticks([form] if form is not None else main)
    sure = _sense(allowed, form) is Sense.YES
    twin = denied is not None and _sense(denied, view.form_of(denied.key)) is Sense.NO
    if not ((sure and (twin or asks or boxes)) or (twin and asks) or (boxes and asks)):
        return None
    if any(f.visible and f.type in (*_TEXTS, "password") for f in (form.fields if form else ())):
        return None
    return Page(
        Kind.CONSENT,
        "a control that approves" + (" and one that denies" if denied is not None else ""),
        approve=(*boxes, Press(allowed.key, _form_key(view, allowed.key))),
        deny=() if denied is None else (Press(denied.key, _form_key(view, denied.key)),),
        choices=sum(1 for form in main for button in form.buttons if button.visible),
    )


def _decisions(forms: Iterable[Form]) -> tuple[Button | None, Button | None]:
    """The controls that approve and deny; buttons before links, sure ones before vague ones."""
    buttons = [(b, form) for form in forms for b in form.buttons if b.visible]
    ranked: dict[Sense, Button] = {}
    for button, form in sorted(buttons, key=lambda pair: pair[0].type == "link"):
        sense = _sense(button, form)
        if button.type == "link" and button.role != "button" and sense is not Sense.NO:
            continue
        if sense is not None and not words.ELSEWHERE.search(button.text):
            ranked.setdefault(sense, button)
    allowed = ranked.get(Sense.YES) or ranked.get(Sense.MAYBE_YES)
    denied = ranked.get(Sense.NO) or ranked.get(Sense.MAYBE_NO)
    return allowed, denied


def _sense(button: Button, form: Form | None = None) -> Sense | None:
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


def _ticks(forms: Iterable[Form]) -> tuple[Step, ...]:
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


def _obstacle(view: PageView, forms: list[Form]) -> Iterator[Page]:
    told = f"{_loud(view)} {view.text[:2000]}"
    if view.has_captcha or words.CAPTCHA.search(told):
        yield Page(Kind.OBSTACLE, "It asks to solve a captcha: switch it off for the test user.")
    if any(sum(f.type == "password" and f.usable for f in form.fields) > 1 for form in forms):
        yield Page(
            Kind.OBSTACLE, "It asks for a new password: give the test user one that may stay."
        )


def _last(view: PageView, forms: list[Form], message: str, username: str) -> Iterator[Page]:
    told = f"{_loud(view)} {view.text[:4000]}"
    if words.LOGGED_OUT.search(told):
        yield Page(Kind.LOGGED_OUT, "its words")
    main = [form for form in forms if form.place in ("main", "dialog")]
    chooses = words.CONTINUE_AS.search(told) is not None
    buttons = [(b, form) for form in main for b in form.buttons if b.visible and not b.disabled]
    own = [b for b, _ in buttons if username and username.lower() in b.text.lower()]
    plain = [
        b
        for b, form in buttons
        if _sense(b, form) in (Sense.YES, Sense.MAYBE_YES) and (b.submits or chooses)
    ]
    pressed = own[:1] or plain[:1]
    wants_text = any(f.visible and f.type in _TEXTS for form in main for f in form.fields)
    is_error = words.ERROR.search(told) is not None
    if pressed and not wants_text and (own or chooses or not is_error):
        press = Press(pressed[0].key, _form_key(view, pressed[0].key))
        yield Page(Kind.CONTINUE, "one control that goes on", (press,))
    if is_error or words.MAINTENANCE.search(told):
        yield Page(Kind.ERROR, "its words", message=message or _short(view.text))
    yield Page(Kind.UNKNOWN, "neither a form that we know nor words that we know")


def _is_decoy(form: Form) -> bool:
    """Cookie banners, search boxes, newsletters."""
    if form.place in ("cookies", "search"):
        return True
    said = " ".join(button.text for button in form.buttons)
    about_cookies = words.COOKIES.search(said) or (
        len(form.text) < 600 and words.COOKIES.search(form.text)
    )
    if about_cookies and not words.ASKS.search(form.text):
        return True
    texts = [f for f in form.fields if f.visible and f.type in ("text", "search", "email")]
    return len(texts) == 1 and form.real and _is_search(texts[0])


def _message(view: PageView, hints: PageSettings) -> str:
    """What the page says went wrong, as far as it can be told from the rest."""
    found = words.CREDENTIALS.search(view.text) or words.ERROR.search(view.text)
    if found is None and hints.error not in view.matched:
        return ""
    at = 0 if found is None else found.start()
    return _short(view.text[max(0, at - 60) :])


def _loud(view: PageView) -> str:
    return f"{view.title} {view.headings}"


def _short(text: str) -> str:
    return text[:200].strip()


def _form_key(view: PageView, key: str) -> str:
    form = view.form_of(key)
    return "" if form is None else form.key


def _key_of(step: Step) -> str:
    return step.key or ""
