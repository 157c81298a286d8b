"""The page of an offering: from what is known to what is shown. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.slot import Slot
from fullhouse.booking.model.urls import OfferingUrls
from fullhouse.entrypoints.web.forms import Details
from fullhouse.entrypoints.web.months import (
    MonthLinks,
    Shown,
    day_state,
    live_texts,
    month_view,
    slot_rows,
)
from fullhouse.entrypoints.web.views import (
    Chosen,
    Empty,
    Link,
    Note,
    OfferingPage,
    Party,
    PriceLine,
)
from fullhouse.kernel.money import Money
from fullhouse.localisation.formatter import LocaleFormatter

Step = Literal["places", "details", "waiting"]


@dataclass(frozen=True, slots=True)
class Counter:
    """An offering as it is shown to a guest who has got this far."""

    shown: Shown
    urls: OfferingUrls
    picture: str
    phone: str
    last: date
    """The last day that can be looked at."""

    @property
    def offering(self) -> Offering:
        return self.shown.offering

    @property
    def formatter(self) -> LocaleFormatter:
        return self.shown.formatter

    def page(
        self, day: date, *, chosen: Chosen | None = None, note: Note | None = None, typed: int
    ) -> OfferingPage:
        """The page with that day's times; `typed` is the party as asked for, in bounds or not."""
        offering, formatter = self.offering, self.formatter
        links = MonthLinks(self.urls.day, self.urls.month)
        empty = self.empty(day)
        is_closed = day_state(self.shown, day, self.shown.on(day)) == "closed"
        rows = () if is_closed else slot_rows(self.shown, day, self.urls.slot)
        return OfferingPage(
            name=offering.name,
            sentence=offering.summary,
            description=offering.description,
            price=price_words(offering, formatter),
            picture=self.picture,
            action=self.urls.path,
            day=day.isoformat(),
            day_title=formatter.translations.gettext(
                "Times on %(day)s", day=formatter.long_date(day)
            ),
            zone=formatter.zone_city(),
            month=month_view(
                self.shown, day.replace(day=1), chosen=day, last=self.last, links=links
            ),
            party=self.party(typed),
            slots=rows,
            chosen=chosen,
            note=note or self.age(),
            empty=empty,
            live_href=self.urls.live(day) if rows else "",
            live_texts=live_texts(self.shown) if rows else (),
        )

    def age(self) -> Note | None:
        """That what is left was counted a while ago, when nobody can count it now."""
        counted = self.shown.stale_since
        if counted is None:
            return None
        return Note(
            "info",
            self.formatter.translations.gettext(
                "What is left was last counted at %(time)s. We check again "
                "before anything is booked.",
                time=self.formatter.time(counted),
            ),
        )

    def party(self, typed: int) -> Party:
        """The party with its bounds, and what to do when it is outside them."""
        _ = self.formatter.translations.gettext
        ngettext = self.formatter.translations.ngettext
        offering = self.offering
        problem = ""
        if typed < offering.party_min:
            problem = _("This is for parties of %(min)s or more.", min=offering.party_min)
        elif typed > offering.party_max and self.phone:
            problem = ngettext(
                "One booking is for %(n)s person. For more of you, please call %(phone)s.",
                "One booking is for up to %(n)s people. For more of you, please call %(phone)s.",
                offering.party_max,
                phone=self.phone,
            )
        elif typed > offering.party_max:
            problem = ngettext(
                "One booking is for %(n)s person. For more of you, "
                "please make two bookings or call us.",
                "One booking is for up to %(n)s people. For more of you, "
                "please make two bookings or call us.",
                offering.party_max,
            )
        return Party(
            size=self.shown.party,
            smallest=offering.party_min,
            largest=offering.party_max,
            range=ngettext(
                "%(n)s person in one booking.",
                "From %(min)s to %(n)s people in one booking.",
                offering.party_max,
                min=offering.party_min,
            ),
            problem=problem,
        )

    def empty(self, day: date) -> Empty | None:
        """Why the day has no times to choose, and which day has."""
        slots = self.shown.on(day)
        _ = self.formatter.translations.gettext
        state = day_state(self.shown, day, slots)
        if state in {"free", "few"}:
            return None
        spoken, following = self.formatter.long_date(day), self.shown.first_day_with_room(after=day)
        link = None
        if following is not None:
            text = _("The next day with room is %(day)s.", day=self.formatter.long_date(following))
            link = Link(text, self.urls.day(following))
        if state == "full":
            people = self.formatter.people(self.shown.party)
            return Empty(
                spoken,
                _(
                    "Every time on %(day)s is full for %(party)s. You can join the "
                    "waiting list of a time, or try another day.",
                    day=spoken,
                    party=people,
                ),
                link,
            )
        if state == "closed":
            reason = next((slot.reason for slot in slots if slot.reason), "")
            text = (
                _("%(reason)s. Please choose another day.", reason=reason)
                if reason
                else _("No bookings on this day. Please choose another one.")
            )
            return Empty(_("Closed on %(day)s", day=spoken), text, link)
        title = (
            _("Booking for %(day)s has ended", day=spoken)
            if state == "past"
            else _("No times on %(day)s", day=spoken)
        )
        return Empty(title, _("Days with times to choose are marked in the month."), link)

    def places(self, slot: Slot, *, once: str) -> Chosen:
        """The row opened: what it costs and on which terms, before places are taken.

        `once` is new each time: by it a form that is sent twice holds once.
        """
        minutes = self.offering.hold_seconds // 60
        return Chosen(
            slot_id=str(slot.slot_id),
            step="places",
            title=self.formatter.date_time(slot.starts_at),
            people=self.formatter.people(self.shown.party),
            action=self.urls.holds,
            party=self.shown.party,
            lines=bill(self.offering, self.formatter, party=self.shown.party),
            terms=policy_words(self.offering, self.formatter, starts_at=slot.starts_at),
            close_href=self.urls.day(self.formatter.local(slot.starts_at).date()),
            hint=self.formatter.translations.ngettext(
                "Continuing keeps these places for you for %(n)s minute "
                "while you fill in your details.",
                "Continuing keeps these places for you for %(n)s minutes "
                "while you fill in your details.",
                minutes,
            ),
            once=once,
        )

    def waiting(self, slot: Slot, details: Details) -> Chosen:
        """The row of a full time: who to write to when the party fits."""
        translations = self.formatter.translations
        people = self.formatter.people(self.shown.party)
        return Chosen(
            slot_id=str(slot.slot_id),
            step="waiting",
            title=translations.gettext(
                "Join the waiting list for %(time)s", time=self.formatter.date_time(slot.starts_at)
            ),
            people=people,
            action=self.urls.waiting_list,
            party=self.shown.party,
            close_href=self.urls.day(self.formatter.local(slot.starts_at).date()),
            fields=details.fields(
                translations,
                email_hint=translations.gettext("We write here when places come free."),
            ),
            hint=translations.ngettext(
                "When %(party)s fit, we write to you and keep the places for %(n)s minute.",
                "When %(party)s fit, we write to you and keep the places for %(n)s minutes.",
                self.offering.waiting_offer_minutes,
                party=people,
            ),
        )

    def details(self, held: "HeldPlaces", details: Details, *, ask_another: bool) -> Chosen:
        """The row of held places: who they are for."""
        slot, formatter = held.slot, self.formatter
        return Chosen(
            slot_id=str(slot.slot_id),
            step="details",
            title=formatter.date_time(slot.starts_at),
            people=formatter.people(held.party),
            action=held.action,
            party=held.party,
            lines=bill(self.offering, formatter, party=held.party, slots=held.slots),
            terms=policy_words(self.offering, formatter, starts_at=slot.starts_at),
            fields=details.fields(
                formatter.translations,
                email_hint=formatter.translations.gettext("Your ticket goes here."),
            ),
            held_text=formatter.translations.gettext(
                "Your places are held until %(time)s.", time=formatter.time(held.until)
            ),
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


def price_words(offering: Offering, formatter: LocaleFormatter) -> str:
    """`$12.00 a person`."""
    if not offering.price_amount:
        return formatter.translations.pgettext("price", "Free")
    _ = formatter.translations.gettext
    price = formatter.money(Money(offering.price_amount, offering.currency))
    if offering.price_unit == "person":
        return _("%(price)s a person", price=price)
    return _("%(price)s a group", price=price)


def bill(
    offering: Offering, formatter: LocaleFormatter, *, party: int, slots: int = 1
) -> tuple[PriceLine, ...]:
    """The price line by line, the total last."""
    translations, total = formatter.translations, offering.price_of(party, slots=slots)
    if offering.price_unit == "person":
        unit = formatter.money(Money(offering.price_amount, offering.currency))
        text = translations.ngettext(
            "%(n)s person at %(price)s", "%(n)s people at %(price)s", party * slots, price=unit
        )
    else:
        text = translations.ngettext(
            "One group of up to %(n)s", "One group of up to %(n)s", offering.party_max
        )
    amount = formatter.money(total)
    return (PriceLine(text, amount), PriceLine(translations.gettext("Total"), amount))


def policy_words(
    offering: Offering, formatter: LocaleFormatter, *, starts_at: datetime
) -> tuple[str, ...]:
    """Until when what can be changed, and what it costs after."""
    _ = formatter.translations.gettext
    percent = offering.cancel_fee_percent
    free_until = starts_at - timedelta(minutes=offering.cancel_free_until_minutes)
    move_until = starts_at - timedelta(minutes=offering.move_until_minutes)
    cancel = (
        _(
            "Free to cancel until %(until)s, after that %(percent)s %% of the price is kept.",
            until=formatter.date_time(free_until),
            percent=percent,
        )
        if percent
        else _("Free to cancel until %(until)s.", until=formatter.date_time(free_until))
    )
    return (
        cancel,
        _("You can change the time until %(until)s.", until=formatter.date_time(move_until)),
    )


def slot_of(slots: Sequence[Slot], slot_id: object) -> Slot | None:
    """The slot with that id, given as an id or as typed in an address."""
    return next((slot for slot in slots if str(slot.slot_id) == str(slot_id)), None)
