"""Authorization responses in messages that others can read (RFC 9700, section 4.17.2)."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from conformance.defects.record import Defect, rule
from conformance.server.behaviours import Pairs, origin_of

OFFERED = rule(response_modes=frozenset({"query", "web_message"}))
EXACT = "rfc9700-4.17.2-message-receiver-origin-exact"
TRUSTED = "rfc9700-4.17.2-message-sent-to-trusted-origin"
WILDCARD = "rfc9700-4.17.2-no-wildcard-message-target"
ALIKE = "rfc9700-4.17.2-same-protections-for-messages"


def _ends_alike(registered: str, given: str) -> bool:
    host, other = urlsplit(registered).hostname, urlsplit(given).hostname
    return (other or "").endswith(host or "?")


def _without(name: str) -> Callable[[Pairs], Pairs]:
    def parameters(pairs: Pairs) -> Pairs:
        return [pair for pair in pairs if pair[0] != name]

    return parameters


DEFECTS = (
    Defect(
        "message sent to every origin",
        (WILDCARD, TRUSTED),
        rule(message_target=lambda _, __: "*"),
        base=OFFERED,
        kills=(
            "web_message.message_is_for_the_client[unchanged]",
            "web_message.message_is_not_for_everyone",
        ),
    ),
    Defect(
        "message sent to the origin that the request names",
        (TRUSTED,),
        rule(message_target=lambda uri, sent: sent.get("web_message_uri") or origin_of(uri, sent)),
        base=OFFERED,
        kills=("web_message.message_is_for_the_client[web-message-uri]",),
    ),
    Defect(
        "message sent to origins with the same ending",
        (EXACT,),
        rule(message_receiver_matches=_ends_alike),
        base=OFFERED,
        kills=(
            "web_message.similar_origin_gets_no_message[longer-name]",
            "web_message.similar_origin_gets_no_message[other-port]",
            "web_message.similar_origin_gets_no_message[subdomain]",
        ),
    ),
    Defect(
        "challenge forgotten for messages",
        (ALIKE,),
        rule(
            message_keeps_challenge=False,
            verifier_without_challenge_error=None,
            code_without_challenge_redeemed=lambda _: True,
        ),
        base=OFFERED,
        kills=("web_message.code_of_a_message_needs_its_verifier",),
    ),
    Defect(
        "message without state",
        (ALIKE,),
        rule(message_parameters=_without("state")),
        base=OFFERED,
        kills=("web_message.message_has_what_a_redirect_has[state]",),
    ),
    Defect(
        "message without iss",
        (ALIKE,),
        rule(message_parameters=_without("iss")),
        base=OFFERED,
        kills=("web_message.message_has_what_a_redirect_has[iss]",),
    ),
)
