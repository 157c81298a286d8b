"""Argon2id hashes of passwords, computed off the loop, a few at a time, after everything else."""

import asyncio
import math
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import Final, TypeVar

import argon2

from fullhouse.concurrency.bulkhead import Bulkhead
from fullhouse.jobs.kinds import never
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import DeadlineExceeded, Overloaded
from fullhouse.people.errors import SignInBusy
from fullhouse.people.limits import (
    HASH_MEMORY_KIB,
    HASH_NICENESS,
    HASH_PASSES,
    HASH_REST_SECONDS,
    HASHES_AT_ONCE_MAX,
    SIGN_IN_RETRY_SECONDS_MAX,
    SIGN_IN_WAIT_SECONDS_MAX,
    SIGN_INS_WAITING_MAX,
)
from fullhouse.people.metrics import SignInMetrics

NOBODYS_HASH: Final = (
    f"$argon2id$v=19$m={HASH_MEMORY_KIB},t={HASH_PASSES},p=1$Tm9ib2R5J3Mgc2FsdCEhIQ${'A' * 43}"
)
"""Verified when nobody has the login, so that the answer takes as long; no password has it."""

T = TypeVar("T")
_SECONDS_GUESSED: Final = 0.05
_SMOOTHING: Final = 0.1
_argon2: Final = argon2.PasswordHasher(
    time_cost=HASH_PASSES, memory_cost=HASH_MEMORY_KIB, parallelism=1
)


class PasswordHasher:
    """Hashes and verifies in threads of low priority; one for a process.

    At most `HASHES_AT_ONCE_MAX` have a turn at once, `SIGN_INS_WAITING_MAX` wait for one, and who
    comes then is told when to come again: each a little later than the one before. `is_rush` says
    that customers book: then the next turn begins `HASH_REST_SECONDS` after the one before has
    ended. Priority alone is not enough, because the system weighs processes before threads.
    """

    def __init__(
        self, clock: Clock, metrics: SignInMetrics, *, is_rush: Callable[[], bool] = never
    ) -> None:
        self._is_rush = is_rush
        self._clock = clock
        self._metrics = metrics
        self._bulkhead = Bulkhead(HASHES_AT_ONCE_MAX, waiters_max=SIGN_INS_WAITING_MAX, clock=clock)
        self._threads = ThreadPoolExecutor(
            HASHES_AT_ONCE_MAX, thread_name_prefix="passwords", initializer=_lower_priority
        )
        self._turn_seconds = _SECONDS_GUESSED
        self._turned_away = 0.0
        self._turned_away_at = clock.monotonic()

    @asynccontextmanager
    async def turn(self, network: str = "") -> AsyncIterator[None]:
        """Hold a turn; what is looked up inside is as it is when the password is verified.

        Networks take turns, so one that sends thousands keeps no other waiting. Raises
        `SignInBusy`.
        """
        try:
            await self._bulkhead.acquire(SIGN_IN_WAIT_SECONDS_MAX, caller=network)
        except (Overloaded, DeadlineExceeded) as error:
            self._metrics.ended("busy")
            raise SignInBusy(retry_after_seconds=self._retry_after()) from error
        began = self._clock.monotonic()
        try:
            yield
        finally:
            rest = HASH_REST_SECONDS if self._is_rush() else 0.0
            if rest:
                asyncio.get_running_loop().call_later(rest, self._bulkhead.release)
            else:
                self._bulkhead.release()
            seconds = self._clock.monotonic() - began + rest
            self._turn_seconds += _SMOOTHING * (seconds - self._turn_seconds)

    async def hash(self, password: str) -> str:
        """The hash in PHC form, within a turn."""
        return await self._run(lambda: _argon2.hash(password))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password is the one of the hash, within a turn; without a hash it is not."""
        return await self._run(lambda: _verify(stored or NOBODYS_HASH, password))

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _retry_after(self) -> int:
        """After how many seconds those who were turned away before will have had their turn."""
        now, per_second = (
            self._clock.monotonic(),
            HASHES_AT_ONCE_MAX / max(self._turn_seconds, 1e-3),
        )
        served = (now - self._turned_away_at) * per_second
        self._turned_away = max(0.0, self._turned_away - served) + 1
        self._turned_away_at = now
        ahead = self._turned_away + self._bulkhead.statistics.waiting
        return min(1 + math.ceil(ahead / per_second), SIGN_IN_RETRY_SECONDS_MAX)


def needs_rehash(stored: str) -> bool:
    """Whether a hash was made with other parameters than those of now."""
    return _argon2.check_needs_rehash(stored)


def _verify(stored: str, password: str) -> bool:
    try:
        return _argon2.verify(stored, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


def _lower_priority() -> None:
    """Bookings go first: Linux takes a thread for a process here."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), HASH_NICENESS)
