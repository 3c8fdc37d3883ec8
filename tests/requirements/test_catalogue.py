"""The catalogue as it is shipped: what it holds, what is claimed, at which level."""

from collections import Counter

import pytest

from conformance.errors import UsageError
from conformance.features import Feature
from conformance.requirements import (
    SPECS,
    Level,
    Severity,
    Testable,
    UnknownRequirement,
    load,
    severity,
)

CATALOGUE = load()
OWN_SETS = ("contract-ilert", "profile", "robustness")

CORE = {
    "rfc6749": 154,
    "rfc6750": 30,
    "rfc7636": 15,
    "rfc7009": 24,
    "rfc7662": 29,
    "rfc8414": 44,
    "rfc9068": 39,
    "rfc7519": 18,
    "rfc7515": 12,
    "rfc9207": 7,
    "rfc9700": 51,
    "oauth-2.1": 36,
}


def test_core_has_its_459_requirements() -> None:
    counts = Counter(r.spec for r in CATALOGUE.values() if r.spec not in OWN_SETS)

    assert counts == CORE
    assert counts.total() == 459


@pytest.mark.parametrize("spec", OWN_SETS)
def test_own_sets_are_there_and_can_be_read(spec: str) -> None:
    requirements = CATALOGUE.of(spec)

    assert len(requirements) >= 25
    for requirement in requirements:
        assert requirement.link == ""
        assert requirement.defect or requirement.testable is not Testable.YES
        assert bool(requirement.reason) == (requirement.testable is not Testable.YES)


def test_ids_are_keys_and_begin_with_specification_and_section() -> None:
    for id, requirement in CATALOGUE.items():
        assert id == requirement.id
        if requirement.spec not in ("rfc7519", "rfc7515"):
            assert id.startswith(f"{requirement.spec}-{requirement.section}-")


def test_order_is_that_of_specifications_and_sections() -> None:
    specs = [r.spec for r in CATALOGUE.values()]
    sections = [
        tuple(int(part) for part in r.section.split("."))
        for r in CATALOGUE.of("rfc6749")
        if r.section[0].isdigit()
    ]

    assert list(dict.fromkeys(specs)) == list(SPECS)
    assert sections == sorted(sections)


def test_catalogue_is_read_once() -> None:
    assert load() is CATALOGUE


def test_unknown_id_is_a_usage_error_that_names_the_closest() -> None:
    with pytest.raises(UnknownRequirement) as caught:
        CATALOGUE["rfc6749-4.1.2-code-singel-use"]

    assert isinstance(caught.value, UsageError)
    assert str(caught.value) == (
        'there is no requirement "rfc6749-4.1.2-code-singel-use"; '
        'did you mean "rfc6749-4.1.2-code-single-use"?'
    )
    assert "rfc6749-4.1.2-code-singel-use" not in CATALOGUE
    assert CATALOGUE.get("nothing like it") is None


def test_closest_is_none_where_nothing_is_like_it() -> None:
    assert CATALOGUE.closest("@@@@") is None
    assert CATALOGUE.unknown("@@@@") == 'there is no requirement "@@@@"'


@pytest.mark.parametrize(
    ("id", "place", "link"),
    [
        (
            "rfc6749-4.1.2-code-single-use",
            "RFC 6749, section 4.1.2",
            "https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2",
        ),
        (
            "oauth-2.1-10.1-implicit-grant-removed",
            "OAuth 2.1, section 10.1",
            "https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1#section-10.1",
        ),
        ("robustness-login-page-no-unescaped-reflection", "Robustness: login page", ""),
    ],
)
def test_place_and_link(id: str, place: str, link: str) -> None:
    assert CATALOGUE[id].place == place
    assert CATALOGUE[id].link == link


def test_appendix_has_its_own_link() -> None:
    appendix = next(r for r in CATALOGUE.of("rfc6749") if r.section == "A.12")

    assert appendix.place == "RFC 6749, appendix A.12"
    assert appendix.link == "https://www.rfc-editor.org/rfc/rfc6749#appendix-A.12"


def test_claimed_by_own_specification_and_by_also() -> None:
    claimed = CATALOGUE.claimed(["oauth-2.1"])

    assert "oauth-2.1-4.1.1-pkce-required-for-public-clients" in claimed
    assert "rfc6749-1.9-case-sensitive-names-and-values" in claimed  # also: oauth-2.1 1.9
    assert "rfc6749-2.1-no-client-type-assumptions" not in claimed
    assert "rfc7662-2.1-post-required" not in claimed


def test_profile_and_robustness_are_always_claimed() -> None:
    claimed = CATALOGUE.claimed([])

    assert claimed == {r.id for spec in ("profile", "robustness") for r in CATALOGUE.of(spec)}


def test_rfc9068_brings_jwt_and_jws() -> None:
    specs = {CATALOGUE[id].spec for id in CATALOGUE.claimed(["rfc9068"])}

    assert {"rfc9068", "rfc7519", "rfc7515"} <= specs
    assert not {"rfc6749", "oauth-2.1"} & specs


def test_unknown_standard_is_refused_with_the_closest() -> None:
    with pytest.raises(UsageError, match=r'no standard "rfc6479"; did you mean "rfc6749"\?'):
        CATALOGUE.claimed(["rfc6479"])
    with pytest.raises(UsageError, match=r"no standard \"saml\"; there are rfc6749, rfc6750, "):
        CATALOGUE.claimed(["saml"])


def test_strengthened_requirement_has_the_strictest_claimed_level() -> None:
    id = "rfc6749-10.4-refresh-token-abuse-detection"

    assert CATALOGUE.level_of(id, ["rfc6749"]) is CATALOGUE[id].level is Level.SHOULD
    assert CATALOGUE.level_of(id, ["rfc6749", "rfc9700"]) is Level.MUST


def test_weaker_requirement_does_not_soften_a_stricter_one() -> None:
    id = "rfc9700-2.2.2-public-client-refresh-tokens-rotated-or-bound"

    assert CATALOGUE.level_of(id, ["rfc6749", "rfc9700", "oauth-2.1"]) is Level.MUST


PASSWORD = "rfc6749-4.3.2-ropc-password-validated"
NO_PASSWORD = "rfc9700-2.4-password-grant-not-used"
IMPLICIT = "rfc6749-4.2.2-implicit-response-in-fragment"
NO_HTTP = "rfc9700-2.6-no-http-redirect-uris"
WARN_HTTP = "rfc6749-3.1.2.1-warn-about-insecure-redirect"
SENT_BEFORE = "rfc6749-4.1.3-redirect-uri-required-if-sent-before"
NOT_SENT = "oauth-2.1-10.2-redirect-uri-not-required"
WITHOUT_PKCE = "rfc7636-5-requests-without-pkce"
PLAIN_HTTP = "rfc7009-2-revocation-over-http-also-served"
DEFAULT_PLAIN = "rfc7636-4.3-method-defaults-to-plain"
NO_PLAIN = "rfc7636-7.2-plain-not-supported"


@pytest.mark.parametrize(
    ("standards", "judged", "left_out"),
    [
        (["rfc6749"], {PASSWORD, IMPLICIT, WARN_HTTP, SENT_BEFORE}, {NO_PASSWORD, NO_HTTP}),
        (
            ["rfc6749", "rfc9700", "rfc7636"],
            {NO_PASSWORD, IMPLICIT, NO_HTTP, SENT_BEFORE, WITHOUT_PKCE, DEFAULT_PLAIN, NO_PLAIN},
            {PASSWORD, WARN_HTTP},
        ),
        (
            ["rfc6749", "oauth-2.1", "rfc7636", "rfc7009", "rfc9700"],
            {NO_PASSWORD, NO_HTTP, NOT_SENT, DEFAULT_PLAIN, NO_PLAIN},
            {PASSWORD, IMPLICIT, WARN_HTTP, SENT_BEFORE, WITHOUT_PKCE, PLAIN_HTTP},
        ),
        (["oauth-2.1"], {NOT_SENT, NO_PASSWORD}, {SENT_BEFORE}),
        (["rfc7009", "rfc7636"], {PLAIN_HTTP, WITHOUT_PKCE}, set()),
    ],
    ids=["framework", "best-current-practice", "everything", "oauth-2.1", "neither"],
)
def test_of_requirements_that_exclude_each_other_one_side_is_judged(
    standards: list[str], judged: set[str], left_out: set[str]
) -> None:
    claimed = CATALOGUE.claimed(standards)

    assert judged <= claimed
    assert not left_out & claimed
    assert left_out <= CATALOGUE.left_out(standards).keys()
    assert all(choice.reason for choice in CATALOGUE.left_out(standards).values())


def test_no_choice_leaves_out_both_sides() -> None:
    for standards in (["rfc6749"], ["rfc9700"], ["oauth-2.1"], list(SPECS)):
        out = CATALOGUE.left_out(standards)
        for choice in CATALOGUE.choices:
            assert not (set(choice.leaves_out) & out.keys() and set(choice.keeps) & out.keys())


@pytest.mark.parametrize(
    ("id", "expected"),
    [
        ("rfc6749-4.1.2-code-single-use", Severity.CRITICAL),
        ("rfc9068-4-rs-rejects-alg-none", Severity.CRITICAL),
        ("robustness-authorization-endpoint-no-unescaped-reflection", Severity.HIGH),
        ("contract-ilert-token-response-expires-in-an-hour", Severity.MEDIUM),
        ("robustness-token-endpoint-errors-are-json", Severity.LOW),
        ("contract-ilert-lifetimes-and-numbers-refresh-not-more-than-once-in-five-minutes", "low"),
        ("oauth-2.1-10.2-redirect-uri-not-required", Severity.LOW),
    ],
)
def test_severity_follows_level_threat_and_area(id: str, expected: Severity) -> None:
    assert severity(CATALOGUE[id]) == expected


def test_severity_is_ordered() -> None:
    assert [each.rank for each in Severity] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("level", "words", "binding"),
    [
        (Level.MUST, "MUST", True),
        (Level.MUST_NOT, "MUST NOT", True),
        (Level.SHOULD, "SHOULD", False),
        (Level.SHOULD_NOT, "SHOULD NOT", False),
        (Level.RECOMMENDED, "RECOMMENDED", False),
        (Level.MAY, "MAY", True),
    ],
)
def test_levels(level: Level, words: str, binding: bool) -> None:
    assert level.words == words
    assert level.binding is binding


def test_conditions_are_what_all_requirements_of_a_check_ask_for() -> None:
    revocation = "rfc7009-2.1-refresh-revocation-kills-access-tokens"
    public = "rfc7009-2.1-public-client-identified"

    assert load().conditions([revocation]) == (
        Feature.REVOCATION,
        Feature.ACCESS_TOKEN_REVOCATION,
    )
    assert load().conditions([revocation, public]) == (Feature.REVOCATION,)
    assert load().conditions([revocation, "rfc6749-5.1-cache-control-no-store"]) == ()


def test_advisories_are_examples_of_the_classes_that_requirements_speak_of() -> None:
    unsigned = "rfc9068-4-rs-rejects-alg-none"

    assert load().examples([unsigned, unsigned]) == (
        "CVE-2018-1000531",
        "CVE-2022-23540",
        "CVE-2021-22160",
    )
    assert load().examples(["rfc6749-5.1-cache-control-no-store"]) == ()
    assert all(0 < len(advisory.examples) <= 3 for advisory in load().advisories)
