"""The history of one subject: its events as sentences, each with who did it and when. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from fullhouse.booking.actions.undo_change import last_move
from fullhouse.booking.events import (
    BookingEvent,
    Cancelled,
    GuestWrittenTo,
    PartyChanged,
    Rescheduled,
    TimeClosed,
)
from fullhouse.booking.model.booking import Booking
from fullhouse.booking.model.event_texts import EVENT_TEXTS
from fullhouse.booking.party_texts import party_change_text
from fullhouse.booking.reads.bookings import HistoryEntry
from fullhouse.kernel.money import Money
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import Translations, gettext_noop

_ACTOR_NAMES: Final = {
    "guest": gettext_noop("the guest"),
    "operator": gettext_noop("the operator"),
    "system": gettext_noop("automatically"),
    "account": gettext_noop("an account that is gone"),
    "key": gettext_noop("an API key that is gone"),
}


class HistoryLine(msgspec.Struct, frozen=True):
    """An event in the history of a booking."""

    when: str
    instant: str
    text: str
    who: str


def history_lines(
    entries: Sequence[HistoryEntry], formatter: LocaleFormatter, currency: str
) -> tuple[HistoryLine, ...]:
    return tuple(_line(entry, formatter, currency) for entry in entries)


def _line(entry: HistoryEntry, formatter: LocaleFormatter, currency: str) -> HistoryLine:
    """An event of a booking as a sentence."""
    _ = formatter.translations.gettext
    event = entry.event
    fee = event.fee if isinstance(event, Cancelled) else 0
    moved = event if isinstance(event, Rescheduled) else None
    kind = "CancelledFee" if fee else entry.kind
    text = _(
        EVENT_TEXTS.get(kind, EVENT_TEXTS["OfferingChanged"]),  # one that a newer program wrote
        party=formatter.people(event.party) if isinstance(event, BookingEvent) else "",
        old=formatter.date_time(moved.from_starts_at) if moved else "",
        time=formatter.date_time(moved.starts_at) if moved else "",
        fee=formatter.money(Money(fee, currency)) if fee else "",
    )
    if isinstance(event, PartyChanged | Rescheduled) and (
        changed := party_change_text(event, formatter)
    ):
        text = f"{text}. {changed}" if moved else changed
    reason = event.reason if isinstance(event, Cancelled | TimeClosed) else ""
    said = event.text if isinstance(event, GuestWrittenTo) else reason
    if said:
        text = f"{text}: {said}"
    return HistoryLine(
        when=formatter.date_time(entry.at),
        instant=entry.at.isoformat(),
        text=text,
        who=actor_name(entry.actor, formatter.translations, known=entry.actor_name),
    )


def actor_name(actor: str, translations: Translations, *, known: str | None = None) -> str:
    """Who did it: `known` is the name of an account or API key, as long as there is one."""
    text = _ACTOR_NAMES.get(actor.partition(":")[0])
    return known or (translations.gettext(text) if text else actor)


def no_room_to_undo_text(
    booking: Booking, history: Sequence[HistoryEntry], formatter: LocaleFormatter, *, now: datetime
) -> str:
    """Why the last change of a booking cannot be undone, how it stays, and what can be done.

    What is full is the time before the change, for the guests of before.
    """
    _ = formatter.translations.gettext
    last = last_move([(one.kind, one.payload, one.at) for one in history], now=now)
    moved = last if isinstance(last, Rescheduled) else None
    people = formatter.people((last.from_party if last else None) or booking.party)
    before = formatter.date_time(moved.from_starts_at if moved else booking.starts_at)
    why = _("%(time)s no longer has room for %(party)s.", time=before, party=people)
    stays = _("The booking stays as it is now.")
    if booking.status == "cancelled":
        stays = _("The booking stays cancelled.")
    elif moved:
        stays = _("The booking stays at %(time)s.", time=formatter.date_time(booking.starts_at))
    act = _("Choose another time, or add places to that one in the calendar and undo again.")
    return f"{why} {stays} {act}"
