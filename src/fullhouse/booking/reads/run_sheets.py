"""The run sheet: the slots of a day at their venues, and the parties that are expected in them."""

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from typing import Final

from fullhouse.booking.limits import SHEET_SLOTS_MAX
from fullhouse.booking.model.booking import BookingId, Status
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.price_categories import StoredGuests
from fullhouse.booking.model.questions import StoredAnswers
from fullhouse.booking.model.slot import SlotId, SlotOfDay
from fullhouse.kernel.ids import OrgId
from fullhouse.kernel.text import normalized
from fullhouse.people.model.person_names import sorting_name
from fullhouse.people.model.spelling import spelled
from fullhouse.storage.database import Session

_DIGITS_MIN: Final = 3
"""Fewer digits of a phone number find half of the guests."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A party expected in a slot."""

    slot_id: SlotId
    booking_id: BookingId
    ref: str
    status: Status
    party: int
    customer_name: str
    customer_email: str
    customer_phone: str
    note: str
    """What staff have noted; guests never see it."""
    answers: StoredAnswers | None
    guests: StoredGuests | None


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A line of the sheet. `key` is the reference, with a number in a further slot."""

    key: str
    slot: SlotOfDay
    arrival: Arrival


@dataclass(frozen=True, slots=True)
class DayOfArrivals:
    """A day: its slots in order of time, with the parties of each by surname."""

    day: date
    slots: Sequence[SlotOfDay]
    parties: Mapping[SlotId, Sequence[Arrival]]

    def of_slot(self, slot_id: SlotId) -> Sequence[Arrival]:
        return self.parties.get(slot_id, ())

    @property
    def arrivals(self) -> list[Arrival]:
        """All parties, in the order of the sheet."""
        return [one for slot in self.slots for one in self.of_slot(slot.slot_id)]

    def bookable(self, now: datetime, chosen: str) -> list[SlotOfDay]:
        """The slots that staff may book still: those with room, and the one that was chosen."""
        return [
            slot
            for slot in self.slots
            if str(slot.slot_id) == chosen
            or (slot.ends_at > now and slot.state == "open" and slot.remaining > 0)
        ]

    def rows(self) -> list[SheetRow]:
        """All lines, in the order of the sheet. A booking has one in each of its slots."""
        seen, rows = Counter[str](), []
        for slot in self.slots:
            for arrival in self.of_slot(slot.slot_id):
                seen[arrival.ref] += 1
                number = seen[arrival.ref]
                key = arrival.ref if number == 1 else f"{arrival.ref}-{number}"
                rows.append(SheetRow(key, slot, arrival))
        return rows


async def slots_on_days(
    session: Session,
    org_id: OrgId,
    days: tuple[date, date],
    *,
    offering_id: OfferingId | None = None,
    limit: int = SHEET_SLOTS_MAX,
) -> list[SlotOfDay]:
    """The slots that start on the first to the last of `days` at their venue, in order of time."""
    first, last = days
    return await session.fetch(
        "booking.slots_on_days",
        SlotOfDay,
        org_id=org_id,
        offering_id=offering_id,
        first=first,
        last=last,
        limit=limit,
    )


async def arrivals_on(session: Session, org_id: OrgId, day: date) -> DayOfArrivals:
    """The slots that start on that day at their venue, and who is expected. Two statements."""
    slots = await slots_on_days(session, org_id, (day, day))
    found = await session.fetch("booking.arrivals_on", Arrival, org_id=org_id, day=day)
    by_slot = groupby(found, key=attrgetter("slot_id"))
    parties = {slot_id: sorted(group, key=by_surname) for slot_id, group in by_slot}
    return DayOfArrivals(day, slots, parties)


def counts_of(arrivals: Sequence[Arrival]) -> tuple[int, int]:
    """How many guests are expected, and how many of them have arrived."""
    arrived = sum(one.party for one in arrivals if one.status == "checked_in")
    return sum(one.party for one in arrivals), arrived


def by_surname(arrival: Arrival) -> tuple[str, str]:
    return sorting_name(arrival.customer_name), arrival.ref


def matches(arrival: Arrival, text: str) -> bool:
    """Whether a party is found by a part of its name, reference, e-mail address or phone number.

    Neither case, accents, umlauts as two letters nor the way in which a number is written count.
    """
    wanted = _folded(text)
    if not wanted:
        return True
    texts = f"{arrival.customer_name}\n{arrival.ref}\n{arrival.customer_email}"
    if wanted in _folded(texts) or spelled(text).strip() in spelled(texts):
        return True
    digits = _digits(text).lstrip("0")
    is_number = len(digits) >= _DIGITS_MIN and not any(c.isalpha() for c in text)
    return is_number and digits in _digits(arrival.customer_phone)


def _folded(text: str) -> str:
    if not text.isascii():
        decomposed = normalized("NFKD", text)
        text = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(text.casefold().split())


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())
