"""Reads HTML as a page view, without a browser: what a human would see of it, as far as one can."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, PreformattedString, Tag
from soupsieve import SelectorSyntaxError

from conformance.target.location import refresh_target, resolve
from conformance.target.pageview import Button, Field, Form, PageView
from conformance.target.vocabulary import CAPTCHA, COOKIES, SEARCH

LARGEST_PAGE: Final = 1_000_000
"""Characters of a page that are read."""
MOST_CONTROLS: Final = 800
LONGEST_TEXT: Final = 20_000

_UNSEEN = {"title", "script", "style", "noscript", "template", "head", "svg", "object", "iframe"}
_LANDMARKS = {"header", "nav", "footer", "aside", "dialog"}
_ROLES = {
    "banner": "header",
    "navigation": "nav",
    "contentinfo": "footer",
    "complementary": "aside",
    "dialog": "dialog",
    "alertdialog": "dialog",
    "search": "search",
}
_HIDING_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_HIDING_CLASSES = {"hidden", "d-none", "is-hidden", "invisible", "visually-hidden", "sr-only"}
_SENDS_FORM = re.compile(r"\.(?:submit|requestSubmit)\s*\(", re.I)
_ALERTS = {"p", "div", "span", "ul", "li", "small", "strong"}
_ALERT_CLASS = re.compile(r"(?:^|[\s_-])(?:error|errors|errorlist|invalid|danger)(?![a-z])", re.I)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.I)


def decoded(body: bytes, content_type: str) -> str:
    """The text of a page in the charset that it or its header names, else UTF-8."""
    found = _CHARSET.search(content_type) or _CHARSET.search(body[:2048].decode("latin-1"))
    try:
        return body.decode("utf-8" if found is None else found.group(1), "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def read_page(
    html: str, *, url: str, status: int | None = None, selectors: Sequence[str] = ()
) -> PageView:
    """The view of a page; `selectors` (CSS) are looked up in it, see `PageView.matched`."""
    html = _DECLARATION.sub("", html[:LARGEST_PAGE])
    if "<" not in html:
        return PageView(url, status, text=_squeezed(html))
    soup = BeautifulSoup(html, "html.parser")
    return _Reader(soup, url).view(status, selectors)


class _Part:
    """A form, or one part of the page with loose controls, while it is being read."""

    def __init__(self, key: str, place: str, tag: Tag | None) -> None:
        self.key = key
        self.place = place
        self.tag = tag
        self.texts: list[str] = []
        self.fields: list[Field] = []
        self.buttons: list[Button] = []


class _Reader:
    def __init__(self, soup: BeautifulSoup, url: str) -> None:
        self.soup = soup
        base = soup.find("base", href=True)
        self.base = (
            resolve(url, _attribute(base, "href")) if isinstance(base, Tag) else None
        ) or url
        self.url = url
        self.keys: dict[int, str] = {}
        self.parts: dict[str, _Part] = {}
        self.by_form: dict[int, _Part] = {}
        self.by_id: dict[str, _Part] = {}
        self.labels: dict[str, str] = {}
        self.texts: list[str] = []
        self.headings: list[str] = []
        self.alerts: list[str] = []
        self.captcha = False

    def view(self, status: int | None, selectors: Sequence[str]) -> PageView:
        for number, tag in enumerate(self.soup.find_all("form")[:MOST_CONTROLS]):
            part = _Part(f"f{number}", "main", tag)
            self.parts[part.key] = self.by_form[id(tag)] = part
            if identity := _attribute(tag, "id"):
                self.by_id.setdefault(identity, part)
        for label in self.soup.find_all("label", attrs={"for": True})[:MOST_CONTROLS]:
            self.labels.setdefault(_attribute(label, "for"), _squeezed(label.get_text(" ")))
        self._walk()
        scripts = self.soup.find_all("script")
        handlers = " ".join(_attribute(tag, "onload") for tag in self.soup.find_all("body"))
        inline = handlers + " ".join(tag.get_text() for tag in scripts)
        title = self.soup.title
        return PageView(
            url=self.url,
            status=status,
            title="" if title is None else _squeezed(title.get_text()),
            headings=_squeezed(" ".join(self.headings)),
            text=_squeezed(" ".join(self.texts)),
            alerts=_squeezed(" ".join(self.alerts))[:500],
            forms=tuple(map(self._form, self.parts.values())),
            matched=self._matched(selectors),
            refresh=self._refresh(),
            scripted=any(_runs(tag) for tag in scripts) or bool(handlers),
            submits_itself=_SENDS_FORM.search(inline) is not None,
            has_captcha=self.captcha,
        )

    def _walk(self) -> None:
        """Goes through the page in order, without recursion: pages are hostile input."""
        stack: list[tuple[PageElement, bool, str, _Part | None, str]] = [
            (self.soup, True, "main", None, "")
        ]
        while stack:
            node, seen, place, part, label = stack.pop()
            if isinstance(node, NavigableString):
                if seen and not isinstance(node, PreformattedString) and node.strip():
                    self.texts.append(node)
                    if part is not None:
                        part.texts.append(node)
                continue
            if not isinstance(node, Tag):
                continue
            name = node.name
            self._watch_for_captcha(node)
            if name in _UNSEEN:
                continue
            seen = seen and not _is_hidden(node)
            if name == "form":
                part = self.by_form.get(id(node))
                if part is not None:
                    part.place = _place(node, place)
            else:
                moved = _place(node, place)
                if moved != place and (part is None or part.tag is None):
                    place = moved
                    part = self._loose(node, place)
            if name in ("h1", "h2", "h3") and seen:
                self.headings.append(node.get_text(" "))
            if seen and _is_alert(node):
                self.alerts.append(node.get_text(" "))
            if name == "label":
                label = _squeezed(node.get_text(" "))
            self._control(node, seen, place, part, label)
            if name in ("select", "textarea"):
                continue
            stack.extend((child, seen, place, part, label) for child in reversed(node.contents))

    def _control(self, tag: Tag, seen: bool, place: str, part: _Part | None, label: str) -> None:
        if len(self.keys) >= MOST_CONTROLS:
            return
        kind = _attribute(tag, "type").lower()
        is_button = (
            tag.name == "button"
            or (tag.name == "a" and tag.has_attr("href"))
            or _attribute(tag, "role").lower() == "button"
            or (tag.name == "input" and kind in ("submit", "button", "image", "reset"))
        )
        if not is_button and tag.name not in ("input", "select", "textarea"):
            return
        key = self.keys[id(tag)] = f"c{len(self.keys)}"
        owner = self.by_id.get(_attribute(tag, "form")) if tag.has_attr("form") else part
        owner = owner or self._loose(None, place)
        if is_button:
            owner.buttons.append(self._button(tag, key, kind, seen))
        else:
            owner.fields += self._fields(tag, key, kind, seen, label)

    def _button(self, tag: Tag, key: str, kind: str, seen: bool) -> Button:
        value = _attribute(tag, "value")
        shown = value or _attribute(tag, "alt") if tag.name == "input" else tag.get_text(" ")
        text = _squeezed(shown) or _first(tag, "aria-label", "title")
        target = _attribute(tag, "href") or _attribute(tag, "formaction")
        if tag.name == "a":
            kind = "link"
        elif tag.name == "button":
            kind = kind if kind in ("button", "reset") else "submit"
        elif tag.name != "input":
            kind = "button"
        return Button(
            key,
            text=text[:200],
            type=kind,
            name=_attribute(tag, "name"),
            value=value,
            id=_attribute(tag, "id"),
            role=_attribute(tag, "role").lower(),
            target="" if not target else resolve(self.base, target) or "",
            visible=seen,
            disabled=tag.has_attr("disabled"),
        )

    def _fields(self, tag: Tag, key: str, kind: str, seen: bool, label: str) -> Iterable[Field]:
        identity = _attribute(tag, "id")
        names = [
            self.labels.get(identity, ""),
            label,
            *(_attribute(tag, part) for part in ("aria-label", "placeholder", "title")),
        ]
        if tag.name == "select":
            kind = "select"
            values = _selected(tag)
        elif tag.name == "textarea":
            kind = "textarea"
            values = [tag.get_text()]
        else:
            kind = kind or "text"
            default = "on" if kind in ("checkbox", "radio") else ""
            given = tag.get("value")
            values = [given if isinstance(given, str) else default]
        longest = _attribute(tag, "maxlength")
        for value in values:
            yield Field(
                key,
                name=_attribute(tag, "name"),
                id=identity,
                type=kind,
                label=_squeezed(" ".join(dict.fromkeys(filter(None, names))))[:300],
                autocomplete=_attribute(tag, "autocomplete").lower(),
                value=value,
                visible=seen and kind != "hidden",
                required=tag.has_attr("required") or _attribute(tag, "aria-required") == "true",
                checked=tag.has_attr("checked"),
                readonly=tag.has_attr("readonly"),
                disabled=tag.has_attr("disabled"),
                longest=int(longest) if longest.isdecimal() else 0,
            )

    def _loose(self, tag: Tag | None, place: str) -> _Part:
        """The part for controls outside forms: one for each landmark, one for the rest."""
        key = f"p-{place}" if tag is None else f"p-{place}-{id(tag)}"
        if tag is None:
            same = [p for p in self.parts.values() if p.tag is None and p.place == place]
            if same:
                return same[-1]
        return self.parts.setdefault(key, _Part(key, place, None))

    def _form(self, part: _Part) -> Form:
        tag = part.tag
        action = "" if tag is None else _attribute(tag, "action")
        text = _squeezed(" ".join(part.texts))
        return Form(
            part.key,
            action=(resolve(self.base, action) or "") if action else self.url,
            method="get" if tag is None else _attribute(tag, "method").lower() or "get",
            enctype="" if tag is None else _attribute(tag, "enctype").lower(),
            real=tag is not None,
            place=part.place,
            text=text,
            fields=tuple(part.fields),
            buttons=tuple(part.buttons),
        )

    def _matched(self, selectors: Sequence[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for selector in selectors:
            try:
                tags = self.soup.select(selector)
            except SelectorSyntaxError:
                continue
            tag = next((tag for tag in tags if not _is_unseen(tag)), None)
            if tag is not None:
                found[selector] = self.keys.get(id(tag), f"e{len(found)}")
        return found

    def _refresh(self) -> str | None:
        for tag in self.soup.find_all("meta", attrs={"http-equiv": re.compile("^refresh$", re.I)}):
            if not any(parent.name == "noscript" for parent in tag.parents):
                return refresh_target(_attribute(tag, "content"), self.base)
        return None

    def _watch_for_captcha(self, tag: Tag) -> None:
        if tag.name in ("div", "iframe", "input", "img"):
            marks = (_attribute(tag, name) for name in ("class", "id", "src", "name", "title"))
            self.captcha = self.captcha or any(CAPTCHA.search(mark) for mark in marks)


def _place(tag: Tag, outer: str) -> str:
    role = _attribute(tag, "role").lower()
    if role in _ROLES:
        return _ROLES[role]
    marks = f"{_attribute(tag, 'id')} {_attribute(tag, 'class')}".replace("_", " ").replace(
        "-", " "
    )
    if tag.name not in ("html", "body", "main") and COOKIES.search(marks):
        return "cookies"
    if tag.name == "form" and SEARCH.search(marks):
        return "search"
    return tag.name if tag.name in _LANDMARKS else outer


def _attribute(tag: Tag, name: str) -> str:
    value = tag.get(name)
    if value is None:
        return ""
    return (value if isinstance(value, str) else " ".join(value)).strip()


def _first(tag: Tag, *names: str) -> str:
    return next(filter(None, (_attribute(tag, name) for name in names)), "")


def _is_alert(tag: Tag) -> bool:
    if _attribute(tag, "role").lower() == "alert":
        return True
    return tag.name in _ALERTS and _ALERT_CLASS.search(_attribute(tag, "class")) is not None


def _is_hidden(tag: Tag) -> bool:
    if tag.attrs is None or not tag.attrs:
        return False
    if tag.has_attr("hidden") or _HIDING_STYLE.search(_attribute(tag, "style")):
        return True
    return not _HIDING_CLASSES.isdisjoint(_attribute(tag, "class").lower().split())


def _is_unseen(tag: Tag) -> bool:
    return _is_hidden(tag) or any(_is_hidden(parent) for parent in tag.parents)


def _runs(script: Tag) -> bool:
    """Whether a script element is code, and not data."""
    kind = _attribute(script, "type").lower()
    return not kind or "javascript" in kind or "ecmascript" in kind or kind == "module"


def _selected(select: Tag) -> list[str]:
    options = select.find_all("option")[:MOST_CONTROLS]
    chosen = [option for option in options if option.has_attr("selected")]
    if not chosen and not select.has_attr("multiple"):
        chosen = options[:1]
    return [
        _attribute(option, "value") if option.has_attr("value") else _squeezed(option.get_text())
        for option in chosen
    ]


def _squeezed(text: str) -> str:
    return " ".join(text[: 4 * LONGEST_TEXT].split())[:LONGEST_TEXT]
