"""Authorization responses as messages to the window that asked (RFC 9700, sections 2.6, 4.17)."""

from __future__ import annotations

import json

from conformance.server import scripted
from conformance.server.answers import Answer
from conformance.server.behaviours import Pairs

MODE = "web_message"

_SCRIPT = """
var response = {response};
var target = {target};
var receiver = window.opener || (window.parent === window ? null : window.parent);
if (receiver) {{
  receiver.postMessage({{"type": "authorization_response", "response": response}}, target);
}}
"""


def page(pairs: Pairs, target: str) -> Answer:
    """A page that tells the response to its opener, if that is the client's page."""
    script = _SCRIPT.format(response=_literal(dict(pairs)), target=_literal(target))
    return scripted.page("<p>You can close this window.</p>", script)


def _literal(value: object) -> str:
    """A value as it may stand in a script within markup."""
    return json.dumps(value).replace("<", "\\u003c").replace("\u2028", "\\u2028")
