"""E-mails about one booking, rendered without a database."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from tests.builders.business import an_offering

from fullhouse.booking.events import Rescheduled
from fullhouse.booking.model.booking import Booking, BookingId, Status
from fullhouse.booking.model.outcomes import BookedSlot
from fullhouse.booking.model.slot import SlotId, SlotIdentity
from fullhouse.booking.model.tokens import LinkSigner
from fullhouse.booking.model.urls import SignedUrls
from fullhouse.booking.model.waiting import WaitingEntry
from fullhouse.booking.reads.bookings import BookingView, WaitingView
from fullhouse.kernel.ids import OrgId
from fullhouse.messages.composing import email_forms
from fullhouse.messages.email_forms import EmailForms
from fullhouse.messages.model import EmailKind
from fullhouse.messages.model.email_texts import EmailTexts
from fullhouse.messages.rendering import (
    MessageRenderer,
    RenderContext,
    RenderedMessage,
)
from fullhouse.messages.waiting_rendering import WaitingRenderer
from fullhouse.people.model import Organisation, Venue, VenueId

ORG_ID = OrgId(UUID(int=1))
STARTS_AT = datetime(2027, 6, 12, 15, 0, tzinfo=UTC)
NOW = STARTS_AT - timedelta(days=7)
REF = "K7QF2M9D"
VENUE = Venue(
    org_id=ORG_ID,
    venue_id=VenueId(UUID(int=3)),
    name="The Barn",
    zone="America/Chicago",
    address="12 River Road, Elburn",
    country="GB",
    subdivision=None,
    latitude=41.8,
    longitude=-88.4,
    directions="Park on the grass.\nFollow the fence.",
)
ORGANISATION = Organisation(
    org_id=ORG_ID,
    slug="meadow",
    name="Meadow Farm",
    tagline="",
    email="hello@b\u00fccher.example",
    phone="+16305550142",
    locale="en",
    currency="USD",
    accent="#b45309",
    cover=None,
    created_at=NOW,
)
OFFERING = an_offering(
    how_to_pay="Pay at the gate, in cash or by card.", what_to_bring="Closed shoes."
)


def a_view(
    *, status: Status = "confirmed", language: str = "en", name: str = "Ada Lovelace", fee: int = 0
) -> BookingView:
    slot = BookedSlot(SlotId(UUID(int=5)), STARTS_AT, STARTS_AT + timedelta(minutes=30))
    booking = Booking(
        org_id=ORG_ID,
        booking_id=BookingId(UUID(int=4)),
        ref=REF,
        status=status,
        version=1,
        offering_id=OFFERING.offering_id,
        party=2,
        places=2,
        slots=(slot.slot_id,),
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        customer_name=name,
        customer_email="ada@example.org",
        customer_phone="",
        locale=language,
        price_amount=2400,
        fee_amount=fee,
        currency="USD",
        created_at=NOW,
        link_version=1,
        entry_id=UUID(int=6) if status == "held" else None,
        expires_at=NOW + timedelta(minutes=30) if status == "held" else None,
    )
    return BookingView(booking, OFFERING, VENUE, (slot,))


def status_for(kind: EmailKind) -> Status:
    return {"cancellation": "cancelled", "offer": "held"}.get(kind, "confirmed")  # type: ignore[return-value]  # a status each


def moved() -> Rescheduled:
    return Rescheduled(
        offering_id=OFFERING.offering_id,
        slots=(UUID(int=5),),
        party=2,
        from_status="confirmed",
        to_status="confirmed",
        booking_version=2,
        from_slots=(UUID(int=7),),
        from_starts_at=STARTS_AT - timedelta(days=1),
        starts_at=STARTS_AT,
    )


def waiting(view: BookingView) -> WaitingView:
    """The entry of a waiting list of whoever would have the booking."""
    booking, (slot,) = view.booking, view.slots
    entry = WaitingEntry(
        org_id=ORG_ID,
        entry_id=UUID(int=6),
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
        org_id=ORG_ID,
        slot_id=slot.slot_id,
        offering_id=booking.offering_id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
    )
    return WaitingView(entry, view.offering, view.venue, identity)


def rendered(
    kind: EmailKind,
    view: BookingView,
    organisation: Organisation = ORGANISATION,
    *,
    now: datetime = NOW,
    texts: EmailTexts | None = None,
    forms: EmailForms | None = None,
) -> RenderedMessage:
    urls = SignedUrls(LinkSigner(bytes(32)), "https://farm.example")
    render = MessageRenderer(urls, "bookings@farm.example", forms or email_forms())
    if kind == "waiting":
        return WaitingRenderer(render)(organisation, waiting(view), now=now, texts=texts or {})
    event = moved() if kind == "rescheduling" else None
    return render(RenderContext(kind, organisation, view, now, event=event, texts=texts or {}))
