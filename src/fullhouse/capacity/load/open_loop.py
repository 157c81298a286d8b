"""The open-loop generator: requests start at planned instants, however slow the answers are.

Each request is a task, and its latency counts from its planned instant, whether or not generator
and server kept up. Slow answers therefore delay no other request and cannot hide (the mistake that
Gil Tene named coordinated omission). On loopback each session has its own source address; where
a machine has only one, the X-Forwarded-For header carries it to a server that trusts loopback.
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

from fullhouse.capacity.limits import (
    LOAD_ANSWER_SECONDS_MAX,
    LOAD_CONNECTIONS_MAX,
    LOAD_REQUESTS_MAX,
    LOAD_SECONDS_MAX,
)
from fullhouse.capacity.load.outcomes import OutcomeKind, RequestOutcome
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import InvalidInput

SOURCE_ADDRESSES_MAX = 200
_REFUSAL_STATUSES = frozenset({HTTPStatus.CONFLICT, HTTPStatus.GONE})


class ProgressCallback(Protocol):
    """Receives the number of requests answered so far."""

    def __call__(self, answered: int, /) -> None: ...


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """One request, `at` seconds after the start."""

    at: float
    path: str
    body: bytes
    headers: Mapping[str, str]


def require_allowed_host(url: str, *, owned: bool) -> None:
    """Raise `InvalidInput` for an invalid URL, and for another machine unless it is `owned`."""
    if not is_http_url(url):
        raise InvalidInput(f"{url} is no address like http://127.0.0.1:8400", field="url")
    if not owned and not is_this_machine(url):
        detail = f"{url} is another machine: say --i-own-this-host when it is yours"
        raise InvalidInput(detail, field="url")


def is_http_url(url: str) -> bool:
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


async def run_load(
    url: str,
    requests: Sequence[PlannedRequest],
    *,
    clock: Clock,
    on_progress: ProgressCallback = lambda _answered: None,
) -> list[RequestOutcome]:
    """Send each request at its instant; returns the outcomes in the order of the requests.

    Raises `InvalidInput` beyond the limits on count and time.
    """
    if len(requests) > LOAD_REQUESTS_MAX or max(one.at for one in requests) > LOAD_SECONDS_MAX:
        detail = f"At most {LOAD_REQUESTS_MAX} requests within {LOAD_SECONDS_MAX} s"
        raise InvalidInput(detail, field="scenario")
    async with AsyncExitStack() as stack:
        sessions = [
            await stack.enter_async_context(_session(url, address))
            for address in _addresses(min(len(requests), SOURCE_ADDRESSES_MAX))
        ]
        run = _Run(sessions, clock, clock.monotonic(), on_progress=on_progress)
        return await run.send_all(requests)


@dataclass(slots=True)
class _Run:
    sessions: Sequence[aiohttp.ClientSession]
    clock: Clock
    started: float
    on_progress: ProgressCallback
    answered: int = 0

    async def send_all(self, requests: Sequence[PlannedRequest]) -> list[RequestOutcome]:
        order = sorted(range(len(requests)), key=lambda number: requests[number].at)
        tasks: dict[int, asyncio.Task[RequestOutcome]] = {}
        async with asyncio.TaskGroup() as group:
            for number in order:
                wait_seconds = self.started + requests[number].at - self.clock.monotonic()
                if wait_seconds > 0:
                    await asyncio.sleep(wait_seconds)
                session = self.sessions[number % len(self.sessions)]
                tasks[number] = group.create_task(self._send(session, requests[number]))
        return [tasks[number].result() for number in range(len(requests))]

    async def _send(
        self, session: aiohttp.ClientSession, request: PlannedRequest
    ) -> RequestOutcome:
        kind: OutcomeKind = "error"
        alternatives = 0
        try:
            async with asyncio.timeout(self._seconds_left(request)):
                sending = session.post(request.path, data=request.body, headers=request.headers)
                async with sending as response:
                    body = await response.read()
            kind, code, alternatives = _classify(response.status, body)
        except TimeoutError:
            kind, code = "timeout", "timeout"
        except aiohttp.ClientError as error:
            code = type(error).__name__
        self.answered += 1
        self.on_progress(self.answered)
        ended = self.clock.monotonic() - self.started
        return RequestOutcome(request.at, ended, kind, code, alternatives)

    def _seconds_left(self, request: PlannedRequest) -> float:
        """Seconds until the customer gives up, counted from the planned instant."""
        return self.started + request.at + LOAD_ANSWER_SECONDS_MAX - self.clock.monotonic()


class _Problem(msgspec.Struct):
    code: str = "problem"
    alternatives: list[msgspec.Raw] = []


def _classify(status: int, body: bytes) -> tuple[OutcomeKind, str, int]:
    if status < HTTPStatus.BAD_REQUEST:
        return "success", HTTPStatus(status).phrase.lower(), 0
    try:
        problem = msgspec.json.decode(body, type=_Problem)
    except msgspec.DecodeError:
        return "error", f"status {status}", 0
    kind: OutcomeKind = "refusal" if status in _REFUSAL_STATUSES else "error"
    return kind, problem.code, len(problem.alternatives)


def _session(url: str, address: str) -> aiohttp.ClientSession:
    """A session with `address` as source, on systems that route all of 127/8, as Linux does."""
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
