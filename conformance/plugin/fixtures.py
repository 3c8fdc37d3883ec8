"""What checks ask for by name. Asking for a flow proves it first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Protocol

import pytest

from conformance.errors import ControlRefused, NotApplicable, NotRun, PageNotRecognised
from conformance.model import Phase
from conformance.plugin import evidence
from conformance.plugin.bench import Bench
from conformance.plugin.granting import Granting
from conformance.plugin.guessing import Guessing
from conformance.plugin.selection import JUDGED
from conformance.plugin.visits import FirstVisits
from conformance.profile import Profile, Role, UserSettings
from conformance.protocol.answers import TokenAnswer
from conformance.protocol.request import Change, Draft, Replace
from conformance.target import signout
from conformance.target.agent import UserAgent
from conformance.target.browser import BrowserAgent
from conformance.target.client import Client
from conformance.target.flow import Flow, Grant
from conformance.target.forms import FormAgent
from conformance.target.keyhost import KeyHost
from conformance.target.planted import Planted
from conformance.target.resource import ResourceServer, TwoResources
from conformance.target.server import AuthorizationServer
from conformance.target.transport import Transport

_ADD_SIGN_OUT = ": add [pages] sign_out to the profile."

BENCH = pytest.StashKey[Bench]()


class Control(Protocol):
    """What is known to be good before a check and still has to be after it: a flow, and alike."""

    @property
    def used(self) -> bool: ...

    @property
    def granted_last(self) -> bool: ...

    def prove(self, phase: Phase, *, passing: bool = False) -> None: ...


FLOWS = pytest.StashKey[list[Control]]()
"""The controls that were proven for a check."""
BARE = pytest.StashKey[list[Flow]]()
"""The flows that a check took without a proof."""


@pytest.fixture
def bench(request: pytest.FixtureRequest) -> Bench:
    """Everything that this process works with; checks ask for a part of it instead."""
    return request.config.stash[BENCH]


@pytest.fixture
def profile(bench: Bench) -> Profile:
    """What we were told about the server."""
    return bench.profile


@pytest.fixture
def server(bench: Bench) -> AuthorizationServer:
    """The authorization server as met on the wire."""
    return bench.server


@pytest.fixture
def proven(bench: Bench, request: pytest.FixtureRequest) -> Callable[..., Flow]:
    """Makes a flow of a client's role (and of a user) known to be good for this check."""

    def open_flow(*roles: str, user: str | None = None) -> Flow:
        flow = bench.flow(*roles, user=user)
        if flow not in request.node.stash[FLOWS]:
            flow.open()
            request.node.stash[FLOWS].append(flow)
        return flow

    return open_flow


@pytest.fixture
def bare(bench: Bench, request: pytest.FixtureRequest) -> Callable[..., Flow]:
    """Makes a flow that is not proven: for duties whose act is the known-good flow itself."""

    def open_flow(*roles: str, user: str | None = None) -> Flow:
        flow = bench.flow(*roles, user=user)
        flow.begin()
        request.node.stash[BARE].append(flow)
        return flow

    return open_flow


@pytest.fixture
def bare_flow(bare: Callable[..., Flow]) -> Flow:
    """The main client's flow, not proven: where the answer of the control itself is judged."""
    return bare("confidential", "confidential-post", "public", "native")


@pytest.fixture
def flow(proven: Callable[..., Flow]) -> Flow:
    """A proven flow of the profile's main client: a confidential one, else a public one."""
    return proven("confidential", "confidential-post", "public", "native")


@pytest.fixture
def by_message(flow: Flow) -> Flow:
    """The main flow, at a server that answers it in a message where that is asked for."""
    landing = flow.authorize(Replace("response_mode", "web_message"))
    if landing.message_target is not None and landing.granted:
        return flow
    if landing.at_callback and landing.granted:
        raise NotApplicable("Asked for a message, the server redirected the browser.")
    if landing.error in ("invalid_request", "unsupported_response_mode"):
        raise NotApplicable(f"Asked for a message, the server answered {landing.error!r}.")
    if not landing.at_callback:
        raise NotRun(
            "What the page after the request says to other windows could not be read: the browser"
            f" ended {landing.where}."
        )
    raise ControlRefused(f"The request for a message ended {landing.where}.")


@pytest.fixture
def confidential_flow(proven: Callable[..., Flow]) -> Flow:
    """A proven flow of a client with a secret."""
    return proven("confidential", "confidential-post")


@pytest.fixture
def second_flow(proven: Callable[..., Flow]) -> Flow:
    """A proven flow of another confidential client than that of `flow`."""
    return proven("confidential-2")


@pytest.fixture
def post_flow(proven: Callable[..., Flow]) -> Flow:
    """A proven flow of a client that sends its secret in the request body."""
    return proven("confidential-post")


@pytest.fixture
def public_flow(proven: Callable[..., Flow]) -> Flow:
    """A proven flow of a client without a secret."""
    return proven("public", "native")


@pytest.fixture
def native_flow(proven: Callable[..., Flow]) -> Flow:
    """A proven flow of a native client with a loopback redirect URI (RFC 8252, 7.3)."""
    return proven("native")


@pytest.fixture
def caller(bench: Bench) -> Client:
    """A client that may introspect: the resource server's, else the main one."""
    return bench.client("resource-server", "confidential", "confidential-post")


@pytest.fixture(scope="session")
def told() -> dict[str, bool]:
    """Which clients, by id, are told of their own tokens by introspection."""
    return {}


@pytest.fixture
def introspected(flow: Flow, caller: Client, told: dict[str, bool]) -> Callable[..., TokenAnswer]:
    """Introspects a token as the caller who may; changes are made to that request.

    NotRun where the profile names no resource server, and the server tells a client nothing of
    its own tokens, as it may (RFC 7662, 2.2).
    """
    if caller.role != Role.RESOURCE_SERVER:
        if caller.client_id not in told:
            told[caller.client_id] = _is_told(flow, caller)
        if not told[caller.client_id]:
            raise NotRun(
                "The server tells this client nothing of its own tokens, and the profile names"
                ' no client that may introspect: add [[clients]] with role = "resource-server".'
            )

    def ask(token: str, *changes: Change) -> TokenAnswer:
        return flow.introspect(token, *changes, caller=caller)

    return ask


def _is_told(flow: Flow, caller: Client) -> bool:
    """False where introspection calls fresh tokens inactive, or turns the caller away."""
    tokens = flow.tokens()
    issued = filter(None, (tokens.access_token, tokens.refresh_token))
    answers = [flow.introspect(token, caller=caller) for token in issued]
    return not all(one.status in (401, 403) or one.get("active") is False for one in answers)


@pytest.fixture
def tokens(flow: Flow) -> TokenAnswer:
    """Fresh tokens of `flow`."""
    return flow.tokens()


@pytest.fixture
def resource(bench: Bench) -> ResourceServer:
    """The profile's first protected resource."""
    return bench.resource()


@pytest.fixture
def resources(bench: Bench) -> tuple[ResourceServer, ...]:
    """Every protected resource of the profile."""
    return bench.resources


@pytest.fixture
def transport(bench: Bench) -> Transport:
    """The endpoints as addresses: what each offers below HTTP, and what without TLS."""
    return bench.transport


@pytest.fixture
def foreign_resource(bench: Bench) -> ResourceServer:
    """A protected resource that the tokens of the profile's clients are not meant for."""
    return bench.foreign_resource


@pytest.fixture
def two_resources(bench: Bench) -> TwoResources:
    """Two resources of two audiences, with scopes of their own."""
    return TwoResources.among(bench.resources, bench.foreign_resource)


@pytest.fixture
def key_host(bench: Bench) -> Iterator[KeyHost]:
    """A place where an attacker's keys are hosted; NotRun where the server could not fetch them."""
    if not bench.is_local:
        raise NotRun("Keys of ours could only be fetched by a server on this machine.")
    host = KeyHost()
    yield host
    host.close()


@pytest.fixture
def sign_out(bench: Bench) -> Callable[[FormAgent], None]:
    """Signs a user out on the page that the profile names, else at the end_session_endpoint.

    NotRun where there is neither, or where the latter shows a user nothing to sign out with.
    """
    told = bench.profile.pages.sign_out
    page = told or bench.server.endpoint("end_session_endpoint")
    if page is None:
        raise NotRun(f"Nothing names a page where a user signs out{_ADD_SIGN_OUT}")

    url = bench.server.absolute(page)

    def leave(agent: FormAgent) -> None:
        try:
            signout.sign_out(agent, url)
        except PageNotRecognised as error:
            if told is not None:
                raise
            raise NotRun(f"{str(error).removesuffix('.')}{_ADD_SIGN_OUT}") from error

    return leave


@pytest.fixture
def withdraw(bench: Bench) -> Callable[[Flow], None]:
    """Takes back, on the server's page, what a flow's user allowed a flow's client."""
    return bench.withdraw


@pytest.fixture
def problem_of_sign_in(bench: Bench) -> Callable[[UserSettings, Draft], str | None]:
    """Signs a user in anew for a request; what the server says where it does not let in."""

    def sign_in(user: UserSettings, request: Draft) -> str | None:
        # To the server a form is the same without a browser; a page with scripts needs one.
        with suppress(PageNotRecognised):
            return evidence.problem_of_sign_in(bench.form_agent(user), request)
        return evidence.problem_of_sign_in(bench.new_agent(user), request)

    return sign_in


@pytest.fixture
def stranger(bench: Bench, flow: Flow) -> UserAgent:
    """The flow's user in a new session; in the browser only where plain forms will not do."""
    return bench.new_session(bench.user(flow.agent.username))


@pytest.fixture(scope="session")
def first_visits(pytestconfig: pytest.Config) -> FirstVisits:
    """The first visits of new sessions: pages are looked at once, and judged by many checks."""
    bench = pytestconfig.stash[BENCH]
    others = bench.users[2:]
    return FirstVisits(lambda: bench.agent(others[-1]).fresh() if others else None)


@pytest.fixture
def user(bench: Bench) -> UserSettings:
    """The first user of the profile."""
    return bench.user()


@pytest.fixture
def form_agent(bench: Bench) -> FormAgent:
    """The first user without a browser, in a new session: for forms that no human sends."""
    return bench.form_agent(bench.user())


@pytest.fixture
def browser_agent(bench: Bench) -> BrowserAgent:
    """A human in a new session of a real browser: for checks whose subject is the pages."""
    return bench.browser_agent()


@pytest.fixture
def guessing(
    bench: Bench, problem_of_sign_in: Callable[[UserSettings, Draft], str | None]
) -> Guessing:
    """Guesses at the client and the user that may be locked out."""
    return Guessing(bench, problem_of_sign_in)


@pytest.fixture
def granting(bench: Bench, proven: Callable[..., Flow]) -> Granting:
    """Requests of the other grants, where clients may make them; the main flow is the control."""
    proven(*bench.planted_roles)
    return Granting(bench)


@pytest.fixture
def planted_grant(bench: Bench, request: pytest.FixtureRequest) -> Planted[Grant]:
    """An authorization code that was made before the first check."""
    planted = bench.planting.grant(request.node.stash[JUDGED].id)
    bench.recorder.cite(planted.transcript)
    return planted


@pytest.fixture
def planted_tokens(bench: Bench, request: pytest.FixtureRequest) -> Planted[TokenAnswer]:
    """Tokens that were made before the first check."""
    planted = bench.planting.tokens(request.node.stash[JUDGED].id)
    bench.recorder.cite(planted.transcript)
    return planted
