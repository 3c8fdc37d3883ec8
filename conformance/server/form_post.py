"""Authorization responses as a form that the browser sends to the client (form_post)."""

from __future__ import annotations

import base64
import hashlib
from html import escape

from conformance.server.answers import Answer
from conformance.server.behaviours import Pairs

MODE = "form_post"

_SCRIPT = "document.forms[0].submit();"
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Signed in</title></head>
<body><form method="post" action="{target}">{fields}</form><script>{script}</script></body></html>
"""


def page(pairs: Pairs, target: str) -> Answer:
    """A page that is nothing but a form, which its script sends to the redirect URI."""
    fields = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in pairs
    )
    digest = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
    policy = f"default-src 'none'; script-src 'sha256-{digest}'; frame-ancestors 'none'"
    headers = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", policy),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "no-referrer"),
        ("Cache-Control", "no-store"),
    )
    return Answer(200, _PAGE.format(target=escape(target), fields=fields, script=_SCRIPT), headers)
