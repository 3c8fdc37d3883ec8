"""Which grants a client may use, where the server restricts them (RFC 6749, 4.1.2.1 and 5.2)."""

from __future__ import annotations

from conformance.check import check
from conformance.errors import NotApplicable
from conformance.features import Feature
from conformance.plugin.bench import Bench
from conformance.plugin.granting import Granting
from conformance.profile import GrantType, UserSettings
from conformance.protocol.request import As, Replace
from conformance.target.flow import Flow
from conformance.target.server import AuthorizationServer, Known

RESTRICTED = "Look at the grant types that the client is registered for, before anything is issued."
CODED = "Answer a client that may not use this grant with error=unauthorized_client."
OFFERED = {
    GrantType.CLIENT_CREDENTIALS: Feature.CLIENT_CREDENTIALS,
    GrantType.PASSWORD: Feature.PASSWORD,
}


@check("rfc6749-5.2-unauthorized-client-error", remedy=f"{RESTRICTED} {CODED}")
def test_client_that_may_not_use_a_grant_is_told_so(
    granting: Granting, server: AuthorizationServer, user: UserSettings
) -> None:
    """A client that proves who it is, but may not use the grant, gets unauthorized_client."""
    offered = [one for one, word in OFFERED.items() if server.knows(word).known is Known.OFFERED]
    if not offered:
        raise NotApplicable("No grant is known to be offered that a client could be without.")
    other, grant = granting.without(*offered)
    itself = grant is GrantType.CLIENT_CREDENTIALS
    asking = granting.client_credentials(within=other) if itself else granting.password(user)

    answer = asking.instead(As(other.credentials))

    assert not answer.granted, f"to a client that may not use {grant} {answer}"
    assert answer.error == "unauthorized_client", f"to a client that may not use {grant} {answer}"


@check("rfc6749-4.1.2.1-unauthorized-client-error", remedy=f"{RESTRICTED} {CODED}")
def test_client_that_may_not_ask_for_a_code_is_told_so(flow: Flow, bench: Bench) -> None:
    """A client that is not registered for codes gets none, and unauthorized_client at its URI."""
    other = bench.client("service")
    if not other.redirect_uris:
        raise NotApplicable("The client that may not ask for codes has no redirect URI.")

    landing = flow.authorize(
        Replace("client_id", other.client_id),
        Replace("redirect_uri", other.redirect_uri),
        Replace("scope", other.scope),
    )

    assert not landing.granted, f"the browser ended {landing.where}"
    assert flow.must_tell(landing).error == "unauthorized_client", f"it ended {landing.where}"
