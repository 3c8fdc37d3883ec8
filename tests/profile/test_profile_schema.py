"""The JSON Schema for editors says what the loader says."""

import json
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from conformance import requirements
from conformance.errors import ProfileError
from conformance.features import Feature
from conformance.profile import (
    SCHEMA,
    AuthenticationMethod,
    Dialect,
    Fill,
    GrantType,
    Pkce,
    Role,
    load,
    shipped,
)
from conformance.profile.source import is_reference, read

DOCUMENT: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(DOCUMENT, format_checker=FormatChecker())


def plain(value: Any) -> Any:
    """TOML as JSON: dates are strings."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def variables(value: Any) -> dict[str, str]:
    """An environment with every variable that the content names, set to what fits most keys."""
    if isinstance(value, list):
        return {name: text for item in value for name, text in variables(item).items()}
    if not isinstance(value, dict):
        return {}
    if is_reference(value):
        return {value["env"]: "https://value.test/from-environment"}
    return variables(list(value.values()))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(DOCUMENT)


@pytest.mark.parametrize("name", shipped())
def test_shipped_profiles_are_sound_for_loader_and_schema(name: str) -> None:
    path = shipped()[name]

    content = read(path).content
    profile = load(path, variables(content))
    own = VALIDATOR.iter_errors(plain(tomllib.loads(path.read_text(encoding="utf-8"))))
    whole = VALIDATOR.iter_errors(plain(content))

    assert profile.name == name
    assert [error.message for error in own] == []
    assert [error.message for error in whole] == []


def definition(name: str) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["$defs"][name]
    return found


@pytest.mark.parametrize(
    ("table", "keys"),
    [
        ("", DOCUMENT["properties"].keys() - {"extends"}),
        ("[server]", definition("server")["properties"].keys()),
        ("[[clients]]", definition("client")["properties"].keys()),
        ("[[users]]", definition("user")["properties"].keys()),
        ("[pages]", definition("pages")["properties"].keys()),
        ("[pages.consent]", definition("pages")["properties"]["consent"]["properties"].keys()),
        ("[[pages.login]]", {"fill", "with", "click"}),
        ("[[resources]]", definition("resource")["properties"].keys()),
        ("[features]", definition("features")["properties"].keys()),
        ("[lifetimes]", definition("lifetimes")["properties"].keys()),
        ("[errors]", definition("errors")["properties"].keys()),
        ("[pace]", definition("pace")["properties"].keys()),
        ("[[known_deviations]]", definition("known_deviation")["properties"].keys()),
        ("[[skip]]", definition("skip")["properties"].keys()),
    ],
)
def test_loader_and_schema_know_the_same_keys(table: str, keys: set[str], tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(f"{table}\n@@@ = 1\n".replace("@@@", '"@@@"'))

    with pytest.raises(ProfileError) as caught:
        load(path, {})

    (known,) = re.findall(r'has no key "@@@"; known: (.*)', str(caught.value))
    assert set(known.split(", ")) == set(keys)


def test_loader_and_schema_know_the_same_words() -> None:
    client = definition("client")["properties"]

    assert [each["const"] for each in definition("feature")["oneOf"]] == list(Feature)
    assert client["role"]["enum"] == list(Role)
    assert client["grant_types"]["items"]["enum"] == list(GrantType)
    assert client["pkce"]["enum"] == list(Pkce)
    assert client["token_endpoint_auth_method"]["enum"] == list(AuthenticationMethod)
    assert definition("server")["properties"]["embedded"]["enum"] == list(Dialect)
    assert definition("step")["oneOf"][0]["properties"]["with"]["enum"] == list(Fill)
    assert DOCUMENT["properties"]["standards"]["items"]["enum"] == list(requirements.SPECS)


@pytest.mark.parametrize(
    "wrong",
    [
        {"standards": ["oauth-2.0"]},
        {"standards": []},
        {"lifetimes": {"code": "60"}},
        {"lifetimes": {"code": 60}},
        {"server": {"isuer": "x"}},
        {"server": {"name": ""}},
        {"server": {"name": {"env": "A", "or": "b"}}},
        {"clients": [{"role": "confidental", "client_id": "a"}]},
        {"clients": [{"role": "public"}]},
        {"pages": {"login": [{"fill": "#a"}]}},
        {"known_deviations": [{"reason": "a"}]},
        {"known_deviations": [{"reason": "a", "check": "b", "requirement": "c"}]},
        {"skip": [{"check": "a", "reason": "b", "until": "soon"}]},
        {"pace": {"max_requests_per_second": 0}},
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(wrong: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(wrong)
