"""What a stolen hash of a password costs to try, and that of nobody as much."""

import argon2
import pytest

from fullhouse.kernel.clock import SystemClock
from fullhouse.people.limits import HASH_MEMORY_KIB, HASH_PASSES
from fullhouse.people.metrics import SignInMetrics
from fullhouse.people.password_hasher import NOBODYS_HASH, PasswordHasher, needs_rehash
from fullhouse.telemetry.metrics import MetricRegistry

PASSWORD = "marigold under the bench"


async def test_a_hash_has_the_parameters_of_now() -> None:
    hasher = PasswordHasher(SystemClock(), MetricRegistry().get(SignInMetrics))
    async with hasher.turn():
        stored = await hasher.hash(PASSWORD)
        assert await hasher.verify(stored, PASSWORD)
        assert not await hasher.verify(stored, PASSWORD + "!")
        assert not await hasher.verify(None, PASSWORD)
    assert stored.startswith(f"$argon2id$v=19$m={HASH_MEMORY_KIB},t={HASH_PASSES},p=1$")
    assert not needs_rehash(stored)
    assert HASH_MEMORY_KIB * HASH_PASSES >= 3 * 12_288, "as OWASP recommends at least"


def test_hash_of_nobody_is_verified_with_the_parameters_of_now() -> None:
    assert not needs_rehash(NOBODYS_HASH)
    with pytest.raises(argon2.exceptions.VerifyMismatchError):
        argon2.PasswordHasher().verify(NOBODYS_HASH, PASSWORD)
