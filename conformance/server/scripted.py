"""Pages that are nothing but a script of the server's, allowed by its hash."""

from __future__ import annotations

import base64
import hashlib

from conformance.server.answers import Answer

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Signed in</title></head>
<body>{markup}<script>{script}</script></body></html>
"""


def page(markup: str, script: str) -> Answer:
    """The markup, and after it the script; no other script runs there, and no site frames it."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; script-src 'sha256-{digest}'; frame-ancestors 'none'"
    headers = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", policy),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "no-referrer"),
        ("Cache-Control", "no-store"),
    )
    return Answer(200, _PAGE.format(markup=markup, script=script), headers)
