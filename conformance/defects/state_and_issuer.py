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
        kills=("state_and_issuer.state_comes_back_unchanged",),
    ),
    Defect(
        "state decoded as if it were base64url",
        (STATE,),
        rule(state_in_response=lambda state: state.replace("-", "+").replace("_", "/")),
        kills=("state_and_issuer.every_state_came_back",),
    ),
    Defect(
        "state escaped for HTML",
        (STATE,),
        rule(state_in_response=escape),
        kills=("state_and_issuer.state_comes_back_unchanged",),
    ),
    Defect(
        "state in lower case",
        (STATE,),
        rule(state_in_response=str.lower),
        kills=("state_and_issuer.state_comes_back_unchanged",),
    ),
    Defect(
        "state left out of the response",
        (STATE,),
        rule(state_in_response=lambda _: None),
        kills=("state_and_issuer.state_comes_back_unchanged",),
    ),
    Defect(
        "state in the response to a request without state",
        (STATE,),
        rule(
            authorization_response=lambda pairs, sent: (
                pairs if "state" in sent else [*pairs, ("state", "none")]
            )
        ),
        kills=("state_and_issuer.response_without_state_has_none",),
    ),
    Defect(
        "state left out of error responses",
        ("rfc6749-4.1.2.1-error-state-returned",),
        rule(state_in_error=lambda _: None),
        kills=(
            "state_and_issuer.state_comes_back_when_the_user_refuses",
            "state_and_issuer.state_comes_back_with_an_error",
        ),
    ),
    Defect(
        "state escaped for HTML in error responses",
        ("rfc6749-4.1.2.1-error-state-returned",),
        rule(state_in_error=escape),
        kills=(
            "state_and_issuer.state_comes_back_when_the_user_refuses",
            "state_and_issuer.state_comes_back_with_an_error",
        ),
    ),
    Defect(
        "iss left out of the response",
        ("rfc9207-2-iss-in-success-response",),
        rule(iss_in_response=False),
        kills=("state_and_issuer.iss_is_in_the_response",),
    ),
    Defect(
        "iss left out of error responses",
        ("rfc9207-2-iss-in-error-response",),
        rule(iss_in_error=False),
        kills=(
            "state_and_issuer.iss_is_in_an_error_response",
            "state_and_issuer.iss_is_in_the_response_to_a_refusal",
        ),
    ),
    Defect(
        "iss is a bare host name",
        ("rfc9207-2-iss-is-https-url",),
        rule(iss=lambda issuer, _: issuer.partition("://")[2]),
        kills=("state_and_issuer.iss_is_a_url_without_query_and_fragment",),
    ),
    Defect(
        "iss with a trailing slash",
        ("rfc9207-2.3-iss-identical-to-metadata-issuer",),
        rule(iss=lambda issuer, _: f"{issuer}/"),
        kills=("state_and_issuer.iss_is_the_issuer_of_the_metadata",),
    ),
    Defect(
        "iss made of the Host header",
        ("rfc9207-2.3-iss-identical-to-metadata-issuer",),
        rule(iss=lambda _, host: f"https://{host}:443"),
        kills=("state_and_issuer.iss_is_the_issuer_of_the_metadata",),
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
        kills=("state_and_issuer.iss_is_announced",),
    ),
)
