"""Bookings as the API shows them: from a command's outcome, or as they are stored."""

from dataclasses import dataclass

from fullhouse.booking.model.booking import Booking
from fullhouse.booking.model.outcomes import BookedSlot, BookingOutcome
from fullhouse.booking.model.urls import SignedUrls
from fullhouse.booking.reads.bookings import BookingView
from fullhouse.entrypoints.api.shapes import (
    BookingShape,
    CustomerShape,
    MoneyShape,
    slot_shape,
    zone_of,
)


@dataclass(frozen=True, slots=True)
class Showing:
    """Everything of an outcome's shape comes of the outcome, so a repeat is byte for byte equal."""

    urls: SignedUrls

    def outcome(self, org: str, outcome: BookingOutcome) -> BookingShape:
        """A booking right after a command."""
        zone = zone_of(outcome.zone)
        slots = tuple(slot_shape(slot, zone) for slot in outcome.slots)
        urls = self.urls.booking(
            org, outcome.ref, org_id=outcome.org_id, booking_id=outcome.booking_id
        )
        named = outcome.status != "held"
        return BookingShape(
            ref=outcome.ref,
            id=outcome.booking_id,
            status=outcome.status,
            offering=outcome.offering,
            zone=outcome.zone,
            slot=slots[0],
            slots=slots,
            party=outcome.party,
            price=MoneyShape(outcome.price_amount, outcome.currency),
            fee=MoneyShape(outcome.fee_amount, outcome.currency) if outcome.fee_amount else None,
            manage_url=urls.change if named else None,
            ticket_url=urls.ticket if named else None,
            expires_at=outcome.expires_at and outcome.expires_at.astimezone(zone),
        )

    def view(self, org: str, view: BookingView) -> BookingShape:
        """A booking as it is stored, for whoever may see its customer."""
        return self._stored(
            org,
            view.booking,
            offering=view.offering.slug,
            zone=view.venue.zone,
            slots=view.slots,
        )

    def _stored(
        self,
        org: str,
        booking: Booking,
        *,
        offering: str,
        zone: str,
        slots: tuple[BookedSlot, ...],
    ) -> BookingShape:
        place = zone_of(zone)
        shown = tuple(slot_shape(slot, place) for slot in slots)
        urls = self.urls.booking(
            org, booking.ref, org_id=booking.org_id, booking_id=booking.booking_id
        )
        held = booking.status == "held"
        return BookingShape(
            ref=booking.ref,
            id=booking.booking_id,
            status=booking.status,
            offering=offering,
            zone=zone,
            slot=shown[0],
            slots=shown,
            party=booking.party,
            price=MoneyShape(booking.price_amount, booking.currency),
            fee=MoneyShape(booking.fee_amount, booking.currency) if booking.fee_amount else None,
            manage_url=urls.change,
            ticket_url=urls.ticket,
            expires_at=booking.expires_at.astimezone(place)
            if held and booking.expires_at is not None
            else None,
            customer=CustomerShape(
                booking.customer_name, booking.customer_email, booking.customer_phone
            ),
            created_at=booking.created_at.astimezone(place),
        )
