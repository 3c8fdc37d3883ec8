"""Reading `[pages]`: what to do on pages that are not recognised by themselves."""

from __future__ import annotations

from conformance.profile.model import Fill, PageSettings, Step
from conformance.profile.table import Table
from conformance.profile.urls import url_or_path


def read_pages(table: Table) -> PageSettings:
    """The pages of a profile; what is wrong with them is noted in the table."""
    consent = table.table("consent")
    settings = PageSettings(
        login=_steps(table, "login"),
        approve=_steps(consent, "approve"),
        deny=_steps(consent, "deny"),
        error=table.text("error"),
        withdraw=url_or_path(table, "withdraw"),
        sign_out=url_or_path(table, "sign_out"),
        register=url_or_path(table, "register"),
        session=table.path("session"),
    )
    consent.close()
    table.close()
    return settings


def _steps(table: Table, key: str) -> tuple[Step, ...]:
    """A selector to click, or an array of `{ fill, with }` and `{ click }`."""
    if isinstance(table.raw(key), str):
        selector = table.text(key)
        return (Step(selector),) if selector else ()
    return tuple(step for each in table.tables(key) if (step := _step(each, key)))


def _step(table: Table, key: str) -> Step | None:
    fill, value, click = table.text("fill"), table.word("with", Fill), table.text("click")
    table.close()
    if {"fill", "with", "click"} & table.keys() == {"click"}:
        return Step(click) if click else None
    if {"fill", "with", "click"} & table.keys() == {"fill", "with"}:
        return Step(fill, value) if fill and value else None
    words = ", ".join(Fill)
    table.problem(
        key, f'must be {{ fill = "…", with = "…" }} (one of {words}) or {{ click = "…" }}'
    )
    return None
