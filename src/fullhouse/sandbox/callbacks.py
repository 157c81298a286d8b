"""Webhooks that providers send: signed, and on demand lost, doubled, late or signed wrongly."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

import aiohttp

from fullhouse.kernel.clock import Clock
from fullhouse.sandbox.call_log import CallLog, FinishedCall
from fullhouse.sandbox.limits import (
    CALLBACK_ATTEMPTS,
    CALLBACK_PAUSE_SECONDS,
    CALLBACK_SECONDS_MAX,
    CALLBACKS_WAITING_MAX,
    DISORDER_SECONDS,
    LOGGED_CHARACTERS_MAX,
)
from fullhouse.sandbox.modes import Fault, Mode

Sign = Callable[[str, bytes], Mapping[str, str]]
"""The headers that sign a body with a secret."""

_COPIES: Final = {Mode.DOUBLED: 2, Mode.LOST: 0}


@dataclass(frozen=True, slots=True)
class Callback:
    """A webhook. Without a secret it is not signed; with one attempt it is not repeated."""

    url: str
    body: bytes
    secret: str
    sign: Sign
    headers: Mapping[str, str] = field(default_factory=dict)
    attempts: int = CALLBACK_ATTEMPTS
    count_header: str = ""
    """The header that counts the attempts after the first, if the provider has one."""
    on_success: Callable[[], None] = lambda: None
    """Called when it was answered with success."""


@dataclass(slots=True)
class Callbacks:
    """Sends webhooks, each in a task of its own.

    Only addresses of this machine are called unless `anywhere`: a client names some of them.
    """

    clock: Clock
    anywhere: bool = False
    _tasks: set[asyncio.Task[None]] = field(default_factory=set, init=False)
    _session: aiohttp.ClientSession | None = field(default=None, init=False)
    _is_odd: bool = field(default=False, init=False)

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=CALLBACK_SECONDS_MAX),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        if self._session is not None:
            await self._session.close()

    def send(self, callback: Callback, fault: Fault, log: CallLog) -> None:
        """Send it in the background as the fault has it; what became of it stands in the log."""
        if not callback.url:
            return
        for _ in range(_COPIES.get(fault.mode, 1)):
            self.run(self._deliver(callback, fault, log, after=self._delay(fault)))

    def run(self, work: "asyncio._CoroutineLike[None]") -> None:
        """Run something in the background until the sandbox stops; dropped when too many wait."""
        if len(self._tasks) >= CALLBACKS_WAITING_MAX:
            if asyncio.iscoroutine(work):
                work.close()
            return
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _delay(self, fault: Fault) -> float:
        """In disorder every other webhook waits until the next has overtaken it."""
        if fault.mode is not Mode.DISORDERED:
            return 0.0
        self._is_odd = not self._is_odd
        return DISORDER_SECONDS if self._is_odd else 0.0

    async def _deliver(
        self, callback: Callback, fault: Fault, log: CallLog, *, after: float
    ) -> None:
        """Try until it is answered with success, or attempts run out."""
        await asyncio.sleep(after)
        pause = CALLBACK_PAUSE_SECONDS
        for attempt in range(callback.attempts):
            if attempt:
                await asyncio.sleep(pause)
                pause *= 2
            status, _ = await self.attempt(callback, fault, log, number=attempt)
            if status is not None and 200 <= status < 300:  # noqa: PLR2004
                callback.on_success()
                return

    async def attempt(
        self, callback: Callback, fault: Fault, log: CallLog, *, number: int = 0
    ) -> tuple[int | None, str]:
        """Send it once: the status and the beginning of the answer, None without one."""
        is_wrong = fault.mode is Mode.WRONG_SIGNATURE
        secret = f"{callback.secret}-of-somebody-else" if is_wrong else callback.secret
        signed = callback.sign(secret, callback.body) if callback.secret else {}
        counted = {callback.count_header: str(number)} if callback.count_header and number else {}
        headers = {"Content-Type": "application/json", **callback.headers, **counted, **signed}
        started = self.clock.monotonic()
        status, answer = await self._post(callback, headers)
        log.add(
            FinishedCall(
                direction="out",
                method="POST",
                path=callback.url.partition("?")[0],  # a query may be a secret
                headers=headers,
                body=callback.body.decode(errors="replace"),
                status=status,
                answer=answer,
                fault=fault.name,
                milliseconds=int(1000 * (self.clock.monotonic() - started)),
            )
        )
        return status, answer

    async def _post(self, callback: Callback, headers: Mapping[str, str]) -> tuple[int | None, str]:
        """The status and the beginning of the answer; None and the reason without one."""
        if not self.anywhere and not _is_of_this_machine(callback.url):
            return None, "Not sent: only addresses of this machine are called."
        assert self._session is not None, "callbacks are sent while the sandbox runs"
        try:
            async with self._session.post(
                callback.url, data=callback.body, headers=headers, allow_redirects=False
            ) as response:
                content = await response.content.read(LOGGED_CHARACTERS_MAX)
                return response.status, content.decode(errors="replace")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return None, type(error).__name__


def _is_of_this_machine(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
