"""Play each outage in its turn while guests book, and look at the books when it is over."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

from fullhouse.capacity.limits import OUTAGE_SETTLE_SECONDS_MAX
from fullhouse.capacity.load.target import LoadTarget
from fullhouse.capacity.outage.environment import OutageEnvironment
from fullhouse.capacity.outage.outages import Outage
from fullhouse.capacity.outage.report import HEADINGS, OutageReport, OutageResult
from fullhouse.capacity.outage.steady import SteadyGuests
from fullhouse.kernel.ids import RandomIds

_POLL_SECONDS: Final = 0.5
_SLOTS_MAX: Final = 400
_BEFORE_SECONDS: Final = 1.0
_AFTER_SECONDS: Final = 1.0
_USUAL_SETTLE_SECONDS: Final = 25.0


@dataclass(slots=True)
class OutageRun:
    """One run on one installation."""

    environment: OutageEnvironment
    outages: Sequence[Outage]
    seconds: float
    broken_rules: Callable[[str], Awaitable[list[str]]]
    on_step: Callable[[str, float], None]
    _slots: list[str] = field(default_factory=list)

    async def run(self) -> OutageReport:
        environment = self.environment
        clock = environment.siege.clock
        target = LoadTarget(
            environment.url, environment.tenant.org, environment.tenant.museum, clock,
            RandomIds(clock),
        )  # fmt: skip
        self._slots = [slot.id for slot in await target.open_slots()][:_SLOTS_MAX]
        playable = [one for one in self.outages if one.service != "redis" or environment.redis]
        rows = []
        for number, outage in enumerate(playable):
            each = self.seconds + _BEFORE_SECONDS + _AFTER_SECONDS + _USUAL_SETTLE_SECONDS
            self.on_step(f"{outage.name}: {outage.what}", each * (len(playable) - number))
            rows.append(await self._play(outage, number))
            told = ", ".join(map(" ".join, zip(HEADINGS, rows[-1].cells, strict=True)))
            self.on_step(f"{outage.name} is over: {told}", 0.0)
        self.on_step("checking the data", 0.0)
        broken = await self.broken_rules(environment.siege.url)
        left = [one.name for one in self.outages if one not in playable]
        return OutageReport(self.seconds, rows, left, broken)

    async def _play(self, outage: Outage, number: int) -> OutageResult:
        environment, siege = self.environment, self.environment.siege
        await environment.close_circuits()
        await environment.send_by(outage.way)
        await environment.providers.forget()
        stored, calls = await siege.bookings_stored(), await environment.providers.calls()
        guests = SteadyGuests(
            environment.url,
            environment.tenant.org,
            self._slots,
            RandomIds(siege.clock),
            Random(number),  # noqa: S311 - a replayable draw, not a secret
        )
        booking = asyncio.create_task(
            guests.book(outage.name, self.seconds + _BEFORE_SECONDS + _AFTER_SECONDS)
        )
        await asyncio.sleep(_BEFORE_SECONDS)
        await outage.play(environment, self.seconds)
        ended = siege.clock.monotonic()
        await booking
        settled = await self._settled(outage, guests, since=ended)
        counts = await self._counts(outage, guests)
        called = (await environment.providers.calls())[outage.way]
        return OutageResult(
            outage.name,
            outage.what,
            acknowledged=len(guests.acknowledged),
            stored=await siege.bookings_stored() - stored,
            unanswered=len(guests.unanswered),
            heard=sum(set(one) == {1} for one in counts),
            lost=sum(0 in one for one in counts),
            doubled=sum(max(one) > 1 for one in counts),
            calls=max(0, called - calls[outage.way]),
            waited_seconds_max=guests.waited_seconds_max,
            settled_seconds=settled,
        )

    async def _settled(self, outage: Outage, guests: SteadyGuests, *, since: float) -> float | None:
        """The seconds until all were told and nothing is left, or None."""
        clock = self.environment.siege.clock
        while clock.monotonic() < since + OUTAGE_SETTLE_SECONDS_MAX:
            if outage.way == "program":
                await self.environment.hurry_webhooks()
            is_told = all(map(all, await self._counts(outage, guests)))
            if is_told and not await self.environment.siege.work_left():
                return clock.monotonic() - since
            await asyncio.sleep(_POLL_SECONDS)
        return None

    async def _counts(self, outage: Outage, guests: SteadyGuests) -> list[Sequence[int]]:
        """How many messages each guest has got: by e-mail, and where an SMS is due, by phone.

        Of a program, how many events of each booking.
        """
        heard = await self.environment.providers.heard()
        if outage.way == "program":
            return [[heard[guest.ref]] for guest in guests.acknowledged]
        ways = 2 if outage.way == "sms" else 1
        return [[heard[name] for name in guest[:ways]] for guest in guests.acknowledged]
