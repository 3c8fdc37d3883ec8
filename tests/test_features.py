"""The feature words and their rules."""

import re

from conformance.features import Feature, KnownBy


def test_every_feature_has_a_word_and_a_sentence() -> None:
    for feature in Feature:
        assert re.fullmatch(r"[a-z0-9_]+", feature)
        assert feature.sentence.endswith(".")
        assert Feature(str(feature)) is feature


def test_a_metadata_rule_and_its_source_go_together() -> None:
    for feature in Feature:
        if feature is not Feature.METADATA:
            assert (feature.metadata is not None) == (KnownBy.METADATA in feature.known_by)


def test_defaults_are_those_of_rfc_8414() -> None:
    rule = Feature.CLIENT_SECRET_BASIC.metadata
    grant = Feature.AUTHORIZATION_CODE.metadata

    assert rule is not None
    assert rule.default == ("client_secret_basic",)
    assert grant is not None
    assert grant.default == ("authorization_code", "implicit")
