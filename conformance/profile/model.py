"""What we were told about one server, as frozen values; the tables of profile.toml by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path

from conformance.features import Feature
from conformance.secret import Secret

Parameters = tuple[tuple[str, str], ...]
"""Names with values, in the order of the file; `dict(…)` of it is what a request takes."""


class Dialect(StrEnum):
    """The dialects of the embedded server."""

    STANDARD = "standard"
    ILERT = "ilert"
    LEGACY = "legacy"


class Role(StrEnum):
    """What a client is there for; checks ask for clients by role."""

    CONFIDENTIAL = "confidential"
    CONFIDENTIAL_2 = "confidential-2"
    CONFIDENTIAL_POST = "confidential-post"
    ENCODED_SECRET = "encoded-secret"
    CONFIDENTIAL_KEY = "confidential-key"
    PUBLIC = "public"
    NATIVE = "native"
    NATIVE_SECRET = "native-secret"
    RESOURCE_SERVER = "resource-server"
    FOREIGN_RESOURCE_SERVER = "foreign-resource-server"
    SACRIFICIAL = "sacrificial"
    SERVICE = "service"
    IMPLICIT = "implicit"
    PASSWORD = "password"


class GrantType(StrEnum):
    """What a client can be registered to use (RFC 7591, section 2)."""

    AUTHORIZATION_CODE = "authorization_code"
    IMPLICIT = "implicit"
    PASSWORD = "password"
    CLIENT_CREDENTIALS = "client_credentials"
    REFRESH_TOKEN = "refresh_token"


class AuthenticationMethod(StrEnum):
    """How a client authenticates at the token endpoint (RFC 7591, section 2)."""

    BASIC = "client_secret_basic"
    POST = "client_secret_post"
    PRIVATE_KEY_JWT = "private_key_jwt"
    NONE = "none"

    @property
    def by_secret(self) -> bool:
        """The client proves itself with its secret."""
        return self in (AuthenticationMethod.BASIC, AuthenticationMethod.POST)


class Pkce(StrEnum):
    """What the server demands of a client with regard to PKCE."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """`[server]`: where the server is, or how to start one; exactly one of the three is given.

    `issuer` is given for a running server, `embedded` for ours, `start` (an absolute path) for a
    script that is called as `start --port N` and prints `ready <issuer>`. Without any of them the
    endpoints themselves are given. `endpoints` overrides the metadata, by the names of RFC 8414.
    An endpoint, like the `url` of a resource, may be a path such as `/token`: it is then meant on
    the host of the issuer. `timeout` is in seconds. With `tls` our own serves over TLS.
    `initial_access_token` lets the suite register clients (RFC 7591, 3); `privileged_scope` is a
    scope that not every client may have.
    """

    name: str
    issuer: str | None = None
    embedded: Dialect | None = None
    tls: bool = False
    start: Path | None = None
    metadata: bool = True
    endpoints: Parameters = ()
    hosts: tuple[str, ...] = ()
    ca: Path | None = None
    proxy: Secret | None = None
    headers: tuple[tuple[str, Secret], ...] = ()
    timeout: float = 10.0
    initial_access_token: Secret | None = None
    privileged_scope: str | None = None

    def endpoint(self, name: str) -> str | None:
        """The endpoint that the profile itself gives under this name, such as `token_endpoint`."""
        return dict(self.endpoints).get(name)


ENDPOINTS = (
    "authorization_endpoint",
    "token_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "jwks_uri",
    "userinfo_endpoint",
    "pushed_authorization_request_endpoint",
    "registration_endpoint",
    "token_information_endpoint",
)
"""The endpoints that a profile can give; all but the last are metadata members."""


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """`[[clients]]`: one registered client.

    `scope` is what it is registered for, space separated, None where the profile does not say.
    `private_key` is the text of a PEM or a JWK, for one that signs its assertions (RFC 7523).
    `grant_types` are those that it may use, empty where the profile does not say.
    `any_scope` says that it may ask for every scope that the server's metadata lists. One with
    `register` is registered for the run (RFC 7591), and deleted with it: until then its `client_id`
    is empty.
    """

    role: Role
    client_id: str
    client_secret: Secret | None = None
    private_key: Secret | None = None
    token_endpoint_auth_method: AuthenticationMethod = AuthenticationMethod.BASIC
    redirect_uris: tuple[str, ...] = ()
    scope: str | None = None
    grant_types: tuple[GrantType, ...] = ()
    pkce: Pkce = Pkce.REQUIRED
    authorization_parameters: Parameters = ()
    token_parameters: Parameters = ()
    any_scope: bool = False
    register: bool = False

    @property
    def scopes(self) -> tuple[str, ...]:
        """The words of `scope`, in order."""
        return tuple((self.scope or "").split())


@dataclass(frozen=True, slots=True)
class UserSettings:
    """`[[users]]`: someone who can sign in.

    `password` is None only where `[pages] session` brings a session that is signed in already;
    `totp` is the shared key of one-time passwords, in base32. A `sacrificial` user may be locked
    out by guessing.
    """

    username: str
    password: Secret | None = None
    totp: Secret | None = None
    sacrificial: bool = False


class Fill(StrEnum):
    """What a field of a login page is filled with."""

    USERNAME = "username"
    PASSWORD = "password"
    TOTP = "totp"


@dataclass(frozen=True, slots=True)
class Step:
    """One step on a page: fill the field that `selector` (CSS) finds, or click it (no `fill`)."""

    selector: str
    fill: Fill | None = None


@dataclass(frozen=True, slots=True)
class PageSettings:
    """`[pages]`: what the pages of the server look like, where they are not recognised.

    Empty steps and None mean: recognise it. `approve` and `deny` are what is done on the consent
    page; `error` (CSS) is only there on an error page; `withdraw` is the page where the user takes
    a consent back, `sign_out` the one where they sign out, `register` the one where a developer
    registers a client; `session` a browser session saved in a file.
    """

    login: tuple[Step, ...] = ()
    approve: tuple[Step, ...] = ()
    deny: tuple[Step, ...] = ()
    error: str | None = None
    withdraw: str | None = None
    sign_out: str | None = None
    register: str | None = None
    session: Path | None = None


@dataclass(frozen=True, slots=True)
class ResourceSettings:
    """`[[resources]]`: a protected resource that an access token with `scope` opens.

    One that is `foreign` takes tokens of other audiences alone: it has to refuse these clients'.
    """

    url: str
    method: str = "GET"
    scope: str | None = None
    audience: str | None = None
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class FeatureSettings:
    """`[features]`: what neither metadata nor clients tell."""

    supports: frozenset[Feature] = frozenset()
    lacks: frozenset[Feature] = frozenset()


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """`[lifetimes]`: how long things live, in seconds; None where nothing is promised."""

    code: float | None = None
    access_token: float | None = None
    refresh_token: float | None = None


@dataclass(frozen=True, slots=True)
class ErrorSettings:
    """`[errors]`: the member of a token error's body that holds the error code."""

    code_member: str = "error"


@dataclass(frozen=True, slots=True)
class Pace:
    """`[pace]`: how fast the server may be asked.

    `max_requests_per_second` None means: none on loopback, 20 elsewhere. The others are seconds.
    """

    max_requests_per_second: float | None = None
    min_seconds_between_tokens: float = 0.0
    min_seconds_between_refreshes: float = 0.0


@dataclass(frozen=True, slots=True)
class KnownDeviation:
    """`[[known_deviations]]`: a waiver for a check (or one variant of it) or for a requirement.

    Exactly one of `check` and `requirement` is given. It holds through the day `until`.
    """

    reason: str
    check: str | None = None
    requirement: str | None = None
    link: str | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Skip:
    """`[[skip]]`: a check that cannot be judged on this server, through the day `until`."""

    check: str
    reason: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """What we were told about one server.

    `name` is the folder's, or the file's without its ending; `digest` is the SHA-256 (hex) of the
    content after `extends`, without the values of secrets. `standards` None means the default:
    `conformance.requirements.DEFAULT_STANDARDS` and what the metadata announces.
    """

    name: str
    path: Path
    digest: str
    server: ServerSettings
    clients: tuple[ClientSettings, ...]
    users: tuple[UserSettings, ...] = ()
    standards: tuple[str, ...] | None = None
    pages: PageSettings = field(default_factory=PageSettings)
    resources: tuple[ResourceSettings, ...] = ()
    foreign_resources: tuple[ResourceSettings, ...] = ()
    features: FeatureSettings = field(default_factory=FeatureSettings)
    lifetimes: Lifetimes = field(default_factory=Lifetimes)
    errors: ErrorSettings = field(default_factory=ErrorSettings)
    pace: Pace = field(default_factory=Pace)
    known_deviations: tuple[KnownDeviation, ...] = ()
    skips: tuple[Skip, ...] = ()

    def client(self, role: str) -> ClientSettings | None:
        """The client with this role, or None."""
        return next((client for client in self.clients if client.role == role), None)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every secret of the profile, for the redaction of what leaves the process."""
        found = [self.server.proxy, self.server.initial_access_token]
        found += [value for _, value in self.server.headers]
        found += [client.client_secret for client in self.clients]
        found += [client.private_key for client in self.clients]
        for user in self.users:
            found += [user.password, user.totp]
        return tuple(secret for secret in found if secret is not None)
