"""Codes that live too long, too often, or for the wrong client (RFC 6749, section 4.1)."""

from __future__ import annotations

import hashlib
import secrets
import time
import uuid
from itertools import count

from conformance.defects.record import Defect, rule
from conformance.server.behaviours import absent_or_equal, random_code
from conformance.server.registrations import Client, demonstration
from conformance.server.rules import Rules

SINGLE = "rfc6749-4.1.2-code-single-use"
EQUAL = "rfc6749-4.1.3-redirect-uri-must-equal-earlier-value"


def _public(client: Client) -> bool:
    return client.public


def _confidential(client: Client) -> bool:
    return client.confidential


def _registered(_: str | None, __: str, now: str | None) -> bool:
    known = {uri for client in demonstration().clients for uri in client.redirect_uris}
    return now is None or now in known


def _never_compared(_: str | None, __: str, ___: str | None) -> bool:
    return True


def _demanded(before: str | None, used: str, now: str | None) -> bool:
    return absent_or_equal(before, used, now) and (before is None or now is not None)


def _eight_digits(_: str | None) -> str:
    return f"{secrets.randbelow(10**8):08}"


def _after_a_fixed_half(_: str | None) -> str:
    return "c0" * 12 + secrets.token_hex(4)


def _counted(rules: Rules) -> Rules:
    numbers = count(1_000_000)
    return rule(make_code=lambda _: f"{next(numbers):064}")(rules)


def _of_the_clock(_: str | None) -> str:
    return f"{time.time_ns():016x}" * 3


def _one_of_sixteen(_: str | None) -> str:
    return hashlib.sha256(secrets.token_hex(1)[:1].encode()).hexdigest()


DEFECTS = (
    Defect(
        "check and use of the code not in one step",
        ("oauth-2.1-4.1.3-one-access-token-per-code",),
        rule(code_redemption_is_atomic=False),
        kills=("authorization_code.code_is_redeemed_once_by_simultaneous_requests",),
    ),
    Defect(
        "any second use of a code ends its tokens",
        ("oauth-2.1-7.5.2-invalid-replay-does-not-revoke",),
        rule(code_invalid_replay_revokes=True),
        kills=("authorization_code.invalid_replay_leaves_the_tokens_alive",),
    ),
    Defect(
        "code redeemed again and again",
        (SINGLE,),
        rule(code_is_single_use=False, code_replay_revokes=False),
        kills=("authorization_code.code_is_refused_when_used_twice",),
    ),
    Defect(
        "second use of a code leaves its tokens alive",
        ("rfc6749-4.1.2-code-reuse-revokes-tokens",),
        rule(code_replay_revokes=False),
        kills=(
            "authorization_code.replayed_code_revokes_the_access_token",
            "authorization_code.replayed_code_revokes_the_refresh_token",
        ),
    ),
    Defect(
        "code of one confidential client redeemed by another",
        ("rfc6749-4.1.3-code-bound-to-confidential-client",),
        rule(code_is_bound_to=_public),
        kills=("authorization_code.code_of_another_confidential_client_is_refused",),
    ),
    Defect(
        "code redeemed by any public client",
        ("rfc6749-4.1.3-code-bound-to-public-client-id",),
        rule(code_is_bound_to=_confidential),
        kills=("authorization_code.code_of_another_public_client_is_refused",),
    ),
    Defect(
        "code known by its first characters",
        ("rfc6749-4.1.3-code-validity-verified",),
        rule(code_key=lambda code: code[:30]),
        kills=("authorization_code.code_that_was_never_issued_is_refused[longer]",),
    ),
    Defect(
        "redirect_uri of the token request only has to be registered",
        (EQUAL,),
        rule(code_redirect_uri_will_do=_registered),
        kills=("authorization_code.other_registered_redirect_uri_is_refused",),
    ),
    Defect(
        "redirect_uri of the token request not compared",
        (EQUAL,),
        rule(code_redirect_uri_will_do=_never_compared),
        kills=(
            "authorization_code.other_redirect_uri_is_refused_at_the_token_endpoint[case]",
            "authorization_code.other_registered_redirect_uri_is_refused",
        ),
    ),
    Defect(
        "redirect_uri of the token request may be left out",
        ("rfc6749-4.1.3-redirect-uri-required-if-sent-before",),
        rule(code_redirect_uri_will_do=absent_or_equal),
        base=rule(code_redirect_uri_will_do=_demanded),
        standards=("rfc6749",),
        kills=("authorization_code.missing_redirect_uri_is_refused[empty]",),
    ),
    Defect(
        "redirect_uri demanded in the token request",
        ("oauth-2.1-10.2-redirect-uri-not-required",),
        rule(code_redirect_uri_will_do=_demanded),
        kills=("authorization_code.redirect_uri_is_not_demanded",),
    ),
    Defect(
        "code with characters beyond ASCII",
        ("rfc6749-A.11-code-syntax",),
        rule(make_code=lambda challenge: f"{random_code(challenge)}\u00e9"),
        kills=("authorization_code.code_is_printable",),
    ),
    Defect(
        "code of eight digits",
        ("rfc6749-10.10-generated-secrets-guess-probability-128",),
        rule(make_code=_eight_digits),
        kills=("unguessable.values_can_have_128_bits[code]",),
    ),
    Defect(
        "code with a fixed half",
        ("rfc6749-10.10-generated-secrets-guess-probability-128",),
        rule(make_code=_after_a_fixed_half),
        kills=("unguessable.values_can_have_128_bits[code]",),
    ),
    Defect(
        "code is a random UUID",
        ("rfc6749-10.10-generated-secrets-guess-probability-128",),
        rule(make_code=lambda _: str(uuid.uuid4())),
        kills=("unguessable.values_can_have_128_bits[code]",),
    ),
    Defect(
        "codes counted up",
        ("rfc6749-10.10-generated-secrets-guess-probability-128",),
        _counted,
        kills=("unguessable.values_can_have_128_bits[code]",),
    ),
    Defect(
        "code made of the time",
        ("rfc6749-10.10-generated-secrets-guess-probability-128",),
        rule(make_code=_of_the_clock),
        kills=("unguessable.values_can_have_128_bits[code]",),
    ),
    Defect(
        "code out of sixteen long ones",
        ("rfc6749-10.10-generated-secrets-guess-probability-128",),
        rule(make_code=_one_of_sixteen),
        kills=("unguessable.values_can_have_128_bits[code]",),
    ),
    Defect(
        "code of 128 random bits",
        ("rfc6749-10.10-generated-secrets-guess-probability-160",),
        rule(make_code=lambda _: secrets.token_hex(16)),
        kills=("unguessable.values_can_have_160_bits[code]",),
    ),
)
