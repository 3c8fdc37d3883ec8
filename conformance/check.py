"""The header of a check: what it decides, what it needs, what mends a failure."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from conformance.features import Feature

_ATTRIBUTE = "__conformance_check__"
_Function = TypeVar("_Function", bound=Callable[..., None])


class Aged(StrEnum):
    """What a check wants planted before the first check, to read it when it is old."""

    CODE = "authorization code"
    ACCESS_TOKEN = "access token"
    USED_ACCESS_TOKEN = "access token that was used at the resource"
    REFRESH_TOKEN = "refresh token"


@dataclass(frozen=True, slots=True)
class Check:
    """The declarative header of one check function.

    `requirements`: ids of one duty at one level. `needs`: features that the server must offer;
    with positive evidence that it does not, the check is *not applicable*. `ages`: what is
    planted for it; `alive` says that it is read while it is still due to live, so before the
    checks that read it dead; `at_least` is an age in seconds that it waits for beyond the
    lifetime. `gathers`: it judges what the run was given on the way, so it runs after those that
    take no time. `exhausts`: it uses something up by design, so it runs last, with
    a client and user given for that (role `sacrificial`). `disputable`: it looks at a side of its
    requirements that a strict reader may deny, so it warns at most.
    """

    name: str
    requirements: tuple[str, ...]
    sentence: str
    remedy: str
    needs: tuple[Feature, ...] = ()
    ages: Aged | None = None
    alive: bool = False
    at_least: float = 0.0
    gathers: bool = False
    exhausts: bool = False
    disputable: bool = False


def check(
    *requirements: str,
    remedy: str,
    needs: tuple[Feature, ...] | list[Feature] = (),
    ages: Aged | None = None,
    alive: bool = False,
    at_least: float = 0.0,
    gathers: bool = False,
    exhausts: bool = False,
    disputable: bool = False,
) -> Callable[[_Function], _Function]:
    """Makes a test function a check; its docstring is the sentence in the report."""

    def mark(function: _Function) -> _Function:
        sentence = " ".join((inspect.getdoc(function) or "").split())
        header = Check(
            name=function.__name__.removeprefix("test_"),
            requirements=requirements,
            sentence=sentence,
            remedy=remedy,
            needs=tuple(needs),
            ages=ages,
            alive=alive,
            at_least=at_least,
            gathers=gathers,
            exhausts=exhausts,
            disputable=disputable,
        )
        setattr(function, _ATTRIBUTE, header)
        return function

    return mark


def header_of(function: Any) -> Check | None:
    """The header of a check function, or None where it is not one."""
    header = getattr(function, _ATTRIBUTE, None)
    return header if isinstance(header, Check) else None


def check_id(module: str, name: str, variant: str | None) -> str:
    """The id of a check: subject and function, and the variant in brackets.

    `module` is the module's name, `conformance.checks.test_redirect_uri` gives `redirect_uri`.
    """
    subject = subject_of(module)
    return f"{subject}.{name}" + (f"[{variant}]" if variant else "")


def subject_of(module: str) -> str:
    return module.rpartition(".")[2].removeprefix("test_")
