"""All defects, and each by its name."""

from __future__ import annotations

from conformance.defects.record import Defect

ALL: tuple[Defect, ...] = ()


def named(name: str) -> Defect:
    """The defect of this name; KeyError where there is none."""
    return next((defect for defect in ALL if defect.name == name), None) or _unknown(name)


def _unknown(name: str) -> Defect:
    raise KeyError(name)
