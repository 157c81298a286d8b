"""A business with one offering and as many slots as a test wants."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

import msgspec

from fullhouse.booking.limits import UNDO_PLACES_SECONDS
from fullhouse.booking.model.offering import Offering, OfferingId
from fullhouse.booking.model.requests import (
    BookingRequest,
    Customer,
    HoldRequest,
)
from fullhouse.booking.model.slot import SlotId
from fullhouse.bootstrap.application import Application
from fullhouse.bootstrap.dependencies import Core
from fullhouse.bootstrap.people import build_people
from fullhouse.kernel.clock import Clock, ManualClock
from fullhouse.kernel.context import GUEST, OPERATOR, SYSTEM, RequestContext
from fullhouse.kernel.ids import Ids, OrgId
from fullhouse.people.model import NewOrganisation, NewVenue
from fullhouse.people.model.roles import account_principal
from fullhouse.storage.database import Database
from fullhouse.storage.unit_of_work import UnitOfWorkFactory


async def minute_of_undo_passes(app: Application) -> None:
    """Places of cancelled bookings are released."""
    assert isinstance(app.clock, ManualClock)
    app.clock.advance(timedelta(seconds=UNDO_PLACES_SECONDS))
    await app.booking.expire_holds()


@dataclass(frozen=True, slots=True)
class Business:
    """What a test books at."""

    database: Database
    clock: Clock
    ids: Ids
    offering: Offering
    zone: str

    @property
    def org_id(self) -> OrgId:
        return self.offering.org_id

    async def a_slot(
        self,
        *,
        capacity: int = 10,
        starts_in: timedelta = timedelta(days=7),
        minutes: int = 30,
    ) -> SlotId:
        """A slot of its own, an hour apart from none other: give `starts_in` for a second one."""
        (slot,) = await self.slots(1, capacity=capacity, starts_in=starts_in, minutes=minutes)
        return slot

    async def slots(
        self,
        count: int,
        *,
        capacity: int = 10,
        starts_in: timedelta = timedelta(days=7),
        minutes: int = 30,
    ) -> list[SlotId]:
        """So many slots, one after the other."""
        first = self.clock.now() + starts_in
        slots = [SlotId(self.ids.uuid()) for _ in range(count)]
        starts = [first + timedelta(minutes=minutes * n) for n in range(count)]
        await self._insert(slots, starts, capacity=capacity, minutes=minutes)
        return slots

    async def change(self, **terms: object) -> "Business":
        """The same business with other terms; say so before anything is remembered of it."""
        offering = replace(self.offering, **terms)  # type: ignore[arg-type]  # a test's own words
        async with self.database.unrestricted.transaction() as session:
            await session.execute("booking.write_offering", **asdict(offering))
        return replace(self, offering=offering)

    async def _insert(
        self, slots: Sequence[SlotId], starts: Sequence[datetime], *, capacity: int, minutes: int
    ) -> None:
        async with self.database.unrestricted.transaction() as session:
            await session.connection.execute(
                """INSERT INTO slot (org_id, slot_id, offering_id, starts_at, ends_at, capacity)
                SELECT $1, new.slot_id, $2, new.starts_at,
                    new.starts_at + make_interval(mins => $5), $6
                FROM unnest($3::uuid[], $4::timestamptz[]) AS new (slot_id, starts_at)""",
                self.org_id,
                self.offering.offering_id,
                slots,
                starts,
                minutes,
                capacity,
            )


def an_offering(**changes: object) -> Offering:
    """A timed entry at 12.00 a person, for parties of 1 to 10, with the given changes."""
    return msgspec.convert({**asdict(_OFFERING), **changes}, Offering)


_OFFERING: Final = Offering(
    org_id=OrgId(UUID(int=1)),
    offering_id=OfferingId(UUID(int=2)),
    venue_id=UUID(int=3),
    slug="sunflowers",
    kind="timed_entry",
    name="Sunflower morning",
    summary="",
    description="",
    picture=None,
    price_amount=1200,
    price_unit="person",
    currency="USD",
    party_min=1,
    party_max=10,
    hold_seconds=600,
    book_ahead_days=90,
    book_until_minutes=0,
    cancel_free_until_minutes=1440,
    cancel_until_minutes=120,
    cancel_fee_percent=50,
    move_until_minutes=1440,
    waiting_offer_minutes=30,
    published=True,
    position=0,
)


async def a_business(
    database: Database, clock: Clock, ids: Ids, *, slug: str = "meadow", zone: str = "Europe/London"
) -> Business:
    """An organisation with a venue and one offering at 12.00 a person, parties of 1 to 10."""
    people = build_people(Core(database, clock, ids))
    context = RequestContext(OPERATOR, ids.uuid())
    org_id = OrgId(ids.uuid())
    async with UnitOfWorkFactory(database, clock, ids)(context, org_id) as uow:
        organisation = await people.create_organisation(
            uow, NewOrganisation(slug=slug, name="Meadow Farm", currency="GBP")
        )
        venue = await people.add_venue(uow, NewVenue(name="The Barn", zone=zone, country="GB"))
    offering = an_offering(
        org_id=organisation.org_id,
        offering_id=OfferingId(ids.uuid()),
        venue_id=venue.venue_id,
        currency="GBP",
    )
    async with database.transaction() as session:
        await session.execute("booking.write_offering", **asdict(offering))
    return Business(database, clock, ids, offering, zone)


ADA: Final = account_principal(UUID(int=8), "owner")
"""A member of staff whose account is in no table."""

R = TypeVar("R")


async def commit(
    app: Application,
    action: Callable[..., Awaitable[R]],
    org_id: OrgId,
    *args: object,
    context: RequestContext,
    **kwargs: object,
) -> R:
    """Run an action in a unit of work of its own, as an entrypoint does."""
    async with app.unit_of_work(context, org_id) as uow:
        return await action(uow, *args, **kwargs)


async def save(app: Application, offering: Offering) -> Offering:
    """The offering as a member of staff saves it."""
    return await commit(
        app,
        app.booking.save_offering,
        offering.org_id,
        offering,
        context=a_member_of_staff(),
    )


def a_guest(key: str | None = None) -> RequestContext:
    return RequestContext(GUEST, UUID(int=7), key)


def the_worker() -> RequestContext:
    """The context that production jobs use: see `booking.upkeep.jobs`."""
    return RequestContext(SYSTEM, UUID(int=9))


def a_member_of_staff(key: str | None = None) -> RequestContext:
    return RequestContext(ADA, UUID(int=8), key)


def a_customer(name: str = "Ada Lovelace") -> Customer:
    return Customer(name, f"{name.lower().replace(' ', '.')}@example.org")


def a_booking_of(
    *slots: SlotId, party: int = 2, name: str = "Ada Lovelace", allow_duplicate: bool = False
) -> BookingRequest:
    return BookingRequest(slots, party, a_customer(name), allow_duplicate=allow_duplicate)


def a_hold_of(*slots: SlotId, party: int = 2) -> HoldRequest:
    return HoldRequest(slots, party)
