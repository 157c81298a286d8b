"""An example of each kind of e-mail: a booking that nobody has, as of a real offering."""

from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from fullhouse.booking.events import Cancelled, GuestWrittenTo, Rescheduled, TimeClosed
from fullhouse.booking.model.booking import Booking, BookingId, Status
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.outcomes import BookedSlot
from fullhouse.booking.model.price_categories import guests_sold, stored_guests
from fullhouse.booking.model.slot import SlotId, SlotIdentity
from fullhouse.booking.model.waiting import WaitingEntry
from fullhouse.booking.reads.bookings import BookingView, WaitingView
from fullhouse.kernel.events import Event
from fullhouse.kernel.ids import derived_id
from fullhouse.localisation.translations import Translations
from fullhouse.messages.model import EmailKind
from fullhouse.people.model import Venue

EXAMPLE_REF: Final = "EXAMPLE7"
_AHEAD: Final = timedelta(days=14)
_STARTS: Final = time(10)
_LENGTH: Final = timedelta(minutes=30)
_STATUS: Final[dict[EmailKind, Status]] = {"cancellation": "cancelled", "offer": "held"}
BY_STAFF: Final[frozenset[EmailKind]] = frozenset({"cancellation", "closing", "message"})
"""Kinds whose example is of what the business did."""


def example_view(
    kind: EmailKind, offering: Offering, venue: Venue, *, locale: str, now: datetime
) -> BookingView:
    """A booking in two weeks at ten in the morning, made now in the guest's `locale`."""
    day = (now.astimezone(ZoneInfo(venue.zone)) + _AHEAD).date()
    starts_at = datetime.combine(day, _STARTS, ZoneInfo(venue.zone))
    slot = BookedSlot(SlotId(_id("slot")), starts_at, starts_at + _LENGTH)
    party = min(max(2, offering.party_min), offering.party_max)
    guests = guests_sold(offering.price_categories, None, party=party)
    is_held = kind == "offer"
    booking = Booking(
        org_id=offering.org_id,
        booking_id=BookingId(_id("booking")),
        ref=EXAMPLE_REF,
        status=_STATUS.get(kind, "confirmed"),
        version=1,
        offering_id=offering.offering_id,
        party=party,
        places=party,
        slots=(slot.slot_id,),
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        customer_name="Alex Example",
        customer_email="alex@example.org",
        customer_phone="",
        locale=locale,
        price_amount=offering.price_of(party, guests=guests).amount,
        fee_amount=0,
        currency=offering.currency,
        created_at=now,
        link_version=1,
        entry_id=_id("entry") if is_held else None,
        guests=stored_guests(guests),
        expires_at=now + timedelta(minutes=offering.waiting_offer_minutes) if is_held else None,
    )
    return BookingView(booking, offering, venue, (slot,))


def example_waiting(view: BookingView) -> WaitingView:
    """The entry of a waiting list for the time of the example booking."""
    booking, (slot,) = view.booking, view.slots
    entry = WaitingEntry(
        org_id=booking.org_id,
        entry_id=_id("entry"),
        slot_id=slot.slot_id,
        offering_id=booking.offering_id,
        status="waiting",
        party=booking.party,
        customer_name=booking.customer_name,
        customer_email=booking.customer_email,
        customer_phone="",
        locale=booking.locale,
    )
    identity = SlotIdentity(
        booking.org_id, slot.slot_id, booking.offering_id, slot.starts_at, slot.ends_at
    )
    return WaitingView(entry, view.offering, view.venue, identity)


def example_event(kind: EmailKind, view: BookingView, translations: Translations) -> Event | None:
    """What has caused the e-mail, of those kinds that say more than the booking does."""
    booking, _ = view.booking, translations.gettext
    slots, offering_id = tuple(booking.slots), booking.offering_id
    reason = _("After the storm the paths are under water.")
    if kind == "rescheduling":
        return Rescheduled(
            offering_id=offering_id,
            slots=slots,
            party=booking.party,
            from_status="confirmed",
            to_status="confirmed",
            booking_version=1,
            from_slots=slots,
            from_starts_at=booking.starts_at - timedelta(days=1),
            starts_at=booking.starts_at,
        )
    if kind == "cancellation":
        return Cancelled(
            offering_id=offering_id,
            slots=slots,
            party=booking.party,
            from_status="confirmed",
            to_status="cancelled",
            booking_version=1,
            fee=0,
            reason=reason,
            tells_guest=True,
        )
    if kind == "closing":
        return TimeClosed(
            offering_id=offering_id,
            slots=slots,
            party=booking.party,
            closure_id=_id("closure"),
            reason=reason,
        )
    text = _("It will be hot: please bring a hat and something to drink.")
    return GuestWrittenTo(offering_id=offering_id, text=text) if kind == "message" else None


def _id(name: str) -> UUID:
    """Ids that no row has, so a link of the e-mail opens nothing."""
    return derived_id("example", name)
