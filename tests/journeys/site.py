"""A server in a thread of its own, and the organisation of a journey."""

import asyncio
import socket
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import TypeVar
from zoneinfo import ZoneInfo

import uvloop
from tests.builders.business import (
    Business,
    a_booking_of,
    a_business,
    a_customer,
    a_guest,
    a_member_of_staff,
    the_worker,
)
from tests.builders.delivery import deliver
from tests.builders.worker_steps import relay_all

from fullhouse.booking.limits import UNDO_PLACES_SECONDS
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.model.requests import WaitingRequest
from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.model.urls import SignedUrls
from fullhouse.bootstrap.application import Application, open_application
from fullhouse.bootstrap.worker import build_message_sender
from fullhouse.customers.reactions import customers_subscriber
from fullhouse.entrypoints.site import build_root_app, health_probe
from fullhouse.http.server.limits import CONNECTIONS_MAX
from fullhouse.http.server.metrics import ServerMetrics
from fullhouse.http.server.server import HttpServer
from fullhouse.http.shutdown import ShutdownSignal
from fullhouse.kernel.clock import SystemClock
from fullhouse.settings import Settings

T = TypeVar("T")
START_SECONDS_MAX = 30
ZONE = "Europe/London"


@dataclass(slots=True)
class ShiftedClock:
    """The system clock, shifted forward."""

    shift: timedelta = timedelta(0)
    machine: SystemClock = field(default_factory=SystemClock)

    def now(self) -> datetime:
        return self.machine.now() + self.shift

    def monotonic(self) -> float:
        return self.machine.monotonic() + self.shift.total_seconds()


@dataclass(slots=True)
class Site:
    """The application over HTTP, on a database of its own."""

    database_url: str
    clock: ShiftedClock = field(default_factory=ShiftedClock)
    port: int = field(default=0, init=False)
    _app: Application | None = field(default=None, init=False)
    _loop: asyncio.AbstractEventLoop | None = field(default=None, init=False)
    _closing: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _started: threading.Event = field(default_factory=threading.Event, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1), init=False)

    @property
    def app(self) -> Application:
        assert self._app is not None, "the site is open"
        return self._app

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open(self) -> None:
        self._thread = threading.Thread(target=lambda: uvloop.run(self._serve()), daemon=True)
        self._thread.start()
        assert self._started.wait(START_SECONDS_MAX), "the server starts"

    def close(self) -> None:
        assert self._loop is not None
        assert self._thread is not None
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join(START_SECONDS_MAX)

    def run(self, work: Coroutine[object, object, T]) -> T:
        """Run a coroutine in the loop of the server, which owns the database connections."""
        assert self._loop is not None, "the site is open"
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(START_SECONDS_MAX)

    def a_farm(self, **terms: object) -> "Farm":
        """Create an organisation for one journey; `terms` change its offering."""
        number = next(self._numbers)
        business = self.run(
            a_business(
                self.app.database, self.clock, self.app.ids, slug=f"farm-{number}", zone=ZONE
            )
        )
        if terms:
            business = self.run(business.change(**terms))
        today = self.clock.now().astimezone(ZoneInfo(ZONE)).date()
        return Farm(self, business, f"farm-{number}", today + timedelta(days=2))

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self.port = listener.getsockname()[1]
            settings = Settings(port=self.port)
            async with open_application(
                settings, self.database_url, name="journeys", clock=self.clock
            ) as app:
                self._app = app
                shutdown = ShutdownSignal()
                health = health_probe(app, shutdown)
                root = build_root_app(app, health, shutdown)

                server = HttpServer(
                    root, app.metrics.get(ServerMetrics), connections_max=CONNECTIONS_MAX
                )
                listener.listen()
                server.start(listener)
                self._started.set()
                await self._closing.wait()
                shutdown.set()
                await server.drain(START_SECONDS_MAX, asyncio.Event())


@dataclass(frozen=True, slots=True)
class Farm:
    """An organisation with an offering whose slots are on the day after tomorrow."""

    site: Site
    business: Business
    slug: str
    day: date

    @property
    def path(self) -> str:
        return f"{self.site.url}/{self.slug}/{self.business.offering.slug}"

    @property
    def admin(self) -> str:
        return f"{self.site.url}/admin/{self.slug}"

    @property
    def day_path(self) -> str:
        return f"{self.path}?day={self.day.isoformat()}"

    def slots(self, count: int = 4, *, capacity: int = 12, hour: int = 10) -> list[SlotId]:
        """Add half-hourly slots from that hour on."""
        start = datetime.combine(self.day, time(hour), ZoneInfo(ZONE)).astimezone(UTC)
        return self.site.run(
            self.business.slots(
                count, capacity=capacity, starts_in=start - self.site.clock.now(), minutes=30
            )
        )

    def day_comes(self) -> None:
        """It is half past eleven on the day of the slots; the customers are known by then."""
        start = datetime.combine(self.day, time(11, 30), ZoneInfo(ZONE)).astimezone(UTC)
        self.site.clock.shift += max(start - self.site.clock.now(), timedelta(0))
        self.list_customers()

    def list_customers(self) -> None:
        """Relay the bookings to the customers, as the worker does within seconds."""
        self.site.run(relay_all(self.site.app, (customers_subscriber(),)))

    def rename(self, name: str) -> None:
        """Give the organisation, its venue and its offering this name."""
        self.site.run(self._rename(name))

    async def _rename(self, name: str) -> None:
        async with self.business.database.unrestricted.transaction() as session:
            for table in ("organisation", "venue", "offering"):
                await session.connection.execute(
                    f"UPDATE {table} SET name = $2 WHERE org_id = $1",  # noqa: S608 - of these
                    self.business.org_id,
                    name,
                )

    def close_day(self, reason: str) -> None:
        """Close every slot with a reason."""
        self.site.run(self._close(reason))

    async def _close(self, reason: str) -> None:
        async with self.business.database.unrestricted.transaction() as session:
            await session.connection.execute(
                "UPDATE slot SET state = 'closed', reason = $2 WHERE org_id = $1",
                self.business.org_id,
                reason,
            )

    def sell(self, slot: SlotId, party: int, *, name: str = "Ada Lovelace") -> str:
        """Book as another customer; return the reference."""
        return self.site.run(self._sell(slot, party, name)).ref

    async def _sell(self, slot: SlotId, party: int, name: str) -> BookingOutcome:
        request = a_booking_of(slot, party=party, name=name, allow_duplicate=True)
        place = self.site.app.booking.place_booking
        return (await place(self.business.org_id, request, context=a_guest())).outcome

    def ticket_link(self, at: str, party: int) -> str:
        """Book the time that begins then; return the link of the mail."""
        return self.site.run(self._ticket_link(at, party))

    async def _ticket_link(self, at: str, party: int) -> str:
        start = datetime.combine(self.day, time.fromisoformat(at), ZoneInfo(ZONE))
        async with self.business.database.unrestricted.session() as session:
            slot = await session.connection.fetchval(
                "SELECT slot_id FROM slot WHERE org_id = $1 AND starts_at >= $2"
                " ORDER BY starts_at LIMIT 1",
                self.business.org_id,
                start,
            )
        booked = await self._sell(slot, party, "Ana Lopez")
        return SignedUrls(self.site.app.tokens, self.site.url).booking(self.slug, booked).ticket

    def cancel(self, ref: str) -> None:
        """Cancel a booking as staff, and let the minute of undo pass."""
        app = self.site.app
        view = self.site.run(app.bookings.by_ref(self.business.org_id, ref))
        assert view is not None
        self.site.run(
            app.booking.cancel_booking(
                self.business.org_id, view.booking.booking_id, context=a_member_of_staff()
            )
        )
        self.site.clock.shift += timedelta(seconds=UNDO_PLACES_SECONDS)
        self.site.run(app.booking.expire_holds())

    def waiting_link(self, slot: SlotId, *, name: str = "Wanda Lee") -> str:
        """Join the waiting list of a slot; return the link of the mail."""
        app, org_id = self.site.app, self.business.org_id
        answer = self.site.run(
            app.booking.join_waiting_list(
                org_id, WaitingRequest(slot, 2, a_customer(name)), context=a_guest()
            )
        )
        entry_id = answer.outcome.entry_id
        token = app.tokens.token("waiting", org_id, entry_id)
        return f"{self.site.url}/{self.slug}/w/{entry_id}?t={token}"

    def offer(self, slot: SlotId) -> int:
        """Offer freed places as the worker does; return the number of offers."""
        return self.site.run(
            self.site.app.booking.offer_freed_places(
                self.business.org_id, slot, context=the_worker()
            )
        )

    def deliver(self) -> None:
        """Send the e-mails that are due; there is no mail server, so they are stored."""
        self.site.run(deliver(self.site.app, build_message_sender(self.site.app)))

    def sign_in_link(self) -> str:
        return f"{self.site.url}/admin/enter/{self.site.run(self._sign_in_token())}"

    def session_token(self) -> str:
        """The token in the cookie that who opens such a link gets."""
        return self.site.run(self._session_token())

    async def _sign_in_token(self) -> str:
        app, context = self.site.app, a_member_of_staff()
        async with app.unit_of_work(context, self.business.org_id) as uow:
            account_id = await app.people.grant_role(uow, name="Rosa")
            return (await app.people.issue_sign_in_link(uow, account_id)).token

    async def _session_token(self) -> str:
        app, link = self.site.app, await self._sign_in_token()
        async with app.unit_of_work(a_member_of_staff(), self.business.org_id) as uow:
            return await app.people.redeem_sign_in_link(uow, link)
