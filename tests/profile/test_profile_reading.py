"""What a sound profile says, and the sentence for each thing that can be wrong with one."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest

from conformance.errors import ProfileError
from conformance.features import Feature
from conformance.profile import (
    AuthenticationMethod,
    Dialect,
    FeatureSettings,
    Fill,
    GrantType,
    KnownDeviation,
    Lifetimes,
    Pace,
    Pkce,
    Profile,
    ResourceSettings,
    Role,
    Skip,
    Step,
    load,
)
from conformance.secret import Secret

SERVER = """
[server]
issuer = "https://login.acme.test/realms/demo"
"""
CLIENTS = """
[[clients]]
role = "confidential"
client_id = "web"
client_secret = "web-secret"
redirect_uris = ["https://client.example/callback"]
"""
USERS = """
[[users]]
username = "alice"
password = "wonderland"
"""

Load = Callable[..., Profile]
Problems = Callable[..., list[str]]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a sound profile, with parts replaced and `more` before its tables or behind them."""

    def write(
        more: str = "",
        *,
        top: str = "",
        server: str = SERVER,
        clients: str = CLIENTS,
        users: str = USERS,
        name: str = "acme.toml",
    ) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(top + server + clients + users + more, encoding="utf-8")
        return path

    return write


@pytest.fixture
def loaded(write: Callable[..., Path]) -> Load:
    """Load a profile that was written the same way."""

    def loaded(more: str = "", environ: Mapping[str, str] | None = None, **parts: str) -> Profile:
        return load(write(more, **parts), environ or {})

    return loaded


@pytest.fixture
def problems(write: Callable[..., Path]) -> Problems:
    """What loading complains about, one sentence an item, without the file's name."""

    def problems(
        more: str = "", environ: Mapping[str, str] | None = None, **parts: str
    ) -> list[str]:
        path = write(more, **parts)
        with pytest.raises(ProfileError) as caught:
            load(path, environ or {})
        return [line.removeprefix(f"{path}: ") for line in str(caught.value).splitlines()]

    return problems


def test_least_profile(loaded: Load) -> None:
    profile = loaded()

    assert profile.name == "acme"
    assert profile.standards is None
    assert profile.server.name == "acme"
    assert profile.server.issuer == "https://login.acme.test/realms/demo"
    assert profile.server.metadata
    assert profile.server.timeout == 10
    client = profile.clients[0]
    assert client.token_endpoint_auth_method is AuthenticationMethod.BASIC
    assert client.pkce is Pkce.REQUIRED
    assert client.scope is None
    assert client.scopes == ()
    assert profile.lifetimes == Lifetimes()
    assert profile.pace == Pace()
    assert profile.errors.code_member == "error"
    assert profile.client("confidential") is client
    assert profile.client(Role.PUBLIC) is None


FULL = """
[pages]
login = [
  { fill = "#username", with = "username" },
  { fill = "#password", with = "password" },
  { click = "#login" },
]
consent.approve = "button[name=accept]"
consent.deny = [{ click = "#no" }, { click = "#really" }]
error = "#error-message"
withdraw = "/account/applications"

[[resources]]
url = "https://api.acme.test/me"
scope = "profile"
audience = "https://api.acme.test"

[[resources]]
url = "/things"
method = "post"

[[resources]]
url = "https://billing.acme.test/"
foreign = true

[features]
supports = ["jwt_access_token", "refresh_token"]
lacks = ["introspection"]

[lifetimes]
code = "90s"
access_token = "1.5h"
refresh_token = "365d"

[errors]
code_member = "code"

[pace]
max_requests_per_second = 2.5
min_seconds_between_tokens = 1
min_seconds_between_refreshes = 300

[[known_deviations]]
check = "redirect_uri.altered_redirect_uri_is_refused[extra-query]"
reason = "matches without the query until 27.1"
link = "https://acme.test/issues/812"
until = 2027-03-31

[[known_deviations]]
requirement = "rfc6749-4.1.2-code-single-use"
reason = "known"

[[skip]]
check = "consent.shown"
reason = "this server asks a hardware key"
until = 2027-03-31
"""

FULL_SERVER = """
[server]
name = "Acme Login"
issuer = "https://login.acme.test"
metadata = false
token_endpoint = "https://login.acme.test/token"
token_information_endpoint = "/token_info"
hosts = ["static.acme.test"]
ca = "ca.pem"
proxy = "http://user:pass@proxy.test:3128"
headers = { X-Api-Key = { env = "ACME_KEY" } }
timeout = "2m"
initial_access_token = "first-one"
"""

FULL_CLIENTS = """
[[clients]]
role = "confidential-post"
client_id = "web"
client_secret = "web-secret"
redirect_uris = ["https://client.example/callback", "com.example.app:/callback"]
scope = "profile source:w"
pkce = "optional"
authorization_parameters = { audience = "https://api.acme.test" }
token_parameters = { audience = "https://api.acme.test" }
any_scope = true

[[clients]]
role = "public"
client_id = "spa"
redirect_uris = ["https://client.example/spa"]

[[clients]]
role = "resource-server"
client_id = "web"
client_secret = "web-secret"
"""

FULL_USERS = """
[[users]]
username = "alice"
password = "wonderland"
totp = "ABCDEFGH"

[[users]]
username = "bob"
password = "builder"
sacrificial = true
"""


@pytest.fixture
def full(loaded: Load, tmp_path: Path) -> Load:
    (tmp_path / "ca.pem").write_text("certificate")

    def full(**changes: str) -> Profile:
        parts = {
            "top": 'standards = ["oauth-2.1", "rfc9068"]\n',
            "server": FULL_SERVER,
            "clients": FULL_CLIENTS,
            "users": FULL_USERS,
            "more": FULL,
        }
        return loaded(environ={"ACME_KEY": "key-from-outside"}, **(parts | changes))

    return full


def test_full_profile(full: Load, tmp_path: Path) -> None:
    profile = full()

    assert profile.standards == ("oauth-2.1", "rfc9068")
    assert profile.server.name == "Acme Login"
    assert not profile.server.metadata
    assert profile.server.endpoint("token_endpoint") == "https://login.acme.test/token"
    assert profile.server.endpoint("token_information_endpoint") == "/token_info"
    assert profile.server.endpoint("revocation_endpoint") is None
    assert profile.server.hosts == ("static.acme.test",)
    assert profile.server.ca == tmp_path / "ca.pem"
    assert profile.server.headers == (("X-Api-Key", Secret("key-from-outside")),)
    assert profile.server.timeout == 120
    post, public, resource_server = profile.clients
    assert post.token_endpoint_auth_method is AuthenticationMethod.POST
    assert post.scopes == ("profile", "source:w")
    assert post.pkce is Pkce.OPTIONAL
    assert dict(post.authorization_parameters) == {"audience": "https://api.acme.test"}
    assert dict(post.token_parameters) == {"audience": "https://api.acme.test"}
    assert post.any_scope
    assert not public.any_scope
    assert public.token_endpoint_auth_method is AuthenticationMethod.NONE
    assert public.client_secret is None
    assert resource_server.redirect_uris == ()
    assert [user.sacrificial for user in profile.users] == [False, True]
    assert profile.pages.login == (
        Step("#username", Fill.USERNAME),
        Step("#password", Fill.PASSWORD),
        Step("#login"),
    )
    assert profile.pages.approve == (Step("button[name=accept]"),)
    assert profile.pages.deny == (Step("#no"), Step("#really"))
    assert profile.pages.error == "#error-message"
    assert profile.pages.withdraw == "/account/applications"
    assert profile.resources == (
        ResourceSettings(
            "https://api.acme.test/me", scope="profile", audience="https://api.acme.test"
        ),
        ResourceSettings("/things", method="POST"),
    )
    assert profile.foreign_resources == (
        ResourceSettings("https://billing.acme.test/", foreign=True),
    )
    assert profile.features == FeatureSettings(
        frozenset({Feature.JWT_ACCESS_TOKEN, Feature.REFRESH_TOKEN}),
        frozenset({Feature.INTROSPECTION}),
    )
    assert profile.lifetimes == Lifetimes(90.0, 5400.0, 31_536_000.0)
    assert profile.errors.code_member == "code"
    assert profile.pace == Pace(2.5, 1.0, 300.0)
    assert profile.known_deviations == (
        KnownDeviation(
            check="redirect_uri.altered_redirect_uri_is_refused[extra-query]",
            reason="matches without the query until 27.1",
            link="https://acme.test/issues/812",
            until=date(2027, 3, 31),
        ),
        KnownDeviation(requirement="rfc6749-4.1.2-code-single-use", reason="known"),
    )
    assert profile.skips == (
        Skip("consent.shown", "this server asks a hardware key", date(2027, 3, 31)),
    )


def test_secrets_are_all_known_and_none_shows_itself(full: Load) -> None:
    profile = full()

    texts = {secret.reveal() for secret in profile.secrets}

    assert texts == {
        "http://user:pass@proxy.test:3128",
        "first-one",
        "key-from-outside",
        "web-secret",
        "wonderland",
        "ABCDEFGH",
        "builder",
    }
    shown = repr(profile)
    assert not [text for text in texts if text in shown]
    assert "«secret of web»" in shown
    assert "«password of alice»" in shown
    assert "«header X-Api-Key»" in shown


def test_digest_changes_with_the_content_and_not_with_secrets(full: Load) -> None:
    digest = full().digest

    assert len(digest) == 64
    assert full(users=FULL_USERS.replace("wonderland", "other")).digest == digest
    assert full(clients=FULL_CLIENTS.replace('"web-secret"', '"other"')).digest == digest
    assert full(server=FULL_SERVER.replace('env = "ACME_KEY"', 'env="ACME_KEY"')).digest == digest
    assert full(users=FULL_USERS.replace("alice", "carol")).digest != digest
    assert full(more=FULL.replace("90s", "91s")).digest != digest


def test_digest_leaves_header_values_out(loaded: Load) -> None:
    one = loaded(server=SERVER + 'headers = { X-Key = "one" }\n')
    two = loaded(server=SERVER + 'headers = { X-Key = "two" }\n')
    other = loaded(server=SERVER + 'headers = { X-Other = "two" }\n')

    assert one.digest == two.digest != other.digest


@pytest.mark.parametrize(
    ("server", "dialect"),
    [(f'[server]\nembedded = "{dialect}"\n', dialect) for dialect in Dialect],
)
def test_embedded_server(loaded: Load, server: str, dialect: Dialect) -> None:
    assert loaded(server=server).server.embedded is dialect


def test_start_script_stands_beside_the_profile(loaded: Load, tmp_path: Path) -> None:
    (tmp_path / "start").write_text("#!/bin/sh\n")

    profile = loaded(server='[server]\nstart = "start"\n')

    assert profile.server.start == tmp_path / "start"
    assert profile.server.issuer is None


def test_endpoints_alone_are_enough(loaded: Load) -> None:
    profile = loaded(
        server='[server]\nauthorization_endpoint = "https://a.test/authorize"\n'
        'token_endpoint = "https://a.test/token"\n'
    )

    assert profile.server.issuer is None
    assert len(profile.server.endpoints) == 2


def test_a_saved_session_stands_in_for_password_and_users(loaded: Load, tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text("{}")

    without_users = loaded('[pages]\nsession = "state.json"\n', users="")
    without_password = loaded(
        '[pages]\nsession = "state.json"\n', users='[[users]]\nusername = "alice"\n'
    )

    assert without_users.users == ()
    assert without_users.pages.session == tmp_path / "state.json"
    assert without_password.users[0].password is None


def test_variables_come_from_the_environment(loaded: Load) -> None:
    profile = loaded(
        server='[server]\nissuer = { env = "ISSUER", default = "https://default.test" }\n',
        clients=CLIENTS.replace('"web-secret"', '{ env = "SECRET" }').replace(
            '["https://client.example/callback"]', '[{ env = "CALLBACK" }]'
        ),
        environ={"SECRET": "from-outside", "CALLBACK": "https://other.example/callback"},
    )

    assert profile.server.issuer == "https://default.test"
    assert profile.clients[0].client_secret == Secret("from-outside")
    assert profile.clients[0].redirect_uris == ("https://other.example/callback",)


def test_the_process_has_the_variables_by_default(
    loaded: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ISSUER", "https://set.test")
    loaded(server='[server]\nissuer = { env = "ISSUER", default = "https://default.test" }\n')

    assert load(tmp_path / "acme.toml").server.issuer == "https://set.test"


def test_a_client_may_be_registered_for_some_grants_only(loaded: Load) -> None:
    service = CLIENTS.replace('"confidential"', '"service"').replace('"web"', '"self"')
    lines = [line for line in service.splitlines() if not line.startswith("redirect_uris")]
    some = "\n".join([*lines, 'grant_types = ["client_credentials"]', ""])

    profile = loaded(clients=CLIENTS + some)

    client = profile.client(Role.SERVICE)
    assert client is not None
    assert client.grant_types == (GrantType.CLIENT_CREDENTIALS,)
    assert client.redirect_uris == ()
    assert profile.clients[0].grant_types == ()


def test_a_client_of_the_password_grant_needs_no_redirect_uri(loaded: Load) -> None:
    other = CLIENTS.replace('"confidential"', '"password"').replace('"web"', '"names"')
    lines = [line for line in other.splitlines() if not line.startswith("redirect_uris")]
    some = "\n".join([*lines, 'grant_types = ["password"]', ""])

    client = loaded(clients=CLIENTS + some).client(Role.PASSWORD)

    assert client is not None
    assert client.grant_types == (GrantType.PASSWORD,)
    assert client.redirect_uris == ()


DURATION = 'must be a duration such as "90s", "10m", "1h" or "365d"'
STEP = 'must be { fill = "…", with = "…" } (one of username, password, totp) or { click = "…" }'
CLIENT_2 = CLIENTS.replace('"confidential"', '"confidential-2"')
PUBLIC = """
[[clients]]
role = "public"
client_id = "spa"
redirect_uris = ["https://client.example/spa"]
"""


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        # keys and types
        (
            {"server": SERVER + "isuer = 3\n"},
            '[server] has no key "isuer"; did you mean "issuer"?',
        ),
        (
            {"more": "[livetimes]\n"},
            'has no key "livetimes"; did you mean "lifetimes"?',
        ),
        (
            {"more": '[lifetimes]\nzzz = "1s"\n'},
            '[lifetimes] has no key "zzz"; known: access_token, code, refresh_token',
        ),
        (
            {"clients": CLIENTS + 'skope = "x"\n'},
            '[[clients]] 1 has no key "skope"; did you mean "scope"?',
        ),
        ({"server": "server = 3\n"}, "[server] must be a table"),
        (
            {"clients": "", "top": "clients = 3\n"},
            "clients must be an array of tables, written as [[clients]]",
        ),
        ({"clients": "", "top": "clients = [3]\n"}, "[[clients]] 1 must be a table"),
        ({"server": SERVER + "name = 3\n"}, '[server] name must be a string, or { env = "NAME" }'),
        ({"server": SERVER + 'name = ""\n'}, "[server] name is empty; leave the key out instead"),
        (
            {"server": SERVER + "name = { env = 3 }\n"},
            '[server] name must be a string, or { env = "NAME", default = "…" }',
        ),
        (
            {"server": SERVER + 'name = { env = "N", standard = "x" }\n'},
            '[server] name must be a string, or { env = "NAME" }',
        ),
        ({"server": SERVER + 'metadata = "yes"\n'}, "[server] metadata must be true or false"),
        (
            {"server": SERVER + 'hosts = "a.test"\n'},
            "[server] hosts must be an array of strings",
        ),
        (
            {"server": SERVER + "hosts = [3]\n"},
            '[server] hosts must be an array of strings, or { env = "NAME" }',
        ),
        ({"server": SERVER + "headers = 3\n"}, "[server] headers must be a table of strings"),
        (
            {"server": SERVER + "headers = { a = 3 }\n"},
            '[server] headers must be a table of strings, or { env = "NAME" }',
        ),
        # standards
        (
            {"top": 'standards = ["oauth-2.0"]\n'},
            'standards: there is no standard "oauth-2.0"; did you mean "oauth-2.1"?',
        ),
        (
            {"top": "standards = []\n"},
            "standards is empty; leave it out to have the default",
        ),
        # durations, numbers, dates, files
        ({"server": SERVER + 'timeout = "10"\n'}, f"[server] timeout {DURATION}"),
        ({"more": "[lifetimes]\ncode = 60\n"}, f"[lifetimes] code {DURATION}"),
        ({"more": '[lifetimes]\ncode = "1w"\n'}, f"[lifetimes] code {DURATION}"),
        (
            {"more": "[pace]\nmin_seconds_between_tokens = -1\n"},
            "[pace] min_seconds_between_tokens must be a number, 0 or more",
        ),
        (
            {"more": "[pace]\nmin_seconds_between_tokens = true\n"},
            "[pace] min_seconds_between_tokens must be a number, 0 or more",
        ),
        (
            {"more": "[pace]\nmin_seconds_between_tokens = nan\n"},
            "[pace] min_seconds_between_tokens must be a number, 0 or more",
        ),
        (
            {"more": "[pace]\nmax_requests_per_second = 0\n"},
            "[pace] max_requests_per_second must be more than 0",
        ),
        (
            {"more": '[[skip]]\ncheck = "a"\nreason = "b"\nuntil = "2027-03-31"\n'},
            "[[skip]] 1 until must be a date such as 2027-03-31, without quotes",
        ),
        (
            {"more": '[[skip]]\ncheck = "a"\nreason = "b"\nuntil = 2027-03-31T00:00:00\n'},
            "[[skip]] 1 until must be a date such as 2027-03-31, without quotes",
        ),
        # environment
        (
            {"clients": CLIENTS.replace('"web-secret"', '{ env = "ACME_WEB_SECRET" }')},
            "[[clients]] 1 client_secret needs the environment variable ACME_WEB_SECRET, "
            "which is not set",
        ),
        # where the server is
        (
            {"server": SERVER + 'embedded = "standard"\n'},
            "[server] has issuer and embedded; give one of them",
        ),
        (
            {"server": '[server]\ntoken_endpoint = "https://a.test/token"\n'},
            "[server] does not say where the server is: give issuer, embedded or start, "
            "or both authorization_endpoint and token_endpoint",
        ),
        (
            {"server": '[server]\nembedded = "illert"\n'},
            '[server] embedded cannot be "illert"; did you mean "ilert"?',
        ),
        (
            {"server": '[server]\nissuer = "login.acme.test"\n'},
            '[server] issuer "login.acme.test" must be an http or https URL',
        ),
        (
            {"server": '[server]\nissuer = "https://a.test/?x=1"\n'},
            '[server] issuer "https://a.test/?x=1" must have no query and no fragment',
        ),
        (
            {"server": '[server]\nissuer = "https://[a"\n'},
            '[server] issuer "https://[a" is no URL',
        ),
        (
            {"server": SERVER + 'token_endpoint = "https://a.test/#x"\n'},
            '[server] token_endpoint "https://a.test/#x" must have no fragment',
        ),
        (
            {
                "server": '[server]\nauthorization_endpoint = "/authorize"\n'
                'token_endpoint = "https://a.test/token"\n'
            },
            '[server] authorization_endpoint "/authorize" must be an http or https URL',
        ),
        (
            {"server": '[server]\nembedded = "ilert"\ntoken_endpoint = "https://a.test/token"\n'},
            '[server] token_endpoint must be a path such as "/token", the server is embedded',
        ),
        # clients
        ({"clients": ""}, "has no client; add [[clients]] with at least one"),
        (
            {"clients": "", "top": "clients = []\n"},
            "has no client; add [[clients]] with at least one",
        ),
        (
            {"clients": CLIENTS.replace('"confidential"', '"confidental"')},
            '[[clients]] 1 role cannot be "confidental"; did you mean "confidential"?',
        ),
        ({"clients": CLIENTS.replace('role = "confidential"\n', "")}, "[[clients]] 1 has no role"),
        (
            {"clients": CLIENTS.replace('client_id = "web"\n', "")},
            "[[clients]] 1 has no client_id",
        ),
        (
            {"clients": CLIENTS + CLIENTS.replace('"web"', '"other"')},
            '[[clients]] 2 role "confidential" was given before; each has one client',
        ),
        (
            {"clients": CLIENTS + CLIENT_2},
            '[[clients]] 2 client_id "web" is that of role "confidential" too; '
            '"confidential-2" needs another client',
        ),
        (
            {"clients": CLIENTS.replace('client_secret = "web-secret"\n', "")},
            '[[clients]] 1 has no client_secret, and a client of role "confidential" needs one',
        ),
        (
            {"clients": PUBLIC + 'client_secret = "x"\n'},
            '[[clients]] 1 has a client_secret, and its method is "none"',
        ),
        (
            {"clients": PUBLIC + 'token_endpoint_auth_method = "client_secret_post"\n'},
            '[[clients]] 1 token_endpoint_auth_method is "client_secret_post", '
            'and role "public" stands for "none"',
        ),
        (
            {
                "clients": PUBLIC.replace("public", "native")
                + 'token_endpoint_auth_method = "client_secret_post"\n'
            },
            '[[clients]] 1 has no client_secret, and its method "client_secret_post" needs one',
        ),
        (
            {"clients": CLIENTS + 'token_endpoint_auth_method = "none"\n'},
            '[[clients]] 1 has a client_secret, and its method is "none"',
        ),
        (
            {"clients": CLIENTS + 'pkce = "maybe"\n'},
            '[[clients]] 1 pkce cannot be "maybe"; known: none, optional, required',
        ),
        (
            {"clients": CLIENTS + 'grant_types = ["pasword"]\n'},
            '[[clients]] 1 grant_types cannot be "pasword"; did you mean "password"?',
        ),
        (
            {"clients": CLIENTS + CLIENTS.replace('"confidential"', '"service"')},
            '[[clients]] 2 client_id "web" is that of role "confidential" too; '
            '"service" needs another client',
        ),
        (
            {"clients": CLIENTS.replace('["https://client.example/callback"]', "[]")},
            "[[clients]] 1 redirect_uris holds no URI",
        ),
        (
            {"clients": CLIENTS.replace("https://client.example/callback", "/callback")},
            '[[clients]] 1 redirect_uris: "/callback" is not absolute (RFC 6749, section 3.1.2)',
        ),
        (
            {"clients": CLIENTS.replace("/callback", "/callback#x")},
            '[[clients]] 1 redirect_uris: "https://client.example/callback#x" has a fragment '
            "(RFC 6749, section 3.1.2)",
        ),
        (
            {"clients": CLIENTS.replace("https://client.example", "https://[client")},
            '[[clients]] 1 redirect_uris: "https://[client/callback" is no URI',
        ),
        # users
        ({"users": ""}, "has no user who can sign in; add [[users]] with one"),
        (
            {"users": USERS + "sacrificial = true\n"},
            "has no user who can sign in; add [[users]] with one",
        ),
        ({"users": "[[users]]\nusername = 'alice'\n"}, "[[users]] 1 has no password"),
        ({"users": USERS + USERS}, '[[users]] 2 username "alice" was given before'),
        # pages
        ({"more": "[pages]\nlogin = [{ fill = '#u' }]\n"}, f"[pages] login 1 {STEP}"),
        ({"more": "[pages]\nlogin = [{}]\n"}, f"[pages] login 1 {STEP}"),
        (
            {"more": "[pages]\nlogin = [{ click = '#u', with = 'totp', fill = '#u' }]\n"},
            f"[pages] login 1 {STEP}",
        ),
        (
            {"more": "[pages]\nlogin = [{ fill = '#u', with = 'user' }]\n"},
            '[pages] login 1 with cannot be "user"; did you mean "username"?',
        ),
        (
            {"more": "[pages]\nlogin = [{ click = '' }]\n"},
            "[pages] login 1 click is empty; leave the key out instead",
        ),
        (
            {"more": "[pages]\nconsent.aprove = '#yes'\n"},
            '[pages.consent] has no key "aprove"; did you mean "approve"?',
        ),
        ({"more": "[pages]\nconsent = '#yes'\n"}, "[pages.consent] must be a table"),
        (
            {"more": "[pages]\nwithdraw = 'account'\n"},
            '[pages] withdraw "account" must be an http or https URL, '
            "or a path on the host of the issuer",
        ),
        # resources
        ({"more": "[[resources]]\nscope = 'a'\n"}, "[[resources]] 1 has no url"),
        (
            {"more": "[[resources]]\nurl = 'ftp://a.test/'\n"},
            '[[resources]] 1 url "ftp://a.test/" must be an http or https URL, '
            "or a path on the host of the issuer",
        ),
        # features
        (
            {"more": "[features]\nsupports = ['jwt_acess_token']\n"},
            '[features] supports cannot be "jwt_acess_token"; did you mean "jwt_access_token"?',
        ),
        (
            {"more": "[features]\nsupports = ['pkce']\nlacks = ['pkce']\n"},
            '[features] says both that "pkce" is supported and that it is not',
        ),
        # deviations and skips
        (
            {"more": "[[known_deviations]]\nreason = 'a'\n"},
            "[[known_deviations]] 1 must name either a check or a requirement",
        ),
        (
            {"more": "[[known_deviations]]\ncheck = 'a'\n"},
            "[[known_deviations]] 1 has no reason",
        ),
        (
            {
                "more": "[[known_deviations]]\nreason = 'a'\n"
                "requirement = 'rfc6749-4.1.2-code-single'\n"
            },
            '[[known_deviations]] 1 there is no requirement "rfc6749-4.1.2-code-single"; '
            'did you mean "rfc6749-4.1.2-code-single-use"?',
        ),
        ({"more": "[[skip]]\nreason = 'a'\n"}, "[[skip]] 1 has no check"),
        ({"more": "[[skip]]\ncheck = 'a'\n"}, "[[skip]] 1 has no reason"),
    ],
    ids=lambda value: value[:60] if isinstance(value, str) else None,
)
def test_each_problem_has_one_sentence(
    problems: Problems, parts: dict[str, str], sentence: str
) -> None:
    assert problems(**parts) == [sentence]


def test_a_named_file_has_to_exist(problems: Problems, tmp_path: Path) -> None:
    assert problems(server='[server]\nstart = "start"\n') == [
        f'[server] start = "start" names a file that does not exist: {tmp_path / "start"}'
    ]


def test_an_empty_variable_counts_as_missing(problems: Problems) -> None:
    found = problems(
        clients=CLIENTS.replace('"web-secret"', '{ env = "SECRET" }'), environ={"SECRET": ""}
    )

    assert found == [
        "[[clients]] 1 client_secret needs the environment variable SECRET, which is not set"
    ]


def test_all_problems_are_told_at_once(problems: Problems) -> None:
    found = problems(
        "[lifetimes]\ncode = 1\n[features]\nlacks = ['x']\n", server='[server]\nisuer = "x"\n'
    )

    assert len(found) == 4


def test_no_problem_shows_a_secret(problems: Problems) -> None:
    text = "\n".join(problems(clients=PUBLIC + 'client_secret = "do-not-show"\nzzz = 1\n'))

    assert "do-not-show" not in text
