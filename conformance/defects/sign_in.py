"""Sign-in, sessions and forms that others can use, or keep people out (RFC 6749, 10.10, 10.12)."""

from __future__ import annotations

from collections.abc import Callable

from conformance.defects.record import Change, Defect, rule
from conformance.server.answers import Headers
from conformance.server.behaviours import session_cookie


def _cookie(change: Callable[[str], str]) -> Change:
    return rule(session_cookie=lambda key: change(session_cookie(key)))


def _except(*pages: str) -> Change:
    return rule(csrf_checked=lambda page: page not in pages)


def _kept_out(_: str, markup: str) -> str:
    return markup.replace('autocomplete="current-password"', 'autocomplete="off"')


def _any_origin_at(*paths: str) -> Callable[[str, str], Headers]:
    def headers(asked: str, origin: str) -> Headers:
        if asked not in paths or not origin:
            return ()
        return (
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Credentials", "true"),
        )

    return headers


DEFECTS = (
    Defect(
        "code issued to whoever has no session",
        ("rfc6749-3.1-resource-owner-authenticated",),
        rule(login_required=False),
        kills=(
            "login.nothing_is_granted_without_sign_in",
            "login.wrong_password_does_not_sign_in[case]",
        ),
    ),
    Defect(
        "any password signs in",
        ("rfc6749-3.1-resource-owner-authenticated",),
        rule(login_checks_password=False),
        kills=("login.wrong_password_does_not_sign_in[case]",),
    ),
    Defect(
        "one of the users cannot sign in",
        ("profile-users-sign-in-works",),
        rule(login_locked_out=frozenset({"bob"})),
        kills=("profile_server.user_signs_in",),
    ),
    Defect(
        "passwords can be guessed without end",
        ("rfc6749-10.10-end-user-credentials-protected",),
        rule(login_guesses=None),
        kills=("guessing.guessing_a_password_is_limited",),
    ),
    Defect(
        "consent form of another site taken",
        ("rfc6749-10.12-authorization-endpoint-csrf-protection",),
        _except("consent"),
        base=_cookie(lambda cookie: cookie.replace("SameSite=Lax", "SameSite=None")),
        kills=(
            "consent.forged_consent_is_refused[emptied]",
            "consent.forged_consent_is_refused[left-out]",
            "consent.forged_consent_is_refused[of-another-session]",
        ),
    ),
    Defect(
        "consent given by a link",
        ("rfc6749-10.12-authorization-endpoint-csrf-protection",),
        rule(consent_by_get=True),
        kills=("consent.consent_by_a_link_is_refused",),
    ),
    Defect(
        "login form of another site taken",
        ("robustness-login-page-csrf-protected",),
        _except("login"),
        base=_cookie(lambda cookie: cookie.replace("SameSite=Lax", "SameSite=None")),
        kills=("login.forged_sign_in_is_refused[of-another-session]",),
    ),
    Defect(
        "password managers kept out",
        ("robustness-login-page-password-managers-allowed",),
        rule(page_markup=_kept_out),
        kills=("login.password_managers_are_let_in",),
    ),
    Defect(
        "every page for every origin that asks",
        (
            "rfc9700-2.6-no-cors-at-authorization-endpoint",
            "robustness-login-page-no-cross-origin-reads",
            "robustness-consent-page-no-cross-origin-reads",
        ),
        rule(page_cors=_any_origin_at("/authorize", "/login", "/consent")),
        kills=(
            "authorization.endpoint_allows_no_cross_origin_reads[GET]",
            "cross_origin.consent_page_is_not_for_other_origins",
            "cross_origin.login_page_is_not_for_other_origins",
        ),
    ),
    Defect(
        "login page for every origin that asks",
        ("robustness-login-page-no-cross-origin-reads",),
        rule(page_cors=_any_origin_at("/login")),
        kills=("cross_origin.login_page_is_not_for_other_origins",),
    ),
    Defect(
        "consent page for every origin that asks",
        ("robustness-consent-page-no-cross-origin-reads",),
        rule(page_cors=_any_origin_at("/consent")),
        kills=("cross_origin.consent_page_is_not_for_other_origins",),
    ),
    Defect(
        "session cookie for scripts",
        ("robustness-login-page-session-cookie-http-only",),
        _cookie(lambda cookie: cookie.replace("; HttpOnly", "")),
        kills=("login.session_cookie_is_not_for_scripts",),
    ),
    Defect(
        "session stays the same after the login",
        ("robustness-login-page-session-renewed",),
        rule(login_renews_session=False),
        kills=(
            "login.session_is_a_new_one_after_sign_in",
            "login.session_of_before_the_sign_in_stays_signed_out",
        ),
    ),
)
