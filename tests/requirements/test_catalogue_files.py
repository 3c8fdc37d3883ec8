"""What the loader refuses: catalogue files that do not hold together."""

from pathlib import Path

import pytest

from conformance.errors import UsageError
from conformance.requirements import load

SOUND = {
    "id": '"rfc6749-1-one"',
    "spec": '"rfc6749"',
    "section": '"1"',
    "level": '"MUST"',
    "party": '"AS"',
    "area": '"scope"',
    "summary": '"One."',
    "method": '"Look."',
    "needs": '["user-login"]',
    "threat": '""',
    "defect": '"none"',
    "testable": '"yes"',
}


def table(**changes: str | None) -> str:
    """One requirement as TOML; a change to None leaves the field out."""
    fields = {key: value for key, value in (SOUND | changes).items() if value is not None}
    return "[[requirement]]\n" + "".join(f"{key} = {value}\n" for key, value in fields.items())


def problems_of(folder: Path) -> str:
    with pytest.raises(UsageError) as caught:
        load(folder)
    return str(caught.value)


def test_a_sound_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(
        table(also='["rfc9700 2.1"]', disputable="true", note='"why"')
    )

    (requirement,) = load(tmp_path).values()

    assert requirement.needs == ("user-login",)
    assert requirement.specs == {"rfc6749", "rfc9700"}
    assert requirement.disputable


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"level": '"SHALL"'}, 'level = "SHALL" is not one of MUST, MUST NOT, SHOULD'),
        ({"party": '"client"'}, 'party = "client" is not one of AS, RS, both'),
        ({"testable": '"perhaps"'}, 'testable = "perhaps" is not one of yes, partly, no'),
        ({"area": '"colours"'}, 'area = "colours" is not known'),
        ({"spec": '"rfc1"'}, 'spec = "rfc1" is not known'),
        ({"needs": '["luck"]'}, 'needs has "luck", which is not known'),
        ({"applies_when": '["luck"]'}, 'applies_when has "luck", which is not known'),
        ({"needs": '"user-login"'}, "needs has the wrong type"),
        ({"needs": "[1]"}, "needs has the wrong type"),
        ({"disputable": '"yes"'}, "disputable has the wrong type"),
        ({"summary": "3"}, "summary has the wrong type"),
        ({"method": None}, 'has no field "method"'),
        ({"severity": '"high"'}, 'has an unknown field "severity"'),
        ({"strengthens": '["rfc6749-1-two"]'}, 'strengthens: there is no requirement "rfc6749-1-'),
        ({"also": '["rfc1 2"]'}, 'also names "rfc1", which is no specification that is known'),
    ],
)
def test_unknown_values_are_refused(
    tmp_path: Path, changes: dict[str, str | None], sentence: str
) -> None:
    (tmp_path / "one.toml").write_text(table(**changes))

    assert sentence in problems_of(tmp_path)


def test_every_problem_is_told_with_file_and_id(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(table(level='"SHALL"') + table(area='"x"', id=None))
    (tmp_path / "two.toml").write_text("= 3")

    lines = problems_of(tmp_path).splitlines()

    assert lines[0].startswith("one.toml: rfc6749-1-one: level")
    assert lines[1].startswith('one.toml: [[requirement]] 2 has no field "id"')
    assert lines[2].startswith("one.toml: [[requirement]] 2: area")
    assert lines[3].startswith("two.toml is not TOML: ")


def test_duplicates_are_refused(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(table())
    (tmp_path / "two.toml").write_text(table())

    assert problems_of(tmp_path) == "two.toml: rfc6749-1-one appears twice"


def test_unknown_tables_are_refused(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text("[[requirements]]\n")

    assert problems_of(tmp_path) == "one.toml has a table [requirements] that is not known"


CHOICE = """[[choice]]
topic = "two"
when = ["rfc6749"]
unless = []
keeps = ["rfc6749-1-one"]
leaves_out = []
reason = "so"
"""


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("rfc6749-1-one", "rfc6749-1-own", '"two": there is no requirement "rfc6749-1-own"; did'),
        ('"rfc6749"]', '"rfc1"]', '"two": there is no standard "rfc1"'),
        ('reason = "so"\n', "", "a choice has "),
    ],
)
def test_choices_name_what_exists(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    (tmp_path / "one.toml").write_text(table())
    (tmp_path / "choices.toml").write_text(CHOICE.replace(old, new))

    assert sentence in problems_of(tmp_path)
