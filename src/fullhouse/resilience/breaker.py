"""Circuit breaker: refuse calls to a service that fails, and probe whether it works again.

After Nygard, Release It!, 2nd edition, §5.2. A closed circuit counts what calls come to and opens
when too many fail or are slow. An open one refuses calls at once. When its time is over one call,
of all processes, probes: its success closes the circuit, its failure opens it again.
"""

import math
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from fullhouse.concurrency.completion import run_to_completion
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import ServiceUnavailable, TransientError
from fullhouse.resilience.call_window import CallWindow
from fullhouse.resilience.circuits import Circuit, Circuits
from fullhouse.resilience.limits import (
    BREAKER_CALLS_MIN,
    BREAKER_FAILURES_MAX,
    BREAKER_OPEN_SECONDS,
    BREAKER_RATE_MAX,
    BREAKER_SLOW_SECONDS,
    BREAKER_WINDOW_SECONDS,
    PROBE_SECONDS_MAX,
)
from fullhouse.storage.errors import OutcomeUnknown
from fullhouse.telemetry.log import get_logger

T = TypeVar("T")
_LOG: Final = get_logger("circuit")
_RECOVERED: Final = "A call succeeded again."


def ignore_change(_circuit: Circuit) -> None:
    """For breakers that nobody watches."""


class BreakerPolicy(Struct, frozen=True):
    """When a circuit opens, and for how long.

    It opens at `failures_max` failures within `window_seconds`; and when of at least `calls_min`
    calls in that time a share of `rate_max` failed, or took `slow_seconds` or longer. After
    `open_seconds` one call probes; when it has not ended `probe_seconds` later, another may.
    """

    failures_max: int = BREAKER_FAILURES_MAX
    window_seconds: float = BREAKER_WINDOW_SECONDS
    calls_min: int = BREAKER_CALLS_MIN
    rate_max: float = BREAKER_RATE_MAX
    slow_seconds: float = BREAKER_SLOW_SECONDS
    open_seconds: float = BREAKER_OPEN_SECONDS
    probe_seconds: float = PROBE_SECONDS_MAX


class _Permit:
    """Lets a call through. What the call comes to counts as long as this is the valid permit."""

    __slots__ = ()


class CircuitBreaker:
    """The circuit of one service as this process sees it; `circuits` shares it with the others.

    When they cannot be reached, this process decides for itself and tells them later.
    """

    def __init__(
        self,
        name: str,
        circuits: Circuits,
        clock: Clock,
        *,
        policy: BreakerPolicy | None = None,
        on_change: Callable[[Circuit], None] = ignore_change,
    ) -> None:
        self.name = name
        self.policy = policy or BreakerPolicy()
        self._circuits = circuits
        self._monotonic = clock.monotonic
        self._slow_seconds = self.policy.slow_seconds
        self._on_change = on_change
        self._is_unpublished = False
        self._probe: _Permit | None
        self._apply(Circuit(name))

    @property
    def circuit(self) -> Circuit:
        """The state now."""
        held = max(0.0, self._held_until - self._monotonic())
        return msgspec.structs.replace(self._circuit, hold_seconds=held)

    @property
    def is_open(self) -> bool:
        return self._circuit.is_open

    def is_held(self) -> bool:
        """Whether a call now would be refused for sure: not even a probe is due."""
        return self._circuit.is_open and self._monotonic() < self._held_until

    async def call(
        self, work: Callable[[], Awaitable[T]], is_failure: Callable[[Exception], bool]
    ) -> T:
        """Await `work()`; raises `ServiceUnavailable` without it while the circuit is open.

        `is_failure` says of an error whether it is the service's: that a request was wrong is not.
        A cancelled call says nothing about the service.
        """
        permit = self._permit or await self._lease_probe()
        began = self._monotonic()
        try:
            result = await work()
        except Exception as error:
            if change := self._judge(permit, began, failed=is_failure(error)):
                await self._change(change)
            raise
        except BaseException:
            if permit is self._probe:
                await run_to_completion(self._give_probe_back())
            raise
        if change := self._judge(permit, began):
            await self._change(change)
        return result

    def adopt(self, circuit: Circuit) -> None:
        """Take over what another process has made of the circuit, unless this one knows better."""
        if circuit.generation > self._circuit.generation:
            self._is_unpublished = False
            self._apply(circuit)

    async def publish(self) -> None:
        """Tell the others what they could not be told when it happened."""
        if self._is_unpublished:
            self._circuit = self.circuit
            await self._share(self._circuit)

    def _judge(self, permit: _Permit, began: float, *, failed: bool = False) -> Circuit | None:
        """Count a call that has ended; what becomes of the circuit, None for no change."""
        now = self._monotonic()
        slow = now - began >= self._slow_seconds
        if permit is self._permit:
            window = self._window
            window.add(now)
            if failed:
                window.add_failed(now)
            elif slow:
                window.add_slow()
            if not (window.failed or window.slow) or now < self._held_until:
                return None
            reason = self._reason_to_open(now)
            return self._opened(reason) if reason else None
        if permit is not self._probe:
            return None
        return self._opened(self._circuit.reason) if failed or slow else self._closed()

    def _reason_to_open(self, now: float) -> str:
        policy, window = self.policy, self._window
        if window.has_failed_too_often(now):
            return f"{policy.failures_max} calls failed within {policy.window_seconds:.0f} s."
        if window.calls < policy.calls_min:
            return ""
        if window.failed >= policy.rate_max * window.calls:
            return f"{window.failed} of {window.calls} calls failed."
        if window.slow >= policy.rate_max * window.calls:
            return (
                f"{window.slow} of {window.calls} calls took {policy.slow_seconds:.0f} s or longer."
            )
        return ""

    async def _lease_probe(self) -> _Permit:
        leased = self._opened(self._circuit.reason, hold_seconds=self.policy.probe_seconds)
        if self.is_held() or not await self._change(leased):
            seconds = max(1, math.ceil(self._held_until - self._monotonic()))
            raise ServiceUnavailable(service=self.name, retry_after_seconds=seconds)
        self._probe = _Permit()
        return self._probe

    async def _give_probe_back(self) -> None:
        await self._change(self._opened(self._circuit.reason, hold_seconds=0.0))

    def _opened(self, reason: str, *, hold_seconds: float | None = None) -> Circuit:
        held = self.policy.open_seconds if hold_seconds is None else hold_seconds
        return msgspec.structs.replace(
            self._circuit, is_open=True, hold_seconds=held, reason=reason
        )

    def _closed(self) -> Circuit:
        return Circuit(self.name, self._circuit.generation, reason=_RECOVERED)

    async def _change(self, circuit: Circuit) -> bool:
        """Change the circuit here at once, then for all; False when another was faster."""
        self._apply(circuit)
        return await self._share(circuit)

    async def _share(self, circuit: Circuit) -> bool:
        try:
            stored = await self._circuits.change(circuit)
            if stored is None:
                await self._read()
        except (TransientError, OutcomeUnknown) as error:
            _LOG.warning("circuit.not_shared", service=self.name, error=error)
            self._is_unpublished = self._circuit is circuit
            return self._is_unpublished
        self._is_unpublished = False
        if stored is None:
            return False
        if self._circuit is circuit:
            self._circuit = stored
        return self._circuit.generation == stored.generation

    async def _read(self) -> None:
        for circuit in await self._circuits.read():
            if circuit.name == self.name:
                self.adopt(circuit)

    def _apply(self, circuit: Circuit) -> None:
        """Calls under way under an earlier permit change nothing any more."""
        self._circuit = circuit
        self._held_until = self._monotonic() + circuit.hold_seconds
        self._window = CallWindow(self.policy.window_seconds, self.policy.failures_max)
        self._permit = None if circuit.is_open else _Permit()
        self._probe = None
        self._on_change(circuit)
