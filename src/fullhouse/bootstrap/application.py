"""The application: a process's parts, connected."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_network
from typing import NamedTuple

import asyncpg

from fullhouse.booking.availability.availability import Availability
from fullhouse.booking.availability.shared_days import SHARED_DAYS
from fullhouse.booking.catalogue import CachedCatalogue
from fullhouse.booking.ledger.committer import Committer
from fullhouse.booking.metrics import HoldMetrics, LedgerMetrics
from fullhouse.booking.model.hold_limits import HoldLimits
from fullhouse.booking.model.tokens import LinkSigner
from fullhouse.booking.policy import BookingPolicy
from fullhouse.booking.reads.bookings import Bookings
from fullhouse.booking.reads.changes import InvalidationListener, KeyedCache
from fullhouse.booking.updates import BookingUpdater
from fullhouse.bootstrap.accounts import AccountActions, build_accounts
from fullhouse.bootstrap.booking import BookingActions, build_booking
from fullhouse.bootstrap.customers import CustomerActions, build_customers
from fullhouse.bootstrap.dependencies import Core
from fullhouse.bootstrap.flags import FLAG_DEFINITIONS
from fullhouse.bootstrap.people import PeopleActions, build_people
from fullhouse.bootstrap.scheduling import (
    SchedulingActions,
    build_calendar_reader,
    build_scheduling,
)
from fullhouse.bootstrap.schema import named_queries, schema
from fullhouse.bootstrap.sealing import build_sealer
from fullhouse.concurrency.beside import beside
from fullhouse.customers.access_log import AccessLog
from fullhouse.customers.model import CUSTOMER_CACHE
from fullhouse.customers.reads.by_phone import CustomersByPhone
from fullhouse.integrations.http_client import HttpClient
from fullhouse.integrations.limits import REDIS_SECONDS_MAX
from fullhouse.jobs.load_monitor import LoadMonitor
from fullhouse.jobs.notifications import NotificationListener
from fullhouse.jobs.rebasing import rebase_restored_events
from fullhouse.kernel.clock import Clock, SystemClock
from fullhouse.kernel.ids import Ids, RandomIds
from fullhouse.messages.model.webhooks import Network
from fullhouse.people.metrics import SignInMetrics
from fullhouse.people.model.accounts import ACCOUNT_CACHE
from fullhouse.people.reads.directory import OrganisationCache
from fullhouse.people.reads.installation import installation_secret
from fullhouse.people.reads.profiles import Profiles
from fullhouse.resilience.breakers import Breakers
from fullhouse.resilience.database_watch import DatabaseWatch, database_away
from fullhouse.resilience.events import CIRCUITS, FLAGS, OPERATING_MODE
from fullhouse.resilience.flags import Flags
from fullhouse.resilience.metrics import CacheMetrics, CircuitMetrics, FlagMetrics, ModeMetrics
from fullhouse.resilience.operating_mode import OperatingModes
from fullhouse.resilience.shared_cache import SharedCache
from fullhouse.resilience.shared_circuits import SharedCircuits
from fullhouse.resilience.stored_mode import ModeFollower
from fullhouse.scheduling.actions.read_calendar_file import ReadCalendarFile
from fullhouse.scheduling.metrics import CalendarFileMetrics
from fullhouse.settings import Settings
from fullhouse.storage.connection import connect
from fullhouse.storage.database import Database, open_database
from fullhouse.storage.metrics import QueryMetrics
from fullhouse.storage.schema import require_current_schema
from fullhouse.storage.sealing import Sealer
from fullhouse.storage.unit_of_work import UnitOfWorkFactory
from fullhouse.telemetry.metrics import MetricRegistry


@dataclass(frozen=True, slots=True, repr=False)
class Application:
    """The parts of a process, connected."""

    settings: Settings
    clock: Clock
    ids: Ids
    metrics: MetricRegistry
    database: Database
    connect: Callable[[], Awaitable[asyncpg.Connection]]
    tokens: LinkSigner
    directory: OrganisationCache
    catalogue: CachedCatalogue
    availability: Availability
    changes: InvalidationListener
    bookings: Bookings
    ledger: Committer
    unit_of_work: UnitOfWorkFactory
    people: PeopleActions
    accounts: AccountActions
    profiles: Profiles
    booking: BookingActions
    scheduling: SchedulingActions
    customers: CustomerActions
    customers_by_phone: CustomersByPhone
    access_log: AccessLog
    read_calendar_file: ReadCalendarFile
    breakers: Breakers
    sealer: Sealer
    http: HttpClient
    load: LoadMonitor
    modes: OperatingModes
    mode_follower: ModeFollower
    flags: Flags

    def on_notify(self, payload: str) -> None:
        """Handle a notification of the database: of a change, by whichever process."""
        self.changes.on_notify(payload)
        self.load.on_commit(payload)


@asynccontextmanager
async def open_application(
    settings: Settings, url: str, *, name: str, clock: Clock | None = None
) -> AsyncIterator[Application]:
    """A app on the database at `url`, its ledger committing and its caches listening.

    Left, it answers every command that the ledger has taken, then closes. Raises `SchemaOutOfDate`
    and `DatabaseUnavailable`.
    """
    clock = clock or SystemClock()
    metrics = MetricRegistry()
    database = await open_database(
        url,
        catalogue=named_queries(),
        clock=clock,
        connections_max=settings.connections_max,
        application_name=f"fullhouse {name}",
        observe=metrics.get(QueryMetrics).observe,
    )
    watch = DatabaseWatch(
        partial(connect, url, application_name="fullhouse watch"),
        clock,
        metrics.get(CircuitMetrics),
    )
    database.admit = watch.require
    try:
        async with database.unrestricted.session() as session:
            await require_current_schema(session.connection, schema())
            secret = await installation_secret(session)
        async with database.unrestricted.transaction() as session:
            await rebase_restored_events(session)  # before anything is written
        app = build_application(settings, database, metrics, url=url, clock=clock, secret=secret)
        async with app.http, connect_shared_cache(app), _running(app, watch):
            yield app
    finally:
        await database.close()


@asynccontextmanager
async def _running(app: Application, watch: DatabaseWatch) -> AsyncIterator[None]:
    """Run what works in the background; the ledger answers what it has taken before it ends."""
    listener = NotificationListener(app.connect, app.on_notify)
    app.ledger.admit = watch.require
    app.modes.is_database_away = app.availability.is_database_away = lambda: watch.is_away
    watch.on_change = partial(_follow, app, watch, listener)
    parts = (app.access_log, app.breakers, app.mode_follower, app.flags)
    async with beside(listener, *parts, watch), asyncio.TaskGroup() as group:
        group.create_task(app.ledger.run())
        try:
            yield
        finally:
            app.ledger.drain()


def _follow(app: Application, watch: DatabaseWatch, listener: NotificationListener) -> None:
    """The database is away, or back: what is in memory is of before."""
    app.modes.refresh()
    app.availability.cache.invalidate_all()
    if watch.is_away:
        app.ledger.refuse_unsent(database_away())
    else:
        listener.look_again()


@asynccontextmanager
async def connect_shared_cache(app: Application) -> AsyncIterator[None]:
    """Share days of availability with other processes by Redis, when its URL is set."""
    url = app.settings.redis_url
    if url is None:
        yield
        return
    # Loaded where it is used: it took a sixth of the start of every process
    from fullhouse.integrations.redis import redis_store  # noqa: PLC0415

    secret, clock = url.get_secret_value(), app.clock
    async with redis_store(secret, clock, timeout_seconds=REDIS_SECONDS_MAX) as store:
        async with app.database.session() as session:
            identity = await session.fetch_value("resilience.database_identity", str)
        assert identity is not None, "the query always returns a row"
        app.availability.shared = SharedCache(
            SHARED_DAYS, store, clock, identity, app.metrics.get(CacheMetrics)
        )
        yield


def build_application(
    settings: Settings,
    database: Database,
    metrics: MetricRegistry,
    *,
    url: str,
    clock: Clock,
    secret: bytes,
) -> Application:
    """Connect the parts; nothing runs yet."""
    ids, sealer, load = RandomIds(clock), build_sealer(settings), LoadMonitor(clock)
    ledger = _build_ledger(url, metrics, ids, clock=clock)
    caches = _build_caches(database, metrics, ids, clock=clock)
    core = Core(database, clock, ids, caches.changes.on_notify, is_rush=lambda: load.is_on)
    updater = _build_updater(core, ledger, caches, settings=settings)
    return Application(
        settings=settings,
        clock=clock,
        ids=ids,
        metrics=metrics,
        database=database,
        connect=partial(connect, url, application_name="fullhouse listener"),
        tokens=LinkSigner(secret),
        directory=caches.directory,
        catalogue=caches.catalogue,
        availability=caches.availability,
        changes=caches.changes,
        bookings=Bookings(database, caches.catalogue, clock),
        ledger=ledger,
        unit_of_work=core.unit_of_work,
        people=build_people(core),
        accounts=build_accounts(core, metrics.get(SignInMetrics), secret=secret, sealer=sealer),
        profiles=caches.profiles,
        booking=build_booking(updater, metrics.get(HoldMetrics)),
        scheduling=build_scheduling(core),
        customers=build_customers(core),
        customers_by_phone=caches.customers,
        access_log=AccessLog(database, clock, ids),
        read_calendar_file=build_calendar_reader(core, metrics.get(CalendarFileMetrics)),
        breakers=caches.breakers,
        sealer=sealer,
        http=HttpClient(clock, webhook_networks(settings)),
        load=load,
        modes=caches.modes,
        mode_follower=caches.mode_follower,
        flags=caches.flags,
    )


class _Caches(NamedTuple):
    """What follows the notifications of the database."""

    catalogue: CachedCatalogue
    directory: OrganisationCache
    availability: Availability
    customers: CustomersByPhone
    profiles: Profiles
    breakers: Breakers
    modes: OperatingModes
    mode_follower: ModeFollower
    flags: Flags
    changes: InvalidationListener


def _build_caches(
    database: Database, metrics: MetricRegistry, ids: RandomIds, *, clock: Clock
) -> _Caches:
    counted = metrics.get(CacheMetrics)
    catalogue, directory = CachedCatalogue(database, clock), OrganisationCache(database, clock)
    availability = Availability(database, clock, counted)
    customers = CustomersByPhone(database, clock, counted)
    profiles = Profiles(database, clock, counted)
    breakers = _build_breakers(database, metrics, ids, clock=clock)
    modes = OperatingModes(on_change=metrics.get(ModeMetrics).mode.set)
    follower = ModeFollower(database, clock, modes)
    flags = Flags(database, FLAG_DEFINITIONS, metrics.get(FlagMetrics))
    others: dict[str, KeyedCache] = {
        CUSTOMER_CACHE: customers,
        ACCOUNT_CACHE: profiles,
        CIRCUITS: breakers,
        OPERATING_MODE: follower,
        FLAGS: flags,
    }
    changes = InvalidationListener(availability, catalogue, directory, others)
    return _Caches(
        catalogue,
        directory,
        availability,
        customers,
        profiles,
        breakers,
        modes,
        follower,
        flags,
        changes,
    )


def _build_ledger(url: str, metrics: MetricRegistry, ids: RandomIds, *, clock: Clock) -> Committer:
    return Committer(
        partial(connect, url, application_name="fullhouse ledger"),
        clock,
        metrics.get(LedgerMetrics),
        ids,
        observe=metrics.get(QueryMetrics).observe,
    )


def _build_updater(
    core: Core, ledger: Committer, caches: _Caches, *, settings: Settings
) -> BookingUpdater:
    limits = HoldLimits(
        settings.holds_per_client, settings.held_places_per_client, settings.waits_per_client
    )
    policy = BookingPolicy(caches.catalogue, caches.availability, core.clock, limits)
    return BookingUpdater(policy, core.database, ledger, caches.catalogue, core.clock, core.ids)


def webhook_networks(settings: Settings) -> tuple[Network, ...]:
    return tuple(ip_network(text, strict=False) for text in settings.webhook_networks)


def _build_breakers(
    database: Database, metrics: MetricRegistry, ids: Ids, *, clock: Clock
) -> Breakers:
    circuits = SharedCircuits(database, UnitOfWorkFactory(database, clock, ids), ids)
    return Breakers(circuits, clock, metrics.get(CircuitMetrics))
