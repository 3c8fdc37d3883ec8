"""What a page is taken for, over pages that are generated: layouts, languages, orders, decoys."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance.profile import Fill as What
from conformance.profile import PageSettings, Step
from conformance.protocol.answers import Place
from conformance.target import pages
from conformance.target.markup import read_page
from conformance.target.pages import place_of, recognise, refuses_sign_in, selectors
from conformance.target.pageview import PageView
from conformance.target.steps import Fill, Kind, Page, Press, Tick
from tests.target.page_variants import CONSENTS, DECIDE, DECOYS, FOOTER, LOGINS, SIGN_IN, Login

URL = "https://login.example/interaction"


def see(body: str, *, status: int = 200, hints: PageSettings | None = None) -> PageView:
    asked = selectors(hints) if hints is not None else ()
    return read_page(body, url=URL, status=status, selectors=asked)


def button_text(view: PageView, steps: tuple[object, ...]) -> str:
    pressed = next(step for step in steps if isinstance(step, Press))
    button = view.button(pressed.key or "")
    return "" if button is None else button.text


def field_names(view: PageView, page: Page) -> dict[What, str]:
    fields = {field.key: field for form in view.forms for field in form.fields}
    return {step.what: fields[step.key].name for step in page.go_on if isinstance(step, Fill)}


# Login


@pytest.mark.parametrize("language", SIGN_IN)
@pytest.mark.parametrize("login", LOGINS, ids=lambda login: login.name)
def test_login_pages(login: Login, language: str) -> None:
    words = SIGN_IN[language]
    view = see(f"<title>{words[2]}</title>" + login.html.format(*words))

    page = recognise(view)

    assert page.kind is Kind.LOGIN
    assert field_names(view, page) == {
        What.USERNAME: login.user_field,
        What.PASSWORD: login.password_field,
    }
    assert button_text(view, page.go_on) == words[2]
    assert page.asks_password


@pytest.mark.parametrize("language", SIGN_IN)
@pytest.mark.parametrize(
    "html",
    [
        "<form method=post><label>{0} <input name=identifier></label><button>{2}</button></form>",
        '<form method=post><input type=email name=email autocomplete="username webauthn">'
        '<input type=password name=hidden style="display:none"><button>Next</button>'
        "<button type=button>{4}</button></form>",
    ],
    ids=["a name alone", "an e-mail address and a hidden password"],
)
def test_the_first_of_two_steps(html: str, language: str) -> None:
    words = SIGN_IN[language]
    view = see(f"<title>{words[2]}</title><h1>{words[2]}</h1>" + html.format(*words))

    page = recognise(view)

    assert page.kind is Kind.LOGIN
    assert list(field_names(view, page)) == [What.USERNAME]
    assert not page.asks_password


def test_the_second_of_two_steps() -> None:
    view = see(
        "<form method=post><p>alice@example.org</p><input name=username value=alice readonly>"
        "<input type=password name=password><button>Sign in</button></form>"
    )

    page = recognise(view)

    assert list(field_names(view, page)) == [What.PASSWORD]


def test_a_required_box_is_ticked_and_another_is_not() -> None:
    view = see(
        "<form method=post><input name=username><input type=password name=password>"
        "<input type=checkbox name=terms required><input type=checkbox name=remember>"
        "<button>Sign in</button></form>"
    )

    ticked = [step for step in recognise(view).go_on if isinstance(step, Tick)]

    assert len(ticked) == 1


def test_without_a_button_the_form_is_sent_by_the_enter_key() -> None:
    view = see("<form method=post><input name=username><input type=password name=p></form>")

    assert recognise(view).go_on[-1] == Press(None, "f0")


@pytest.mark.parametrize("status", [200, 401, 403, 422])
def test_a_login_page_that_comes_back_refuses_the_sign_in(status: int) -> None:
    view = see(
        "<p role=alert>Wrong password.</p><form method=post><input name=username>"
        "<input type=password name=p><button>Sign in</button></form>",
        status=status,
    )

    page = recognise(view)

    assert page.kind is Kind.LOGIN
    assert refuses_sign_in(page, status)
    assert "Wrong password" in page.message


@pytest.mark.parametrize(
    ("html", "status", "refused"),
    [
        ("<h1>Unauthorized</h1>", 401, True),
        ("<h1>Sign-in failed</h1><p>Incorrect e-mail or password.", 200, True),
        ("<h1>Error</h1><p>invalid_request: redirect_uri does not match", 400, False),
    ],
)
def test_an_error_after_the_password_is_told_from_one_of_the_request(
    html: str, status: int, refused: bool
) -> None:
    page = recognise(see(html, status=status))

    assert page.kind is Kind.ERROR
    assert refuses_sign_in(page, status) is refused


# Consent


@pytest.mark.parametrize("language", DECIDE)
@pytest.mark.parametrize("layout", CONSENTS)
def test_consent_pages(layout: str, language: str) -> None:
    heading, allow, deny = DECIDE[language]
    view = see(f"<h1>{heading}</h1>" + CONSENTS[layout].format(heading, allow, deny))

    page = recognise(view)

    assert page.kind is Kind.CONSENT
    assert button_text(view, page.approve) == allow
    assert button_text(view, page.deny) == deny
    ticked = [step for step in page.approve if isinstance(step, Tick)]
    assert len(ticked) == (1 if layout.startswith("scope boxes") else 0)


@pytest.mark.parametrize(
    ("html", "approve", "deny"),
    [
        (
            "<button name=decision value=deny>A</button>"
            "<button name=decision value=allow>B</button>",
            "B",
            "A",
        ),
        (
            "<button name=approve value=true>A</button><button name=approve value=false>B</button>",
            "A",
            "B",
        ),
        ("<button name=accept value=x>A</button><button name=cancel value=x>B</button>", "A", "B"),
        (
            "<button name=consent value=no>A</button><button name=consent value=yes>B</button>",
            "B",
            "A",
        ),
        ("<button id=btnDeny>A</button><button id=btnAllow>B</button>", "B", "A"),
        (
            "<button formaction='/consent/reject'>A</button><button formaction='/consent/accept'>B"
            "</button>",
            "B",
            "A",
        ),
    ],
    ids=["values", "true and false", "names", "yes and no", "ids", "targets"],
)
def test_without_words_the_form_itself_tells(html: str, approve: str, deny: str) -> None:
    view = see(f"<h1>Demo</h1><p>Access to your account</p><form method=post>{html}</form>")

    page = recognise(view)

    assert page.kind is Kind.CONSENT
    assert button_text(view, page.approve) == approve
    assert button_text(view, page.deny) == deny


def test_two_forms_told_apart_by_a_hidden_field() -> None:
    one = "<form method=post><input type=hidden name=decision value={}><button>{}</button></form>"
    view = see("<h1>Access</h1>" + one.format("deny", "A") + one.format("allow", "B"))

    page = recognise(view)

    assert button_text(view, page.approve) == "B"
    assert button_text(view, page.deny) == "A"


def test_a_choice_by_radio_buttons() -> None:
    view = see(
        "<h1>Access</h1><form method=post><input type=radio name=scope.a value=true> Approve"
        "<input type=radio name=scope.a value=false checked> Deny"
        "<input type=radio name=approval value=approve><input type=radio name=approval value=deny>"
        "<button>Authorize</button></form>"
    )

    page = recognise(view)

    assert page.kind is Kind.CONSENT
    assert [type(step) for step in page.approve] == [Tick, Press]
    assert [type(step) for step in page.deny] == [Tick, Press]
    assert page.approve[0] != page.deny[0]


def test_consent_with_one_control_has_no_way_to_deny() -> None:
    page = recognise(
        see("<h1>Demo wants access</h1><form method=post><button>Allow</button></form>")
    )

    assert page.kind is Kind.CONSENT
    assert page.deny == ()
    assert page.choices == 1


def test_what_the_profile_says_wins() -> None:
    hints = PageSettings(
        login=(
            Step("#a", What.USERNAME),
            Step("#b", What.PASSWORD),
            Step("#c"),
        ),
        approve=(Step("#no"),),
        deny=(Step("#yes"),),
        error="#bad",
    )
    consent = "<h1>Access</h1><form method=post><button id=yes>Allow</button><button id=no>Deny"
    login = "<form method=post><input id=b><input id=a><button id=c>Deny</button></form>"

    consent_page = recognise(see(consent, hints=hints), hints)
    login_page = recognise(see(login, hints=hints), hints)
    error_page = recognise(see("<p id=bad>Hm.</p>", hints=hints), hints)

    assert button_text(see(consent, hints=hints), consent_page.approve) == "Deny"
    assert button_text(see(consent, hints=hints), consent_page.deny) == "Allow"
    assert login_page.go_on == (
        Fill("c1", What.USERNAME),
        Fill("c0", What.PASSWORD),
        Press("c2", "f0"),
    )
    assert error_page.kind is Kind.ERROR


# The rest


@pytest.mark.parametrize(
    ("html", "status", "kind"),
    [
        (
            "<h1>Continue as alice?</h1><form method=post><button>Continue</button></form>",
            200,
            Kind.CONTINUE,
        ),
        (
            "<h1>Choose an account</h1><button>Alice (alice)</button><button>Use another</button>",
            200,
            Kind.CONTINUE,
        ),
        ("<h1>You have been logged out.</h1>", 200, Kind.LOGGED_OUT),
        ("<h1>Sie wurden abgemeldet</h1>", 200, Kind.LOGGED_OUT),
        ("<h1>Something went wrong</h1><a href='/'>Back</a>", 200, Kind.ERROR),
        (
            "<title>Fehler</title><p>Ungültige Anfrage<form method=post><button>OK</button></form>",
            200,
            Kind.ERROR,
        ),
        ("<p>error=invalid_request, redirect_uri did not match", 200, Kind.ERROR),
        ("<title>Erreur</title>", 200, Kind.ERROR),
        ('{"error": "invalid_request"}', 400, Kind.ERROR),
        ("", 404, Kind.ERROR),
        ("<h1>Down for maintenance</h1>", 503, Kind.ERROR),
        ("<h1>Down for maintenance</h1>", 200, Kind.ERROR),
        ("<h1>One more step</h1><div class=g-captcha></div>", 200, Kind.OBSTACLE),
        ("<p>Please confirm that you are not a robot", 200, Kind.OBSTACLE),
        (
            "<form method=post><input type=password name=n1><input type=password name=n2>",
            200,
            Kind.OBSTACLE,
        ),
        (
            "<form method=post><input name=x autocomplete=one-time-code><button>Go",
            200,
            Kind.SECOND_FACTOR,
        ),
        (
            "<h1>Enter your verification code</h1><form method=post><input name=c><button>Verify",
            200,
            Kind.SECOND_FACTOR,
        ),
        (
            "<h1>Bestätigungscode eingeben</h1><form method=post><input name=c><button>Weiter",
            200,
            Kind.SECOND_FACTOR,
        ),
        ("<h1>Welcome</h1><p>Hello.", 200, Kind.UNKNOWN),
        (DECOYS + "<h1>Welcome</h1>" + FOOTER, 200, Kind.UNKNOWN),
        ("", 200, Kind.UNKNOWN),
    ],
)
def test_other_pages(html: str, status: int, kind: Kind) -> None:
    assert recognise(see(html, status=status), username="alice").kind is kind


def test_a_server_error_is_a_place_of_its_own() -> None:
    page = recognise(see("<h1>Internal error</h1>", status=500))

    assert place_of(page, 500) is Place.SERVER_ERROR


def test_an_error_page_with_a_login_form_beside_it_is_an_error_page() -> None:
    view = see(
        "<h1>Error: invalid redirect_uri</h1><header><form method=post><input name=username>"
        "<input type=password name=p><button>Sign in</button></form></header>",
        status=400,
    )

    assert recognise(view).kind is Kind.ERROR


def test_a_page_nested_without_end_is_read() -> None:
    deep = "<div>" * 50_000 + "<form method=post><input name=username><input type=password name=p>"

    assert recognise(see(deep)).kind is Kind.LOGIN


READERS = ("pages.py", "signin.py", "consent.py", "vocabulary.py", "markup.py", "snapshot.js")
BRANDS = re.compile(
    r"\b(auth0|authentik|authelia|authlib|better.?auth|cognito|dex|django|duende|entra|forgerock|"
    r"fusionauth|google|hydra|identityserver|kc-|keycloak|logto|microsoft|oidc-provider|okta|ory|"
    r"panva|ping(one|federate)?|spring|supertokens|zitadel)\b",
    re.I,
)


@pytest.mark.parametrize("name", READERS)
def test_pages_are_read_without_knowing_any_server(name: str) -> None:
    text = (Path(pages.__file__).parent / name).read_text(encoding="utf-8")

    assert BRANDS.findall(text) == []
