"""An access token that was changed in any place: the resource does not serve it."""

from __future__ import annotations

from collections.abc import Callable

from conformance.check import check
from conformance.features import Feature
from conformance.plugin.bench import Bench
from conformance.plugin.probing import Probe
from conformance.probing import tokens
from conformance.probing.tokens import Cut, Flip
from conformance.target.flow import Flow

VERIFY = "Verify the whole signature over the whole token, by a library, before anything is read."
SPELT = "A signature has other spellings of the same bytes, which are no change of the token:"
NEEDS = [Feature.PROTECTED_RESOURCE, Feature.JWT_ACCESS_TOKEN]


@check("rfc9068-4-rs-verifies-signature", remedy=VERIFY, needs=NEEDS)
def test_changed_bit_is_refused(
    flow: Flow, probe: Probe, bench: Bench, observe: Callable[[str, int], None]
) -> None:
    """A token of which one bit was changed, in any of its parts, is not served."""
    good = flow.tokens().access_token or ""

    def served(flip: Flip) -> str | None:
        answer = flow.call(flip.of(good))
        return f"with {flip} changed {answer}" if answer.granted else None

    flow.must_serve(good)
    found = probe(tokens.flips(), served)
    mark = bench.recorder.mark()
    spelt = [one for one in tokens.re_encodings(good) if flow.call(one).granted]
    if spelt:
        observe(f"{SPELT} {len(spelt)} of them are served.", mark)

    assert found is None, str(found)


@check("rfc9068-4-rs-verifies-signature", remedy=VERIFY, needs=NEEDS)
def test_cut_token_is_refused(flow: Flow, probe: Probe) -> None:
    """A token of which characters were cut off is not served."""
    good = flow.tokens().access_token or ""

    def served(cut: Cut) -> str | None:
        answer = flow.call(cut.of(good))
        return f"without {cut} {answer}" if answer.granted else None

    flow.must_serve(good)
    found = probe(tokens.cuts(), served)

    assert found is None, str(found)
