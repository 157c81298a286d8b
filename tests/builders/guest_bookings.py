"""A guest who books on the pages, step by step, and the booking that comes of it."""

from typing import Final

from tests.builders.guest_browser import GuestBrowser, Page

from fullhouse.booking.model.booking import Booking
from fullhouse.booking.model.slot import SlotId
from fullhouse.bootstrap.application import Application

DETAILS: Final = {"name": "Ada Lovelace", "email": "ada@example.org", "phone": ""}


async def details_page(guest: GuestBrowser, slot: SlotId, chosen: str = "party=2") -> Page:
    """The form with the guest's details, once places are held for who is `chosen`."""
    page = await guest.open(f"/meadow/sunflowers?{chosen}&slot={slot}")
    return await guest.send(page.form("/holds"))


async def the_booking(app: Application, status: str = "confirmed") -> Booking:
    """The newest booking with this status."""
    async with app.database.unrestricted.session() as session:
        row = await session.connection.fetchrow(
            "SELECT org_id, ref FROM booking WHERE status = $1 ORDER BY booking_id DESC", status
        )
    assert row is not None
    view = await app.bookings.by_ref(row["org_id"], row["ref"])
    assert view is not None
    return view.booking


def change_link(ticket: Page) -> str:
    """Where the guest of a ticket changes the booking."""
    href = next(part for part in ticket.html.split('"') if "/change?t=" in part)
    return href.replace("&amp;", "&")
