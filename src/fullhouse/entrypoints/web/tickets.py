"""A booking as its guest sees it: the ticket, and the page to change it. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import segno

from fullhouse.booking.model.booking import Terms
from fullhouse.booking.reads.bookings import BookingView
from fullhouse.entrypoints.web.addresses import BookingAddress, desk, directions
from fullhouse.entrypoints.web.months import MonthLinks, Shown, month_view, slot_rows
from fullhouse.entrypoints.web.speech import Speech
from fullhouse.entrypoints.web.views import ChangePage, Note, SlotRow, Ticket, TicketPage
from fullhouse.kernel.money import Money

VOID: Final = frozenset({"cancelled", "released", "expired"})


@dataclass(frozen=True, slots=True)
class Guest:
    """A booking in its guest's hands, at one instant."""

    view: BookingView
    house: str
    speech: Speech
    address: BookingAddress
    base_url: str
    now: datetime

    def ticket_page(self, note: Note | None, *, undo_href: str) -> TicketPage:
        booking, venue = self.view.booking, self.view.venue
        void = booking.status in VOID
        changes = (
            self.view.cancellation(self.now).allowed or self.view.rescheduling(self.now).allowed
        )
        return TicketPage(
            ticket=self.ticket(),
            note=note or self.standing(),
            calendar_href="" if void else self.address.calendar,
            change_href=self.address.change if changes else "",
            directions_href=""
            if void
            else directions(
                latitude=venue.latitude, longitude=venue.longitude, address=venue.address
            ),
            again_href=f"/{self.address.org}/{self.view.offering.slug}" if void else "",
            undo_href=undo_href,
            token=self.address.token,
        )

    def ticket(self) -> Ticket:
        booking, speech, words = self.view.booking, self.speech, self.speech.words
        price = speech.money(booking.price)
        where = ", ".join(part for part in (self.view.venue.name, self.view.venue.address) if part)
        return Ticket(
            ref=booking.ref,
            status=booking.status,
            status_word=words(f"ticket.status_{booking.status}"),
            void=booking.status in VOID,
            house=self.house,
            offering=self.view.offering.name,
            day=speech.day_year(speech.local(booking.starts_at).date()),
            time=" ".join(
                (
                    speech.time(booking.starts_at),
                    words("slot.until", time=speech.time(booking.ends_at)),
                )
            ),
            zone=words("ticket.zone", city=speech.city()),
            lines=(
                (words("ticket.name"), booking.customer_name),
                (words("ticket.party"), speech.people(booking.party)),
                (words("ticket.price"), price),
                (words("ticket.where"), where),
            ),
            where=where,
            qr=qr_code(self.base_url + desk(self.address.org, f"bookings/{booking.ref}")),
            code=words("ticket.qr", ref=booking.ref),
        )

    def standing(self) -> Note | None:
        """What to know about a booking that is no longer, or not only, a plan."""
        booking, words = self.view.booking, self.speech.words
        if booking.status == "cancelled" and booking.fee_amount:
            fee = self.speech.money(Money(booking.fee_amount, booking.currency))
            return Note("info", words("ticket.cancelled_fee", fee=fee))
        if booking.status == "cancelled":
            return Note("info", words("ticket.cancelled"))
        if booking.status == "checked_in":
            return Note("good", words("ticket.welcome"))
        if booking.status in {"released", "expired"}:
            return Note("info", words("ticket.no_longer_held"))
        return None

    def change_page(
        self, shown: Shown, day: date, *, picked: str | None, note: Note | None, last: date
    ) -> ChangePage:
        booking, words, address = self.view.booking, self.speech.words, self.address
        moving, leaving = self.view.rescheduling(self.now), self.view.cancellation(self.now)
        rows = tuple(
            row
            for row in slot_rows(shown, day, address.move_slot, waits=False)
            if row.slot_id not in {str(slot.slot_id) for slot in self.view.slots}
        )
        picked_row = next((row for row in rows if row.slot_id == picked and row.href), None)
        return ChangePage(
            ref=booking.ref,
            token=address.token,
            what=self.what(),
            back_href=address.ticket,
            move_allowed=moving.allowed,
            move_text=words("change.move_how", n=booking.party)
            if moving.allowed
            else words("refusal.too_late_move", until=self.speech.day_time(moving.until)),
            action_move=f"{address.path}/move",
            month=month_view(
                shown,
                day.replace(day=1),
                chosen=day,
                last=last,
                links=MonthLinks(address.move_day, address.move_month),
            )
            if moving.allowed
            else None,
            day_title=self.speech.day_long(day),
            slots=rows,
            picked=picked_row,
            move_button=self.move_words(shown, picked_row) if picked_row else "",
            move_close_href=address.move_day(day),
            cancel_allowed=leaving.allowed,
            cancel_text=self.cancel_words(leaving),
            cancel_button=self.cancel_button(leaving),
            action_cancel=f"{address.path}/cancel",
            note=note,
            empty=""
            if any(row.href for row in rows)
            else words(
                "change.move_none",
                day=self.speech.day_long(day),
                party=self.speech.people(booking.party),
            ),
        )

    def what(self) -> str:
        booking, speech = self.view.booking, self.speech
        parts = (
            self.view.offering.name,
            speech.day_time(booking.starts_at),
            speech.people(booking.party),
        )
        return ", ".join(parts)

    def move_words(self, shown: Shown, picked: SlotRow) -> str:
        new = next(slot for slot in shown.slots if str(slot.slot_id) == picked.slot_id)
        return self.speech.words(
            "change.move_confirm",
            old=self.speech.day_time(self.view.booking.starts_at),
            new=self.speech.day_time(new.starts_at),
        )

    def cancel_words(self, terms: Terms) -> str:
        """Until when it is free, or what it costs now, or until when it could have been done."""
        words, speech = self.speech.words, self.speech
        if not terms.allowed:
            return words("refusal.too_late_cancel", until=speech.day_time(terms.until))
        if terms.fee.amount:
            return words(
                "change.cancel_fee",
                until=speech.day_time(terms.free_until),
                fee=speech.money(terms.fee),
            )
        free_until = max(terms.free_until, terms.until) if self.is_always_free else terms.free_until
        return words("change.cancel_free", until=speech.day_time(free_until))

    def cancel_button(self, terms: Terms) -> str:
        if terms.fee.amount:
            return self.speech.words("change.cancel_fee_do", fee=self.speech.money(terms.fee))
        return self.speech.words("change.cancel_do")

    @property
    def is_always_free(self) -> bool:
        return self.view.offering.cancel_fee_percent == 0


def qr_code(text: str) -> str:
    """An SVG of its own size, drawn without styles so that the page's policy lets it through."""
    return segno.make_qr(text, error="m").svg_inline(border=0, omitsize=True)
