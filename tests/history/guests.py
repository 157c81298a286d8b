"""Guests who book, cancel and undo over HTTP, note each answer, and ask again when in doubt."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from random import Random
from typing import Final
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import aiohttp
import msgspec
from tests.history.records import Call, Outcome

from fullhouse.kernel.clock import SystemClock

ANSWER_SECONDS: Final = 20.0
PATIENCE_SECONDS: Final = 60.0
PAUSE_SECONDS: Final = 0.25
_MONOTONIC: Final = SystemClock().monotonic


class _Answer(msgspec.Struct):
    ref: str = ""
    code: str = ""
    manage_url: str = ""


@dataclass(slots=True)
class Guests:
    """Makes calls at `url` on the slots given, one request a customer, and keeps their history."""

    url: str
    org: str
    slots: Sequence[UUID]
    random: Random
    name: str = "guest"
    calls: list[Call] = field(default_factory=list)

    async def keep_booking(self, count: int, until: asyncio.Event) -> None:
        """`count` guests at a time, each a new one, until told to stop; all calls end first."""
        async with (
            aiohttp.ClientSession(
                self.url, timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS)
            ) as session,
            asyncio.TaskGroup() as group,
        ):
            for _ in range(count):
                group.create_task(self._one_after_the_other(session, until))

    async def _one_after_the_other(
        self, session: aiohttp.ClientSession, until: asyncio.Event
    ) -> None:
        while not until.is_set():
            await self.visit(session)
            await asyncio.sleep(self.random.uniform(0.0, 0.3))

    async def visit(self, session: aiohttp.ClientSession) -> None:
        """One customer's request; one in four thinks better of it."""
        party = self.random.randint(1, 4)
        customer = f"{self.name}-{len(self.calls)}@example.org"
        call = Call("book", customer, self.random.choice(self.slots), party, _MONOTONIC())
        self.calls.append(call)
        body = {
            "slot": str(call.slot),
            "party": party,
            "customer": {"name": "Ada Lovelace", "email": customer},
        }
        answer = await self._ask(session, call, "bookings", body, {})
        if call.outcome == "ok" and self.random.random() < 0.25:
            await self._cancel(session, call, answer)

    async def _cancel(self, session: aiohttp.ClientSession, booked: Call, answer: _Answer) -> None:
        call = Call("cancel", booked.customer, booked.slot, booked.party, _MONOTONIC())
        call.ref = booked.ref
        self.calls.append(call)
        query = {"token": parse_qs(urlsplit(answer.manage_url).query)["t"][0]}
        await self._ask(session, call, f"bookings/{booked.ref}/cancel", None, query)
        if call.outcome == "ok" and self.random.random() < 0.5:
            undo = replace(call, act="undo", began=_MONOTONIC(), first_outcome="unknown")
            self.calls.append(undo)
            await self._ask(session, undo, f"bookings/{booked.ref}/undo", None, query)

    async def _ask(
        self,
        session: aiohttp.ClientSession,
        call: Call,
        what: str,
        body: dict[str, object] | None,
        query: dict[str, str],
    ) -> _Answer:
        """Ask until it is known what came of it, always with the same key."""
        key = f"{call.act}-{call.customer}"
        call.refs = set()
        first = True
        while True:
            outcome, answer = await _answer_of(
                session, f"/api/v1/{self.org}/{what}", body, query, key
            )
            call.outcome, call.code, call.ended = outcome, answer.code, _MONOTONIC()
            if answer.ref:
                call.ref = answer.ref
                call.refs.add(answer.ref)
            if first:
                call.first_outcome, first = outcome, False
            if outcome != "unknown" or call.seconds > PATIENCE_SECONDS:
                return answer
            await asyncio.sleep(PAUSE_SECONDS)


async def _answer_of(
    session: aiohttp.ClientSession,
    path: str,
    body: dict[str, object] | None,
    query: dict[str, str],
    key: str,
) -> tuple[Outcome, _Answer]:
    """One sending. Only a 2xx is ok and only a 4xx is fail; all else says nothing."""
    headers = {"Idempotency-Key": key}
    try:
        async with session.post(path, json=body, params=query, headers=headers) as response:
            answer = msgspec.json.decode(await response.read(), type=_Answer)
            status = response.status
    except (aiohttp.ClientError, TimeoutError, msgspec.DecodeError) as error:
        return "unknown", _Answer(code=type(error).__name__)
    if status < HTTPStatus.BAD_REQUEST:
        return "ok", answer
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "unknown", answer
    return "fail", answer
