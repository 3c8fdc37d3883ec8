"""Access tokens in cookies: sent over TLS only, and of no use to other sites (RFC 6750, 5.3)."""

from __future__ import annotations

from conformance.check import check
from conformance.errors import NotApplicable
from conformance.features import Feature
from conformance.protocol.answers import base
from conformance.protocol.request import Draft
from conformance.target.cookies import Cookie, holding
from conformance.target.flow import Flow
from conformance.target.location import origin
from conformance.target.resource import ResourceServer

SECURE = "Keep tokens out of cookies, or set such a cookie Secure."
FORGERY = "Set a cookie that carries a token SameSite, and look at the origin of requests with it."
ATTACKER = "https://attacker.example"


def found(flow: Flow, token: str) -> Cookie | None:
    """The cookie of the server, as far as it was met, that a token is kept in."""
    exchanges = flow.server.wire.recorder.raw_since(0)
    return holding(token, (one for one in exchanges if flow.server.owns(one.url)))


@check(
    "rfc6750-5.3-no-tokens-in-insecure-cookies",
    remedy=SECURE,
    needs=[Feature.HTTPS],
)
def test_token_is_in_no_cookie_without_secure(flow: Flow, resource: ResourceServer) -> None:
    """No cookie that is sent without TLS holds an access token that can be recognised in it."""
    token = flow.tokens().access_token or ""
    resource.call(token)

    cookie = found(flow, token)

    assert cookie is None or cookie.secure, f"the cookie {cookie.name} holds it, without Secure"


@check("rfc6750-5.3-cookie-tokens-csrf-protected", remedy=FORGERY)
def test_token_in_a_cookie_does_not_serve_other_sites(
    flow: Flow, resources: tuple[ResourceServer, ...]
) -> None:
    """A changing request from another site gets nothing by a cookie that holds a token."""
    token = flow.tokens().access_token or ""
    cookie = found(flow, token)
    changing = [one for one in resources if one.settings.method not in ("GET", "HEAD")]
    if cookie is None:
        raise NotApplicable("No cookie that was met holds an access token.")
    if cookie.same_site.lower() in ("lax", "strict"):
        raise NotApplicable(f"Browsers send the cookie {cookie.name} from no other site.")
    if not changing:
        raise NotApplicable("The profile names no resource that a request changes.")
    one = changing[0]
    sent = ("Cookie", f"{cookie.name}={cookie.value}")
    method, url = one.settings.method, one.url
    own = one.send(Draft(method, url, headers=(sent, ("Origin", origin(url)))))
    if not own.granted:
        raise NotApplicable(f"{base(url)} takes no token from a cookie: {own}.")

    foreign = one.send(Draft(method, url, headers=(sent, ("Origin", ATTACKER))))

    assert not foreign.granted, f"to a request of another site the resource answered {foreign}"
