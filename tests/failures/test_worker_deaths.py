"""Workers killed, stopped, or without a mail server: no mail is lost, none is doubled."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
import uvloop
from tests.builders.business import (
    Business,
    a_booking_of,
    a_guest,
    a_member_of_staff,
    commit,
)
from tests.builders.forked import ForkedProcess
from tests.builders.mail_server import Postmaster, a_mail_server
from tests.builders.promises import JOB_TAKEN_UP_SECONDS_MAX

from fullhouse.bootstrap.application import Application
from fullhouse.entrypoints.worker import run_worker
from fullhouse.people.model import VenueId
from fullhouse.processes.parent_line import ParentLine
from fullhouse.resilience.limits import BREAKER_FAILURES_MAX
from fullhouse.scheduling.actions.close_venue import NewClosure
from fullhouse.scheduling.model.closure_notices import ClosureRemedy
from fullhouse.scheduling.model.wall_time import wall_at
from fullhouse.settings import Settings


def work(database_url: str, smtp_url: str) -> None:
    """A worker process."""
    os.environ.update(FULLHOUSE_DATABASE_URL=database_url, FULLHOUSE_SMTP_URL=smtp_url)
    uvloop.run(run_worker(Settings(), ParentLine(is_supervised=False)))


@dataclass(slots=True)
class Site:
    """An application that takes bookings, and worker processes that send its mails."""

    app: Application
    business: Business
    url: str
    postmaster: Postmaster

    @asynccontextmanager
    async def a_worker(self) -> AsyncIterator[ForkedProcess]:
        process = ForkedProcess(work, self.url, self.postmaster.url)
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def book(self, count: int, *, first: int = 0) -> None:
        """Make `count` bookings of different customers on one slot."""
        slot = await self.business.a_slot(capacity=count * 2, starts_in=_week_after(first))
        for number in range(first, first + count):
            await self.app.booking.place_booking(
                self.business.org_id, a_booking_of(slot, name=f"Guest {number}"), context=a_guest()
            )

    async def close(self, remedy: ClosureRemedy, *, first: int = 0) -> None:
        """Close the hour of the slots that were booked, and let the guests be told at once."""
        starts_at = wall_at(self.app.clock.now() + _week_after(first), ZoneInfo(self.business.zone))
        hour = NewClosure(starts_at, starts_at + timedelta(hours=1), "Thunderstorm", tell=remedy)
        venue_id = VenueId(self.business.offering.venue_id)
        await commit(
            self.app,
            self.app.scheduling.close_venue,
            self.business.org_id,
            venue_id,
            hour,
            context=a_member_of_staff(),
        )
        async with self.app.database.unrestricted.transaction() as session:
            await session.connection.execute(
                "UPDATE effect SET due_at = now() WHERE kind = 'closure_notice' AND due_at > now()"
            )

    async def notices_due(self) -> int:
        async with self.app.database.unrestricted.session() as session:
            return int(
                await session.connection.fetchval(
                    "SELECT count(*) FROM closure_notice WHERE status IN ('due', 'claimed')"
                )
            )

    async def completed(self) -> int:
        async with self.app.database.unrestricted.session() as session:
            return int(
                await session.connection.fetchval(
                    "SELECT count(*) FROM effect WHERE status = 'completed' AND kind = 'message'"
                )
            )

    async def until(self, true: Callable[[], bool], *, seconds: float = 40) -> None:
        async with asyncio.timeout(seconds):
            while not true():  # noqa: ASYNC110 - other processes make it true
                await asyncio.sleep(0.05)

    async def until_completed(self, count: int) -> None:
        async with asyncio.timeout(45):
            while await self.completed() < count:  # noqa: ASYNC110 - other processes complete
                await asyncio.sleep(0.05)

    def took_more_than(self, count: int) -> Callable[[], bool]:
        return lambda: len(self.postmaster.taken) > count

    def recipients(self) -> list[str]:
        return sorted(str(mail["To"]) for mail in self.postmaster.taken)


def _week_after(first: int) -> timedelta:
    return timedelta(days=7, hours=first)


@pytest.fixture
async def site(app: Application, business: Business, database_url: str) -> AsyncIterator[Site]:
    async with a_mail_server(Postmaster()) as postmaster:
        yield Site(app, business, database_url, postmaster)


@pytest.mark.timeout(300)
async def test_random_kills_of_workers_lose_no_mail_and_repeat_only_those_in_hand(
    site: Site,
) -> None:
    random = Random(2027)  # noqa: S311 - the same moments in every run
    kills = 5
    for round_number in range(kills):
        async with site.a_worker() as worker:
            await site.book(10, first=round_number * 10)
            await site.until(site.took_more_than(round_number * 5))
            await asyncio.sleep(random.uniform(0, 0.1))
            worker.send_signal(signal.SIGKILL)
    async with site.a_worker():
        await site.until_completed(kills * 10)
    assert len(set(site.recipients())) == kills * 10, "an e-mail was lost"
    doubled = len(site.postmaster.taken) - len(set(site.postmaster.ids()))
    assert len(set(site.postmaster.ids())) == kills * 10, "an e-mail was stored twice"
    assert doubled <= kills * 8, "more were repeated than can have been in hand"


@pytest.mark.timeout(150)
async def test_job_of_a_killed_worker_is_taken_up_within_31_seconds(site: Site) -> None:
    site.postmaster.stalls.clear()
    await site.book(1)
    async with site.a_worker() as worker:
        await site.until(lambda: site.postmaster.asked == 1)
        worker.send_signal(signal.SIGKILL)
        await worker.wait()
        site.postmaster.stalls.set()
    async with site.a_worker():
        began = asyncio.get_running_loop().time()
        await site.until_completed(1)
        taken = asyncio.get_running_loop().time() - began
    assert taken <= JOB_TAKEN_UP_SECONDS_MAX
    assert len(site.postmaster.taken) == 1


@pytest.mark.timeout(120)
async def test_mail_server_outage_loses_and_doubles_no_mail(
    site: Site,
) -> None:
    site.postmaster.answer = "451 not now"
    async with site.a_worker():
        await site.book(20)
        await site.until(lambda: site.postmaster.asked >= BREAKER_FAILURES_MAX)
        await asyncio.sleep(1)
        asked = site.postmaster.asked
        await asyncio.sleep(5)
        assert site.postmaster.asked == asked, "the server is left alone"
        assert site.postmaster.taken == []
        site.postmaster.answer = "250 taken"
        await site.until_completed(20)
    assert len(site.recipients()) == len(set(site.recipients())) == 20


@pytest.mark.timeout(120)
async def test_stopping_worker_finishes_its_running_jobs(site: Site) -> None:
    site.postmaster.stalls.clear()
    await site.book(1)
    async with site.a_worker() as worker:
        await site.until(lambda: site.postmaster.asked == 1)
        worker.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.5)
        assert worker.returncode is None
        site.postmaster.stalls.set()
        assert await worker.wait() == 0
    assert await site.completed() == 1
    assert len(site.postmaster.taken) == 1


@pytest.mark.timeout(120)
async def test_worker_continues_after_its_connections_are_cut(site: Site) -> None:
    async with site.a_worker():
        await site.book(3)
        await site.until_completed(3)
        async with site.app.database.unrestricted.session() as session:
            cut = await session.connection.fetch(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = 'fullhouse worker'"
            )
        assert cut
        await site.book(3, first=3)
        await site.until_completed(6)
    assert len(site.recipients()) == len(set(site.recipients())) == 6


@pytest.mark.timeout(300)
@pytest.mark.parametrize("remedy", ["move", "cancel"])
async def test_random_kills_of_workers_tell_each_guest_of_a_closure_once(
    site: Site, remedy: ClosureRemedy
) -> None:
    random = Random(2028)  # noqa: S311 - the same moments in every run
    count = 24
    await site.book(count)
    async with site.a_worker():
        await site.until_completed(count)
    site.postmaster.raw.clear()
    await site.close(remedy)
    for _ in range(2):
        async with site.a_worker() as worker:
            before = await site.notices_due()
            async with asyncio.timeout(40):
                while await site.notices_due() > max(before - 6, 0):  # noqa: ASYNC110 - the worker does it
                    await asyncio.sleep(0.02)
            await asyncio.sleep(random.uniform(0, 0.05))
            worker.send_signal(signal.SIGKILL)
    async with site.a_worker():
        await site.until_completed(2 * count)
    subjects = {str(mail["Subject"]).partition(":")[0] for mail in site.postmaster.taken}
    assert subjects == {"We are closed" if remedy == "move" else "Cancelled"}
    assert len(set(site.recipients())) == count, "a guest was not told"
    assert len(set(site.postmaster.ids())) == count, "an e-mail was stored twice"
    assert await site.notices_due() == 0
