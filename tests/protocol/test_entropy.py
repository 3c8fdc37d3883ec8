"""How unguessable values can be at most: no sound value is accused, whatever the dice say."""

from __future__ import annotations

import base64
import json
import random
import string
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from conformance.protocol.entropy import Sample, Spread, spread

SEEDS = range(50)
SESSIONS = 8
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass
class Server:
    """What a server has at hand when it makes a value: dice, a clock, a counter, sessions."""

    dice: random.Random
    now: float = 1_800_000_000.0
    issued: int = 4_711
    session: str = ""
    sessions: dict[int, str] = field(default_factory=dict)

    def bits(self, many: int) -> int:
        return self.dice.getrandbits(many)

    def hex(self, size: int) -> str:
        return self.dice.randbytes(size).hex()

    def urlsafe(self, size: int) -> str:
        return base64url(self.dice.randbytes(size))

    def uuid4(self) -> str:
        return str(uuid.UUID(int=self.bits(128), version=4))


Make = Callable[[Server], str]


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def written(number: int, alphabet: str, width: int = 1) -> str:
    text = ""
    while number:
        number, digit = divmod(number, len(alphabet))
        text = alphabet[digit] + text
    return text.rjust(width, alphabet[0])


def issued(make: Make, seed: int, values: int = 20, sessions: int = SESSIONS) -> list[Sample]:
    """Values of new sessions first, then of the first session alone."""
    server = Server(random.Random(seed))
    found = []
    for number in range(values):
        session = number if number < sessions else 0
        server.session = server.sessions.setdefault(session, server.uuid4())
        server.now += server.dice.uniform(0.01, 0.5)
        server.issued += server.dice.randint(1, 3)
        found.append(Sample(make(server), session))
    return found


def jws(server: Server) -> str:
    claims = {"iat": int(server.now), "sub": "alice", "n": server.issued}
    parts = (json.dumps(part).encode() for part in ({"alg": "HS256"}, claims))
    return ".".join((*map(base64url, parts), server.urlsafe(32)))


def jwe(server: Server) -> str:
    header = base64url(b'{"alg":"dir","enc":"A256GCM"}')
    return f"{header}..{server.urlsafe(12)}.{server.urlsafe(60)}.{server.urlsafe(16)}"


def fernet(server: Server) -> str:
    return base64url(b"\x80" + int(server.now).to_bytes(8, "big") + server.dice.randbytes(112))


def ksuid(server: Server) -> str:
    return written((int(server.now) << 128) | server.bits(128), BASE62, 27)


SOUND: dict[str, Make] = {
    "16 bytes in base64url": lambda server: server.urlsafe(16),
    "20 bytes in base64url": lambda server: server.urlsafe(20),
    "32 bytes in base64url": lambda server: server.urlsafe(32),
    "16 bytes in hex": lambda server: server.hex(16),
    "16 bytes in upper case hex": lambda server: server.hex(16).upper(),
    "16 bytes as if a UUID": lambda server: str(uuid.UUID(int=server.bits(128))),
    "128 bits in decimal": lambda server: str(server.bits(128)),
    "128 bits in decimal, padded": lambda server: str(server.bits(128)).zfill(39),
    "128 bits in binary": lambda server: f"{server.bits(128):0128b}",
    "128 bits in base36": lambda server: written(server.bits(128), BASE62[:36], 25),
    "128 bits in base58": lambda server: written(server.bits(128), BASE58),
    "128 bits in base62": lambda server: written(server.bits(128), BASE62),
    "128 bits in base62, padded": lambda server: written(server.bits(128), BASE62, 22),
    "128 bits in Crockford's base32": lambda server: written(server.bits(128), CROCKFORD, 26),
    "22 characters": lambda server: "".join(server.dice.choices(BASE62, k=22)),
    "a prefix": lambda server: f"ac_live_{server.hex(16)}",
    "a prefix of one user": lambda server: f"8f2c11de-alice-{server.hex(16)}",
    "two UUIDs": lambda server: f"{server.uuid4()}.{server.uuid4()}",
    "a UUID, that of the session, that of the client": lambda server: (
        f"{server.uuid4()}.{server.session}.0b1f0c2e-7a52-4c55-9a0e-0d9a4a4f0f11"
    ),
    "the session and a number": lambda server: f"{server.session}{server.session}{server.issued}",
    "the time before it": lambda server: f"{int(server.now * 1e9):x}{server.hex(16)}",
    "a number before it": lambda server: f"{server.issued:010}-{server.hex(16)}",
    "a number after it": lambda server: f"{server.hex(16)}-{server.issued}",
    "a KSUID": ksuid,
    "a signed JWT": jws,
    "an encrypted JWT": jwe,
    "Fernet": fernet,
}
GUESSABLE: dict[str, Make] = {
    "eight digits": lambda server: f"{server.bits(26):08}",
    "a number": lambda server: str(server.issued),
    "a padded number": lambda server: f"{server.issued:064}",
    "a number in base64": lambda server: base64url(f"code number {server.issued:040}".encode()),
    "the time": lambda server: f"{int(server.now * 1e9):064x}",
    "the time three times": lambda server: f"{int(server.now * 1e9):016x}" * 3,
    "the time in base64": lambda server: base64url(f"alice:web-client:{server.now:.9f}".encode()),
    "the time and 100 bits": lambda server: f"{int(server.now * 1e3):012x}{server.hex(12)}",
    "a UUID of the time": lambda server: str(
        uuid.UUID(fields=(int(server.now * 1e7) & 0xFFFFFFFF, 0xA1B2, 0x11EF, 0x81, 0x2C, 0x5E17))
    ),
    "a random UUID": lambda server: server.uuid4(),
    "a random UUID without hyphens": lambda server: server.uuid4().replace("-", ""),
    "a prefix and a random UUID": lambda server: f"ac_{server.uuid4()}",
    "a fixed half": lambda server: "c0" * 12 + server.hex(4),
    "64 bits": lambda server: server.hex(8),
    "120 bits": lambda server: server.urlsafe(15),
    "one of a thousand, however long": lambda server: "".join(
        random.Random(server.bits(32) % 1000).choices(BASE62, k=43)
    ),
}


@pytest.mark.parametrize("values", [3, 12, 20, 60])
@pytest.mark.parametrize("make", SOUND.values(), ids=SOUND)
def test_values_of_128_bits_are_not_accused(make: Make, values: int) -> None:
    accused = [seed for seed in SEEDS if not spread(issued(make, seed, values)).has_room_for(128)]

    assert not accused


@pytest.mark.parametrize("sessions", [1, 2, SESSIONS])
def test_values_of_one_session_alone_are_not_accused(sessions: int) -> None:
    make = SOUND["a UUID, that of the session, that of the client"]

    assert all(spread(issued(make, seed, 60, sessions)).has_room_for(160) for seed in SEEDS)


@pytest.mark.parametrize("size", [20, 21, 24, 32])
def test_values_of_160_bits_are_not_accused(size: int) -> None:
    for make in (lambda server: server.urlsafe(size), lambda server: server.hex(size)):
        assert all(spread(issued(make, seed)).has_room_for(160) for seed in SEEDS)


@pytest.mark.parametrize("make", GUESSABLE.values(), ids=GUESSABLE)
def test_guessable_values_are_found(make: Make) -> None:
    spared = [seed for seed in range(30) if spread(issued(make, seed, 100)).has_room_for(128)]

    assert not spared


@pytest.mark.parametrize("make", [SOUND["16 bytes in hex"], SOUND["16 bytes in base64url"]])
def test_128_bits_are_not_160(make: Make) -> None:
    assert not any(spread(issued(make, seed)).has_room_for(160) for seed in SEEDS)


def test_a_value_that_comes_again_says_how_few_there_are() -> None:
    values = [Sample(f"{number % 19:02}{'x' * 60}{number % 19:02}", 0) for number in range(20)]

    seen = spread(values)

    assert seen.repeats == 1
    assert not seen.has_room_for(128)


def test_one_value_is_as_good_as_it_is_long() -> None:
    assert spread([Sample("12345678" * 4, 0)]).has_room_for(160)
    assert not spread([Sample("12345678", 0)]).has_room_for(128)


@pytest.mark.parametrize(
    ("name", "rises"), [("a number", True), ("the time", True), ("64 bits", False)]
)
def test_a_counter_and_a_clock_are_told_from_dice(name: str, rises: bool) -> None:
    assert spread(issued(GUESSABLE[name], seed=1)).rises is rises


def test_what_is_said_has_numbers_and_no_value() -> None:
    samples = issued(GUESSABLE["eight digits"], seed=1)

    seen = spread(samples)

    assert isinstance(seen, Spread)
    assert str(seen) == (
        "20 values of 8 sessions leave room for 27 bits at most: 8 of 8 characters vary, in an"
        " alphabet of 10"
    )
    assert not any(one.value in str(seen) for one in samples)
