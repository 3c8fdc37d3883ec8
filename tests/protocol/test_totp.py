"""One-time passwords by time, against the vectors of RFC 6238, appendix B."""

from __future__ import annotations

import pytest

from conformance.protocol.totp import totp

KEY = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1234567890, "89005924"),
        (20000000000, "65353130"),
    ],
)
def test_the_vectors_of_the_specification(at: int, expected: str) -> None:
    assert totp(KEY, at, digits=8) == expected


def test_a_key_may_be_written_in_groups() -> None:
    assert totp("gezd gnbv gy3t qojq gezd-gnbv-gy3t-qojq", 59) == "287082"
