"""A real browser, and sites of ours on real ports for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Protocol
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from flask import Flask

from conformance.errors import BrowserMissing
from conformance.target.browser import Browser
from conformance.target.recorder import Recorder


class Site(Protocol):
    """Anything that can be served."""

    def app(self) -> Flask: ...


Serve = Callable[[Site], str]
"""Serves a site until the test ends; gives its origin."""


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture(scope="module")
def browser(recorder: Recorder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(
        recorder, hosts=["127.0.0.1"], pictures=tmp_path_factory.mktemp("pictures")
    ) as opened:
        try:
            opened.context().close()
        except BrowserMissing as missing:
            pytest.skip(str(missing))
        yield opened


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers: list[WSGIServer] = []

    def start(site: Site) -> str:
        server = make_server("127.0.0.1", 0, site.app(), handler_class=_Quiet)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
