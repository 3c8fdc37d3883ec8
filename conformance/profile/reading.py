"""From a profile file to a Profile: which tables there are and what has to hold between them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conformance import requirements
from conformance.errors import ProfileError
from conformance.features import Feature
from conformance.profile.clients import read_clients
from conformance.profile.model import (
    ENDPOINTS,
    Dialect,
    ErrorSettings,
    FeatureSettings,
    KnownDeviation,
    Lifetimes,
    Pace,
    Profile,
    ResourceSettings,
    ServerSettings,
    Skip,
    UserSettings,
)
from conformance.profile.pages import read_pages
from conformance.profile.source import FILE, Source, locate, read
from conformance.profile.table import Table
from conformance.profile.urls import trouble_with_url, url_or_path

_SECRETS = {"client_secret", "private_key", "password", "totp", "initial_access_token", "proxy"}


def load(path_or_name: str | Path, environ: Mapping[str, str] | None = None) -> Profile:
    """The profile in a file, in a folder's profile.toml, or shipped under a name.

    Variables come from `environ`, by default from the process. Raises ProfileError whose text has
    one sentence a line for everything that is wrong with the profile.
    """
    source = read(locate(path_or_name))
    problems: list[str] = []
    environ = os.environ if environ is None else environ
    profile = _profile(Table(source.content, (), "", source, environ, problems), source)
    if problems:
        raise ProfileError("\n".join(problems))
    return profile


def _profile(table: Table, source: Source) -> Profile:
    path = source.path
    name = path.resolve().parent.name if path.name == FILE else path.stem
    standards = _standards(table)
    server = _server(table.table("server"), name)
    pages = read_pages(table.table("pages"))
    resources = [_resource(each) for each in table.tables("resources")]
    profile = Profile(
        name=name,
        path=path,
        digest=_digest(source.content),
        standards=standards,
        server=server,
        clients=read_clients(table),
        users=_users(table, has_session=pages.session is not None),
        pages=pages,
        resources=tuple(one for one in resources if not one.foreign),
        foreign_resources=tuple(one for one in resources if one.foreign),
        features=_features(table.table("features")),
        lifetimes=_lifetimes(table.table("lifetimes")),
        errors=_errors(table.table("errors")),
        pace=_pace(table.table("pace")),
        known_deviations=tuple(_deviation(each) for each in table.tables("known_deviations")),
        skips=tuple(_skip(each) for each in table.tables("skip")),
    )
    table.close()
    return profile


def _standards(table: Table) -> tuple[str, ...] | None:
    standards = table.texts("standards")
    if standards == ():
        table.problem("standards", "standards is empty; leave it out to have the default")
    for standard in standards or ():
        if standard not in requirements.SPECS:
            table.problem("standards", f"standards: {requirements.unknown_standard(standard)}")
    return standards


def _server(table: Table, name: str) -> ServerSettings:
    settings = ServerSettings(
        name=table.text("name") or name,
        issuer=table.text("issuer"),
        embedded=table.word("embedded", Dialect),
        tls=table.flag("tls", False),
        start=table.path("start"),
        metadata=table.flag("metadata", True),
        endpoints=tuple((key, url) for key in ENDPOINTS if (url := table.text(key)) is not None),
        hosts=table.texts("hosts") or (),
        ca=table.path("ca"),
        proxy=table.secret("proxy", "proxy"),
        headers=table.secret_pairs("headers", "header"),
        timeout=table.duration("timeout") or 10.0,
        initial_access_token=table.secret("initial_access_token", "initial access token"),
        privileged_scope=table.text("privileged_scope"),
    )
    _check_place(table, settings)
    table.close()
    return settings


def _check_place(table: Table, server: ServerSettings) -> None:
    given = [key for key in ("issuer", "embedded", "start") if key in table]
    if len(given) > 1:
        table.problem(given[-1], f"has {' and '.join(given)}; give one of them")
    if server.tls and server.embedded is None:
        table.problem("tls", "tls is for the embedded server; another says it with its issuer")
    absolute = not given
    if (
        absolute
        and not {"authorization_endpoint", "token_endpoint"} <= dict(server.endpoints).keys()
    ):
        table.problem(
            "issuer",
            "does not say where the server is: give issuer, embedded or start, "
            "or both authorization_endpoint and token_endpoint",
        )
    if server.issuer is not None and (trouble := trouble_with_url(server.issuer, query=False)):
        table.problem("issuer", f"issuer {trouble}")
    for key, url in server.endpoints:
        if url.startswith("/") and not absolute:
            continue
        if "embedded" in given:
            table.problem(key, f'{key} must be a path such as "/token", the server is embedded')
        elif trouble := trouble_with_url(url):
            table.problem(key, f"{key} {trouble}")


def _users(table: Table, has_session: bool) -> tuple[UserSettings, ...]:
    users: list[UserSettings] = []
    for each in table.tables("users"):
        username = each.text("username", required=True) or ""
        users.append(
            UserSettings(
                username=username,
                password=each.secret(
                    "password", f"password of {username}", required=not has_session
                ),
                totp=each.secret("totp", f"one-time password key of {username}"),
                sacrificial=each.flag("sacrificial", False),
            )
        )
        if [user.username for user in users].count(username) > 1:
            each.problem("username", f'username "{username}" was given before')
        each.close()
    if not has_session and all(user.sacrificial for user in users):
        table.problem("users", "has no user who can sign in; add [[users]] with one")
    return tuple(users)


def _resource(table: Table) -> ResourceSettings:
    settings = ResourceSettings(
        url=url_or_path(table, "url", required=True) or "",
        method=(table.text("method") or "GET").upper(),
        scope=table.text("scope"),
        audience=table.text("audience"),
        foreign=table.flag("foreign", False),
    )
    table.close()
    return settings


def _features(table: Table) -> FeatureSettings:
    supports, lacks = table.words("supports", Feature), table.words("lacks", Feature)
    for feature in supports:
        if feature in lacks:
            table.problem("lacks", f'says both that "{feature}" is supported and that it is not')
    table.close()
    return FeatureSettings(frozenset(supports), frozenset(lacks))


def _lifetimes(table: Table) -> Lifetimes:
    settings = Lifetimes(
        code=table.duration("code"),
        access_token=table.duration("access_token"),
        refresh_token=table.duration("refresh_token"),
    )
    table.close()
    return settings


def _errors(table: Table) -> ErrorSettings:
    settings = ErrorSettings(code_member=table.text("code_member") or "error")
    table.close()
    return settings


def _pace(table: Table) -> Pace:
    settings = Pace(
        max_requests_per_second=table.number("max_requests_per_second"),
        min_seconds_between_tokens=table.number("min_seconds_between_tokens") or 0.0,
        min_seconds_between_refreshes=table.number("min_seconds_between_refreshes") or 0.0,
    )
    if settings.max_requests_per_second == 0:
        table.problem("max_requests_per_second", "max_requests_per_second must be more than 0")
    table.close()
    return settings


def _deviation(table: Table) -> KnownDeviation:
    check, requirement = table.text("check"), table.text("requirement")
    if ("check" in table) == ("requirement" in table):
        table.problem("check", "must name either a check or a requirement")
    if requirement is not None and requirement not in requirements.load():
        table.problem("requirement", requirements.load().unknown(requirement))
    settings = KnownDeviation(
        check=check,
        requirement=requirement,
        reason=table.text("reason", required=True) or "",
        link=table.text("link"),
        until=table.day("until"),
    )
    table.close()
    return settings


def _skip(table: Table) -> Skip:
    settings = Skip(
        check=table.text("check", required=True) or "",
        reason=table.text("reason", required=True) or "",
        until=table.day("until"),
    )
    table.close()
    return settings


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps(_without_secrets(content), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _without_secrets(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_secrets(item) for item in value]
    if not isinstance(value, dict):
        return value
    shown = {key: _without_secrets(item) for key, item in value.items() if key not in _SECRETS}
    if isinstance(value.get("headers"), dict):
        shown["headers"] = sorted(value["headers"])
    return shown
