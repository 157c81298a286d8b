"""A day at the front desk, and one booking with all that happened to it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final

from fullhouse.booking.events import CANCELLED, CHECKED_IN
from fullhouse.booking.model.offering import Offering, OfferingId
from fullhouse.booking.reads import bookings as reads
from fullhouse.booking.reads.bookings import BookingView, HistoryEntry
from fullhouse.entrypoints.web.addresses import desk
from fullhouse.entrypoints.web.months import share
from fullhouse.entrypoints.web.speech import Speech
from fullhouse.entrypoints.web.views import (
    Arrival,
    BookingPage,
    Empty,
    HistoryLine,
    Letter,
    Link,
    Note,
    PartyRow,
    RunSheet,
    Undo,
)
from fullhouse.entrypoints.web.words import Words
from fullhouse.kernel.money import Money
from fullhouse.messages.model import Message

_STATE_WORDS: Final = {"checked_in": "admin.state_arrived", "no_show": "admin.state_no_show"}


@dataclass(frozen=True, slots=True)
class Desk:
    """The front desk of an organisation, at one instant."""

    org: str
    speech: Speech
    now: datetime

    def run_sheet(
        self,
        day: date,
        arrivals: Sequence[reads.Arrival],
        offerings: Mapping[OfferingId, Offering],
        *,
        undo: Undo | None = None,
        note: Note | None = None,
    ) -> RunSheet:
        """The day by slots, in order of time."""
        words, spoken = self.speech.words, self.speech.day_year(day)
        expected = sum(arrival.party for arrival in arrivals)
        arrived = sum(arrival.party for arrival in arrivals if arrival.status == "checked_in")
        slots = [
            self._slot(list(group), offerings)
            for _, group in groupby(arrivals, key=lambda a: (a.starts_at, a.slot_id))
        ]
        return RunSheet(
            title=spoken,
            date=day.isoformat(),
            earlier=self._day_link(day - timedelta(days=1), words("admin.earlier_day")),
            later=self._day_link(day + timedelta(days=1), words("admin.later_day")),
            expected=expected,
            arrived=arrived,
            arrived_share=share(arrived, expected),
            arrivals=tuple(slots),
            undo=undo,
            note=note,
            empty=None
            if slots
            else Empty(words("admin.empty_title", day=spoken), words("admin.empty")),
        )

    def undo(
        self, view: BookingView, told: HistoryEntry, until: datetime, *, day: date | None
    ) -> Undo:
        """The bar that takes a check-in or a no-show back; `day` when it is on the run sheet."""
        phrase = "admin.undo_check_in" if told.kind == CHECKED_IN else "admin.undo_no_show"
        booking = view.booking
        return Undo(
            self.speech.words(
                phrase, name=booking.customer_name, party=self.speech.people(booking.party)
            ),
            desk(self.org, f"bookings/{booking.ref}/undo"),
            until.isoformat(),
            day.isoformat() if day else "",
        )

    def booking(
        self,
        view: BookingView,
        history: Sequence[HistoryEntry],
        *,
        undo: Undo | None = None,
        note: Note | None = None,
    ) -> BookingPage:
        booking, speech, words = view.booking, self.speech, self.speech.words
        day = speech.local(booking.starts_at).date()
        status = words(f"ticket.status_{booking.status}")
        contact = ", ".join(
            part for part in (booking.customer_email, booking.customer_phone) if part
        )
        source = ", ".join(f"{name} {value}" for name, value in (booking.source or {}).items())
        facts = (
            (view.offering.name, speech.day_time(booking.starts_at)),
            (words("admin.party"), speech.people(booking.party)),
            (words("admin.status"), status),
            (words("admin.contact"), contact),
            (words("admin.price"), speech.money(booking.price)),
            (words("admin.booked_at"), speech.day_time(booking.created_at)),
            (words("admin.source"), source),
        )
        return BookingPage(
            ref=booking.ref,
            name=booking.customer_name or words("ticket.status_held"),
            status=booking.status,
            status_word=status,
            facts=tuple((name, value) for name, value in facts if value),
            history=tuple(history_line(entry, speech, booking.currency) for entry in history),
            today_href=desk(self.org, "today", date=day.isoformat()) + f"#p-{booking.ref}",
            actions=self._actions(view),
            undo=undo,
            note=note,
        )

    def _slot(
        self, arrivals: list[reads.Arrival], offerings: Mapping[OfferingId, Offering]
    ) -> Arrival:
        first, words = arrivals[0], self.speech.words
        expected = sum(arrival.party for arrival in arrivals)
        arrived = sum(arrival.party for arrival in arrivals if arrival.status == "checked_in")
        return Arrival(
            anchor=f"s-{first.slot_id}",
            time=self.speech.time(first.starts_at),
            offering=offerings[first.offering_id].name,
            expected=expected,
            arrived=arrived,
            expected_share=share(expected, first.capacity),
            arrived_share=share(arrived, first.capacity),
            words=words("admin.of", arrived=arrived, expected=expected),
            sold=words("admin.of_capacity", booked=expected, capacity=first.capacity),
            now=first.starts_at <= self.now < first.ends_at,
            parties=tuple(self._party(arrival) for arrival in arrivals),
        )

    def _party(self, arrival: reads.Arrival) -> PartyRow:
        href = desk(self.org, f"bookings/{arrival.ref}")
        state = _STATE_WORDS.get(arrival.status)
        return PartyRow(
            ref=arrival.ref,
            size=arrival.party,
            name=arrival.customer_name,
            status=arrival.status,
            state_word=self.speech.words(state) if state else "",
            href=href,
            action=href,
        )

    def _actions(self, view: BookingView) -> tuple[Link, ...]:
        words, booking = self.speech.words, view.booking
        at = desk(self.org, f"bookings/{booking.ref}")
        check_in = Link(words("admin.check_in"), f"{at}/check-in", current=True)
        no_show = Link(words("admin.no_show"), f"{at}/no-show")
        match booking.status:
            case "confirmed":
                return (check_in, no_show)
            case "no_show":
                return (check_in,)
            case _:
                return ()

    def _day_link(self, day: date, name: str) -> Link:
        return Link("", desk(self.org, "today", date=day.isoformat()), name=name)


def letter_view(message: Message, speech: Speech) -> Letter:
    """A message as it is sent, or was."""
    words = speech.words
    return Letter(
        subject=message.subject,
        recipient=message.recipient,
        status=message.status,
        status_word=words(f"admin.message_{message.status}"),
        when=speech.day_time(message.sent_at or message.created_at),
        body=message.body_text,
    )


def history_line(entry: HistoryEntry, speech: Speech, currency: str) -> HistoryLine:
    """One thing that happened, as a sentence."""
    words, data = speech.words, entry.data
    party, fee = data.get("party"), data.get("fee")
    kind = "CancelledFee" if entry.kind == CANCELLED and fee else entry.kind
    key = f"history.{kind}"
    text = words(
        key if key in words.phrases else "history.other",
        kind=entry.kind,
        party=speech.people(party) if isinstance(party, int) else "",
        old=_time(data.get("from_starts_at"), speech),
        time=_time(data.get("starts_at"), speech),
        fee=speech.money(Money(fee, currency)) if isinstance(fee, int) else "",
    )
    return HistoryLine(
        when=speech.day_time(entry.at),
        instant=entry.at.isoformat(),
        text=text,
        who=who(entry.actor, words),
    )


def _time(value: object, speech: Speech) -> str:
    """An instant as events keep it, in ISO 8601, as people say it."""
    return speech.day_time(datetime.fromisoformat(value)) if isinstance(value, str) else ""


def who(actor: str, words: Words) -> str:
    """The person behind `guest`, `clock`, `staff:Ada` or `key:Website`."""
    kind, _, name = actor.partition(":")
    if name:
        return name
    return words(f"history.by_{kind}") if f"history.by_{kind}" in words.phrases else actor
