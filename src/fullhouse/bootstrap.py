"""The wiring: the only file that knows everybody. Plain code, no container, run once a process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import SystemRandom

import asyncpg

import fullhouse
from fullhouse.booking.actions.cancel_booking import CancelBooking
from fullhouse.booking.actions.check_in import CheckIn
from fullhouse.booking.actions.confirm_hold import ConfirmHold
from fullhouse.booking.actions.expire_holds import ExpireHolds
from fullhouse.booking.actions.join_waiting_list import JoinWaitingList
from fullhouse.booking.actions.leave_waiting_list import LeaveWaitingList
from fullhouse.booking.actions.mark_no_show import MarkNoShow
from fullhouse.booking.actions.move_booking import MoveBooking
from fullhouse.booking.actions.offer_freed_places import OfferFreedPlaces
from fullhouse.booking.actions.place_booking import PlaceBooking
from fullhouse.booking.actions.place_hold import PlaceHold
from fullhouse.booking.actions.prune_idempotency_keys import PruneIdempotencyKeys
from fullhouse.booking.actions.release_hold import ReleaseHold
from fullhouse.booking.actions.restore_booking import RestoreBooking
from fullhouse.booking.actions.save_offering import SaveOffering
from fullhouse.booking.actions.set_capacity import SetCapacity
from fullhouse.booking.actions.undo_check_in import UndoCheckIn
from fullhouse.booking.availability.availability import Availability
from fullhouse.booking.availability.shared_days import SharedDayCache
from fullhouse.booking.catalogue import CachedCatalogue
from fullhouse.booking.ledger.committer import Committer
from fullhouse.booking.metrics import LedgerMetrics
from fullhouse.booking.model.tokens import LinkSigner
from fullhouse.booking.model.urls import SignedUrls
from fullhouse.booking.policy import BookingPolicy
from fullhouse.booking.reactions import waiting_list_subscriber
from fullhouse.booking.reads.bookings import Bookings
from fullhouse.booking.reads.changes import InvalidationListener
from fullhouse.booking.updates import BookingUpdater
from fullhouse.booking.upkeep import invariants
from fullhouse.booking.upkeep.jobs import BookingUpkeep
from fullhouse.integrations.limits import REDIS_SECONDS_MAX
from fullhouse.integrations.redis import redis_level
from fullhouse.integrations.smtp import OutboxOnlyMailer, SmtpMailer, smtp_settings
from fullhouse.jobs.notifications import NotificationListener
from fullhouse.jobs.rebasing import rebase_restored_events
from fullhouse.jobs.worker import Worker, WorkerConfig, WorkerDependencies, build_worker
from fullhouse.kernel.clock import Clock, SystemClock
from fullhouse.kernel.ids import Ids, RandomIds
from fullhouse.messages.actions.send_message import SendMessage
from fullhouse.messages.metrics import MessageMetrics
from fullhouse.messages.ports import Mailer
from fullhouse.messages.reactions import messages_subscriber
from fullhouse.messages.rendering import MessageRenderer, email_templates
from fullhouse.messages.store import MessageStore
from fullhouse.messages.upkeep import message_kinds
from fullhouse.people.reads.directory import Directory
from fullhouse.people.reads.installation import installation_secret
from fullhouse.resilience import delivery
from fullhouse.resilience.consistency import Consistency, rules_of
from fullhouse.resilience.metrics import CacheMetrics
from fullhouse.scheduling.actions.add_schedule import AddSchedule
from fullhouse.scheduling.actions.change_schedule import ChangeSchedule
from fullhouse.scheduling.actions.close_venue import CloseVenue
from fullhouse.scheduling.actions.end_schedule import EndSchedule
from fullhouse.scheduling.actions.import_closures import ImportClosures
from fullhouse.scheduling.actions.materialise_slots import MaterialiseSlots
from fullhouse.scheduling.actions.reopen_venue import ReopenVenue
from fullhouse.scheduling.upkeep import SchedulingUpkeep
from fullhouse.settings import Settings
from fullhouse.storage.connection import connect
from fullhouse.storage.database import Database, open_database
from fullhouse.storage.metrics import QueryMetrics
from fullhouse.storage.queries import NamedQueries
from fullhouse.storage.schema import SchemaPart, require_current_schema
from fullhouse.telemetry.metrics import MetricRegistry

PARTS_WITH_QUERIES = ("people", "booking", "scheduling", "jobs", "messages")
PARTS_WITH_TABLES = ("storage", "jobs", "people", "booking", "scheduling", "messages")
REPEATABLE_SCRIPTS = {"booking": "ledger"}


@dataclass(frozen=True, slots=True)
class BookingActions:
    """Every verb of booking."""

    place_booking: PlaceBooking
    place_hold: PlaceHold
    confirm_hold: ConfirmHold
    release_hold: ReleaseHold
    cancel_booking: CancelBooking
    restore_booking: RestoreBooking
    move_booking: MoveBooking
    check_in: CheckIn
    undo_check_in: UndoCheckIn
    mark_no_show: MarkNoShow
    join_waiting_list: JoinWaitingList
    leave_waiting_list: LeaveWaitingList
    offer_freed_places: OfferFreedPlaces
    expire_holds: ExpireHolds
    set_capacity: SetCapacity
    save_offering: SaveOffering
    add_schedule: AddSchedule
    change_schedule: ChangeSchedule
    end_schedule: EndSchedule
    close_venue: CloseVenue
    reopen_venue: ReopenVenue
    import_closures: ImportClosures
    materialise_slots: MaterialiseSlots


@dataclass(frozen=True, slots=True)
class House:
    """A process's parts, connected: what doors answer from and work is done with."""

    settings: Settings
    clock: Clock
    ids: Ids
    metrics: MetricRegistry
    database: Database
    connect: Callable[[], Awaitable[asyncpg.Connection]]
    tokens: LinkSigner
    directory: Directory
    catalogue: CachedCatalogue
    availability: Availability
    changes: InvalidationListener
    bookings: Bookings
    ledger: Committer
    booking: BookingActions


def named_queries() -> NamedQueries:
    """Every part's SQL, by `part.name`."""
    source = Path(fullhouse.__file__).parent
    return NamedQueries.load({part: source / part / "queries" for part in PARTS_WITH_QUERIES})


def schema() -> tuple[SchemaPart, ...]:
    """The parts that own tables, in import order: migrations may refer to tables of parts below."""
    source = Path(fullhouse.__file__).parent
    return tuple(
        SchemaPart(part, source / part, REPEATABLE_SCRIPTS.get(part)) for part in PARTS_WITH_TABLES
    )


def consistency_of(database: Database, clock: Clock) -> Consistency:
    """The engine with every part's rules."""
    return Consistency(database, clock, rules_of(invariants.RULES, delivery.RULES))


@asynccontextmanager
async def open_house(
    settings: Settings, url: str, *, name: str, clock: Clock | None = None
) -> AsyncIterator[House]:
    """A house on the database at `url`, its ledger committing and its caches listening.

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
    try:
        async with database.session() as session:
            await require_current_schema(session.connection, schema())
            secret = await installation_secret(session)
        async with database.transaction() as session:
            await rebase_restored_events(session)  # before anything is written
        house = build_house(settings, database, metrics, url=url, clock=clock, secret=secret)
        listener = NotificationListener(house.connect, house.changes.on_notify)
        async with sharing_days(house), asyncio.TaskGroup() as group:
            group.create_task(house.ledger.run())
            group.create_task(listener.run())
            try:
                yield house
            finally:
                house.ledger.drain()
                listener.stop()
    finally:
        await database.close()


@asynccontextmanager
async def sharing_days(house: House) -> AsyncIterator[None]:
    """Let the house's days of availability be shared by Redis, when one is set."""
    url = house.settings.redis_url
    if url is None:
        yield
        return
    secret, clock = url.get_secret_value(), house.clock
    async with redis_level(secret, clock, patience_seconds=REDIS_SECONDS_MAX) as level:
        async with house.database.session() as session:
            identity = await session.fetch_value("booking.database_identity", str)
        assert identity is not None, "it has one"
        house.availability.shared = SharedDayCache(
            level, clock, identity, house.metrics.get(CacheMetrics)
        )
        yield


def build_house(
    settings: Settings,
    database: Database,
    metrics: MetricRegistry,
    *,
    url: str,
    clock: Clock,
    secret: bytes,
) -> House:
    """Connect the parts; nothing runs yet."""
    ids = RandomIds(clock)
    catalogue = CachedCatalogue(database, clock)
    availability = Availability(database, clock)
    ledger = Committer(
        partial(connect, url, application_name="fullhouse ledger"),
        clock,
        metrics.get(LedgerMetrics),
        ids,
        observe=metrics.get(QueryMetrics).observe,
    )
    policy = BookingPolicy(catalogue, availability, clock)
    updater = BookingUpdater(policy, database, ledger, catalogue, clock, ids)
    return House(
        settings=settings,
        clock=clock,
        ids=ids,
        metrics=metrics,
        database=database,
        connect=partial(connect, url, application_name="fullhouse listener"),
        tokens=LinkSigner(secret),
        directory=Directory(database, clock),
        catalogue=catalogue,
        availability=availability,
        changes=InvalidationListener(availability, catalogue),
        bookings=Bookings(database, catalogue, clock),
        ledger=ledger,
        booking=booking_actions(updater),
    )


def booking_actions(updater: BookingUpdater) -> BookingActions:
    policy, database, ledger = updater.policy, updater.database, updater.ledger
    clock, ids = updater.clock, updater.ids
    release_hold = ReleaseHold(updater)
    return BookingActions(
        place_booking=PlaceBooking(policy, ledger, ids),
        place_hold=PlaceHold(policy, ledger, ids),
        confirm_hold=ConfirmHold(updater),
        release_hold=release_hold,
        cancel_booking=CancelBooking(updater),
        restore_booking=RestoreBooking(updater),
        move_booking=MoveBooking(updater),
        check_in=CheckIn(updater),
        undo_check_in=UndoCheckIn(updater),
        mark_no_show=MarkNoShow(updater),
        join_waiting_list=JoinWaitingList(policy, ledger, ids),
        leave_waiting_list=LeaveWaitingList(database, ledger, release_hold, ids),
        offer_freed_places=OfferFreedPlaces(policy, database, ledger, clock, ids),
        expire_holds=ExpireHolds(database, ledger, clock, ids),
        set_capacity=SetCapacity(updater.catalogue, ledger, ids),
        save_offering=SaveOffering(database, clock),
        add_schedule=AddSchedule(database, clock, ids),
        change_schedule=ChangeSchedule(database, clock),
        end_schedule=EndSchedule(database, clock),
        close_venue=CloseVenue(database, clock, ids),
        reopen_venue=ReopenVenue(database, clock),
        import_closures=ImportClosures(database, clock, ids),
        materialise_slots=MaterialiseSlots(database, clock, ids),
    )


def worker_of(house: House) -> Worker:
    """Build the worker with every part's jobs and subscribers; nothing runs yet."""
    booking = house.booking
    upkeep = BookingUpkeep(
        booking.offer_freed_places,
        booking.expire_holds,
        PruneIdempotencyKeys(house.database, house.clock),
    )
    config = WorkerConfig(
        kinds=(*upkeep.kinds(), *message_kinds(build_message_sender(house))),
        recurring=(
            *upkeep.recurring(),
            *SchedulingUpkeep(booking.materialise_slots).recurring(),
        ),
        subscribers=(waiting_list_subscriber(), messages_subscriber()),
    )
    dependencies = WorkerDependencies(
        house.database,
        house.connect,
        house.metrics,
        clock=house.clock,
        ids=house.ids,
        random=SystemRandom(),
    )
    return build_worker(config, dependencies)


def build_message_sender(house: House) -> SendMessage:
    """Raises `InvalidInput` for a mail server whose URL cannot be read."""
    mailer = build_mailer(house.settings, house.clock)
    urls = SignedUrls(house.tokens, house.settings.base_url)
    return SendMessage(
        MessageStore(house.database, house.bookings),
        MessageRenderer(urls, mailer.address, email_templates()),
        mailer,
        house.clock,
        house.metrics.get(MessageMetrics),
    )


def build_mailer(settings: Settings, clock: Clock) -> Mailer:
    """The SMTP mailer, or the outbox without a mail server; raises `InvalidInput`."""
    if settings.smtp_url is None:
        return OutboxOnlyMailer()
    return SmtpMailer(smtp_settings(settings.smtp_url.get_secret_value()), clock)
