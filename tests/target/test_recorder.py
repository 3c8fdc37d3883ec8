"""Secrets are learnt where they pass, and the story stays readable."""

from __future__ import annotations

import base64

from conformance.model import Exchange, Phase
from conformance.target.recorder import Recorder


def story(*exchanges: Exchange) -> str:
    recorder = Recorder()
    for exchange in exchanges:
        recorder.record(exchange)
    return str([exchange.to_json() for exchange in recorder.since(0)])


def exchange(**parts: object) -> Exchange:
    return Exchange(who="client", method="POST", url="https://as.example/", **parts)  # type: ignore[arg-type]


def test_of_many_exchanges_the_first_and_the_last_are_kept() -> None:
    recorder = Recorder()
    for number in range(20):
        recorder.record(Exchange(who="client", method="GET", url=f"https://as.test/{number}"))

    recorder.abridge(2, keep=3)

    kept = [int(one.url.rpartition("/")[2]) for one in recorder.since(0)]
    assert kept == [0, 1, 2, 3, 4, 17, 18, 19]
    assert recorder.recorded == 20


def test_codes_in_redirects_are_learnt() -> None:
    text = story(
        exchange(answer_headers=(("Location", "https://c.example/cb?code=abcdefgh1&state=s"),)),
        exchange(request_body="grant_type=authorization_code&code=abcdefgh1"),
    )

    assert "abcdefgh1" not in text
    assert text.count("«code 1»") == 2


def test_tokens_in_answers_are_learnt() -> None:
    text = story(
        exchange(
            answer_body='{"access_token": "opaque-token-value", "refresh_token": "r3fr3sh-t"}'
        ),
        exchange(request_headers=(("Authorization", "Bearer opaque-token-value"),)),
    )

    assert "opaque-token-value" not in text
    assert "Bearer «access token 1»" in text


def test_an_error_code_is_no_authorization_code() -> None:
    assert "invalid_grant" in story(exchange(answer_body='{"code": "invalid_grant"}'))


def test_cookies_passwords_and_secrets_are_learnt() -> None:
    basic = base64.b64encode(b"web:top-secret-value").decode()
    text = story(
        exchange(answer_headers=(("Set-Cookie", "session=cookie-value-1; HttpOnly"),)),
        exchange(request_headers=(("Cookie", "session=cookie-value-1; a=other-cookie-2"),)),
        exchange(request_headers=(("Authorization", f"Basic {basic}"),)),
        exchange(request_body="username=alice&password=correct+horse&csrf_token=abc123abc123"),
    )

    for secret in ("cookie-value-1", "other-cookie-2", basic, "correct+horse", "abc123abc123"):
        assert secret not in text
    assert "alice" in text


def test_short_secrets_go_where_their_parameter_is_known() -> None:
    text = story(exchange(request_body="username=bob&password=pw"))

    assert "password=pw" not in text
    assert "password=«password 1»" in text


def test_hidden_form_tokens_are_learnt() -> None:
    page = '<form><input type="hidden" name="csrf_token" value="deadbeefdeadbeef"></form>'

    assert "deadbeefdeadbeef" not in story(exchange(answer_body=page))


def test_phases_and_changes_are_written_down() -> None:
    recorder = Recorder()
    with recorder.during(Phase.ACT), recorder.changing("state left out"):
        recorder.record(exchange())
    recorder.record(exchange())

    first, second = recorder.since(0)
    assert (first.phase, first.changed) == (Phase.ACT, "state left out")
    assert (second.phase, second.changed) == (Phase.SETUP, None)


def test_cited_exchanges_are_evidence_but_no_new_exchange() -> None:
    recorder = Recorder()
    recorder.record(exchange())
    cited = recorder.raw_since(0)

    recorder.cite(cited)

    assert len(recorder.since(0)) == 2
    assert recorder.recorded == 1
