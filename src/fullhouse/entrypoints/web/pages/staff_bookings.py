"""Bookings that staff make: for who stands at the gate, or is on the telephone."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec
from msgspec import structs

from fullhouse.booking.actions.book_for_caller import BookForCaller
from fullhouse.booking.error_texts import ErrorContext
from fullhouse.booking.errors import BookingError, PossibleDuplicate, SlotClosed
from fullhouse.booking.limits import PARTY_MAX
from fullhouse.booking.model.outcomes import BookingOutcome
from fullhouse.booking.model.price_categories import GivenGuests
from fullhouse.booking.model.requests import BookingRequest, Customer
from fullhouse.booking.model.slot import SlotOfDay
from fullhouse.booking.model.typed_guests import read_typed_guests
from fullhouse.booking.model.urls import StaffSlotUrls, admin_path
from fullhouse.booking.price_texts import GuestRow, guest_rows
from fullhouse.entrypoints.inputs.customers import read_customer
from fullhouse.entrypoints.web.day_views import StaffBookingForm
from fullhouse.entrypoints.web.error_notes import error_note
from fullhouse.entrypoints.web.forms import detail_problem, digest_of
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Choice, Field, Link, Note
from fullhouse.http.request import whole_number
from fullhouse.kernel.context import Permission
from fullhouse.kernel.ids import Ids
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import Translations

_TYPED_MAX: Final = 400
PARTY_DEFAULT: Final = 2


class StaffBooking(msgspec.Struct, frozen=True):
    """The form as typed, and what is wrong with it."""

    name: str = ""
    party: str = str(PARTY_DEFAULT)
    slot: str = ""
    email: str = ""
    phone: str = ""
    is_arrived: bool = False
    insists: bool = False
    customer: Customer | None = None
    size: int = 0
    guests: GivenGuests | None = None
    rows: tuple[GuestRow, ...] = ()
    """Instead of a number of guests, where they pay by price category."""
    problems: Mapping[str, str] = msgspec.field(default_factory=dict)

    @property
    def is_valid(self) -> bool:
        return not self.problems


def read_staff_booking(form: Mapping[str, str], page: PageContext, *, country: str) -> StaffBooking:
    """Name, e-mail address and phone number may be left empty; the party may not."""
    _ = page.translations.gettext
    name, email, phone, party, slot = (
        form.get(key, "").strip()[:_TYPED_MAX]
        for key in ("name", "email", "phone", "party", "slot")
    )
    customer, wrong = read_customer(
        name or _("Walk-in"), email, phone, region=country, needs_email=False
    )
    typed = {"name": name, "email": email}
    problems = {
        field: detail_problem(field, typed.get(field, ""), page.translations, country=country)
        for field in wrong
    }
    size = whole_number(party) or 0
    if not 1 <= size <= PARTY_MAX:
        problems["party"] = _party_problem(page)
    return StaffBooking(
        name,
        party,
        slot,
        email,
        phone,
        form.get("arrived") == "yes",
        form.get("insist") == "yes",
        customer,
        size,
        problems=problems,
    )


def _party_problem(page: PageContext) -> str:
    return page.translations.gettext("Enter a number of guests from 1 to %(n)s", n=PARTY_MAX)


class BookingAttempt(msgspec.Struct, frozen=True):
    """A valid form for a slot."""

    page: PageContext
    form: Mapping[str, str]
    typed: StaffBooking
    slot: SlotOfDay


class FormTarget(msgspec.Struct, frozen=True):
    """Where the form goes, and where closing it leads."""

    action: str
    close_href: str
    hidden: tuple[tuple[str, str], ...] = ()


class StaffBookings(msgspec.Struct, frozen=True):
    """Places what staff book, and shows the form."""

    book: BookForCaller
    ids: Ids

    async def with_guests(
        self, page: PageContext, typed: StaffBooking, form: Mapping[str, str], *, slot: SlotOfDay
    ) -> StaffBooking:
        """The form with its guests by price category, who are asked for when it has none yet."""
        catalogue = self.book.place_booking.policy.catalogue
        offering = await catalogue.offering_by_id(page.org_id, slot.offering_id)
        numbers = read_typed_guests(form.get, offering.price_categories, party=typed.size)
        if numbers is None:
            return typed
        rows, size = guest_rows(offering, page.utc_formatter, numbers), sum(numbers.values())
        problems = dict(typed.problems)
        if any(row.field in form for row in rows):
            problems.pop("party", None)
            if not 1 <= size <= PARTY_MAX:
                problems["party"] = _party_problem(page)
        elif "party" not in problems:
            problems["party"] = page.translations.gettext(
                "Guests pay different prices here: enter how many of each come"
            )
        return structs.replace(
            typed, party=str(size), size=size, guests=numbers, rows=rows, problems=problems
        )

    async def place(self, attempt: BookingAttempt) -> BookingOutcome:
        """Book for whom was typed. Raises as `book`.

        A form that is sent twice books once; one that was gone back to and filled in anew is for
        somebody else.
        """
        page, typed, slot = attempt.page, attempt.typed, attempt.slot
        assert typed.customer is not None, "the form is valid"
        request = BookingRequest(
            slots=(slot.slot_id,),
            party=typed.size,
            customer=typed.customer,
            locale=page.organisation.locale or page.language,
            allow_duplicate=typed.insists,
            guests=typed.guests,
        )
        has_id = bool(attempt.form.get("submission_id"))
        key = digest_of(attempt.form) if has_id else str(self.ids.uuid())
        context = structs.replace(page.context, idempotency_key=key)
        result = await self.book(page.org_id, slot, request, context=context, insists=typed.insists)
        return result.outcome

    def form(
        self,
        page: PageContext,
        typed: StaffBooking,
        slots: Sequence[SlotOfDay],
        *,
        formatter: LocaleFormatter,
        target: FormTarget,
    ) -> StaffBookingForm:
        """The form for one of these slots; with a single one there is nothing to choose."""
        _, problem, hidden = page.translations.gettext, typed.problems.get, target.hidden
        fields = list(_first_fields(typed, page.translations))
        if typed.rows:
            slots = [slot for slot in slots if str(slot.slot_id) == typed.slot] or slots
        if len(slots) > 1:
            choices = tuple(_choice(slot, typed.slot, formatter) for slot in slots)
            fields.append(Field("slot", _("Time"), typed.slot, kind="select", choices=choices))
        else:
            hidden = (*hidden, *(("slot", str(slot.slot_id)) for slot in slots))
        return StaffBookingForm(
            title=_("Book for a walk-in or a caller"),
            action=target.action,
            fields=tuple(fields),
            extra=(
                Field(
                    "email",
                    _("E-mail"),
                    typed.email,
                    problem=problem("email", ""),
                    kind="email",
                    optional=True,
                ),
                Field(
                    "phone",
                    _("Phone"),
                    typed.phone,
                    problem=problem("phone", ""),
                    kind="tel",
                    optional=True,
                ),
            ),
            submission_id=str(self.ids.uuid()),
            button=_("Book"),
            close_href=target.close_href,
            hidden=hidden,
            arrived_text=_("They are here: check them in at once"),
            is_arrived=typed.is_arrived,
            insist_text=_("Book all the same") if typed.insists else "",
        )


def _first_fields(typed: StaffBooking, translations: Translations) -> Iterator[Field]:
    """The name, and how many come: of each price category, with a problem at the first."""
    label, problem = translations.gettext("Name"), typed.problems.get("name", "")
    yield Field("name", label, typed.name, problem=problem, optional=True)
    problem = typed.problems.get("party", "")
    if not typed.rows:
        label = translations.gettext("Guests")
        yield Field("party", label, typed.party, problem=problem, kind="number")
    for n, row in enumerate(typed.rows):
        label, number = f"{row.name} ({row.price})", str(row.number)
        yield Field(row.field, label, number, problem="" if n else problem, kind="number")


def _choice(slot: SlotOfDay, chosen: str, formatter: LocaleFormatter) -> Choice:
    left = formatter.translations.ngettext("%(n)s left", "%(n)s left", slot.remaining)
    text = f"{formatter.time(slot.starts_at)} · {slot.offering_name} · {left}"
    return Choice(str(slot.slot_id), text, selected=str(slot.slot_id) == chosen)


def staff_booking_note(
    attempt: BookingAttempt, error: BookingError, formatter: LocaleFormatter
) -> Note:
    """Why staff could not book, in words for staff."""
    page, slot = attempt.page, attempt.slot
    _, org = page.translations.gettext, page.organisation.slug
    if isinstance(error, PossibleDuplicate):
        text = _("There is a booking with this e-mail address around this time already.")
        link = Link(_("Open the booking"), admin_path(org, f"bookings/{error.ref}"))
        more = _("If you want both, tick the box and book again.")
        return Note("warn", text, more, (link,) if error.ref else ())
    party = attempt.typed.size
    context = ErrorContext(
        formatter, error, slot.starts_at, party, StaffSlotUrls(org), sends_email=False
    )
    note = error_note(context)
    if isinstance(error, SlotClosed) and page.context.may(Permission.OVERRIDE_POLICY):
        return structs.replace(note, more=_("If you want it all the same, tick the box."))
    return note


def needs_insisting(error: BookingError) -> bool:
    """Whether staff may book all the same."""
    return isinstance(error, PossibleDuplicate | SlotClosed)
