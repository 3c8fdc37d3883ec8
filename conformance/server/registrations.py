"""Who is registered: clients, users, and the demonstration set of both."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from werkzeug.security import check_password_hash, generate_password_hash

_PASSWORD_METHOD = "scrypt:16384:8:1"


class Authentication(StrEnum):
    """How a client was registered to authenticate (RFC 7591, section 2)."""

    BASIC = "client_secret_basic"
    POST = "client_secret_post"
    NONE = "none"
    PRIVATE_KEY_JWT = "private_key_jwt"


@dataclass(frozen=True, slots=True)
class Client:
    """A registered client; public where it has no secret and no key (RFC 6749, section 2.1).

    `native` clients run on the user's device and may be called back on any loopback port
    (RFC 8252, section 7.3). Only a client that stands for a resource server `introspects`: that of
    the API, or the one with this `audience`. `jwks` is the set of its public keys, as JSON. Nobody
    has looked at one that `registered_itself`.
    """

    client_id: str
    name: str
    developer: str
    secret_hash: bytes | None
    authentication: Authentication
    redirect_uris: tuple[str, ...]
    scopes: frozenset[str]
    grant_types: frozenset[str]
    native: bool = False
    introspects: bool = False
    audience: str | None = None
    jwks: str = ""
    registered_itself: bool = False

    @property
    def public(self) -> bool:
        """Whether the client has no credentials."""
        return self.secret_hash is None and not self.jwks

    @property
    def proves_nothing(self) -> bool:
        """Whether anybody may pretend to be it; a secret that all copies share proves nothing."""
        return self.public or self.native

    @property
    def confidential(self) -> bool:
        """Whether the client has credentials."""
        return not self.public


@dataclass(frozen=True, slots=True)
class User:
    """A resource owner; `subject` is the locally unique identifier that tokens carry."""

    username: str
    name: str
    subject: str
    password_hash: str
    tenant: str


@dataclass(frozen=True, slots=True)
class Registrations:
    """All clients and users."""

    clients: tuple[Client, ...]
    users: tuple[User, ...]

    def client(self, client_id: str | None) -> Client | None:
        """The client of this identifier, compared as it is."""
        return next((one for one in self.clients if one.client_id == client_id), None)

    def user(self, username: str | None) -> User | None:
        """The user of this name."""
        return next((one for one in self.users if one.username == username), None)


def secret_hash(secret: str) -> bytes:
    """How a client secret is kept: it has the entropy of a key, so that no slow hash is due."""
    return hashlib.sha256(secret.encode()).digest()


def secret_matches(client: Client, secret: str) -> bool:
    """Whether this is the client's secret, in a time that tells nothing."""
    return client.secret_hash is not None and hmac.compare_digest(
        client.secret_hash, secret_hash(secret)
    )


def password_matches(user: User | None, password: str) -> bool:
    """Whether this is the user's password; an unknown user takes the same time."""
    known = check_password_hash(
        _hash("no user has this password") if user is None else user.password_hash, password
    )
    return known and user is not None


@cache
def _hash(password: str) -> str:
    return generate_password_hash(password, _PASSWORD_METHOD)


SECRETS = {
    "native-secret": "demo-copy-Tb2Wm7Qs4Zx9Jd6Hf3Kv8Ln5Rg1Py",
    "web": "demo-web-Qe7vYx3LkTzR9mWp2HcN8sBd5JfUa4Gi",
    "web-2": "demo-two-+%:&=/?~Zk4Tn8Vb1Xs6Lq9Rw3Ec7Yf2",
    "web-post": "demo-post-Ms5Hd8Kx2Pv7Cz4Jt9Nb3Wg6Rq1Ly",
    "resource-server": "demo-api-Uf3Xe9Bv6Tk1Sn8Qd4Gm7Zh2Wc5Pj",
    "billing-server": "demo-bill-Nt6Vb2Xk9Hs4Lq7Rw3Ec8Yf1Zd5Jm",
    "sacrificial": "sunflower-7",
    "service": "demo-self-Jw2Nc7Vy5Rb8Kt1Gx4Ps9Zd6Hm3Lq",
}
"""The client secrets of the demonstration; that of `web-2` has characters that the encoding of
RFC 6749, section 2.3.1 changes, and that of `sacrificial` is one that can be guessed."""

KEYS = {
    "web-key": {
        "kty": "EC",
        "crv": "P-256",
        "kid": "demo-key",
        "x": "spBKQ-xetNMmmutOLh_kWGX-ji_dUjqOdQx3cSHAEnY",
        "y": "QMev3sevFJ_dR2SwXFL-lVTJAD0FKL_XYfUNBUuqLgw",
    },
}
"""The public keys of the demonstration's clients that sign; the private ones are theirs."""

PASSWORDS = {
    "alice": "correct horse battery staple",
    "bob": "tr0ubador-and-three-herons",
    "carol": "a password that will be guessed at",
}
"""The passwords of the demonstration."""

RESOURCES = (
    *("policy", "schedule", "source", "support_hour", "action", "connector", "maintenance"),
    *("report", "template", "service", "status_page", "team", "user", "alert", "incident"),
    *("metric", "metric_source", "monitor"),
)
"""What scopes are about; `x:r`, `x:w` and `x:d` say what may be done with x."""

SCOPES = frozenset(
    ["profile", "offline_access"]
    + [f"{word}{suffix}" for word in RESOURCES for suffix in ("", ":r", ":w", ":d")]
)
"""All scopes that the server knows."""

BILLING = "billing:r"
"""The scope of the other protected resource; only some dialects know it."""

FEW_SCOPES = frozenset({"profile", "offline_access", "source", "source:r", "source:w"})
"""What a client may ask for that is not allowed everything."""

LOOPBACK_CALLBACK = "http://127.0.0.1/callback"

_CODE_GRANTS = frozenset({"authorization_code", "refresh_token"})


def _client(
    client_id: str,
    name: str,
    authentication: Authentication,
    *redirect_uris: str,
    grant_types: frozenset[str] = _CODE_GRANTS,
    native: bool = False,
    introspects: bool = False,
    audience: str | None = None,
    scopes: frozenset[str] = SCOPES,
) -> Client:
    secret = SECRETS.get(client_id)
    further = {"openid", BILLING} if scopes is SCOPES else set[str]()
    return Client(
        client_id=client_id,
        name=name,
        developer="Example Software",
        secret_hash=None if secret is None else secret_hash(secret),
        authentication=authentication,
        redirect_uris=redirect_uris,
        scopes=frozenset() if introspects else scopes | further,
        grant_types=grant_types,
        native=native,
        introspects=introspects,
        audience=audience,
        jwks=json.dumps({"keys": [KEYS[client_id]]}) if client_id in KEYS else "",
    )


def _user(username: str, name: str, subject: str) -> User:
    return User(username, name, subject, _hash(PASSWORDS[username]), tenant="2407")


@cache
def demonstration() -> Registrations:
    """The clients and users that the shipped profiles of the embedded server know."""
    basic, post, none = Authentication.BASIC, Authentication.POST, Authentication.NONE
    by_key = Authentication.PRIVATE_KEY_JWT
    return Registrations(
        clients=(
            _client(
                "web",
                "Example Web",
                basic,
                "https://client.example/callback",
                grant_types=_CODE_GRANTS | {"implicit", "password", "client_credentials"},
            ),
            _client(
                "web-2",
                "Second Example",
                basic,
                "https://second.example/callback",
                "https://second.example/other?tenant=7",
            ),
            _client(
                "web-post",
                "Example Post",
                post,
                "https://post.example/callback",
                scopes=FEW_SCOPES,
            ),
            _client("web-key", "Example with a Key", by_key, "https://key.example/callback"),
            _client(
                "spa",
                "Example in the Browser",
                none,
                "https://spa.example/callback",
                grant_types=_CODE_GRANTS | {"implicit"},
            ),
            _client(
                "native-secret", "Example App with a Secret", basic, LOOPBACK_CALLBACK, native=True
            ),
            _client("native", "Example App", none, "http://127.0.0.1/callback", native=True),
            _client(
                "resource-server",
                "Example API",
                basic,
                grant_types=frozenset(),
                introspects=True,
            ),
            _client(
                "billing-server",
                "Example Billing",
                basic,
                grant_types=frozenset(),
                introspects=True,
                audience="https://billing.example",
            ),
            _client("sacrificial", "Example to Guess At", basic, "https://lost.example/callback"),
            _client(
                "service",
                "Example at Night",
                basic,
                "https://service.example/callback",
                grant_types=frozenset({"client_credentials"}),
            ),
        ),
        users=(
            _user("alice", "Alice Adams", "4f7c1f0a-6a52-4f0e-9d0e-0d3b8f5c7a11"),
            _user("bob", "Bob Brown", "b1a9e7d4-33c8-4c55-8e27-5a6f9c2d4e22"),
            _user("carol", "Carol Clark", "c8d25b6e-97f1-4b3a-a1c4-7e0f6d9b3f33"),
        ),
    )
