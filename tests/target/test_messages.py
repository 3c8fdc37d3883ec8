"""What a page says to another window is read from its scripts, and nothing is guessed."""

from __future__ import annotations

from conformance.server import web_message
from conformance.target.messages import LONGEST, Message, read

SPREAD = """<script>(function (window) {
  var targetOrigin = "https://client.example";
  var answer = {type: "authorization_response", response: {"code": "abc\\"d", "state": "s"}};
  var main = window.opener ? window.opener : window.parent;
  main.postMessage(answer, targetOrigin);
})(this);</script>"""


def test_target_and_parameters_are_read_from_variables() -> None:
    assert read(SPREAD) == Message((("code", 'abc"d'), ("state", "s")), "https://client.example")


def test_target_is_read_from_the_call_itself() -> None:
    page = """<script>opener.postMessage({"error": "access_denied"}, '*')</script>"""

    assert read(page) == Message((("error", "access_denied"),), "*")


def test_page_of_the_embedded_server_is_read() -> None:
    page = web_message.page([("code", "abc"), ("iss", "https://as.test")], "https://client.example")

    assert read(page.body) == Message(
        (("code", "abc"), ("iss", "https://as.test")), "https://client.example"
    )


def test_embedded_server_lets_no_value_end_its_script() -> None:
    page = web_message.page([("state", "</script><script>alert(1)</script>")], "https://c.example")

    assert page.body.count("</script>") == 1


def test_script_that_puts_its_target_together_is_not_read() -> None:
    page = """<script>opener.postMessage({"code": "abc"}, location.hash.slice(1))</script>"""

    assert read(page) is None


def test_page_without_a_response_posts_none() -> None:
    assert read("""<script>parent.postMessage({"height": "300"}, "*")</script>""") is None
    assert read("""<p>"code": "abc"</p>""") is None


def test_page_of_many_calls_is_given_up() -> None:
    assert read("postMessage(" * (LONGEST // 6)) is None
