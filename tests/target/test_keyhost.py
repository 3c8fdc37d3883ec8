"""An attacker's keys are served where they are said to be."""

from __future__ import annotations

import httpx

from conformance.target.keyhost import KeyHost


def test_what_is_hosted_can_be_fetched_and_nothing_else() -> None:
    host = KeyHost()
    url = host.host("/keys", "application/json", b'{"keys": []}')

    there, elsewhere = httpx.get(url), httpx.get(url + "-elsewhere")
    host.close()

    assert (there.status_code, there.json()) == (200, {"keys": []})
    assert elsewhere.status_code == 404
    assert host.fetched == ["/keys", "/keys-elsewhere"]


def test_an_issuer_is_found_as_its_metadata_is() -> None:
    host = KeyHost()
    host.host_issuer(host.origin, b'{"keys": []}')

    for name in ("oauth-authorization-server", "openid-configuration"):
        metadata = httpx.get(f"{host.origin}/.well-known/{name}").json()
        assert metadata["issuer"] == host.origin
        assert httpx.get(metadata["jwks_uri"]).json() == {"keys": []}
    host.close()
