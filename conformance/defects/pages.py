"""Login, consent and error pages that do not protect the user (RFC 9700, 4.2, 4.12, 4.16)."""

from __future__ import annotations

from conformance.defects.record import Change, Defect, rule
from conformance.server.answers import Headers
from conformance.server.behaviours import page_headers, unless_remembered
from conformance.server.registrations import Client

CSP = "Content-Security-Policy"
FRAME = "X-Frame-Options"
REFERRER = "Referrer-Policy"


def _without(*names: str) -> Change:
    def headers(page: str, style: str) -> Headers:
        return tuple(pair for pair in page_headers(page, style) if pair[0] not in names)

    return rule(page_headers=headers)


def _telling_all(page: str, style: str) -> Headers:
    others = tuple(pair for pair in page_headers(page, style) if pair[0] != REFERRER)
    return (*others, (REFERRER, "unsafe-url"))


def _policy_only_on(*pages: str) -> Change:
    def headers(page: str, style: str) -> Headers:
        keeps = page in pages
        return tuple(pair for pair in page_headers(page, style) if keeps or pair[0] != CSP)

    return rule(page_headers=headers)


def _no_frame_ancestors(page: str, style: str) -> Headers:
    return tuple(
        (name, value.replace("; frame-ancestors 'none'", ""))
        for name, value in page_headers(page, style)
    )


def _with_script(page: str, markup: str) -> str:
    script = '<script src="https://statistics.example/count.js" async></script>'
    return markup.replace("</main>", f"</main>{script}") if page == "consent" else markup


def _enabled_later(_: str, markup: str) -> str:
    script = "<script>onscroll = () => document.forms[0].elements.decision[0].disabled = 0</script>"
    if "Allow Example Web access" not in markup:
        return markup
    held = markup.replace('value="approve"', 'value="approve" disabled')
    return held.replace("</main>", f"</main>{script}")


def _remembered(_: Client, remembered: frozenset[str] | None, scope: tuple[str, ...]) -> bool:
    return remembered is None or not set(scope) <= remembered


def _native_remembered(
    client: Client, remembered: frozenset[str] | None, scope: tuple[str, ...]
) -> bool:
    if client.native:
        return _remembered(client, remembered, scope)
    return unless_remembered(client, remembered, scope)


def _whatever_scope(_: Client, remembered: frozenset[str] | None, __: tuple[str, ...]) -> bool:
    return remembered is None


def _shown(*parts: str) -> Change:
    return rule(consent_shows=frozenset(parts))


def _trace(_: str) -> str:
    return (
        'Traceback (most recent call last): File "/srv/app/authorization.py", line 41, in answer '
        "KeyError: 'client'"
    )


DEFECTS = (
    Defect(
        "consent remembered for native clients",
        ("oauth-2.1-7.3.1-native-request-processed-as-first-time",),
        rule(consent_required=_native_remembered),
        kills=("consent.native_client_is_asked_for_every_time",),
    ),
    Defect(
        "consent remembered for public clients",
        ("rfc6749-10.2-no-automatic-repeat-authorization",),
        rule(consent_required=_remembered),
        kills=("consent.public_client_is_not_served_silently",),
    ),
    Defect(
        "consent page does not name the developer",
        ("oauth-2.1-7.9-consent-names-client-developer-and-scopes",),
        _shown("client", "scopes"),
    ),
    Defect(
        "consent page names no scopes",
        (
            "rfc6749-10.2-consent-shows-client-and-scope",
            "oauth-2.1-7.9-consent-names-client-developer-and-scopes",
        ),
        _shown("client", "developer"),
        kills=(
            "consent.consent_page_names_every_scope",
            "consent.consent_page_shows_scopes",
        ),
    ),
    Defect(
        "consent page does not name the client",
        (
            "rfc6749-10.2-consent-shows-client-and-scope",
            "oauth-2.1-7.9-consent-names-client-developer-and-scopes",
        ),
        _shown("developer", "scopes"),
    ),
    Defect(
        "withdrawing a consent changes nothing",
        ("oauth-2.1-7.9-grants-viewable-and-revocable", "profile-pages-withdrawal-works"),
        rule(withdrawal_works=False),
        kills=(
            "consent.user_can_take_a_grant_back",
            "profile_server.withdrawal_brings_the_consent_page_back",
            "profile_server.withdrawal_ends_the_refresh_token",
        ),
    ),
    Defect(
        "consent to one client enabled by a script when the page was scrolled",
        ("robustness-consent-page-decided-as-it-comes",),
        rule(page_markup=_enabled_later),
        kills=("consent.consent_needs_no_scripts",),
    ),
    Defect(
        "error page is empty",
        ("rfc6749-3.1.2.4-user-informed-of-redirect-or-client-error",),
        rule(page_markup=lambda name, markup: "" if name == "error" else markup),
        kills=("redirect_uri.user_is_told_of_a_bad_redirect_uri",),
    ),
    Defect(
        "denying is taken for allowing",
        ("rfc6749-4.1.2.1-access-denied-on-refusal", "profile-pages-denial-works"),
        rule(consent_denial_is_approval=True),
        kills=(
            "profile_server.user_can_refuse",
            "consent.refusal_is_access_denied",
        ),
    ),
    Defect(
        "consent to one client counts for all",
        ("rfc6749-10.12-explicit-consent-before-grant",),
        rule(consent_key=lambda username, _: (username, "every client")),
        kills=(
            "consent.larger_scope_is_asked_for",
            "consent.new_client_is_asked_for",
        ),
    ),
    Defect(
        "consent to one scope counts for all",
        ("rfc6749-10.12-explicit-consent-before-grant",),
        rule(consent_required=_whatever_scope),
        kills=("consent.larger_scope_is_asked_for",),
    ),
    Defect(
        "no consent asked",
        ("rfc6749-10.12-explicit-consent-before-grant",),
        rule(consent_required=lambda _, __, ___: False, prompts=frozenset({"none", "login"})),
        kills=(
            "consent.larger_scope_is_asked_for",
            "consent.new_client_is_asked_for",
        ),
    ),
    Defect(
        "pages print input as it came",
        (
            "rfc6749-10.14-input-sanitized",
            "robustness-authorization-endpoint-no-unescaped-reflection",
            "robustness-login-page-no-unescaped-reflection",
        ),
        rule(page_escapes=False),
        kills=(
            "robustness_authorization.parameters_are_not_repeated_as_markup",
            "robustness_pages.login_page_does_not_repeat_the_user_name_as_markup",
            "pages.markup_of_a_request_is_escaped[client_id]",
        ),
    ),
    Defect(
        "pages print input as it came, without a policy",
        ("rfc6749-10.14-input-sanitized",),
        rule(page_escapes=False),
        base=_without(CSP),
        kills=("pages.markup_of_a_request_is_escaped[client_id]",),
    ),
    Defect(
        "script of another host on the consent page, without a policy",
        ("rfc9700-4.2.4-no-third-party-content-on-authorization-pages",),
        rule(page_markup=_with_script),
        base=_without(CSP),
        kills=("pages.page_has_no_foreign_content[consent]",),
    ),
    Defect(
        "redirect after a form with 307",
        ("rfc9700-4.12-no-307-redirect", "rfc9700-2.1-user-credentials-not-forwarded"),
        rule(page_redirect_status=307),
        kills=(
            "login.credentials_are_not_forwarded",
            "login.credentials_are_not_redirected_with_307",
        ),
    ),
    Defect(
        "redirect after a form with 308",
        ("rfc9700-2.1-user-credentials-not-forwarded",),
        rule(page_redirect_status=308),
        kills=("login.credentials_are_not_forwarded",),
    ),
    Defect(
        "redirect after a form with 302",
        ("rfc9700-4.12-use-303-redirect",),
        rule(page_redirect_status=302),
        kills=("login.forms_are_answered_with_303",),
    ),
    Defect(
        "script of another host on the consent page",
        ("rfc9700-4.2.4-no-third-party-content-on-authorization-pages",),
        rule(page_markup=_with_script),
        kills=("pages.page_has_no_foreign_content[consent]",),
    ),
    Defect(
        "no referrer policy",
        ("rfc9700-4.2.4-referrer-suppressed",),
        _without(REFERRER),
        kills=("pages.referrer_is_suppressed[consent]",),
    ),
    Defect(
        "pages tell other sites their whole address",
        ("rfc9700-4.2.4-referrer-suppressed",),
        rule(page_headers=_telling_all),
        kills=("pages.referrer_is_suppressed[consent]",),
    ),
    Defect(
        "pages can be framed",
        (
            "rfc9700-4.16-clickjacking-prevented",
            "rfc9700-4.16-csp-frame-ancestors",
            "rfc9700-4.16-framing-defence-combined",
        ),
        _without(CSP, FRAME),
        kills=(
            "pages.framing_is_forbidden_twice[consent]",
            "pages.page_forbids_framing[consent]",
            "pages.policy_limits_frame_ancestors[consent]",
        ),
    ),
    Defect(
        "framing refused by X-Frame-Options alone",
        ("rfc9700-4.16-csp-frame-ancestors",),
        rule(page_headers=_no_frame_ancestors),
        kills=("pages.policy_limits_frame_ancestors[consent]",),
    ),
    Defect(
        "policy on the consent page alone",
        ("rfc9700-4.16-csp-on-all-authentication-pages",),
        _policy_only_on("consent"),
        kills=("pages.every_page_has_a_policy[error]",),
    ),
    Defect(
        "policy on the login page alone",
        ("rfc9700-4.16-csp-on-all-authentication-pages", "rfc9700-4.16-csp-frame-ancestors"),
        _policy_only_on("login"),
        kills=(
            "pages.every_page_has_a_policy[consent]",
            "pages.policy_limits_frame_ancestors[consent]",
        ),
    ),
    Defect(
        "framing refused by the policy alone",
        ("rfc9700-4.16-framing-defence-combined",),
        _without(FRAME),
        kills=("pages.framing_is_forbidden_twice[consent]",),
    ),
    Defect(
        "error page shows a stack trace",
        ("robustness-authorization-endpoint-no-internals-in-error-pages",),
        rule(page_of_error=_trace),
        kills=(
            "robustness_authorization.error_pages_about_bad_bytes_show_nothing_of_the_inside",
            "robustness_authorization.error_pages_show_nothing_of_the_inside",
        ),
    ),
)
