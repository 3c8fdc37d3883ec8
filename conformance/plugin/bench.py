"""What one process of a run works with: the wire, the server, the users, the flows."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest

from conformance import __version__
from conformance.check import Aged
from conformance.defects.catalogue import named
from conformance.errors import (
    Inconclusive,
    NotApplicable,
    NotRun,
    ServerUnreachable,
)
from conformance.model import Headers, Phase
from conformance.plugin.embedding import EmbeddedTime, Twin
from conformance.plugin.evidence import witness
from conformance.plugin.launch import ISSUER, UNSTARTED
from conformance.plugin.options import Options
from conformance.plugin.planting import Planting
from conformance.profile import ClientSettings, GrantType, Profile, Role, UserSettings
from conformance.protocol.uris import LOOPBACK
from conformance.requirements import DEFAULT_STANDARDS
from conformance.server.running import Embedded, Fault, embedded
from conformance.target.agent import UserAgent
from conformance.target.browser import Browser, BrowserAgent
from conformance.target.client import Client
from conformance.target.flow import Flow
from conformance.target.forms import FormAgent
from conformance.target.planted import Planted, RealTime, Time
from conformance.target.recorder import Recorder
from conformance.target.resource import ResourceServer
from conformance.target.server import AuthorizationServer
from conformance.target.transport import Transport
from conformance.target.wire import Wire
from conformance.target.withdrawal import withdraw

_ANNOUNCED = {
    "revocation_endpoint": "rfc7009",
    "introspection_endpoint": "rfc7662",
    "authorization_response_iss_parameter_supported": "rfc9207",
}


_Value = TypeVar("_Value")


class Bench:
    """Everything is made when it is first asked for, and closed at the end."""

    def __init__(self, options: Options, stash: pytest.Stash) -> None:
        self.options = options
        self.profile = options.profile
        self.recorder = Recorder()
        self.recorder.learn_all(self.profile.secrets)
        self._stash = stash
        self._closing = ExitStack()
        self.refusals: Mapping[Role, str] = {}
        self._flows: dict[tuple[str, str], Flow] = {}
        self._agents: dict[str, UserAgent] = {}

    def close(self) -> None:
        self._closing.close()

    # The server

    @cached_property
    def embedded(self) -> Embedded | None:
        """The embedded server of this process, where the profile asks for it."""
        dialect = self.profile.server.embedded
        if dialect is None:
            return None
        faults: list[Fault] = [named(name) for name in self.options.defects]
        faults += [Twin(named(name)) for name in self.options.twins]
        return self._closing.enter_context(
            embedded(
                dialect.value,
                faults,
                in_process=self.options.in_process,
                tls=self.profile.server.tls,
            )
        )

    @cached_property
    def issuer(self) -> str | None:
        if self.embedded is not None:
            return self.embedded.issuer
        if UNSTARTED in self._stash:
            raise ServerUnreachable(self._stash[UNSTARTED])
        return self._stash.get(ISSUER, None) or self.profile.server.issuer

    @cached_property
    def wire(self) -> Wire:
        settings = self.profile.server
        pace = self.profile.pace.max_requests_per_second or (None if self.is_local else 20.0)
        wire = Wire(
            self.recorder,
            timeout=settings.timeout,
            ca=self._ca,
            proxy=self._proxy,
            headers=self._headers,
            user_agent=f"oauth-conformance/{__version__}",
            max_requests_per_second=pace,
            app=self.embedded.app if self.embedded and self.options.in_process else None,
        )
        self._closing.callback(wire.close)
        return wire

    @property
    def _ca(self) -> Path | None:
        """The authority of the server's certificate, where it is none that everybody knows."""
        return self.profile.server.ca if self.embedded is None else self.embedded.ca

    @property
    def is_local(self) -> bool:
        """Whether the server runs on this machine."""
        return urlsplit(self.issuer or "").hostname in LOOPBACK or self.embedded is not None

    @property
    def _proxy(self) -> str | None:
        proxy = self.profile.server.proxy
        return None if proxy is None else proxy.reveal()

    @property
    def _headers(self) -> Headers:
        return tuple((name, secret.reveal()) for name, secret in self.profile.server.headers)

    @cached_property
    def server(self) -> AuthorizationServer:
        return AuthorizationServer(self.profile, self.wire, self.issuer, self.options.turns)

    @cached_property
    def standards(self) -> frozenset[str]:
        """The sets of requirements to judge by: as told, else the default and the announced."""
        told = self.options.standards or self.profile.standards
        if told is not None:
            return frozenset(told)
        try:
            metadata = self.server.metadata
        except Inconclusive:
            return frozenset(DEFAULT_STANDARDS)
        members = {} if metadata is None else metadata.members
        found = {spec for member, spec in _ANNOUNCED.items() if members.get(member)}
        if self.server.__dict__.get("oauth_metadata") is not None:
            found.add("rfc8414")
        return frozenset(DEFAULT_STANDARDS) | found

    @cached_property
    def time(self) -> Time:
        ours = self.embedded
        return RealTime(self._waited) if ours is None else EmbeddedTime(ours.clock)

    # Clients, users, flows

    def use(self, profile: Profile, refusals: Mapping[Role, str]) -> None:
        """Goes on with the clients of this profile; `refusals` says of others why they are not."""
        self.profile = self.server.profile = profile
        self.refusals = refusals
        self.recorder.learn_all(profile.secrets)

    def client(self, *roles: str) -> Client:
        """The first client of these roles; NotRun where the profile names none of them."""
        for role in roles:
            settings = self.profile.client(role)
            if settings is not None:
                return self.client_of(settings)
        for role in roles:
            if refusal := self.refusals.get(Role(role)):
                raise NotRun(f"No client was registered for the role {role}: {refusal}")
        wanted = " or ".join(f'"{role}"' for role in roles)
        raise NotRun(f"The profile names no client for it: add [[clients]] with role = {wanted}.")

    def clients_for(self, grant: GrantType, *roles: str) -> tuple[Client, ...]:
        """The clients that may use a grant type: those that the profile says so of, first.

        Of the others those of the roles, where the profile does not say what they may use.
        """
        told = [one for one in self.profile.clients if grant in one.grant_types]
        found = filter(None, map(self.profile.client, roles))
        untold = [one for one in found if not one.grant_types]
        return tuple(map(self.client_of, (*told, *untold)))

    def client_for(self, grant: GrantType, *roles: str) -> Client:
        """The first of them; NotRun where there is none."""
        for client in self.clients_for(grant, *roles):
            return client
        raise NotRun(
            f"The profile names no client for it: add {grant.value} to the grant_types of one."
        )

    def client_of(self, settings: ClientSettings) -> Client:
        signs = settings.private_key is not None
        return Client(settings, self.server.identifier if signs else None, self.recorder.clock.now)

    @property
    def users(self) -> tuple[UserSettings, ...]:
        return tuple(user for user in self.profile.users if not user.sacrificial)

    def user(self, username: str | None = None) -> UserSettings:
        for user in self.users:
            if username in (None, user.username):
                return user
        raise NotRun("The profile names no user for it: add [[users]].")

    def other_user(self) -> UserSettings:
        """Another user than that of the flows; NotRun where there is only one."""
        if len(self.users) < 2:
            raise NotRun("The profile names no second user for it: add one more [[users]].")
        return self.users[1]

    def sacrificial_user(self) -> UserSettings:
        """A user who may be locked out by guessing; NotRun where there is none."""
        for user in self.profile.users:
            if user.sacrificial:
                return user
        raise NotRun(
            "The profile names no user to lock out: add [[users]] with sacrificial = true."
        )

    def agent(self, user: UserSettings) -> UserAgent:
        """The human's one session of this process."""
        if user.username not in self._agents:
            self._agents[user.username] = self.new_agent(user)
        return self._agents[user.username]

    def new_agent(self, user: UserSettings) -> UserAgent:
        """The human in a new session."""
        if self.options.without_browser:
            return self.form_agent(user)
        return self._human(user)

    def new_session(self, user: UserSettings) -> UserAgent:
        """The human in a new session, in the browser only where plain forms will not do."""
        if self.options.without_browser:
            return self.form_agent(user).fresh()
        return self._human(user, forms_first=True).fresh()

    def form_agent(self, user: UserSettings) -> FormAgent:
        """The human without a browser, in a new session."""
        return FormAgent(self.wire, user, self.server.owns, self.profile.pages)

    @cached_property
    def browser(self) -> Browser:
        if self.options.without_browser:
            raise NotRun("It needs a real browser; this run goes without one (--without-browser).")
        return self._closing.enter_context(
            Browser(
                self.recorder,
                hosts=self.server.hosts,
                headed=self.options.headed,
                install=self.options.install_browser,
                pictures=self.options.output,
                proxy=self._proxy,
                headers=self._headers,
                # A browser takes no file of authorities; the wire does, and verifies.
                trusts_any_certificate=self._ca is not None,
            )
        )

    def browser_agent(self) -> BrowserAgent:
        """The first user in a new session of the real browser, which sees every page."""
        return self._human(self.user(), always_browser=True)

    def _human(
        self, user: UserSettings, *, always_browser: bool = False, forms_first: bool = False
    ) -> BrowserAgent:
        return BrowserAgent(
            self.browser,
            self.wire,
            user,
            self.server.owns,
            self.profile.pages,
            always_browser=always_browser,
            forms_first=forms_first,
        )

    def flow(self, *roles: str, user: str | None = None) -> Flow:
        """The flow of the first client of these roles, with a user; one for each pair."""
        client = self.client(*roles)
        human = self.user(user)
        key = (client.role, human.username)
        if key not in self._flows:
            self._flows[key] = self.flow_of(client, human)
        return self._flows[key]

    def resource(self, index: int = 0) -> ResourceServer:
        """A protected resource of the profile; NotRun where there is none."""
        if len(self.profile.resources) <= index:
            raise NotRun("The profile names no protected resource for it: add [[resources]].")
        settings = self.profile.resources[index]
        return ResourceServer(settings, self.server.absolute(settings.url), self.wire)

    @property
    def resources(self) -> tuple[ResourceServer, ...]:
        """All protected resources of the profile."""
        return tuple(self.resource(index) for index in range(len(self.profile.resources)))

    @cached_property
    def transport(self) -> Transport:
        """The endpoints as addresses."""
        return Transport(self.server, self.resources, self.wire)

    @property
    def foreign_resource(self) -> ResourceServer:
        """A resource that tokens of the profile's clients are not meant for; NotRun without one."""
        if not self.profile.foreign_resources:
            raise NotRun(
                "The profile names no resource of another audience: add [[resources]] with foreign"
                " = true."
            )
        settings = self.profile.foreign_resources[0]
        return ResourceServer(settings, self.server.absolute(settings.url), self.wire)

    def withdraw(self, flow: Flow) -> None:
        """Takes back, on the server's page, what the flow's user allowed the flow's client.

        NotApplicable where the profile names no such page; NotRun where it would take back what
        is ageing for other checks.
        """
        page = self.profile.pages.withdraw
        if page is None:
            raise NotApplicable("The profile names no page where consent is taken back.")
        if self.planting.is_begun and len(self.users) < 2:
            raise NotRun(
                "It would end what ages for other checks: add one more [[users]] to the profile."
            )
        agent = self.form_agent(self.user(flow.agent.username))
        withdraw(agent, self.server.absolute(page), flow.client.client_id)

    def witness(self, accused: Flow) -> None:
        """Another client shows that the server works; ControlRefused where nothing shows it."""
        known = (role for role in self.planted_roles if self.profile.client(role) is not None)
        others = (self.flow(role) for role in known if role != accused.client.role)
        with self.recorder.during(Phase.CONTROL_AFTER):
            witness(accused, others, self.recorder.raw_since(-1)[0])

    def flow_of(self, client: Client, user: UserSettings | None = None) -> Flow:
        """A new flow of any client, with the first user or another one."""
        resource = self.resource() if self.profile.resources else None
        return Flow(self.server, client, self.agent(user or self.user()), resource)

    # Time

    def begin(self, seconds: float) -> None:
        """Gives what comes next that many seconds of real time."""
        self.wire.until = time.monotonic() + seconds

    def _waited(self, seconds: float) -> None:
        self.wire.until += seconds

    @cached_property
    def planting(self) -> Planting:
        """What was made before the first check, to be read when it is old."""
        return Planting(self.profile.lifetimes, self._longest_wait, self._make)

    def _longest_wait(self) -> float:
        return float("inf") if self.time.costs_nothing else self.options.max_wait

    def older(self, value: _Value, seconds: float) -> _Value:
        """A value that was just made, that many seconds later; NotRun where that is too long."""
        longest = self._longest_wait()
        if seconds > longest:
            raise NotRun(
                f"It would wait for {seconds:.0f} s, longer than --max-wait ({longest:.0f} s)."
            )
        return Planted(value, self.time.now(), self.time, ()).aged(seconds)

    @property
    def planted_roles(self) -> tuple[str, ...]:
        """The roles, best first, of the client that planted things belong to."""
        return ("confidential", "confidential-post", "public", "native")

    def _make(self, aged: Aged | None) -> Planted[Any]:
        self.begin(self.options.check_timeout)
        user = self.users[-1].username if self.users else None
        flow = self.flow(*self.planted_roles, user=user)
        mark = self.recorder.mark()
        with self.recorder.during(Phase.PLANTED):
            if aged is Aged.CODE:
                return self._planted(flow.grant(), mark)
            tokens = flow.tokens()
            if aged is Aged.USED_ACCESS_TOKEN:
                flow.must_serve(tokens.access_token or "")
        return self._planted(tokens, mark)

    def _planted(self, value: _Value, mark: int) -> Planted[_Value]:
        return Planted(value, self.time.now(), self.time, self.recorder.raw_since(mark))
