"""The page of an offering: from what is known to what is shown. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.slot import Slot
from fullhouse.entrypoints.web.addresses import OfferingAddress
from fullhouse.entrypoints.web.forms import Details
from fullhouse.entrypoints.web.months import MonthLinks, Shown, day_state, month_view, slot_rows
from fullhouse.entrypoints.web.speech import Speech
from fullhouse.entrypoints.web.views import (
    Chosen,
    Empty,
    Line,
    Link,
    Note,
    OfferingPage,
    Party,
)
from fullhouse.kernel.money import Money

Step = Literal["places", "details", "waiting"]


@dataclass(frozen=True, slots=True)
class Counter:
    """An offering as it is shown to a guest who has got this far."""

    shown: Shown
    address: OfferingAddress
    picture: str
    phone: str
    last: date
    """The last day that can be looked at."""

    @property
    def offering(self) -> Offering:
        return self.shown.offering

    @property
    def speech(self) -> Speech:
        return self.shown.speech

    def page(
        self, day: date, *, chosen: Chosen | None = None, note: Note | None = None, typed: int
    ) -> OfferingPage:
        """The page with that day's times; `typed` is the party as asked for, in bounds or not."""
        offering, speech = self.offering, self.speech
        links = MonthLinks(self.address.day, self.address.month)
        empty = self.empty(day)
        is_closed = day_state(self.shown, day, self.shown.on(day)) == "closed"
        rows = () if is_closed else slot_rows(self.shown, day, self.address.slot)
        return OfferingPage(
            name=offering.name,
            sentence=offering.summary,
            description=offering.description,
            price=price_words(offering, speech),
            picture=self.picture,
            action=self.address.path,
            day=day.isoformat(),
            day_title=speech.words("day.heading", day=speech.day_long(day)),
            zone=speech.city(),
            month=month_view(
                self.shown, day.replace(day=1), chosen=day, last=self.last, links=links
            ),
            party=self.party(typed),
            slots=rows,
            chosen=chosen,
            note=note or self.age(),
            empty=empty,
            live_href=self.address.live(day) if rows else "",
        )

    def age(self) -> Note | None:
        """That what is left was counted a while ago, when nobody can count it now."""
        counted = self.shown.stale_since
        if counted is None:
            return None
        return Note("info", self.speech.words("slot.stale", time=self.speech.time(counted)))

    def party(self, typed: int) -> Party:
        """The party with its bounds, and what to do when it is outside them."""
        offering, words = self.offering, self.speech.words
        problem = ""
        if typed < offering.party_min:
            problem = words("party.too_small", min=offering.party_min)
        elif typed > offering.party_max and self.phone:
            problem = words("party.too_large_call", max=offering.party_max, phone=self.phone)
        elif typed > offering.party_max:
            problem = words("party.too_large", max=offering.party_max)
        return Party(
            size=self.shown.party,
            smallest=offering.party_min,
            largest=offering.party_max,
            range=words("party.range", min=offering.party_min, max=offering.party_max),
            problem=problem,
        )

    def empty(self, day: date) -> Empty | None:
        """Why the day has no times to choose, and which day has."""
        slots = self.shown.on(day)
        state, words = day_state(self.shown, day, slots), self.speech.words
        if state in {"free", "few"}:
            return None
        spoken, following = self.speech.day_long(day), self.shown.first_day_with_room(after=day)
        link = None
        if following is not None:
            text = words("day.next_free", day=self.speech.day_long(following))
            link = Link(text, self.address.day(following))
        if state == "full":
            people = self.speech.people(self.shown.party)
            return Empty(spoken, words("day.all_full", day=spoken, party=people), link)
        if state == "closed":
            reason = next((slot.reason for slot in slots if slot.reason), "")
            text = words("day.closed", reason=reason) if reason else words("day.closed_no_reason")
            return Empty(words("day.closed_title", day=spoken), text, link)
        title = "day.over_title" if state == "past" else "day.none_title"
        return Empty(words(title, day=spoken), words("day.none"), link)

    def places(self, slot: Slot, *, once: str) -> Chosen:
        """The row opened: what it costs and on which terms, before places are taken.

        `once` is new each time: by it a form that is sent twice holds once.
        """
        minutes = self.offering.hold_seconds // 60
        return Chosen(
            slot_id=str(slot.slot_id),
            step="places",
            title=self.speech.day_time(slot.starts_at),
            people=self.speech.people(self.shown.party),
            action=self.address.holds,
            party=self.shown.party,
            lines=bill(self.offering, self.speech, party=self.shown.party),
            terms=policy_words(self.offering, self.speech, starts_at=slot.starts_at),
            close_href=self.address.day(self.speech.local(slot.starts_at).date()),
            hint=self.speech.words("step.continue_hint", minutes=minutes),
            once=once,
        )

    def waiting(self, slot: Slot, details: Details) -> Chosen:
        """The row of a full time: who to write to when the party fits."""
        words, people = self.speech.words, self.speech.people(self.shown.party)
        return Chosen(
            slot_id=str(slot.slot_id),
            step="waiting",
            title=words("waiting.title", time=self.speech.day_time(slot.starts_at)),
            people=people,
            action=self.address.waiting,
            party=self.shown.party,
            close_href=self.address.day(self.speech.local(slot.starts_at).date()),
            fields=details.fields(words, email_hint=words("waiting.email_hint")),
            hint=words("waiting.how", party=people, minutes=self.offering.waiting_offer_minutes),
        )

    def details(self, held: "HeldPlaces", details: Details, *, ask_another: bool) -> Chosen:
        """The row of held places: who they are for."""
        slot, speech = held.slot, self.speech
        return Chosen(
            slot_id=str(slot.slot_id),
            step="details",
            title=speech.day_time(slot.starts_at),
            people=speech.people(held.party),
            action=held.action,
            party=held.party,
            lines=bill(self.offering, speech, party=held.party, slots=held.slots),
            terms=policy_words(self.offering, speech, starts_at=slot.starts_at),
            fields=details.fields(speech.words, email_hint=speech.words("step.email_hint")),
            held_text=speech.words("step.held_until", time=speech.time(held.until)),
            held_until=held.until.isoformat(),
            release_href=held.release_href,
            ask_another=ask_another,
        )


@dataclass(frozen=True, slots=True)
class HeldPlaces:
    """Places that are kept for this guest until then."""

    slot: Slot
    party: int
    until: datetime
    action: str
    release_href: str
    slots: int = 1


def price_words(offering: Offering, speech: Speech) -> str:
    """`$12.00 a person`."""
    if not offering.price_amount:
        return speech.words("price.free")
    price = Money(offering.price_amount, offering.currency)
    phrase = "price.person" if offering.price_unit == "person" else "price.group"
    return speech.words(phrase, price=speech.money(price))


def bill(offering: Offering, speech: Speech, *, party: int, slots: int = 1) -> tuple[Line, ...]:
    """The price line by line, the total last."""
    words, total = speech.words, offering.price_of(party, slots=slots)
    if offering.price_unit == "person":
        unit = speech.money(Money(offering.price_amount, offering.currency))
        text = words("price.line_person", n=party * slots, price=unit)
    else:
        text = words("price.line_group", n=offering.party_max)
    return (Line(text, speech.money(total)), Line(words("price.total"), speech.money(total)))


def policy_words(offering: Offering, speech: Speech, *, starts_at: datetime) -> tuple[str, ...]:
    """Until when what can be changed, and what it costs after."""
    words, percent = speech.words, offering.cancel_fee_percent
    free_until = starts_at - timedelta(minutes=offering.cancel_free_until_minutes)
    move_until = starts_at - timedelta(minutes=offering.move_until_minutes)
    cancel = (
        words("step.policy_fee", until=speech.day_time(free_until), percent=percent)
        if percent
        else words("step.policy_free", until=speech.day_time(free_until))
    )
    return (cancel, words("step.policy_move", until=speech.day_time(move_until)))


def slot_of(slots: Sequence[Slot], slot_id: object) -> Slot | None:
    """The slot with that id, given as an id or as typed in an address."""
    return next((slot for slot in slots if str(slot.slot_id) == str(slot_id)), None)
