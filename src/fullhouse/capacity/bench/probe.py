"""A monitor's probes of `/livez`: a new connection each, as those of platforms are."""

import asyncio
from typing import Final

import msgspec

from fullhouse.kernel.clock import Clock
from fullhouse.numerics.quantiles import quantile

_INTERVAL_SECONDS: Final = 0.05
_ANSWER_SECONDS_MAX: Final = 2.0


class ProbeResult(msgspec.Struct, frozen=True):
    """Latencies of the probes in milliseconds; one without an answer counts as the longest."""

    sent: int
    unanswered: int
    p99_ms: float


async def probe_livez(host: str, port: int, *, seconds: float, clock: Clock) -> ProbeResult:
    """Ask every 50 ms, whether or not the probes before were answered."""
    started = clock.monotonic()
    async with asyncio.TaskGroup() as group:
        tasks = []
        for number in range(int(seconds / _INTERVAL_SECONDS)):
            due = started + number * _INTERVAL_SECONDS
            await asyncio.sleep(max(0.0, due - clock.monotonic()))
            tasks.append(group.create_task(_latency(host, port, due=due, clock=clock)))
    latencies = [task.result() for task in tasks]
    answered = [latency for latency in latencies if latency is not None]
    unanswered = len(latencies) - len(answered)
    ordered = sorted([*answered, *[_ANSWER_SECONDS_MAX] * unanswered])
    return ProbeResult(len(latencies), unanswered, quantile(ordered, 0.99) * 1000)


async def _latency(host: str, port: int, *, due: float, clock: Clock) -> float | None:
    try:
        async with asyncio.timeout(_ANSWER_SECONDS_MAX):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(f"GET /livez HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
                status = await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return None
    return clock.monotonic() - due if b" 200 " in status else None
