"""Authorization responses as messages to the window that asked (RFC 9700, sections 2.6, 4.17)."""

from __future__ import annotations

import base64
import hashlib
import json

from conformance.server.answers import Answer
from conformance.server.behaviours import Pairs

MODE = "web_message"

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Signed in</title></head>
<body><p>You can close this window.</p><script>{script}</script></body></html>
"""
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
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; script-src 'sha256-{digest}'; frame-ancestors 'none'"
    headers = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", policy),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "no-referrer"),
        ("Cache-Control", "no-store"),
    )
    return Answer(200, _PAGE.format(script=script), headers)


def _literal(value: object) -> str:
    """A value as it may stand in a script within markup."""
    return json.dumps(value).replace("<", "\\u003c").replace("\u2028", "\\u2028")
