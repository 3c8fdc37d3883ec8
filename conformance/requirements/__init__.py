"""What the specifications say: the requirement catalogue and its typed loader."""

from conformance.requirements.catalogue import (
    Catalogue,
    Choice,
    UnknownRequirement,
    unknown_standard,
)
from conformance.requirements.loading import load
from conformance.requirements.requirement import (
    Level,
    Party,
    Requirement,
    Severity,
    Testable,
    severity,
)
from conformance.requirements.specifications import DEFAULT_STANDARDS, SPECS, Specification

__all__ = [
    "DEFAULT_STANDARDS",
    "SPECS",
    "Catalogue",
    "Choice",
    "Level",
    "Party",
    "Requirement",
    "Severity",
    "Specification",
    "Testable",
    "UnknownRequirement",
    "load",
    "severity",
    "unknown_standard",
]
