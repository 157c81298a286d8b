"""What staff do to a booking from its page, or to many from the list; each refusal is a sentence.

An act that has an undo offers it for a minute. The terms of the offering bind guests, not staff,
who have `override_policy`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import msgspec

from fullhouse.booking import events
from fullhouse.booking.actions.cancel_booking import CancelBooking
from fullhouse.booking.actions.change_answers import ChangeAnswers
from fullhouse.booking.actions.change_contact import ChangeContact
from fullhouse.booking.actions.move_booking import MoveBooking
from fullhouse.booking.actions.send_tickets import SendTickets
from fullhouse.booking.actions.undo_change import UndoChange, last_move
from fullhouse.booking.actions.write_note import WriteNote
from fullhouse.booking.actions.write_to_guest import WriteToGuest
from fullhouse.booking.availability.availability import Availability
from fullhouse.booking.error_texts import has_error_text
from fullhouse.booking.errors import SlotFull
from fullhouse.booking.history_texts import no_room_to_undo_text
from fullhouse.booking.model.booking import Booking
from fullhouse.booking.model.questions import (
    answers_of,
    optional_questions,
    with_given_choices,
)
from fullhouse.booking.model.slot import Slot
from fullhouse.booking.model.typed_answers import read_typed_answers
from fullhouse.booking.model.typed_guests import choose_party
from fullhouse.booking.party_texts import party_change_text
from fullhouse.booking.price_texts import offering_for
from fullhouse.booking.reads.bookings import HistoryEntry, history_of
from fullhouse.booking.reads.notes import booking_note
from fullhouse.booking.reads.search import BookingMatch, BookingSearches
from fullhouse.entrypoints.web.admin.booking_forms import (
    CANCEL_FIELDS,
    CONTACT_FIELDS,
    GUEST_MESSAGE_FIELDS,
    MOVE_FIELDS,
    NOTE_FIELDS,
    CancelForm,
    ContactForm,
    GuestMessageForm,
    MoveForm,
    NoteForm,
    answers_asked,
    contact_of,
    is_asked,
    is_attending,
    is_confirmed,
    party_asked,
)
from fullhouse.entrypoints.web.admin_actions import (
    Action,
    ActionForm,
    ActionInput,
    ActionRefused,
    FieldProblems,
    StoredFields,
    TypedFields,
    action_form,
    asking_form,
)
from fullhouse.entrypoints.web.forms import read_details
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.arrivals import Arrivals, refusal_note
from fullhouse.entrypoints.web.views import Undo
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import FullhouseError, InvalidInput, VersionConflict
from fullhouse.kernel.text import one_line
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.localisation.translations import ngettext_noop
from fullhouse.storage.unit_of_work import UnitOfWorkFactory

_ALLOW: Final = Permission.CHANGE_BOOKINGS
_TIMES_SHOWN: Final = 12
_CANCELLED: Final = ngettext_noop("%(n)s booking is cancelled.", "%(n)s bookings are cancelled.")
_MOVED: Final = ngettext_noop("%(n)s booking has a new time.", "%(n)s bookings have a new time.")
_WRITTEN: Final = ngettext_noop("%(n)s guest gets your e-mail.", "%(n)s guests get your e-mail.")
_UNDONE: Final = ngettext_noop("%(n)s booking is as before.", "%(n)s bookings are as before.")

Act = Callable[[PageContext, BookingMatch], Awaitable[None]]


class BookingActs(msgspec.Struct, frozen=True):
    """The acts, each beside the fields that it asks for."""

    searches: BookingSearches
    arrivals: Arrivals
    availability: Availability
    unit_of_work: UnitOfWorkFactory
    cancel: CancelBooking
    move: MoveBooking
    undo: UndoChange
    contact: ChangeContact
    answers: ChangeAnswers
    tickets: SendTickets
    note: WriteNote
    write: WriteToGuest
    clock: Clock

    def actions(self) -> tuple[Action[BookingMatch], ...]:
        """In the order of their buttons; the last has its place in the undo bar."""
        move = action_form(MoveForm, MOVE_FIELDS, self._move, stored=self._time_of)
        party = asking_form(party_asked, self._change_party)
        contact = action_form(ContactForm, CONTACT_FIELDS, self._change_contact, stored=contact_of)
        answers: ActionForm[BookingMatch] = asking_form(answers_asked, self._change_answers)
        note = action_form(NoteForm, NOTE_FIELDS, self._write_note, stored=self._note_of)
        cancel: ActionForm[BookingMatch] = action_form(CancelForm, CANCEL_FIELDS, self._cancel)
        write: ActionForm[BookingMatch] = action_form(
            GuestMessageForm, GUEST_MESSAGE_FIELDS, self._write
        )
        again, by_email = _("Send the ticket again"), _("Write an e-mail")
        return (
            _asking("move", _("Change time"), move, fits=is_confirmed, done=_MOVED),
            _asking("party", _("Change guests"), party, fits=is_confirmed),
            _asking("contact", _("Change details"), contact, fits=is_attending),
            _asking("answers", _("Change answers"), answers, fits=is_asked),
            _asking("note", _("Write a note"), note, fits=lambda _row: True),
            Action("send-ticket", again, self._send_ticket, _ALLOW, fits=is_attending),
            Action("write", by_email, None, _ALLOW, _WRITTEN, is_attending, write),
            _asking("cancel", _("Cancel booking"), cancel, fits=is_confirmed, done=_CANCELLED),
            Action("undo", "", self._undo, _ALLOW, _UNDONE),
        )

    async def _move(self, page: PageContext, given: ActionInput[MoveForm]) -> Sequence[str]:
        async def act(page: PageContext, row: BookingMatch) -> None:
            slot = await self._slot_at(page, row, given.fields)
            wanted = msgspec.structs.replace(row.booking, starts_at=slot.starts_at)
            with _refusing(page, row, wanted):
                await self.move(
                    page.org_id,
                    wanted.booking_id,
                    (slot.slot_id,),
                    context=page.context,
                    expected_version=given.version,
                )

        return await self._each(page, given.keys, act)

    async def _slot_at(self, page: PageContext, row: BookingMatch, wanted: MoveForm) -> Slot:
        """The slot of the offering at that time; raises `FieldProblems` with those there are."""
        formatter = page.formatter(row.venue)
        found = await self.availability.on_days(
            row.offering, wanted.day, wanted.day, zone=row.venue.zone
        )
        times: list[str] = []
        for slot in found.slots:
            starts_at = formatter.local(slot.starts_at)
            if (starts_at.hour, starts_at.minute) == (wanted.time.hour, wanted.time.minute):
                return slot
            if slot.remaining >= row.booking.party:
                times.append(formatter.time(slot.starts_at))
        gettext, name = page.translations.gettext, row.offering.name
        if not times:
            problem = gettext(
                "There is no time of %(offering)s with room on this day.", offering=name
            )
            raise FieldProblems({"day": problem})
        listed = formatter.listing(times[:_TIMES_SHOWN])
        problem = gettext(
            "%(offering)s has no such time. With room: %(times)s.", offering=name, times=listed
        )
        raise FieldProblems({"time": problem})

    async def _time_of(self, page: PageContext, row: BookingMatch) -> StoredFields[MoveForm]:
        local = page.formatter(row.venue).local(row.booking.starts_at)
        return StoredFields(MoveForm(local.date(), local.time()), row.booking.version)

    async def _change_party(
        self, page: PageContext, given: ActionInput[TypedFields]
    ) -> Sequence[str]:
        async def act(page: PageContext, row: BookingMatch) -> None:
            categories = offering_for(row.booking, row.offering).price_categories
            chosen = choose_party(given.fields.values, categories, page.translations)
            if chosen.party is None:
                raise FieldProblems(chosen.problems)
            wanted = msgspec.structs.replace(row.booking, party=chosen.size)
            with _refusing(page, row, wanted):
                await self.move(
                    page.org_id,
                    wanted.booking_id,
                    context=page.context,
                    party=chosen.party,
                    expected_version=given.version,
                )

        return await self._each(page, given.keys, act)

    async def _change_contact(
        self, page: PageContext, given: ActionInput[ContactForm]
    ) -> Sequence[str]:
        async def act(page: PageContext, row: BookingMatch) -> None:
            details, customer = read_details(
                msgspec.structs.asdict(given.fields), page.translations, country=row.venue.country
            )
            if customer is None:
                raise FieldProblems(details.problems)
            async with self.unit_of_work(page.context, page.org_id) as uow:
                await self.contact(
                    uow, row.booking.booking_id, customer, expected_version=given.version
                )

        return await self._each(page, given.keys, act)

    async def _change_answers(
        self, page: PageContext, given: ActionInput[TypedFields]
    ) -> Sequence[str]:
        async def act(page: PageContext, row: BookingMatch) -> None:
            booking = row.booking
            questions = with_given_choices(
                optional_questions(row.offering.questions), answers_of(booking.answers)
            )
            typed = read_typed_answers(
                given.fields.values, questions, page.translations, party=booking.party
            )
            if typed.problems:
                raise FieldProblems(typed.problems)
            async with self.unit_of_work(page.context, page.org_id) as uow:
                await self.answers(
                    uow, booking.booking_id, typed.given, expected_version=given.version
                )

        return await self._each(page, given.keys, act)

    async def _write_note(self, page: PageContext, given: ActionInput[NoteForm]) -> Sequence[str]:
        async def act(page: PageContext, row: BookingMatch) -> None:
            async with self.unit_of_work(page.context, page.org_id) as uow:
                await self.note(
                    uow, row.booking, given.fields.note, expected_version=given.version or 0
                )

        return await self._each(page, given.keys, act)

    async def _note_of(self, page: PageContext, row: BookingMatch) -> StoredFields[NoteForm]:
        async with self.unit_of_work.database.session() as session:
            found = await booking_note(session, page.org_id, row.booking.booking_id)
        return StoredFields(NoteForm(found.note), found.version)

    async def _send_ticket(self, page: PageContext, keys: Sequence[str]) -> Sequence[str]:
        async def act(page: PageContext, row: BookingMatch) -> None:
            _require_address(page, row)
            async with self.unit_of_work(page.context, page.org_id) as uow:
                await self.tickets.to_guest_of(uow, row.booking)

        return await self._each(page, keys, act)

    async def _write(
        self, page: PageContext, given: ActionInput[GuestMessageForm]
    ) -> Sequence[str]:
        async def act(page: PageContext, row: BookingMatch) -> None:
            _require_address(page, row)
            async with self.unit_of_work(page.context, page.org_id) as uow:
                await self.write(uow, row.booking.booking_id, given.fields.text)

        return await self._each(page, given.keys, act)

    async def _cancel(self, page: PageContext, given: ActionInput[CancelForm]) -> Sequence[str]:
        reason = one_line(given.fields.reason)

        async def act(page: PageContext, row: BookingMatch) -> None:
            await self.cancel(
                page.org_id,
                row.booking.booking_id,
                context=page.context,
                reason=reason,
                tells_guest=bool(reason) and given.fields.tells_guest,
            )

        return await self._each(page, given.keys, act)

    async def _undo(self, page: PageContext, keys: Sequence[str]) -> Sequence[str]:
        """Take back the last change of each: an arrival, a cancellation, a move."""

        async def act(page: PageContext, row: BookingMatch) -> None:
            booking, text = row.booking, page.formatter(row.venue)
            try:
                await self.undo(booking, context=page.context)
            except SlotFull as error:
                async with self.unit_of_work.database.session() as session:
                    past = await history_of(session, page.org_id, booking.booking_id)
                reason = no_room_to_undo_text(booking, past, text, now=page.now)
                raise ActionRefused(reason) from error

        return await self._each(page, keys, act)

    def undo_bar(
        self, row: BookingMatch, history: Sequence[HistoryEntry], formatter: LocaleFormatter
    ) -> Undo | None:
        """The bar of the last change, where it can be taken back."""
        booking, gettext = row.booking, formatter.translations.gettext
        if booking.can_be_restored(self.clock.now()):
            return Undo(gettext("The booking is cancelled."), "")
        past = [(one.kind, one.payload, one.at) for one in history]
        is_confirmed = booking.status == "confirmed"
        moved = last_move(past, now=self.clock.now()) if is_confirmed else None
        if isinstance(moved, events.Rescheduled):
            time = formatter.date_time(booking.starts_at)
            return Undo(gettext("Moved to %(time)s.", time=time), "")
        if isinstance(moved, events.PartyChanged):
            return Undo(f"{party_change_text(moved, formatter)}.", "")
        return self.arrivals.undo_bar(booking, history, formatter)

    async def _each(self, page: PageContext, keys: Sequence[str], act: Act) -> Sequence[str]:
        """Do it to each booking, at once; of many the reasons are told by name.

        Raises `UnknownBooking`, `FieldProblems` and `VersionConflict` for a single one.
        """
        if len(keys) == 1:
            row = await self.searches.by_ref(page.org_id, keys[0])
            try:
                with _refusing(page, row, row.booking):
                    await act(page, row)
            except ActionRefused as refusal:
                return (refusal.reason,)
            return ()
        bookings = await self.searches.by_refs(page.org_id, keys)
        rows = [await self.searches.match(booking) for booking in bookings]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_named_reason(page, row, act)) for row in rows]
        gettext = page.translations.gettext
        unknown = {key.upper() for key in keys} - {booking.ref for booking in bookings}
        return [
            *(text for task in tasks if (text := task.result())),
            *(gettext("There is no booking %(ref)s.", ref=ref) for ref in sorted(unknown)),
        ]


def _asking(
    name: str,
    label: str,
    form: ActionForm[BookingMatch],
    *,
    fits: Callable[[BookingMatch], bool],
    done: tuple[str, str] | None = None,
) -> Action[BookingMatch]:
    """An action with a form; what is done to many is undone together."""
    return Action(name, label, None, _ALLOW, done, fits, form, undo="undo" if done else "")


def _require_address(page: PageContext, row: BookingMatch) -> None:
    if not row.booking.customer_email:
        raise ActionRefused(
            page.translations.gettext(
                "This booking has no e-mail address. Enter one with “Change details”."
            )
        )


@contextmanager
def _refusing(page: PageContext, row: BookingMatch, wanted: Booking) -> Iterator[None]:
    """Turn an error of what was `wanted` into `ActionRefused` with its sentence."""
    try:
        yield
    except InvalidInput as error:
        reason = page.translations.gettext("The booking is like that already.")
        raise ActionRefused(reason) from error
    except FullhouseError as error:
        if not has_error_text(error):
            raise
        note = refusal_note(page.formatter(row.venue), wanted, error)
        raise ActionRefused(f"{note.text} {note.more}".strip()) from error


async def _named_reason(page: PageContext, row: BookingMatch, act: Act) -> str:
    """Why one of many was refused, with its name; empty when it is done."""
    try:
        with _refusing(page, row, row.booking):
            await act(page, row)
    except ActionRefused as refusal:
        reason = refusal.reason
    except FieldProblems as error:
        reason = " ".join(error.problems.values())
    except VersionConflict:
        reason = page.translations.gettext("Someone else changed this while you were editing.")
    else:
        return ""
    return f"{row.booking.customer_name}: {reason}"
