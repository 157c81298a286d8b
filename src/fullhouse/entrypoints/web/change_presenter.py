"""Presenter of the page on which a customer changes a booking: its time, its party. Pure."""

from datetime import date, datetime

import msgspec

from fullhouse.booking.model.booking import ATTENDING
from fullhouse.booking.model.price_categories import GivenGuests, guests_line, guests_of
from fullhouse.booking.model.terms import ChangePolicy, answering, shrinking
from fullhouse.booking.model.typed_guests import guests_fields
from fullhouse.booking.party_availability import AvailabilityView
from fullhouse.booking.price_texts import GuestRow, guest_rows
from fullhouse.booking.reads.bookings import BookingView
from fullhouse.entrypoints.web.availability_view import MonthLinks, month_view, slot_rows
from fullhouse.entrypoints.web.booking_presenter import BookingPagePresenter
from fullhouse.entrypoints.web.views import ChangePage, Note, PartyChange, SlotRow
from fullhouse.kernel.money import Money
from fullhouse.localisation.formatter import LocaleFormatter


class ChangePagePresenter(msgspec.Struct, frozen=True):
    """Presents the change of one booking on one day of the calendar.

    `availability` is for the party that the customer has chosen, which may be another than the
    booking's.
    """

    booking: BookingPagePresenter
    availability: AvailabilityView
    day: date
    last: date
    guests: GivenGuests | None = None
    """The guests that were chosen, by price category; they may be out of bounds."""

    @property
    def view(self) -> BookingView:
        return self.booking.view

    @property
    def formatter(self) -> LocaleFormatter:
        return self.booking.formatter

    def page(self, *, picked: str | None, note: Note | None) -> ChangePage:
        """The page; `picked` is the id of the slot to move to."""
        urls, day, view = self.booking.urls, self.day, self.view
        now = self.booking.now
        moving = view.rescheduling(now)
        current = {str(slot.slot_id) for slot in view.slots}
        rows = tuple(
            row
            for row in slot_rows(self.availability, day, urls.slot, waits=False)
            if row.slot_id not in current
        )
        picked_row = next((row for row in rows if row.slot_id == picked and row.href), None)
        links = MonthLinks(urls.move_day, urls.move_month)
        month = month_view(
            self.availability, day.replace(day=1), chosen=day, last=self.last, links=links
        )
        return ChangePage(
            ref=view.booking.ref,
            token=urls.token,
            summary=self.booking.summary_line(),
            back_href=urls.ticket,
            party=self.party_change(),
            move_allowed=moving.allowed,
            move_text=self._move_text(moving),
            action_move=urls.move,
            month=month if moving.allowed else None,
            day_title=self.formatter.long_date(day),
            slots=rows,
            picked=picked_row,
            move_button=self._move_button(picked_row) if picked_row else "",
            move_close_href=urls.move_day(day),
            link_text=self._link_text(),
            action_renew=urls.renew if self.booking.emails_guest else "",
            answers_href=urls.answers if self._can_answer(now) else "",
            contact_href=urls.contact if view.booking.status in ATTENDING else "",
            note=note,
            empty="" if any(row.href for row in rows) else self._no_other_time(),
        )

    def _can_answer(self, now: datetime) -> bool:
        offering, booking = self.view.offering, self.view.booking
        return bool(offering.questions) and answering(offering, booking, now=now).allowed

    def party_change(self) -> PartyChange | None:
        """The form for another number of guests; None for a booking that cannot be changed."""
        booking, offering, formatter = self.view.booking, self.view.offering, self.formatter
        _ = formatter.translations.gettext
        rows = self._rows()
        if booking.status != "confirmed" or (offering.party_min == offering.party_max and not rows):
            return None
        party = self.availability.party
        price = self._price(party)
        refusal = self._bounds_problem() or self._party_refusal(party)
        is_other = self._is_for_others
        text = _(
            "%(party)s: %(price)s instead of %(old)s.",
            party=self._people,
            price=formatter.money(price),
            old=formatter.money(booking.price),
        )
        return PartyChange(
            action_choose=self.booking.urls.path + "/change",
            value=party,
            smallest=min(offering.party_min, booking.party),
            largest=max(offering.party_max, booking.party),
            text=(refusal or text) if is_other else self._gone_text(),
            button=_("Change to %(party)s", party=self._people) if is_other and not refusal else "",
            rows=rows,
            hidden=guests_fields(self.guests),
        )

    @property
    def _is_for_others(self) -> bool:
        booking = self.view.booking
        is_other_party = self.availability.party != booking.party
        return is_other_party or self.guests not in (None, booking.guest_numbers)

    @property
    def _people(self) -> str:
        """How many come, or how many of each price category."""
        people = self.formatter.people(self.availability.party)
        return people if self.guests is None else guests_line(self.availability.guests) or people

    def _price(self, party: int) -> Money:
        view = self.view
        guests = self.availability.guests
        return view.offering.price_of(party, slots=len(view.booking.slots), guests=guests)

    def _bounds_problem(self) -> str:
        """Why so many guests, or so few, cannot be chosen; empty when they can."""
        if self.guests is None or sum(self.guests.values()) == self.availability.party:
            return ""
        offering = self.view.offering
        return self.formatter.translations.ngettext(
            "%(n)s person per booking.",
            "From %(min)s to %(n)s people per booking.",
            offering.party_max,
            min=offering.party_min,
        )

    def _rows(self) -> tuple[GuestRow, ...]:
        """How many come of each price category there is, where the booking was sold by them."""
        sold = self.view.booking.guest_numbers
        if sold is None:
            return ()
        numbers = sold if self.guests is None else self.guests
        return guest_rows(self.view.offering, self.formatter, numbers)

    def _gone_text(self) -> str:
        """What to choose where guests came by a price that is gone; empty where none did."""
        offering, sold = self.view.offering, guests_of(self.view.booking.guests)
        known = {one.id for one in offering.price_categories}
        gone = [one.name for one in sold if one.category not in known]
        if not (gone and known) or self.guests is not None:
            return ""
        return self.formatter.translations.gettext(
            "This price is no longer on offer: %(names)s. If you change who comes, choose a price "
            "for everyone.",
            names=", ".join(gone),
        )

    def _party_refusal(self, party: int) -> str:
        """Why the booking cannot be for so many on its own slots; empty when it can."""
        booking, offering, now = self.view.booking, self.view.offering, self.booking.now
        _ = self.formatter.translations.gettext
        price = self._price(party)
        pay_less = booking.guests is not None and price.amount < booking.price_amount
        if party < booking.party or (pay_less and self._is_for_others):
            terms = shrinking(offering, booking, price, now=now)
            if terms.allowed:
                return ""
            return _(
                "It's too late to reduce the number of people: that was possible until %(until)s.",
                until=self.formatter.date_time(terms.until),
            )
        closes = offering.books_until(booking.starts_at)
        if party == booking.party or (offering.published and now <= closes):
            return ""
        return _("More people can no longer be added. Please call us.")

    def _link_text(self) -> str:
        """What the link may do; without e-mails, a new one would reach nobody."""
        _ = self.formatter.translations.gettext
        return " ".join(
            (
                _("Anyone with this link can change or cancel the booking."),
                _(
                    "If the wrong person has it, we'll e-mail you a new one, and earlier links "
                    "stop working."
                )
                if self.booking.emails_guest
                else _("If the wrong person has it, please ask us for a new one."),
            )
        )

    def _no_other_time(self) -> str:
        return self.formatter.translations.gettext(
            "No other time on %(day)s is available for %(party)s.",
            day=self.formatter.long_date(self.day),
            party=self.formatter.people(self.availability.party),
        )

    def _move_text(self, terms: ChangePolicy) -> str:
        """How to choose another time, or why that is not possible."""
        _ = self.formatter.translations.gettext
        if not self.view.offering.published:
            return _("No other times are on sale. Please call us.")
        if not terms.allowed:
            until = self.formatter.date_time(terms.until)
            return _(
                "It's too late to change the time: that was possible until %(until)s.", until=until
            )
        return _("Choose another day or time.")

    def _move_button(self, picked: SlotRow) -> str:
        new = next(slot for slot in self.availability.slots if str(slot.slot_id) == picked.slot_id)
        _, formatter = self.formatter.translations.gettext, self.formatter
        old = self.view.booking.starts_at
        text = _(
            "Move from %(old)s to %(new)s",
            old=formatter.date_time(old),
            new=formatter.time_on(formatter.local(old).date(), new.starts_at),
        )
        if not self._is_for_others:
            return text
        return _("%(move)s, %(party)s", move=text, party=self._people)
