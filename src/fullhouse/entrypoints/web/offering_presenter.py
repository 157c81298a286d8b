"""The page of an offering: its days, its times, and the form of each step of booking. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec

from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.price_categories import CategoryGuests, GivenGuests
from fullhouse.booking.model.slot import Slot, SlotId
from fullhouse.booking.model.typed_guests import guests_fields
from fullhouse.booking.model.urls import OfferingUrls
from fullhouse.booking.model.waiting import longest_offer
from fullhouse.booking.party_availability import AvailabilityView, day_summary
from fullhouse.booking.price_texts import guest_rows, price_lines, price_text
from fullhouse.entrypoints.web.answer_forms import answer_fields, guest_fields
from fullhouse.entrypoints.web.availability_view import (
    MonthLinks,
    live_texts,
    month_view,
    slot_rows,
)
from fullhouse.entrypoints.web.forms import Details
from fullhouse.entrypoints.web.views import (
    Empty,
    Field,
    Link,
    Note,
    OfferingPage,
    Party,
    ShownPicture,
    SlotForm,
)
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.messages.facts import payment_text, policy_lines


class LaterDays(msgspec.Struct, frozen=True):
    """The days beyond those of the page: the next one with room, or else the first not open yet."""

    next_day: date | None = None
    first_day: date | None = None
    opens_on: date | None = None
    """The day from which `first_day` can be booked."""


class OfferingPagePresenter(msgspec.Struct, frozen=True):
    """Presents an offering on one day, and the form of each step of booking it."""

    availability: AvailabilityView
    urls: OfferingUrls
    picture: str
    pictures: tuple[ShownPicture, ...]
    phone: str
    day: date
    month: date
    """The month of the calendar; near its end the calendar shows days of the next one, too."""
    last: date
    """The last day of the calendar."""
    later: LaterDays
    requested_day: date | None
    """The day of the query, which may be too far ahead."""
    requested_party: int
    """The party of the query; out of bounds, `availability` is for the nearest party in bounds."""
    requested_guests: GivenGuests | None
    """The same by price category."""
    sends_email: bool

    @property
    def offering(self) -> Offering:
        return self.availability.offering

    @property
    def formatter(self) -> LocaleFormatter:
        return self.availability.formatter

    def page(self, *, slot_form: SlotForm | None = None, note: Note | None = None) -> OfferingPage:
        """The page with the times of the day."""
        offering, formatter, day = self.offering, self.formatter, self.day
        links = MonthLinks(self.urls.day, self.urls.month)
        empty = self.empty()
        summary = day_summary(self.availability, day, self.availability.on(day))
        is_closed = summary.state == "closed"
        rows = () if is_closed else slot_rows(self.availability, day, self.urls.slot)
        return OfferingPage(
            name=offering.name,
            summary=offering.summary,
            description=offering.description,
            price=price_text(offering, formatter),
            picture=self.picture,
            picture_alt=offering.picture_alt,
            pictures=self.pictures,
            action=self.urls.path,
            day=day.isoformat(),
            day_title=formatter.translations.gettext(
                "Times on %(day)s", day=formatter.long_date(day)
            ),
            month=month_view(
                self.availability, self.month, chosen=day, last=self.last, links=links
            ),
            party=self.party(),
            slots=rows,
            slot_form=slot_form,
            note=note or self.stale_note() or self.not_open_note(),
            empty=empty,
            live_href=self.urls.live(day) if rows else "",
            counts_href=self.urls.counts(day) if rows else "",
            live_texts=live_texts(self.availability) if rows else (),
        )

    def stale_note(self) -> Note | None:
        """The note that the remaining places may be outdated, when they could not be read."""
        counted = self.availability.stale_since
        if counted is None:
            return None
        minutes = int((self.availability.now - counted).total_seconds() // 60)
        texts, time = self.formatter.translations, self.formatter.time(counted)
        text = (
            texts.ngettext(
                "Availability was last updated at %(time)s, %(n)s minute ago. We check it again "
                "before we book.",
                "Availability was last updated at %(time)s, %(n)s minutes ago. We check it again "
                "before we book.",
                minutes,
                time=time,
            )
            if minutes
            else texts.gettext(
                "Availability was last updated at %(time)s. We check it again before we book.",
                time=time,
            )
        )
        return Note("info", text)

    def not_open_note(self) -> Note | None:
        """The note that the day of the query cannot be booked yet."""
        day = self.requested_day
        if day is None or day <= self.last:
            return None
        opens_on = day - timedelta(days=self.offering.book_ahead_days)
        text = self.formatter.translations.gettext(
            "Booking for %(day)s opens on %(opens)s.",
            day=self.formatter.full_date(day),
            opens=self.formatter.full_date(opens_on),
        )
        return Note("info", text)

    def party(self) -> Party:
        """The party with its bounds, and the problem of one that is out of bounds."""
        _ = self.formatter.translations.gettext
        ngettext = self.formatter.translations.ngettext
        offering, requested = self.offering, self.requested_party
        problem = ""
        if requested < offering.party_min:
            problem = _("This is for groups of %(min)s or more.", min=offering.party_min)
        elif requested > offering.party_max and self.phone:
            problem = ngettext(
                "You can book for %(n)s person. For a larger group, please call %(phone)s.",
                "You can book for up to %(n)s people. For a larger group, please call %(phone)s.",
                offering.party_max,
                phone=self.phone,
            )
        elif requested > offering.party_max:
            problem = ngettext(
                "You can book for %(n)s person. For a larger group, please make two "
                "bookings or call us.",
                "You can book for up to %(n)s people. For a larger group, please make two "
                "bookings or call us.",
                offering.party_max,
            )
        return Party(
            size=self.availability.party,
            smallest=offering.party_min,
            largest=offering.party_max,
            range=ngettext(
                "%(n)s person per booking.",
                "From %(min)s to %(n)s people per booking.",
                offering.party_max,
                min=offering.party_min,
            ),
            problem=problem,
            rows=guest_rows(offering, self.formatter, self.requested_guests or {}),
            total=f"{self.formatter.people(self.availability.party)} · {self.availability.price}",
        )

    def empty(self) -> Empty | None:
        """Why the day has no times with room, and the next day that has."""
        day = self.day
        slots = self.availability.on(day)
        _ = self.formatter.translations.gettext
        state = day_summary(self.availability, day, slots).state
        if state in {"free", "few"}:
            return None
        day_name, following = (
            self.formatter.long_date(day),
            self.availability.first_day_with_room(after=day) or self.later.next_day,
        )
        opens = self._opens()
        if opens is not None and following is None and state in {"none", "past"}:
            return opens
        link = None
        if following is not None:
            text = _("Go to %(day)s", day=self.formatter.long_date(following))
            link = Link(text, self.urls.day(following))
        if state == "full":
            people = self.formatter.people(self.availability.party)
            return Empty(
                day_name,
                _(
                    "%(day)s is sold out for %(party)s. Join the waiting list for a time, or "
                    "choose another day.",
                    day=day_name,
                    party=people,
                ),
                link,
            )
        if state == "closed":
            reason = next((slot.reason for slot in slots if slot.reason), "")
            text = (
                _("%(reason)s. Please choose another day.", reason=reason)
                if reason
                else _("We take no bookings on this day. Please choose another day.")
            )
            return Empty(_("Closed on %(day)s", day=day_name), text, link)
        title = (
            _("Booking for %(day)s has ended", day=day_name)
            if state == "past"
            else _("No times on %(day)s", day=day_name)
        )
        return Empty(title, _("Available days are marked in the calendar."), link)

    def _opens(self) -> Empty | None:
        """When booking opens for the first day that cannot be booked yet, if there is one."""
        first_day, opens_on = self.later.first_day, self.later.opens_on
        if first_day is None or opens_on is None:
            return None
        _ = self.formatter.translations.gettext
        return Empty(
            _("Booking opens on %(day)s", day=self.formatter.full_date(opens_on)),
            _("The first times are on %(day)s.", day=self.formatter.full_date(first_day)),
        )

    def reserve_step(self, slot: Slot, *, submission_id: str) -> SlotForm:
        """The form that holds places: price and policy.

        A form that is sent twice has the same `submission_id`, and holds once.
        """
        minutes = self.offering.hold_seconds // 60
        return SlotForm(
            slot_id=str(slot.slot_id),
            step="places",
            title=self.formatter.date_time(slot.starts_at),
            people=self.formatter.people(self.availability.party),
            action=self.urls.holds,
            party=self.availability.party,
            hidden=guests_fields(self.requested_guests),
            lines=price_lines(
                self.offering,
                self.formatter,
                party=self.availability.party,
                guests=self.availability.guests,
            ),
            payment=payment_text(self.offering, self.formatter.translations),
            terms=self._terms(slot.starts_at),
            close_href=self.urls.day(self.formatter.local(slot.starts_at).date()),
            hint=self.formatter.translations.ngettext(
                "We'll hold these places for %(n)s minute while you enter your details.",
                "We'll hold these places for %(n)s minutes while you enter your details.",
                minutes,
            ),
            submission_id=submission_id,
        )

    def waiting_list_step(
        self, slot: Slot, details: Details, *, submission_id: str, any_time: bool = False
    ) -> SlotForm:
        """The form that joins the waiting list of a full slot; sent twice, it leads to one page."""
        translations = self.formatter.translations
        _ = translations.gettext
        people = self.formatter.people(self.availability.party)
        longest = longest_offer(self.offering, slot.starts_at, now=self.availability.now)
        offer = {"party": people, "length": self.formatter.duration(longest)}
        return SlotForm(
            slot_id=str(slot.slot_id),
            step="waiting",
            title=_(
                "Join the waiting list for %(time)s", time=self.formatter.date_time(slot.starts_at)
            ),
            people=people,
            action=self.urls.waiting_list,
            party=self.availability.party,
            hidden=guests_fields(self.requested_guests),
            close_href=self.urls.day(self.formatter.local(slot.starts_at).date()),
            submission_id=submission_id,
            fields=details.fields(
                translations,
                email_hint=_("We'll e-mail you here when places become available.")
                if self.sends_email
                else "",
            ),
            any_time=any_time,
            any_time_text=_(
                "Any time on %(day)s is fine",
                day=self.formatter.long_date(self.formatter.local(slot.starts_at).date()),
            ),
            hint=_(
                "When there are places for %(party)s, we'll e-mail you and hold them for up "
                "to %(length)s.",
                **offer,
            )
            if self.sends_email
            else _(
                "This site sends no e-mail. Please save the page that comes next: when there are "
                "places for %(party)s, it offers them to you and holds them for up to %(length)s.",
                **offer,
            ),
        )

    def details_step(
        self, held: "HeldPlaces", details: Details, *, ask_duplicate: bool
    ) -> SlotForm:
        """The form for the customer's details of held places, and the offering's questions."""
        offering, formatter = self.offering, self.formatter
        asked_once, guests = answer_fields(
            offering.questions,
            formatter.translations,
            party=held.party,
            typed=details.answers,
            problems=details.problems,
        )
        return SlotForm(
            slot_id=str(held.slot_id),
            step="details",
            title=formatter.date_time(held.starts_at),
            people=formatter.people(held.party),
            action=held.action,
            party=held.party,
            lines=price_lines(
                self.offering, formatter, party=held.party, slots=held.slots, guests=held.guests
            ),
            payment=payment_text(self.offering, formatter.translations),
            terms=self._terms(held.starts_at),
            price_due=self.offering.price_amount > 0,
            hidden=(("price_shown", held.price_shown(self.offering)),) if held.asks_guests else (),
            fields=(
                *self._guest_fields(held, details),
                *details.fields(
                    formatter.translations,
                    email_hint=formatter.translations.gettext("We'll send your ticket here.")
                    if self.sends_email
                    else "",
                ),
                *asked_once,
            ),
            guests=guests,
            held_text=formatter.translations.gettext(
                "Reserved for you until %(time)s",
                time=formatter.time_on(formatter.today(self.availability.now), held.until),
            ),
            held_until=held.until.isoformat(),
            release_href=held.release_href,
            ask_duplicate=ask_duplicate,
        )

    def _guest_fields(self, held: "HeldPlaces", details: Details) -> tuple[Field, ...]:
        if not held.asks_guests:
            return ()
        return guest_fields(self.offering, self.formatter, details, guests=held.guests)

    def _terms(self, starts_at: datetime) -> tuple[str, ...]:
        now = self.availability.now
        return policy_lines(self.offering, self.formatter, starts_at=starts_at, now=now)


class HeldPlaces(msgspec.Struct, frozen=True):
    """Places that are held until an instant."""

    slot_id: SlotId
    starts_at: datetime
    party: int
    until: datetime
    action: str
    release_href: str
    slots: int = 1
    guests: tuple[CategoryGuests, ...] = ()
    asks_guests: bool = False
    """Whether the party has not said yet how many of each price category come."""

    def price_shown(self, offering: Offering) -> str:
        """What the form says the places cost, so that nobody books at another price."""
        return str(offering.price_of(self.party, slots=self.slots, guests=self.guests).amount)


def slot_of(slots: Sequence[Slot], slot_id: object) -> Slot | None:
    """Find a slot by its id, or by the text of its id."""
    if slot_id is None:
        return None
    wanted = str(slot_id)
    return next((slot for slot in slots if str(slot.slot_id) == wanted), None)
