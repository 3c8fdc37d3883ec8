"""Authorization responses as a form that the browser sends to the client (form_post)."""

from __future__ import annotations

from html import escape

from conformance.server import scripted
from conformance.server.answers import Answer
from conformance.server.behaviours import Pairs

MODE = "form_post"


def page(pairs: Pairs, target: str) -> Answer:
    """A page that is nothing but a form, which its script sends to the redirect URI."""
    fields = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in pairs
    )
    form = f'<form method="post" action="{escape(target)}">{fields}</form>'
    return scripted.page(form, "document.forms[0].submit();")
