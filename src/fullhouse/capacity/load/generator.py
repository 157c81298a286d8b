"""The open generator: customers come when they come, however slow the answers are.

Each is a task started at its intended instant, and its latency counts from that instant, whether
or not the generator or the server kept up: nothing is left out because it was slow (the mistake
that Gil Tene named coordinated omission). On loopback each visitor has an address of its own, as in
life; where a machine has only one, the forwarded header says it to a server that trusts loopback.
"""

import asyncio
import ipaddress
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol
from urllib.parse import urlsplit

import aiohttp
import msgspec

from fullhouse.capacity.load.answers import Answer, Verdict
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.limits import (
    LOAD_ANSWER_SECONDS_MAX,
    LOAD_CONNECTIONS_MAX,
    LOAD_REQUESTS_MAX,
    LOAD_SECONDS_MAX,
)

VISITOR_ADDRESSES_MAX = 200
_POLITE = frozenset({HTTPStatus.CONFLICT, HTTPStatus.GONE})


class Told(Protocol):
    """Hears how many arrivals have been answered, for a progress bar."""

    def __call__(self, answered: int, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Shot:
    """One request, `at` seconds after the start."""

    at: float
    path: str
    body: bytes
    headers: Mapping[str, str]


def be_careful(url: str, *, mine: bool) -> None:
    """Refuse what is no address, and any host but this machine unless it is `mine`.

    Raises `InvalidInput`.
    """
    if not is_address(url):
        raise InvalidInput(f"{url} is no address like http://127.0.0.1:8400", field="url")
    if not mine and not is_this_machine(url):
        detail = f"{url} is another machine: say --i-own-this-host when it is yours"
        raise InvalidInput(detail, field="url")


def is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port beyond 65535, a bracket left open
        return False


def is_this_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def fire(
    url: str,
    shots: Sequence[Shot],
    *,
    clock: Clock,
    answered: Told = lambda _answered: None,
) -> list[Answer]:
    """Send every shot at its instant; the answers in the order of the shots.

    Raises `InvalidInput` beyond the limits on count and time.
    """
    if len(shots) > LOAD_REQUESTS_MAX or max(s.at for s in shots) > LOAD_SECONDS_MAX:
        detail = f"At most {LOAD_REQUESTS_MAX} requests within {LOAD_SECONDS_MAX} s"
        raise InvalidInput(detail, field="scenario")
    async with AsyncExitStack() as stack:
        visitors = [
            await stack.enter_async_context(_visitor(url, address))
            for address in _addresses(min(len(shots), VISITOR_ADDRESSES_MAX))
        ]
        run = _Run(visitors=visitors, clock=clock, began=clock.monotonic(), answered=answered)
        return await run.all(shots)


@dataclass(slots=True)
class _Run:
    visitors: Sequence[aiohttp.ClientSession]
    clock: Clock
    began: float
    answered: Told
    count: int = 0

    async def all(self, shots: Sequence[Shot]) -> list[Answer]:
        order = sorted(range(len(shots)), key=lambda number: shots[number].at)
        tasks: dict[int, asyncio.Task[Answer]] = {}
        async with asyncio.TaskGroup() as group:
            for number in order:
                wait_seconds = self.began + shots[number].at - self.clock.monotonic()
                if wait_seconds > 0:
                    await asyncio.sleep(wait_seconds)
                visitor = self.visitors[number % len(self.visitors)]
                tasks[number] = group.create_task(self._one(visitor, shots[number]))
        return [tasks[number].result() for number in range(len(shots))]

    async def _one(self, visitor: aiohttp.ClientSession, shot: Shot) -> Answer:
        verdict: Verdict = "error"
        alternatives = 0
        try:
            async with asyncio.timeout(self._left(shot)):
                async with visitor.post(shot.path, data=shot.body, headers=shot.headers) as answer:
                    body = await answer.read()
            verdict, code, alternatives = _judge(answer.status, body)
        except TimeoutError:
            verdict, code = "timeout", "timeout"
        except aiohttp.ClientError as error:
            code = type(error).__name__
        self.count += 1
        self.answered(self.count)
        ended = self.clock.monotonic() - self.began
        return Answer(shot.at, ended, verdict, code, alternatives)

    def _left(self, shot: Shot) -> float:
        """Seconds until the customer gives up: counted from when they came."""
        return self.began + shot.at + LOAD_ANSWER_SECONDS_MAX - self.clock.monotonic()


class _Problem(msgspec.Struct):
    code: str = "problem"
    alternatives: list[msgspec.Raw] = []


def _judge(status: int, body: bytes) -> tuple[Verdict, str, int]:
    if status < HTTPStatus.BAD_REQUEST:
        return "success", HTTPStatus(status).phrase.lower(), 0
    try:
        problem = msgspec.json.decode(body, type=_Problem)
    except msgspec.DecodeError:
        return "error", f"status {status}", 0
    verdict: Verdict = "refusal" if status in _POLITE else "error"
    return verdict, problem.code, len(problem.alternatives)


def _visitor(url: str, address: str) -> aiohttp.ClientSession:
    """A session that comes from `address` where the system has all of 127/8, as Linux does."""
    local = is_this_machine(url)
    own = local and sys.platform == "linux"
    return aiohttp.ClientSession(
        base_url=url,
        connector=aiohttp.TCPConnector(
            limit=LOAD_CONNECTIONS_MAX, local_addr=(address, 0) if own else None
        ),
        timeout=aiohttp.ClientTimeout(total=None),
        headers={"X-Forwarded-For": address} if local else {},
        cookie_jar=aiohttp.DummyCookieJar(),
    )


def _addresses(count: int) -> list[str]:
    first = ipaddress.IPv4Address("127.0.1.1")
    return [str(first + number) for number in range(count)]
