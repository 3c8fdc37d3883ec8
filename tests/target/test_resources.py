"""Two resources with scopes of their own are found in what the profile says."""

from __future__ import annotations

from contextlib import closing

import pytest

from conformance.errors import NotRun
from conformance.profile.model import ResourceSettings
from conformance.target.recorder import Recorder
from conformance.target.resource import ResourceServer, TwoResources
from conformance.target.wire import Wire


def resources(*scopes: str) -> list[ResourceServer]:
    with closing(Wire(Recorder())) as wire:
        return [
            ResourceServer(ResourceSettings("https://a.example", scope=scope), "", wire)
            for scope in scopes
        ]


def test_each_resource_has_a_scope_of_its_own() -> None:
    one, other, foreign = resources("profile", "profile source:w", "profile billing:r")

    two = TwoResources.among([one, other], foreign)

    assert (two.home, two.home_scope, two.foreign_scope) == (other, "source:w", "billing:r")
    assert two.shared == "profile"
    with pytest.raises(NotRun, match="no audience"):
        two.audience(foreign)


@pytest.mark.parametrize("scope", ["profile", "source:w"])
def test_without_scopes_of_their_own_two_resources_cannot_be_told_apart(scope: str) -> None:
    one, foreign = resources("profile source:w", scope)

    with pytest.raises(NotRun, match="belongs to the foreign resource alone"):
        TwoResources.among([one], foreign)
