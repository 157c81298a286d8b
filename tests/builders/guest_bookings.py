"""A guest who books on the pages, step by step, and the booking that comes of it."""

from datetime import timedelta
from typing import Final

from tests.builders.business import a_guest, the_worker
from tests.builders.guest_browser import GuestBrowser, Page

from fullhouse.booking.model.booking import Booking
from fullhouse.booking.model.slot import SlotId
from fullhouse.bootstrap.application import Application
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.ids import OrgId

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


async def wait(guest: GuestBrowser, slot: SlotId) -> Page:
    """The page of somebody else who waits for two places of a full time."""
    chosen = await guest.open(f"/meadow/sunflowers?party=2&slot={slot}")
    return await guest.send(chosen.form("/waiting"), {**DETAILS, "email": "bo@example.org"})


async def free_and_offer(app: Application, org_id: OrgId, slot: SlotId) -> None:
    """Cancel what is booked there, and offer the places to who waits first."""
    booking = await the_booking(app)
    await app.booking.cancel_booking(org_id, booking.booking_id, context=a_guest())
    assert isinstance(app.clock, ManualClock)
    app.clock.advance(timedelta(seconds=71))
    await app.booking.expire_holds()
    assert await app.booking.offer_freed_places(org_id, slot, context=the_worker()) == 1


async def accept(guest: GuestBrowser, waiting: Page) -> Page:
    """What somebody is asked who takes the offered places."""
    offered = await guest.open(waiting.forms[0].action.replace("/leave", ""))
    return await guest.send(next(one for one in offered.forms if "/accept" in one.action))


def change_link(ticket: Page) -> str:
    """Where the guest of a ticket changes the booking."""
    href = next(part for part in ticket.html.split('"') if "/change?t=" in part)
    return href.replace("&amp;", "&")
