"""A guest on the way to a booking, who keeps the forms of every page; and what then happens."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from tests.builders.api_client import ApiClient, a_client_of
from tests.builders.business import a_booking_of, a_guest, save
from tests.builders.guest_browser import Form, GuestBrowser, Page

from fullhouse.booking.model.slot import SlotId
from fullhouse.booking.reads.bookings import BookingView
from fullhouse.kernel.clock import ManualClock

AHEAD = timedelta(days=7)
TICKET = "Show this at the entrance"
DETAILS = "Confirm booking"
TIMES = "Times on"
Step = Callable[["Visit"], Awaitable[object]]
Expected = tuple[int, str]
"""A status, and words of a page."""

BOOKED: Expected = (200, TICKET)


@dataclass(slots=True)
class Visit:
    """One guest with two slots of two places, on the way from a time to a booking."""

    api: ApiClient
    clock: ManualClock
    browser: GuestBrowser
    slots: list[SlotId]
    number: int
    forms: dict[str, Form] = field(default_factory=dict)
    ref: str = ""

    @property
    def ana(self) -> dict[str, str]:
        """What the guest types."""
        return {"name": "Ana Lopez", "email": f"ana{self.number}@example.com", "phone": ""}

    @property
    def typed(self) -> dict[str, dict[str, str]]:
        """What is typed into the form of the details: right, corrected, and wrong."""
        return {
            "confirm": self.ana,
            "correct": {**self.ana, "email": f"ana{self.number}@example.org"},
            "wrong": {**self.ana, "email": "ana@", "phone": "12"},
        }

    @property
    def offering(self) -> str:
        return f"/{self.api.org}/{self.api.business.offering.slug}"

    async def hold(self) -> None:
        """Choose the first time, and go on to the details; keep the forms of both pages."""
        chosen = await self.choose(self.slots[0])
        self.forms["continue"] = chosen.form("/holds")
        held = await self.browser.send(self.forms["continue"])
        self.forms["confirm"], self.forms["release"] = hold_forms(held)

    async def choose(self, slot: SlotId, *, ahead: timedelta = AHEAD) -> Page:
        day = (self.clock.now() + ahead).date().isoformat()
        return await self.browser.open(f"{self.offering}?day={day}&party=2&slot={slot}")

    async def book(self) -> None:
        ticket = await self.browser.send(self.forms["confirm"], self.ana)
        assert TICKET in ticket.text
        self.ref = ticket.path.rpartition("/")[2]
        self.forms["cancel"] = (await self.browser.open(_link(ticket, "/cancel"))).form("/cancel")
        change = await self.browser.open(_link(ticket, "/change"))
        contact = await self.browser.open(_link(change, "/contact"))
        self.forms["contact"] = contact.form("/contact")
        token = self.forms["cancel"].fields["t"]
        base = self.forms["cancel"].action.partition("#")[0].removesuffix("/cancel")
        self.forms["renew"] = Form(f"{base}/renew", {"t": token})
        self.forms["move"] = Form(f"{base}/move", {"t": token, "slot": str(self.slots[1])})
        self.forms["undo"] = Form(f"{base}/undo", {"t": token})

    async def view(self) -> BookingView:
        view = await self.api.app.bookings.by_ref(self.api.business.org_id, self.ref)
        assert view is not None
        return view

    async def sell(self, slot: SlotId) -> None:
        """Book all of it as another customer."""
        request = a_booking_of(slot, party=2, name=f"Grace Hopper {self.number}")
        await self.api.app.booking.place_booking(
            self.api.business.org_id, request, context=a_guest()
        )


def hold_forms(page: Page) -> tuple[Form, Form]:
    (confirm,) = [form for form in page.forms if "email" in form.fields]
    return confirm, page.form("/release")


def _link(page: Page, ending: str) -> str:
    (href,) = {
        part.partition('"')[0].replace("&amp;", "&")
        for part in page.html.split('href="')[1:]
        if part.partition('"')[0].partition("?")[0].endswith(ending)
    }
    return href


@dataclass(slots=True)
class Visits:
    """Visits of one business, one after the other."""

    api: ApiClient
    clock: ManualClock
    count: int = 0

    async def begin(self) -> Visit:
        """A guest with a browser of its own, and times that are nobody else's."""
        self.count += 1
        self.clock.advance(timedelta(hours=1))
        await save(self.api.app, self.api.business.offering)
        slots = await self.api.business.slots(2, capacity=2, starts_in=AHEAD)
        browser = GuestBrowser(a_client_of(self.api.root, "127.0.0.1"))
        return Visit(self.api, self.clock, browser, slots, self.count)


async def booked(visit: Visit) -> None:
    """The guest has booked the first time."""
    await visit.book()


async def cancelled(visit: Visit) -> None:
    """The guest has cancelled."""
    await visit.book()
    await visit.browser.send(visit.forms["cancel"])


async def moved(visit: Visit) -> None:
    """The guest has moved the booking to the second time."""
    await visit.book()
    await visit.browser.send(visit.forms["move"])
