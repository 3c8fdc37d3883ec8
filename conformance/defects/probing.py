"""Faults at inputs that nobody listed: no fixed case meets them, generated ones do."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from urllib.parse import unquote, unquote_to_bytes

from conformance.defects.record import Defect, rule
from conformance.server import behaviours as be
from conformance.server import registrations
from conformance.server.answers import Message
from conformance.server.keys import InvalidToken, Keys, Read, decode, encode, verified_rs256
from conformance.server.parameters import Pairs
from conformance.server.registrations import SCOPES, Client

SIMPLE = "rfc6749-3.1.2.3-redirect-uri-simple-string-comparison"
STATE = "rfc6749-4.1.2-state-returned-unchanged"
RIGHT = "rfc7636-4.6-matching-verifier-accepted"
WRONG = "rfc7636-4.6-wrong-verifier-invalid-grant"
REPEATED = "rfc6749-3.2-repeated-request-parameter-rejected"
SECRET = "rfc6749-4.1.3-included-client-authentication-verified"
SIGNATURE = "rfc9068-4-rs-verifies-signature"

SPELLINGS = "probing_redirect_uri.browser_is_sent_to_no_other_spelling[request]"
STATES = "probing_state.printable_state_comes_back"
OTHER_STATES = "probing_state.other_state_comes_back_or_is_refused"
VERIFIERS = "probing_pkce.right_verifier_is_taken"
ALTERED = "probing_pkce.altered_verifier_is_refused"
UNKNOWN = "probing_parameters.unknown_parameters_change_nothing"
ORDER = "probing_parameters.order_changes_nothing"
STRANGE = "probing_parameters.strange_parameters_are_answered"
SCOPE = "probing_scope.no_more_is_granted_than_asked_for"
SECRETS = "probing_client_secret.altered_secret_is_refused"
ENCODINGS = "probing_client_secret.every_encoding_is_taken"
ANY_SECRET = "probing_client_secret.every_secret_is_taken"
BITS = "probing_access_token.changed_bit_is_refused"
CUT = "probing_access_token.cut_token_is_refused"
DEAD = "probing_lifecycle.dead_stays_dead"
ALIVE = "probing_lifecycle.alive_stays_alive"
REUSE = "probing_lifecycle.reuse_ends_the_family_in_any_order"
REPLAY = "probing_lifecycle.replay_ends_the_tokens_in_any_order"
SECOND_VALUE = "probing_parameters.second_value_gets_no_code"
SECOND_VERIFIER = "probing_pkce.right_verifier_beside_a_wrong_one_is_refused"


# Redirect URIs


def _backslashes(uri: str) -> str:
    return re.sub(r"^(https?:)[\\/]{2}", r"\1//", uri)


def _nfkc(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _without_empty_user(uri: str) -> str:
    return re.sub(r"^([a-z]+://):?@", r"\1", uri)


def _without_empty_port(uri: str) -> str:
    return re.sub(r"^([a-z]+://[^/?#]+):(?=[/?#]|$)", r"\1", uri)


def _decoded_host(uri: str) -> str:
    return re.sub(r"(?<=://)[^/?#]+", lambda match: unquote(match.group()), uri, count=1)


def _beginning(registered: str, given: str) -> bool:
    return given == registered or (len(given) > 1024 and given.startswith(registered))


def _decoded_twice(registered: str, given: str) -> bool:
    return given == registered or ("%25" in given and unquote(unquote(given)) == registered)


def _as_pattern(registered: str, given: str) -> bool:
    return given == registered or re.fullmatch(registered, given) is not None


def _dots_in_host(uri: str) -> str:
    return re.sub("[\u3002\uff0e\uff61]", ".", uri)


def _one_slash(uri: str) -> str:
    return re.sub(r"(?<!:)/{2,}", "/", re.sub(r"^(https?:)/{2,}", r"\1//", uri))


def _without_invisible(uri: str) -> str:
    return re.sub("[\u00ad\u200b-\u200d\u2060\ufeff]", "", uri)


# State


def _unquoted(state: str) -> str:
    return re.sub(r"\\([\"'\\])", r"\1", state)


def _composed(state: str) -> str:
    return unicodedata.normalize("NFC", state)


# PKCE


def _of_stripped(method: str | None, challenge: str, verifier: str) -> bool:
    return be.verifier_matches(method, challenge, verifier.strip())


def _without_dots(method: str | None, challenge: str, verifier: str) -> bool:
    forms = (verifier, verifier.replace(".", ""))
    return any(be.verifier_matches(method, challenge, one) for one in forms)


def _valid_without_blanks(verifier: str) -> bool:
    return be.verifier_valid(verifier.strip())


# Parameters


def _without_brackets(name: str) -> str:
    return name.removesuffix("[]")


def _verifier_behind_code(pairs: Pairs) -> Pairs:
    names = [name for name, _ in pairs]
    behind = names.index("code") if "code" in names else -1
    return tuple(pair for at, pair in enumerate(pairs) if pair[0] != "code_verifier" or at > behind)


def _query_over_body(body: str, query: str) -> str:
    """The pairs of the query, and those of the body that the query does not have."""
    above = {pair.partition("=")[0] for pair in query.split("&")}
    rest = (pair for pair in body.split("&") if pair.partition("=")[0] not in above)
    return "&".join((*filter(None, query.split("&")), *rest))


def _last_of_three(values: list[str]) -> str | None:
    return values[-1] if len(values) == 3 else None


def _united(values: list[str]) -> str | None:
    """Different scopes that are known, put together; any other repetition is an error."""
    words = [word for value in values for word in value.split(" ")]
    apart = len(set(words)) == len(words) and set(words) <= set(SCOPES)
    return " ".join(words) if apart else None


def _inherited(message: Message) -> bool:
    return "__proto__" in message.query


def _beyond_the_plane(message: Message) -> bool:
    """Whether a parameter has a character of four bytes: some databases keep three."""
    return bool(re.search(rb"%f[0-4]%", message.query.lower().encode("ascii", "replace")))


# Scope


def _at_commas(scope: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, re.split("[ ,]", scope))))


def _wildcards(scope: str) -> tuple[str, ...]:
    found: list[str] = []
    for word in be.split_scope(scope):
        stem, star, _ = word.partition("*")
        found += sorted(one for one in SCOPES if one.startswith(stem)) if star else [word]
    return tuple(dict.fromkeys(found))


# Secrets


def _before_nul(client: Client, secret: str, _: str) -> bool:
    return registrations.secret_matches(client, secret.partition("\0")[0])


def _normalised(client: Client, secret: str, _: str) -> bool:
    return registrations.secret_matches(client, _nfkc(secret))


def _in_capitals_alone(text: str) -> str:
    """Form decoding that knows hexadecimal digits in capitals only."""
    found = re.sub(
        r"%([0-9A-F]{2})", lambda match: chr(int(match.group(1), 16)), text.replace("+", " ")
    )
    return found.encode("latin-1", "replace").decode("utf-8", "replace")


def _plus_kept(text: str) -> str:
    return unquote_to_bytes(text).decode("utf-8")


# Tokens


def _signed(token: str, keys: Keys) -> tuple[bytes, bytes]:
    """The signature that came, and the right one for what stands before it."""
    data, _, signature = token.rpartition(".")
    try:
        return decode(signature), keys.rs256(data.encode())
    except ValueError as error:
        raise InvalidToken("The token cannot be read.") from error


def _beginning_of_signature(token: str, keys: Keys) -> Read:
    came, right = _signed(token, keys)
    if len(came) == len(right) and came[:-16] == right[:-16]:
        return verified_rs256(_with_signature(token, keys), keys)
    return verified_rs256(token, keys)


def _cut_signature(token: str, keys: Keys) -> Read:
    came, right = _signed(token, keys)
    if len(came) > 64 and right.startswith(came):
        return verified_rs256(_with_signature(token, keys), keys)
    return verified_rs256(token, keys)


def _with_signature(token: str, keys: Keys) -> str:
    data = token.rpartition(".")[0]
    return f"{data}.{encode(keys.rs256(data.encode()))}"


def _probed(name: str, violates: str, kills: str, **fields: object) -> Defect:
    return Defect(name, (violates,), rule(**fields), kills=(kills,), probed=True)


def _reads_as_registered(name: str, read: Callable[[str], str]) -> Defect:
    """A server that reads a redirect URI in some way before it compares."""

    def matches(registered: str, given: str) -> bool:
        return read(given) == registered

    return _probed(name, SIMPLE, SPELLINGS, redirect_uri_matches=matches)


def _other_comparison(name: str, matches: Callable[[str, str], bool]) -> Defect:
    return _probed(name, SIMPLE, SPELLINGS, redirect_uri_matches=matches)


DEFECTS = (
    _reads_as_registered("backslashes before the host taken for slashes", _backslashes),
    _reads_as_registered("redirect URI compared after Unicode normalisation", _nfkc),
    _reads_as_registered("empty user name in a redirect URI dropped", _without_empty_user),
    _reads_as_registered("empty port in a redirect URI dropped", _without_empty_port),
    _reads_as_registered("percent-encoded host of a redirect URI decoded", _decoded_host),
    _reads_as_registered("ideographic full stops in a redirect URI taken for dots", _dots_in_host),
    _reads_as_registered(
        "control characters around a redirect URI dropped", lambda uri: uri.strip("\t\v\f")
    ),
    _reads_as_registered("repeated slashes in a redirect URI made one", _one_slash),
    _reads_as_registered(
        "single dot segments of a redirect URI removed", lambda uri: uri.replace("/./", "/")
    ),
    _reads_as_registered("invisible characters in a redirect URI dropped", _without_invisible),
    _other_comparison("very long redirect URI compared by its beginning", _beginning),
    _other_comparison("redirect URI that was encoded twice decoded twice", _decoded_twice),
    _other_comparison("registered redirect URI read as a pattern", _as_pattern),
    _probed(
        "blank at the end of state lost", STATE, STATES, state_in_response=lambda one: one.rstrip()
    ),
    _probed("backslash before a quote in state lost", STATE, STATES, state_in_response=_unquoted),
    _probed(
        "state cut after 512 characters", STATE, STATES, state_in_response=lambda one: one[:512]
    ),
    _probed("state comes back composed", STATE, OTHER_STATES, state_in_response=_composed),
    _probed(
        "blanks around a verifier dropped",
        WRONG,
        ALTERED,
        verifier_matches=_of_stripped,
        verifier_valid=_valid_without_blanks,
    ),
    _probed("dots in a verifier ignored", WRONG, ALTERED, verifier_matches=_without_dots),
    _probed(
        "verifier of 44 characters refused",
        RIGHT,
        VERIFIERS,
        verifier_valid=lambda one: be.verifier_valid(one) and len(one) != 44,
    ),
    _probed(
        "brackets after the name of a parameter dropped",
        "rfc6749-3.1-unknown-parameters-ignored",
        UNKNOWN,
        authorization_name=_without_brackets,
    ),
    _probed(
        "white space around the name of a parameter dropped",
        "rfc6749-3.2-unknown-parameters-ignored",
        "probing_parameters.unknown_parameters_change_nothing_at_the_token_endpoint",
        token_name=str.strip,
    ),
    _probed(
        "code_verifier unread before code",
        "rfc6749-B-form-encoding-utf8",
        f"{ORDER}[token]",
        token_pairs=_verifier_behind_code,
    ),
    _probed(
        "different known scopes of a repeated parameter united",
        "rfc6749-3.1-repeated-request-parameter-rejected",
        SECOND_VALUE,
        authorization_repeated=_united,
    ),
    _probed(
        "query of a token request overrides its body",
        REPEATED,
        SECOND_VERIFIER,
        token_form=_query_over_body,
    ),
    _probed(
        "last of three values of a token parameter taken",
        REPEATED,
        SECOND_VERIFIER,
        token_repeated=_last_of_three,
    ),
    _probed(
        "authorization endpoint falls over at inherited names",
        "robustness-authorization-endpoint-malformed-parameters-no-server-error",
        STRANGE,
        falls_over=_inherited,
    ),
    _probed(
        "authorization endpoint falls over at characters of four bytes",
        "robustness-authorization-endpoint-malformed-parameters-no-server-error",
        STRANGE,
        falls_over=_beyond_the_plane,
    ),
    _probed(
        "scope split at commas too", "rfc9700-2.3-minimum-privileges", SCOPE, read_scope=_at_commas
    ),
    _probed(
        "asterisk in a scope read as a pattern",
        "rfc9700-2.3-minimum-privileges",
        SCOPE,
        read_scope=_wildcards,
    ),
    _probed("client secret compared up to a NUL", SECRET, SECRETS, secret_matches=_before_nul),
    _probed(
        "client secret compared after Unicode normalisation",
        SECRET,
        SECRETS,
        secret_matches=_normalised,
    ),
    _probed(
        "small hexadecimal digits in Basic not decoded",
        "rfc6749-2.3.1-basic-credentials-form-decoded",
        ENCODINGS,
        basic_decode=_in_capitals_alone,
    ),
    _probed(
        "plus in Basic not read as a blank",
        "rfc6749-2.3.1-basic-credentials-form-decoded",
        ANY_SECRET,
        basic_decode=_plus_kept,
    ),
    _probed(
        "end of the signature not compared",
        SIGNATURE,
        BITS,
        access_token_read=_beginning_of_signature,
    ),
    _probed("signature may be cut", SIGNATURE, CUT, access_token_read=_cut_signature),
    _probed(
        "refresh family lost after revoke-then-refresh",
        "rfc9700-4.14.2-refresh-token-reuse-revokes-active-token",
        REUSE,
        refresh_reuse_forgiven_after_revocation=True,
    ),
    _probed(
        "reuse of an older refresh token forgiven",
        "rfc9700-4.14.2-refresh-token-reuse-revokes-active-token",
        REUSE,
        refresh_reuse_remembered=1,
    ),
    _probed(
        "replayed code forgiven after a refresh",
        "rfc6749-4.1.2-code-reuse-revokes-tokens",
        REPLAY,
        code_replay_forgiven_after_refresh=True,
    ),
    _probed(
        "new grant revives those that had ended",
        "rfc6749-6-refresh-token-validated",
        DEAD,
        new_grant_revives_old_ones=True,
    ),
    _probed(
        "denial ends what was allowed before",
        "oauth-2.1-4.3.1-refresh-checks-grant-still-active",
        ALIVE,
        consent_denial_ends_grants=True,
    ),
)
