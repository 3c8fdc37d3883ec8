"""`oauth-conformance doctor`: whether a profile will do, step by step, before any judging."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import click
import pytest
from rich.text import Text

from conformance.cli.screen import Screen
from conformance.errors import (
    BrowserMissing,
    Inconclusive,
    NotApplicable,
    NotRun,
    PageNotRecognised,
)
from conformance.exits import Exit
from conformance.plugin.bench import Bench
from conformance.plugin.enrolling import disenrol, enrol
from conformance.plugin.granting import Granting
from conformance.plugin.launch import ISSUER, started
from conformance.plugin.options import Options
from conformance.profile import GrantType, Profile, Role, load
from conformance.profile.missing import missing
from conformance.protocol.answers import Landing, Place, TokenAnswer, base
from conformance.target.enrolment import Enrolment
from conformance.target.flow import Flow
from conformance.target.pages import what_to_say_of

SKEW = 5.0
"""Seconds that the clocks may differ before it is worth a word."""

_SECONDS = 60.0
"""The longest time of one step."""

_SIGNS = {True: ("✓", "green"), False: ("✗", "red"), None: ("·", "dim")}
_SAID = (Inconclusive, NotApplicable, NotRun, BrowserMissing)
"""What is said in its own words; anything else is a fault of ours."""


@click.command("doctor")
@click.argument("profile")
@click.option("--output", type=click.Path(path_type=Path), metavar="DIR", help="for screenshots")
@click.option("--headed", is_flag=True, help="show the browser")
@click.option("--install-browser", is_flag=True, help="install a browser where none is found")
@click.option("--without-browser", is_flag=True, help="fill in plain pages over HTTP")
def command(
    profile: str,
    output: Path | None,
    headed: bool,
    install_browser: bool,
    without_browser: bool,
) -> Exit:
    """Checks PROFILE, not the server: reaches it, signs in, consents, redeems, refreshes.

    Says what was recognised and what is missing, with the key of the profile to look at; where a
    page was not recognised, a screenshot of it lies in DIR.
    """
    loaded = load(profile)
    folder = output or Path("reports") / loaded.name / "doctor"
    screen = Screen()
    with _bench(loaded, folder, headed, install_browser, without_browser) as bench:
        return Examination(bench, screen).run()


@contextmanager
def _bench(
    profile: Profile, output: Path, headed: bool, install: bool, without_browser: bool
) -> Iterator[Bench]:
    options = Options(
        profile=profile,
        output=output,
        standards=None,
        checks=(),
        waivers=True,
        gate="must",
        max_wait=0.0,
        check_timeout=_SECONDS,
        headed=headed,
        install_browser=install,
        without_browser=without_browser,
        in_process=False,
        defects=(),
        twins=(),
        command="oauth-conformance doctor",
        own_output=True,
        target=str(profile.path),
    )
    with ExitStack() as closing:
        stash = pytest.Stash()
        if profile.server.start is not None:
            log = output / "server.log"
            stash[ISSUER] = closing.enter_context(started(profile.server.start, log))
        bench = Bench(options, stash)
        closing.callback(bench.close)
        yield bench


@dataclass
class Examination:
    """The steps, each of which says what came of it."""

    bench: Bench
    screen: Screen
    trouble: int = 0

    def run(self) -> Exit:
        """All steps; without a working flow of the main client the later ones make no sense."""
        if not self._step("server", self._server):
            return self._nothing()
        enrolment = self._enrolled()
        try:
            works = self._step("sign-in", self._sign_in)
            if works:
                self._step("other clients", self._clients)
            if works and len(self.bench.profile.users) > 1:
                self._step("other users", self._users)
        finally:
            for left in () if enrolment is None else disenrol(self.bench, enrolment):
                self.say(None, f"registered, and not deleted by the server: {left}")
        self._missing()
        if not works:
            return self._nothing()
        if self.trouble:
            words = f"\nA run will do; {self.trouble} of the above will leave checks unjudged."
            self.screen.print(Text(words, style="bold yellow"))
            return Exit.NOT_ALL_JUDGED
        self.screen.print(Text("\nReady to run.", style="bold green"))
        return Exit.CONFORMS

    def _nothing(self) -> Exit:
        self.screen.print(Text("\nA run could judge nothing yet.", style="bold red"))
        return Exit.NOTHING_JUDGED

    def say(self, good: bool | None, words: str, then: str = "") -> None:
        """One line: a sign, what was seen, and what to do next."""
        sign, style = _SIGNS[good]
        self.trouble += good is False
        redact = self.bench.recorder.redactor.redact
        self.screen.print(Text.assemble((f"  {sign} ", style), redact(words)))
        if then:
            self.screen.print(Text(f"    {redact(then)}", style="dim"))

    def _step(self, title: str, act: Callable[[], None]) -> bool:
        """Whether nothing stopped it; what did is said in its own words."""
        self.screen.print(Text(f"\n{title}", style="bold"))
        self.bench.begin(_SECONDS)
        try:
            act()
        except _SAID as error:
            self.say(False, str(error))
            for shot in self.bench.recorder.pictures_since(0)[-1:]:
                self.say(None, f"screenshot: {self.bench.options.output / shot.file}")
            return False
        return True

    # The steps

    def _server(self) -> None:
        server = self.bench.server
        metadata = server.metadata
        if metadata is None:
            self.say(None, "no metadata: the endpoints come from the profile")
        else:
            self.say(True, f"metadata: {metadata.url}")
            published = metadata.members.get("issuer")
            if published != server.issuer:
                told = f"the metadata names the issuer {published}, the profile {server.issuer}"
                self.say(False, told, "Look at issuer in [server]; RFC 8414, 3.3, wants the same.")
        for name in ("authorization_endpoint", "token_endpoint"):
            server.need(name)
        ahead = self.bench.recorder.clock.now() - time.time()
        if abs(ahead) > SKEW:
            where = "ahead of" if ahead > 0 else "behind"
            self.say(None, f"the clock of the server is {abs(ahead):.0f} s {where} ours")

    def _enrolled(self) -> Enrolment | None:
        wished = [one.role.value for one in self.bench.profile.clients if one.register]
        if not wished:
            return None
        enrolment = enrol(self.bench)
        names = [one.role.value for one in self.bench.profile.clients if one.register]
        if names:
            self.say(True, f"registered for this: {', '.join(names)}")
        for role, why in self.bench.refusals.items():
            self.say(False, f"not registered: {role.value}. {why}")
        return enrolment

    def _sign_in(self) -> None:
        flow = self.bench.flow(*self.bench.planted_roles)
        user = flow.agent.username
        self.screen.print(Text(f"  {flow.client.who}, {user}", style="dim"))
        landing = flow.authorize()
        self._tell_pages(landing)
        tokens = self._redeemed(flow, landing)
        self._refreshed(flow, tokens)
        self._served(flow)

    def _tell_pages(self, landing: Landing) -> None:
        for page in landing.pages:
            self.say(True, f"{page.kind.value}: {base(page.url)}", page.recognised)
        if landing.place is Place.OTHER:
            raise PageNotRecognised(what_to_say_of(landing))

    def _redeemed(self, flow: Flow, landing: Landing) -> TokenAnswer:
        grant = flow.grant_of(landing)
        if grant is None:
            look = _LOOK
            if not landing.at_callback and not self.bench.server.owns(landing.url):
                host = urlsplit(landing.url).hostname
                look = f'Where that is a page of the server, add hosts = ["{host}"] to [server].'
            raise NotRun(f"No code came: the browser ended {landing.where}. {look}")
        self.say(True, f"code at {base(landing.url)}")
        answer = flow.must_grant(flow.redeem(grant), "The token request")
        kind = "a JWT" if (answer.access_token or "").count(".") == 2 else "opaque"
        scope = "" if answer.scope is None else f", scope {' '.join(sorted(answer.scope))}"
        self.say(True, f"access token, {kind}{scope}")
        return answer

    def _refreshed(self, flow: Flow, tokens: TokenAnswer) -> None:
        if tokens.refresh_token is None:
            then = (
                "Where the server has them: scope (offline_access?) or grant_types of the client."
            )
            self.say(None, "no refresh token", then)
            return
        flow.must_grant(flow.refresh(tokens.refresh_token), "The refresh")
        self.say(True, "refresh token, and a refresh")

    def _served(self, flow: Flow) -> None:
        if not self.bench.profile.resources:
            return
        url = self.bench.resource().url
        answer = flow.call(flow.tokens().access_token or "")
        if answer.granted:
            self.say(True, f"resource: {base(url)}")
        else:
            then = "Look at url, method and scope of [[resources]], and at scope of the client."
            self.say(False, f"the resource {base(url)} does not serve the token: {answer}", then)

    def _clients(self) -> None:
        main = self.bench.client(*self.bench.planted_roles)
        for settings in self.bench.profile.clients:
            if settings.role == main.role or settings.role in _NO_FLOW:
                continue
            grants = settings.grant_types
            if settings.redirect_uris and (not grants or GrantType.AUTHORIZATION_CODE in grants):
                self._try(settings.role.value, partial(self._tokens_of, settings.role))
            elif GrantType.CLIENT_CREDENTIALS in grants:
                self._try(settings.role.value, partial(self._credentials_of, settings.role))

    def _users(self) -> None:
        for user in self.bench.profile.users[1:]:
            role = self.bench.client(*self.bench.planted_roles).role
            flow = self.bench.flow_of(self.bench.client(role), user)
            self._try(user.username, flow.tokens)

    def _tokens_of(self, role: Role) -> TokenAnswer:
        return self.bench.flow(role).tokens()

    def _credentials_of(self, role: Role) -> TokenAnswer:
        return Granting(self.bench).of_client(self.bench.client(role)).granted()

    def _try(self, name: str, act: Callable[[], object]) -> None:
        self.bench.begin(_SECONDS)
        try:
            act()
        except NotApplicable as error:
            self.say(None, f"{name}: {error}")
        except _SAID as error:
            self.say(False, f"{name}: {error}")
        else:
            self.say(True, name)

    def _missing(self) -> None:
        found = missing(self.bench.options.profile)
        if found:
            self.screen.print(Text("\nmore checks would run with", style="bold"))
        for words in found:
            self.say(None, words)


_OFFLINE = "Where the server has them: scope (offline_access?) or grant_types of the client."
_LOOK = "Look at client_id, redirect_uris and scope of this client in [[clients]]."
_NO_FLOW: Sequence[Role] = (
    Role.RESOURCE_SERVER,
    Role.FOREIGN_RESOURCE_SERVER,
    Role.IMPLICIT,
    Role.PASSWORD,
)
