"""Which page is this, and what does one do on it; by structure first, by words second."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.profile import PageSettings
from conformance.profile import Step as ToldStep
from conformance.protocol.answers import Landing, Place, base
from conformance.target import vocabulary as words
from conformance.target.consent import consent_page, decisions, sense_of, ticks
from conformance.target.pageview import TEXTS, Form, PageView
from conformance.target.signin import is_search, login_page, second_factor
from conformance.target.steps import Fill, Kind, Page, Press, Step, key_of
from conformance.target.vocabulary import Sense

NO_HINTS = PageSettings()


def selectors(hints: PageSettings) -> tuple[str, ...]:
    """The CSS selectors that the profile names; readers of pages look them up."""
    steps = (*hints.login, *hints.approve, *hints.deny)
    named = [*(step.selector for step in steps), *filter(None, [hints.error])]
    return tuple(dict.fromkeys(named))


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
        login = login_page(view, forms)
        if login is not None and not (status in (400, 404) and words.ERROR.search(view.loud)):
            yield replace(login, message=message)
        yield from second_factor(view, forms)
    if status >= 400:
        yield Page(Kind.ERROR, f"status {status}", message=message or _short(view.text))
    if hints.error is not None and hints.error in view.matched:
        yield Page(Kind.ERROR, "the profile's selector", message=message)
    consent = consent_page(view, forms)
    if consent is not None and consent.approve and consent.deny:
        yield consent
    if words.ERROR.search(view.loud):
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
        form = view.form_of(key_of((approve or deny)[-1]))
        main = [form] if form is not None else []
        allowed, denied = decisions(main)
        if not approve and allowed is not None:
            approve = (Press(allowed.key, view.form_key(allowed.key)),)
        if not deny and denied is not None:
            deny = (Press(denied.key, view.form_key(denied.key)),)
        yield Page(Kind.CONSENT, why, approve=(*ticks(main), *approve), deny=deny)


def _told(view: PageView, told: tuple[ToldStep, ...]) -> tuple[Step, ...]:
    """The steps of the profile that this page can take, up to the first button."""
    steps: list[Step] = []
    for step in told:
        key = view.matched.get(step.selector)
        if key is None:
            continue
        if step.fill is None:
            return (*steps, Press(key, view.form_key(key)))
        steps.append(Fill(key, step.fill))
    return (*steps, Press(None, view.form_key(key_of(steps[-1])))) if steps else ()


def _obstacle(view: PageView, forms: list[Form]) -> Iterator[Page]:
    told = f"{view.loud} {view.text[:2000]}"
    if view.has_captcha or words.CAPTCHA.search(told):
        yield Page(Kind.OBSTACLE, "It asks to solve a captcha: switch it off for the test user.")
    if any(sum(f.type == "password" and f.usable for f in form.fields) > 1 for form in forms):
        yield Page(
            Kind.OBSTACLE, "It asks for a new password: give the test user one that may stay."
        )


def _last(view: PageView, forms: list[Form], message: str, username: str) -> Iterator[Page]:
    told = f"{view.loud} {view.text[:4000]}"
    if words.LOGGED_OUT.search(told):
        yield Page(Kind.LOGGED_OUT, "its words")
    main = [form for form in forms if form.place in ("main", "dialog")]
    chooses = words.CONTINUE_AS.search(told) is not None
    buttons = [(b, form) for form in main for b in form.buttons if b.visible and not b.disabled]
    own = [b for b, _ in buttons if username and username.lower() in b.text.lower()]
    plain = [
        b
        for b, form in buttons
        if sense_of(b, form) in (Sense.YES, Sense.MAYBE_YES) and (b.submits or chooses)
    ]
    pressed = own[:1] or plain[:1]
    wants_text = any(f.visible and f.type in TEXTS for form in main for f in form.fields)
    is_error = words.ERROR.search(told) is not None
    if pressed and not wants_text and (own or chooses or not is_error):
        press = Press(pressed[0].key, view.form_key(pressed[0].key))
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
    return len(texts) == 1 and form.real and is_search(texts[0])


def _message(view: PageView, hints: PageSettings) -> str:
    """What the page says went wrong, as far as it can be told from the rest."""
    if view.alerts:
        return _short(view.alerts)
    found = words.CREDENTIALS.search(view.text) or words.ERROR.search(view.text)
    if found is None and hints.error not in view.matched:
        return ""
    at = 0 if found is None else found.start()
    return _short(view.text[max(0, at - 60) :])


def _short(text: str) -> str:
    return text[:200].strip()


def what_to_say_of(landing: Landing) -> str:
    """A sentence about the unknown page where the browser ended: which, and what to do."""
    title = landing.pages[-1].title.strip()[:80] if landing.pages else ""
    named = f'"{title}" at {base(landing.url)}' if title else f"at {base(landing.url)}"
    status = "" if landing.status is None else f" (status {landing.status})"
    return (
        f"The page {named}{status} is none that can be recognised: say in [pages] of the profile"
        " what a user does on it (login = [...], consent.approve, consent.deny), or what an error"
        " page has (error)."
    )
