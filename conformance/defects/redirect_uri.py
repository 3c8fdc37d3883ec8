"""Redirect URIs that are not held to what was registered."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from conformance.defects.record import Defect, rule
from conformance.server.behaviours import without_port
from conformance.server.registrations import Client

SIMPLE = "rfc6749-3.1.2.3-redirect-uri-simple-string-comparison"
MATCH = "rfc6749-3.1.2.3-redirect-uri-must-match-registered"


def _parts(uri: str) -> tuple[str, str, str]:
    try:
        parts = urlsplit(uri)
        return parts.scheme, parts.hostname or "", parts.path
    except ValueError:
        return "", uri, ""


def _same_host(registered: str, given: str) -> bool:
    return _parts(registered)[1] == _parts(given)[1]


def _same_site(registered: str, given: str) -> bool:
    return _parts(given)[1].endswith(_parts(registered)[1])


def _without_fragment(registered: str, given: str) -> bool:
    return registered == given.partition("#")[0]


def _any_scheme(registered: str, given: str) -> bool:
    return registered.partition("://")[2] == given.partition("://")[2]


def _decoded(registered: str, given: str) -> bool:
    return registered == unquote(given)


def _own_path(registered: str, given: str) -> bool:
    return given == registered or given.startswith("/")


def _ports_are_free(registered: str, given: str) -> bool:
    return without_port(registered) == without_port(given)


def _every_client(_: Client, __: str) -> bool:
    return True


def _no_client(_: Client, __: str) -> bool:
    return False


DEFECTS = (
    Defect(
        "redirect URI matched by prefix",
        (SIMPLE,),
        rule(redirect_uri_matches=lambda registered, given: given.startswith(registered)),
        kills=("redirect_uri.altered_redirect_uri_is_refused",),
    ),
    Defect(
        "redirect URI compared without regard to case",
        (SIMPLE,),
        rule(redirect_uri_matches=lambda registered, given: given.lower() == registered.lower()),
        kills=("redirect_uri.altered_redirect_uri_is_refused",),
    ),
    Defect(
        "redirect URI decoded before it is compared",
        (SIMPLE,),
        rule(redirect_uri_matches=_decoded),
        kills=("redirect_uri.altered_redirect_uri_is_refused",),
    ),
    Defect(
        "redirect URI compared without a trailing slash",
        (SIMPLE,),
        rule(redirect_uri_matches=lambda registered, given: given.rstrip("/") == registered),
        kills=("redirect_uri.altered_redirect_uri_is_refused",),
    ),
    Defect(
        "redirect URI compared without its query",
        (SIMPLE,),
        rule(
            redirect_uri_matches=lambda registered, given: (
                given.partition("?")[0] == registered.partition("?")[0]
            )
        ),
        kills=("redirect_uri.altered_redirect_uri_is_refused",),
    ),
    Defect(
        "redirect URI stripped of white space before it is compared",
        (SIMPLE,),
        rule(redirect_uri_matches=lambda registered, given: given.strip() == registered),
        kills=("redirect_uri.altered_redirect_uri_is_refused",),
    ),
    Defect(
        "only the host of the redirect URI compared",
        (SIMPLE,),
        rule(redirect_uri_matches=_same_host),
        kills=("redirect_uri.altered_redirect_uri_is_refused",),
    ),
    Defect(
        "every path and subdomain of a registered host taken, as by a pattern",
        (SIMPLE,),
        rule(redirect_uri_matches=_same_site),
        kills=("redirect_uri.altered_redirect_uri_is_refused",),
    ),
    Defect(
        "redirect URI not compared",
        (MATCH,),
        rule(redirect_uri_matches=lambda _, __: True),
        kills=(
            "redirect_uri.foreign_redirect_uri_is_refused",
            "redirect_uri.redirect_uri_of_another_client_is_refused",
        ),
    ),
    Defect(
        "fragment of the redirect URI not compared",
        ("rfc6749-3.1.2-redirect-uri-no-fragment",),
        rule(redirect_uri_matches=_without_fragment),
        kills=("redirect_uri.redirect_uri_with_fragment_is_refused",),
    ),
    Defect(
        "relative redirect URI taken",
        ("rfc6749-3.1.2-redirect-uri-absolute",),
        rule(redirect_uri_matches=_own_path),
        kills=("redirect_uri.relative_redirect_uri_is_refused",),
    ),
    Defect(
        "redirect URI of plain http taken for https",
        ("rfc9700-2.6-no-http-redirect-uris",),
        rule(redirect_uri_matches=_any_scheme),
        kills=("redirect_uri.http_redirect_uri_is_refused",),
    ),
    Defect(
        "port of every redirect URI ignored",
        (SIMPLE,),
        rule(loopback_port_is_free=_every_client, redirect_uri_matches=_ports_are_free),
        kills=("redirect_uri.altered_redirect_uri_is_refused",),
    ),
    Defect(
        "port of a loopback redirect URI compared",
        ("rfc9700-4.1.3-loopback-port-variable",),
        rule(loopback_port_is_free=_no_client),
        kills=("redirect_uri.any_loopback_port_is_taken",),
    ),
    Defect(
        "query of the redirect URI replaced",
        ("rfc6749-3.1.2-redirect-uri-query-retained",),
        lambda rules: rule(
            location_of_response=lambda uri, pairs: rules.location_of_response(
                uri.partition("?")[0], pairs
            )
        )(rules),
        kills=(
            "redirect_uri.query_of_the_redirect_uri_is_kept[code]",
            "redirect_uri.query_of_the_redirect_uri_is_kept[error]",
        ),
    ),
    Defect(
        "every redirect URI taken from a client without a registered one",
        (
            "rfc6749-3.1.2.2-public-client-must-register-redirect-uri",
            "rfc6749-3.1.2.2-all-clients-register-redirect-uri",
            "oauth-2.1-2.3.1-complete-redirect-uri-registration-required",
        ),
        rule(any_redirect_uri_without_registration=True),
        base=rule(redirect_uris_required=False),
        kills=(
            "redirect_uri_registration.client_without_redirect_uri_gets_no_code",
            "redirect_uri_registration.public_client_without_redirect_uri_gets_no_code",
        ),
    ),
    Defect(
        "first of several redirect URIs used where none was sent",
        ("rfc6749-3.1.2.3-redirect-uri-required-when-ambiguous",),
        rule(default_redirect_uri=lambda registered: registered[0] if registered else None),
        kills=("redirect_uri.missing_redirect_uri_is_refused_when_several_are_registered",),
    ),
    Defect(
        "missing redirect URI leads nowhere",
        ("rfc6749-4.1.1-redirect-uri-optional-with-single-registration",),
        rule(default_redirect_uri=lambda registered: f"{registered[0]}/None"),
        kills=("redirect_uri.missing_redirect_uri_leads_to_the_registered_one",),
    ),
    Defect(
        "only the first registered redirect URI known",
        ("profile-clients-redirect-uris-registered",),
        rule(
            redirect_uri_matches=lambda registered, given: given == registered and "?" not in given
        ),
        kills=("profile_clients.redirect_uri_is_registered",),
    ),
    Defect(
        "error about the redirect URI sent to it",
        ("rfc6749-3.1.2.4-no-redirect-to-invalid-redirect-uri",),
        rule(invalid_redirect_uri_is_redirected_to=True),
        kills=(
            "redirect_uri.browser_is_not_sent_to_a_bad_redirect_uri",
            "redirect_uri.browser_is_not_sent_to_a_bad_redirect_uri_with_another_error",
            "redirect_uri.browser_without_session_is_not_sent_to_a_bad_redirect_uri",
        ),
    ),
    Defect(
        "unknown client answered by redirect",
        ("rfc6749-4.1.2.1-no-redirect-on-invalid-client",),
        rule(unknown_client_is_redirected=True),
        kills=("redirect_uri.bad_client_is_refused_without_redirect",),
    ),
    Defect(
        "login page goes on to wherever next says",
        ("rfc9700-2.1-no-open-redirector",),
        rule(login_follows_next=True),
        kills=("open_redirector.login_page_goes_on_to_no_foreign_site[absolute-usual]",),
    ),
    Defect(
        "error sent to the client before the user is known",
        ("rfc9700-4.11.2-user-authenticated-before-redirect",),
        rule(errors_wait_for_login=False),
        kills=("authorization.error_is_not_redirected_before_sign_in",),
    ),
)
