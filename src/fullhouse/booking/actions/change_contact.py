"""Change the contact details of a booking: a misspelt address, another phone number."""

from dataclasses import dataclass
from typing import Final

from fullhouse.booking import errors, limits
from fullhouse.booking.events import BookingLinkRenewed, ContactChanged
from fullhouse.booking.ledger.verdicts import wrong_status
from fullhouse.booking.model.booking import ATTENDING, Booking, BookingId
from fullhouse.booking.model.requests import Customer
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import VersionConflict
from fullhouse.storage.unit_of_work import UnitOfWork

_FIELDS: Final = ("name", "email", "phone")


@dataclass(frozen=True, slots=True)
class ChangeContact:
    """Replaces name, e-mail address and phone number of a booking that is to come or under way.

    A new address gets the ticket with new links, and the links given out before end: an address is
    mostly changed because it was somebody else's. The address before is told that it was changed,
    so that a guest whose link was misused hears of it.
    """

    async def __call__(
        self,
        uow: UnitOfWork,
        booking_id: BookingId,
        customer: Customer,
        *,
        expected_version: int | None = None,
    ) -> Booking:
        """Return the changed booking.

        Raises `UnknownBooking`, `VersionConflict`, the error of its status, and
        `TooManyContactChanges` for a guest.
        """
        booking = await self._locked(uow, booking_id)
        if expected_version not in {None, booking.version}:
            raise VersionConflict(version=booking.version)
        if booking.quarantined_at is not None:
            raise errors.BookingQuarantined
        if booking.status not in ATTENDING:
            raise wrong_status(booking.status)
        before = Customer(booking.customer_name, booking.customer_email, booking.customer_phone)
        fields = tuple(name for name in _FIELDS if getattr(before, name) != getattr(customer, name))
        if not fields:
            return booking
        await _require_few_changes(uow, booking_id)
        await uow.session.execute(
            "booking.change_contact",
            org_id=uow.org_id,
            booking_id=booking_id,
            name=customer.name,
            email=customer.email,
            phone=customer.phone,
        )
        uow.record(booking_id, ContactChanged(offering_id=booking.offering_id, fields=fields))
        if "email" in fields:
            uow.record(booking_id, BookingLinkRenewed(offering_id=booking.offering_id))
        return await self._locked(uow, booking_id)

    async def _locked(self, uow: UnitOfWork, booking_id: BookingId) -> Booking:
        booking = await uow.session.fetch_one(
            "booking.lock_booking", Booking, org_id=uow.org_id, booking_id=booking_id
        )
        if booking is None:
            raise errors.UnknownBooking
        return booking


async def _require_few_changes(uow: UnitOfWork, booking_id: BookingId) -> None:
    """Each new address gets a mail that its owner may not have asked for."""
    if uow.context.may(Permission.CHANGE_BOOKINGS):
        return
    changes = await uow.session.fetch_value(
        "booking.events_counted",
        int,
        org_id=uow.org_id,
        subject=booking_id,
        kind=ContactChanged.kind(),
        actor=uow.context.actor,
    )
    if (changes or 0) >= limits.CONTACT_CHANGES_MAX:
        raise errors.TooManyContactChanges(changes_max=limits.CONTACT_CHANGES_MAX)
