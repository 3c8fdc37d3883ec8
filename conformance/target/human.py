"""What a human does on a page of the server; shared by every user agent, so that they do alike."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, partial

from conformance.errors import NotApplicable, PageNotRecognised, SignInRefused
from conformance.profile import Fill as What
from conformance.profile import UserSettings
from conformance.protocol.answers import PageMet, Place, base
from conformance.protocol.request import Pairs
from conformance.protocol.totp import totp
from conformance.target.agent import Decision
from conformance.target.pages import place_of, refuses_sign_in
from conformance.target.pageview import PageView
from conformance.target.steps import Fill, Kind, Page, Press, Step, Tick


def says(user: UserSettings, what: What) -> str:
    """What the human puts into a field. Raises PageNotRecognised where the profile has it not."""
    if what is What.USERNAME:
        return user.username
    if what is What.PASSWORD:
        if user.password is None:
            raise PageNotRecognised(
                f"The server asks {user.username} for a password, and the profile has none: the"
                " saved session (pages.session) is over, or was made for another host."
            )
        return user.password.reveal()
    if user.totp is None:
        raise PageNotRecognised(
            f"The server asks {user.username} for a second factor: switch it off for this user, or"
            " give its shared key in the profile (users.totp)."
        )
    return totp(user.totp.reveal(), time.time())


def answers(steps: Iterable[Step], user: UserSettings) -> dict[str, str]:
    """What the human puts into the fields of one page, by key; each thing is said once."""
    said = cache(partial(says, user))
    return {step.key: step.part(said(step.what)) for step in steps if isinstance(step, Fill)}


@dataclass(slots=True)
class Progress:
    """What has been done on the way of one visit."""

    pages: tuple[PageMet, ...] = ()
    named: bool = False
    signed_in: bool = False
    """A password was sent, and no page has come yet that shows that it was accepted."""
    passed_login: bool = False
    coded: bool = False
    decided: tuple[str, ...] = ()
    went_on: int = 0

    def meet(self, page: PageMet) -> None:
        self.pages = (*self.pages, page)


def next_steps(
    page: Page, view: PageView, decision: Decision, done: Progress, user: UserSettings
) -> tuple[Step, ...] | Place:
    """What the human does on a page: steps, or the place where the way ends.

    Raises SignInRefused, PageNotRecognised, NotApplicable (no control to deny with). Pure but for
    `done`, which it brings forward. Shared by every user agent, so that they decide alike.
    """
    if done.signed_in and refuses_sign_in(page, view.status):
        robot = " The page has a captcha." if view.has_captcha else ""
        raise SignInRefused(
            f"{base(view.url)} did not let {user.username} in: the {page.kind.value} came after"
            f" the password.{_said(page)}{_held_back(view)}{robot} Look at username and password of"
            " [[users]] in the profile."
        )
    match page.kind:
        case Kind.LOGIN:
            return _sign_in(page, view, decision, done, user)
        case Kind.SECOND_FACTOR:
            if done.coded:
                raise SignInRefused(f"{base(view.url)} did not accept the one-time code.")
            done.coded = True
            return page.go_on
        case Kind.CONSENT:
            return _decide(page, view, decision, done)
        case Kind.CONTINUE if done.went_on < 3:
            done.went_on += 1
            return page.go_on
        case Kind.OBSTACLE:
            raise PageNotRecognised(f"{base(view.url)} cannot be passed. {page.why}")
    return place_of(page, view.status)


def _said(page: Page) -> str:
    message = page.message.rstrip(".")
    return f' It says: "{message}".' if message else ""


def _held_back(view: PageView) -> str:
    """What the browser says of a form that it did not send."""
    problems = [field.problem for form in view.forms for field in form.fields if field.problem]
    return f' The browser did not send the form: "{problems[0].rstrip(".")}".' if problems else ""


def _sign_in(
    page: Page, view: PageView, decision: Decision, done: Progress, user: UserSettings
) -> tuple[Step, ...] | Place:
    if decision is Decision.STAY_OUT:
        return Place.LOGIN
    if not page.asks_password and done.named:
        raise SignInRefused(
            f"{base(view.url)} does not know the user {user.username}.{_said(page)} Look at"
            " username of [[users]] in the profile."
        )
    done.named = True
    done.signed_in = page.asks_password
    done.passed_login = done.passed_login or page.asks_password
    if decision is Decision.DENY and page.deny:
        return page.deny
    return page.go_on


def _decide(
    page: Page, view: PageView, decision: Decision, done: Progress
) -> tuple[Step, ...] | Place:
    if decision in (Decision.LOOK, Decision.STAY_OUT):
        return Place.CONSENT
    this = f"{base(view.url)} {view.text[:500]}"
    if this in done.decided or len(done.decided) > 4:
        raise PageNotRecognised(
            f"The consent page at {base(view.url)} came again after the decision: the control that"
            " was pressed is not the right one (pages.consent in the profile)."
        )
    done.decided = (*done.decided, this)
    # The password page is behind: a page like it from here on asks something else.
    done.signed_in = False
    if decision is Decision.APPROVE:
        return page.approve
    if page.deny:
        return page.deny
    if page.choices == 1:
        raise NotApplicable(
            f"The consent page at {base(view.url)} offers no way to deny: one control, to approve."
        )
    raise PageNotRecognised(
        f"No control of the consent page at {base(view.url)} was recognised as the one that denies:"
        " name it in the profile (pages.consent.deny)."
    )


def met(page: Page, view: PageView, headers: Pairs) -> PageMet:
    """A page as it is told of afterwards."""
    return PageMet(
        kind=place_of(page, view.status),
        url=view.url,
        status=view.status,
        headers=headers,
        title=view.title,
        text=view.text,
        recognised=recognised(page, view),
    )


def recognised(page: Page, view: PageView) -> str:
    """By what a page was recognised, and what a human does there; as a line to read."""
    done = [_words(step, view) for step in page.go_on or page.approve]
    told = f"by {page.why}" if page.go_on or page.approve else page.why
    return ": ".join(filter(None, (told, ", ".join(filter(None, done)))))


def _words(step: Step, view: PageView) -> str:
    match step:
        case Press(key, _):
            button = None if key is None else view.button(key)
            return "Enter" if button is None else f'press "{button.text or button.value}"'
        case Tick(key):
            return f"tick {_field(view, key)}"
        case _:
            return f"{step.what.value} into {_field(view, step.key)}"


def _field(view: PageView, key: str) -> str:
    form = view.form_of(key)
    found = next((one for one in form.fields if one.key == key), None) if form else None
    return "a field" if found is None else f'"{found.name or found.id or found.label}"'
