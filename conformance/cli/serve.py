"""`oauth-conformance serve`: the embedded server in the foreground, to look at and to try out."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import click
from rich.table import Table
from rich.text import Text

from conformance.cli.screen import Screen, hint
from conformance.defects.catalogue import ALL
from conformance.defects.record import Defect
from conformance.durations import seconds
from conformance.errors import UsageError
from conformance.exits import Exit
from conformance.server.clock import Clock
from conformance.server.dialects import DIALECTS
from conformance.server.registrations import PASSWORDS, SECRETS, Registrations
from conformance.server.rules import Rules
from conformance.server.running import RunningServer


@click.command("serve")
@click.option(
    "--dialect",
    type=click.Choice(sorted(DIALECTS)),
    help="what kind of server it is [standard, or that of the first defect]",
)
@click.option("--defect", "names", multiple=True, metavar="NAME", help="with this fault")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes a free one [0]")
@click.option("--tls", is_flag=True, help="over TLS, with a certificate made at start")
@click.option("--list-defects", is_flag=True, help="the faults that it can be given")
@click.option("--clock-offset", default="0s", metavar="D", help="how far its clock is ahead [0s]")
def command(
    dialect: str | None,
    names: tuple[str, ...],
    port: int,
    tls: bool,
    list_defects: bool,
    clock_offset: str,
) -> Exit:
    """Serves the embedded authorization and resource server on 127.0.0.1 until Ctrl-C."""
    if list_defects:
        return _list(dialect)
    defects = [_named(name) for name in names]
    dialect = dialect or (defects[0].dialect if defects else "standard")
    rules = DIALECTS[dialect]()
    for defect in defects:
        rules = defect.broken(rules)
    server = RunningServer(
        rules,
        clock=Clock(_offset(clock_offset)),
        port=port,
        tls=tls or any(one.over_tls for one in defects),
    )
    try:
        server.start()
    except OSError as error:
        raise UsageError(f"port {port} cannot be served: {error.strerror or error}") from None
    try:
        with _asked_to_end() as end:
            _tell(server, rules, dialect, defects)
            end.wait()
    finally:
        server.stop()
    return Exit.CONFORMS


def _offset(text: str) -> float:
    length = seconds(text.removeprefix("-"))
    if length is None:
        raise UsageError(f'--clock-offset is "{text}", which is no duration such as 90s or -10m')
    return -length if text.startswith("-") else length


def _named(name: str) -> Defect:
    defects = {defect.name: defect for defect in ALL}
    if name not in defects:
        raise UsageError(f'there is no defect "{name}"{hint(name, defects)}')
    return defects[name]


def _list(dialect: str | None) -> Exit:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("defect", "dialect", "violates"):
        table.add_column(title, overflow="fold")
    shown = [defect for defect in ALL if dialect in (None, defect.dialect)]
    for defect in shown:
        table.add_row(defect.name, defect.dialect, ", ".join(defect.violates))
    screen = Screen()
    screen.print(table)
    screen.print(f"\n{len(shown)} defects")
    return Exit.CONFORMS


def _tell(server: RunningServer, rules: Rules, dialect: str, defects: list[Defect]) -> None:
    """The issuer, the endpoints and who is registered; the credentials are of a demonstration."""
    screen = Screen()
    screen.print(Text(f"issuer  {server.issuer}", style="bold"))
    screen.print(f"dialect {dialect}")
    if server.ca is not None:
        screen.print(Text(f"ca      {server.ca}"))
    for defect in defects:
        screen.print(Text(f"defect  {defect.name}", style="red"))
    screen.print()
    screen.print(_endpoints(server.issuer, rules))
    screen.print()
    screen.print(_clients(server.registrations))
    screen.print()
    screen.print(_users(server.registrations))
    screen.print("\nCtrl-C ends it.")


def _endpoints(issuer: str, rules: Rules) -> Table:
    paths = rules.paths
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, path in (
        ("authorization_endpoint", paths.authorization),
        ("token_endpoint", paths.token),
        ("revocation_endpoint", paths.revocation),
        ("introspection_endpoint", paths.introspection),
        ("token_information_endpoint", paths.token_information),
        ("jwks_uri", paths.jwks),
        ("metadata", paths.metadata),
        ("protected resource", "/api/users/current"),
        ("protected resource", "/api/alert-sources"),
    ):
        if path is not None:
            table.add_row(name, issuer + path)
    return table


def _clients(registrations: Registrations) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("client_id", "client_secret", "authentication", "redirect URIs"):
        table.add_column(title, overflow="fold")
    for client in registrations.clients:
        none = "none: a public client" if client.public else "none: it signs with its key"
        secret = SECRETS.get(client.client_id, none)
        table.add_row(
            client.client_id, secret, client.authentication.value, "\n".join(client.redirect_uris)
        )
    return table


def _users(registrations: Registrations) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("username")
    table.add_column("password")
    for user in registrations.users:
        table.add_row(user.username, PASSWORDS[user.username])
    return table


@contextmanager
def _asked_to_end() -> Iterator[threading.Event]:
    """An event that is set by Ctrl-C or by SIGTERM."""
    end = threading.Event()

    def stop(*_: object) -> None:
        end.set()

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield end
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
