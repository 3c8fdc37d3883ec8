"""A request to a server as a value, and the changes that make one field of it different."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from urllib.parse import quote_plus, urlencode

from conformance.signing import ASSERTION_TYPE

Pairs = tuple[tuple[str, str], ...]

BASIC = "client_secret_basic"
POST = "client_secret_post"
PRIVATE_KEY_JWT = "private_key_jwt"
NONE = "none"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Credentials:
    """How a client says who it is at the token endpoint (RFC 6749, 2.3.1).

    `method` is one of the names of RFC 7591, section 2; without secret and key it is `none`.
    `sign` makes a fresh assertion for `private_key_jwt` (RFC 7523, 2.2).
    """

    client_id: str | None
    client_secret: str | None
    method: str
    sign: Callable[[], str] | None = None

    def as_header(self) -> str:
        """The value of an Authorization header: form-encoded, then Basic (RFC 6749, 2.3.1)."""
        pair = f"{quote_plus(self.client_id or '')}:{quote_plus(self.client_secret or '')}"
        return "Basic " + base64.b64encode(pair.encode()).decode()


@dataclass(frozen=True, slots=True)
class Draft:
    """A request before it is sent: parameters, credentials and headers still apart."""

    method: str
    url: str
    query: Pairs = ()
    form: Pairs = ()
    headers: Pairs = ()
    credentials: Credentials | None = None
    body: tuple[str, bytes] | None = None

    def settled(self) -> Draft:
        """With the credentials put where their method puts them."""
        given = self.credentials
        if given is None:
            return self
        client_id = () if given.client_id is None else (("client_id", given.client_id),)
        secret = () if given.client_secret is None else (("client_secret", given.client_secret),)
        if given.method == BASIC and given.client_secret is not None:
            headers = (*self.headers, ("Authorization", given.as_header()))
            return replace(self, headers=headers, credentials=None)
        if given.method == PRIVATE_KEY_JWT and given.sign is not None:
            kind = ("client_assertion_type", ASSERTION_TYPE)
            proof = (kind, ("client_assertion", given.sign()))
            return replace(self, form=(*self.form, *proof), credentials=None)
        if given.method == POST:
            return replace(self, form=(*self.form, *client_id, *secret), credentials=None)
        return replace(self, form=(*self.form, *client_id), credentials=None)

    @property
    def full_url(self) -> str:
        """The URL with its query; a query that the endpoint already has is kept (3.1)."""
        if not self.query:
            return self.url
        joint = "&" if "?" in self.url else "?"
        return f"{self.url}{joint}{form_encoded(self.query)}"

    @property
    def content(self) -> bytes | None:
        """The body: what a change put there, else the form, else none."""
        if self.body is not None:
            return self.body[1]
        if self.method == "GET":
            return None
        return form_encoded(self.form).encode("ascii")

    @property
    def content_type(self) -> str | None:
        if self.body is not None:
            return self.body[0]
        return None if self.method == "GET" else FORM

    def value(self, field: str) -> str | None:
        """The first value of a parameter, wherever it is sent."""
        for pairs in (self.form, self.query):
            for name, value in pairs:
                if name == field:
                    return value
        return None


class Change(Protocol):
    """What differs from the known-good run, as a value that names its field."""

    @property
    def field(self) -> str: ...

    @property
    def early(self) -> bool:
        """Whether it works on the credentials, before they are settled."""

    def apply(self, draft: Draft) -> Draft: ...

    def __str__(self) -> str: ...


_CREDENTIALS = frozenset({"client_id", "client_secret"})


@dataclass(frozen=True, slots=True)
class Replace:
    """Another value for one parameter; where it was not sent it is added."""

    field: str
    value: str

    @property
    def early(self) -> bool:
        return self.field in _CREDENTIALS

    def apply(self, draft: Draft) -> Draft:
        if self.early and draft.credentials is not None:
            return replace(draft, credentials=_with(draft.credentials, self.field, self.value))
        if draft.value(self.field) is None:
            return _added(draft, self.field, self.value)
        return _each(draft, self.field, lambda _: ((self.field, self.value),))

    def __str__(self) -> str:
        return f"{self.field} replaced by {self.value!r}"


@dataclass(frozen=True, slots=True)
class Without:
    """One parameter left out."""

    field: str

    @property
    def early(self) -> bool:
        return self.field in _CREDENTIALS

    def apply(self, draft: Draft) -> Draft:
        if self.early and draft.credentials is not None:
            return replace(draft, credentials=_with(draft.credentials, self.field, None))
        return _each(draft, self.field, lambda _: ())

    def __str__(self) -> str:
        return f"{self.field} left out"


@dataclass(frozen=True, slots=True)
class Twice:
    """One parameter sent twice: with the same value, or with another one after it."""

    field: str
    value: str | None = None

    @property
    def early(self) -> bool:
        return False

    def apply(self, draft: Draft) -> Draft:
        return _each(
            draft,
            self.field,
            lambda value: (
                (self.field, value),
                (self.field, value if self.value is None else self.value),
            ),
        )

    def __str__(self) -> str:
        second = "the same value" if self.value is None else repr(self.value)
        return f"{self.field} sent a second time with {second}"


@dataclass(frozen=True, slots=True)
class Add:
    """One parameter more."""

    field: str
    value: str

    @property
    def early(self) -> bool:
        return False

    def apply(self, draft: Draft) -> Draft:
        return _added(draft, self.field, self.value)

    def __str__(self) -> str:
        return f"{self.field}={self.value!r} added"


@dataclass(frozen=True, slots=True)
class InQuery:
    """One parameter of the body sent in the query instead."""

    field: str

    @property
    def early(self) -> bool:
        return False

    def apply(self, draft: Draft) -> Draft:
        moved = tuple(pair for pair in draft.form if pair[0] == self.field)
        rest = tuple(pair for pair in draft.form if pair[0] != self.field)
        return replace(draft, form=rest, query=(*draft.query, *moved))

    def __str__(self) -> str:
        return f"{self.field} sent in the query"


@dataclass(frozen=True, slots=True)
class Spelt:
    """The same value of a parameter of the query, in an encoding that we choose."""

    field: str
    encoded: str

    @property
    def early(self) -> bool:
        return False

    def apply(self, draft: Draft) -> Draft:
        rest = tuple(pair for pair in draft.query if pair[0] != self.field)
        joint = "&" if "?" in draft.url else "?"
        url = f"{draft.url}{joint}{self.field}={self.encoded}"
        return replace(draft, url=url, query=rest)

    def __str__(self) -> str:
        return f"{self.field} spelt {self.encoded!r}"


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Another way for the client to authenticate: a name of RFC 7591, section 2, or `both`."""

    method: str

    @property
    def field(self) -> str:
        return "client authentication"

    @property
    def early(self) -> bool:
        return True

    def apply(self, draft: Draft) -> Draft:
        given = draft.credentials
        if given is None:
            return draft
        if self.method == "both":
            headers = (*draft.headers, ("Authorization", given.as_header()))
            return replace(draft, headers=headers, credentials=replace(given, method=POST))
        if self.method == NONE:
            return replace(draft, credentials=replace(given, method=NONE, client_secret=None))
        return replace(draft, credentials=replace(given, method=self.method))

    def __str__(self) -> str:
        return f"client authentication by {self.method}"


@dataclass(frozen=True, slots=True)
class As:
    """Another client's credentials, whole."""

    credentials: Credentials

    @property
    def field(self) -> str:
        return "client"

    @property
    def early(self) -> bool:
        return True

    def apply(self, draft: Draft) -> Draft:
        return replace(draft, credentials=self.credentials)

    def __str__(self) -> str:
        return f"sent by the client {self.credentials.client_id!r}"


@dataclass(frozen=True, slots=True)
class Header:
    """Another value for one request header; None leaves it out."""

    name: str
    value: str | None

    @property
    def field(self) -> str:
        return f"{self.name} header"

    @property
    def early(self) -> bool:
        return False

    def apply(self, draft: Draft) -> Draft:
        rest = tuple(pair for pair in draft.headers if pair[0].lower() != self.name.lower())
        added = () if self.value is None else ((self.name, self.value),)
        return replace(draft, headers=(*rest, *added))

    def __str__(self) -> str:
        return f"{self.field} {'left out' if self.value is None else f'set to {self.value!r}'}"


@dataclass(frozen=True, slots=True)
class Method:
    """Another HTTP method; with GET the form goes into the query."""

    method: str

    @property
    def field(self) -> str:
        return "HTTP method"

    @property
    def early(self) -> bool:
        return False

    def apply(self, draft: Draft) -> Draft:
        if self.method == "GET":
            return replace(draft, method="GET", query=(*draft.query, *draft.form), form=())
        if draft.method == "GET":
            return replace(draft, method=self.method, form=(*draft.query, *draft.form), query=())
        return replace(draft, method=self.method)

    def __str__(self) -> str:
        return f"sent by {self.method}"


@dataclass(frozen=True, slots=True)
class Body:
    """The same parameters as another kind of body: `write` gets the settled form."""

    content_type: str
    write: Callable[[Pairs], bytes]

    @property
    def field(self) -> str:
        return "body"

    @property
    def early(self) -> bool:
        return False

    def apply(self, draft: Draft) -> Draft:
        return replace(draft, body=(self.content_type, self.write(draft.form)))

    def __str__(self) -> str:
        return f"body sent as {self.content_type}"


def changed(draft: Draft, changes: Sequence[Change]) -> Draft:
    """The settled draft with every change applied, those on credentials first."""
    for change in changes:
        if change.early:
            draft = change.apply(draft)
    draft = draft.settled()
    for change in changes:
        if not change.early:
            draft = change.apply(draft)
    return draft


def label(changes: Sequence[Change]) -> str | None:
    """The changes in words, for the transcript; None where nothing was changed."""
    return "; ".join(map(str, changes)) or None


def _with(credentials: Credentials, field: str, value: str | None) -> Credentials:
    if field == "client_id":
        return replace(credentials, client_id=value)
    return replace(credentials, client_secret=value)


def _each(draft: Draft, field: str, new: Callable[[str], Pairs]) -> Draft:
    def over(pairs: Pairs) -> Pairs:
        kept: list[tuple[str, str]] = []
        for name, value in pairs:
            kept += new(value) if name == field else ((name, value),)
        return tuple(kept)

    return replace(draft, query=over(draft.query), form=over(draft.form))


def _added(draft: Draft, field: str, value: str) -> Draft:
    if draft.method == "GET":
        return replace(draft, query=(*draft.query, (field, value)))
    return replace(draft, form=(*draft.form, (field, value)))


def form_encoded(pairs: Pairs) -> str:
    """Form encoding in UTF-8 (RFC 6749, appendix B); surrogates stand for bytes (PEP 383)."""
    return urlencode([(_bytes(name), _bytes(value)) for name, value in pairs])


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
