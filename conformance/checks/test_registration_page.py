"""The page where a developer registers a client, and what it has to show (RFC 8414, 2)."""

from __future__ import annotations

import html
from urllib.parse import urlsplit

import pytest

from conformance.check import check
from conformance.checks.test_metadata import published
from conformance.errors import NotApplicable, NotRun, PageNotRecognised
from conformance.features import Feature
from conformance.profile import Profile
from conformance.protocol.request import Draft
from conformance.target.agent import Decision
from conformance.target.forms import FormAgent
from conformance.target.server import AuthorizationServer
from conformance.target.submission import show

DOCUMENTS = ("op_policy_uri", "op_tos_uri")


@check(
    "rfc8414-2-policy-and-terms-shown-at-registration",
    remedy="Link policy and terms of service on the page where clients are registered.",
    needs=[Feature.METADATA],
)
@pytest.mark.usefixtures("flow")
def test_policy_and_terms_are_shown(
    server: AuthorizationServer, profile: Profile, form_agent: FormAgent
) -> None:
    """The page where clients are registered links the policy and the terms that are published."""
    members = published(server).members
    uris = [str(members[name]) for name in DOCUMENTS if members.get(name)]
    if not uris:
        raise NotApplicable("The metadata names no policy and no terms of service.")
    if profile.pages.register is None:
        raise NotRun("It needs the page where clients are registered: [pages] register.")
    page = Draft("GET", server.absolute(profile.pages.register))

    form_agent.open(page, callback=None, decision=Decision.LOOK)
    markup = html.unescape(show(form_agent, page).markup)

    missing = [uri for uri in uris if not _is_linked(uri, markup)]
    if missing and "<script" in markup.lower():
        raise PageNotRecognised("The page where clients are registered is made by scripts.")
    assert not missing, f"the page where clients are registered does not link {missing}"


def _is_linked(uri: str, markup: str) -> bool:
    """Whether a page names the URI, or its path where that says something."""
    path = urlsplit(uri).path
    return uri in markup or (path not in ("", "/") and path in markup)
