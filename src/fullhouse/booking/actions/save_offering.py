"""Save an offering: add it, or change what it says of itself, its price and its policy."""

from dataclasses import asdict, dataclass
from typing import Final

from fullhouse.booking import errors, events
from fullhouse.booking.actions.telling import Deed, Fact, record
from fullhouse.booking.limits import (
    HOLD_SECONDS_MAX,
    HOLD_SECONDS_MIN,
    PARTY_MAX,
    POLICY_MINUTES_MAX,
    PRICE_AMOUNT_MAX,
)
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.requests import Caller
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.people.errors import UnknownVenue
from fullhouse.people.limits import NAME_CHARACTERS_MAX
from fullhouse.people.model import VenueId, is_slug
from fullhouse.people.reads.organisations import venue_by_id
from fullhouse.storage.database import Database

ADDRESSES_OF_PAGES: Final = frozenset({"b", "w"})
"""What stands where an offering's slug would: a booking's page, and a place on a waiting list."""


@dataclass(frozen=True, slots=True)
class SaveOffering:
    """Writes all of an offering. Bookings keep the price at which they were made."""

    database: Database
    clock: Clock

    async def __call__(self, offering: Offering, *, caller: Caller) -> bool:
        """Whether it is new; raises `InvalidInput`, `UnknownVenue` and `SlugTaken`."""
        check(offering)
        org_id, offering_id = offering.org_id, offering.offering_id
        deed = Deed(org_id, caller, self.clock.now())
        async with self.database.transaction() as session:
            venue = await venue_by_id(session, org_id, VenueId(offering.venue_id))
            if venue is None:
                raise UnknownVenue
            before = await session.fetch_one(
                "booking.offering_by_id", Offering, org_id=org_id, offering_id=offering_id
            )
            namesake = await session.fetch_one(
                "booking.offering_by_slug", Offering, org_id=org_id, slug=offering.slug
            )
            if namesake is not None and namesake.offering_id != offering_id:
                raise errors.SlugTaken
            await session.execute("booking.write_offering", **asdict(offering))
            kind = events.OFFERING_ADDED if before is None else events.OFFERING_CHANGED
            await record(session, deed, [Fact(kind, offering_id, difference(before, offering))])
            await session.execute("booking.wake", topics=[f"{org_id}/{offering_id}/*"])
        return before is None


def difference(before: Offering | None, after: Offering) -> dict[str, object]:
    """What changed, each with its value before and after; of a new one, all there is."""
    now = {name: value for name, value in asdict(after).items() if not name.endswith("_id")}
    if before is None:
        return {"after": now}
    was = asdict(before)
    changed = {name for name, value in now.items() if was[name] != value}
    return {
        "before": {name: was[name] for name in sorted(changed)},
        "after": {name: now[name] for name in sorted(changed)},
    }


def check(offering: Offering) -> None:
    """Raise `InvalidInput` for what no offering can be; the database holds the same rules."""
    wrong = {
        "slug": not is_slug(offering.slug) or offering.slug in ADDRESSES_OF_PAGES,
        "name": not 1 <= len(offering.name) <= NAME_CHARACTERS_MAX,
        "price_amount": not 0 <= offering.price_amount <= PRICE_AMOUNT_MAX,
        "party_max": not 1 <= offering.party_min <= offering.party_max <= PARTY_MAX,
        "hold_seconds": not HOLD_SECONDS_MIN <= offering.hold_seconds <= HOLD_SECONDS_MAX,
        "cancel_fee_percent": not 0 <= offering.cancel_fee_percent <= 100,  # noqa: PLR2004 - a percentage
        "cancel_until_minutes": not 0
        <= offering.cancel_until_minutes
        <= offering.cancel_free_until_minutes
        <= POLICY_MINUTES_MAX,
        "move_until_minutes": not 0 <= offering.move_until_minutes <= POLICY_MINUTES_MAX,
        "book_until_minutes": not 0 <= offering.book_until_minutes <= POLICY_MINUTES_MAX,
        "waiting_offer_minutes": not 0 < offering.waiting_offer_minutes <= POLICY_MINUTES_MAX,
    }
    for field, is_wrong in wrong.items():
        if is_wrong:
            value = getattr(offering, field)
            raise InvalidInput(f"{value!r} cannot be the {field} of an offering.", field=field)
