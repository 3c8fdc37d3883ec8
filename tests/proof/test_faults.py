"""Where the server is down or cannot be used nothing is passed, and nobody is accused."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.exits import Exit
from conformance.model import Verdict
from tests.proof.faults import (
    JSON,
    Canned,
    Faulty,
    Hit,
    InTheAct,
    after,
    at,
    but,
    down,
    met_the_fault,
    taken,
    without_a_verdict,
)
from tests.proof.harness import Judged, judge

STANDARD = "embedded-standard"
ILERT = "embedded-ilert"
METADATA = "/.well-known/"

SERVER_ERROR = Canned("500 Internal Server Error", body=b"<h1>Internal Server Error</h1>")
REFUSAL = Canned("400 Bad Request", JSON, b'{"error":"invalid_request"}')
BLOCKED = Canned("403 Forbidden", body=b"<title>Blocked</title><h1>You have been blocked</h1>")
EMPTY = Canned("200 OK", None)
MAINTENANCE = Canned("200 OK", body=b"<title>Maintenance</title><h1>We will be back</h1>")
NO_MEANING = Canned("200 OK", JSON, b"{}")
TOO_MANY = Canned("429 Too Many Requests", headers=(("Retry-After", "30"),))
HOSTILE = Canned(
    "200 OK",
    body=b"<title>\x1b[31mred\x00</title><script>while(1){}</script><form method=post action=.>"
    b"<input name=a>\xff\xfe\x80</form>" + b"<" * 1_000_000,
)
NOT_TAKEN = Canned("405 Method Not Allowed", JSON, b"{}")
NOT_KNOWN = Canned("501 Not Implemented", JSON, b"{}")
STRANGE_PAGE = Canned("200 OK", body=b"<title>Hello</title><p>Nothing to fill in here</p>")

DEFECTS = (
    "challenge without parameters",
    "code redeemed again and again",
    "every token with all scopes",
    "introspection open to everyone",
    "redirect URI not compared",
    "refresh without client authentication",
    "revocation changes nothing",
    "state in lower case",
    "token response may be cached",
    "verifier ignored",
)
"""They leave the unchanged flow working, each and all together."""

BY_THE_URL = {
    "authorization.endpoint_has_no_fragment",
    "revocation.endpoint_has_no_fragment",
    "token_request.endpoint_has_no_fragment",
}
"""They judge a URL that was published before; what is sent there is only shown with it."""


BY_THE_METADATA = {"client_assertion.asymmetric_authentication_is_offered"}

BY_ANY_ANSWER = (
    "metadata_endpoints.published_",
    "cross_origin.endpoint_allows_no_credentials_to_any_origin",
)
"""They ask whether an endpoint is there, or for whom its answers are: an error tells it, too."""


def was_read(check: str) -> bool:
    """Whether a check judges a document that anyone can read, or a URL in it."""
    return check.startswith(("metadata", "keys.")) or check in BY_THE_URL | BY_THE_METADATA


def held(judged: Judged) -> Judged:
    """The run, where it came to its end: every check has a verdict, and none is a bug of ours."""
    assert not without_a_verdict(judged)
    assert not judged.selected_with(Verdict.BROKEN), judged.explain(Verdict.BROKEN)
    return judged


def blind(judged: Judged) -> list[str]:
    """Passes, accusations and excuses that rest on an answer of the fault."""
    return [
        f"{one.verdict.value}: {one.id}: {one.seen or one.reason}"
        for one in judged.outcomes.values()
        if one.verdict not in (Verdict.INCONCLUSIVE, Verdict.NOT_RUN)
        and one.id.partition("[")[0] not in BY_THE_URL
        and met_the_fault(one)
    ]


# A part of the checks where the whole would tell no more, and take long.
PART = ("--in-process", "-k", "not robustness and not contract and not jwt_profile")
OF_SIGNING_IN = ("--in-process", "-k", "login or profile or redirect_uri or metadata or pkce")
OF_CLIENTS = ("--in-process", "-k", "profile_clients")
OF_METHODS = ("--in-process", "-k", "profile or authorization or token_re or client_auth")
OF_REVOCATION = ("--in-process", "-k", "(revocation or introspection) and not robust and not prof")
OF_THE_RESOURCE = ("--in-process", "-k", "resource or revocation or lifetimes or introspection")


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(down, id="down"),
        pytest.param(SERVER_ERROR, id="server-error"),
        pytest.param(REFUSAL, id="refusal"),
        pytest.param(EMPTY, id="empty"),
        pytest.param(TOO_MANY, id="too-many-requests"),
        pytest.param(HOSTILE, id="hostile"),
    ],
)
def test_nothing_is_judged_where_every_answer_is_the_same(fault: Canned) -> None:
    judged = held(judge(STANDARD, plugins=[Faulty(fault)], options=PART))

    assert not judged.selected_with(Verdict.PASSED, Verdict.FAILED, Verdict.WARNED), judged.explain(
        Verdict.PASSED, Verdict.FAILED, Verdict.WARNED
    )
    assert judged.exit_code == Exit.NOTHING_JUDGED


@pytest.mark.parametrize(
    ("fault", "hit"),
    [
        pytest.param(STRANGE_PAGE, at("/login"), id="strange-login-page"),
        pytest.param(MAINTENANCE, but(METADATA), id="maintenance"),
        pytest.param(SERVER_ERROR, at("/oauth/token", "/token"), id="token-endpoint-fails"),
        pytest.param(REFUSAL, at("/oauth/token", "/token"), id="token-endpoint-refuses"),
    ],
)
def test_nothing_is_judged_by_the_answers_of_a_part_that_gave_up(fault: Canned, hit: Hit) -> None:
    given_up(judge(STANDARD, plugins=[Faulty(fault, hit)], options=PART))


@pytest.mark.parametrize(
    ("target", "fault", "hit"),
    [
        pytest.param(STANDARD, down, after(10), id="down-after-ten-requests"),
        pytest.param(STANDARD, BLOCKED, InTheAct(), id="blocked-after-the-control"),
        pytest.param(STANDARD, BLOCKED, InTheAct(1), id="blocked-after-one-request"),
        pytest.param(ILERT, BLOCKED, InTheAct(), id="blocked-after-the-control-ilert"),
    ],
)
def test_nothing_is_judged_by_the_answers_of_a_server_that_gave_up(
    target: str, fault: Canned, hit: Hit
) -> None:
    # The whole of the checks: here a pass without a control would show.
    given_up(judge(target, plugins=[Faulty(fault, hit)]))


def given_up(judged: Judged) -> None:
    held(judged)
    assert not blind(judged), "\n".join(blind(judged))
    assert not judged.selected_with(Verdict.FAILED, Verdict.WARNED), judged.explain(
        Verdict.FAILED, Verdict.WARNED
    )
    passed = judged.selected_with(Verdict.PASSED)
    assert judged.exit_code == (Exit.NOT_ALL_JUDGED if passed else Exit.NOTHING_JUDGED)


def test_a_server_full_of_defects_that_gives_up_is_judged_until_then() -> None:
    gives_up = Faulty(REFUSAL, after(4000))

    judged = held(judge(STANDARD, defects=DEFECTS, plugins=[gives_up], options=PART))

    assert not blind(judged), "\n".join(blind(judged))
    assert "pkce.wrong_verifier_is_refused" in taken(judged, Verdict.FAILED)
    assert judged.selected_with(Verdict.PASSED)
    assert judged.selected_with(Verdict.INCONCLUSIVE)
    assert judged.exit_code == Exit.VIOLATION


@pytest.mark.parametrize("fault", [NOT_TAKEN, NOT_KNOWN], ids=["405", "501"])
def test_a_server_that_takes_no_method_anywhere_is_not_accused(fault: Canned) -> None:
    given_up(judge(STANDARD, plugins=[Faulty(fault, but(METADATA))], options=OF_METHODS))


def test_no_client_is_accused_where_the_token_endpoint_takes_no_method() -> None:
    given_up(judge(STANDARD, plugins=[Faulty(NOT_TAKEN, at("/token"))], options=OF_CLIENTS))


def test_a_client_with_another_secret_is_told_though_there_is_no_other(tmp_path: Path) -> None:
    profile = tmp_path / "profile.toml"
    profile.write_text(
        f'extends = "{STANDARD}"\n[[clients]]\nrole = "confidential"\nclient_id = "web"\n'
        'client_secret = "another-secret"\nredirect_uris = ["https://client.example/callback"]\n'
    )

    judged = held(judge(str(profile), options=OF_CLIENTS))

    assert taken(judged, Verdict.FAILED) == {"profile_clients.authentication_method_is_accepted"}


def test_nothing_is_passed_by_what_a_broken_revocation_or_introspection_refuses() -> None:
    refusing = Faulty(REFUSAL, at("/revoke", "/introspect"))

    judged = held(judge(STANDARD, plugins=[refusing], options=OF_REVOCATION))

    passed = [judged.outcomes[one] for one in judged.selected_with(Verdict.PASSED)]
    by_the_fault = [one.id for one in passed if met_the_fault(one)]
    assert not [
        one for one in by_the_fault if one not in BY_THE_URL and not one.startswith(BY_ANY_ANSWER)
    ]
    assert "revocation.revocation_is_answered_with_200" in taken(judged, Verdict.FAILED)
    assert "introspection.fresh_token_is_active" in taken(judged, Verdict.FAILED)


def test_a_server_that_begins_to_answer_nothing_is_not_accused_of_accepting_tokens() -> None:
    silent = Faulty(EMPTY, InTheAct(2))

    judged = held(judge(STANDARD, plugins=[silent], options=OF_THE_RESOURCE))

    assert not blind(judged), "\n".join(blind(judged))
    assert not judged.selected_with(Verdict.FAILED, Verdict.WARNED)


def test_a_wrong_password_is_told_of_the_profile_and_of_nothing_else(tmp_path: Path) -> None:
    profile = tmp_path / "profile.toml"
    profile.write_text(
        f'extends = "{STANDARD}"\n[[users]]\nusername = "alice"\npassword = "not this one"\n'
        '[[users]]\nusername = "bob"\npassword = "nor this"\n'
    )

    judged = held(judge(str(profile), options=OF_SIGNING_IN))

    # The profile promises that these users can sign in: its promise is what does not hold.
    assert taken(judged, Verdict.FAILED, Verdict.WARNED) == {"profile_server.user_signs_in"}
    # What a client may register is refused or taken before anyone signs in.
    unsigned = ("metadata", "keys", "redirect_uri_registration", *BY_THE_URL)
    assert all(one.startswith(unsigned) for one in taken(judged, Verdict.PASSED))
    assert judged.exit_code == Exit.VIOLATION


def test_answers_that_use_up_the_time_of_a_check_judge_nothing() -> None:
    slow = Faulty(EMPTY, hit=lambda _, __: False, seconds=0.004)

    judged = held(judge(STANDARD, plugins=[slow], options=(*PART, "--check-timeout", "0.002s")))

    assert not judged.selected_with(Verdict.FAILED, Verdict.WARNED)
    # A registration is sent by hand, which has no deadline in this process: it is answered.
    answered = ("registration.", "redirect_uri_registration.")
    passed = [one for one in taken(judged, Verdict.PASSED) if not one.startswith(answered)]
    assert all(map(was_read, passed))
