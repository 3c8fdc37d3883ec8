"""`oauth-conformance init`: a profile from what a server says of itself, and lets us register."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
from rich.text import Text

from conformance import __version__
from conformance.cli.screen import Screen
from conformance.errors import UsageError
from conformance.exits import Exit
from conformance.profile import ClientSettings, Profile, Role, ServerSettings, writing
from conformance.secret import Secret
from conformance.target import wishes
from conformance.target.enrolment import Enrolment
from conformance.target.recorder import Recorder
from conformance.target.server import AuthorizationServer, Document
from conformance.target.wire import Wire

PASSWORD = "CONFORMANCE_PASSWORD"
USERNAME = "CONFORMANCE_USERNAME"
SECONDS = 60.0
"""How long the server may take in all."""

_WELL_KNOWN = "/.well-known/"


@dataclass(frozen=True, slots=True)
class Registered:
    """What came of registering: the clients, why others are none, and what could not be deleted."""

    clients: tuple[ClientSettings, ...] = ()
    refusals: tuple[tuple[Role, str], ...] = ()
    stays: tuple[str, ...] = ()


@click.command("init")
@click.argument("issuer")
@click.option("--to", "file", type=click.Path(path_type=Path), metavar="FILE", help="[<host>.toml]")
@click.option("--user", metavar="NAME", help=f"who signs in; the password comes from {PASSWORD}")
@click.option(
    "--initial-access-token",
    "token",
    metavar="VARIABLE",
    help="environment variable with the token that registration demands (RFC 7591, 3)",
)
@click.option("--ca", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE")
@click.option("--no-registration", is_flag=True, help="register no clients, name them by hand")
@click.option("--force", is_flag=True, help="write over FILE where it exists")
def command(
    issuer: str,
    file: Path | None,
    user: str | None,
    token: str | None,
    ca: Path | None,
    no_registration: bool,
    force: bool,
) -> Exit:
    """Writes a profile for the server at ISSUER.

    Reads its metadata, tries which clients it registers, deletes them, and writes what a run
    needs into FILE; what only a person knows stands there as comments.
    """
    issuer = _issuer(issuer)
    target = file or Path(f"{_name(issuer)}.toml")
    if target.exists() and not force:
        raise UsageError(f"{target} exists; give another name with --to, or --force.")
    profile = _bare(issuer, token, ca, target)
    screen = Screen()
    with _server(profile) as server:
        document = _metadata(server, screen)
        members = {} if document is None else document.members
        registered = Registered()
        if not no_registration and server.endpoint("registration_endpoint"):
            registered = _register(server, members, screen)
    text = _text(issuer, profile.server, document, registered, user=user, token=token)
    _write(target, text, private=bool(registered.stays))
    _next(screen, target, user, document)
    return Exit.CONFORMS


def _issuer(given: str) -> str:
    """The issuer in what was given; the URL of its metadata will do too."""
    parts = urlsplit(given)
    if parts.scheme not in ("https", "http") or not parts.netloc:
        raise UsageError(f'"{given}" is no issuer: give a URL such as https://login.example.')
    before, found, after = parts.path.partition(_WELL_KNOWN)
    if not found:
        return given
    inserted = after.partition("/")[2]
    path = before or (f"/{inserted}" if inserted else "")
    return f"{parts.scheme}://{parts.netloc}{path}"


def _name(issuer: str) -> str:
    parts = urlsplit(issuer)
    words = [parts.netloc.replace(":", "-"), *filter(None, parts.path.split("/"))]
    return "-".join(words)


def _bare(issuer: str, token: str | None, ca: Path | None, target: Path) -> Profile:
    """What is known before anything was asked."""
    secret = None
    if token is not None:
        value = os.environ.get(token)
        if not value:
            raise UsageError(f"The environment variable {token} is not set.")
        secret = Secret(value, "initial access token")
    settings = ServerSettings(target.stem, issuer, initial_access_token=secret, ca=ca)
    return Profile(target.stem, target, "", settings, clients=())


@contextmanager
def _server(profile: Profile) -> Iterator[AuthorizationServer]:
    settings = profile.server
    agent = f"oauth-conformance/{__version__}"
    wire = Wire(Recorder(), timeout=settings.timeout, ca=settings.ca, user_agent=agent)
    wire.until = time.monotonic() + SECONDS
    try:
        yield AuthorizationServer(profile, wire, settings.issuer)
    finally:
        wire.close()


def _metadata(server: AuthorizationServer, screen: Screen) -> Document | None:
    document = server.metadata
    if document is None:
        screen.print(
            Text("Metadata: none, neither that of RFC 8414 nor OpenID discovery", style="yellow")
        )
        return None
    screen.print(f"Metadata: {document.url}")
    published = document.members.get("issuer")
    if published != server.issuer:
        words = f"  it names another issuer: {published}; RFC 8414, 3.3, wants the same"
        screen.print(Text(words, style="yellow"))
    return document


def _register(
    server: AuthorizationServer, members: Mapping[str, Any], screen: Screen
) -> Registered:
    """Registers every client that is wished for; those that can be deleted are so at once."""
    enrolment = Enrolment(server)
    clients, refusals = enrolment.enrol_all(wishes.clients(members))
    stays = enrolment.delete()
    _told(screen, clients, refusals, stays)
    if stays:
        clients = tuple(replace(one, register=False) for one in clients)
    return Registered(clients, tuple(refusals.items()), stays)


def _told(
    screen: Screen,
    clients: Sequence[ClientSettings],
    refusals: Mapping[Role, str],
    left: Sequence[str],
) -> None:
    if clients:
        what = "Registered, and not deleted by the server" if left else "Registered and deleted"
        screen.print(f"{what}: {', '.join(one.role.value for one in clients)}")
    for role, refusal in refusals.items():
        screen.print(Text(f"Not registered: {role.value}. {refusal}", style="yellow"))


def _write(target: Path, text: str, *, private: bool) -> None:
    """Writes the profile; one that holds secrets can be read by its owner alone."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        target.touch(0o600 if private else 0o644)
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror}.") from None


def _next(screen: Screen, target: Path, user: str | None, document: Document | None) -> None:
    screen.print(f"Written: {target}")
    screen.print("\nNext:")
    if user is None:
        screen.print(f"  export {USERNAME}=… {PASSWORD}=…   (who signs in)")
    else:
        screen.print(f"  export {PASSWORD}=…   (of {user})")
    if document is None:
        screen.print(f"  name the endpoints and clients in {target}")
    screen.print(f"  oauth-conformance doctor {target}")
    screen.print(f"  oauth-conformance run {target}")


# The text of the profile


def _text(
    issuer: str,
    settings: ServerSettings,
    document: Document | None,
    registered: Registered,
    *,
    user: str | None,
    token: str | None,
) -> str:
    members = {} if document is None else document.members
    parts = [
        _head(document),
        _place(issuer, settings, document, token),
        *_clients(registered),
        _user(user),
        *_resource(members),
        *([_NO_CALLER] if members.get("introspection_endpoint") else []),
        _LIFETIMES,
        _REST,
    ]
    return "\n\n".join(parts) + "\n"


def _head(document: Document | None) -> str:
    read = "no metadata was found" if document is None else f"from {document.url}"
    return writing.comments(
        f"Written by oauth-conformance {__version__} init; {read}.",
        "Lines with # are what only you know. `oauth-conformance doctor` says what is missing.",
    )


def _place(
    issuer: str, settings: ServerSettings, document: Document | None, token: str | None
) -> str:
    lines = [writing.pair("issuer", issuer)]
    if settings.ca is not None:
        lines.append(writing.pair("ca", str(settings.ca.resolve())))
    if token is not None:
        lines.append(writing.pair("initial_access_token", writing.from_environment(token)))
    if document is None:
        lines += [
            writing.pair("metadata", False),
            writing.pair("authorization_endpoint", "/authorize"),
            writing.pair("token_endpoint", "/token"),
            _NO_METADATA,
        ]
    return writing.table("[server]", lines)


def _clients(registered: Registered) -> Iterator[str]:
    if not registered.clients:
        yield _BY_HAND
    elif registered.stays:
        yield _STAY
    else:
        yield _EACH_RUN
    yield from map(writing.client, registered.clients)
    if not registered.clients:
        yield _client_by_hand()
    refused = [f"{role.value}: {why}" for role, why in registered.refusals]
    if refused:
        yield writing.comments("Not registered:", *refused)


def _client_by_hand() -> str:
    env = writing.from_environment
    return writing.table(
        "[[clients]]",
        [
            writing.pair("role", Role.CONFIDENTIAL.value),
            writing.pair("client_id", env("CONFORMANCE_CLIENT_ID")),
            writing.pair("client_secret", env("CONFORMANCE_CLIENT_SECRET")),
            writing.pair("redirect_uris", ["https://client.example/callback"]),
        ],
    )


def _user(user: str | None) -> str:
    env = writing.from_environment
    name = env(USERNAME) if user is None else user
    lines = [writing.pair("username", name), writing.pair("password", env(PASSWORD)), _MORE_USERS]
    return writing.table("[[users]]", lines)


def _resource(members: Mapping[str, Any]) -> Iterator[str]:
    userinfo = members.get("userinfo_endpoint")
    granted = wishes.scope_of(members) or ""
    if isinstance(userinfo, str) and "openid" in granted.split():
        yield writing.table(
            "[[resources]]", [writing.pair("url", userinfo), writing.pair("scope", "openid")]
        )
        return
    yield _NO_RESOURCE


_NO_METADATA = writing.comments(
    "The paths are guesses: the documentation of the server names the endpoints, also",
    "revocation_endpoint, introspection_endpoint, jwks_uri, registration_endpoint.",
)
_BY_HAND = writing.comments(
    "The server registers no clients by itself. Register one by hand, with the redirect URI below,",
    "and more for more checks: roles confidential-2, confidential-post, public, native, service,",
    "resource-server, sacrificial (profiles/README.md says what each is).",
)
_STAY = writing.comments(
    "Registered once: the server deletes no client (RFC 7592), so that runs use these again.",
    "The secrets stand in this file, which only you can read.",
)
_EACH_RUN = writing.comments(
    "Registered when a run begins, and deleted when it ends (RFC 7591, 7592)."
)
_MORE_USERS = writing.comments(
    "A second [[users]] lets more checks run; one with `sacrificial = true` may be locked out by",
    'guessing. `totp = { env = "NAME" }` is the key of one-time passwords (the text beside the QR'
    " code); a server that takes each only once refuses sign-ins within 30 seconds: switch the"
    " second factor off for the test users there.",
)
_NO_RESOURCE = writing.comments(
    "An API that takes the access tokens shows whether they live and die. Its address and scope:",
    "[[resources]]",
    'url = "https://api.example/me"',
    'scope = "read"',
    'audience = "https://api.example/"   # aud of its access tokens, where they are JWTs',
)
_NO_CALLER = writing.comments(
    "The client of an API that may introspect the tokens of others (RFC 7662):",
    "[[clients]]",
    'role = "resource-server"',
    'client_id = "…"',
    'client_secret = { env = "…" }',
)
_LIFETIMES = writing.comments(
    "How long things live, from the settings of the server; what lives longer than --max-wait",
    "(60s) is not waited for.",
    "[lifetimes]",
    'code = "60s"',
    'access_token = "10m"',
    'refresh_token = "14d"',
)
_REST = writing.comments(
    "What metadata do not tell: what the server promises, and what it does not have. Each word",
    "opens checks; conformance/profile/schema.json has them all.",
    "[features]",
    'supports = ["refresh_token", "consent"]',
    'lacks = ["password"]',
)
