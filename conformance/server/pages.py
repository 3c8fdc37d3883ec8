"""What the user sees: rendering, the error page, and reading the forms that come back."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

import jinja2

from conformance.server import parameters
from conformance.server.answers import Answer, Message
from conformance.server.installation import Installation


@cache
def _environment(escapes: bool) -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("conformance.server"),
        autoescape=escapes,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _style() -> tuple[str, str]:
    """The style sheet, and its hash for the Content-Security-Policy."""
    text = files("conformance.server").joinpath("templates", "style.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return text, f"sha256-{digest}"


def render(at: Installation, name: str, status: int = 200, **values: object) -> Answer:
    """A page by the name of its template, with the headers that protect it."""
    style, digest = _style()
    template = _environment(at.rules.page_escapes).get_template(f"{name}.html")
    markup = at.rules.page_markup(name, template.render(style=style, **values))
    headers = at.rules.page_headers(name, digest)
    return Answer(status, markup, (("Content-Type", at.rules.page_type(name)), *headers))


def error(at: Installation, sentence: str, *, status: int = 400, about: str = "") -> Answer:
    """A page that says what went wrong; nobody is redirected (RFC 6749, section 3.1.2.4).

    `about` is what the sentence is about, as it was sent; the template escapes it.
    """
    return render(at, "error", status, sentence=at.rules.page_of_error(sentence), about=about)


def form(message: Message) -> dict[str, str]:
    """The fields of a form of ours; the first of each, none where the form is malformed."""
    try:
        pairs = parameters.read(message.body.decode("utf-8", "surrogateescape"))
    except ValueError:
        return {}
    return dict(reversed(pairs))


def query(message: Message) -> dict[str, str]:
    """The parameters of an address of ours; none where it is malformed."""
    try:
        return dict(reversed(parameters.read(message.query)))
    except ValueError:
        return {}
