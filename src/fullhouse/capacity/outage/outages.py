"""The outages that are played: what fails, in which way, and how it is made to."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from fullhouse.capacity.outage.environment import OutageEnvironment
from fullhouse.capacity.outage.line import FaultyLine, LineMode

Play = Callable[[OutageEnvironment, float], Awaitable[None]]
"""Let something fail for so many seconds; all is well again when it returns."""
_TURN_SECONDS: Final = 1.5


@dataclass(frozen=True, slots=True)
class Outage:
    """One row of the table.

    `way` is what messages go by: Make.com with the mail server behind it, the mail server alone, or
    that with an SMS beside each e-mail. By `program` it is events that go, to a program of the
    business.
    """

    service: str
    mode: str
    what: str
    play: Play
    way: str = "smtp"

    @property
    def name(self) -> str:
        return f"{self.service}-{self.mode}"


def _provider(service: str, mode: str, what: str, **figures: object) -> Outage:
    async def play(environment: OutageEnvironment, seconds: float) -> None:
        sandbox_mode = "lost" if mode == "lying" else mode
        await environment.providers.set(service, mode=sandbox_mode, **figures)
        await asyncio.sleep(seconds)
        await environment.providers.set(service, mode="ok")

    return Outage(service, mode, what, play, way=service)


def _line(service: str, mode: str, what: str, *, to: LineMode) -> Outage:
    async def play(environment: OutageEnvironment, seconds: float) -> None:
        line = _line_of(environment, service)
        await line.set(to)
        await asyncio.sleep(seconds)
        await line.set(LineMode.OPEN)

    return Outage(service, mode, what, play)


def _flapping(service: str) -> Outage:
    async def play(environment: OutageEnvironment, seconds: float) -> None:
        line = _line_of(environment, service)
        for _ in range(max(1, int(seconds / (2 * _TURN_SECONDS)))):
            await line.set(LineMode.REFUSED)
            await asyncio.sleep(_TURN_SECONDS)
            await line.set(LineMode.OPEN)
            await asyncio.sleep(_TURN_SECONDS)

    return Outage(service, "flapping", "refused and open in turns of 1.5 s", play)


async def _lying_program(environment: OutageEnvironment, seconds: float) -> None:
    await environment.providers.set("program", mode="ok", error_rate=0.5)
    await asyncio.sleep(seconds)
    await environment.providers.set("program", mode="ok")


async def _restart(environment: OutageEnvironment, seconds: float) -> None:
    server = environment.siege.server
    assert server is not None, "it has a database of its own"
    await asyncio.sleep(seconds / 2)
    await asyncio.to_thread(server.stop)
    await asyncio.to_thread(server.start)
    await asyncio.sleep(seconds / 2)


def _line_of(environment: OutageEnvironment, service: str) -> FaultyLine:
    line = environment.redis if service == "redis" else environment.database
    assert line is not None, "it is played only where there is one"
    return line


OUTAGES: Final[dict[str, Outage]] = {
    outage.name: outage
    for outage in (
        _provider("make", "down", "503 to all"),
        _provider("make", "slow", "answers after 5 s"),
        _provider("make", "flapping", "503 and well in turns", period_seconds=_TURN_SECONDS),
        _provider("make", "lying", "200, and nothing is delivered"),
        _provider("make", "doubled", "each is delivered twice, with one key"),
        _provider("make", "timeout_after_effect", "delivered, and never answered"),
        _provider("make", "reset", "connections are reset"),
        _provider("make", "queue_full", "400 Queue is full"),
        _provider("smtp", "down", "refuses all"),
        _provider("smtp", "slow", "answers after 5 s"),
        _provider("smtp", "flapping", "down and well in turns", period_seconds=_TURN_SECONDS),
        _provider("smtp", "doubled", "each is delivered twice, with one Message-ID"),
        _provider("smtp", "timeout_after_effect", "taken, and never answered"),
        _provider("smtp", "reset", "connections are reset"),
        _provider("sms", "down", "503 to all"),
        _provider("sms", "slow", "answers after 5 s"),
        _provider("sms", "flapping", "503 and well in turns", period_seconds=_TURN_SECONDS),
        _provider("sms", "doubled", "each is delivered twice, with one reference"),
        _provider("sms", "timeout_after_effect", "delivered, and never answered"),
        _provider("sms", "reset", "connections are reset"),
        _provider("program", "down", "503 to all"),
        _provider("program", "slow", "answers after 5 s"),
        _provider("program", "flapping", "503 and well in turns", period_seconds=_TURN_SECONDS),
        Outage("program", "lying", "500 to half of the calls", _lying_program, way="program"),
        _provider("program", "doubled", "each is taken twice, with one id"),
        _provider("program", "timeout_after_effect", "taken, and never answered"),
        _provider("program", "reset", "connections are reset"),
        _line("database", "paused", "nothing arrives, connections stay", to=LineMode.SILENT),
        _line("database", "down", "connections are refused", to=LineMode.REFUSED),
        _line("database", "slow", "each answer 0.3 s late", to=LineMode.SLOW),
        _flapping("database"),
        Outage("database", "restarted", "stopped and started", _restart),
        _line("redis", "down", "connections are refused", to=LineMode.REFUSED),
        _line("redis", "paused", "nothing arrives, connections stay", to=LineMode.SILENT),
        _line("redis", "slow", "each answer 0.3 s late", to=LineMode.SLOW),
        _flapping("redis"),
    )
}
