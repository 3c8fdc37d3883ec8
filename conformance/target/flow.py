"""A known-good authorization code run as a value; each step takes the changes of a check."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from conformance.errors import ControlRefused, NotApplicable, NotRun, PageNotRecognised
from conformance.model import Phase, Transcript
from conformance.protocol import pkce
from conformance.protocol.answers import (
    Landing,
    Place,
    ResourceAnswer,
    TokenAnswer,
    error_code,
    json_object,
    parameters,
)
from conformance.protocol.request import Change, Draft, Pairs, changed, label
from conformance.target.agent import Decision, UserAgent
from conformance.target.client import Client
from conformance.target.observing import observe
from conformance.target.pacing import Pacing
from conformance.target.pages import what_to_say_of
from conformance.target.raw import Answered, follow, race, send
from conformance.target.resource import ResourceServer
from conformance.target.server import AuthorizationServer
from conformance.target.wire import Reply

_ERROR_DETAILS = "error_description"


@dataclass(frozen=True, slots=True)
class Grant:
    """An authorization code and what its redemption needs; a value, so it can be redeemed twice.

    `redirect_uri` and `verifier` are None where the authorization request did not carry them.
    """

    code: str
    redirect_uri: str | None
    verifier: str | None
    landing: Landing


class Flow:
    """One client and one user at one server.

    Every method is one step on the wire; without changes it is known to be good. `tokens` and
    `grant` are controls: they raise ControlRefused where the server refuses them.
    """

    def __init__(
        self,
        server: AuthorizationServer,
        client: Client,
        agent: UserAgent,
        resource: ResourceServer | None = None,
    ) -> None:
        self.server = server
        self.client = client
        self.agent = agent
        self.resource = resource
        self._wire = server.wire
        self._recorder = server.wire.recorder
        self._used: set[str] = set()
        self._caller = client
        self._granted_at = -1
        self._proof: Transcript = ()
        self._proven_at = -1
        self._pace = Pacing(server.profile.pace)

    # Authorization (RFC 6749, 4.1.1 and 4.1.2)

    def draft(self, *changes: Change, verifier: str | None = None) -> Draft:
        """A fresh authorization request with the changes applied."""
        query = [
            ("response_type", "code"),
            ("client_id", self.client.client_id),
            ("redirect_uri", self.client.redirect_uri),
        ]
        if self.client.scope:
            query.append(("scope", self.client.scope))
        query.append(("state", secrets.token_urlsafe(16)))
        if verifier is not None:
            query.append(("code_challenge", pkce.s256(verifier)))
            query.append(("code_challenge_method", "S256"))
        query += self.client.settings.authorization_parameters
        endpoint = self.server.need("authorization_endpoint")
        return changed(Draft("GET", endpoint, query=tuple(query)), changes)

    def authorize(
        self,
        *changes: Change,
        decision: Decision = Decision.APPROVE,
        verifier: str | None = None,
        agent: UserAgent | None = None,
    ) -> Landing:
        """One authorization request through the user's browser, to its end.

        `verifier` is the one whose challenge is sent (a fresh one where the client uses PKCE).
        `agent` is another session or another user than the flow's own.
        """
        self._used.add("authorize")
        if verifier is None and self.client.sends_challenge:
            verifier = pkce.verifier()
        if verifier is not None:
            self._recorder.learn("code verifier", verifier)
        draft = self.draft(*changes, verifier=verifier)
        human = agent or self.agent
        with self.server.turns.first(self.client, human), self._recorder.changing(label(changes)):
            visit = human.open(draft, callback=draft.value("redirect_uri"), decision=decision)
        if self.client.settings.register:
            visit = visit.gone_on(draft.value("redirect_uri") or self.client.redirect_uri)
        pairs, in_fragment = parameters(visit.url)
        landing = Landing(
            place=visit.place,
            url=visit.url,
            sent=draft,
            status=visit.status,
            redirect_status=visit.redirect_status,
            from_submission=visit.from_submission,
            parameters=pairs if visit.place.value == "callback" else (),
            in_fragment=in_fragment,
            verifier=verifier,
            text=visit.text,
            pages=visit.pages,
            message_target=visit.message_target,
        )
        self._step(landing.granted)
        if not changes:
            self.server.issued.take_code(self.client.client_id, landing, human)
        return landing

    def grant_of(self, landing: Landing) -> Grant | None:
        """What a landing gave, as something to redeem; None where it gave no code."""
        if landing.code is None:
            return None
        challenged = landing.sent.value("code_challenge") is not None
        return Grant(
            code=landing.code,
            redirect_uri=landing.sent.value("redirect_uri"),
            verifier=landing.verifier if challenged else None,
            landing=landing,
        )

    def grant(self, *changes: Change, agent: UserAgent | None = None) -> Grant:
        """A fresh authorization code that is due; ControlRefused where none comes."""
        landing = self.authorize(*changes, agent=agent)
        grant = self.grant_of(landing)
        if grant is None and landing.place is Place.OTHER:
            raise PageNotRecognised(what_to_say_of(landing))
        if grant is None:
            asked = label(changes)
            what = f"An authorization request ({asked})" if asked else "The unchanged request"
            details = landing.get(_ERROR_DETAILS)
            said = f" ({details})" if details else ""
            raise ControlRefused(f"{what} got no code: the browser ended {landing.where}{said}.")
        return grant

    def must_tell(self, landing: Landing) -> Landing:
        """The landing, where it is an error at the client; NotApplicable where it is none."""
        if not landing.at_callback or landing.error is None:
            raise NotApplicable(f"This request ends with no error at the client: {landing.where}.")
        return landing

    # The token endpoint (RFC 6749, 4.1.3, 5 and 6)

    def redemption(self, grant: Grant, *changes: Change) -> Draft:
        """The token request for a code, settled, with the changes applied."""
        form = [("grant_type", "authorization_code"), ("code", grant.code)]
        if grant.redirect_uri is not None:
            form.append(("redirect_uri", grant.redirect_uri))
        if grant.verifier is not None:
            form.append(("code_verifier", grant.verifier))
        form += self.client.settings.token_parameters
        return self._token_draft(form, changes)

    def redeem(self, grant: Grant, *changes: Change) -> TokenAnswer:
        """Redeems an authorization code."""
        self._used.add("redeem")
        self._pace.wait()
        return self._token(self.redemption(grant, *changes), changes, by=grant.code)

    def tokens(self, *changes: Change) -> TokenAnswer:
        """Fresh tokens that are due; `changes` are made to the authorization request."""
        answer = self.must_grant(self.redeem(self.grant(*changes)), "The unchanged token request")
        if not changes:
            observe(self.server, self.client, answer)
        return answer

    def must_grant(self, answer: TokenAnswer, what: str) -> TokenAnswer:
        """The answer, where it has an access token; else ControlRefused."""
        if answer.access_token is None:
            details = answer.text(_ERROR_DETAILS)
            said = f" ({details})" if details else ""
            raise ControlRefused(f"{what} was refused: {answer}{said}.")
        return answer

    def refreshing(self, refresh_token: str, *changes: Change) -> Draft:
        """The token request for a refresh, settled, with the changes applied."""
        self._used.add("refresh")
        form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)]
        return self._token_draft(form, changes)

    def refresh(self, refresh_token: str, *changes: Change) -> TokenAnswer:
        """Uses a refresh token."""
        self._pace.wait(refresh=True)
        return self._token(self.refreshing(refresh_token, *changes), changes, by=refresh_token)

    def request(self, form: Pairs, *changes: Change) -> TokenAnswer:
        """Any other token request of this client, settled, with the changes applied."""
        self._used.add("request")
        self._pace.wait()
        return self._token(self._token_draft(list(form), changes), changes)

    def race(self, *drafts: Draft) -> tuple[TokenAnswer, ...]:
        """Several settled token requests that the server completes in the same instant."""
        replies = race(self._wire, drafts, who=self.client.who)
        answers = tuple(
            self._answer(reply, draft) for reply, draft in zip(replies, drafts, strict=True)
        )
        self._step(any(answer.granted for answer in answers))
        return answers

    # Revocation, introspection, the resource (RFC 7009, 7662, 6750)

    def revoke(self, token: str, *changes: Change) -> TokenAnswer:
        """Asks the server to revoke a token (RFC 7009, 2.1)."""
        self._used.add("revoke")
        return self._at("revocation_endpoint", token, changes, self.client)

    def introspect(self, token: str, *changes: Change, caller: Client) -> TokenAnswer:
        """Asks the server about a token, as a client that may ask (RFC 7662, 2.1)."""
        self._used.add("introspect")
        self._caller = caller
        return self._at("introspection_endpoint", token, changes, caller)

    def inform(self, token: str, *changes: Change) -> TokenAnswer:
        """Asks the token information endpoint about a token; the caller says nothing of itself."""
        self._used.add("inform")
        url = self.server.need("token_information_endpoint")
        draft = Draft("POST", url, form=(("token", token),))
        return self._token(changed(draft, changes), changes)

    def call(self, token: str | None) -> ResourceAnswer:
        """Calls the profile's first resource; NotRun where the profile names none."""
        self._used.add("resource")
        # A resource that answers 200 has granted something only if the server still works.
        return self.need_resource.call(token)

    def must_serve(self, token: str) -> ResourceAnswer:
        """The resource's answer to a good token; ControlRefused where it does not serve it."""
        answer = self.call(token)
        if not answer.granted:
            raise ControlRefused(f"A fresh access token does not work: {answer}.")
        return answer

    def call_instead(self, good: str, other: str) -> ResourceAnswer:
        """The resource's answer to another token than a good one, which is served before and after.

        Where the other one is served too, that is proof by itself.
        """
        self.must_serve(good)
        answer = self.call(other)
        if not answer.granted:
            self.must_serve(good)
        return answer

    @property
    def need_resource(self) -> ResourceServer:
        if self.resource is None:
            raise NotRun("The profile names no [[resources]] to try a token on: add one.")
        return self.resource

    # Requests that no client sends

    def send(self, draft: Draft, changed: str | None = None) -> Answered:
        """Sends any request byte by byte as it stands, as this flow's client."""
        self._used.add("send")
        return send(self._wire, draft, who=self.client.who, changed=changed)

    def visit(
        self, draft: Draft, changed: str | None = None, *, in_session: bool = True
    ) -> Answered:
        """Sends any request byte by byte as a browser, and follows redirects within the server.

        `in_session` adds the cookies of the user's session; else the draft has its own.
        """
        self._used.add("visit")
        cookies = "; ".join(f"{name}={value}" for name, value in self.agent.cookies().items())
        if cookies and in_session:
            draft = replace(draft, headers=(*draft.headers, ("Cookie", cookies)))
        owns = self.server.owns
        return follow(self._wire, draft, who="browser", owns=owns, changed=changed)

    # The control

    def prove(self, phase: Phase, *, passing: bool = False) -> None:
        """Runs the unchanged flow with the steps that the check used, else ControlRefused.

        `passing` is for a check that found nothing: then revocation and introspection have to
        work too, where it used them. What a check has found may be just that they do not.
        """
        steps = set(self._used)
        mark = self._recorder.mark()
        with self._recorder.during(phase):
            answer = self.tokens()
            token = answer.access_token or ""
            refresh_token = answer.refresh_token
            # Before the refresh: it may end the access token.
            if "resource" in steps:
                self.must_serve(token)
            if "refresh" in steps and refresh_token is not None:
                refreshed = self.must_grant(self.refresh(refresh_token), "The unchanged refresh")
                refresh_token = refreshed.refresh_token or refresh_token
                token = refreshed.access_token or ""
            if passing and "introspect" in steps:
                self._must_be_active(token, refresh_token)
            if passing and "revoke" in steps:
                self._must_be_revoked(refresh_token or token)
        self._proof = self._recorder.raw_since(mark)
        self._proven_at = self._recorder.recorded

    def _must_be_active(self, *tokens: str | None) -> None:
        asked = (self.introspect(token, caller=self._caller) for token in filter(None, tokens))
        if not any(answer.get("active") in (True, "true") for answer in asked):
            raise ControlRefused("Introspection calls no fresh token active.")

    def _must_be_revoked(self, token: str) -> None:
        answer = self.revoke(token)
        if answer.status != 200:
            raise ControlRefused(f"The revocation of a fresh token was refused: {answer}.")

    def open(self) -> None:
        """Begins a check: the chain's last control counts where nothing came between."""
        self.begin()
        if self._proven_at == self._recorder.recorded and self._proof:
            self._recorder.cite(
                replace(exchange, phase=Phase.CONTROL_BEFORE) for exchange in self._proof
            )
        else:
            self.prove(Phase.CONTROL_BEFORE)
        self.begin()

    def begin(self) -> None:
        """Forgets the steps of the check before."""
        self._used.clear()
        self._granted_at = -1

    @property
    def used(self) -> bool:
        """Whether the check took a step with this flow."""
        return bool(self._used)

    @property
    def only_authorized(self) -> bool:
        """Whether the check has come no further than to the authorization endpoint."""
        return self._used <= {"authorize"}

    @property
    def granted_last(self) -> bool:
        """Whether the last exchange of all granted this flow something: proof by itself."""
        return self._granted_at == self._recorder.recorded

    def _step(self, granted: bool) -> None:
        self._granted_at = self._recorder.recorded if granted else -1

    def _at(
        self, endpoint: str, token: str, changes: tuple[Change, ...], client: Client
    ) -> TokenAnswer:
        url = self.server.need(endpoint)
        draft = Draft("POST", url, form=(("token", token),), credentials=client.credentials)
        return self._token(changed(draft, changes), changes, client.who)

    def _token_draft(self, form: list[tuple[str, str]], changes: tuple[Change, ...]) -> Draft:
        url = self.server.need("token_endpoint")
        draft = Draft("POST", url, form=tuple(form), credentials=self.client.credentials)
        return changed(draft, changes)

    def _token(
        self, draft: Draft, changes: tuple[Change, ...], who: str = "", by: str = ""
    ) -> TokenAnswer:
        with self._recorder.changing(label(changes)):
            reply = self._wire.send(draft, who=who or self.client.who)
        answer = self._answer(reply, draft)
        self._step(answer.granted)
        if by and not changes:
            self.server.issued.take_tokens(self.client.client_id, by, answer)
        return answer

    def _answer(self, reply: Reply, draft: Draft) -> TokenAnswer:
        document = json_object(reply.text)
        for kind, name in (("access token", "access_token"), ("refresh token", "refresh_token")):
            value = None if document is None else document.get(name)
            if isinstance(value, str):
                self._recorder.learn(kind, value)
        return TokenAnswer(
            status=reply.status,
            headers=reply.headers,
            body=reply.text,
            sent=draft,
            document=document,
            error=error_code(document, self.server.profile.errors.code_member),
            date=reply.date,
            seconds=reply.seconds,
        )
