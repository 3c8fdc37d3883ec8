"""Servers that cannot be trusted, and servers without TLS, are judged and not only given up on."""

from __future__ import annotations

from pathlib import Path

from conformance.model import Verdict
from tests.proof.harness import judge

SOCKET = ("--without-browser",)
HTTPS = "transport.endpoint_is_an_https_url[token_endpoint]"
CERTIFICATE = "transport_tls.certificate_verifies[jwks_uri]"

PLAIN = """
standards = ["oauth-2.1", "robustness"]

[server]
authorization_endpoint = "http://server.example/authorize"
token_endpoint = "http://server.example/token"
metadata = false

[[clients]]
role = "public"
client_id = "client"
token_endpoint_auth_method = "none"
redirect_uris = ["https://client.example/callback"]

[[users]]
username = "alice"
password = "a password"
"""


def test_a_certificate_is_judged_where_it_keeps_everything_else_away() -> None:
    others = "redirect_uri.altered_redirect_uri_is_refused"

    judged = judge(
        "embedded-tls",
        defects=["certificate that has expired"],
        checks=[others, CERTIFICATE],
        options=SOCKET,
    )

    unjudged = judged.selected_with(Verdict.INCONCLUSIVE)
    assert judged.outcomes[CERTIFICATE].verdict is Verdict.FAILED, judged.explain(*Verdict)
    assert "has expired" in judged.outcomes[CERTIFICATE].seen
    assert len(unjudged) > 5
    assert judged.exit_code == 1


def test_an_endpoint_without_tls_on_a_network_is_a_violation(tmp_path: Path) -> None:
    profile = tmp_path / "plain.toml"
    profile.write_text(PLAIN)

    judged = judge(str(profile), checks=[HTTPS], options=SOCKET)

    assert judged.outcomes[HTTPS].verdict is Verdict.FAILED, judged.explain(*Verdict)
    assert "http://server.example/token" in judged.outcomes[HTTPS].seen


def test_on_the_loopback_interface_nothing_about_tls_is_judged() -> None:
    judged = judge("embedded-standard", checks=[HTTPS, CERTIFICATE], options=SOCKET)

    outcomes = [judged.outcomes[one] for one in (HTTPS, CERTIFICATE)]
    assert {one.verdict for one in outcomes} == {Verdict.NOT_APPLICABLE}
    assert all("on the loopback interface" in one.reason for one in outcomes)
