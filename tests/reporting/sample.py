"""Runs as a real server would give them: every verdict, waivers, pictures, hostile answers."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import sys
import zlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

from conformance.model import (
    Exchange,
    Footer,
    Header,
    Observation,
    Outcome,
    Phase,
    Run,
    Screenshot,
    Transcript,
    Verdict,
    Waiver,
    WaiverState,
)
from conformance.requirements import load, severity

ISSUER = "https://login.acme.test/realms/demo"
CALLBACK = "https://client.example/callback"
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>\u202egnp.\x00\x1b[31m{{7*7}}'
STANDARDS = ("rfc6749", "rfc6750", "rfc7636", "rfc7009", "rfc9068", "rfc9207", "rfc9700")
ALTERATIONS = [
    "extra-path",
    "extra-suffix",
    "upper-case-host",
    "upper-case-path",
    "trailing-slash",
    "extra-query",
    "extra-fragment",
    "userinfo",
    "other-port",
    "host-suffix",
    "host-prefix",
    "subdomain",
    "http-scheme",
    "encoded-slash",
    "dot-segments",
    "backslash",
    "leading-space",
    "trailing-newline",
    "null-byte",
    "decimal-ip",
    "second-parameter",
    "empty",
    "missing",
    "unicode-dot",
    "scheme-relative",
]


def picture(shade: int = 90) -> bytes:
    """A PNG of a page with a form on it, drawn in greys."""
    width, height = 320, 200
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            inside = 90 < x < 230 and 40 < y < 170
            field = 105 < x < 215 and (70 < y < 88 or 100 < y < 118)
            button = 105 < x < 160 and 134 < y < 152
            rows.append(shade if button else 225 if field else 255 if inside else 238)

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(rows)))
        + chunk(b"IEND", b"")
    )


PICTURES = {"pages/login.png": picture(), "pages/error.png": picture(40)}


def read_screenshot(file: str) -> bytes | None:
    return PICTURES.get(file)


def shot(name: str, file: str) -> Screenshot:
    return Screenshot(name, file, hashlib.sha256(PICTURES[file]).hexdigest())


def jwt(header: Mapping[str, object], claims: Mapping[str, object], mark: str) -> str:
    def part(value: Mapping[str, object]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part(header)}.{part(claims)}.«signature of {mark}»"


def authorize(phase: Phase, number: int, changed: str | None = None, **other: str) -> Exchange:
    query = {
        "response_type": "code",
        "client_id": "conformance-web",
        "redirect_uri": CALLBACK,
        "scope": "profile source:w offline_access",
        "state": f"s{number:04d}",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
        **other,
    }
    location = f"{query['redirect_uri']}?code=«code {number}»&state=s{number:04d}&iss={ISSUER}"
    return Exchange(
        who="browser of alice",
        method="GET",
        url=f"{ISSUER}/authorize?{urlencode(query)}",
        phase=phase,
        changed=changed,
        request_headers=(
            ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) oauth-conformance"),
            ("Accept", "text/html,application/xhtml+xml"),
            ("Cookie", "session=«cookie 1»"),
        ),
        status=302,
        answer_headers=(
            ("Date", "Sun, 01 Mar 2026 14:05:09 GMT"),
            ("Location", location),
            ("Cache-Control", "no-store"),
            ("X-Frame-Options", "DENY"),
        ),
        seconds=0.041,
        at="Sun, 01 Mar 2026 14:05:09 GMT",
    )


def error_page(exchange: Exchange, words: str) -> Exchange:
    page = (
        '<!doctype html>\n<html lang="en">\n<head><title>Error</title></head>\n<body>\n'
        f"<h1>We are sorry</h1>\n<p>{words}</p>\n</body>\n</html>\n"
    )
    return replace(
        exchange,
        status=400,
        answer_headers=(("Content-Type", "text/html;charset=utf-8"), ("X-Frame-Options", "DENY")),
        answer_body=page,
    )


def redeem(phase: Phase, number: int, changed: str | None = None, **other: str) -> Exchange:
    form = {
        "grant_type": "authorization_code",
        "code": f"«code {number}»",
        "redirect_uri": CALLBACK,
        "code_verifier": f"«code verifier {number}»",
        **other,
    }
    claims = {"iss": ISSUER, "sub": "alice", "aud": "api", "exp": 1772374209, "jti": f"t{number}"}
    body = {
        "access_token": jwt({"alg": "RS256", "typ": "at+jwt"}, claims, f"access token {number}"),
        "token_type": "Bearer",
        "expires_in": 300,
        "refresh_token": f"«refresh token {number}»",
        "scope": "profile source:w offline_access",
    }
    return Exchange(
        who="client conformance-web",
        method="POST",
        url=f"{ISSUER}/token",
        phase=phase,
        changed=changed,
        request_headers=(
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Authorization", "Basic «credentials 1»"),
        ),
        request_body=urlencode(form, safe="«» "),
        status=200,
        answer_headers=(("Content-Type", "application/json"), ("Cache-Control", "no-store")),
        answer_body=json.dumps(body, ensure_ascii=False),
        seconds=0.018,
    )


def token_error(exchange: Exchange, code: str, status: int = 400) -> Exchange:
    body = json.dumps({"error": code, "error_description": "The server says no."})
    return replace(exchange, status=status, answer_body=body)


def control(phase: Phase, number: int) -> Transcript:
    return authorize(phase, number), redeem(phase, number)


def around(number: int, *act: Exchange) -> Transcript:
    """An act with the controls that it shares with its neighbours."""
    before, after = Phase.CONTROL_BEFORE, Phase.CONTROL_AFTER
    return (*control(before, number), *act, *control(after, number + 1))


def outcome(id: str, verdict: Verdict, requirement: str, sentence: str, **more: object) -> Outcome:
    entry = load()[requirement]
    subject = id.partition(".")[0]
    made = Outcome(
        id=id,
        subject=subject,
        verdict=verdict,
        level=entry.level.words,
        requirements=(requirement,),
        sentence=sentence,
        expected=sentence,
        severity=severity(entry).value,
        seconds=0.31,
        repeat=f"oauth-conformance run acme --check '{id}'",
    )
    return replace(made, **more)  # type: ignore[arg-type]


def altered_redirect_uris() -> list[Outcome]:
    bad = {"extra-query": "a=b", "upper-case-path": "", "trailing-slash": ""}
    found = []
    for number, slug in enumerate(ALTERATIONS):
        value = f"{CALLBACK}/" if slug == "trailing-slash" else f"{CALLBACK}?x={slug}"
        sent = authorize(
            Phase.ACT, 100 + number, f"redirect_uri replaced by {value!r}", redirect_uri=value
        )
        fails = slug in bad
        refused = error_page(sent, "Invalid parameter: redirect_uri")
        unknown = slug == "null-byte"
        found.append(
            outcome(
                f"redirect_uri.altered_redirect_uri_is_refused[{slug}]",
                Verdict.FAILED if fails else Verdict.INCONCLUSIVE if unknown else Verdict.PASSED,
                "rfc6749-3.1.2.3-redirect-uri-simple-string-comparison",
                "A redirect URI that is not exactly the registered one gets neither a code nor "
                "a redirect.",
                seen=f"with {slug.replace('-', ' ')} the browser ended at {value} with a code"
                if fails
                else "",
                reason="The control after the check failed: the server answered 429 and asks to "
                "wait 30 s."
                if unknown
                else "",
                gain="A code that is sent to the attacker." if fails else "",
                advisories=("CVE-2020-15234",) if fails else (),
                remedy="Compare the redirect_uri of the request with the registered ones as "
                "strings, character by character, before anything is done with it.",
                transcript=around(100 + number, sent if fails else refused),
                screenshots=() if fails else (shot("error page", "pages/error.png"),),
                waiver=Waiver(
                    "matches without the query until 27.1",
                    "https://acme.test/issues/812",
                    "2027-03-31",
                    WaiverState.APPLIED if slug == "extra-query" else WaiverState.UNUSED,
                )
                if slug in {"extra-query", "extra-fragment"}
                else None,
            )
        )
    return found


def others() -> list[Outcome]:
    replay = redeem(Phase.ACT, 7)
    no_answer = replace(
        redeem(Phase.CONTROL_BEFORE, 9),
        status=None,
        answer_headers=(),
        answer_body="",
        problem="The connection was closed before an answer came.",
    )
    hostile = replace(
        token_error(redeem(Phase.ACT, 8, "code_verifier left out"), "invalid_grant"),
        answer_headers=(("Content-Type", HOSTILE), ("X-\u2066Header", "javascript:alert(3)")),
        answer_body=HOSTILE * 3,
    )
    legacy = replace(authorize(Phase.ACT, 20, "response_type replaced by 'token'"), status=307)
    sentence = "An authorization code that was redeemed once is refused the second time."
    return [
        outcome(
            "code.code_is_refused_when_used_twice",
            Verdict.FAILED,
            "rfc6749-4.1.2-code-single-use",
            sentence,
            seen="the server answered 200 with an access token to the second redemption",
            remedy="Mark a code as used in the same transaction that issues its tokens, and "
            "revoke those tokens when it comes again.",
            transcript=around(6, replay, replace(replay, changed="sent a second time")),
            screenshots=(shot("login page", "pages/login.png"),),
        ),
        outcome(
            "pkce.missing_verifier_is_refused",
            Verdict.PASSED,
            "rfc7636-4.5-verifier-required-when-challenge-sent",
            "A code that was asked for with a challenge is not redeemed without its verifier.",
            transcript=around(7, hostile),
            screenshots=(shot("login page", "pages/login.png"),),
        ),
        outcome(
            "state.hostile_state_comes_back_unchanged",
            Verdict.WARNED,
            "rfc6749-4.1.2-state-returned-unchanged",
            "The state comes back exactly as it was sent.",
            seen=f"the state came back as {HOSTILE}",
            reason="",
            remedy="Echo the value; encode it for the place where it stands.",
            transcript=around(30, authorize(Phase.ACT, 31, "state replaced by '<b>'", state="<b>")),
            disputable=True,
        ),
        outcome(
            "grants.implicit_grant_is_not_offered",
            Verdict.WARNED,
            "rfc9700-2.1.2-no-tokens-in-authorization-response",
            "No access token is issued from the authorization endpoint.",
            seen="the browser ended at https://client.example/callback with an access_token",
            remedy="Refuse every response type that contains token.",
            transcript=around(20, legacy),
            waiver=Waiver("two old clients still need it", None, "2026-12-31"),
        ),
        outcome(
            "token.lifetime_matches_expires_in[access-token]",
            Verdict.PASSED,
            "rfc6749-5.1-expires-in-matches-lifetime",
            "An access token dies when expires_in says so.",
            transcript=(
                *control(Phase.PLANTED, 50),
                replace(
                    redeem(Phase.ACT, 50),
                    method="GET",
                    url="https://api.acme.test/me",
                    status=401,
                    request_body="",
                    answer_body="",
                ),
            ),
            waiver=Waiver("expired an hour late", None, "2026-01-31", WaiverState.EXPIRED),
        ),
        outcome(
            "refresh.rotation_kills_the_family",
            Verdict.INCONCLUSIVE,
            "rfc9700-4.14.2-refresh-token-reuse-revokes-active-token",
            "Once a refresh token is used twice, the whole family is dead.",
            reason="The control before the check failed: no answer from the token endpoint.",
            transcript=(authorize(Phase.CONTROL_BEFORE, 9), no_answer),
        ),
        outcome(
            "jwt.signature_is_by_a_published_key",
            Verdict.BROKEN,
            "rfc9068-4-rs-verifies-signature",
            "The signature of an access token verifies with a key of jwks_uri.",
            reason="KeyError: 'kid' at conformance/checks/test_jwt.py:41",
            transcript=control(Phase.CONTROL_BEFORE, 60),
        ),
        outcome(
            "revocation.revoked_refresh_token_is_dead",
            Verdict.NOT_APPLICABLE,
            "rfc7009-2.1-revocation-immediate",
            "A revoked refresh token is refused.",
            reason="The metadata names no revocation_endpoint.",
        ),
        outcome(
            "client.guessing_secrets_is_slowed_down",
            Verdict.NOT_RUN,
            "rfc6749-2.3.1-client-password-brute-force-protection",
            "Guessing a client secret is slowed down or stopped.",
            reason="There is no client of role sacrificial: add one to the profile.",
        ),
    ]


def run(*, footer: bool = True, gate: str = "must") -> Run:
    """A run with all seven verdicts, 25 variants of one check, waivers, hostile answers."""
    return assemble([*altered_redirect_uris(), *others()], footer=footer, gate=gate)


def assemble(
    outcomes: list[Outcome],
    *,
    footer: bool = True,
    gate: str = "must",
    exit_code: int = 1,
    problems: tuple[str, ...] = (),
) -> Run:
    """A run file's worth of outcomes, with a fitting header and footer."""
    header = Header(
        suite="0.1.0",
        profile={"name": "acme", "digest": "7d0b6d4b0c2f9a1e"},
        target={"issuer": ISSUER, "token_endpoint": f"{ISSUER}/token"},
        standards=STANDARDS,
        selected=tuple(o.id for o in outcomes),
        started="2026-03-01T14:03:44+00:00",
        command="oauth-conformance run profiles/acme/profile.toml --gate must",
        gate=gate,
    )
    seen = Observation(
        "server.answers_name_their_software",
        "The answers name the server's software: Server: acme/27.0.",
        ("rfc6749-5.1-expires-in-present",),
        (authorize(Phase.SETUP, 1),),
    )
    whole = Run(header, tuple(outcomes), (seen,))
    if not footer:
        return whole
    counts = {verdict.value: number for verdict, number in whole.counts().items()}
    end = Footer("2026-03-01T14:05:09+00:00", exit_code, counts, problems)
    return replace(whole, footer=end)


def only(*outcomes: Outcome, exit_code: int = 0, gate: str = "must") -> Run:
    return assemble(list(outcomes), exit_code=exit_code, gate=gate)


def big_run(size: int = 500) -> Run:
    """Many outcomes over all testable requirements, each with controls, act, and long bodies."""
    ids = [r.id for r in load().values() if r.spec in STANDARDS]
    page = "<p>" + "A long page of the server, with much on it. " * 200 + "</p>"
    outcomes = []
    for number in range(size):
        id = ids[number % len(ids)]
        sent = replace(redeem(Phase.ACT, number), answer_body=f"<!-- {number} -->{page}")
        verdict = Verdict.FAILED if number % 10 == 0 else Verdict.PASSED
        outcomes.append(
            outcome(
                f"subject{number % 14}.check_number_{number // 3}[variant-{number % 3}]",
                verdict,
                id,
                f"A conforming server does what number {number // 3} says.",
                transcript=around(
                    2 * number, error_page(authorize(Phase.ACT, number), page), sent, sent
                ),
                seen="the server did something else" if verdict is Verdict.FAILED else "",
            )
        )
    return assemble(outcomes)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    made = big_run() if "--big" in sys.argv else run(footer="--cut-off" not in sys.argv)
    (folder / "run.jsonl").write_text("\n".join(made.lines()) + "\n", encoding="utf-8")
    for name, content in PICTURES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
