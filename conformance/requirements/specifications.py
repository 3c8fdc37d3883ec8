"""The specifications that requirements are taken from: their titles and where they can be read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Specification:
    """A document, or a requirement set of this project (`url` is then empty).

    `brings` names specifications whose requirements come with this one. `always` marks the sets
    that every run is judged by.
    """

    name: str
    label: str
    title: str
    url: str = ""
    brings: tuple[str, ...] = ()
    always: bool = False

    def place(self, section: str) -> str:
        """A section in words: `RFC 6749, section 4.1.2`, `Robustness: login page`."""
        if not self.url:
            return f"{self.label}: {section.replace('-', ' ')}"
        return f"{self.label}, {_kind(section)} {section}"

    def link(self, section: str) -> str:
        """The address of a section; empty where there is none."""
        if not self.url:
            return ""
        return f"{self.url}#{_kind(section)}-{section}"


def _kind(section: str) -> str:
    return "appendix" if section[:1].isalpha() else "section"


def _rfc(number: int, title: str, brings: tuple[str, ...] = ()) -> Specification:
    return Specification(
        f"rfc{number}",
        f"RFC {number}",
        title,
        f"https://www.rfc-editor.org/rfc/rfc{number}",
        brings,
    )


SPECS: dict[str, Specification] = {
    spec.name: spec
    for spec in (
        _rfc(6749, "The OAuth 2.0 Authorization Framework"),
        _rfc(6750, "The OAuth 2.0 Authorization Framework: Bearer Token Usage"),
        _rfc(7636, "Proof Key for Code Exchange by OAuth Public Clients"),
        _rfc(7009, "OAuth 2.0 Token Revocation"),
        _rfc(7662, "OAuth 2.0 Token Introspection"),
        _rfc(8414, "OAuth 2.0 Authorization Server Metadata"),
        _rfc(
            9068,
            "JSON Web Token (JWT) Profile for OAuth 2.0 Access Tokens",
            brings=("rfc7519", "rfc7515"),
        ),
        _rfc(7519, "JSON Web Token (JWT)"),
        _rfc(7515, "JSON Web Signature (JWS)"),
        _rfc(9207, "OAuth 2.0 Authorization Server Issuer Identification"),
        _rfc(9700, "Best Current Practice for OAuth 2.0 Security"),
        Specification(
            "oauth-2.1",
            "OAuth 2.1",
            "The OAuth 2.1 Authorization Framework (draft)",
            "https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1",
        ),
        Specification(
            "contract-ilert",
            "ilert contract",
            "What ilert documents about its authorization server",
        ),
        Specification(
            "profile", "Profile", "What the profile promises about the server", always=True
        ),
        Specification(
            "robustness",
            "Robustness",
            "How a server behaves when it is sent what it does not expect",
            always=True,
        ),
    )
}
"""Every specification by its name, in the order in which reports show them."""

DEFAULT_STANDARDS = ("rfc6749", "rfc6750", "rfc7636", "rfc9700")
"""What a server is judged by when its profile names no standards; to these comes what its
metadata announces."""
