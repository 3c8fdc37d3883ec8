"""The defects: each is one, of a requirement that exists, on a server that works without it."""

from __future__ import annotations

import time

import pytest

from conformance.defects.catalogue import ALL, named
from conformance.defects.record import Defect
from conformance.protocol import jwt
from conformance.requirements import load
from conformance.server.dialects import DIALECTS
from conformance.server.rules import Rules
from conformance.server.watching import differing, watched
from tests.server.browsing import Site

BY_NAME = pytest.mark.parametrize("defect", ALL, ids=lambda defect: defect.name)


def dialect_of(defect: Defect) -> Rules:
    return DIALECTS[defect.dialect]()


def walk(site: Site) -> None:
    """A bit of everything: two clients, a refresh, the resource, what a server publishes."""
    paths = site.rules.paths
    for client_id in ("web", "spa"):
        code = site.land(client_id)["code"]
        redirect_uri = site.request(client_id)["redirect_uri"]
        tokens = site.redeem(code, client_id, redirect_uri=redirect_uri).json()
        site.clock.advance(seconds_until_its_time(tokens["access_token"]))
        assert site.call(tokens["access_token"]).status_code == 200
        if "refresh_token" in tokens:
            assert site.refresh(tokens["refresh_token"], client_id).status_code == 200
        token = tokens.get("refresh_token", tokens["access_token"])
        answer = site.post(paths.revocation, client_id, token=token)
        assert answer.status_code == 200
    if paths.introspection is not None:
        about = site.post(paths.introspection, "resource-server", token=tokens["access_token"])
        assert about.status_code == 200
    for path in filter(None, (paths.metadata, paths.jwks)):
        assert site.api.get(path).status_code == 200
    assert site.browser.get("/account/applications").status_code == 200


def seconds_until_its_time(token: str) -> float:
    """How long it takes until a token may be used: some twins issue them for later."""
    nbf = (jwt.claims(token) or {}).get("nbf")
    return max(0.0, nbf - time.time() + 1) if isinstance(nbf, int) else 0.0


def test_names_are_words_and_differ() -> None:
    names = [defect.name for defect in ALL]

    assert len(set(names)) == len(names)
    assert all(name.strip() == name and not name.endswith(".") for name in names)


def test_a_defect_is_found_by_its_name() -> None:
    assert named("verifier ignored") in ALL
    with pytest.raises(KeyError):
        named("no such defect")


def test_requirements_exist() -> None:
    catalogue = load()

    assert [one for defect in ALL for one in defect.violates if one not in catalogue] == []


@BY_NAME
def test_a_defect_is_a_change_of_rules(defect: Defect) -> None:
    rules = dialect_of(defect)

    changed = differing(defect.sound(rules), defect.broken(rules))

    assert 1 <= len(changed) <= 3, changed
    assert defect.violates


TWINS = [defect for defect in ALL if differing(defect.sound(), DIALECTS[defect.dialect]())]


@pytest.mark.parametrize("defect", TWINS, ids=lambda defect: defect.name)
def test_the_sound_twin_works(defect: Defect) -> None:
    walk(Site(defect.sound()))


@BY_NAME
def test_a_server_with_the_defect_starts_and_reads_the_rule(defect: Defect) -> None:
    rules = dialect_of(defect)
    broken, reads = watched(defect.broken(rules))
    site = Site(broken)

    site.open()
    site.api.get("/jwks")

    assert reads
