"""Response types of several values, and ID tokens in redirects, done wrong (RFC 6749, 3.1.1)."""

from __future__ import annotations

import operator

from conformance.defects.record import Defect, rule

DEFECTS = (
    Defect(
        "response types compared as whole strings",
        ("rfc6749-3.1.1-composite-response-type-order",),
        rule(response_type_is=operator.eq),
        dialect="legacy",
        kills=("response_types.order_of_the_values_makes_no_difference",),
    ),
    Defect(
        "ID token with another iss than the response",
        ("rfc9207-2.4-iss-identical-to-id-token-iss",),
        rule(id_token_claims=lambda claims: {**claims, "iss": "https://global.example"}),
        dialect="legacy",
        base=rule(iss_in_response=True, iss_in_error=True, iss_is_announced=True),
        kills=("response_types.iss_is_that_of_the_id_token",),
        standards=("rfc9207",),
    ),
)
