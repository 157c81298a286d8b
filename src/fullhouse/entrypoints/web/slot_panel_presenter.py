"""Presents one slot of the calendar: who is in it, and what can be done with it. Pure."""

from collections.abc import Sequence
from itertools import groupby

import msgspec

from fullhouse.booking.model.answer_texts import details_line
from fullhouse.booking.model.slot import SlotOfDay
from fullhouse.booking.model.status_names import status_name
from fullhouse.booking.model.urls import admin_path
from fullhouse.booking.reads.run_sheets import Arrival
from fullhouse.entrypoints.web.calendar_presenter import CalendarPresenter
from fullhouse.entrypoints.web.calendar_views import PartyInSlot, SlotPanel
from fullhouse.entrypoints.web.views import Choice, Link
from fullhouse.kernel.context import Permission, RequestContext
from fullhouse.people.model.contact import phone_text, phone_url


class SlotPanelPresenter(msgspec.Struct, frozen=True):
    """Presents what was read of a slot; `others` are times of its offering around it."""

    calendar: CalendarPresenter
    slot: SlotOfDay
    parties: Sequence[Arrival]
    others: Sequence[SlotOfDay]
    context: RequestContext

    def panel(self) -> SlotPanel:
        calendar, slot = self.calendar, self.slot
        _ = calendar.formatter.translations.gettext
        formatter, org = calendar.of_venue(slot), calendar.org
        day = formatter.full_date(formatter.local(slot.starts_at).date())
        occupied, is_over = calendar.occupied(slot), slot.ends_at <= calendar.now
        query = calendar.query.values()
        return SlotPanel(
            slot_id=str(slot.slot_id),
            offering_id=str(slot.offering_id),
            title=f"{day}, {formatter.time_range(slot.starts_at, slot.ends_at)}",
            offering=slot.offering_name,
            occupied=occupied,
            closed="" if slot.state == "open" else occupied.word,
            figures=(
                (_("Booked"), str(slot.booked)),
                (_("Reserved"), str(slot.held)),
                (_("Free"), str(slot.remaining)),
                (_("Places"), str(slot.capacity)),
            ),
            parties=tuple(map(self._party, self.parties)),
            back=Link(_("Back to the calendar"), calendar.href()),
            path=admin_path(org, f"calendar/slots/{slot.slot_id}"),
            query=admin_path(org, "calendar", **query).partition("?")[2],
            targets=self._targets() if self.parties else (),
            capacity=slot.capacity,
            may_change=self.context.may(Permission.CHANGE_BOOKINGS),
            may_manage=self.context.may(Permission.MANAGE_OFFERINGS),
            is_over=is_over,
            is_open=slot.state == "open",
            closes_too=self._closes_too(),
        )

    def _party(self, arrival: Arrival) -> PartyInSlot:
        translations = self.calendar.formatter.translations
        is_confirmed = arrival.status == "confirmed"
        return PartyInSlot(
            ref=arrival.ref,
            size=arrival.party,
            name=arrival.customer_name or arrival.ref,
            href=admin_path(self.calendar.org, f"bookings/{arrival.ref}"),
            phone=phone_text(arrival.customer_phone),
            phone_href=phone_url(arrival.customer_phone),
            state_text="" if is_confirmed else status_name(arrival.status, translations),
            note=arrival.note,
            answers=details_line(arrival.guests, arrival.answers, translations),
            may_move=is_confirmed,
        )

    def _targets(self) -> tuple[tuple[str, tuple[Choice, ...]], ...]:
        """Other times that are not over and have room for the smallest party, by day."""
        formatter = self.calendar.of_venue(self.slot)
        smallest = min((party.party for party in self.parties), default=1)
        open_ones = self.slot.others_with_room(self.others, smallest, now=self.calendar.now)
        left = formatter.translations.ngettext
        return tuple(
            (
                formatter.full_date(day),
                tuple(
                    Choice(
                        str(one.slot_id),
                        f"{formatter.time(one.starts_at)} · "
                        f"{left('%(n)s left', '%(n)s left', one.remaining)}",
                    )
                    for one in group
                ),
            )
            for day, group in groupby(
                open_ones, key=lambda one: formatter.local(one.starts_at).date()
            )
        )

    def _closes_too(self) -> str:
        """The times of the offering that overlap this one, and would be closed with it."""
        formatter, others = self.calendar.of_venue(self.slot), self.slot.overlapping(self.others)
        return formatter.listing([formatter.time(one.starts_at) for one in others])
