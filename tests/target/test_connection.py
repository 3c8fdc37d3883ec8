"""Connections through a proxy, and to a server whose authority only the profile knows."""

from __future__ import annotations

import base64
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from conformance.errors import ServerUnreachable
from conformance.protocol.request import Draft
from conformance.server.dialects import standard
from conformance.server.running import RunningServer
from conformance.target.raw import race, send
from conformance.target.recorder import Recorder
from conformance.target.wire import Wire

USER = "user:p%40ss"
KEYS = "/jwks"


class Proxy:
    """Opens tunnels and passes requests on; keeps the heads of what it was asked."""

    def __init__(self, status: str = "200 Connection established") -> None:
        self.heads: list[str] = []
        self._status = status
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://{USER}@127.0.0.1:{self.port}"

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._pass, args=(client,), daemon=True).start()

    def _pass(self, client: socket.socket) -> None:
        with client:
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(1)
            text = head.decode()
            self.heads.append(text)
            method, target, _ = text.split("\r\n")[0].split(" ")
            if method != "CONNECT":
                client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
                return
            client.sendall(f"HTTP/1.1 {self._status}\r\n\r\n".encode())
            if not self._status.startswith("200"):
                return
            host, _, port = target.rpartition(":")
            with socket.create_connection((host, int(port))) as server:
                _pump(client, server)

    def close(self) -> None:
        self._socket.close()


def _pump(one: socket.socket, other: socket.socket) -> None:
    while True:
        ready, _, _ = select.select([one, other], [], [], 10)
        for side in ready:
            data = side.recv(65536)
            if not data:
                return
            (other if side is one else one).sendall(data)


@pytest.fixture
def server() -> Iterator[RunningServer]:
    with RunningServer(standard(), tls=True) as running:
        yield running


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with closing(Proxy()) as made:
        yield made


def test_bytes_go_out_over_tls_to_an_authority_of_the_profile(server: RunningServer) -> None:
    with closing(Wire(Recorder(), ca=server.ca)) as wire:
        answered = send(wire, Draft("GET", server.issuer + KEYS), who="client")

    assert answered.status == 200


def test_without_that_authority_there_is_no_connection(server: RunningServer) -> None:
    with (
        closing(Wire(Recorder())) as wire,
        pytest.raises(ServerUnreachable, match="certificate verify failed"),
    ):
        send(wire, Draft("GET", server.issuer + KEYS), who="client")


@pytest.mark.parametrize("many", [1, 3])
def test_bytes_go_through_the_proxy_in_a_tunnel(
    server: RunningServer, proxy: Proxy, many: int
) -> None:
    with closing(Wire(Recorder(), ca=server.ca, proxy=proxy.url)) as wire:
        drafts = [Draft("GET", server.issuer + KEYS)] * many
        statuses = {one.status for one in race(wire, drafts, who="client")}

    signed_in = base64.b64encode(b"user:p@ss").decode()
    assert statuses == {200}
    assert len(proxy.heads) == many
    assert all(head.startswith("CONNECT localhost:") for head in proxy.heads)
    assert all(f"Proxy-Authorization: Basic {signed_in}" in head for head in proxy.heads)


def test_the_wire_signs_in_at_the_proxy_too(server: RunningServer, proxy: Proxy) -> None:
    with closing(Wire(Recorder(), ca=server.ca, proxy=proxy.url)) as wire:
        reply = wire.get(server.issuer + KEYS, who="client")

    assert reply.status == 200
    assert "proxy-authorization: basic" in proxy.heads[0].lower()


def test_without_tls_the_proxy_is_given_the_whole_url(proxy: Proxy) -> None:
    with closing(Wire(Recorder(), proxy=proxy.url)) as wire:
        answered = send(wire, Draft("GET", "http://server.example/a?b=c"), who="client")

    (head,) = proxy.heads
    assert answered.text == "hi"
    assert head.startswith("GET http://server.example/a?b=c HTTP/1.1\r\nHost: server.example\r\n")
    assert "Proxy-Authorization: Basic" in head


def test_a_proxy_that_opens_no_tunnel_is_said(server: RunningServer) -> None:
    with (
        closing(Proxy("403 Forbidden")) as proxy,
        closing(Wire(Recorder(), ca=server.ca, proxy=proxy.url)) as wire,
        pytest.raises(ServerUnreachable, match="opens no tunnel to localhost"),
    ):
        send(wire, Draft("GET", server.issuer + KEYS), who="client")
