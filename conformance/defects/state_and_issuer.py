"""State that does not come back as it was sent, and iss that does not name the issuer."""

from __future__ import annotations

from html import escape

from conformance.defects.record import Defect, rule

STATE = "rfc6749-4.1.2-state-returned-unchanged"

DEFECTS = (
    Defect(
        "state cut to 32 characters",
        (STATE,),
        rule(state_in_response=lambda state: state[:32]),
    ),
    Defect(
        "state escaped for HTML",
        (STATE,),
        rule(state_in_response=escape),
    ),
    Defect(
        "state in lower case",
        (STATE,),
        rule(state_in_response=str.lower),
    ),
    Defect(
        "state left out of the response",
        (STATE,),
        rule(state_in_response=lambda _: None),
    ),
    Defect(
        "state left out of error responses",
        ("rfc6749-4.1.2.1-error-state-returned",),
        rule(state_in_error=lambda _: None),
    ),
    Defect(
        "state escaped for HTML in error responses",
        ("rfc6749-4.1.2.1-error-state-returned",),
        rule(state_in_error=escape),
    ),
    Defect(
        "iss left out of the response",
        ("rfc9207-2-iss-in-success-response",),
        rule(iss_in_response=False),
    ),
    Defect(
        "iss left out of error responses",
        ("rfc9207-2-iss-in-error-response",),
        rule(iss_in_error=False),
    ),
    Defect(
        "iss is a bare host name",
        ("rfc9207-2-iss-is-https-url",),
        rule(iss=lambda issuer, _: issuer.partition("://")[2]),
    ),
    Defect(
        "iss with a trailing slash",
        ("rfc9207-2.3-iss-identical-to-metadata-issuer",),
        rule(iss=lambda issuer, _: f"{issuer}/"),
    ),
    Defect(
        "iss made of the Host header",
        ("rfc9207-2.3-iss-identical-to-metadata-issuer",),
        rule(iss=lambda _, host: f"https://{host}:443"),
    ),
    Defect(
        "iss sent and not announced",
        ("rfc9207-2.3-support-advertised",),
        rule(
            metadata=lambda document: {
                name: value
                for name, value in document.items()
                if name != "authorization_response_iss_parameter_supported"
            }
        ),
    ),
)
