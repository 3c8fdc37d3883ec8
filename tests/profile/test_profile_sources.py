"""Where profiles are found, and how one is laid over another."""

from pathlib import Path

import pytest

from conformance.errors import ProfileError
from conformance.profile import Dialect, load, shipped, source
from conformance.secret import Secret

BASE = """
standards = ["rfc6749", "rfc6750"]

[server]
name = "Base"
issuer = "https://base.test"
token_endpoint = "https://base.test/token"
jwks_uri = "https://base.test/keys"
hosts = ["static.base.test"]
headers = { A = "one", B = "two" }
ca = "ca.pem"

[[clients]]
role = "confidential"
client_id = "web"
client_secret = { env = "SECRET" }
redirect_uris = ["https://client.example/callback"]

[[users]]
username = "alice"
password = "wonderland"

[lifetimes]
code = "60s"
access_token = "1h"
"""


@pytest.fixture
def base(tmp_path: Path) -> Path:
    folder = tmp_path / "base"
    folder.mkdir()
    (folder / "ca.pem").write_text("certificate")
    (folder / "profile.toml").write_text(BASE)
    return folder


@pytest.fixture
def over(base: Path, tmp_path: Path):
    """Load what is written over the base, as `over.toml` beside its folder."""

    def over(text: str, environ: dict[str, str] | None = None):
        path = tmp_path / "over.toml"
        path.write_text('extends = "base"\n' + text)
        return load(path, {"SECRET": "from-outside"} if environ is None else environ)

    return over


def sentence_of(path: Path | str) -> str:
    with pytest.raises(ProfileError) as caught:
        load(path, {})
    return str(caught.value)


def test_a_folder_means_its_profile(base: Path) -> None:
    profile = load(base, {"SECRET": "x"})

    assert profile.name == "base"
    assert profile.path == base / "profile.toml"


def test_a_file_is_named_by_its_stem(base: Path, tmp_path: Path) -> None:
    path = (base / "profile.toml").rename(base / "other.toml")

    assert load(path, {"SECRET": "x"}).name == "other"


def test_nothing_changed_is_the_same(base: Path, over) -> None:
    extended = over("")

    assert extended.name == "over"
    assert extended.digest == load(base, {"SECRET": "x"}).digest


def test_tables_merge_and_the_rest_is_replaced(over, base: Path) -> None:
    profile = over(
        """
        standards = ["oauth-2.1"]
        [server]
        name = "Over"
        hosts = ["other.test"]
        headers = { B = "three", C = "four" }
        [[clients]]
        role = "public"
        client_id = "spa"
        redirect_uris = ["https://client.example/spa"]
        [lifetimes]
        code = "2m"
        """
    )

    assert profile.standards == ("oauth-2.1",)
    assert profile.server.name == "Over"
    assert profile.server.issuer == "https://base.test"
    assert profile.server.endpoint("jwks_uri") == "https://base.test/keys"
    assert profile.server.hosts == ("other.test",)
    assert dict(profile.server.headers) == {
        "A": Secret("one"),
        "B": Secret("three"),
        "C": Secret("four"),
    }
    assert profile.server.ca == base / "ca.pem"
    assert [client.role for client in profile.clients] == ["public"]
    assert [user.username for user in profile.users] == ["alice"]
    assert profile.lifetimes.code == 120
    assert profile.lifetimes.access_token == 3600


@pytest.mark.parametrize(
    ("place", "issuer", "embedded"),
    [
        ('issuer = "https://over.test"', "https://over.test", None),
        ('embedded = "ilert"', None, Dialect.ILERT),
    ],
)
def test_a_new_place_drops_the_old_place_and_its_endpoints(
    over, place: str, issuer: str | None, embedded: Dialect | None
) -> None:
    profile = over(f'[server]\n{place}\ntoken_endpoint = "/token"\n')

    assert profile.server.issuer == issuer
    assert profile.server.embedded is embedded
    assert profile.server.endpoints == (("token_endpoint", "/token"),)
    assert profile.server.name == "Base"


def test_a_variable_and_a_value_replace_each_other(over) -> None:
    profile = over(
        '[server]\nname = { env = "NAME" }\n'
        '[[clients]]\nrole = "confidential"\nclient_id = "web"\nclient_secret = "plain"\n'
        'redirect_uris = ["https://client.example/callback"]\n',
        {"NAME": "From outside"},
    )

    assert profile.server.name == "From outside"
    assert profile.clients[0].client_secret == Secret("plain")


def test_a_problem_names_the_file_that_it_is_in(base: Path, over) -> None:
    (base / "profile.toml").write_text(BASE.replace("hosts", "hots"))

    with pytest.raises(ProfileError) as caught:
        over('[lifetimes]\ncod = "3m"\n', {})

    lines = str(caught.value).splitlines()
    base_file, over_file = base / "profile.toml", base.parent / "over.toml"
    assert sorted(lines) == sorted(
        [
            f'{base_file}: [server] has no key "hots"; did you mean "hosts"?',
            f"{base_file}: [[clients]] 1 client_secret needs the environment variable SECRET, "
            "which is not set",
            f'{over_file}: [lifetimes] has no key "cod"; did you mean "code"?',
        ]
    )


def test_extending_goes_on(over, tmp_path: Path) -> None:
    over('[server]\nname = "Middle"\n')
    top = tmp_path / "top.toml"
    top.write_text('extends = "over.toml"\n[lifetimes]\ncode = "3m"\n')

    profile = load(top, {"SECRET": "x"})

    assert profile.server.name == "Middle"
    assert profile.lifetimes.code == 180


def test_extending_in_a_circle_is_refused(tmp_path: Path) -> None:
    one, two = tmp_path / "one.toml", tmp_path / "two.toml"
    one.write_text('extends = "two.toml"\n')
    two.write_text('extends = "one.toml"\n')

    assert sentence_of(one) == f"{one} extends itself: {one} extends {two} extends {one}"


def test_what_is_extended_has_to_exist(tmp_path: Path) -> None:
    one = tmp_path / "one.toml"
    one.write_text('extends = "nowhere.toml"\n')

    assert sentence_of(one).startswith(
        f'{one}: extends = "nowhere.toml": there is no profile "nowhere.toml"'
    )


@pytest.mark.parametrize("value", ["3", '["a.toml"]'])
def test_one_profile_is_extended(tmp_path: Path, value: str) -> None:
    one = tmp_path / "one.toml"
    one.write_text(f"extends = {value}\n")

    assert sentence_of(one) == f"{one}: extends must name one profile, as a string"


def test_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("[server\n")
    (tmp_path / "latin.toml").write_bytes(b"name = '\xe9'\n")
    (tmp_path / "empty").mkdir()

    assert sentence_of(tmp_path / "bad.toml").startswith(f"{tmp_path / 'bad.toml'} is not TOML: ")
    assert sentence_of(tmp_path / "latin.toml") == f"{tmp_path / 'latin.toml'} is not UTF-8 text"
    assert sentence_of(tmp_path / "empty") == f"{tmp_path / 'empty'} has no profile.toml"


def test_a_file_that_the_system_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "one.toml"
    path.write_text("")

    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refuse)

    assert sentence_of(path) == f"{path} cannot be read: Permission denied"


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of shipped profiles that stands in for ours."""
    folder = tmp_path / "shelf"
    (folder / "acme-one").mkdir(parents=True)
    (folder / "acme-one" / "profile.toml").write_text(BASE.replace('ca = "ca.pem"\n', ""))
    monkeypatch.setattr(source, "_SHIPPED", (tmp_path / "not-there", folder))
    return folder


def test_shipped_profiles_are_known_by_name(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert shipped() == {"acme-one": shelf / "acme-one" / "profile.toml"}
    assert load("acme-one", {"SECRET": "x"}).name == "acme-one"
    (tmp_path / "mine.toml").write_text('extends = "acme-one"\n[server]\nname = "Mine"\n')
    assert load("mine.toml", {"SECRET": "x"}).server.name == "Mine"


def test_a_name_that_is_not_shipped(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sentence_of("acme-on") == (
        'there is no profile "acme-on", neither a file nor a shipped one; did you mean "acme-one"?'
    )
    assert sentence_of("zzz").endswith("; shipped: acme-one")
    monkeypatch.setattr(source, "_SHIPPED", (tmp_path / "not-there",))
    assert shipped() == {}
    assert sentence_of("zzz").endswith("; shipped: none")
