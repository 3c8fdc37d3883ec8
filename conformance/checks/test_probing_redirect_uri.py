"""However a redirect URI is spelt: where the browser is sent."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.check import check
from conformance.plugin.bench import Bench
from conformance.plugin.probing import Probe
from conformance.probing import redirect_uris
from conformance.protocol import uris
from conformance.protocol.request import Change, Replace
from conformance.target.departures import ReadsUrl, departures
from conformance.target.flow import Flow

EXACT = (
    "Compare the redirect_uri of the request with the registered ones as strings, character by"
    " character, before anything reads, decodes or normalises it."
)
CASES: dict[str, tuple[Change, ...]] = {
    "request": (),
    "request-with-another-error": (Replace("response_type", "bogus"),),
}


@check("rfc6749-3.1.2.3-redirect-uri-simple-string-comparison", remedy=EXACT)
@pytest.mark.parametrize("others", CASES.values(), ids=CASES)
def test_browser_is_sent_to_no_other_spelling(
    flow: Flow, probe: Probe, followed: Callable[..., str | None], others: tuple[Change, ...]
) -> None:
    """However a redirect URI is spelt, the browser goes to exactly a registered one or nowhere."""
    generated = redirect_uris.spellings(flow.client.redirect_uri)

    found = probe(generated, lambda uri: followed(uri, *others))

    assert found is None, str(found)


@pytest.fixture
def followed(flow: Flow, bench: Bench, reads_url: ReadsUrl) -> Callable[..., str | None]:
    """Says where the browser was sent for another redirect URI; None where it stayed."""
    registered = flow.client.settings.redirect_uris
    recorder = bench.recorder

    def where(uri: str, *others: Change) -> str | None:
        if uris.is_one_of(uri, registered):
            return None
        mark = recorder.mark()
        landing = flow.authorize(Replace("redirect_uri", uri), *others)
        left = departures(recorder.raw_since(mark), reads_url, bench.server.owns)
        away = next((one for one in left if not uris.answers(one.location, registered)), None)
        if away is not None:
            return f"for the redirect URI {uri!r} the browser is sent {away}"
        if landing.at_callback and not uris.answers(landing.url, registered):
            return f"for the redirect URI {uri!r} the browser ended {landing.where}"
        return None

    return where
